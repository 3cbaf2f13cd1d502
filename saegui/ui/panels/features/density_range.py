"""How often latents are active, as a small histogram with a handle at each end of what is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import SMALL_PX, number, small_font

DECADES = 5
"""The axis is log₁₀ of density, from one image in 100,000 to every image."""
PER_DECADE = 10
"""Places at which a handle can stand."""
LAST = DECADES * PER_DECADE
BARS = 25
MARGIN = 5
"""px beside the histogram, for the handles."""


def density_at(place: int) -> float:
    """The density at a place of the axis; the first one stands for 0, so that the dead are inside."""
    return 0.0 if place <= 0 else 1.0 if place >= LAST else float(10.0 ** (place / PER_DECADE - DECADES))


def place_of(density: float) -> int:
    """The place that is nearest to a density."""
    if density <= 0:
        return 0
    return round(min(LAST, max(0.0, (float(np.log10(density)) + DECADES) * PER_DECADE)))


class DensityRange(QWidget):
    """Drag a handle, or use the keys: Left and Right move the lower end, Down and Up the upper one; a double click resets."""

    accessible_role = QAccessible.Role.Slider

    changed = Signal(float, float)
    """The user chose other limits: least and most density."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ends = (0, LAST)
        self._held: int | None = None
        self._heights: tuple[float, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Density range")
        self.set_limits(0.0, 1.0)
        theme.changed.connect(self.update)

    @property
    def limits(self) -> tuple[float, float]:
        """Least and most density; 0 and 1 where there is no limit."""
        return density_at(self._ends[0]), density_at(self._ends[1])

    def set_limits(self, least: float, most: float) -> None:
        """Show other limits, without announcing them."""
        self._ends = place_of(least), place_of(most)
        said = f"Density {self.words}. Drag the ends, or use the arrow keys: Left and Right for the lower end, Down and Up for the upper one"
        self.setToolTip(said)
        self.setAccessibleDescription(said)
        self.update()

    @property
    def words(self) -> str:
        """The limits as they are read: ``any``, or ``0.001 to 1``."""
        return "any" if self._ends == (0, LAST) else " to ".join(number(limit) for limit in self.limits)

    def set_density(self, density: NDArray[np.float32]) -> None:
        """Draw the histogram of ``density (F,)``; the dead are in no bar."""
        logs = np.log10(density[density > 0])
        counts, _ = np.histogram(np.clip(logs, -DECADES, 0), BARS, (-DECADES, 0))
        most = max(1, int(counts.max(initial=0)))
        heights = tuple((counts / most).tolist())
        if heights != self._heights:
            self._heights = heights
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, 26)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 26)

    # -- mouse and keys ---------------------------------------------------------------------------------

    def x_of(self, place: int) -> float:
        """px of a place of the axis."""
        return MARGIN + place / LAST * (self.width() - 2 * MARGIN)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        low, high = (abs(x - self.x_of(end)) for end in self._ends)
        # Where both ends are in one place, the side of it decides.
        self._held = 0 if low < high or (low == high and x < self.x_of(self._ends[0])) else 1
        self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._choose(0, LAST)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        low, high = self._ends
        keys = Qt.Key
        ends = {
            keys.Key_Left: (low - 1, high),
            keys.Key_Right: (low + 1, high),
            keys.Key_Down: (low, high - 1),
            keys.Key_Up: (low, high + 1),
            keys.Key_Home: (0, LAST),
        }.get(Qt.Key(event.key()))
        if ends is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        else:
            self._choose(*ends)

    def _drag(self, x: float) -> None:
        place = round((x - MARGIN) / max(1, self.width() - 2 * MARGIN) * LAST)
        low, high = self._ends
        self._choose(*((place, high) if self._held == 0 else (low, place)))

    def _choose(self, low: int, high: int) -> None:
        low, high = max(0, min(low, LAST)), max(0, min(high, LAST))
        # An end that meets the other one stops there.
        if low > high:
            low, high = (high, high) if low != self._ends[0] else (low, low)
        if (low, high) != self._ends:
            self.set_limits(density_at(low), density_at(high))
            self.changed.emit(*self.limits)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.toolTip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color("accent"), 2) if self.hasFocus() else QPen(tokens.color("line"), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        left, right = (self.x_of(end) for end in self._ends)
        room = self.height() - 8
        painter.setPen(Qt.PenStyle.NoPen)
        width = (self.width() - 2 * MARGIN) / BARS
        for index, height in enumerate(self._heights):
            x = MARGIN + index * width
            inside = left - 0.01 <= x + width / 2 <= right + 0.01
            tall = max(1.0, room * height) if height else 0.0
            painter.setBrush(tokens.color("accent", 0.6) if inside else tokens.color("muted", 0.3))
            painter.drawRect(QRectF(x, self.height() - 4 - tall, max(1.0, width - 1), tall))
        self._paint_words(painter)
        painter.setPen(QPen(tokens.color("accent"), 2))
        for x in (left, right):
            painter.drawLine(QPointF(x, 4), QPointF(x, self.height() - 4))
        painter.setBrush(tokens.color("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        for x in (left, right):
            painter.drawEllipse(QPointF(x, self.height() / 2), 3.5, 3.5)

    def _paint_words(self, painter: QPainter) -> None:
        """What this is, and its limits where there are any, as far as there is room: the left is seldom needed by bars."""
        painter.setFont(small_font(self.font(), SMALL_PX))
        painter.setPen(self._theme.tokens.color("muted"))
        metrics, most = painter.fontMetrics(), self.width() - 4 * MARGIN
        words = next(
            (
                text
                for text in (f"density {self.words}", "density")
                if metrics.horizontalAdvance(text) <= most
            ),
            "",
        )
        room = QRectF(2 * MARGIN + 1, 2, metrics.horizontalAdvance(words) + 2, metrics.height())
        # Bars that do reach so far left are seen through it.
        painter.fillRect(room, self._theme.tokens.color("panel", 0.8))
        painter.setPen(self._theme.tokens.color("muted"))
        painter.drawText(QPointF(room.left() + 1, room.top() + metrics.ascent()), words)
