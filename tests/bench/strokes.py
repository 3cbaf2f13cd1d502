"""Milliseconds from a movement of the pen, or of the scroll bar, to the repainted tiles; idle and while training."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.rows import Row

if TYPE_CHECKING:
    from saegui.ui.demo.mouse import SyntheticMouse

MOVES = 400
LARGE = {"arch": "topk", "k": 32, "batch_size": 1024, "n_latents": 4096}
SMALLER = {"batch_size": 64, "n_latents": 512}
"""What a quick one trains in place of it: enough latents to scroll."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One window; real pen movements, one at a time, each waited for until the grid has painted it."""
    os.environ["SAEGUI_HOME"] = tempfile.mkdtemp()
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from saegui.core.config.presets import preset
    from saegui.core.config.schema import make
    from saegui.ui.panels.features.grid_layout import MAX_SIDE
    from saegui.ui.window.application import make_application, make_window

    app = make_application()
    window = make_window(data_dir=data_dir)
    window.resize(1440, 900)
    window.show()
    state = window.state
    until(lambda: state.stats is not None)
    count = 20 if quick else MOVES
    yield _row("idle", _latencies(window, count), 16)
    window.panels["features"].set_side(MAX_SIDE)
    yield scroll_row("64 latents", scrolled(window, count))
    window.panels["features"].set_side(None)
    large = make(LARGE | (SMALLER if quick else {}))
    half = make({"precision": "bfloat16"}, large)
    for config in (half,) if quick else (preset("modern").config, large, half):
        state.set_draft(config)
        window.services.training.train()
        until(lambda: state.phase == "training" and state.last_step is not None and state.last_step.step > 20)
        assert state.run is not None
        what = f"while training {config.n_latents:,} latents, {config.precision}, way {state.run.way}"
        yield _row(what, _latencies(window, count), 33)
        # Its measurement is nobody's concern here.
        window.services.training.stop_unmeasured()
        until(lambda: not state.busy)
    settle(1)
    yield scroll_row(f"{large.n_latents:,} latents", scrolled(window, count))
    window.close()
    app.processEvents()


def _row(when: str, latencies: list[float], target: int) -> Row:
    middle, high = np.percentile(latencies, [50, 99])
    return Row(f"pen to lit tiles, {when}: median {middle:.1f} ms, 99 %", f"{high:.1f} ms", f"<= {target} ms")


def scroll_row(what: str, latencies: list[float]) -> Row:
    middle, high = np.percentile(latencies, [50, 99])
    return Row(f"scrolling {what}: median {middle:.1f} ms, 99 %", f"{high:.1f} ms", "<= 16 ms")


def until(condition: object) -> None:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    started = time.monotonic()
    while not condition():  # type: ignore[operator]
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if time.monotonic() - started > 120:
            raise TimeoutError("the window did not get there")


def settle(seconds: float) -> None:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    due = time.perf_counter() + seconds
    while time.perf_counter() < due:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)


@contextmanager
def paints(widget: object) -> Iterator[list[None]]:
    """A list that grows by one whenever ``widget`` is painted."""
    from PySide6.QtCore import QEvent, QObject

    painted: list[None] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                painted.append(None)
            return False

    watch = Watch()
    widget.installEventFilter(watch)  # type: ignore[attr-defined]
    yield painted
    widget.removeEventFilter(watch)  # type: ignore[attr-defined]


def scrolled(window: object, count: int) -> list[float]:
    """Milliseconds for each step of the scroll bar, up and down in steps of a wheel's notch, as often as one can."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    grid = window.panels["features"].grid  # type: ignore[attr-defined]
    bar, found, step = grid.verticalScrollBar(), [], 60
    assert bar.maximum() > step, "there is nothing to scroll"
    with paints(grid.viewport()) as painted:
        for _ in range(count):
            if not bar.minimum() <= bar.value() + step <= bar.maximum():
                step = -step
            settle(0.008)
            before, started = len(painted), time.perf_counter()
            bar.setValue(bar.value() + step)
            while len(painted) == before:
                QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
            found.append(1000 * (time.perf_counter() - started))
    return found


def _latencies(window: object, count: int) -> list[float]:
    """Milliseconds for each movement, in the rhythm of a 125 Hz mouse."""
    from saegui.ui.demo.mouse import SyntheticMouse

    hand = SyntheticMouse(window.panels["draw"].canvas)  # type: ignore[attr-defined]
    with paints(window.panels["features"].grid.viewport()) as painted:  # type: ignore[attr-defined]
        found = _drawn(window, hand, painted, count)
    hand.release(0.5, 0.5)
    return found


def _drawn(window: object, hand: SyntheticMouse, painted: list[None], count: int) -> list[float]:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    flags = QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents
    found = []
    window.panels["draw"].clear()  # type: ignore[attr-defined]
    per_stroke = 40
    for move in range(count):
        angle, radius = move * 0.15, 0.15 + 0.3 * (move % per_stroke) / per_stroke
        place = 0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)
        if move % per_stroke == 0:
            # A new stroke on blank paper; putting the pen down is no movement and is not counted.
            hand.release(*place)
            window.panels["draw"].clear()  # type: ignore[attr-defined]
            hand.press(*place)
            settle(0.03)
            continue
        settle(0.008)
        # Whatever had to be painted has been by now; what comes next is this movement's.
        before, started = len(painted), time.perf_counter()
        code = window.state.code  # type: ignore[attr-defined]
        hand.move(*place)
        while len(painted) == before or window.state.code is code:  # type: ignore[attr-defined]
            # One turn: with a time limit, Qt would go on waiting for events after the paint.
            QCoreApplication.processEvents(flags)
        found.append(1000 * (time.perf_counter() - started))
    return found
