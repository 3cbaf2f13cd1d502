"""Milliseconds from a movement of the pen to the repainted tiles, while nothing else runs and while a training does."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.rows import Row

MOVES = 400


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One window; real pen movements, one at a time, each waited for until the grid has painted it."""
    os.environ["SAEGUI_HOME"] = tempfile.mkdtemp()
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from saegui.core.config import make
    from saegui.core.presets import preset
    from saegui.ui.application import make_application, make_window

    app = make_application()
    window = make_window(data_dir=data_dir)
    window.resize(1440, 900)
    window.show()
    state = window.state
    _until(lambda: state.stats is not None)
    count = 40 if quick else MOVES
    yield _row("idle", _latencies(window, count), 16)
    large = {"n_latents": 4096, "k": 32, "batch_size": 1024, "precision": "float32"}
    for changes in ({}, large, {**large, "precision": "bfloat16"}):
        config = make(changes, preset("modern").config)
        state.set_draft(config)
        window.explorer.training.train()
        _until(
            lambda: state.phase == "training" and state.last_step is not None and state.last_step.step > 20
        )
        what = f"while training {config.n_latents:,} latents, {config.precision}"
        yield _row(what, _latencies(window, count), 33)
        window.explorer.training.stop()
        _until(lambda: not state.busy)
        if quick:
            break
    window.close()
    app.processEvents()


def _row(when: str, latencies: list[float], target: int) -> Row:
    middle, high = np.percentile(latencies, [50, 99])
    return Row(f"pen to lit tiles, {when}: median {middle:.1f} ms, 99 %", f"{high:.1f} ms", f"<= {target} ms")


def _until(condition: object) -> None:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    started = time.monotonic()
    while not condition():  # type: ignore[operator]
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if time.monotonic() - started > 120:
            raise TimeoutError("the window did not get there")


def _settle(seconds: float) -> None:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    due = time.perf_counter() + seconds
    while time.perf_counter() < due:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)


def _latencies(window: object, count: int) -> list[float]:
    """Milliseconds for each movement, in the rhythm of a 125 Hz mouse."""
    from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject

    from saegui.ui.hand import Hand

    hand, grid = Hand(window.draw.canvas), window.features.grid.viewport()  # type: ignore[attr-defined]

    class Watch(QObject):
        painted = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                Watch.painted += 1
            return False

    watch = Watch()
    grid.installEventFilter(watch)
    flags = QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents
    found = []
    window.draw.clear()  # type: ignore[attr-defined]
    per_stroke = 40
    for move in range(count):
        angle, radius = move * 0.15, 0.15 + 0.3 * (move % per_stroke) / per_stroke
        place = 0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)
        if move % per_stroke == 0:
            # A new stroke on blank paper; putting the pen down is no movement and is not counted.
            hand.release(*place)
            window.draw.clear()  # type: ignore[attr-defined]
            hand.press(*place)
            _settle(0.03)
            continue
        _settle(0.008)
        # Whatever had to be painted has been by now; what comes next is this movement's.
        before, started = Watch.painted, time.perf_counter()
        code = window.state.code  # type: ignore[attr-defined]
        hand.move(*place)
        while Watch.painted == before or window.state.code is code:  # type: ignore[attr-defined]
            QCoreApplication.processEvents(flags, 5)
        found.append(1000 * (time.perf_counter() - started))
    hand.release(0.5, 0.5)
    grid.removeEventFilter(watch)
    return found
