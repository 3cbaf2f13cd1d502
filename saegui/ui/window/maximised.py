"""One panel that has the whole window for a while; afterwards every panel is where and how it was.

The other panels are hidden and shown, and the layout itself stays untouched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget
from shiboken6 import isValid

from saegui.ui.window.dock import PanelDock


@dataclass(frozen=True)
class _Before:
    open: tuple[PanelDock, ...]
    front: tuple[PanelDock, ...]
    """Those that are not behind another one as a tab."""
    sizes: tuple[QSize, ...]
    """Of the places of ``front``."""
    floating: dict[PanelDock, QRect]
    focused: QWidget | None
    """What had the keyboard, where the maximised panel took it away."""


class Maximised:
    """Gives one of ``docks`` the whole window, and brings the others back."""

    def __init__(self, window: QMainWindow, docks: Sequence[PanelDock]) -> None:
        self._window, self._docks = window, tuple(docks)
        self._before: _Before | None = None
        self.dock: PanelDock | None = None
        """The one that has the window now."""

    def enter(self, dock: PanelDock) -> None:
        """Show only ``dock``."""
        focused = QApplication.focusWidget()
        inside = focused is not None and dock.isAncestorOf(focused)
        opened = tuple(other for other in self._docks if not other.isHidden())
        front = tuple(other for other in opened if not other.isFloating() and _in_front(self._window, other))
        floating = {other: other.geometry() for other in opened if other.isFloating()}
        sizes = tuple(_share(self._window, other) for other in front)
        self._before = _Before(opened, front, sizes, floating, None if inside else focused)
        self.dock = dock
        dock.setFloating(False)
        for other in self._docks:
            other.setVisible(other is dock)
        dock.bar.show_maximised(True)
        if not inside:
            # Else it would go to whatever is left in the window, the run menu.
            dock.take_keyboard()

    def leave(self) -> None:
        """Bring the others back; does nothing where no panel is maximised."""
        dock, before = self.dock, self._before
        self.forget()
        if dock is None or before is None:
            return
        for other in self._docks:
            other.setVisible(other in before.open)
        for other, place in before.floating.items():
            other.setFloating(True)
            other.setGeometry(place)
        for other in before.front:
            other.raise_()
        layout = self._window.layout()
        if layout is not None:
            # Else the sizes would be shared out among what is shown only in a moment.
            layout.activate()
        for along in (Qt.Orientation.Horizontal, Qt.Orientation.Vertical):
            lengths = [s.width() if along == Qt.Orientation.Horizontal else s.height() for s in before.sizes]
            if before.front:
                self._window.resizeDocks(list(before.front), lengths, along)
        focused = before.focused
        if focused is not None and isValid(focused) and focused.isVisible():
            focused.setFocus()

    def forget(self) -> None:
        """No panel is maximised: everything is arranged again."""
        if self.dock is not None:
            self.dock.bar.show_maximised(False)
        self.dock, self._before = None, None


def _in_front(window: QMainWindow, dock: PanelDock) -> bool:
    # A panel behind another one stands, for Qt, far outside the window.
    return window.rect().intersects(dock.geometry())


def _share(window: QMainWindow, dock: PanelDock) -> QSize:
    """The size of a panel's place, with the tabs below it."""
    place = dock.geometry()
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        tabs = bar.geometry()
        if (
            bar.isVisible()
            and place.left() <= tabs.left() <= place.right()
            and abs(tabs.top() - place.bottom()) < 4
        ):
            return QSize(place.width(), tabs.bottom() - place.top() + 1)
    return place.size()
