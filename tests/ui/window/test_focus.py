"""The keyboard: it is always seen where it is, goes back where it was, and never to what is hidden."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT, draw
from tests.ui.window.test_back import press

CONTROL = Qt.KeyboardModifier.ControlModifier


def stops(window: MainWindow) -> list[QWidget]:
    """Everything that takes the keyboard and can be seen, panels and the bar of tabs included."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.isEnabled()
        and widget.focusProxy() is None
        and not widget.visibleRegion().isEmpty()
        and widget.metaObject().className() not in ("QMenuBar", "QScrollArea")
        and not widget.objectName().startswith("qt_")
    ]


def pixels(window: MainWindow, widget: QWidget) -> NDArray[np.uint8]:
    """What is seen of a widget and of the few pixels around it."""
    area = QRect(widget.mapTo(window, QPoint()), widget.size()).adjusted(-4, -4, 4, 4)
    image = window.grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keyboard_is_seen_wherever_it_is(theme: str, window: MainWindow, qtbot: QtBot) -> None:
    window.theme.choose(theme)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    draw(window, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    window.state.select(3)
    found: set[str] = set()
    for front in ("curves", "runs"):
        window.docks[front].raise_()
        QApplication.processEvents()
        for widget in stops(window):
            others = [panel for panel in window.panels.values() if not panel.visibleRegion().isEmpty()]
            elsewhere = next(
                panel for panel in others if not panel.isAncestorOf(widget) and panel is not widget
            )
            elsewhere.setFocus()
            without = pixels(window, widget)
            widget.setFocus()
            assert widget.hasFocus(), widget
            difference = np.abs(pixels(window, widget).astype(int) - without).max(axis=2)
            # At least a line below it, in a colour that can be told apart.
            if int((difference > 40).sum()) < min(20, widget.width()):
                found.add(f"{type(widget).__name__} {widget.objectName()} {widget.accessibleName()}")
    assert found == set()


def shown_dialogs(window: MainWindow) -> list[QDialog]:
    """The glossary is kept when it is closed; other dialogs go."""
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]


def test_the_keyboard_goes_back_where_it_was_after_palette_help_and_dialogs(
    window: MainWindow, qtbot: QtBot
) -> None:
    places: tuple[QWidget, ...] = (
        window.panel(DrawPanel).canvas,
        window.panel(FeaturesPanel).grid,
        window.panel(TrainPanel).form.fields["k"].editor,
    )
    for place in places:
        place.setFocus()
        press(Qt.Key.Key_P, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        assert QApplication.focusWidget() is window.palette_box.query
        press(Qt.Key.Key_Escape)
        assert QApplication.focusWidget() is place
        press(Qt.Key.Key_P, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClicks(window.palette_box.query, "dark theme")
        press(Qt.Key.Key_Return)
        assert QApplication.focusWidget() is place
        for keys, modifier in ((Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_O, CONTROL)):
            press(keys, modifier)
            (dialog,) = shown_dialogs(window)
            qtbot.waitUntil(lambda dialog=dialog: dialog.isActiveWindow(), timeout=TIMEOUT)  # type: ignore[misc]
            dialog.reject()
            qtbot.waitUntil(lambda place=place: QApplication.focusWidget() is place, timeout=TIMEOUT)  # type: ignore[misc]
            qtbot.waitUntil(lambda: not shown_dialogs(window), timeout=TIMEOUT)


def test_a_panel_that_is_opened_again_has_the_keyboard_where_it_had_it(window: MainWindow) -> None:
    seed = window.panel(TrainPanel).form.fields["seed"].editor
    seed.setFocus()
    QApplication.processEvents()
    dock = window.docks["train"]
    dock.bar.close_button.click()
    focused = QApplication.focusWidget()
    assert focused is not None and focused.isVisible() and not dock.isAncestorOf(focused)
    dock.open_action.trigger()
    assert QApplication.focusWidget() is seed
    window.show_runs()
    assert QApplication.focusWidget() is window.panel(RunsPanel).view


def keys_of_the_list(window: MainWindow) -> Iterator[None]:
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_F2, Qt.Key.Key_Space):
        press(key)
        yield


def test_what_is_hidden_takes_no_key(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(window.services.library.runs), timeout=TIMEOUT)
    runs = window.panel(RunsPanel)
    window.docks["runs"].raise_()
    QApplication.processEvents()
    runs.view.setFocus()
    current, row = window.state.run, runs.view.currentIndex().row()
    lines = len(runs.findChildren(QLineEdit))
    for hide in (
        lambda: window.docks["curves"].raise_(),
        lambda: window.docking.toggle_maximised(window.docks["features"]),
        lambda: window.docking.set_open(window.docks["runs"], False),
    ):
        hide()
        QApplication.processEvents()
        assert not runs.isAncestorOf(QApplication.focusWidget() or runs)
        for _ in keys_of_the_list(window):
            assert window.state.run == current and current is not None and current.path.exists()
            assert runs.view.currentIndex().row() == row
            # No name is being edited.
            assert len(runs.findChildren(QLineEdit)) == lines
    window.docking.reset()


def test_shortcuts_of_what_is_hidden_change_nothing_and_say_so(window: MainWindow) -> None:
    draw(window, [(0.3, 0.2), (0.7, 0.2)])
    curves, features, canvas = (
        window.panel(CurvesPanel),
        window.panel(FeaturesPanel),
        window.panel(DrawPanel).canvas,
    )

    def seen() -> tuple[object, ...]:
        drawing, selected = window.state.drawing, window.state.selected
        return drawing, canvas.tool, curves.log, features.grid.places.side, selected

    window.docking.toggle_maximised(window.docks["train"])
    window.panel(TrainPanel).buttons["train"].setFocus()
    before = seen()
    for keys, modifier in (
        (Qt.Key.Key_E, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_T, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_L, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Backspace, CONTROL),
        (Qt.Key.Key_Minus, CONTROL),
        (Qt.Key.Key_Right, CONTROL),
        (Qt.Key.Key_G, CONTROL),
    ):
        press(keys, modifier)
        assert seen() == before
        (*_, toast) = window.toasts.toasts
        assert "hidden" in toast.sentence and "View › Panels" in toast.sentence
        toast.dismiss()
    window.docking.toggle_maximised(window.docks["train"])
    press(Qt.Key.Key_Backspace, CONTROL)
    assert window.state.drawing.empty and not window.toasts.toasts


def test_a_panel_that_is_chosen_gives_the_keyboard_to_what_tab_reaches_first(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    # These two begin with what they are about: the list, and the grid.
    for name in window.panels.keys() - {"runs", "features"}:
        for latent in (None, 3):
            window.state.select(latent)
            window.docks[name].raise_()
            panel = window.panels[name]
            panel.setFocus()
            press(Qt.Key.Key_Tab)
            reached = QApplication.focusWidget()
            assert reached is not None
            # Past the panel, where it has nothing to reach.
            assert panel.first_stop() is (reached if panel.isAncestorOf(reached) else panel), (name, latent)
