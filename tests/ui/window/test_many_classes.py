"""The window with data of 62 classes: each can be read, reached and chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.classes import Classes
from saegui.ui.window.main_window import MainWindow
from tests import image_sets, made_up
from tests.made_up import added, train

TIMEOUT = 60_000
MANY = made_up.source_of(
    "made-up-many", "made-up many", (9, 9), image_sets.BY_NAME["emnist-byclass"].info.classes
)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, make_main_window: Callable[..., MainWindow]) -> Iterator[MainWindow]:
    with added(MANY):
        window = make_main_window(run=train(MANY, tmp_path / "run"), size=(2560, 1440))
        qtbot.waitUntil(lambda: window.state.stats is not None, timeout=TIMEOUT)
        yield window


def test_every_class_of_62_is_within_reach(window: MainWindow, qtbot: QtBot) -> None:
    state, draw, latent = window.state, window.panel(DrawPanel), window.panel(LatentPanel)
    names = MANY.info.classes
    assert state.dataset is not None and state.stats is not None
    chosen = int(np.argmax(state.stats.density))
    state.select(chosen)
    section = latent.sections["classes"]
    assert isinstance(section, Classes)
    qtbot.waitUntil(section.rows.isVisible, timeout=TIMEOUT)
    assert not section.chart.isVisible()
    means = state.stats.class_means[chosen]
    assert list(section.rows.order) == np.argsort(-means, kind="stable").tolist()

    # The menu of test images has every class, in lists that fit on a screen.
    menus = [action.menu() for action in draw.menu.actions() if action.menu() is not None]
    found = [action for menu in menus for action in menu.actions()]
    assert [action.text() for action in found] == list(names)
    assert max(len(menu.actions()) for menu in menus) <= 10 and menus[0].title() == "0 to 9"
    found[40].trigger()
    assert state.drawing.title.endswith(f" · class {names[40]}")
