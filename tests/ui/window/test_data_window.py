"""The window *Data*: what each data set is, and files of the user's own, looked at, added, used and removed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import make
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
    form = shown.card.facts
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
    assert [shown.list.item(row).text() for row in range(shown.list.count())] == [
        info.title for info in data.DATASETS.values()
    ]
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
    assert shown.fetch.isVisible() and "11 MB" in shown.fetch.text()


def test_a_file_is_looked_at_added_used_and_removed(
    window: MainWindow, shown: DataWindow, qtbot: QtBot, file: Path
) -> None:
    shown.look_at(file)
    qtbot.waitUntil(lambda: shown.use.text() == "Add and use" and shown.use.isEnabled(), timeout=TIMEOUT)
    shown.card.setMaximumHeight(150)
    assert facts_of(shown)["Rows"] == "40" and shown.card.notes.text() == "Its corners are round."
    assert shown.card.given == {"side": 4}, "what must be chosen has no value yet"
    qtbot.mouseClick(shown.use, Qt.MouseButton.LeftButton)
    assert "Choose the option ink" in shown.card.problem.text() and shown.use.text() == "Add and use"
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
    assert editor.value == name and editor.currentText() == "cats"  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "Range" in facts_of(shown), timeout=TIMEOUT)
    assert facts_of(shown)["Read from"] == str(file) and facts_of(shown)["Classes"] == "a, b, c"
    qtbot.mouseClick(shown.remove, Qt.MouseButton.LeftButton)
    assert name not in data.SOURCES and window.state.draft["dataset"] == data.built_in()


def test_what_cannot_be_used_is_said_in_the_window(shown: DataWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "odd.squares").write_bytes(b"broken")
    shown.look_at(tmp_path / "odd.squares")
    qtbot.waitUntil(lambda: "odd.squares is broken" in shown.card.problem.text(), timeout=TIMEOUT)
    assert not shown.use.isEnabled()


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
