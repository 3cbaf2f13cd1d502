"""Toasts: where they are, how long they stay, and that they can be read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from saegui.app.state import Topic
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_a_button_leaves_the_sentence_its_room(window: MainWindow, qtbot: QtBot) -> None:
    toast = window.toasts.add(
        "good", "Saved 14 files in /home/someone/pictures/20261126-174708-topk-256-k10."
    )
    toast.add_button("Open folder", print)
    label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 40)


def box(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


def controls(window: MainWindow) -> list[QWidget]:
    """One control of every panel that takes the keyboard, where there is one in sight."""
    window.state.select(0)
    window.panel(DrawPanel).load_test_image()
    QApplication.processEvents()
    found = []
    for panel in window.panels.values():
        takes = (
            child
            for child in panel.findChildren(QWidget)
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible() and child.isEnabled()
        )
        found += [child for child in takes if not child.visibleRegion().isEmpty()][:1]
    assert len(found) >= 5
    return found


def test_toasts_cover_nothing_that_matters(window: MainWindow) -> None:
    for size in ((1024, 720), (1280, 800), (2560, 1440)):
        window.resize(*size)
        window.docking.reset()
        QApplication.processEvents()
        nothing_is_covered(window)


def nothing_is_covered(window: MainWindow) -> None:
    topics: tuple[Topic, ...] = ("", "training", "latent", "drawing", "comparison")
    for topic, focused in product(topics, controls(window)):
        for toast in window.toasts.toasts:
            toast.dismiss()
        focused.setFocus()
        for number in range(2):
            window.state.notify("bad", f"Sentence {number} says what is wrong and what can be done.", topic)
        stack = window.toasts.geometry()
        assert window.rect().contains(stack)
        covered = [box(window, focused), box(window, window.statusBar()), box(window, window.menuBar())]
        covered.append(box(window, window.panel(DrawPanel).canvas))
        for dock in window.docks.values():
            if topic in dock.panel.topics and not dock.visibleRegion().isEmpty():
                covered.append(box(window, dock))
        assert not any(stack.intersects(other) for other in covered), (topic, focused)
        for toast in window.toasts.toasts:
            label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
            assert label.height() >= label.heightForWidth(label.width())


def test_toasts_make_way_for_the_keyboard_and_stay_under_the_pointer(window: MainWindow) -> None:
    window.state.notify("bad", "Not saved.")
    before = window.toasts.geometry()
    below = next(control for control in controls(window) if window.panel(LatentPanel).isAncestorOf(control))
    below.setFocus()
    assert not window.toasts.geometry().intersects(box(window, window.docks["latent"]))
    window.toasts.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    moved = window.toasts.geometry()
    window.panel(DrawPanel).canvas.setFocus()
    assert window.toasts.geometry() == moved != before
    window.toasts.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    window.resize(window.width() + 1, window.height())
    QApplication.processEvents()
    assert window.toasts.geometry().intersects(box(window, window.docks["latent"])), "the first choice again"


def test_a_problem_goes_when_the_same_thing_succeeds(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    exporter, state = window.services.exporter, window.state

    def problems() -> list[Topic]:
        return [toast.topic for toast in window.toasts.toasts if toast.level in ("bad", "warn")]

    (tmp_path / "atoms.csv").mkdir()
    exporter.save("decoder-grid", tmp_path / "atoms.png")
    qtbot.waitUntil(lambda: problems() == ["figure"], timeout=TIMEOUT)
    window.panel(FeaturesPanel).grid.go_to(99)
    assert problems() == ["figure", "latent"]
    window.panel(FeaturesPanel).grid.go_to(3)
    assert problems() == ["figure"], "the other problem is still one"
    exporter.save("decoder-grid", tmp_path / "other.png")
    qtbot.waitUntil(lambda: problems() == [], timeout=TIMEOUT)
    assert "Saved other.png" in window.toasts.toasts[-1].sentence
    window.services.library.open(tmp_path / "none")
    assert problems() == ["open run"]
    assert state.run is not None
    window.services.library.open(state.run.path)
    assert problems() == []


def test_of_several_things_done_about_one_topic_the_last_is_said(window: MainWindow) -> None:
    for name in ("a.npy", "b.npy", "c.npy"):
        window.state.notify("good", f"The next training uses {name}.", "data")
    window.state.notify("good", "Copied the figure “a” to the clipboard.", "figure")
    kept = window.toasts.add("good", "Saved 14 files.", "figure")
    kept.add_button("Open folder", print)
    window.state.notify("good", "Copied the figure “b” to the clipboard.", "figure")
    assert [toast.sentence for toast in window.toasts.toasts] == [
        "The next training uses c.npy.",
        "Saved 14 files.",
        "Copied the figure “b” to the clipboard.",
    ]


def test_a_toasts_text_can_be_selected_and_it_is_closed_by_mouse_or_key(
    window: MainWindow, qtbot: QtBot
) -> None:
    for level in ("info", "good", "warn", "bad"):
        window.state.notify(level, f"A message of level {level}.")
        toast = window.toasts.toasts[-1]
        label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
        assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
        (close,) = toast.findChildren(QToolButton)
        if level == "bad":
            close.setFocus()
            qtbot.keyClick(close, Qt.Key.Key_Space)
        else:
            qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
        assert toast not in window.toasts.toasts


def test_sentences_are_shown_whole_and_as_they_are(window: MainWindow) -> None:
    name = "<b>mine</b> " + "and a long name beside it " * 9
    for number in range(3):
        window.state.notify("bad", f"{name}{number}")
    QApplication.processEvents()
    for toast in window.toasts.toasts:
        label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert 0 <= label.height() - label.heightForWidth(label.width()) <= 8
        assert window.toasts.rect().contains(toast.geometry())


def test_messages_that_are_too_long_for_the_window_stay_inside_it(window: MainWindow) -> None:
    window.resize(window.minimumSizeHint())
    QApplication.processEvents()
    path = "/home/someone/" + "a-very-long-name/" * 200
    for number in range(3):
        window.state.notify("bad", f"{path}{number} cannot be written; choose another folder.")
    QApplication.processEvents()
    assert window.rect().contains(window.toasts.geometry())
    newest = window.toasts.toasts[-1]
    (label,) = (label for label in newest.findChildren(QLabel) if "cannot be written" in label.text())
    assert path in label.toolTip() and label.height() >= label.heightForWidth(label.width())


def test_problems_stay_and_the_rest_goes_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    window.state.notify("good", "Saved.")
    window.state.notify("bad", "Not saved.")
    good, bad = window.toasts.toasts[-2:]
    good._timer.setInterval(1)
    good._timer.start()
    qtbot.waitUntil(lambda: [t.sentence for t in window.toasts.toasts] == ["Not saved."], timeout=TIMEOUT)
    bad.dismiss()
    assert window.toasts.toasts == ()


def test_a_toast_that_ends_before_it_was_seen_is_gone(window: MainWindow, qtbot: QtBot) -> None:
    window.state.notify("good", "Saved.")
    (toast,) = window.toasts.toasts
    with qtbot.waitSignal(toast.destroyed):
        toast.dismiss()
    assert window.toasts.toasts == ()
    window.state.notify("good", "Saved.")
    assert [toast.sentence for toast in window.toasts.toasts] == ["Saved."]


def test_toasts_of_a_closed_window_move_no_more(
    make_main_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_main_window()
    window.state.notify("bad", "Not saved.")
    field = QLineEdit(window)
    window.close()
    # As when a window goes: its panels first, and the keyboard moves on within what is left.
    for dock in window.docks.values():
        delete(dock)
    QApplication.instance().focusChanged.emit(None, field)


@pytest.mark.qt_log_ignore("grabbing the keyboard", "popup", extend=True)
def test_a_message_that_is_gone_takes_nothing_of_the_window_with_it(window: MainWindow, qtbot: QtBot) -> None:
    grid = window.panel(FeaturesPanel).grid
    contents = grid.viewport()
    toast = window.toasts.add("good", "A message with a button.")
    toast.add_button("Undo", print)
    for panel in window.panels.values():
        panel.first_stop()
    # As a search of the whole window does it: what Qt made itself belongs to the window then.
    window.findChildren(QWidget)
    with qtbot.waitSignal(toast.destroyed):
        toast.dismiss()
    assert isValid(contents) and grid.viewport() is contents
