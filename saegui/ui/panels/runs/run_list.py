"""The list of runs: how a run is painted and renamed in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import (
    QAbstractItemModel,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from saegui.core.runs.run import STATUS_TEXT
from saegui.ui.panels.runs.run_columns import BY_NAME, GUTTER, LINE, column_rects, is_wide, row_height
from saegui.ui.panels.runs.run_model import Index, RunsModel
from saegui.ui.theme.icons import icon
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.run_rows import ELSEWHERE, UNDER_WAY, Row
from saegui.ui.widgets.text import SMALL_PX, small_font

STAR = 18
"""px of the starter run's star, behind its name."""


def name_rect(box: QRect) -> QRect:
    """Where a row paints its name and its status."""
    if is_wide(box.width()):
        place = column_rects(box.width(), box.top() + (LINE - 18) // 2, 18)["name"]
        return place.translated(box.left(), 0)
    return QRect(box.left() + GUTTER, box.top() + 5, box.width() - GUTTER - GAP, 18)


def fitting(text: str, width: int, metrics: QFontMetrics) -> str:
    """``8/64`` where ``width`` px have room for it, else ``8``: cut off at its left it would be another number."""
    return text if metrics.horizontalAdvance(text) <= width else text.partition("/")[0]


class RunDelegate(QStyledItemDelegate):
    """Name and status; date, settings and numbers under the header's titles, or why there are none: on two lines, or on one."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        return QSize(240, row_height(view.viewport().width() if isinstance(view, QListView) else 240))

    def first_line(self, row: Row, width: int, base: QFont) -> tuple[str, str]:
        """(name, status) as a row of ``width`` px shows them.

        That a run finished its numbers say already: the name has the room. Where that is too little, the status goes to
        the second line, if there is room; then what all names have in common goes; then the name is cut in the middle,
        since many runs differ only in how their names end.
        """
        status = "" if row.numbers and row.status == STATUS_TEXT["finished"] else row.status
        room = width - GUTTER - GAP - (STAR if row.starter else 0)
        metrics = QFontMetrics(self._name_font(row, base))
        if status:
            beside = room - QFontMetrics(small_font(base, SMALL_PX)).horizontalAdvance(status) - GAP
            if row.numbers or row.broken or metrics.horizontalAdvance(row.run.name) <= beside:
                room = beside
            else:
                status = ""
        whole = metrics.horizontalAdvance(row.run.name) <= room
        name = row.run.name if whole else row.short or row.run.name
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room), status

    def second_line(self, row: Row, width: int, base: QFont) -> str:
        """What stands in the numbers' place in a row of ``width`` px: with the status, where the name takes its room."""
        if row.numbers or row.broken or self.first_line(row, width, base)[1]:
            return row.detail
        return f"{row.status} · {row.detail}" if row.detail else row.status

    @staticmethod
    def _name_font(row: Row, base: QFont) -> QFont:
        return small_font(base, QFontMetrics(base).ascent() + 1, bold=True) if row.current else base

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        box: QRect = option.rect
        painter.save()
        self._paint_ground(painter, box, option.state, row)
        base = option.font
        self._paint_name(painter, box, name_rect(box), row, base)
        painter.setFont(small_font(base, SMALL_PX))
        room = name_rect(box).width() + GUTTER + GAP
        self._paint_numbers(painter, box, row, self.second_line(row, room, base))
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRect, state: QStyle.StateFlag, row: Row) -> None:
        tokens = self._theme.tokens
        flag = QStyle.StateFlag
        if state & flag.State_Selected:
            painter.fillRect(
                box, tokens.color("accent", 0.18) if state & flag.State_Active else tokens.color("raised")
            )
        elif state & flag.State_MouseOver:
            painter.fillRect(box, tokens.color("raised", 0.6))
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, tokens.color("line"))
        if row.current:
            painter.fillRect(box.left(), box.top(), 3, box.height(), tokens.color("accent"))
        if state & flag.State_HasFocus:
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -2))

    def _paint_name(self, painter: QPainter, box: QRect, line: QRect, row: Row, plain: QFont) -> None:
        tokens = self._theme.tokens
        mark = "good" if row.current else "warn" if row.broken else ""
        if mark:
            icon(mark, tokens).paint(painter, QRect(box.left() + 7, line.top() + 1, 16, 16))
        elif row.overlay_place:
            painter.setPen(QPen(line_colour(tokens, row.overlay_place), 3))
            painter.drawLine(
                QPointF(box.left() + 8, line.center().y() + 1.5),
                QPointF(box.left() + 20, line.center().y() + 1.5),
            )
        name, status = self.first_line(row, line.width() + GUTTER + GAP, plain)
        painter.setFont(small_font(plain, SMALL_PX))
        colours = {
            "diverged": "bad",
            "cannot be opened": "warn",
            **dict.fromkeys([*UNDER_WAY.values(), ELSEWHERE], "accent"),
        }
        painter.setPen(tokens.color(colours.get(row.status, "muted")))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, status)
        painter.setFont(self._name_font(row, plain))
        painter.setPen(tokens.color("muted" if row.broken else "text"))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        if row.starter:
            x = line.left() + painter.fontMetrics().horizontalAdvance(name) + UNIT
            icon("star", tokens).paint(painter, QRect(x, line.top() + 2, 14, 14))

    def _paint_numbers(self, painter: QPainter, box: QRect, row: Row, detail: str) -> None:
        tokens = self._theme.tokens
        wide = is_wide(box.width())
        places = column_rects(box.width(), box.top() + (LINE - 18) // 2 if wide else box.top() + 23, 16)
        for place in places.values():
            place.translate(box.left(), 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(tokens.color("muted"))
        painter.drawText(places["date"], left, row.when)
        painter.setPen(tokens.color("text"))
        metrics = painter.fontMetrics()
        for name, text in row.numbers.items():
            painter.drawText(places[name], right, fitting(text, places[name].width(), metrics))
        for name, text in row.settings.items() if wide else ():
            if name in places:
                cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, places[name].width())
                painter.drawText(places[name], left if BY_NAME[name].left else right, cut)
        if detail:
            rest = places["mse"].united(places["dead"])
            if row.broken:
                rest = rest.united(
                    places["preset" if "preset" in places else "n_latents"] if wide else places["date"]
                )
            painter.setPen(tokens.color("muted"))
            cut = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, left if row.broken else right, cut)

    # -- renaming -----------------------------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setStyleSheet("QLineEdit { min-height: 0; padding: 0 4px; }")
        editor.setAccessibleName("Name of the run")
        editor.setToolTip("Type the new name and press Enter; Esc keeps the old one")
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # Only at the start: rows are read again while someone types.
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(index.data(Qt.ItemDataRole.EditRole))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        line = name_rect(option.rect)
        editor.setGeometry(line.left() - 7, line.top() - 3, line.width() + 7 + GAP - UNIT, 22)


class RunsView(QListView):
    """The list itself."""

    def __init__(self, theme: Theme, model: RunsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(RunDelegate(theme, self))
        self.setAccessibleName("Runs")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setStyleSheet("QListView { border: none; border-radius: 0; background: transparent; }")
        theme.changed.connect(self.viewport().update)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Rows in view keep their places on the screen while others come and go above them; at the top new rows are seen."""
        bar, top = self.verticalScrollBar(), self.indexAt(QPoint(0, 0))
        anchor = QPersistentModelIndex(top) if bar.value() and top.isValid() else None
        before = self.visualRect(top).top()
        yield
        if anchor is not None and anchor.isValid():
            bar.setValue(bar.value() + self.visualRect(anchor).top() - before)
