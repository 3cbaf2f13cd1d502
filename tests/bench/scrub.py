"""Milliseconds from a step of the time slider to the painted tiles, with a drawing that is encoded again at each step."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from tests.bench.grid import model
from tests.bench.rows import Row
from tests.bench.strokes import paints, settle, until

LATENTS = 256
STOPS, QUICK_STOPS = 200, 6


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Forwards through all stops of a run, each read from disk, and then back, where they are kept in memory."""
    home = Path(tempfile.mkdtemp())
    os.environ["SAEGUI_HOME"] = str(home)
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication

    from saegui.ui.demo.mouse import SyntheticMouse
    from saegui.ui.window.application import make_application, make_window

    stops = QUICK_STOPS if quick else STOPS
    path = home / "runs" / "scrubbed"
    writer = RunWriter(path, model(LATENTS).config)
    for step in range(1, stops):
        writer.keep(model(LATENTS, step))
    writer.save(model(LATENTS, stops), History())
    writer.release()
    app = make_application()
    window = make_window(run=path)
    window.resize(1440, 900)
    window.show()
    until(lambda: window.state.dataset is not None)
    hand = SyntheticMouse(window.panels["draw"].canvas)
    hand.press(0.3, 0.3)
    hand.move(0.6, 0.6)
    hand.release(0.6, 0.7)
    until(lambda: window.state.code is not None)
    settle(0.2)
    scrubbing, grid = window.services.scrubbing, window.panels["features"].grid
    kept = len(scrubbing.steps)
    for what, places in (("read from disk", range(kept)), ("back", reversed(range(kept)))):
        found, own = [], []
        for place in places:
            # The first of each way is shown already.
            if window.state.snapshot.step == scrubbing.steps[place]:
                continue
            with paints(grid.viewport()) as painted:
                started, used = time.perf_counter(), time.thread_time()
                scrubbing.show_place(place)
                while not painted:
                    QCoreApplication.processEvents()
                # What else is due.
                QCoreApplication.processEvents()
                found.append(1000 * (time.perf_counter() - started))
                own.append(1000 * (time.thread_time() - used))
            settle(0.004)
        for said, times in (("", found), (", processor", own)):
            middle, high = np.percentile(times, [50, 99])
            yield Row(
                f"a slider's step, {LATENTS} latents, {what}{said}: median {middle:.1f} ms, 99 %",
                f"{high:.1f} ms",
                "<= 33 ms",
            )
    window.close()
    app.processEvents()
