"""The hand that holds the pen rests on the screen too: which touches are meant."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer

from saegui.core.strokes import Drawing

PALM_MS = 500
"""A touch that began within this time after the pen was near, or ended within it before, was the hand that holds it."""


class PalmGuard:
    """Remembers when pen and fingers were there last."""

    def __init__(self) -> None:
        self._pen, self._touch = QElapsedTimer(), QElapsedTimer()
        self._touched: Drawing | None = None

    def pen_seen(self) -> None:
        """The pen was moved, near the screen or on it."""
        self._pen.start()

    @property
    def pen_near(self) -> bool:
        """Whether a touch that begins now is no finger that draws."""
        return self._pen.isValid() and self._pen.elapsed() <= PALM_MS

    def touch_drew(self, drawing: Drawing) -> None:
        """A touch was lifted, and changed the drawing to this."""
        self._touched = drawing
        self._touch.start()

    def drew(self, drawing: Drawing) -> bool:
        """Whether the last change of ``drawing`` was made by a touch just now."""
        return self._touched is drawing and self._touch.isValid() and self._touch.elapsed() <= PALM_MS
