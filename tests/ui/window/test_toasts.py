"""Toasts: where they are, how long they stay, and that they can be read."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
)
from pytestqt.qtbot import QtBot

from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_a_button_leaves_the_sentence_its_room(window: MainWindow, qtbot: QtBot) -> None:
    toast = window.toasts.add(
        "good", "Saved 14 files in /home/someone/pictures/20261126-174708-topk-256-k10."
    )
    toast.add_button("Open folder", print)
    label = next(label for label in toast.findChildren(QLabel) if label.text() == toast.sentence)
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()) > 40)


def test_toasts_keep_off_the_grid_and_its_scrubber(window: MainWindow) -> None:
    window.resize(1280, 800)
    window.docking.reset()
    QApplication.processEvents()
    window.state.notify(
        "bad", "A sentence of some length that says what is wrong and what can be done about it."
    )
    QApplication.processEvents()
    (*_, toast) = window.toasts.toasts
    features = window.panel(FeaturesPanel).mapTo(window, window.panel(FeaturesPanel).rect().topRight()).x()
    assert toast.mapTo(window, QPoint()).x() > features


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
