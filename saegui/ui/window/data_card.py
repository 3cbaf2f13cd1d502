"""What one data set is: how its rows look, what is known of it, what can be chosen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from saegui.core.arrays import Images, span_of
from saegui.core.config.parameter import Parameter
from saegui.core.data.facts import Facts
from saegui.core.data.options import AUTO, Option, Value, in_words
from saegui.ui.panels.train.form import make_editor
from saegui.ui.panels.train.number_field import NumberField
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.fields import ChoiceField
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import Shades

ROW = 8
"""Rows that are shown."""
PICTURE, SMALLEST = 96, 32
"""px of the longer side of each, at most and at least."""
TEXT_LINES = 6
EDITOR_WIDTH, LIST_WIDTH = 320, 520
"""px, at most: of a field, and of its list of choices."""
MOST_CHOICES = 16
"""Choices that are in sight at a time."""
UNDECIDED = "Choose…"
SUGGESTED = "as suggested"
WIDEST = 1 << 53
"""No option is larger: beyond it floating-point numbers skip whole ones."""


class DataCard(QWidget):
    """Shows one data set: its rows stay in sight while what is known and what can be chosen scrolls.

    The buttons below it belong to the window, which also places :attr:`problem`.
    """

    edited = Signal()
    """An option was changed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.title = _label(heading=True)
        self.about = _label(muted=True)
        self.rows = QWidget()
        strip = QHBoxLayout(self.rows)
        strip.setContentsMargins(0, 0, 0, 0)
        strip.setSpacing(UNIT)
        self.pictures = [PictureView(theme, PICTURE) for _ in range(ROW)]
        for place, view in enumerate(self.pictures):
            view.setAccessibleName(f"Row {place + 1}")
            strip.addWidget(view, 0, Qt.AlignmentFlag.AlignTop)
        strip.addStretch(1)
        self.texts = _label()
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(2 * GAP)
        self.facts.setVerticalSpacing(UNIT)
        self.options = QFormLayout()
        self.options.setHorizontalSpacing(2 * GAP)
        self.options.setVerticalSpacing(UNIT)
        self.chosen = QFormLayout()
        self.chosen.setHorizontalSpacing(2 * GAP)
        self.chosen.setVerticalSpacing(UNIT)
        self.options_title = _label(heading=True)
        self.options_title.setText("How it is read")
        self.change = QPushButton("Change…")
        self.change.setToolTip(
            "Read the same files in another way; runs that were trained on them as they are read now still find them"
        )
        self.change.hide()
        self.notes = _label()
        self.problem = _label()
        self.problem.setProperty("problem", True)
        self._lay_out()
        self._editors: dict[str, QWidget] = {}
        self._options: tuple[Option, ...] = ()
        self.show_rows(None)
        self.show_options(())
        self.say("")
        self.show_notes(())

    def _lay_out(self) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, GAP, 0)
        layout.setSpacing(GAP)
        layout.addLayout(self.facts)
        layout.addWidget(self.notes)
        layout.addSpacing(UNIT)
        layout.addWidget(self.options_title)
        layout.addLayout(self.chosen)
        layout.addLayout(self.options)
        layout.addWidget(self.change, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        for widget in (self.title, self.about, self.rows, self.texts):
            whole.addWidget(widget)
        whole.addWidget(self.area, 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter ends what is typed into an option, and does not press the window's main button.
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - (ROW - 1) * UNIT
        for view in self.pictures:
            view.set_side(max(SMALLEST, min(PICTURE, room // ROW)))

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_title(self, title: str, about: str) -> None:
        """The heading, and a line below it."""
        self.title.setText(title)
        self.about.setText(about)

    def show_rows(self, rows: Images | Sequence[str] | None, *, ink: bool = True) -> None:
        """A few inputs ``(n, *shape)``, or texts; None for nothing yet."""
        texts = rows if rows is not None and not isinstance(rows, np.ndarray) else ()
        self.texts.setText("\n".join(_short(text) for text in texts[:TEXT_LINES]))
        self.texts.setVisible(bool(len(texts)))
        images = rows if isinstance(rows, np.ndarray) else None
        self.rows.setVisible(images is not None and bool(len(images)))
        shades = Shades(span_of(images), ink) if images is not None and len(images) else Shades()
        for place, view in enumerate(self.pictures):
            if images is not None and place < len(images):
                view.show_ink(np.asarray(images[place]), shades)
            else:
                view.clear()
            view.setVisible(images is not None and place < len(images))

    def show_facts(self, facts: Facts) -> None:
        """Names with values; the values can be selected and copied."""
        self._list(self.facts, facts)

    def show_chosen(self, chosen: Facts) -> None:
        """What was chosen of a data set that was added: titles of options with their values."""
        self._list(self.chosen, chosen)
        self.change.setVisible(bool(chosen))
        self.options_title.setVisible(bool(chosen or self._options))

    def _list(self, form: QFormLayout, facts: Facts) -> None:
        _empty(form)
        for name, value in facts:
            shown = _label()
            shown.setText(value)
            shown.setAccessibleName(name)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            title = _name(name[:1].upper() + name[1:])
            title.setAlignment(shown.alignment())
            form.addRow(title, shown)
        self._align()

    def show_options(self, options: Sequence[Option], ask: Sequence[str] = ()) -> None:
        """A field for each; those named in ``ask`` come first, and what they are has to be chosen."""
        _empty(self.options)
        self._editors, self._options = {}, tuple(options)
        for option in sorted(options, key=lambda each: each.name not in ask):
            editor = self._editor(option, asked=option.name in ask)
            label = _name(option.title)
            label.setBuddy(editor)
            for widget in (label, editor):
                widget.setToolTip(option.help)
            editor.setAccessibleName(option.title)
            editor.setAccessibleDescription(option.help)
            editor.setMaximumWidth(EDITOR_WIDTH)
            self._editors[option.name] = editor
            self.options.addRow(label, _explained(editor, option.help) if option.name in ask else editor)
        self.show_chosen(())
        self._align()

    @property
    def offered(self) -> tuple[Option, ...]:
        """The options that are shown."""
        return self._options

    def choose(self, values: Mapping[str, Value]) -> None:
        """Show other values of options; nothing is emitted. Those that are not offered are left out."""
        for option in self._options:
            value, editor = values.get(option.name), self._editors[option.name]
            if value is None or (option.choices and value not in option.choices):
                continue
            if isinstance(editor, QLineEdit):
                editor.setText("" if value == AUTO else str(value))
            else:
                editor.set_value(value)  # type: ignore[attr-defined]

    @property
    def focused(self) -> str:
        """The name of the option whose field has the keyboard; empty for none."""
        # Also while another window is in front.
        at = self.window().focusWidget()
        return next((name for name, editor in self._editors.items() if editor is at), "")

    def focus(self, name: str) -> None:
        """Give the keyboard to the field of an option; to none where there is no such field."""
        if name in self._editors:
            # A field that was made now is shown a moment later, and would have the keyboard only then.
            self._editors[name].show()
            self._editors[name].setFocus()

    def ask_for(self, name: str) -> None:
        """Say that an option must be chosen, and bring its field into sight."""
        option = next(each for each in self._options if each.name == name)
        self.say(f"Choose “{option.title}” first. {option.help}")
        editor = self._editors[name]
        editor.setFocus()
        self.area.ensureWidgetVisible(editor)

    def show_notes(self, notes: Sequence[str]) -> None:
        """Sentences about the files."""
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def say(self, problem: str) -> None:
        """Why something cannot be done; empty for nothing."""
        self.problem.setText(in_words(problem, self._options))
        self.problem.setVisible(bool(problem))

    @property
    def editors(self) -> tuple[QWidget, ...]:
        """Of the options, from the top."""
        return tuple(self._editors.values())

    @property
    def given(self) -> Mapping[str, Any]:
        """The value of each option that has one."""
        found: dict[str, Any] = {}
        for name, editor in self._editors.items():
            value = editor.text() if isinstance(editor, QLineEdit) else editor.value  # type: ignore[attr-defined]
            if value != "" or (isinstance(editor, QLineEdit) and not editor.placeholderText()):
                found[name] = value
        return found

    def _align(self) -> None:
        """What is known and what can be chosen begin at the same place."""
        labels = [
            item.widget()
            for form in (self.facts, self.chosen, self.options)
            for row in range(form.rowCount())
            if (item := form.itemAt(row, QFormLayout.ItemRole.LabelRole)) is not None
        ]
        names = [label for label in labels if label is not None]
        width = max((name.sizeHint().width() for name in names), default=0)
        for name in names:
            name.setMinimumWidth(width)

    # -- private ------------------------------------------------------------------------------------------------------

    def _editor(self, option: Option, *, asked: bool) -> QWidget:
        if isinstance(option.default, str) and not option.choices:
            left = option.default == AUTO
            line = QLineEdit("" if left else option.default)
            line.setPlaceholderText(SUGGESTED if left else "")
            line.textEdited.connect(self._edited)
            return line
        editor = make_editor(_as_parameter(option, asked=asked))
        editor.edited.connect(self._edited)
        if isinstance(editor, ChoiceField):
            _widen(editor)
        if isinstance(editor, NumberField):
            editor.refused.connect(self.say)
        return editor

    @Slot()
    def _edited(self) -> None:
        self.say("")
        self.edited.emit()


def _as_parameter(option: Option, *, asked: bool) -> Parameter:
    """For the fields that the train panel has; one that must be chosen begins with nothing chosen."""
    default, choices = option.default, option.choices
    titles = option.titles or choices
    kind = "bool" if isinstance(default, bool) else "int" if isinstance(default, int) else "float"
    if choices and asked:
        default, choices, titles = "", ("", *choices), (UNDECIDED, *titles)
    return Parameter(
        name=option.name,
        title=option.title,
        help=option.help,
        group="",
        kind="choice" if choices else kind,  # type: ignore[arg-type]
        default=default,
        low=-WIDEST if option.low is None else option.low,
        high=WIDEST if option.high is None else option.high,
        above=False,
        unit="",
        live=False,
        option=option.name,
        choices=choices,
        choice_titles=titles,
        when={},
    )


def _widen(field: ChoiceField) -> None:
    """Let the list of choices be as wide as they are, within reason, and the field say in full what is chosen."""
    field.setMaxVisibleItems(MOST_CHOICES)
    longest = max(
        field.fontMetrics().horizontalAdvance(field.itemText(place)) for place in range(field.count())
    )
    field.view().setMinimumWidth(min(longest + 40, LIST_WIDTH))
    field.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
    for place in range(field.count()):
        field.setItemData(place, field.itemText(place), Qt.ItemDataRole.ToolTipRole)


def _explained(editor: QWidget, text: str) -> QWidget:
    """The editor, and below it what it decides."""
    help_text = _label(muted=True)
    help_text.setText(text)
    made = QWidget()
    layout = QVBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, UNIT)
    layout.setSpacing(UNIT // 2)
    layout.addWidget(editor)
    layout.addWidget(help_text)
    return made


def _name(text: str) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("muted", True)
    return made


def _label(*, muted: bool = False, heading: bool = False) -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    if muted:
        made.setProperty("muted", True)
    if heading:
        made.setProperty("heading", True)
    return made


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:89]}…"


def _empty(form: QFormLayout) -> None:
    while form.rowCount():
        form.removeRow(0)
