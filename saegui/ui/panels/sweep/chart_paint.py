"""Where everything of a chart is on the screen, and how it is painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from saegui.core.runs.run import Run
from saegui.ui.panels.sweep.content import Cell, Chart, Line
from saegui.ui.panels.sweep.scale import Scale, scale_for
from saegui.ui.theme.line_colours import shade
from saegui.ui.theme.tokens import UNIT, Tokens

LEFT = 54.0
NAME = 170
"""px of a series' name."""
MOST_LINES = 8
"""Of the grid, at most."""
DOT = 4.0
"""px: half the width of a point."""


@dataclass(frozen=True)
class Layout:
    """Pixels of a chart."""

    room: QRectF
    """Inside the axes."""
    across: Scale
    up: Scale
    rows: int = 0
    columns: int = 0

    @staticmethod
    def of(chart: Chart, whole: QRectF, line: float) -> Layout:
        """For a widget of this size; ``line``: px that a line of text takes."""
        left = LEFT + (10 if chart.rows else 0)
        columns = columns_of_names(whole.width() - left)
        lines = -(-len(chart.series) // columns)
        below, above = 2.6 * line + UNIT, min((1.8 + lines) * line, whole.height() / 3)
        room = QRectF(
            left, above, max(20.0, whole.width() - left - 14), max(20.0, whole.height() - above - below)
        )
        xs = [spot.x for spot in chart.spots]
        ys = [spot.y for spot in chart.spots]
        for each in chart.lines:
            xs += each.x.tolist()
            ys += each.y.tolist()
            if each.spread is not None and not chart.log_up:
                ys += (each.y + each.spread).tolist() + (each.y - each.spread).tolist()
        return Layout(
            room,
            scale_for(xs, log=chart.log_across),
            scale_for(ys, log=chart.log_up),
            len(chart.rows),
            len(chart.columns),
        )

    def point(self, x: float, y: float) -> QPointF:
        """Of two numbers."""
        room = self.room
        up = min(max(self.up.share(y), -0.5), 1.5)
        return QPointF(room.left() + room.width() * self.across.share(x), room.bottom() - room.height() * up)

    def cell(self, cell: Cell) -> QRectF:
        """Of a number in a table; cells are no larger than their texts look well in."""
        room = self.room
        wide, high = (
            min(180.0, room.width() / max(1, self.columns)),
            min(64.0, room.height() / max(1, self.rows)),
        )
        return QRectF(room.left() + cell.column * wide, room.top() + cell.row * high, wide, high).adjusted(
            1, 1, -1, -1
        )


def columns_of_names(width: float) -> int:
    """How many names of series stand beside each other."""
    return max(1, int(width / NAME))


def colour_of(tokens: Tokens, series: int) -> QColor:
    """Of a series."""
    return QColor(tokens.series[series % len(tokens.series)])


def paint(
    widget: QWidget,
    chart: Chart,
    layout: Layout,
    tokens: Tokens,
    pointed: QPointF | QRectF | None,
    current: Run | None,
) -> None:
    """Everything, on a widget that has its font; ``pointed``: what the pointer or the keys are on."""
    painter = QPainter(widget)
    painter.setFont(widget.font())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if chart.missing:
        painter.setPen(tokens.color("muted"))
        painter.drawText(
            QRectF(widget.rect()).adjusted(12, 0, -12, 0),
            Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
            chart.missing,
        )
    elif chart.cells:
        _paint_table(painter, chart, layout, tokens)
    else:
        _paint_axes(painter, chart, layout, tokens)
        _paint_lines(painter, chart, layout, tokens)
        _paint_spots(painter, chart, layout, tokens, current)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if pointed is not None:
        painter.setPen(QPen(tokens.color("accent"), 2))
        if isinstance(pointed, QRectF):
            painter.drawRect(pointed)
        else:
            painter.drawEllipse(pointed, DOT + 4, DOT + 4)
    if widget.hasFocus():
        painter.setPen(QPen(tokens.color("accent"), 2))
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), 4, 4)
    painter.end()


def _paint_axes(painter: QPainter, chart: Chart, layout: Layout, tokens: Tokens) -> None:
    room, metrics = layout.room, painter.fontMetrics()
    line = metrics.height()
    for value, text in layout.up.ticks(min(MOST_LINES, max(2, int(room.height() / (2.5 * line))))):
        y = room.bottom() - room.height() * layout.up.share(value)
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        painter.setPen(tokens.color("muted"))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, y - line / 2, room.left() - 6, line), side, text)
    painter.setPen(QPen(tokens.color("line"), 1))
    painter.drawLine(room.bottomLeft(), room.bottomRight())
    painter.setPen(tokens.color("muted"))
    for value, text in layout.across.ticks(max(2, int(room.width() / 64)), chart.ticks):
        x = room.left() + room.width() * layout.across.share(value)
        painter.drawText(QRectF(x - 40, room.bottom() + UNIT, 80, line), Qt.AlignmentFlag.AlignHCenter, text)
    painter.drawText(QPointF(UNIT, metrics.ascent() + 2), chart.up)
    below = QRectF(room.left(), room.bottom() + UNIT + line, room.width(), line + 2)
    painter.drawText(below, Qt.AlignmentFlag.AlignRight, chart.across)
    _paint_names(painter, chart, layout, tokens)


def _paint_names(painter: QPainter, chart: Chart, layout: Layout, tokens: Tokens) -> None:
    """The series' names above the chart, as many as there is room for."""
    room, metrics = layout.room, painter.fontMetrics()
    line = metrics.height()
    columns = columns_of_names(room.width() + 14)
    wide = room.width() / columns
    for place, name in enumerate(chart.series):
        row, column = divmod(place, columns)
        left, base = room.left() + column * wide, (row + 1) * line + metrics.ascent() + UNIT
        last = (row + 2) * line + metrics.ascent() + UNIT > room.top() and column == columns - 1
        if last and place < len(chart.series) - 1:
            painter.setPen(tokens.color("muted"))
            painter.drawText(QPointF(left, base), f"and {len(chart.series) - place} more")
            return
        _mark(painter, QPointF(left + DOT, base - metrics.xHeight() / 2), place, tokens)
        painter.setPen(tokens.color("text"))
        room_for = int(wide - 5 * DOT)
        painter.drawText(
            QPointF(left + 4 * DOT, base), metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room_for)
        )


def _paint_lines(painter: QPainter, chart: Chart, layout: Layout, tokens: Tokens) -> None:
    painter.save()
    painter.setClipRect(layout.room.adjusted(-1, -1, 1, 1))
    for line in chart.lines:
        colour = colour_of(tokens, line.series)
        if line.spread is not None:
            _paint_spread(painter, line, layout, colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine if line.dashed else Qt.PenStyle.SolidLine))
        places = [layout.point(x, y) for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)]
        painter.drawPolyline(QPolygonF(places))
    painter.restore()


def _paint_spread(painter: QPainter, line: Line, layout: Layout, colour: QColor) -> None:
    assert line.spread is not None
    rows = list(zip(line.x.tolist(), line.y.tolist(), line.spread.tolist(), strict=True))
    if line.bars:
        painter.setPen(QPen(colour, 1.5))
        for x, y, half in rows:
            if half:
                low, high = layout.point(x, y - half), layout.point(x, y + half)
                painter.drawLine(low, high)
                for end in (low, high):
                    painter.drawLine(end - QPointF(3, 0), end + QPointF(3, 0))
        return
    faint = QColor(colour)
    faint.setAlphaF(0.2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faint)
    above = [layout.point(x, y + half) for x, y, half in rows]
    below = [layout.point(x, y - half) for x, y, half in reversed(rows)]
    painter.drawPolygon(QPolygonF([*above, *below]))


def _paint_spots(
    painter: QPainter, chart: Chart, layout: Layout, tokens: Tokens, current: Run | None
) -> None:
    frontier = any(spot.marked for spot in chart.spots)
    for spot in chart.spots:
        place = layout.point(spot.x, spot.y)
        _mark(painter, place, spot.series, tokens, faint=frontier and not spot.marked)
        if current is not None and any(run.path == current.path for run in spot.runs):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("active"), 2))
            painter.drawEllipse(place, DOT + 2.5, DOT + 2.5)


def _mark(painter: QPainter, place: QPointF, series: int, tokens: Tokens, *, faint: bool = False) -> None:
    """A point: its shape says the series too, and those on the frontier are filled."""
    colour = colour_of(tokens, series)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(tokens.color("panel") if faint else colour)
    x, y = place.x(), place.y()
    shape = series % 4
    if shape == 0:
        painter.drawEllipse(place, DOT, DOT)
    elif shape == 1:
        painter.drawRect(QRectF(x - DOT + 0.5, y - DOT + 0.5, 2 * DOT - 1, 2 * DOT - 1))
    else:
        tip = -DOT if shape == 2 else DOT
        painter.drawPolygon(
            QPolygonF([QPointF(x, y + tip), QPointF(x + DOT, y - tip), QPointF(x - DOT, y - tip)])
        )


def _paint_table(painter: QPainter, chart: Chart, layout: Layout, tokens: Tokens) -> None:
    room, line = layout.room, painter.fontMetrics().height()
    middle = Qt.AlignmentFlag.AlignVCenter
    for cell in chart.cells:
        box = layout.cell(cell)
        ground = shade(tokens, cell.share)
        painter.fillRect(box, ground)
        painter.setPen(QColor("#000000") if ground.lightnessF() > 0.5 else QColor("#FFFFFF"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, cell.text)
    painter.setPen(tokens.color("muted"))
    wide = {cell.column: layout.cell(cell) for cell in chart.cells}
    high = {cell.row: layout.cell(cell) for cell in chart.cells}
    for column, box in wide.items():
        text = painter.fontMetrics().elidedText(
            chart.columns[column], Qt.TextElideMode.ElideRight, int(box.width())
        )
        painter.drawText(
            QRectF(box.left(), room.top() - line - 2, box.width(), line), Qt.AlignmentFlag.AlignCenter, text
        )
    for row, box in high.items():
        painter.drawText(
            QRectF(0, box.top(), room.left() - 6, box.height()),
            Qt.AlignmentFlag.AlignRight | middle,
            chart.rows[row],
        )
    painter.drawText(
        QRectF(UNIT, room.top() - line - 2, room.left() - 6 - UNIT, line),
        Qt.AlignmentFlag.AlignRight,
        chart.up,
    )
