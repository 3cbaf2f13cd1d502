"""Esc: one layer of what is seen at a time, the uppermost first, and nothing that is hidden."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.window.main_window import MainWindow


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is, as a person does."""
    QApplication.processEvents()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QWidget)
    QTest.keyClick(focused, key, modifier)
    QApplication.processEvents()


def test_esc_shows_all_panels_then_closes_messages_then_clears_the_selection(window: MainWindow) -> None:
    window.state.select(3)
    window.panel(DrawPanel).canvas.setFocus()
    for sentence in ("First.", "Second."):
        window.state.notify("bad", sentence)
    window.docking.toggle_maximised(window.docks["curves"])
    back = window.actions_.by_name["back"]
    titles = []
    for _ in range(4):
        titles.append(back.text())
        press(Qt.Key.Key_Escape)
        assert window.docking.maximised is None
    assert titles == ["Show all panels", "Close message", "Close message", "Clear selection"]
    assert window.toasts.toasts == () and window.state.selected is None
    assert QApplication.focusWidget() is window.panel(DrawPanel).canvas
    assert not back.isEnabled()


def test_esc_leaves_a_selection_that_no_panel_shows(window: MainWindow) -> None:
    window.state.select(3)
    for name in ("features", "map", "active", "latent"):
        window.docking.set_open(window.docks[name], False)
    window.panel(DrawPanel).canvas.setFocus()
    press(Qt.Key.Key_Escape)
    assert window.state.selected == 3
    window.docking.set_open(window.docks["latent"], True)
    press(Qt.Key.Key_Escape)
    assert window.state.selected is None


def test_a_message_that_is_closed_from_inside_gives_the_keyboard_back(window: MainWindow) -> None:
    canvas = window.panel(DrawPanel).canvas
    canvas.setFocus()
    QApplication.processEvents()
    toast = window.toasts.add("bad", "A problem.")
    toast.add_button("Undo", lambda: None)
    button = toast.findChild(QWidget, "toast-button")
    button.setFocus()
    press(Qt.Key.Key_Space)
    assert QApplication.focusWidget() is canvas
