"""The command palette: type part of the name of a command, and press Enter to run it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAction, QIcon, QKeyEvent, QKeySequence, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.window.actions import Action

WIDTH = 520
ROWS = 12


def matches(query: str, text: str) -> bool:
    """Whether the letters of ``query`` occur in ``text`` in this order; case and spaces do not matter."""
    rest = iter(text.casefold())
    return all(letter in rest for letter in query.casefold() if not letter.isspace())


class CommandPalette(QFrame):
    """A searchable list of the window's actions. Disabled ones are grey, and say why where they can."""

    accessible_role = QAccessible.Role.Dialog

    keyboard_freed = Signal()
    """It has the keyboard, and closes."""

    def __init__(self, theme: Theme, actions: Mapping[str, Action], window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("command-palette")
        self.setAccessibleName("Command palette")
        self._theme, self._actions, self._window = theme, actions, window
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GAP, GAP, GAP, GAP)
        layout.setSpacing(GAP)
        self.query = QLineEdit()
        self.query.setPlaceholderText("Type a command…")
        self.query.setAccessibleName("Command")
        self.list = QListWidget()
        self.list.setAccessibleName("Matching commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout.addWidget(self.query)
        layout.addWidget(self.list)
        self._no_icon = QIcon(_blank(self.list))
        self.query.textChanged.connect(self._filter)
        self.query.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    @Slot()
    def open(self) -> None:
        """Show it, with every command listed."""
        self.query.clear()
        self._filter("")
        window = self._window
        width = min(WIDTH, window.width() - 40)
        height = min(60 + ROWS * 26, window.height() - 80)
        self.setGeometry((window.width() - width) // 2, 60, width, height)
        self.show()
        self.raise_()
        self.query.setFocus()

    @property
    def titles(self) -> list[str]:
        """Commands that are listed now, best match first."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    @Slot(str)
    def _filter(self, query: str) -> None:
        self.list.clear()
        found = [action for action in self._actions.values() if matches(query, self._label(action))]
        # What starts with the letters typed comes first, then what contains them together.
        wanted = query.casefold().strip()
        found.sort(
            key=lambda a: (not a.text().casefold().startswith(wanted), wanted not in a.text().casefold())
        )
        for action in found:
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(self._label(action) + (f"   {keys}" if keys else ""))
            item.setData(Qt.ItemDataRole.UserRole, action.objectName())
            item.setToolTip(action.toolTip())
            # Names without an icon keep its room, so that all names begin on one line.
            item.setIcon(self._no_icon if action.icon().isNull() else action.icon())
            if not action.isEnabled():
                item.setForeground(self._theme.tokens.color("muted"))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    @staticmethod
    def _label(action: QAction) -> str:
        return action.text().rstrip("…")

    @Slot()
    def _run(self) -> None:
        item = self.list.currentItem()
        self._close()
        if item is not None:
            self._actions[item.data(Qt.ItemDataRole.UserRole)].use()

    def _close(self) -> None:
        # Of what is hidden Qt moves the keyboard on to whatever comes next.
        self.keyboard_freed.emit()
        self.hide()

    @Slot()
    def _recolour(self) -> None:
        tokens = self._theme.tokens
        self.setStyleSheet(
            f"QFrame#command-palette {{ background: {tokens.panel}; border: 1px solid {tokens.line};"
            " border-radius: 8px; } QListWidget { border: none; }"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        elif event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # The window's single-letter shortcuts must not steal what is typed here.
            event.accept()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key, row, last = event.key(), self.list.currentRow(), self.list.count() - 1
        if key == Qt.Key.Key_Escape:
            self._close()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        elif key == Qt.Key.Key_Down:
            self.list.setCurrentRow(min(row + 1, last))
        elif key == Qt.Key.Key_Up:
            self.list.setCurrentRow(max(row - 1, 0))
        else:
            return False
        return True


def _blank(list: QListWidget) -> QPixmap:
    """A picture of nothing, as large as the icons of a list are."""
    side = list.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap
