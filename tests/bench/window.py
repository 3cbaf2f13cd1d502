"""Seconds from the start of the process to the first painted window, and to the first lit tile."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row

CHILD = """
import sys, time
from saegui.core import gc_pause
gc_pause.pause()
import saegui.cli
from PySide6.QtCore import QEvent, QObject, QTimer
from saegui.ui.window.application import make_application, make_window
from saegui.ui.demo.mouse import SyntheticMouse
started = float(sys.argv[1])
app = make_application()
window = make_window()

class Watch(QObject):
    painted = lit = None
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            if self.painted is None:
                # After the paint itself, and everything painted with it.
                QTimer.singleShot(0, self.first_paint)
            elif self.lit is None and window.state.code is not None and watched is grid:
                QTimer.singleShot(0, self.first_light)
        return False
    def first_paint(self):
        if self.painted is None:
            self.painted = time.time() - started
            hand = SyntheticMouse(window.panels["draw"].canvas)
            hand.press(0.5, 0.2)
            hand.move(0.5, 0.8)
            hand.release(0.5, 0.8)
    def first_light(self):
        if self.lit is None:
            self.lit = time.time() - started
            print(self.painted, self.lit)
            window.close()

watch = Watch()
grid = window.panels["features"].grid.viewport()
for widget in (window, grid):
    widget.installEventFilter(watch)
window.show()
app.exec()
"""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Each start in a process and a home of its own; the first is not counted, it fills the disk's cache."""
    painted, lit = [], []
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SAEGUI_HOME": home}
        # An installed program is compiled once; some machines forbid that while developing.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment.setdefault("QT_QPA_PLATFORM", "" if os.environ.get("DISPLAY") else "offscreen")
        if not environment["QT_QPA_PLATFORM"]:
            del environment["QT_QPA_PLATFORM"]
        # A quick one shows that it runs: its only start is the first.
        uncounted = 0 if quick else 1
        for _ in range(repeats + uncounted):
            command = [sys.executable, "-c", CHILD, repr(time.time())]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True, timeout=120
            )
            first, second = (float(value) for value in done.stdout.split())
            painted.append(first)
            lit.append(second)
    platform = environment.get("QT_QPA_PLATFORM", "x11")
    yield Row(
        f"process start to first painted window, {platform}",
        f"{statistics.median(painted[uncounted:]):.2f} s",
        "< 1 s",
    )
    yield Row(
        f"process start to first lit tile, {platform}", f"{statistics.median(lit[uncounted:]):.2f} s", "< 3 s"
    )
