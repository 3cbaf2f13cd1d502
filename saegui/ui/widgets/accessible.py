"""For screen readers: what widgets are that paint themselves, and what has just happened.

A class says what it is with ``accessible_role``; names and descriptions are Qt's own.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget


def _interface(kind: str, widget: QObject | None) -> QAccessibleInterface | None:
    role = getattr(type(widget), "accessible_role", None)
    if role is None or not isinstance(widget, QWidget):
        return None
    return QAccessibleWidget(widget, role, "")


def install() -> None:
    """Let Qt ask every widget for its role; called once for the program."""
    QAccessible.installFactory(_interface)


def announce(widget: QWidget, sentence: str, *, urgent: bool = False) -> None:
    """Let a screen reader say ``sentence``, which ``widget`` shows; an urgent one interrupts what is being read."""
    event = QAccessibleAnnouncementEvent(widget, sentence)
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)
