"""Words or sentences in one flowing list: as many in a line as have room, long ones cut with an ellipsis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QFrame, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from saegui.app.nearest import Near
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.text import SMALL_PX, small_font

_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class Entry(NamedTuple):
    """One text of a list."""

    text: str
    value: str = ""
    """A number that stands after it, muted."""
    tip: str = ""
    """More about it, below the whole text in the tooltip."""


def entries_of(near: Sequence[Near]) -> list[Entry]:
    """The texts nearest to something, with their cosines."""
    return [
        Entry(each.text, f"{each.cosine:.2f}", f"cosine {each.cosine:.3f}\nClick to encode it.")
        for each in near
    ]


class TextList(QListView):
    """Words or sentences. A click or Enter chooses one; the copy key copies those that are selected."""

    chosen = Signal(int)
    """The place of the text, 0 first."""

    pointed = Signal(int)
    """The place of the text under the pointer; −1 when there is none any more."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setFont(small_font(self.font(), SMALL_PX + 1))
        self.clicked.connect(self._clicked)
        self.entered.connect(self._entered)
        self.viewportEntered.connect(self._left)
        theme.changed.connect(self.viewport().update)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown, in order."""
        return self._entries

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these texts."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        self._model.clear()
        for entry in self._entries:
            item = QStandardItem(entry.text)
            item.setData(entry.value, _ROLE)
            item.setToolTip("\n".join(filter(None, (entry.text, entry.tip))))
            item.setData(f"{entry.text} {entry.value}".strip(), Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        self.scrollToTop()

    @property
    def current(self) -> int | None:
        """The place of the text that was pointed at or reached with the keyboard last, at first the first one."""
        row = self.currentIndex().row()
        return max(row, 0) if self._entries else None

    def choose(self, at: QPoint | None) -> QPoint | None:
        """Make the text at a point of the viewport the current one, or keep that for None; returns a point of it, or None."""
        if at is not None:
            index = self.indexAt(at)
            if not index.isValid():
                return None
            self.setCurrentIndex(index)
            return at
        if self.current is None:
            return None
        return self.visualRect(self._model.index(self.current, 0)).center()

    def copy(self) -> None:
        """Copy the selected texts, a line each."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self._entries[row].text for row in rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 20)

    def sizeHint(self) -> QSize:
        return QSize(200, 60)

    @Slot(QModelIndex)
    def _entered(self, index: QModelIndex) -> None:
        self.pointed.emit(index.row())

    @Slot()
    def _left(self) -> None:
        self.pointed.emit(-1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._left()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A sentence is as wide as the list: it is cut at another place now.
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        extends = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if not QGuiApplication.keyboardModifiers() & extends:
            self.chosen.emit(index.row())


class _Delegate(QStyledItemDelegate):
    """Paints the text and its number; a text that is wider than the list is cut."""

    def __init__(self, theme: Theme, view: TextList) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        metrics = QFontMetrics(self._view.font())
        text, value = str(index.data()), str(index.data(_ROLE))
        wide = metrics.horizontalAdvance(text) + metrics.horizontalAdvance(value) + 2 * UNIT
        wide += GAP + (UNIT if value else 0)
        return QSize(min(wide, self._view.viewport().width() - 1), metrics.height() + UNIT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        view, tokens = self._view, self._theme.tokens
        room = QRect(view.visualRect(index)).adjusted(UNIT, 0, -UNIT, 0)
        selected = view.selectionModel().isSelected(index)
        current = view.hasFocus() and index.row() == view.current
        hovered = room.contains(view.viewport().mapFromGlobal(view.cursor().pos()))
        painter.save()
        painter.setFont(view.font())
        if selected or hovered:
            painter.fillRect(
                room.adjusted(-UNIT, 0, UNIT, 0), tokens.color("accent", 0.22 if selected else 0.1)
            )
        if current:
            painter.setPen(tokens.color("accent"))
            painter.drawRect(room.adjusted(-UNIT, 0, UNIT - 1, -1))
        metrics, value = QFontMetrics(view.font()), str(index.data(_ROLE))
        taken = metrics.horizontalAdvance(value) + UNIT if value else 0
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        text = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width() - taken)
        painter.setPen(view.palette().color(QPalette.ColorRole.Text))
        painter.drawText(room, left, text)
        painter.setPen(tokens.color("muted"))
        painter.drawText(room.adjusted(metrics.horizontalAdvance(text) + UNIT, 0, 0, 0), left, value)
        painter.restore()
