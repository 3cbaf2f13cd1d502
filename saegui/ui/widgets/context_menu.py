"""What the right button offers on a part of a panel, as data; the window makes a menu of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class ContextMenu:
    """What the right button, or the keyboard's menu key, offers on a part of a panel."""

    part: QWidget
    """The widget, or the scroll area, that the menu belongs to."""
    choose: Callable[[QPoint | None], QPoint | None]
    """Selects what is at a point of the part, or what has the keyboard where that is None. Returns where the menu opens;
    None: there is nothing, and no menu."""
    actions: tuple[str, ...]
    """Names of actions of the program, from top to bottom; an empty name is a line between them."""
