"""How large a new window is, and where it stands: inside the part of the screen that no bar of the system covers."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRect, QSize
from PySide6.QtWidgets import QMainWindow

DEFAULT = QSize(1440, 900)
"""px where the screen has the room; more on a large one."""
SHARE = 0.85
"""Of each side of a large screen."""
FRAME = QMargins(8, 40, 8, 8)
"""px that frames of windows take at most. A window is given its frame when it is shown, which is too late to ask for it."""


def first_place(available: QRect, frame: QMargins = FRAME) -> QRect:
    """The window with its ``frame``: as large as is useful, in the middle of ``available``."""
    wanted = DEFAULT.expandedTo(available.size() * SHARE).grownBy(frame)
    place = QRect(available.topLeft(), wanted.boundedTo(available.size()))
    place.moveCenter(available.center())
    return place & available


def place_first(window: QMainWindow) -> None:
    """Give a window that was never shown its first size and place."""
    place = first_place(window.screen().availableGeometry())
    window.resize(place.marginsRemoved(FRAME).size())
    # A window is moved by the corner of its frame.
    window.move(place.topLeft())


def keep_on_screen(window: QMainWindow, given: QSize) -> None:
    """Make a window that is shown no larger than the screen, now that its frame is known; one that somebody resized is left.

    ``given`` is the size that it was shown with.
    """
    available, framed, inner = window.screen().availableGeometry(), window.frameGeometry(), window.size()
    room = available.size() - (framed.size() - inner)
    if inner == given and not window.isMaximized() and inner != inner.boundedTo(room):
        window.resize(inner.boundedTo(room))
        window.move(available.topLeft())
