"""A form generated from the configuration schema: a parameter that is added there appears here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from saegui.core.config.parameter import Parameter
from saegui.core.config.schema import relevant
from saegui.core.families.registry import KINDS
from saegui.core.glossary import OF_PARAMETER
from saegui.ui.panels.train.number_field import NumberField, bounds_text, number_text
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.fields import ChoiceField, FieldLabel, SwitchField
from saegui.ui.widgets.styled import set_styled

Editor = NumberField | ChoiceField | SwitchField

LIVE = "Can change during a training"
RESTARTS = "Takes effect in the next training"
WIDE = 340
"""px of a form from which on the fields behind *More* stand below the others, however long their labels are."""


def parameter_text(parameter: Parameter, value: Any) -> str:
    """A value as the form shows it, with its unit."""
    if parameter.kind == "choice":
        return parameter.title_of(value)
    if parameter.kind == "bool":
        return "on" if value else "off"
    return f"{number_text(value)} {parameter.unit}".rstrip()


def make_editor(parameter: Parameter, parent: QWidget | None = None) -> Editor:
    """The widget that edits one parameter."""
    if parameter.kind == "choice":
        return ChoiceField(parameter, parent)
    return SwitchField(parameter, parent) if parameter.kind == "bool" else NumberField(parameter, parent)


class Field(QObject):
    """One parameter of the form: its label, its editor, and what the tooltip says about both."""

    edited = Signal(str, object)
    """(name, value): the user chose another value."""
    message_changed = Signal()
    """:attr:`message` changed."""
    turned_down = Signal(str)
    """name: what was typed was not taken."""

    def __init__(self, parameter: Parameter, theme: Theme, parent: QWidget) -> None:
        """Both stand in ``parent`` from the beginning: moved there, they would be given their style once more."""
        super().__init__(parent)
        self.parameter = parameter
        self.editor = make_editor(parameter, parent)
        self.label = FieldLabel(parameter.title, theme, live=parameter.live, parent=parent)
        self.label.setBuddy(self.editor)
        self.message = ""
        """Why what was typed was not taken, or what an edit has changed elsewhere, until the next edit."""
        self.refused = False
        """Whether :attr:`message` says why what was typed was not taken."""
        self.problem = ""
        """Why this value cannot be trained together with the others."""
        self._note = ""
        self.editor.setObjectName(parameter.name)
        # What the kind is changes with the choice; until then its label is a link like others.
        self.explain(OF_PARAMETER.get(parameter.name, "SAE" if parameter.name == "arch" else None))
        self.editor.edited.connect(self._edited)
        if isinstance(self.editor, NumberField):
            self.editor.refused.connect(self._refused)
            self.editor.accepted.connect(self._settled)
        self._describe()

    def explain(self, term: str | None) -> None:
        """Lead to this entry of the glossary."""
        for part in (self.label, self.editor):
            part.setProperty("term", term)

    def set_problem(self, sentence: str) -> None:
        """Mark the field as impossible, or (empty) as fine."""
        if sentence != self.problem:
            self.problem = sentence
            set_styled(self.editor, problem=bool(sentence))
            self._describe()

    def set_run_value(self, value: Any, *, training: bool) -> None:
        """What the current run was (or is being) trained with; None when there is no run."""
        differs = value is not None and value != self.editor.value
        restarts = differs and training and not self.parameter.live
        self.label.set_marks(differs=differs, restarts=restarts)
        note = f"The current run has {parameter_text(self.parameter, value)}." if differs else ""
        note = f"{note} {RESTARTS}." if restarts else note
        if note != self._note:
            self._note = note
            self._describe()

    @Slot(str)
    def show_message(self, sentence: str) -> None:
        """Show a sentence under the field until it is edited again."""
        self._say(sentence, refused=False)

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        self._say(sentence, refused=True)
        self.turned_down.emit(self.parameter.name)

    def _say(self, sentence: str, *, refused: bool) -> None:
        if (sentence, refused) != (self.message, self.refused):
            self.message, self.refused = sentence, refused
            self.message_changed.emit()

    @Slot()
    def _settled(self) -> None:
        self.show_message("")

    @Slot(object)
    def _edited(self, value: Any) -> None:
        self.show_message("")
        self.edited.emit(self.parameter.name, value)

    def _describe(self) -> None:
        parameter = self.parameter
        facts = [f"default {parameter_text(parameter, parameter.default)}", parameter.option]
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
        self.editor.setAccessibleName(f"{name}, {LIVE.lower()}" if parameter.live else name)
        self.editor.setAccessibleDescription(" ".join(lines))


@dataclass
class _Row:
    """A row of fields, the line of messages below it, and what else was put there."""

    names: tuple[str, ...]
    grid: QGridLayout
    place: int
    message: QLabel
    folds: bool
    """Whether it is behind *More*."""
    below: list[QWidget]


class Form(QWidget):
    """Fields for all parameters: the common ones in the rows given, every other one behind *More*.

    Only those that take part with the values shown are there. What is behind *More* and cannot be trained comes out.
    """

    edited = Signal(str, object)
    """(name, value): the user chose another value."""
    more_toggled = Signal(bool)

    def __init__(
        self,
        parameters: Sequence[Parameter],
        rows: Sequence[tuple[str, ...]],
        theme: Theme,
        *,
        more: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """``rows``: names of parameters. The first stands left, the others share the place at the right: at most one of
        them takes part at a time. ``more``: whether the parameters in no row are shown at first.
        """
        super().__init__(parent)
        common = {name for row in rows for name in row}
        self._rest = QWidget(self)
        self.fields = {
            parameter.name: Field(parameter, theme, self if parameter.name in common else self._rest)
            for parameter in parameters
        }
        self._relevant = set(relevant({parameter.name: parameter.default for parameter in parameters}))
        self._expanded = more
        self._rows: list[_Row] = []
        self._grids: list[QGridLayout] = []
        others = [(name,) for name in self.fields if name not in common]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        # As wide as the widest of either column, also of those that are not shown now: then no field moves sideways.
        left = self._widest(row[0] for row in rows)
        right = self._widest(name for row in rows for name in row[1:])
        self._left, self._left_of_all = left, max(left, self._widest(name for (name,) in others))
        self.head = self._grid(layout, left)
        """For rows above the fields, aligned with them; two columns."""
        grid = self._grid(layout, left)
        grid.setColumnMinimumWidth(2, right)
        for row in rows:
            self._add(grid, row)
        self.more = QToolButton(self)
        self.more.setObjectName("more")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setAccessibleName("More parameters")
        self.more.clicked.connect(self._toggle_more)
        self._more_row = QHBoxLayout()
        self._more_row.addWidget(self.more)
        self._more_row.addStretch(1)
        layout.addLayout(self._more_row)
        rest = QVBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        grid = self._grid(rest, left)
        for row in others:
            self._add(grid, row, folds=True)
        layout.addWidget(self._rest)
        # While the form is higher than it needs to be, its rows stay together at the top.
        layout.addStretch(1)
        self.tab_order: list[QWidget] = [self.fields[name].editor for row in rows for name in row]
        """Everything that takes the focus, from top to bottom."""
        self.tab_order += [self.more, *(self.fields[name].editor for (name,) in others)]
        for before, after in pairwise(self.tab_order):
            self.setTabOrder(before, after)
        self.show_more(more)

    @property
    def expanded(self) -> bool:
        """Whether every parameter that takes part is shown."""
        return self._expanded

    def show_more(self, on: bool) -> None:
        """Show every parameter that takes part, or only the common ones and what is wrong."""
        self._expanded = on
        self._show_rows()
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.more.setText("Less" if on else "More")
        self.more.setAccessibleDescription("expanded" if on else "collapsed")

    def put_below(self, name: str, widget: QWidget) -> None:
        """Show ``widget`` below the field, as wide as the form, whenever the field itself is shown."""
        row = next(row for row in self._rows if name in row.names)
        row.below.append(widget)
        row.grid.addWidget(widget, row.place + 2, 0, 1, 4)

    def put_beside(self, name: str, widget: QWidget) -> None:
        """Show ``widget`` at the right of a field that has its row for itself."""
        row = next(row for row in self._rows if row.names == (name,))
        editor = self.fields[name].editor
        row.grid.removeWidget(editor)
        both = QHBoxLayout()
        both.setSpacing(UNIT)
        both.addWidget(editor, 1)
        both.addWidget(widget)
        row.grid.addLayout(both, row.place, 1, 1, 3)
        self.tab_order.insert(self.tab_order.index(editor) + 1, widget)

    def put_beside_more(self, widget: QWidget) -> None:
        """Show ``widget`` below the common fields, at the right."""
        self._more_row.addWidget(widget)
        self.tab_order.insert(self.tab_order.index(self.more) + 1, widget)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show other values, and the fields that take part with them; nothing is emitted."""
        for name, field in self.fields.items():
            if field.editor.value != values[name]:
                field.show_message("")
            field.editor.set_value(values[name])
        self.fields["arch"].explain(KINDS[values["arch"]].title)
        found = set(relevant(values))
        if found != self._relevant:
            self._relevant = found
            self._show_rows()

    @Slot()
    def forget_messages(self) -> None:
        """Other values are chosen: what was said of those before them is no longer true, also of fields that keep theirs."""
        for field in self.fields.values():
            field.show_message("")

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Mark the fields named as impossible, each with its sentence, and no others."""
        for name, field in self.fields.items():
            field.set_problem(problems.get(name, ""))
        self._show_rows()

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left = self._left_of_all if self.width() >= WIDE else self._left
        for grid in self._grids:
            grid.setColumnMinimumWidth(0, left)

    def minimumSizeHint(self) -> QSize:
        # What a wide form gives to labels is no reason to stay wide.
        hint = super().minimumSizeHint()
        wide = self._grids[0].columnMinimumWidth(0) - self._left
        return QSize(hint.width() - wide, hint.height())

    def _grid(self, layout: QVBoxLayout, left: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(UNIT - 1)
        grid.setVerticalSpacing(UNIT)
        grid.setColumnMinimumWidth(0, left)
        grid.setColumnStretch(1, 1)
        self._grids.append(grid)
        layout.addLayout(grid)
        return grid

    def _widest(self, names: Iterable[str]) -> int:
        return max((self.fields[name].label.sizeHint().width() for name in names), default=0)

    def _add(self, grid: QGridLayout, names: tuple[str, ...], *, folds: bool = False) -> None:
        row = grid.rowCount()
        alone = len(names) == 1
        for place, name in zip([0, *[1] * (len(names) - 1)], names, strict=True):
            field = self.fields[name]
            field.edited.connect(self.edited)
            field.edited.connect(self._answered)
            field.message_changed.connect(self._show_messages)
            field.turned_down.connect(self._turned_down)
            grid.addWidget(field.label, row, 2 * place)
            grid.addWidget(field.editor, row, 2 * place + 1, 1, 3 if alone else 1)
        if not alone:
            grid.setColumnStretch(3, 1)
        message = QLabel(self._rest if folds else self)
        message.setWordWrap(True)
        message.setContentsMargins(FieldLabel.INDENT, 0, 0, UNIT)
        message.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        message.hide()
        grid.addWidget(message, row + 1, 0, 1, 4)
        # A row of the grid is kept free for what put_below() brings.
        grid.setRowMinimumHeight(row + 2, 0)
        self._rows.append(_Row(names, grid, row, message, folds, []))

    @Slot(str, object)
    def _answered(self, name: str, value: object) -> None:
        """A message stays until another field is edited."""
        for field in self.fields.values():
            if field.parameter.name != name:
                field.show_message("")

    @Slot(str)
    def _turned_down(self, name: str) -> None:
        """What was typed last is answered: not what another field refused before it."""
        for field in self.fields.values():
            if field.refused and field.parameter.name != name:
                field.show_message("")

    def _in_sight(self, row: _Row, name: str) -> bool:
        if name not in self._relevant:
            return False
        found = self.fields[name]
        # What was wrong a moment ago stays until it is left: it must not vanish under the hand that puts it right.
        return not row.folds or self._expanded or bool(found.problem) or found.editor.hasFocus()

    def _show_rows(self) -> None:
        """Show and hide fields, as cheaply as nothing where nothing changed."""
        folded = 0
        for row in self._rows:
            shown = [name for name in row.names if self._in_sight(row, name)]
            for name in row.names:
                for widget in (self.fields[name].label, self.fields[name].editor):
                    if widget.isHidden() is (name in shown):
                        widget.setVisible(name in shown)
            for below in row.below:
                below.setVisible(bool(shown))
            folded += sum(row.folds and name in self._relevant for name in row.names)
        self._rest.setVisible(
            any(self._in_sight(row, n) for row in self._rows if row.folds for n in row.names)
        )
        self.more.setVisible(bool(folded))
        self.more.setToolTip(f"Show or hide the other {folded} parameters")
        self._show_messages()

    @Slot()
    def _show_messages(self) -> None:
        for row in self._rows:
            label = row.message
            fields = [self.fields[name] for name in row.names if self._in_sight(row, name)]
            problem = next((found.problem for found in fields if found.problem), "")
            said = max(
                (found for found in fields if found.message), key=lambda found: found.refused, default=None
            )
            text = problem or (said.message if said is not None else "")
            bad = bool(problem) or (said is not None and said.refused)
            if text != label.text() or bool(label.property("problem")) != bad:
                label.setText(text)
                set_styled(label, problem=bad, muted=not bad)
            label.setVisible(bool(text))

    @Slot()
    def _toggle_more(self) -> None:
        self.show_more(not self.expanded)
        self.more_toggled.emit(self.expanded)
