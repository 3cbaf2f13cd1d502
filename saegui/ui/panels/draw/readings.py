"""Small numbers under the previews: a caption, a value, and for the ink where it lies among MNIST's digits."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT

INK_RANGE = (52.0, 164.0)
"""Sum of grey levels / 255: nine in ten of MNIST's test images lie between these."""
INK_MEDIAN = 101.0
_INK_END = 216.0
"""Ink at the gauge's right end."""
NONE = "–"
_CAPTION = 31
_VALUE = 30
_GAUGE = 44
"""px: widths of the three parts."""


class Reading(QWidget):
    """``caption value``, on one line."""

    accessible_role = QAccessible.Role.StaticText

    def __init__(self, theme: Theme, caption: str, help: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._caption = theme, caption
        self._text = NONE
        self.set_help(help)
        self.show_text(NONE)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def set_help(self, help: str) -> None:
        """Explain it in other words."""
        self.setToolTip(help)
        self.setAccessibleDescription(help)

    def show_text(self, text: str) -> None:
        """Say something else."""
        if text == self._text and self.accessibleName():
            return
        self._text = text
        self.setAccessibleName(f"{self._caption} {text}")
        self.update()

    @property
    def _left(self) -> int:
        """px to the value."""
        return max(_CAPTION, self._metrics().horizontalAdvance(self._caption) + 6)

    @property
    def end(self) -> int:
        """px to the right end of what is painted."""
        return self._left + self._metrics().horizontalAdvance(self._text)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(12)
        return font

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._font())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = QRectF(self.rect())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        font = self._font()
        painter.setPen(self._theme.tokens.color("muted"))
        font.setUnderline(bool(self.property("term")))
        painter.setFont(font)
        painter.drawText(room, align, self._caption)
        font.setUnderline(False)
        painter.setFont(font)
        painter.setPen(self._theme.tokens.color("text"))
        painter.drawText(room.adjusted(self._left, 0, 0, 0), align, self._text)
        self._paint_more(painter)

    def _paint_more(self, painter: QPainter) -> None:
        """Paint what stands to the right of the value."""


class InkGauge(Reading):
    """How much ink there is; for drawings also against the range of MNIST's digits."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "ink", "", parent)
        self._ink = 0.0
        self._ranged = self._counted = True
        self.set_range(True, True)

    def set_range(self, ranged: bool, counted: bool) -> None:
        """``counted``: ink is defined, as it is for grey pictures of ink on paper; ``ranged``: they are like MNIST's."""
        self._ranged, self._counted = ranged, counted
        low, high = INK_RANGE
        ink = "Ink: the sum of all grey levels / 255."
        if ranged:
            self.set_help(
                f"{ink} Nine in ten of MNIST's digits lie in the shaded range ({low:.0f} to {high:.0f}, "
                f"median {INK_MEDIAN:.0f}); a drawing outside it is unlike the digits that models are trained on."
            )
        else:
            self.set_help(ink if counted else "Ink is defined for shades of ink on paper only.")
        self.show_ink(self._ink)

    def show_ink(self, ink: float) -> None:
        """Sum of the image / 255; 0 for blank paper."""
        self._ink = ink
        self.show_text(f"{ink:.0f}" if ink and self._counted else NONE)

    @property
    def _gauged(self) -> bool:
        """Where there is no room for the whole gauge, and a little beside it, there is none."""
        return self._ranged and self._left + _VALUE + _GAUGE + UNIT <= self.width()

    @property
    def end(self) -> int:
        return self._left + _VALUE + _GAUGE if self._gauged else super().end

    def _paint_more(self, painter: QPainter) -> None:
        if not self._gauged:
            return
        tokens, left = self._theme.tokens, self._left + _VALUE
        groove = QRectF(left, self.height() / 2 - 2, _GAUGE, 4)
        painter.fillRect(groove, tokens.color("raised"))
        low, high = (place / _INK_END * _GAUGE for place in INK_RANGE)
        painter.fillRect(QRectF(left + low, groove.y() - 2, high - low, 8), tokens.color("line"))
        painter.fillRect(
            QRectF(left + INK_MEDIAN / _INK_END * _GAUGE, groove.y() - 2, 1, 8), tokens.color("muted")
        )
        if self._ink:
            place = min(1.0, self._ink / _INK_END) * _GAUGE
            painter.fillRect(QRectF(left + place - 1.5, groove.y() - 4, 3, 12), tokens.color("text"))
