"""Milliseconds to steer one image and to take its reconstruction apart: what each movement of a slider asks for."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.analysis.contributions import term_sum
from saegui.core.analysis.steering import Steering
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot, to_input
from tests.bench.rows import Row
from tests.bench.strokes import paints, settle, until
from tests.mnist_shape import D_IN

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

SIZES = (64, 4096)
MOVES = 200


def model(n_latents: int) -> Snapshot:
    """TopK with random weights."""
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(n_latents, D_IN)).astype(np.float32)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    zeros = np.zeros(n_latents, np.float32)
    config = RunConfig(n_latents=n_latents, k=min(32, n_latents))
    return Snapshot(config, 0, 0.0, atoms.T.copy(), zeros, atoms, np.zeros(D_IN, np.float32), zeros.copy())


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Of a small model and a large one."""
    image = np.random.default_rng(1).random(D_IN).astype(np.float32)
    count = 10 if quick else MOVES
    for size in SIZES:
        snapshot = model(size)
        values = image.reshape(snapshot.shape)
        z = snapshot.encode(to_input(values[np.newaxis]))[0]
        ready, latents = Steering(snapshot, values, z), np.flatnonzero(z)
        yield _row(
            f"a slider moves, {size:,} latents",
            lambda place, ready=ready, latents=latents: ready.steer({int(latents[0]): place / 10}),  # type: ignore[misc]
            count,
        )
        yield _row(
            f"the sum of {len(latents)} terms, {size:,} latents",
            lambda place, model=snapshot, values=values, z=z: term_sum(model, values, z),  # type: ignore[misc]
            count,
        )

    yield from _in_the_window(count)


def _in_the_window(count: int) -> Iterator[Row]:
    """Real movements of the mouse on a slider, each waited for until list, pictures and the reconstruction are painted."""
    os.environ["SAEGUI_HOME"] = tempfile.mkdtemp()
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QWidget

    from saegui.ui.window.application import make_application, make_window

    app = make_application()
    window = make_window()
    window.resize(1440, 900)
    window.show()
    panel, draw, state = window.panels["active"], window.panels["draw"], window.state
    until(lambda: state.stats is not None)
    for view in ("steer", "sum"):
        snapshot = model(SIZES[-1])
        state.set_snapshot(snapshot)
        state.set_image((np.random.default_rng(1).random(snapshot.shape) * 255).astype(np.uint8), "noise")
        until(lambda: state.stats is not None)
        panel.set_view(view)
        settle(0.5)
        latent, places = panel.list.latents[0], cycle(range(1, 50))
        groove, target = panel.list.groove(0), panel.list.viewport()

        def send(kind: QEvent.Type, share: float, groove: QRect = groove, view: QWidget = target) -> None:
            at, left = (
                QPointF(groove.left() + share * groove.width(), groove.center().y()),
                Qt.MouseButton.LeftButton,
            )
            app.sendEvent(
                view, QMouseEvent(kind, at, view.mapToGlobal(at), left, left, Qt.KeyboardModifier.NoModifier)
            )

        def moved(place: int, view: str = view, latent: int = latent, places: Iterator[int] = places) -> None:
            # Never the same as before: nothing would be painted.
            share = 0.2 + 0.6 * next(places) / 50
            with paints(draw.stage.reconstruction) as painted:
                if view == "steer":
                    send(QEvent.Type.MouseMove, share)
                else:
                    window.services.steering.set(latent, share * window.services.steering.top, more=True)
                while not painted:
                    QCoreApplication.processEvents()
            # What else is due.
            QCoreApplication.processEvents()

        if view == "steer":
            send(QEvent.Type.MouseButtonPress, 0.1)
        yield _row(f"to the painted window, {SIZES[-1]:,} latents, {view}", moved, count)
        window.services.steering.reset()
    window.close()
    app.processEvents()


def _row(what: str, do: Callable[[int], object], count: int) -> Row:
    do(0)
    found = []
    for place in range(count):
        started = time.perf_counter()
        do(place)
        found.append(1000 * (time.perf_counter() - started))
    middle, high = np.percentile(found, [50, 99])
    return Row(f"{what}: median {middle:.1f} ms, 99 %", f"{high:.1f} ms", "<= 16 ms")
