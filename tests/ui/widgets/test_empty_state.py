"""What stands where there is nothing yet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.window.main_window import MainWindow


def test_an_empty_panel_shows_a_sentence_an_icon_and_a_button_and_nothing_that_looks_like_a_box_to_tick(
    theme: Theme, qtbot: QtBot
) -> None:
    shown = EmptyState(theme, "pen", "Draw a digit.", "Draw")
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    shown.show()
    assert not shown.picture.pixmap().isNull() and shown.picture.isVisible()
    # Without its parts nothing is left: no frames, whose rows look like a form.
    for part in (*shown.findChildren(QLabel), *shown.findChildren(QPushButton)):
        part.hide()
    assert len(colours(shown.grab().toImage())) == 1
    shown.resize(400, 80)
    assert not shown.picture.isVisible()


def colours(image: QImage) -> set[str]:
    return {
        QColor(image.pixel(x, y)).name()
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    }


def test_panels_that_are_far_too_small_are_painted_without_a_complaint(window: MainWindow) -> None:
    for panel in window.panels.values():
        panel.setMinimumSize(0, 0)
        panel.setParent(None)
        for side in (0, 1, 20, 60):
            for size in ((side, side), (side, 200), (200, side)):
                panel.setFixedSize(*size)
                panel.show()
                panel.grab()
        panel.hide()
        panel.deleteLater()


def test_every_panel_that_is_empty_as_a_whole_shows_an_icon(window: MainWindow) -> None:
    found = {
        name: panel.empty
        for name, panel in window.panels.items()
        # Curves draws a sketch in its place.
        if type(getattr(panel, "empty", None)) is EmptyState
    }
    assert {"features", "compare", "density", "sweep", "latent"} <= found.keys()
    assert not [name for name, empty in found.items() if empty.picture.pixmap().isNull()]
    maps = window.panels["map"].findChildren(EmptyState)
    assert maps and not any(each.picture.pixmap().isNull() for each in maps)
