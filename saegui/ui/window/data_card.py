"""What one data set is: how its rows look, what is known of it, what can be chosen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from saegui.core.arrays import Images, span_of
from saegui.core.config.parameter import Parameter
from saegui.core.data.facts import Facts
from saegui.core.data.options import Option
from saegui.ui.panels.train.form import make_editor
from saegui.ui.panels.train.number_field import NumberField
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import FieldLabel
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import Shades

ROW = 8
"""Rows that are shown."""
PICTURE, SMALLEST = 96, 32
"""px of the longer side of each, at most and at least."""
TEXT_LINES = 6
UNDECIDED = "Choose…"
WIDEST = 1 << 53
"""No option is larger: beyond it floating-point numbers skip whole ones."""


class DataCard(QScrollArea):
    """Shows one data set; the buttons below it belong to the window."""

    edited = Signal()
    """An option was changed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
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
        self.options.setHorizontalSpacing(GAP)
        self.options.setVerticalSpacing(UNIT)
        self.notes = _label()
        self.problem = _label()
        self.problem.setProperty("problem", True)
        for widget in (self.title, self.about, self.rows, self.texts):
            layout.addWidget(widget)
        layout.addLayout(self.facts)
        layout.addLayout(self.options)
        layout.addWidget(self.notes)
        layout.addWidget(self.problem)
        layout.addStretch(1)
        self.setWidget(body)
        self._editors: dict[str, QWidget] = {}
        self.show_rows(None)
        self.show_options(())
        self.say("")
        self.show_notes(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width() - 2 * PAD - (ROW - 1) * UNIT
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
        self.rows.setVisible(rows is None or images is not None)
        shades = Shades(span_of(images), ink) if images is not None and len(images) else Shades()
        for place, view in enumerate(self.pictures):
            if images is not None and place < len(images):
                view.show_ink(np.asarray(images[place]), shades)
            else:
                view.clear()

    def show_facts(self, facts: Facts) -> None:
        """Names with values; the values can be selected and copied."""
        _empty(self.facts)
        for name, value in facts:
            shown = _label()
            shown.setText(value)
            shown.setAccessibleName(name)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            title = _label(muted=True)
            title.setText(name[:1].upper() + name[1:])
            self.facts.addRow(title, shown)

    def show_options(self, options: Sequence[Option], ask: Sequence[str] = ()) -> None:
        """A field for each; those named in ``ask`` come first, and what they are has to be chosen."""
        _empty(self.options)
        self._editors = {}
        for option in sorted(options, key=lambda each: each.name not in ask):
            editor = self._editor(option, asked=option.name in ask)
            label = FieldLabel(option.title, self._theme)
            label.setBuddy(editor)
            for widget in (label, editor):
                widget.setToolTip(option.help)
            editor.setAccessibleName(option.title)
            editor.setAccessibleDescription(option.help)
            editor.setMaximumWidth(260)
            self._editors[option.name] = editor
            self.options.addRow(label, editor)

    def show_notes(self, notes: Sequence[str]) -> None:
        """Sentences about the files."""
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    def say(self, problem: str) -> None:
        """Why something cannot be done; empty for nothing."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        if problem:
            # Once it has its place: below many options it would stand out of sight.
            QTimer.singleShot(0, self._bring_problem)

    @Slot()
    def _bring_problem(self) -> None:
        self.ensureWidgetVisible(self.problem)

    @property
    def given(self) -> Mapping[str, Any]:
        """The value of each option that has one."""
        found: dict[str, Any] = {}
        for name, editor in self._editors.items():
            value = editor.text() if isinstance(editor, QLineEdit) else editor.value  # type: ignore[attr-defined]
            if value != "" or isinstance(editor, QLineEdit):
                found[name] = value
        return found

    # -- private ------------------------------------------------------------------------------------------------------

    def _editor(self, option: Option, *, asked: bool) -> QWidget:
        if isinstance(option.default, str) and not option.choices:
            line = QLineEdit(option.default)
            line.textEdited.connect(self._edited)
            return line
        editor = make_editor(_as_parameter(option, asked=asked))
        editor.edited.connect(self._edited)
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
