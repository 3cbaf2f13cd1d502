"""Threads that share the pieces of a kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
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


def test_who_was_kept_waiting_works_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    from saegui.core.training.kernels import crew

    monkeypatch.setattr(crew, "_alone_until", 0.0)
    monkeypatch.setattr(crew, "ALONE", 3600.0)
    mine, taken, workers = threading.get_ident(), threading.Event(), set()

    def work(counters: np.ndarray) -> None:
        helps = threading.get_ident() != mine
        if not helps and crew._alone_until == 0:
            # As if another program had stopped the helper in the middle of its piece.
            taken.wait(10)
        while crew.take(counters) < 4:
            workers.add(threading.get_ident())
            if helps:
                taken.set()
                time.sleep(0.1)
            crew.done(counters)

    # Compiled before, or that would be the work.
    crew.take(np.zeros(2, np.int64))
    crew.done(np.zeros(2, np.int64))
    monkeypatch.setattr(crew, "LATE", 0.0)
    for _ in range(50):
        crew.share(work, 4, 2)
        if crew._alone_until:
            break
        taken.clear()
    assert crew._alone_until and len(workers) == 2
    workers.clear()
    crew.share(work, 4, 2)
    assert workers == {mine}
    monkeypatch.setattr(crew, "_alone_until", 0.0)
    taken.clear()
    crew.share(work, 4, 2)
    assert len(workers) == 2
