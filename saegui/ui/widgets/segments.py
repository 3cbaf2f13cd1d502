"""A few words side by side, one of which is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QToolButton, QWidget


class Segments(QWidget):
    """Like a combo box whose few entries are all seen. Arrow keys choose; ``chosen`` says what the user took."""

    accessible_role = QAccessible.Role.Grouping

    chosen = Signal(str)

    def __init__(self, name: str, entries: dict[str, tuple[str, str]], parent: QWidget | None = None) -> None:
        """``entries``: value → (word, tooltip)."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self.values = tuple(entries)
        """All that there are, also those that are hidden."""
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index, (word, tip) in enumerate(entries.values()):
            button = QToolButton()
            button.setText(word)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {word}")
            self._group.addButton(button, index)
            layout.addWidget(button)
        self._group.buttonToggled.connect(self._toggled)
        self._group.buttonClicked.connect(self._clicked)

    def button(self, value: str) -> QAbstractButton:
        """The button of one value."""
        return self._group.button(self.values.index(value))

    @property
    def value(self) -> str:
        """What is chosen; empty before anything is."""
        index = self._group.checkedId()
        return self.values[index] if index >= 0 else ""

    def set_value(self, value: str) -> None:
        """Choose without announcing it."""
        self.button(value).setChecked(True)

    @Slot(QAbstractButton, bool)
    def _toggled(self, button: QAbstractButton, on: bool) -> None:
        # Tab leads to what is chosen, and arrow keys from there; Qt sees to this only for what was reached with the keyboard.
        if on:
            for other in self._group.buttons():
                one = other is button
                other.setFocusPolicy(Qt.FocusPolicy.TabFocus if one else Qt.FocusPolicy.NoFocus)

    @Slot()
    def _clicked(self) -> None:
        self.chosen.emit(self.value)
