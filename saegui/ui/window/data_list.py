"""The list of data sets: those that are built in, and below them the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from saegui.core import data
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme

WIDTH = 220
ICON_SIDE = 14
LINE = 18
"""px of a line's height, at least."""
BUILT_IN, OWN = "Built in", "Your own"
NAME, ICON = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class Entry(NamedTuple):
    """One line."""

    name: str
    """Of the data set; empty for a file that is not added yet."""
    title: str
    about: str
    """In the tooltip, below the title."""
    own: bool
    """Whether the user added it."""
    absent: str = ""
    """Why it cannot be loaded at once, in a few words; empty where it can."""
    icon: str = ""
    """That shows the same."""


def entries(here: Mapping[str, bool], path: Path | None) -> list[Entry]:
    """Of every data set, by whether its files are here, and last of the file at ``path`` that is not added yet."""
    found = []
    for name, is_here in here.items():
        source = data.source(name)
        own = source.added is not None
        absent = "its files are not where they were" if own else "not on this computer yet"
        symbol = "warn" if own else "download"
        shown = ("", "") if is_here else (absent, symbol)
        found.append(Entry(name, source.info.title, source.info.about, own, *shown))
    if path is not None:
        found.append(Entry("", f"{path.name} (not added)", str(path), True))
    return found


class DataList(QListWidget):
    """The entries under their headings; what is not on this computer has an icon at its end."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Entry, ...] = ()
        self.setAccessibleName("Data sets")
        self.setFixedWidth(WIDTH)
        self.setSpacing(2)
        self.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The middle: names of files often differ at their ends.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setItemDelegate(_IconAtTheEnd(self))
        theme.changed.connect(self._recolour)

    @property
    def name(self) -> str:
        """Of the data set that is chosen; empty for a file that is not added yet, and where nothing is."""
        item = self.currentItem()
        return "" if item is None else item.data(NAME)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all entries, in their order."""
        return tuple(entry.name for entry in self._entries)

    def choose(self, name: str) -> bool:
        """Make ``name`` the chosen one; whether it is listed."""
        for row in range(self.count()):
            if self.item(row).data(NAME) == name:
                self.setCurrentRow(row)
                return True
        return False

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """List these, those of the user's own last. Nothing is chosen then, unless they are the same as before."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        self.clear()
        for heading, own in ((BUILT_IN, False), (OWN, True)):
            some = [entry for entry in entries if entry.own == own]
            if some:
                self._add_heading(heading)
            for entry in some:
                self._add(entry)
        self._recolour()

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPixelSize(11)
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(font)
        self.addItem(item)

    def _add(self, entry: Entry) -> None:
        item = QListWidgetItem(entry.title)
        item.setData(NAME, entry.name)
        item.setData(ICON, entry.icon)
        lines = (entry.title, entry.about, entry.absent)
        item.setToolTip("\n".join(line for line in lines if line))
        said = f"{entry.title}, {entry.absent}" if entry.absent else entry.title
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        self.addItem(item)

    @Slot()
    def _recolour(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            if name := item.data(ICON):
                item.setIcon(icon(name, self._theme.tokens))


class _IconAtTheEnd(QStyledItemDelegate):
    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.decorationPosition = QStyleOptionViewItem.Position.Right

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        # Lines without an icon are as high as those with one.
        return super().sizeHint(option, index).expandedTo(QSize(0, LINE))
