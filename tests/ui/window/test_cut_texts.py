"""At 1280×800 no title, label or button is cut without saying the rest as a tooltip, whatever is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.settings import ThemeName
from saegui.core.data.noun import WORD
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.draw.readings import Reading
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.map.panel import MapPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from tests import made_up
from tests.ui.window.by_hand import TIMEOUT
from tests.ui.window.cut_texts import cut_texts
from tests.ui.window.test_names_of_inputs import KINDS


def _views(window: MainWindow) -> Iterator[str]:
    """Shows one thing after the other, and says what."""

    def front(name: str) -> None:
        window.docking.set_open(window.docks[name], True)
        window.docks[name].raise_()

    for name in window.docks:
        front(name)
        yield name
    front("map")
    maps = window.panel(MapPanel)
    for what, page in maps.pages.items():
        maps.set_what(what)
        yield what
        for place in range(page.choices.count()):
            page.choices.setCurrentIndex(place)
            assert page.choices.shown_text == page.choices.currentText()
            yield page.choices.currentText()
        page.choices.setCurrentIndex(0)
    front("features")
    features, active = window.panel(FeaturesPanel), window.panel(ActivePanel)
    features.filter.button.click()
    yield "filter"
    features.filter.button.click()
    for show in ("encoder", "both", "decoder"):
        features.set_show(show)
        yield show
    for place in range(features.sorts.count()):
        features.sorts.setCurrentIndex(place)
        yield features.sorts.currentText()
    for view in ("sum", "steer", "near", "compare", "list"):
        active.header.views.button(view).click()
        yield view
    window.panel(TrainPanel).form.show_more(True)
    yield "more"
    window.panel(TrainPanel).form.show_more(False)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_is_cut_in_a_small_window(
    theme: ThemeName,
    make_main_window: Callable[..., MainWindow],
    small_run: Path,
    own_home: Path,
    qtbot: QtBot,
) -> None:
    words = theme == "dark"
    with made_up.added(KINDS[WORD]):
        run = made_up.train(KINDS[WORD], own_home / "runs" / "words", epochs=1) if words else small_run
        window = make_main_window(theme=theme, run=run)
        state = window.state
        qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
        window.panel(DrawPanel).load_test_image()
        assert state.code is not None
        state.select(int(state.code.active[0]))
        found: dict[str, str] = {}
        for view in _views(window):
            QApplication.processEvents()
            QApplication.processEvents()
            for line in cut_texts(window):
                found.setdefault(line, view)
        assert not found, "\n".join(f"{view}: {line}" for line, view in found.items())
        draw = window.panel(DrawPanel).stage
        for fvu in ("0.093", "12.3", "4e-4"):
            draw.fvu.show_text(fvu)
            readings = [each for each in draw.findChildren(Reading) if each.isVisible()]
            assert len(readings) >= 3 and all(each.end <= each.width() for each in readings)


def test_what_is_cut_is_found(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    whole, cut, wrapped = (QLabel("a few words that take some room", box) for _ in range(3))
    box.resize(300, 90)
    whole.resize(300, 20)
    cut.setGeometry(0, 20, 40, 20)
    wrapped.setGeometry(0, 40, 60, 20)
    wrapped.setWordWrap(True)
    box.show()
    assert len(cut_texts(box)) == 2
    for label in (cut, wrapped):
        label.setToolTip(label.text())
    assert cut_texts(box) == []
    whole.move(100, 0)
    assert len(cut_texts(box)) == 1
