"""The window with data of 62 classes: each can be read, reached and chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.classes import Classes
from saegui.ui.window.main_window import MainWindow
from tests import image_sets, made_up
from tests.made_up import added, train, train_on

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

    # Who has no mouse sees where the keyboard is, and reaches the last row.
    before = section.rows.grab().toImage()
    section.rows.setFocus()
    assert section.rows.grab().toImage() != before
    QTest.keyClick(section.rows, Qt.Key.Key_PageDown)
    assert section.rows.verticalScrollBar().value() > 0

    # The menu of test images has every class, in lists that fit on a screen.
    menus = [action.menu() for action in draw.menu.actions() if action.menu() is not None]
    found = [action for menu in menus for action in menu.actions()]
    assert [action.text() for action in found] == list(names)
    assert max(len(menu.actions()) for menu in menus) <= 10 and menus[0].title() == "0 to 9"
    found[40].trigger()
    assert state.drawing.title.endswith(f" · class {names[40]}")


@pytest.mark.parametrize("name", ["emnist-byclass", "usps"])
def test_a_run_of_an_image_set_opens_with_the_files_it_was_trained_on(
    name: str, tmp_path: Path, qtbot: QtBot, make_main_window: Callable[..., MainWindow]
) -> None:
    wanted = image_sets.write(name, tmp_path / "files", packed=True)
    dataset = data.load(name, tmp_path / "files")
    window = make_main_window(run=train_on(dataset, tmp_path / "run"))
    state = window.state
    qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
    assert state.dataset is not None and state.dataset.folder == tmp_path / "files"
    assert state.dataset.classes == data.DATASETS[name].classes
    state.show_input("test", 9, "test image 9")
    np.testing.assert_array_equal(state.image, wanted.test_images[9])
    assert state.code is not None and state.code.active.size
