"""A folder of the user's own pictures in the window: its run opens, its pictures light up latents, its figures are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.window.main_window import MainWindow
from tests.core.data.picture_files import folder_of, shapes
from tests.made_up import train

TIMEOUT = 60_000


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """``trained(folder, colour=…)``: a run that was trained on a folder of pictures, which the program has forgotten since."""
    before = set(registry.SOURCES)

    def run(folder: Path, colour: str) -> Path:
        name = adding.name_of(str(folder), {"colour": colour, "kind": "photographs"})
        path = train(data.source(name), tmp_path / f"run-{colour}", epochs=2)
        registry.forget(name)
        return path

    yield run
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


@pytest.mark.parametrize("colour", ["grey", "colour"])
def test_its_run_opens_and_its_pictures_light_up_latents(
    qtbot: QtBot,
    tmp_path: Path,
    trained: Callable[..., Path],
    make_main_window: Callable[..., MainWindow],
    colour: str,
) -> None:
    folder = folder_of(tmp_path / "My cats", count=60)
    window = make_main_window(run=trained(folder, colour))
    state, draw = window.state, window.panel(DrawPanel)
    qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
    assert state.dataset is not None and state.dataset.title == "My cats" and state.dataset.folder == folder
    assert state.run is not None and "My cats" in state.run.name
    QTest.mouseClick(
        draw.buttons["test-image"], Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, 12)
    )
    shape = (12, 18) if colour == "grey" else (12, 18, 3)
    assert state.image.shape == shape and state.code is not None
    assert state.drawing.title.rpartition(" ")[2] in {"bird", "cat", "dog"}
    assert window.panel(ActivePanel).list.latents == state.code.active.tolist()
    # Photographs are no ink on paper.
    assert draw.stage.ink.text == "–" and "from 0 to 1" in draw.stage.mse.toolTip()
    state.select(int(state.code.active[0]))
    examples = window.panel(LatentPanel).sections["examples"].top  # type: ignore[attr-defined]
    own = {picture.tobytes() for picture in state.dataset.train_images}
    assert len(examples.images) and all(np.array(picture).tobytes() in own for picture in examples.images)
    if colour == "colour":
        assert {picture.tobytes() for picture in shapes(60, 12, 18)} >= own
    window.grab()
