"""The benchmarks run; what they measure is not asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.readme_tables import CHECKOUT


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "training",
        "start",
        "strokes",
        "runs",
        "speed",
        "big",
        "quality",
        "best",
        "dead",
        "results",
        "datasets",
        "steering",
        "analysis",
        "matching",
        "grid",
        "scrub",
    ],
)
def test_a_benchmark_prints_its_rows(name: str, shared_data: Path) -> None:
    command = [
        sys.executable,
        str(CHECKOUT / "tests" / "bench"),
        name,
        "--quick",
        "--data-dir",
        str(shared_data),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 4


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
