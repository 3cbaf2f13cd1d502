"""The window *Data*: what each data set is, and files of the user's own, looked at, added, used and removed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import make
from saegui.core.data import remembered
from saegui.ui.panels.train.number_field import NumberField
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.data_window import DataWindow
from saegui.ui.window.main_window import MainWindow
from tests.core.data.picture_files import folder_of
from tests.squares import reading
from tests.ui.window.by_hand import TIMEOUT


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> Iterator[DataWindow]:
    with reading():
        QTest.mouseClick(window.panel(TrainPanel).more_data, Qt.MouseButton.LeftButton)
        found = window.data_sets.window
        qtbot.waitUntil(lambda: found.isVisible() and not window.services.added.looking, timeout=TIMEOUT)
        yield found
        found.close()
        window.services.added.changed.emit()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cats.squares"
    path.write_bytes(b"cats")
    return path


def facts_of(shown: DataWindow) -> dict[str, str]:
    return texts(shown.card.facts)


def texts(form: QFormLayout) -> dict[str, str]:
    rows = range(form.rowCount())
    texts = [
        tuple(
            form.itemAt(row, role).widget().text()
            for role in (form.ItemRole.LabelRole, form.ItemRole.FieldRole)
        )  # type: ignore[union-attr]
        for row in rows
    ]
    return dict(texts)  # type: ignore[arg-type]


def test_every_data_set_is_listed_with_what_is_known_of_it(
    window: MainWindow, shown: DataWindow, qtbot: QtBot
) -> None:
    lines = [shown.list.item(row) for row in range(shown.list.count())]
    assert [line.text() for line in lines] == ["Built in", *(info.title for info in data.DATASETS.values())]
    assert not lines[0].flags() & Qt.ItemFlag.ItemIsSelectable, "a heading cannot be chosen"
    mnist, digits = (
        next(line for line in lines if line.text() == text) for text in ("MNIST", "Built-in digits")
    )
    assert not mnist.icon().isNull() and digits.icon().isNull(), (
        "what is not here is not marked by colour alone"
    )
    heights = {shown.list.visualItemRect(each).height() for each in (mnist, digits)}
    assert len(heights) == 1, "lines with an icon are no higher than the others"
    said = mnist.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "MNIST, not on this computer yet" and said.split(", ")[1] in mnist.toolTip()
    shown.choose("digits")
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    found = facts_of(shown)
    assert (
        found["Rows"] == "1,438 for training, 359 for testing" and found["Range"] == "0 to 255, whole numbers"
    )
    assert found["Licence"] and found["Source"]
    assert shown.card.pictures[0].values is not None
    shown.choose("mnist")
    qtbot.waitUntil(lambda: shown.card.title.text() == "MNIST")
    assert facts_of(shown)["Here"].startswith("not on this computer yet")
    assert shown.fetch.isVisible() and "12 MB" in shown.fetch.text()


def test_a_file_is_looked_at_added_used_and_removed(
    window: MainWindow, shown: DataWindow, qtbot: QtBot, file: Path
) -> None:
    shown.look_at(file)
    qtbot.waitUntil(lambda: shown.use.text() == "Add and use" and shown.use.isEnabled(), timeout=TIMEOUT)
    shown.card.setMaximumHeight(150)
    assert facts_of(shown)["Rows"] == "40" and shown.card.notes.text() == "Its corners are round."
    assert shown.card.given == {"side": 4}, "what must be chosen has no value yet"
    qtbot.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    assert shown.card.problem.text() == "Choose “Ink” first. What is ink.", "as the window calls it"
    assert shown.use.text() == "Add and use" and shown.card.focused == "ink"
    qtbot.waitUntil(lambda: not shown.card.problem.visibleRegion().isEmpty(), timeout=TIMEOUT)
    ink = shown.card._editors["ink"]
    assert isinstance(ink, QComboBox)
    ink.setCurrentIndex(2)
    ink.activated.emit(2)
    assert not shown.card.problem.text()
    qtbot.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    name = window.state.draft["dataset"]
    assert name.startswith("cats-") and shown.name == name
    editor = window.panel(TrainPanel).form.fields["dataset"].editor
    assert editor.value == name and editor.currentText() == "cats.squares"  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    assert texts(shown.card.chosen) == {"Side": "4", "Ink": "bright"}
    qtbot.mouseClick(shown.card.change, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.use.text() == "Change and use" and shown.use.isEnabled(), timeout=TIMEOUT)
    assert shown.card.given == {"side": 4, "ink": "bright"}, "as it is read now"
    shown.card.choose({"side": 6})
    qtbot.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    other = window.state.draft["dataset"]
    assert other != name and data.title_of(other) == "cats.squares", "in place of the first one"
    assert name not in data.SOURCES and [kept.added.name for kept in remembered.read()] == [other]
    assert texts(shown.card.chosen)["Side"] == "6" and shown.use.text() == "Use for the next training"
    name = other
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    assert facts_of(shown)["Read from"] == str(file) and facts_of(shown)["Classes"] == "a, b, c"
    qtbot.mouseClick(shown.remove, Qt.MouseButton.LeftButton)
    assert name not in data.SOURCES and window.state.draft["dataset"] == data.built_in()


def test_what_cannot_be_used_is_said_in_the_window(shown: DataWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "odd.squares").write_bytes(b"broken")
    shown.look_at(tmp_path / "odd.squares")
    qtbot.waitUntil(lambda: "odd.squares is broken" in shown.card.problem.text(), timeout=TIMEOUT)
    assert not shown.use.isEnabled()


def test_the_preview_follows_the_options(shown: DataWindow, qtbot: QtBot, file: Path) -> None:
    shown.look_at(file)
    qtbot.waitUntil(lambda: shown.use.isEnabled(), timeout=TIMEOUT)
    lines = [shown.list.item(row).text() for row in range(shown.list.count())]
    assert lines[-2:] == ["Your own", "cats.squares (not added)"]
    side, view = shown.card._editors["side"], shown.card.pictures[0]
    assert isinstance(side, NumberField) and view.values is not None and view.values.shape == (4, 4)

    def type_side(text: str) -> None:
        side.selectAll()
        QTest.keyClicks(side, text)
        QTest.keyClick(side, Qt.Key.Key_Return)

    type_side("6")
    # Only what was typed last is looked at.
    type_side("7")
    qtbot.waitUntil(lambda: view.values is not None and view.values.shape == (7, 7), timeout=TIMEOUT)
    found = facts_of(shown)
    assert (found["Shape"], found["One input"], found["Rows"]) == ("7×7", "a square", "40")
    assert found["File"] == str(file)
    type_side("13")
    qtbot.waitUntil(lambda: "side of 13" in shown.card.problem.text(), timeout=TIMEOUT)
    assert view.values is None and facts_of(shown)["Shape"] == "4×4", "nothing is shown that is not so"
    type_side("5")
    assert not shown.card.problem.text()
    qtbot.waitUntil(lambda: view.values is not None and view.values.shape == (5, 5), timeout=TIMEOUT)
    type_side("8")
    shown.choose("digits")
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    assert not shown._added.previewing
    assert facts_of(shown)["Shape"] == "28×28" and "One input" not in facts_of(shown), "given up"


def test_every_button_is_whole_in_the_smallest_window(shown: DataWindow, qtbot: QtBot, file: Path) -> None:
    smallest = shown.minimumSize()
    assert smallest.width() <= 1024 and smallest.height() <= 700, "it fits a screen of 1024×768"
    shown.resize(smallest)

    def cut() -> list[str]:
        visible = [button for button in shown.findChildren(QPushButton) if button.isVisible()]
        return [
            button.text()
            for button in visible
            if not shown.rect().contains(button.geometry())
            or button.width() < button.minimumSizeHint().width()
        ]

    def check() -> None:
        # Once they have their places.
        qtbot.waitUntil(lambda: not cut(), timeout=TIMEOUT)

    for name in ("patches", "mnist"):
        shown.choose(name)
        qtbot.waitUntil(lambda: not shown._added.looking, timeout=TIMEOUT)
        check()
    shown.look_at(file)
    qtbot.waitUntil(lambda: shown.use.isEnabled(), timeout=TIMEOUT)
    check()
    QTest.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    check()
    # What it does while it looks, too.
    shown.choose("patches")
    shown._added.look_into("patches")
    check()
    qtbot.waitUntil(lambda: not shown._added.looking, timeout=TIMEOUT)


def test_the_keyboard_goes_from_the_list_to_the_options_and_then_to_the_buttons(
    shown: DataWindow, qtbot: QtBot, file: Path
) -> None:
    assert shown.windowTitle().startswith("Data sets · "), "as the menu calls it"
    shown.choose("patches")
    shown.look_at(file)
    assert not any(view.isVisible() for view in shown.card.pictures), "no empty boxes"
    qtbot.waitUntil(lambda: shown.use.isEnabled(), timeout=TIMEOUT)
    assert [view.isVisible() for view in shown.card.pictures] == [True] * 3 + [False] * 5
    # Qt shows a field that was laid out a turn of the event loop later; before, Tab passes it.
    qtbot.waitUntil(lambda: all(editor.isVisible() for editor in shown.card.editors), timeout=TIMEOUT)
    shown.list.setFocus()
    reached = [shown.list]
    for _ in range(5):
        QTest.keyClick(shown.focusWidget(), Qt.Key.Key_Tab)
        reached.append(shown.focusWidget())
    assert reached == [shown.list, *shown.card.editors, shown.file, shown.folder, shown.use]


def test_what_depends_on_a_choice_is_offered_once_it_is_made(
    shown: DataWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "two.npz", one=np.zeros((40, 6)), two=random.normal(size=(40, 9)))
    shown.look_at(tmp_path / "two.npz")
    qtbot.waitUntil(lambda: shown.use.isEnabled(), timeout=TIMEOUT)
    shape, array = shown.card._editors["shape"], shown.card._editors["array"]
    assert isinstance(shape, QLineEdit) and not shape.text() and shape.placeholderText() == "as suggested"
    array.setFocus()
    for _ in range(2):
        QTest.keyClick(array, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown.card._editors["array"] is not array, timeout=TIMEOUT)
    shape, array = shown.card._editors["shape"], shown.card._editors["array"]
    assert isinstance(shape, QComboBox) and shape.currentText() == "as suggested: vector"
    assert isinstance(array, QComboBox) and array.currentText() == "two" and shown.card.focused == "array"
    QTest.keyClick(array, Qt.Key.Key_Up)
    qtbot.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    assert "one: all numbers are 0" in shown.card.problem.text() and not shown.name, "refused"


def test_a_folder_is_called_a_folder(shown: DataWindow, qtbot: QtBot, tmp_path: Path) -> None:
    shown.look_at(folder_of(tmp_path / "set", count=9))
    qtbot.waitUntil(lambda: shown.use.isEnabled(), timeout=TIMEOUT)
    assert facts_of(shown)["Folder"] == str(tmp_path / "set") and "File" not in facts_of(shown)


def test_patches_with_other_options_are_shown_before_they_are_made(
    window: MainWindow, shown: DataWindow, qtbot: QtBot
) -> None:
    shown.choose("patches")
    side = shown.card._editors["side"]
    assert isinstance(side, NumberField)
    side.set_value(9)
    side.edited.emit(9)
    assert not window.services.added.looking, "those that nobody wants any more are not made"
    qtbot.waitUntil(lambda: facts_of(shown).get("Shape") == "9×9", timeout=TIMEOUT)
    view = shown.card.pictures[0]
    assert view.values is not None and view.values.shape == (9, 9) and shown.name == "patches"
    assert "9×9, whitened" in shown.card.about.text() and "12×12" not in shown.card.about.text()


def test_what_must_be_chosen_is_explained_in_the_window_and_all_can_be_reached(
    shown: DataWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "a table with a name that is far too long for a list of names.csv"
    table.write_text("a,b,c\n" + "\n".join(f"{i},{i / 7},{1000 * i}" for i in range(40)))
    shown.resize(shown.minimumSize())
    shown.look_at(table)
    qtbot.waitUntil(lambda: shown.use.isEnabled() and "Rows" in facts_of(shown), timeout=TIMEOUT)
    assert "scale" not in shown.card.given

    def explained() -> bool:
        seen = [label.text() for label in shown.card.findChildren(QLabel) if label.isVisible()]
        return any("each column less its mean" in text for text in seen)

    qtbot.waitUntil(explained, timeout=TIMEOUT)
    assert shown.list.horizontalScrollBar().maximum() == 0, "long names are elided"
    assert table.name in shown.list.currentItem().toolTip()
    # With the keyboard alone: every field comes into sight when it gets the focus.
    shown.list.setFocus()
    reached = set()
    for _ in range(20):
        QTest.keyClick(shown.focusWidget(), Qt.Key.Key_Tab)
        at = shown.focusWidget()
        for name, editor in shown.card._editors.items():
            if at is editor:
                place = editor.mapTo(shown.card.area.viewport(), editor.rect().center())
                assert shown.card.area.viewport().rect().contains(place), name
                reached.add(name)
    assert reached == set(shown.card._editors)
    scale = shown.card._editors["scale"]
    assert isinstance(scale, QComboBox)
    scale.setFocus()
    while scale.currentData() != "columns":
        QTest.keyClick(scale, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: facts_of(shown).get("Used") == "36 for training, 4 for testing", timeout=TIMEOUT)
    view = shown.card.pictures[0]
    assert view.values is not None and float(np.abs(view.values).max()) < 3, "scaled as was chosen"


def test_it_is_closed_while_it_looks(shown: DataWindow, qtbot: QtBot, file: Path, window: MainWindow) -> None:
    shown.look_at(file)
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible() and not window.services.added.looking


def test_patches_of_a_folder_of_one_s_own_are_a_data_set_beside_the_built_in_one(
    window: MainWindow, shown: DataWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "My cats", count=9, height=20, width=30)
    # Those of the photographs are not looked at, which would take some seconds.
    shown.choose("patches")
    window.services.added.give_up()
    for name, value in (("number", 1000), ("side", 8)):
        editor = shown.card._editors[name]
        assert isinstance(editor, NumberField)
        editor.set_value(value)
    shown._place_chosen("patches", str(folder))
    name = window.state.draft["dataset"]
    assert shown.name == name != "patches" and data.title_of(name) == "Natural patches of My cats"
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    found = facts_of(shown)
    assert found["Rows"] == "1,000 for training, 100 for testing" and found["Read from"] == str(folder)
    assert window.services.data.folder_of("patches") is None
    assert run_name(make({"dataset": name})).endswith("patches of My cats")
