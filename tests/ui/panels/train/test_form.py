"""The form: a field for every parameter, numbers in any notation, and sentences where something cannot be."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.core.config.conflicts import conflicts
from saegui.core.config.parameter import Parameter
from saegui.core.config.schema import RunConfig, parameters, relevant
from saegui.core.families.registry import BASELINES, FAMILIES, WITH_K
from saegui.core.numbers import read_number
from saegui.ui.panels.train.form import Form
from saegui.ui.panels.train.number_field import NumberField, number_text
from saegui.ui.panels.train.rows import ROWS, sparsity
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.fields import ChoiceField, SwitchField

PARAMETERS = parameters()
NUMBERS = [parameter for parameter in PARAMETERS if parameter.kind in ("int", "float")]


def ids(parameter: Parameter) -> str:
    return parameter.name


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> Form:
    made = Form(parameters(), ROWS, theme, more=True)
    qtbot.addWidget(made)
    made.resize(320, 640)
    made.show()
    return made


@pytest.fixture
def edits(form: Form) -> list[tuple[str, Any]]:
    """What the form announces, in order."""
    heard: list[tuple[str, Any]] = []
    form.edited.connect(lambda name, value: heard.append((name, value)))
    return heard


def number(form: Form, name: str) -> NumberField:
    editor = form.fields[name].editor
    assert isinstance(editor, NumberField)
    return editor


def type_into(field: NumberField, text: str, *, enter: bool = True) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    if enter:
        QTest.keyClick(field, Qt.Key.Key_Return)


def messages(form: Form) -> list[str]:
    """Sentences that stand under fields."""
    return [row.message.text() for row in form._rows if row.message.isVisibleTo(form)]


def show(form: Form, parameter: Parameter) -> None:
    """Choose whatever it takes for the field to take part."""
    form.set_values(
        {**RunConfig().model_dump(), **{name: choices[0] for name, choices in parameter.when.items()}}
    )
    assert form.fields[parameter.name].editor.isVisible()


def visible(form: Form) -> list[str]:
    return [name for name, field in form.fields.items() if field.editor.isVisible()]


# -- one field for each parameter ---------------------------------------------------------------------


def test_every_parameter_has_exactly_one_field(form: Form) -> None:
    assert list(form.fields) == list(RunConfig.model_fields)
    editors = [form.findChildren(type(field.editor), name) for name, field in form.fields.items()]
    assert [len(found) for found in editors] == [1] * len(form.fields)


def test_a_field_says_all_that_the_schema_knows(form: Form) -> None:
    kinds = {"int": NumberField, "float": NumberField, "bool": SwitchField, "choice": ChoiceField}
    for parameter in PARAMETERS:
        field = form.fields[parameter.name]
        assert type(field.editor) is kinds[parameter.kind], parameter.name
        assert field.editor.value == parameter.default, parameter.name
        assert field.label.text() == parameter.title
        assert field.label.buddy() is field.editor, parameter.name
        assert field.editor.accessibleName().startswith(parameter.title)
        assert parameter.help in field.editor.accessibleDescription()
        assert parameter.option in field.editor.toolTip()
        assert "default" in field.editor.toolTip(), parameter.name
        assert field.editor.focusPolicy() & Qt.FocusPolicy.TabFocus, parameter.name
        if parameter.kind == "choice":
            assert isinstance(field.editor, ChoiceField)
            shown = tuple(field.editor.itemText(index) for index in range(field.editor.count()))
            assert shown == parameter.choice_titles


def test_the_live_dot_is_on_exactly_the_live_parameters(form: Form) -> None:
    for parameter in PARAMETERS:
        field = form.fields[parameter.name]
        assert field.label.live is parameter.live
        assert ("Can change during a training" in field.editor.toolTip()) is parameter.live
        assert field.editor.accessibleName().endswith("can change during a training") is parameter.live


def test_the_live_dot_is_really_painted(form: Form, theme: Theme) -> None:
    accent = theme.tokens.color("accent").rgb()

    def dotted(name: str) -> bool:
        picture = form.fields[name].label.grab().toImage()
        pixels = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
        return any(picture.pixel(x, y) == accent for x, y in pixels)

    assert dotted("lr")
    assert dotted("k")
    assert not dotted("epochs")


def test_more_shows_the_other_parameters(form: Form) -> None:
    common = {name for row in ROWS for name in row}
    heard: list[bool] = []
    form.more_toggled.connect(heard.append)
    for expanded in (False, True):
        QTest.mouseClick(form.more, Qt.MouseButton.LeftButton)
        assert form.expanded is expanded
        taking_part = relevant(RunConfig().model_dump())
        for name, field in form.fields.items():
            shown = name in taking_part and (name in common or expanded)
            assert field.editor.isVisible() is shown, name
            assert field.label.isVisible() is shown, name
    assert heard == [False, True]


# -- only what takes part -------------------------------------------------------------------------------

KINDS = tuple(FAMILIES)


def test_only_what_takes_part_is_shown(form: Form) -> None:
    for kind, revival in product([*KINDS, *BASELINES], ("none", "auxk", "resample")):
        values = {**RunConfig().model_dump(), "arch": kind, "revival": revival}
        form.set_values(values)
        assert visible(form) == relevant(values), (kind, revival)


def test_a_kind_s_own_parameters_are_in_sight_and_the_one_for_sparsity_is_beside_the_latents(
    form: Form,
) -> None:
    form.show_more(False)
    for kind in KINDS:
        form.set_values({**RunConfig().model_dump(), "arch": kind})
        QApplication.processEvents()
        own = {
            parameter.name
            for parameter in PARAMETERS
            if kind in (kinds := parameter.when.get("arch", ())) and (parameter.live or len(kinds) == 1)
        }
        assert sparsity(kind) in own, kind
        assert own <= set(visible(form)), kind
        row = form.fields["n_latents"].editor
        beside = form.fields[sparsity(kind)].editor
        assert beside.mapTo(form, QPoint()).y() == row.mapTo(form, QPoint()).y(), kind
        assert beside.mapTo(form, QPoint()).x() > row.mapTo(form, QPoint()).x() + row.width(), kind
        # What names and legends call the kind's sparsity is the same parameter.
        config = RunConfig(arch=kind)
        assert config.sparsity.endswith(f" {getattr(config, sparsity(kind)):g}"), kind


def test_the_kinds_have_different_parameters_for_sparsity() -> None:
    assert {sparsity(kind) for kind in WITH_K} == {"k"}
    assert len({sparsity(kind) for kind in KINDS}) == 4


def test_tab_passes_over_what_is_not_shown(form: Form, qtbot: QtBot) -> None:
    form.show_more(False)
    form.set_values(RunConfig(arch="kl").model_dump())
    with qtbot.waitActive(form):
        form.activateWindow()
    form.fields["arch"].editor.setFocus()
    visited = []
    for _ in range(7):
        widget = QApplication.focusWidget()
        assert widget is not None
        visited.append(widget.objectName())
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert visited == ["arch", "n_latents", "rho", "kl_weight", "code", "output", "lr"]


def test_a_problem_behind_more_comes_out(form: Form) -> None:
    form.show_more(False)
    values = RunConfig(arch="kl", output="sigmoid").model_dump() | {"pre_bias": True}
    form.set_values(values)
    assert not form.fields["pre_bias"].editor.isVisible()
    form.set_problems(conflicts(values))
    assert form.fields["pre_bias"].editor.isVisible()
    assert not form.fields["input"].editor.isVisible()
    assert messages(form) == list(conflicts(values).values())
    form.set_problems({})
    assert not form.fields["pre_bias"].editor.isVisible()
    assert messages(form) == []


# -- typing -------------------------------------------------------------------------------------------


def test_a_learning_rate_can_be_typed_in_any_notation(form: Form, edits: list[tuple[str, Any]]) -> None:
    texts = {
        "5e-4": 5e-4,
        "1e-3": 1e-3,
        "0.002": 0.002,
        "0,5": 0.5,
        "0,001": 0.001,
        "0,500": 0.5,
        ".25": 0.25,
        "1E-5": 1e-5,
    }
    for text, value in texts.items():
        form.set_values({**RunConfig().model_dump(), "lr": 0.01})
        type_into(number(form, "lr"), text)
        assert edits[-1] == ("lr", value)
        assert number(form, "lr").lineEdit().text() == number_text(value)
        assert messages(form) == []
    assert len(edits) == len(texts)


def test_a_whole_number_can_be_typed_in_any_notation(form: Form, edits: list[tuple[str, Any]]) -> None:
    for text, value in {"128": 128, "60,000": 60000, "2 000": 2000}.items():
        type_into(number(form, "n_latents"), text)
        assert edits[-1] == ("n_latents", value)
        assert type(edits[-1][1]) is int


def paste_into(field: NumberField, text: str) -> None:
    QApplication.clipboard().setText(text)
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_a_unit_may_be_pasted_or_left_out(form: Form, edits: list[tuple[str, Any]]) -> None:
    form.set_values(RunConfig(revival="auxk").model_dump())
    paste_into(number(form, "dead_after"), "0.5 epochs")
    type_into(number(form, "dead_after"), "0.75")
    paste_into(number(form, "dead_after"), "1e-1epochs")
    paste_into(number(form, "n_latents"), "1e3")
    assert edits == [("dead_after", 0.5), ("dead_after", 0.75), ("dead_after", 0.1), ("n_latents", 1000)]
    assert number(form, "dead_after").lineEdit().text() == "0.1 epochs"


def test_out_of_bounds_is_explained_and_the_value_stays(form: Form, edits: list[tuple[str, Any]]) -> None:
    for parameter in NUMBERS:
        assert parameter.low is not None
        assert parameter.high is not None
        show(form, parameter)
        for wrong in (int(parameter.low - 1), int(parameter.high + 1)):
            type_into(number(form, parameter.name), str(wrong))
            assert edits == []
            assert number(form, parameter.name).value == parameter.default, parameter.name
            assert number_text(parameter.default) in number(form, parameter.name).lineEdit().text()
            [sentence] = messages(form)
            kind = "a whole number" if parameter.kind == "int" else "a number"
            assert sentence.startswith(f"{wrong} is out of bounds. Type {kind} "), parameter.name
            assert sentence.endswith(f"{parameter.title} stays {number_text(parameter.default)}.")
        # Another value takes the sentence away.
        assert parameter.high != parameter.default
        form.set_values({**RunConfig().model_dump(), parameter.name: parameter.high})
        assert messages(form) == [] and edits == [], parameter.name


@pytest.mark.parametrize("parameter", NUMBERS, ids=ids)
def test_the_fields_bounds_are_the_configurations(parameter: Parameter) -> None:
    from pydantic import ValidationError

    field = NumberField(parameter)
    assert parameter.low is not None
    assert parameter.high is not None
    for value in (parameter.low - 1, parameter.low, parameter.low + 1, parameter.high, parameter.high + 1):
        values = {**RunConfig().model_dump(), parameter.name: value}
        if parameter.kind == "float":
            values[parameter.name] = float(value)
        if conflicts(values):
            continue
        try:
            RunConfig(**values)
        except ValidationError:
            assert not field._within(value), value
        else:
            assert field._within(value), value
    field.deleteLater()


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("lr", "0", "0 is out of bounds. Type a number above 0, at most 1. Learning rate stays "),
        ("epochs", "many", "'many' is not a number."),
        ("k", "2.5", "2.5 is not a whole number. Type a whole number from 1 to 65,536. k stays 10."),
        ("k", "-5", "-5 is out of bounds. Type a whole number from 1 to 65,536. k stays 10."),
        ("epochs", "nan", "'nan' is not a number."),
        ("lr", "", "A number is needed here."),
        ("lr", "0,001,5", "'0,001,5' is not a number."),
        ("lr", "1,234", "1,234 can be read in two ways; write 1234 or 1.234."),
        ("epochs", "0,001", "0,001 is not a whole number."),
        ("batch_size", "60.000", "60.000 can be read in two ways; write 60000 or 60."),
    ],
)
def test_what_is_no_value_is_explained(
    form: Form, edits: list[tuple[str, Any]], name: str, text: str, start: str
) -> None:
    field = number(form, name)
    before = field.lineEdit().text()
    field.setFocus()
    field.lineEdit().setText(text)  # as pasting does
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert edits == []
    assert field.lineEdit().text() == before
    [sentence] = messages(form)
    assert sentence.startswith(start)
    assert next(row.message for row in form._rows if name in row.names).property("problem")


def test_the_explanation_goes_with_the_next_edit(form: Form) -> None:
    type_into(number(form, "lr"), "7")
    assert len(messages(form)) == 1
    type_into(number(form, "lr"), "1e-4")
    assert messages(form) == []
    type_into(number(form, "lr"), "7")
    # Typing what is there already settles it as well.
    type_into(number(form, "lr"), "0.0001")
    assert messages(form) == []


def test_typing_counts_when_the_field_is_left(form: Form, edits: list[tuple[str, Any]]) -> None:
    type_into(number(form, "epochs"), "7", enter=False)
    assert edits == []
    QTest.keyClick(number(form, "epochs"), Qt.Key.Key_Tab)
    assert edits == [("epochs", 7)]


def test_no_letter_lands_in_a_number_but_the_e_of_an_exponent(form: Form) -> None:
    for parameter in NUMBERS:
        field = number(form, parameter.name)
        show(form, parameter)
        edit = field.lineEdit()
        field.set_value(parameter.high)
        shown = edit.text()
        digits = shown.removesuffix(parameter.unit).strip()
        letters = ("tt", "e", "E", "inf", "nan", "x", "p", parameter.unit)
        for typed, place in product(letters, ("before", "after", "instead")):
            field.setFocus()
            edit.setText(shown)
            edit.setCursorPosition(0 if place == "before" else len(digits))
            if place == "instead":
                field.selectAll()
            QTest.keyClicks(field, typed)
            exponent = typed in ("e", "E") and place == "after"
            expected = shown.replace(digits, digits + typed) if exponent else shown
            assert edit.text() == expected, (parameter.name, typed, place)


def test_an_exponent_can_be_typed_in_a_whole_number(form: Form, edits: list[tuple[str, Any]]) -> None:
    field = number(form, "n_latents")
    show(form, field.parameter)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1e2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.value == 100 and edits[-1] == ("n_latents", 100)


@pytest.mark.parametrize(("name", "text"), [("k", "10"), ("lr", "5e-4"), ("batch_size", "256")])
def test_letters_that_no_number_has_go_to_the_window_s_shortcuts(
    qtbot: QtBot, form: Form, edits: list[tuple[str, Any]], name: str, text: str
) -> None:
    field = number(form, name)
    show(form, field.parameter)
    shortcuts: list[str] = []
    for letter in "TED":
        shortcut = QShortcut(QKeySequence(letter), form)
        shortcut.activated.connect(partial(shortcuts.append, letter))
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    field.setFocus()
    field.selectAll()
    before = field.lineEdit().text()
    QTest.keyClicks(field, "tedxx")
    assert shortcuts == ["T", "E", "D"]
    assert field.lineEdit().text() == before
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_T)
    assert shortcuts == ["T", "E", "D", "T"]
    assert messages(form) == []
    assert field.lineEdit().text().split()[0] == text.split()[0]


def test_typing_counts_when_a_shortcut_is_pressed(form: Form, edits: list[tuple[str, Any]]) -> None:
    field = number(form, "epochs")
    type_into(field, "7", enter=False)
    control = Qt.KeyboardModifier.ControlModifier
    # Selecting all is the field's own business.
    QApplication.sendEvent(field, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_A, control))
    assert edits == []
    QApplication.sendEvent(field, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_T, control))
    assert edits == [("epochs", 7)]


def test_commit_takes_what_is_being_typed(form: Form, edits: list[tuple[str, Any]]) -> None:
    type_into(number(form, "seed"), "42", enter=False)
    form.commit()
    form.commit()
    assert edits == [("seed", 42)]


def test_values_from_elsewhere_are_shown_and_not_announced(form: Form, edits: list[tuple[str, Any]]) -> None:
    values = RunConfig(n_latents=100, k=7, lr=2e-3, tied_init=True, init="data", revival="auxk").model_dump()
    form.set_values(values)
    assert {name: field.editor.value for name, field in form.fields.items()} == values
    assert edits == []


def test_text_being_typed_survives_a_refresh(form: Form) -> None:
    type_into(number(form, "epochs"), "12", enter=False)
    form.set_values({**RunConfig().model_dump(), "seed": 3})
    assert number(form, "epochs").lineEdit().text() == "12"


# -- stepping -----------------------------------------------------------------------------------------


STEPS = [
    # name, value, one arrow up, one arrow down
    ("k", 10, 11, 9),
    ("k", 1, 2, 1),
    ("seed", 0, 1, 0),
    ("n_latents", 64, 128, 32),
    ("n_latents", 100, 128, 64),
    ("n_latents", 1, 2, 1),
    ("n_latents", 65536, 65536, 32768),
    ("batch_size", 256, 512, 128),
    ("lr", 5e-4, 1e-3, 2e-4),
    ("lr", 3e-4, 5e-4, 2e-4),
    ("lr", 1.0, 1.0, 0.5),
    ("dead_after", 0.25, 0.5, 0.2),
    ("decay", 0.4, 0.45, 0.35),
    ("decay", 0.0, 0.05, 0.0),
]


def test_arrows_step_sensibly(form: Form) -> None:
    for name, value, up, down in STEPS:
        for key, expected in ((Qt.Key.Key_Up, up), (Qt.Key.Key_Down, down)):
            number(form, name).set_value(value)
            QTest.keyClick(number(form, name), key)
            assert number(form, name).value == expected, (name, value, key)


def test_page_up_and_control_step_the_other_way(form: Form) -> None:
    for name, value, up in (("k", 10, 20), ("n_latents", 64, 65), ("lr", 1e-4, 1e-3)):
        number(form, name).set_value(value)
        QTest.keyClick(number(form, name), Qt.Key.Key_PageUp)
        assert number(form, name).value == up
        number(form, name).set_value(value)
        QTest.keyClick(number(form, name), Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        assert number(form, name).value == up


def test_the_drawn_arrows_can_be_clicked(form: Form, edits: list[tuple[str, Any]]) -> None:
    field = number(form, "k")
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 8, 5))
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 8, field.height() - 5))
    assert edits == [("k", 11), ("k", 10)]


def test_a_step_starts_from_what_was_typed(form: Form, edits: list[tuple[str, Any]]) -> None:
    type_into(number(form, "k"), "20", enter=False)
    QTest.keyClick(number(form, "k"), Qt.Key.Key_Up)
    assert edits == [("k", 20), ("k", 21)]


@pytest.mark.parametrize("name", ["k", "dataset"])
def test_the_wheel_changes_only_what_has_the_focus(
    form: Form, edits: list[tuple[str, Any]], name: str
) -> None:
    form.fields["seed"].editor.setFocus()
    editor = form.fields[name].editor
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(editor.mapToGlobal(QPoint(5, 5))),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor, event)
    assert edits == []
    assert not event.isAccepted()


def test_choices_and_switches_are_announced(form: Form, edits: list[tuple[str, Any]]) -> None:
    QTest.keyClick(form.fields["revival"].editor, Qt.Key.Key_Down)
    switch = form.fields["tied_init"].editor
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(8, switch.height() // 2))
    assert edits == [("revival", "auxk"), ("tied_init", True)]


# -- marks --------------------------------------------------------------------------------------------


def test_a_problem_is_shown_at_its_field(form: Form) -> None:
    form.set_problems({"k": "k is too large."})
    assert messages(form) == ["k is too large."]
    assert form.fields["k"].editor.property("problem") is True
    assert "k is too large." in form.fields["k"].editor.accessibleDescription()
    form.set_problems({})
    assert messages(form) == []
    assert form.fields["k"].editor.property("problem") is False


def test_what_differs_from_the_run_is_marked(form: Form) -> None:
    run = RunConfig(seed=3, lr=1e-3).model_dump()
    form.set_run_values(run, training=False)
    assert {name for name, field in form.fields.items() if field.label.differs} == {"seed", "lr"}
    assert not any(field.label.restarts for field in form.fields.values())
    assert "The current run has 3." in form.fields["seed"].editor.toolTip()
    form.set_run_values(run, training=True)
    assert {name for name, field in form.fields.items() if field.label.restarts} == {"seed"}
    assert "Takes effect in the next training" in form.fields["seed"].editor.toolTip()
    form.set_run_values(None, training=False)
    assert not any(field.label.differs for field in form.fields.values())


def test_a_number_that_has_no_room_takes_that_of_its_arrows(form: Form, qtbot: QtBot) -> None:
    field = number(form, "batch_size")
    field.setFixedWidth(54)
    form.set_values({**RunConfig().model_dump(), "batch_size": 65536})
    qtbot.waitUntil(lambda: field.width() == 54)
    assert field.lineEdit().text() == "65536"
    margins = 2 + 2 + field.lineEdit().textMargins().left()
    assert field.fontMetrics().horizontalAdvance("65536") <= field.lineEdit().width() - margins
    field.setFixedWidth(200)
    qtbot.waitUntil(lambda: field.lineEdit().text() == "65536 inputs")


@pytest.mark.parametrize(("name", "value"), [("batch_size", 16384), ("lr", 1.5e-3)])
def test_a_common_number_leaves_the_arrows_their_room_in_a_narrow_form(
    form: Form, qtbot: QtBot, name: str, value: float
) -> None:
    field = number(form, name)
    field.setFixedWidth(59)
    form.set_values({**RunConfig().model_dump(), name: value})
    qtbot.waitUntil(lambda: field.width() == 59)
    assert field.lineEdit().text() == number_text(value)
    QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 7, 5))
    assert field.value > value


def test_in_a_wide_form_all_fields_begin_below_each_other(form: Form) -> None:
    narrow = form.minimumSizeHint().width()
    form.resize(420, 900)
    QApplication.processEvents()
    names = ("n_latents", "lr", "revival", "init", "unit_norm", "warmup_steps")
    assert all(form.fields[name].editor.isVisible() for name in names)
    assert len({form.fields[name].editor.x() for name in ("arch", "n_latents", "lr", "revival")}) == 1
    found = {form.fields[name].editor.mapTo(form, QPoint(0, 0)).x() for name in names}
    assert len(found) == 1, found
    assert form.minimumSizeHint().width() <= narrow, "it can be made narrow again"


# -- text and number ----------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**31), 2**31))
def test_the_text_of_a_number_reads_back_exactly(value: float) -> None:
    assert read_number(number_text(value)) == value
    if float(value).is_integer():
        assert read_number(number_text(value), whole=True) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(5e-4, "5e-4"), (1.5e-4, "1.5e-4"), (0.25, "0.25"), (1.0, "1"), (0.0, "0"), (64, "64")],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_choice_that_only_somebody_elses_program_has_is_shown_by_its_name(form: Form) -> None:
    """As of a run whose data set is unknown here; it goes when another value is shown."""
    editor = form.fields["dataset"].editor
    assert isinstance(editor, ChoiceField)
    count = editor.count()
    for name in ("butterflies", "moths"):
        editor.set_value(name)
        assert (editor.currentText(), editor.value, editor.count()) == (name, name, count + 1)
    editor.set_value("digits")
    assert (editor.value, editor.count()) == ("digits", count)
    editor.set_value(None)
    assert editor.count() == count
