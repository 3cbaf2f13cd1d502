"""Threads that share the pieces of a kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

CHECKOUT = Path(__file__).parents[4]
BUSY = """
import atexit, os, threading

@atexit.register
def after_all_others():
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("saegui")]
    print("left:", left)

import numpy as np
from saegui.core.training.kernels import crew
from saegui.core.training.kernels.compiled import kernel

@kernel
def work(counters):
    while crew.take(counters) < 1000:
        crew.done(counters)

crew.share(work, 1000, 4)
print("shared by", len([thread for thread in threading.enumerate() if thread.name.startswith("saegui")]))
"""


def test_the_threads_end_before_python_does(tmp_path: Path) -> None:
    """One that comes out of a kernel while Python ends aborts the process, at one end of three where others keep the processor."""
    environment = {**os.environ, "SAEGUI_HOME": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["shared by 3", "left: []"]
