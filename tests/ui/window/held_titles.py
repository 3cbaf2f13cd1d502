"""Run by ``test_drags``, in a process of its own: something happens while the left button holds a panel's title.

``python held_titles.py ACTION:PANEL...`` does each of these with the title of that panel in turn, in one window; it prints
what it has done.
On an X server the pointer and the keys are those of the server, elsewhere Qt's own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from PySide6.QtCore import QDeadlineTimer, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from saegui.ui.window.application import make_application, make_window
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.saved_layout import reachable

WAIT_MS = 20_000
ENOUGH = 4000
"""Bytes of what Qt saves; with seven panels they are about 500."""


def wait_for(found: Callable[[], bool]) -> bool:
    end = QDeadlineTimer(WAIT_MS)
    while not found() and not end.hasExpired():
        QTest.qWait(5)
    return found()


LETTERS = {Qt.Key.Key_Control: "ctrl", Qt.Key.Key_K: "k", Qt.Key.Key_Alt: "alt", Qt.Key.Key_O: "o"}


class Hand:
    """Moves and presses with Qt's own events; places are on the screen."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    def _inside(self, at: QPoint) -> QPoint:
        return self.window.mapFromGlobal(at)

    def press(self, at: QPoint) -> None:
        QTest.mousePress(
            self.window.windowHandle(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            self._inside(at),
        )

    def move(self, at: QPoint) -> None:
        QTest.mouseMove(self.window.windowHandle(), self._inside(at))
        QApplication.processEvents()

    def release(self, at: QPoint) -> None:
        QTest.mouseRelease(
            self.window.windowHandle(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            self._inside(at),
        )

    def key(self, key: Qt.Key, name: str) -> None:
        shift, none = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
        held = shift if name.startswith("shift+") else none
        QTest.keyClick(QGuiApplication.focusWindow() or self.window.windowHandle(), key, held)


class HandOnX(Hand):
    """The pointer and the keyboard of the X server."""

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], check=True)
        QApplication.processEvents()

    def press(self, at: QPoint) -> None:
        self.move(at)
        self._do("mousedown", "1")

    def move(self, at: QPoint) -> None:
        self._do("mousemove", "--sync", str(at.x()), str(at.y()))

    def release(self, at: QPoint) -> None:
        self._do("mouseup", "1")

    def key(self, key: Qt.Key, name: str) -> None:
        self._do("key", name)


def opened() -> MainWindow:
    window = make_window()
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, WAIT_MS)
    return window


def hold(hand: Hand, dock: PanelDock) -> QPoint:
    """Press on a title and drag it away; returns where the pointer is."""
    at = dock.bar.mapToGlobal(QPoint(40, 10))
    hand.press(at)
    # Never to where another panel would take it in: all of them are on their way to becoming windows.
    for step in range(1, 9):
        hand.move(at + QPoint(6, 9) * step)
    assert wait_for(dock.isFloating), "the title was not dragged"
    return at + QPoint(48, 72)


def act(action: str, window: MainWindow, hand: Hand, dock: PanelDock, other: PanelDock) -> None:
    if action == "maximise":
        for _ in range(2):
            other.bar.maximise.click()
            QApplication.processEvents()
    elif action == "close":
        other.bar.close_button.click()
    elif action == "toggle":
        for _ in range(2):
            other.open_action.trigger()
            QApplication.processEvents()
    elif action == "reset":
        window.actions_.by_name["reset-layout"].trigger()
    elif action == "theme":
        # Nobody with a button held gets there but by a key.
        hand.key(Qt.Key.Key_Alt, "alt")
        # The other one: all widgets are given another style, which takes longer than all that is tried here.
        dark = window.actions_.by_name["theme-dark"]
        (window.actions_.by_name["theme-light"] if dark.isChecked() else dark).trigger()
    elif action == "dialog":
        hand.key(Qt.Key.Key_F1, "shift+F1")
        QApplication.processEvents()
        if not dialogs():
            # Offscreen the title, as a window, had the keyboard: the first key only lets go of it.
            hand.key(Qt.Key.Key_F1, "shift+F1")
        assert wait_for(lambda: bool(dialogs())), "Shift+F1 opened no dialog"
    elif action == "question":
        # Without a key of its own, as from a menu of another window.
        window.actions_.by_name["about"].trigger()
        QApplication.processEvents()
        QApplication.processEvents()
    elif action == "letters":
        # Whichever window has the keyboard: offscreen it is the one that is dragged.
        for key, name in LETTERS.items():
            hand.key(key, name)
            QApplication.processEvents()
    elif action == "early":
        # What is loaded meanwhile would end the drag of itself later.
        assert wait_for(lambda: not window.services.jobs.running)
        # The system gives the panel's window a key before Qt has heard that it has the keyboard; let go, another panel takes it in.
        hand.move(other.mapToGlobal(other.rect().center()))
        window.activateWindow()
        assert wait_for(lambda: QGuiApplication.focusWindow() is window.windowHandle())
        QTest.keyPress(dock.windowHandle(), Qt.Key.Key_N)
        assert wait_for(lambda: not dock.isFloating()), "the panel was not taken in"
    elif action == "quit":
        assert window.close()


def dialogs() -> list[QDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]


def check(window: MainWindow, closed: set[str]) -> None:
    """Everything that is open can be seen, and what would be saved is small."""
    # The screen that Qt pretends to have is smaller than the window.
    screens = [window.frameGeometry(), *(screen.availableGeometry() for screen in QGuiApplication.screens())]
    for name, dock in window.docks.items():
        assert dock.isVisible() == (name not in closed), f"{name} is visible: {dock.isVisible()}"
        if dock.isVisible() and dock.isFloating():
            assert reachable(dock.frameGeometry(), screens), f"{name} is out of reach: {dock.geometry()}"
    assert len(window.saveState()) < ENOUGH


def try_title(action: str, name: str, window: MainWindow, hand: Hand) -> None:
    # What is loaded changes what panels need, and titles would move away from under the pointer.
    assert wait_for(lambda: window.state.dataset is not None and not window.services.jobs.running)
    window.actions_.by_name["reset-layout"].trigger()
    QApplication.processEvents()
    dock = window.docks[name]
    if dock.panel.place.tabbed:
        dock.raise_()
        assert wait_for(lambda: not dock.visibleRegion().isEmpty())
    # One that stays where it is seen.
    other = window.docks["draw" if dock.panel.place.column == "middle" else "features"]
    at = hold(hand, dock)
    act(action, window, hand, dock, other)
    assert not window.docking.drags.under_way, f"{name} is still held"
    if action != "quit":
        QApplication.processEvents()
        before = dock.mapToGlobal(QPoint())
        hand.move(at + QPoint(30, 30))
        for dialog in dialogs():
            dialog.reject()
        hand.release(at + QPoint(30, 30))
        hand.move(at + QPoint(60, 60))
        QApplication.processEvents()
        assert dock.mapToGlobal(QPoint()) == before, f"{name} still follows the pointer"
        check(window, {other.panel.name} if action == "close" else set())
    elif isinstance(hand, HandOnX):
        hand.release(at)


def main(pairs: list[str]) -> None:
    app = make_application()
    window = opened()
    hand = HandOnX(window) if app.platformName() == "xcb" else Hand(window)
    for pair in pairs:
        # Said before too: whoever reads of a failure knows where it was.
        print(pair, file=sys.stderr, flush=True)
        try_title(*pair.split(":"), window, hand)
        print(pair, flush=True)
    if window.isVisible():
        window.close()


if __name__ == "__main__":
    main(sys.argv[1:])
