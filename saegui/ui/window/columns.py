"""The three columns of the window: how wide the side columns are, and how they follow when the window's width changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow

LEAST_MIDDLE = 200
"""px that the middle column keeps, however wide the side columns were made in a larger window."""


def sides(width: int) -> tuple[int, int]:
    """px of the left and the right column in a window of ``width`` px, until somebody drags them.

    The left one stays narrow. The right one grows with the window, since it holds the canvas; what is left to the tiles is
    about as wide as it is high, the shape that 64 of them fill. Between 1280 and 2560 px it is a little wider, so that the previews
    beside the canvas are no smaller than in a small window.
    """
    previews = max(0.0, min(28.0, (width - 1280) * 0.2, (2560 - width) * 0.03))
    return max(308, min(420, round(width * 0.19))), max(310, min(900, round(width * 0.34 + previews)))


class Columns(QObject):
    """Keeps the side columns from growing as fast as the window, which is what Qt would do.

    Nothing is changed while ``wait()``; call :meth:`follow` afterwards.
    A column that was made wider by hand is wider by the same factor after the window was resized.
    """

    def __init__(
        self,
        window: QMainWindow,
        wait: Callable[[], bool],
        left: QDockWidget,
        middle: QDockWidget,
        right: QDockWidget,
    ) -> None:
        super().__init__(window)
        self._window, self._wait = window, wait
        self._docks = (left, middle, right)
        self._width = 0
        """Of the window, for which the columns are as wide as they are; 0 before that is known."""
        self._wanted = (0.0, 0.0)
        """px of the side columns, unrounded: a window that is drawn wider pixel by pixel must not wear them away."""
        # Only when a dock that was shown stands can it be given a width: what is posted comes before a timer.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.follow)
        for dock in (left, right):
            dock.installEventFilter(self)
        for dock in self._docks:
            dock.visibilityChanged.connect(self._shown)

    @Slot()
    def follow(self) -> None:
        """Give the columns their widths after the window's width changed. Does nothing where panels were moved elsewhere."""
        width, before = self._window.width(), self._width
        if width == before or self._wait() or not self._seen() or not self._side_by_side():
            return
        self._width = width
        if not before:
            self._take()
            return
        ratios = [now / then for now, then in zip(sides(width), sides(before), strict=True)]
        self._wanted = (self._wanted[0] * ratios[0], self._wanted[1] * ratios[1])
        docks = self._shown_docks()
        room = sum(dock.width() for dock in docks)
        # Qt gives no column less than it needs, and refuses a middle that is asked for with less than nothing.
        most = max(0, room - LEAST_MIDDLE) / max(1.0, sum(self._wanted))
        left, right = (round(wanted * min(1.0, most)) for wanted in self._wanted)
        self._window.resizeDocks(docks, [left, room - left - right, right], Qt.Orientation.Horizontal)

    @Slot()
    def forget(self) -> None:
        """The docks are arranged again: their next widths are the wanted ones."""
        self._width, self._wanted = 0, (0.0, 0.0)

    def saved(self) -> tuple[float, float, float]:
        """px of the window and of the side columns, for :meth:`restore`."""
        return float(self._width), *self._wanted

    def restore(self, saved: tuple[float, float, float]) -> None:
        """Take over what :meth:`saved` returned. The docks already have the widths of that time; the window may not."""
        width, left, right = saved
        self._width, self._wanted = round(width), (left, right)

    @Slot(bool)
    def _shown(self, visible: bool) -> None:
        if visible:
            self._soon.start()

    def _take(self) -> None:
        left, middle, right = self._shown_docks()
        if middle.width() <= middle.minimumSizeHint().width():
            # The window is too narrow: nobody chose what Qt then gives the side columns.
            self._wanted = self._wanted if any(self._wanted) else sides(self._width)
            return
        now = (left.width(), right.width())
        # What was rounded here is not what somebody chose.
        if any(abs(mine - wanted) > 1 for mine, wanted in zip(now, self._wanted, strict=True)):
            self._wanted = (float(now[0]), float(now[1]))

    def _shown_docks(self) -> list[QDockWidget]:
        """Of each column the dock that is in front, where it has tabs: one behind it stands, for Qt, far outside the window."""
        inside = self._window.rect()
        return [
            next((tab for tab in self._tabs(dock) if inside.intersects(tab.geometry())), dock)
            for dock in self._docks
        ]

    def _tabs(self, dock: QDockWidget) -> list[QDockWidget]:
        return [tab for tab in (dock, *self._window.tabifiedDockWidgets(dock)) if tab.isVisible()]

    def _seen(self) -> bool:
        return all(dock.isVisible() and not dock.isFloating() for dock in self._shown_docks())

    def _side_by_side(self) -> bool:
        left, middle, right = (dock.geometry() for dock in self._shown_docks())
        return left.right() < middle.left() and middle.right() < right.left()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # While the window's own width changes, Qt stretches the docks: nobody chose that.
        if event.type() == QEvent.Type.Resize and self._window.width() == self._width and self._seen():
            self._take()
        return False
