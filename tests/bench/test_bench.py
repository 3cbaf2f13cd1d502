"""The benchmarks run; what they measure is not asserted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, ON_REQUEST
from tools.readme_tables import CHECKOUT


@pytest.mark.slow
def test_every_benchmark_prints_its_rows(shared_data: Path) -> None:
    """In one process: most of a quick benchmark is what it imports."""
    bench, names = str(CHECKOUT / "tests" / "bench"), [*BENCHES, *ON_REQUEST]
    command = [sys.executable, bench, *names, "--quick", "--data-dir", str(shared_data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    # Two lines above the table, and at least two rows of each.
    assert len(done.stdout.splitlines()) >= 2 + 2 * len(names)


@pytest.mark.slow
def test_speed_beside_other_libraries(shared_data: Path) -> None:
    if not (environments := os.environ.get("SAEGUI_INTEROP")):
        pytest.skip(
            "SAEGUI_INTEROP names no environments of other libraries: see tools/interop_environments.py"
        )
    command = [sys.executable, str(CHECKOUT / "tests" / "bench"), "speed", "--peers", environments, "--quick"]
    command += ["--data-dir", str(shared_data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "threads: saegui" in done.stdout and "saegui / best of the others" in done.stdout


@pytest.mark.slow
def test_speed_beside_another_revision(shared_data: Path) -> None:
    if not (CHECKOUT / ".git").exists():
        pytest.skip("there are no other revisions here")
    listed = ["git", "-C", str(CHECKOUT), "worktree", "list"]
    before = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    command = [sys.executable, str(CHECKOUT / "tests" / "bench"), "speed", "--against", "HEAD", "--quick"]
    command += ["--data-dir", str(shared_data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "topk 64, k 10, batch 256, 1 threads" in done.stdout
    # The other revision's folder is gone again.
    assert subprocess.run(listed, capture_output=True, text=True, check=True).stdout == before
