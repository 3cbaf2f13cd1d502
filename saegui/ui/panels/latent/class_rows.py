"""A list of classes by what a latent does for them: for more classes, or longer names, than bars side by side can name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from saegui.ui.panels.latent.bars import TICK_PX, Bars
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.text import SMALL_PX, small_font, words_for

ROW = TICK_PX + 5
HEAD = SMALL_PX + 6
COLUMN = 200
"""px: a list that is at least twice as wide has two columns, and so on."""
LONGEST = 0.45
"""Share of a column that a name may take."""


class ClassRows(QAbstractScrollArea):
    """A caption, and a row a class: its name, a bar, and its mean activation; the largest first. Scrolls."""

    accessible_role = QAccessible.Role.List

    def __init__(
        self, theme: Theme, captions: Sequence[str], help: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._captions, self._help = theme, tuple(captions), help
        self._bars: Bars | None = None
        self._order: list[int] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportMargins(0, HEAD, 0, 0)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().setSingleStep(ROW)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)
        self.setAccessibleName(captions[0])
        theme.changed.connect(self.viewport().update)

    @property
    def caption(self) -> str:
        """What stands above the rows."""
        words = (f"{self._captions[0]}, largest first", *self._captions)
        return words_for(QFontMetrics(small_font(self.font(), SMALL_PX)), words, self._caption_room)

    @property
    def _caption_room(self) -> int:
        """px that the scroll bar, which is as high as the list, leaves to the caption."""
        bar = self.verticalScrollBar()
        return self.width() - (bar.sizeHint().width() if bar.maximum() else 0)

    @property
    def order(self) -> Sequence[int]:
        """Classes in the order of the rows."""
        return self._order

    def set_bars(self, bars: Bars) -> None:
        """Show these; the list begins at its top again."""
        self._bars = bars
        # Equal ones stay in the order of the classes.
        self._order = sorted(range(len(bars.heights)), key=lambda place: -bars.heights[place])
        self.setAccessibleDescription(f"{bars.summary} {self._help}")
        self._set_range()
        self.verticalScrollBar().setValue(0)
        self.update()
        self.viewport().update()

    def row_at(self, position: QPointF) -> int | None:
        """The class whose row is at ``position`` in the viewport."""
        for place, label in enumerate(self._order):
            if self._row(place).contains(position.toPoint()):
                return label
        return None

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 56)

    def _columns(self) -> int:
        return max(1, self.viewport().width() // COLUMN)

    def _row(self, place: int) -> QRect:
        """Where a row is painted, in the viewport: rows go from left to right, then down."""
        columns = self._columns()
        wide = (self.viewport().width() - GAP * (columns - 1)) // columns
        down, across = divmod(place, columns)
        return QRect(across * (wide + GAP), down * ROW - self.verticalScrollBar().value(), wide, ROW)

    def _set_range(self) -> None:
        tall, room = -(-len(self._order) // self._columns()) * ROW, self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(room)
        bar.setRange(0, max(0, tall - room))

    # -- events -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_range()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        # The caption is beside the viewport, whose paint events arrive elsewhere.
        if event.type() == QEvent.Type.Paint:
            self._paint_caption()
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.row_at(QPointF(event.pos()))
            text = self._help if found is None or self._bars is None else self._bars.tips[found]
            # A rectangle of one pixel: the text follows the pointer from row to row.
            here = QRect(event.pos() - QPoint(1, 1), QSize(3, 3))
            QToolTip.showText(event.globalPos(), text, self.viewport(), here)
            return True
        return super().viewportEvent(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def _paint_caption(self) -> None:
        painter = QPainter(self)
        painter.setFont(small_font(self.font(), SMALL_PX))
        painter.setPen(self._theme.tokens.color("muted"))
        painter.drawText(QRectF(0, 0, self.width(), HEAD), Qt.AlignmentFlag.AlignLeft, self.caption)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._bars is None:
            return
        painter, bars, tokens = QPainter(self.viewport()), self._bars, self._theme.tokens
        plain, bold = (small_font(self.font(), TICK_PX, bold=strong) for strong in (False, True))
        metrics = QFontMetrics(bold)
        numbers = max(metrics.horizontalAdvance(each) for each in bars.values) + GAP
        longest = max(metrics.horizontalAdvance(name) for _, name in bars.x_ticks)
        name_room = min(longest, int(LONGEST * self._row(0).width())) + GAP
        middle = Qt.AlignmentFlag.AlignVCenter
        strong, other = QColor(tokens.series[0]), QColor(tokens.series[0])
        other.setAlphaF(0.45)
        for place, label in enumerate(self._order):
            row = self._row(place)
            if not row.intersects(event.rect()):
                continue
            is_strongest = label == bars.strongest
            painter.setFont(bold if is_strongest else plain)
            painter.setPen(tokens.color("text" if is_strongest else "muted"))
            name = metrics.elidedText(bars.x_ticks[label][1], Qt.TextElideMode.ElideRight, name_room - GAP)
            painter.drawText(row, middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.drawText(
                row.adjusted(0, 0, -2, 0), middle | Qt.AlignmentFlag.AlignRight, bars.values[label]
            )
            room = max(row.width() - name_room - numbers - 2, 1)
            wide = round(bars.heights[label] * room)
            if bars.heights[label] > 0:
                bar = QRect(row.left() + name_room, row.top() + 3, max(wide, 1), ROW - 6)
                painter.fillRect(bar, strong if is_strongest else other)
