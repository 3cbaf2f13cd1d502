"""One picture with a hairline frame: weights or an input, of any shape."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.core.arrays import Array, Shape
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import (
    SHADES,
    Shades,
    Values,
    fitted,
    ink_image,
    paint_ink_plot,
    paint_picture,
    paint_weight_plot,
    proportions,
    size_in,
    weight_image,
)

_SQUARE: Shape = (1, 1)


class PictureView(QWidget):
    """Set weights or ink; recoloured when the theme changes. The picture keeps its proportions, a vector is a plot."""

    accessible_role = QAccessible.Role.Graphic

    clicked = Signal()
    entered = Signal()
    left = Signal()

    def __init__(self, theme: Theme, side: int = 84, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._side = theme, side
        self._weights: tuple[Array, float] | None = None
        self._ink: Values | None = None
        self._shades = SHADES
        self._picture: QImage | None = None
        self._ring = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._recolour)

    @property
    def picture(self) -> QImage | None:
        """What is shown, one pixel a pixel; None when empty, and for a plot."""
        return self._picture

    @property
    def values(self) -> Values | None:
        """The weights or the ink that are shown; None when empty."""
        return self._weights[0] if self._weights is not None else self._ink

    def show_weights(self, weights: Array, scale: float) -> None:
        """Signed weights of one input's shape; ±``scale`` are the ends of the colours, or of the plot."""
        self._show((weights, scale), None)

    def show_ink(self, ink: Values, shades: Shades = SHADES) -> None:
        """An input or a reconstruction, of any shape."""
        self._shades = shades
        self._show(None, ink)

    def clear(self) -> None:
        """Show an empty frame."""
        self._show(None, None)

    def _show(self, weights: tuple[Array, float] | None, ink: Values | None) -> None:
        before = self._shape()
        self._weights, self._ink = weights, ink
        if self._shape() != before:
            # Only then: what changes under a moving pen must not make the window lay itself out again.
            self.updateGeometry()
        self._recolour()

    def set_ring(self, on: bool) -> None:
        """Mark what is shown: it is not what one would expect here."""
        if on != self._ring:
            self._ring = on
            self.update()

    def set_side(self, side: int) -> None:
        """px of the longer side."""
        self._side = side
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return size_in(proportions(self._shape()), self._side)

    def _shape(self) -> Shape:
        return self.values.shape if self.values is not None else _SQUARE

    def _recolour(self) -> None:
        tokens, values = self._theme.tokens, self.values
        if values is None or values.ndim == 1:
            self._picture = None
        elif self._weights is not None:
            self._picture = weight_image(*self._weights, tokens)
        else:
            self._picture = ink_image(values, tokens, self._shades)
        self.update()

    def frame(self) -> QRectF:
        """Where the picture is painted, in px."""
        room = self.rect() if self.values is None else fitted(self._shape(), self.rect())
        return QRectF(room).adjusted(0.5, 0.5, -0.5, -0.5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens, frame = self._theme.tokens, self.frame()
        if self._picture is not None:
            paint_picture(painter, frame, self._picture)
        elif self._weights is not None:
            paint_weight_plot(painter, frame, *self._weights, tokens)
        elif self._ink is not None:
            paint_ink_plot(painter, frame, self._ink, tokens, self._shades.span)
        else:
            painter.fillRect(frame, tokens.color("raised"))
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        if self._ring:
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def enterEvent(self, event: object) -> None:
        self.entered.emit()

    def leaveEvent(self, event: object) -> None:
        self.left.emit()
