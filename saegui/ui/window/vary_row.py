"""One line of *Vary…*: a parameter, and the values that it takes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QToolButton, QWidget

from saegui.core.config.run_names import words
from saegui.core.config.schema import parameter
from saegui.core.errors import ConfigError
from saegui.core.sweeps.suggestions import can_vary, suggested
from saegui.core.sweeps.values import read_values
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.styled import set_styled

WRITE = "Write values such as 5, 10, 20, or a range such as 1e-4 … 1e-2, 5 steps, log."
MOST_SHOWN = 8
"""Values that a row lists."""


class VaryRow(QWidget):
    """One parameter and its values."""

    edited = Signal()
    removed = Signal(object)
    """This row is to go."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.names = Combo()
        self.names.setAccessibleName("Parameter")
        self.names.setToolTip("Which parameter takes several values")
        self.names.setMinimumWidth(150)
        self.text = QLineEdit()
        self.text.setAccessibleName("Values")
        self.text.setToolTip(WRITE)
        self.text.setMinimumWidth(220)
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setProperty("muted", True)
        self.told.setAccessibleName("Values that are read")
        self.close_ = QToolButton()
        self.close_.setAccessibleName("Do not vary this parameter")
        self.close_.setToolTip("Do not vary this parameter")
        self.close_.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        theme.changed.connect(self._recolour)
        self._recolour()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, UNIT)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.names, 0, 0)
        grid.addWidget(self.text, 0, 1)
        grid.addWidget(self.close_, 0, 2)
        grid.addWidget(self.told, 1, 1)
        grid.setColumnStretch(1, 1)
        self.values: list[Any] = []
        """What is read of the text; empty where it cannot be read."""
        self.problem = ""
        self._suggestion = ""
        self._chosen_here = False
        self.text.textEdited.connect(self._typed)
        self.names.activated.connect(self._chosen)
        self.close_.clicked.connect(lambda: self.removed.emit(self))

    @property
    def name(self) -> str:
        """The parameter."""
        return str(self.names.currentData() or "")

    @property
    def suggests(self) -> bool:
        """Whether its values are those that were suggested: nobody wrote others."""
        return self.text.text() == self._suggestion

    @property
    def proposes(self) -> bool:
        """Whether its parameter, too, is one that was proposed."""
        return self.suggests and not self._chosen_here

    def offer(self, draft: dict[str, Any], name: str) -> None:
        """Offer the parameters that have an effect with these settings, and choose ``name``."""
        self._draft = draft
        self.names.clear()
        for found in can_vary(draft):
            self.names.addItem(found.title, found.name)
            self.names.setItemData(self.names.count() - 1, found.help, Qt.ItemDataRole.ToolTipRole)
        if self.names.findData(name) < 0:
            self.names.addItem(parameter(name).title, name)
        self.names.setCurrentIndex(self.names.findData(name))

    def suggest(self) -> None:
        """Begin with values around the one that is there."""
        self._suggestion = suggested(self.name, self._draft[self.name])
        if not self.suggests:
            self.text.setText(self._suggestion)
        self.read()

    def read(self) -> None:
        """Take the values of what is written, or say how to write it."""
        found = parameter(self.name)
        try:
            self.values, self.problem = read_values(self.name, self.text.text()), ""
        except ConfigError as error:
            self.values = []
            self.problem = str(error).replace(found.option, found.title, 1)
        count = len(self.values)
        listed = ", ".join(words(self.name, value) for value in self.values[:MOST_SHOWN])
        more = ", …" if count > MOST_SHOWN else ""
        self.say(
            self.problem or f"{count} value{'s' if count != 1 else ''}: {listed}{more}",
            bad=bool(self.problem),
        )

    def say(self, sentence: str, *, bad: bool) -> None:
        """Show a sentence below the values."""
        self.told.setText(sentence)
        for widget in (self.told, self.text):
            set_styled(widget, problem=bad, muted=not bad)
        self.text.setAccessibleDescription(sentence)

    @Slot()
    def _recolour(self) -> None:
        self.close_.setIcon(icon("close", self._theme.tokens))

    @Slot()
    def _typed(self) -> None:
        self.read()
        self.edited.emit()

    @Slot()
    def _chosen(self) -> None:
        self._chosen_here = True
        self.suggest()
        self.edited.emit()
