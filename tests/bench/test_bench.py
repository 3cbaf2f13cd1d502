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
