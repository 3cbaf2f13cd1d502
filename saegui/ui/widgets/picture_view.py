"""One picture with a hairline frame: weights or an input, of any shape."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saegui.core.arrays import Array, Shape
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.named_plots import fits, paint_named, row_at
from saegui.ui.widgets.pictures import (
    SHADES,
    Shades,
    Values,
    fitted,
    ink_image,
    paint_ink_plot,
    paint_picture,
    paint_weight_plot,
    plot_limits,
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
        self._axes: tuple[str, ...] = ()
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

    def show_weights(self, weights: Array, scale: float, axes: Sequence[str] = ()) -> None:
        """Signed weights of one input's shape; ±``scale`` are the ends of the colours, or of the plot.

        ``axes`` are the names of a vector's numbers: they are drawn where there is room, and said where the mouse points.
        """
        self._axes = tuple(axes)
        self._show((weights, scale), None)

    def show_ink(self, ink: Values, shades: Shades = SHADES, axes: Sequence[str] = ()) -> None:
        """An input or a reconstruction, of any shape; ``axes`` as in :meth:`show_weights`."""
        self._shades, self._axes = shades, tuple(axes)
        self._show(None, ink)

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of a vector's numbers; empty where they have none."""
        return self._axes if self._shape() == (len(self._axes),) else ()

    def number_at(self, point: QPointF) -> str:
        """The name and value of the number that a plot shows at ``point``; empty where it has no name."""
        values = self.values
        place = row_at(self.frame(), self.axes, point) if values is not None else None
        return "" if place is None or values is None else f"{self.axes[place]}: {float(values[place]):.3g}"

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
        elif self._weights is not None and fits(frame, self.axes):
            weights, scale = self._weights
            paint_named(painter, frame, weights, plot_limits(scale), self._axes, tokens, signed=True)
        elif self._weights is not None:
            paint_weight_plot(painter, frame, *self._weights, tokens)
        elif self._ink is not None and fits(frame, self.axes):
            paint_named(painter, frame, self._ink, self._shades.span, self._axes, tokens, signed=False)
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

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            named = self.number_at(QPointF(event.pos()))
            if named:
                rest = f"\n{self.toolTip()}" if self.toolTip() else ""
                QToolTip.showText(event.globalPos(), f"{named}{rest}", self)
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def enterEvent(self, event: object) -> None:
        self.entered.emit()

    def leaveEvent(self, event: object) -> None:
        self.left.emit()
