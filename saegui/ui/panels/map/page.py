"""What the pages of the map panel have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.empty_state import OPEN_STARTER, EmptyState
from saegui.ui.widgets.fields import Combo

AGAIN = "Compute again"


class _Reading(QLabel):
    """One line that does not make the panel wider: it ends with an ellipsis where it has no room, and its tooltip says all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(1)

    @property
    def shown(self) -> str:
        """What there is room for."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room, palette, role = self.contentsRect(), self.palette(), self.foregroundRole()
        self.style().drawItemText(
            painter, room, Qt.AlignmentFlag.AlignVCenter, palette, True, self.shown, role
        )
        painter.end()


class Page(QWidget):
    """Choices, a line of words, and below them a chart, or a sentence that says why there is none."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self.services, self.state, self.theme = services, services.state, theme
        self.choices = Combo()
        # In a narrow panel the words have an ellipsis.
        self.choices.setMinimumContentsLength(2)
        self.controls = QHBoxLayout()
        """Buttons after the choices."""
        self.reading = _Reading()
        self.reading.setProperty("muted", True)
        self.empty = EmptyState(theme, "picture", "", action=self._next_step)
        self.body = QWidget()
        self.inside = QVBoxLayout(self.body)
        self.inside.setContentsMargins(0, 0, 0, 0)
        self.inside.setSpacing(UNIT)
        self._stack = QStackedLayout()
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.body)
        self.top = QWidget()
        """The choices and the buttons, which the panel shows beside what it is a map of."""
        row = QHBoxLayout(self.top)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT)
        row.addWidget(self.choices, 1)
        row.addLayout(self.controls)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        column.addWidget(self.reading)
        column.addLayout(self._stack, 1)

    @property
    def figure(self) -> str:
        """The kind of figure that shows what is chosen."""
        raise NotImplementedError

    def offer(self, name: str, about: str, entries: Mapping[Any, str], chosen: str) -> None:
        """Fill the choices: value → words."""
        for value, words in entries.items():
            self.choices.addItem(words, value)
        self.choices.setAccessibleName(name)
        self.choices.setToolTip(about)
        self.choices.setCurrentIndex(self.choices.findData(chosen))
        # On Linux a screen reader takes the name of a combo box from its label alone.
        caption = QLabel(name)
        caption.setBuddy(self.choices)
        caption.hide()
        self.controls.addWidget(caption)

    def button(self, words: str, tip: str) -> QToolButton:
        """A further button after the choices."""
        made = QToolButton()
        made.setText(words)
        made.setToolTip(tip)
        made.setAccessibleName(words)
        made.setProperty("bordered", True)
        self.controls.addWidget(made)
        return made

    def show_chart(self, shown: bool, why: str = "", button: str = "") -> None:
        """Show the chart, or the sentence in its place, and below it a button for what helps, which :meth:`help_out` does.

        Without a model, another model helps.
        """
        self.empty.say(why, OPEN_STARTER if self.state.snapshot is None else button)
        self._stack.setCurrentWidget(self.body if shown else self.empty)

    def help_out(self) -> None:
        """Do what the button below the sentence promises."""

    @Slot()
    def _next_step(self) -> None:
        if self.state.snapshot is None:
            self.services.open_starter()
        else:
            self.help_out()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks at the page."""

    @Slot()
    def refresh(self) -> None:
        """Everything may have changed."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watch(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watch(False)
