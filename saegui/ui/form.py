"""A form generated from the configuration schema: a parameter that is added there appears here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from saegui.core.config import Parameter, relevant
from saegui.ui.fields import ChoiceField, FieldLabel, SwitchField
from saegui.ui.number_field import NumberField, bounds_text, number_text
from saegui.ui.theme import UNIT, Theme

Editor = NumberField | ChoiceField | SwitchField

LIVE = "live: changes the training that runs"
RESTARTS = "restarts: takes effect at the next Train"


def value_text(parameter: Parameter, value: Any) -> str:
    """A value as the form shows it, with its unit."""
    if parameter.kind == "choice":
        return parameter.choice_titles[parameter.choices.index(value)]
    if parameter.kind == "bool":
        return "on" if value else "off"
    return f"{number_text(value)} {parameter.unit}".rstrip()


def make_editor(parameter: Parameter) -> Editor:
    """The widget that edits one parameter."""
    if parameter.kind == "choice":
        return ChoiceField(parameter)
    return SwitchField(parameter) if parameter.kind == "bool" else NumberField(parameter)


class Field(QObject):
    """One parameter of the form: its label, its editor, and what the tooltip says about both."""

    edited = Signal(str, object)
    """(name, value): the user chose another value."""
    told = Signal()
    """:attr:`message` changed."""

    def __init__(self, parameter: Parameter, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.editor = make_editor(parameter)
        self.label = FieldLabel(parameter.title, theme, live=parameter.live)
        self.label.setBuddy(self.editor)
        self.message = ""
        """Why what was typed was not taken, until the next edit."""
        self.problem = ""
        """Why this value cannot be trained together with the others."""
        self._note = ""
        self.editor.setObjectName(parameter.name)
        self.editor.edited.connect(self._edited)
        if isinstance(self.editor, NumberField):
            self.editor.refused.connect(self.tell)
            self.editor.accepted.connect(self._settled)
        self._describe()

    def set_problem(self, sentence: str) -> None:
        """Mark the field as impossible, or (empty) as fine."""
        if sentence != self.problem:
            self.problem = sentence
            self.editor.setProperty("problem", bool(sentence))
            self.editor.style().unpolish(self.editor)
            self.editor.style().polish(self.editor)
            self._describe()

    def set_run_value(self, value: Any, *, training: bool) -> None:
        """What the current run was (or is being) trained with; None when there is no run."""
        differs = value is not None and value != self.editor.value
        restarts = differs and training and not self.parameter.live
        self.label.set_marks(differs=differs, restarts=restarts)
        note = f"The current run has {value_text(self.parameter, value)}." if differs else ""
        note = f"{note} {RESTARTS[0].upper()}{RESTARTS[1:]}." if restarts else note
        if note != self._note:
            self._note = note
            self._describe()

    @Slot(str)
    def tell(self, sentence: str) -> None:
        """Show a sentence under the field until it is edited again."""
        if sentence != self.message:
            self.message = sentence
            self.told.emit()

    @Slot()
    def _settled(self) -> None:
        self.tell("")

    @Slot(object)
    def _edited(self, value: Any) -> None:
        self.tell("")
        self.edited.emit(self.parameter.name, value)

    def _describe(self) -> None:
        parameter = self.parameter
        facts = [f"default {value_text(parameter, parameter.default)}", parameter.option]
        if parameter.kind in ("int", "float"):
            facts.insert(0, bounds_text(parameter) + (f" {parameter.unit}" if parameter.unit else ""))
        lines = [parameter.help, " · ".join(facts)]
        lines += [f"● {LIVE}"] if parameter.live else []
        lines += [text for text in (self._note, self.problem) if text]
        # A tag makes Qt wrap the text instead of drawing one endless line.
        tip = f"<b>{escape(parameter.title)}</b><br>" + "<br>".join(escape(line) for line in lines)
        self.label.setToolTip(tip)
        self.editor.setToolTip(tip)
        name = f"{parameter.title}, {parameter.unit}" if parameter.unit else parameter.title
        self.editor.setAccessibleName(f"{name}, live" if parameter.live else name)
        self.editor.setAccessibleDescription(" ".join(lines))


class Note(QLabel):
    """Small muted text of up to two lines that can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("muted", True)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setContentsMargins(FieldLabel.INDENT, 0, 0, 0)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)
        # Always the same, so that no field moves when the text is another.
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing())
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)


Rows = Callable[[Mapping[str, Any]], Sequence[tuple[str, ...]]]
"""For the values of a form: names of one or two parameters for each row that is always in sight."""


class Form(QWidget):
    """Fields for the parameters that take part: the common ones in rows, every other one behind *More*."""

    edited = Signal(str, object)
    """(name, value): the user chose another value."""
    more_toggled = Signal(bool)
    laid_out = Signal()
    """Other fields are shown: :attr:`tab_order` is another."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        rows: Rows,
        theme: Theme,
        *,
        notes: Sequence[str] = (),
        more: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``notes``: parameters in sight under which :meth:`set_note` may write; ``more``: whether the others are shown at first."""
        super().__init__(parent)
        self.fields = {parameter.name: Field(parameter, theme, self) for parameter in parameters}
        for field in self.fields.values():
            field.edited.connect(self.edited)
            field.edited.connect(self._answered)
            field.told.connect(self._show_messages)
            for widget in (field.label, field.editor):
                widget.setParent(self)
                widget.hide()
        self._rows = rows
        self._shown: tuple[tuple[tuple[str, ...], ...], tuple[str, ...]] = ((), ())
        self._messages: list[tuple[tuple[str, ...], QLabel]] = []
        self.notes = {name: Note() for name in notes}
        """Labels that stand under the row of a parameter."""
        values = {parameter.name: parameter.default for parameter in parameters}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        # Wide enough for whatever may come to stand at the left, so that no field moves when another family is chosen.
        left = max(field.label.sizeHint().width() for field in self._common(values))
        self.head = self._grid(layout, left)
        """For rows above the fields, aligned with them; two columns."""
        self._common_grid = self._grid(layout, left)
        self.more = QToolButton()
        self.more.setObjectName("more")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setAccessibleName("More parameters")
        self.more.clicked.connect(self._toggle_more)
        layout.addWidget(self.more)
        self._rest = QWidget()
        rest = QVBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        self._rest_grid = self._grid(rest, left)
        layout.addWidget(self._rest)
        self.show_more(more)
        self._lay_out(values)

    @property
    def tab_order(self) -> list[QWidget]:
        """Everything that takes the focus, from top to bottom."""
        rows, others = self._shown
        common = [self.fields[name].editor for row in rows for name in row]
        return [*common, self.more, *(self.fields[name].editor for name in others)]

    @property
    def expanded(self) -> bool:
        """Whether every parameter is shown."""
        return not self._rest.isHidden()

    def show_more(self, on: bool) -> None:
        """Show every parameter that takes part, or only the common ones."""
        self._rest.setVisible(on)
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.more.setText("Less" if on else "More")
        self.more.setAccessibleDescription("expanded" if on else "collapsed")

    def set_note(self, name: str, text: str, tip: str) -> None:
        """A sentence under the row of a parameter that is always in sight; it can be selected and copied."""
        label = self.notes[name]
        label.setText(text)
        label.setToolTip(tip)
        label.setAccessibleDescription(tip)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show other values, and the fields that take part with them; nothing is emitted."""
        for name, field in self.fields.items():
            if field.editor.value != values[name]:
                field.tell("")
            field.editor.set_value(values[name])
        self._lay_out(values)

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Mark the fields named as impossible, each with its sentence, and no others; show those behind *More*."""
        for name, field in self.fields.items():
            field.set_problem(problems.get(name, ""))
        if not self.expanded and set(problems) & set(self._shown[1]):
            self.show_more(True)
        self._show_messages()

    def set_run_values(self, values: Mapping[str, Any] | None, *, training: bool) -> None:
        """Mark what differs from the current run; None: there is no run."""
        for name, field in self.fields.items():
            field.set_run_value(values[name] if values is not None else None, training=training)

    def commit(self) -> None:
        """Take what is being typed, as Enter would."""
        for field in self.fields.values():
            if isinstance(field.editor, NumberField):
                field.editor.commit()

    # -- inside ---------------------------------------------------------------------------------------------

    @staticmethod
    def _grid(layout: QVBoxLayout, left: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(UNIT - 1)
        grid.setVerticalSpacing(UNIT)
        grid.setColumnMinimumWidth(0, left)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        return grid

    def _common(self, values: Mapping[str, Any]) -> list[Field]:
        """The fields that may come to stand at the left of a row in sight."""
        firsts = {row[0] for row in self._rows(values)}
        return [field for name, field in self.fields.items() if name in firsts]

    def _lay_out(self, values: Mapping[str, Any]) -> None:
        """Put the fields that take part into their rows, when these are others than before."""
        rows = tuple(tuple(row) for row in self._rows(values))
        common = {name for row in rows for name in row}
        others = tuple(name for name in relevant(values) if name not in common)
        if (rows, others) == self._shown:
            return
        self._shown = rows, others
        for _, message in self._messages:
            message.deleteLater()
        self._messages.clear()
        for grid in (self._common_grid, self._rest_grid):
            while grid.count():
                grid.takeAt(0)
        for field in self.fields.values():
            field.label.hide()
            field.editor.hide()
        for place, row in enumerate(rows):
            self._add(self._common_grid, 3 * place, row)
        for place, name in enumerate(others):
            self._add(self._rest_grid, 3 * place, (name,))
        self.more.setVisible(bool(others))
        self.more.setToolTip(f"Show or hide the other {len(others)} parameters")
        self._show_messages()
        self.laid_out.emit()

    def _add(self, grid: QGridLayout, row: int, names: tuple[str, ...]) -> None:
        """The fields at ``row``, a note below them and what is wrong with them below that."""
        alone = len(names) == 1
        for place, name in enumerate(names):
            field = self.fields[name]
            grid.addWidget(field.label, row, 2 * place)
            grid.addWidget(field.editor, row, 2 * place + 1, 1, 3 if alone else 1)
            field.label.show()
            field.editor.show()
        grid.setColumnStretch(3, 1)
        if names[0] in self.notes:
            grid.addWidget(self.notes[names[0]], row + 1, 0, 1, 4)
        message = QLabel(grid.parentWidget())
        message.setWordWrap(True)
        message.setContentsMargins(FieldLabel.INDENT, 0, 0, UNIT)
        message.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        message.hide()
        grid.addWidget(message, row + 2, 0, 1, 4)
        self._messages.append((names, message))

    @Slot(str, object)
    def _answered(self, name: str, value: object) -> None:
        """What a field was told is over once another one is edited."""
        for field in self.fields.values():
            if field.parameter.name != name:
                field.tell("")

    @Slot()
    def _show_messages(self) -> None:
        for names, label in self._messages:
            fields = [self.fields[name] for name in names]
            problem = next((field.problem for field in fields if field.problem), "")
            text = problem or next((field.message for field in fields if field.message), "")
            if text != label.text() or bool(label.property("problem")) != bool(problem):
                label.setText(text)
                label.setProperty("problem", bool(problem))
                label.setProperty("muted", not problem)
                label.style().unpolish(label)
                label.style().polish(label)
            label.setVisible(bool(text))

    @Slot()
    def _toggle_more(self) -> None:
        self.show_more(not self.expanded)
        self.more_toggled.emit(self.expanded)
