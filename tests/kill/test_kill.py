"""Wherever the program is killed, nothing is half written, and what it did can be done to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: this one may have threads, with which it cannot be copied."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=280, check=False
    )


def test_work_is_killed_at_each_change_that_it_makes(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.kill import killing

folder = Path(sys.argv[1])

def work():
    (folder / "new").mkdir()
    (folder / "new" / "file").write_text("one")
    (folder / "new" / "file").rename(folder / "new" / "moved")

print(*killing.run(work, folder))
(folder / "new" / "moved").unlink()
(folder / "new").rmdir()
print(*killing.run(work, folder, 3), *sorted(path.name for path in folder.rglob("*")))
"""
    done = python("-c", script, str(tmp_path))
    assert done.stdout.splitlines() == ["False 3", "True 2 file new"], done


@pytest.mark.slow
def test_at_random_moments_nothing_is_lost(own_home: Path) -> None:
    done = python("-m", "tests.kill", "--moments", "15")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 faults" in done.stdout
