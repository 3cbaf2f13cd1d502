"""The list of runs and the corner menu: what they list, open, rename and delete, and what they refuse."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.files.locks import TrainingLock
from saegui.core.runs.run import BrokenRun, Run, open_run, starter_run
from saegui.core.runs.table import measured, sort_value
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.panels.runs.run_columns import GUTTER, column_rects
from saegui.ui.panels.runs.run_list import RunDelegate, fitting, name_rect
from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.run_rows import SORTS, Row, when
from saegui.ui.window.run_button import ITEM_WIDTH, NEWEST, WIDTH, RunButton
from tests.many_runs import make_runs

Show = Callable[[], RunsPanel]
Copy = Callable[..., Path]


@pytest.fixture
def show(qtbot: QtBot, services: Services, theme: Theme) -> Show:
    """Shows the panel, with the list read and the starter run open."""

    def shown() -> RunsPanel:
        services.open_first()
        services.library.refresh()
        panel = RunsPanel(services, theme)
        qtbot.addWidget(panel)
        panel.resize(300, 300)
        with qtbot.waitActive(panel):
            panel.show()
        panel.view.setFocus()
        return panel

    return shown


@pytest.fixture
def copy(small_run: Path) -> Copy:
    """Copies the small run beside itself, with other things in its run.json; metrics given replace single ones."""

    def copied(folder: str, metrics: dict[str, Any] | None = None, **changes: Any) -> Path:
        target = Path(shutil.copytree(small_run, small_run.parent / folder))
        content = json.loads((target / "run.json").read_text())
        content |= changes
        content["metrics"] |= metrics or {}
        (target / "run.json").write_text(json.dumps(content))
        return target

    return copied


def select(panel: RunsPanel, path: Path) -> None:
    """Click the run's row."""
    row = panel.model.row_of(path)
    assert row is not None
    panel.view.setCurrentIndex(panel.model.index(row))


def names(panel: RunsPanel) -> list[str]:
    return [row.run.name for row in panel.model.rows if not row.starter]


def press(qtbot: QtBot, panel: RunsPanel, key: Qt.Key) -> None:
    assert panel.view.hasFocus()
    qtbot.keyClick(panel.view, key)


def editor(panel: RunsPanel) -> QLineEdit:
    found = panel.view.findChild(QLineEdit)
    assert isinstance(found, QLineEdit)
    return found


def test_a_run_is_listed_with_its_numbers(show: Show, small_run: Path) -> None:
    panel = show()
    assert [row.starter for row in panel.model.rows] == [True, False]
    row = panel.model.rows[1]
    assert isinstance(row.run, Run)
    found = row.run.metrics
    assert row.status == "finished"
    assert row.numbers == {
        "mse": f"{found['mse']:.4f}",
        "fvu": f"{found['fvu']:.3f}",
        "l0": f"{found['l0']:.1f}",
        "dead": f"{found['dead']}/24",
    }
    assert row.when == when(row.run.created) != ""
    assert "TopK · 24 latents · k 4 · AuxK · Built-in digits · 6 epochs" in row.tip
    assert str(small_run) in row.tip


def test_the_name_has_the_row_s_room_and_the_tooltip_has_all_of_it(
    show: Show, copy: Copy, stopped_run: Path
) -> None:
    name = "TopK · 64 latents · k 20 · digits"
    long = f"BatchTopK · 3 refinements · refit · AuxK · {name}"
    plain, cut = copy("plain", name=name), copy("cut", name=long)
    panel = show()
    # As wide as the column is on the smallest screen.
    panel.resize(290, 300)
    delegate, width = panel.view.itemDelegate(), panel.view.viewport().width()
    assert isinstance(delegate, RunDelegate)
    for path, status in ((plain, ""), (cut, ""), (stopped_run, "stopped")):
        row = panel.model.rows[panel.model.row_of(path) or 0]
        shown, said = delegate.first_line(row, width, panel.view.font())
        assert said == status
        assert (shown == row.run.name) is (path != cut)
        assert row.tip.startswith(f"{row.run.name}\n")
        if path == cut:
            # What it has in common with the other goes.
            assert shown.startswith("… BatchTopK, 3") and "64 latents" not in shown
    assert not panel.view.horizontalScrollBar().isVisible()


def test_a_name_goes_before_the_status_of_its_run(show: Show, copy: Copy) -> None:
    """The open run is mostly the one that is trained: its name must not be the first to be cut."""
    name = "modern, changed: k 5, lr 0.002"
    path = copy("long", name=name, status="stopped", metrics={"mse": None})
    panel = show()
    delegate, font = panel.view.itemDelegate(), panel.view.font()
    assert isinstance(delegate, RunDelegate)
    row = panel.model.rows[panel.model.row_of(path) or 0]
    narrow = GUTTER + GAP + panel.view.fontMetrics().horizontalAdvance(name) + 30
    assert delegate.first_line(row, narrow, font) == (name, "")
    assert delegate.second_line(row, narrow, font) == f"stopped · {row.detail}"
    assert delegate.first_line(row, 900, font) == (name, "stopped")
    assert delegate.second_line(row, 900, font) == row.detail


def test_the_current_run_is_marked(qtbot: QtBot, show: Show, small_run: Path) -> None:
    panel = show()
    assert [row.current for row in panel.model.rows] == [True, False]
    assert panel.model.rows[0].spoken.endswith(panel.model.rows[0].said)
    assert "current run, starter run" in panel.model.rows[0].spoken
    select(panel, small_run)
    before = panel.view.grab().toImage()
    press(qtbot, panel, Qt.Key.Key_Return)
    assert [row.current for row in panel.model.rows] == [False, True]
    assert panel.view.grab().toImage() != before


def test_enter_and_double_click_open(qtbot: QtBot, show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    select(panel, small_run)
    press(qtbot, panel, Qt.Key.Key_Return)
    assert services.state.run is not None
    assert services.state.run.path == small_run
    qtbot.waitUntil(lambda: services.state.dataset is not None and services.state.dataset.name == "digits")
    place = panel.view.visualRect(panel.model.index(0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert services.state.run.path == small_run
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert services.state.run.path == starter_run().path
    assert panel.selected_run is not None
    assert panel.selected_run.path == starter_run().path


def test_the_selection_follows_the_current_run(show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    services.library.open(small_run)
    assert panel.selected_run is not None
    assert panel.selected_run.path == small_run


def test_a_list_that_is_read_later_selects_the_current_run(
    qtbot: QtBot, services: Services, theme: Theme, small_run: Path
) -> None:
    panel = RunsPanel(services, theme)
    qtbot.addWidget(panel)
    services.library.open(small_run)
    assert panel.selected_run is None
    assert not panel.delete_action.isEnabled()
    services.library.refresh()
    assert panel.selected_run is not None
    assert panel.selected_run.path == small_run
    assert panel.delete_action.isEnabled()


def test_a_truncated_run_is_listed_with_the_reason(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, copy: Copy
) -> None:
    broken, empty = copy("broken"), small_run.parent / "empty"
    content = (broken / "run.json").read_bytes()
    (broken / "run.json").write_bytes(content[: len(content) // 2])
    empty.mkdir()
    panel = show()
    assert names(panel) == ["small run", "empty", "broken"] or names(panel) == [
        "small run",
        "broken",
        "empty",
    ]
    row = next(row for row in panel.model.rows if row.run.name == "broken")
    assert isinstance(row.run, BrokenRun)
    assert row.status == "cannot be opened"
    assert row.detail.startswith("run.json cannot be read (")
    assert row.run.reason in row.tip
    assert not panel.grab().isNull()
    select(panel, broken)
    press(qtbot, panel, Qt.Key.Key_Return)
    assert services.state.run is not None
    assert services.state.run.path == starter_run().path
    with qtbot.waitSignal(services.state.notice) as told:
        press(qtbot, panel, Qt.Key.Key_F2)
    assert told.args[:2] == ["warn", "broken cannot be opened, so it cannot be renamed."]
    press(qtbot, panel, Qt.Key.Key_Delete)
    assert not broken.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"created": "yesterday, I think"},
        {"created": ""},
        {"metrics": {"mse": "small", "dead": None, "l0": [1], "fvu": {}}},
        {"metrics": {"mse": float("nan")}},
        {"name": "&" * 500},
        {"epoch": 1e300, "status": "training", "metrics": {"mse": None}},
    ],
)
def test_odd_contents_never_break_the_list(
    qtbot: QtBot, show: Show, services: Services, theme: Theme, copy: Copy, changes: dict[str, Any]
) -> None:
    odd = copy("odd", **changes)
    panel = show()
    for name in panel.header.buttons:
        qtbot.mouseClick(panel.header.buttons[name], Qt.MouseButton.LeftButton)
        row = panel.model.rows[panel.model.row_of(odd) or 0]
        assert row.run.path == odd
        assert row.tip
        assert row.spoken
        assert not panel.grab().isNull()
    menu = RunButton(services, theme, panel.update)
    qtbot.addWidget(menu)
    menu.menu().aboutToShow.emit()
    assert any(action.data() == str(odd) for action in menu.menu().actions())


def test_f2_renames_in_place(qtbot: QtBot, show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    select(panel, small_run)
    press(qtbot, panel, Qt.Key.Key_F2)
    field = editor(panel)
    assert field.text() == "small run"
    qtbot.keyClicks(field, "  My first  run ")
    with qtbot.waitSignal(services.library.changed):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert open_run(small_run).name == "My first run"
    assert names(panel) == ["My first run"]
    assert panel.selected_run is not None
    assert panel.selected_run.name == "My first run"


def test_escape_keeps_the_name(qtbot: QtBot, show: Show, small_run: Path) -> None:
    panel = show()
    select(panel, small_run)
    panel.rename_selected()
    # The second click of a double click: Qt must not complain, and what is typed goes on.
    panel.rename_selected()
    qtbot.keyClicks(editor(panel), "something else")
    qtbot.keyClick(editor(panel), Qt.Key.Key_Escape)
    assert open_run(small_run).name == "small run"
    assert names(panel) == ["small run"]


def test_an_empty_name_is_refused(qtbot: QtBot, show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    select(panel, small_run)
    panel.rename_selected()
    editor(panel).clear()
    with qtbot.waitSignal(services.state.notice) as told:
        qtbot.keyClick(editor(panel), Qt.Key.Key_Return)
    assert told.args is not None
    assert told.args[0] == "bad"
    assert "cannot be empty" in told.args[1]
    assert names(panel) == ["small run"]


def test_what_is_being_typed_survives_a_new_list(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel = show()
    select(panel, small_run)
    panel.rename_selected()
    field = editor(panel)
    qtbot.keyClicks(field, "half a na")
    services.library.refresh()
    assert editor(panel) is field
    assert field.text() == "half a na"
    with qtbot.waitSignal(services.library.changed):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert names(panel) == ["half a na"]


def test_the_starter_run_stays_as_it_is(qtbot: QtBot, show: Show, services: Services) -> None:
    panel = show()
    select(panel, starter_run().path)
    for key in (Qt.Key.Key_F2, Qt.Key.Key_Delete):
        with qtbot.waitSignal(services.state.notice) as told:
            press(qtbot, panel, key)
        assert told.args is not None
        assert told.args[0] == "warn"
        assert "belongs to the program" in told.args[1]
    assert starter_run().path.is_dir()
    assert panel.view.findChild(QLineEdit) is None


def test_delete_can_be_undone(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, copy: Copy
) -> None:
    other = copy("other", name="the other")
    panel = show()
    select(panel, other)
    with qtbot.waitSignal(services.bin.deleted) as told:
        press(qtbot, panel, Qt.Key.Key_Delete)
    assert told.args[0] == "the other"
    assert names(panel) == ["small run"]
    assert not other.exists()
    assert panel.selected_run is not None
    services.bin.restore()
    assert sorted(names(panel)) == ["small run", "the other"]
    assert open_run(other).name == "the other"


def test_deleting_the_current_run_opens_the_starter_run(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel = show()
    services.library.open(small_run)
    press(qtbot, panel, Qt.Key.Key_Delete)
    assert services.state.run is not None
    assert services.state.run.path == starter_run().path
    assert panel.empty.isVisible()
    assert [row.current for row in panel.model.rows] == [True]


def test_without_own_runs_it_offers_to_train(
    qtbot: QtBot, show: Show, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(services.training, "train", lambda: begun.append(True))
    panel = show()
    assert panel.empty.isVisible()
    # What the numbers of the starter run are is said above them.
    assert panel.header.isVisible() and panel.header.buttons["mse"].isVisible()
    assert panel.header.geometry().bottom() < panel.view.y()
    assert panel.empty.label.text().startswith("Each training is kept here")
    assert [row.starter for row in panel.model.rows] == [True]
    spoken = {button.accessibleName() for button in panel.findChildren(QToolButton)}
    assert {"Run: Open", "Run: Use settings", "Run: Show folder"} < spoken
    qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert begun == [True]


def test_runs_are_sorted(qtbot: QtBot, show: Show, copy: Copy, small_run: Path) -> None:
    for letter, mse, day in (("a", 0.03, 1), ("b", 0.01, 3), ("c", 0.02, 2)):
        copy(letter, {"mse": mse}, name=letter, created=f"2025-05-0{day}T10:00:00+00:00")
    copy("d", {"mse": None}, name="d", created="2025-05-04T10:00:00+00:00")
    shutil.rmtree(small_run)
    (small_run.parent / "z").mkdir()
    panel = show()
    assert names(panel) == ["d", "b", "c", "a", "z"]
    select(panel, small_run.parent / "c")
    by_mse, by_date = panel.header.buttons["mse"], panel.header.buttons["date"]
    qtbot.mouseClick(by_mse, Qt.MouseButton.LeftButton)
    assert names(panel) == ["b", "c", "a", "d", "z"]
    qtbot.mouseClick(by_mse, Qt.MouseButton.LeftButton)
    assert names(panel) == ["a", "c", "b", "d", "z"]
    qtbot.mouseClick(by_date, Qt.MouseButton.LeftButton)
    assert names(panel) == ["d", "b", "c", "a", "z"]
    qtbot.mouseClick(by_date, Qt.MouseButton.LeftButton)
    assert names(panel) == ["a", "c", "b", "d", "z"]
    assert panel.model.rows[0].starter
    assert panel.selected_run is not None
    assert panel.selected_run.name == "c"


def test_a_training_refuses_to_be_replaced(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel = show()
    config = open_run(small_run).config
    services.state.set_draft(config.model_copy(update={"epochs": 5000}))
    services.training.train()
    qtbot.waitUntil(lambda: services.state.phase == "training", timeout=30_000)
    assert services.state.run is not None
    trained = services.state.run.path
    row = panel.model.rows[panel.model.row_of(trained) or 0]
    assert row.run.path == trained
    assert row.current
    assert row.status == "training"
    assert row.detail.endswith(" of 5,000")
    select(panel, small_run)
    with qtbot.waitSignal(services.state.notice) as told:
        press(qtbot, panel, Qt.Key.Key_Return)
    assert told.args[:2] == ["warn", "A training is under way: stop it before opening another run."]
    assert services.state.run.path == trained
    select(panel, trained)
    with qtbot.waitSignal(services.state.notice) as told:
        press(qtbot, panel, Qt.Key.Key_Delete)
    assert told.args[:2] == ["warn", "This run is being trained: stop it before deleting it."]
    services.training.stop()
    qtbot.waitUntil(lambda: services.state.phase == "idle", timeout=30_000)
    row = panel.model.rows[panel.model.row_of(trained) or 0]
    assert row.status == "stopped"
    assert row.numbers["dead"].endswith("/24")


def test_a_training_s_row_says_now_and_then_how_far_it_is(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel, state = show(), services.state
    services.library.open(small_run)
    told: list[int] = []
    panel.model.dataChanged.connect(lambda first, last: told.append(first.row()))

    def current() -> Row:
        return next(row for row in panel.model.rows if row.current)

    state.set_draft(open_run(small_run).config.model_copy(update={"epochs": 5000}))
    services.training.train_new_run()
    # The run that is shown while another is prepared keeps its numbers.
    assert (state.phase, current().run.path, current().status) == ("preparing", small_run, "finished")
    assert current().numbers
    qtbot.waitUntil(lambda: state.phase == "training", timeout=30_000)

    said: dict[int, set[str]] = {}

    def goes_on() -> bool:
        assert state.run is not None
        said.setdefault(state.run.step, set()).add(current().detail)
        return any(len(details) > 1 for details in said.values())

    # Also between two saves, at which the list is read again anyway.
    qtbot.waitUntil(goes_on, timeout=30_000)
    assert current().status == "training"
    assert current().detail.endswith(" of 5,000")
    assert current().detail in current().spoken
    services.training.pause()
    qtbot.waitUntil(lambda: state.phase == "paused", timeout=30_000)
    told.clear()
    for _ in range(100):
        state.grow_history()
    # At most one of a hundred, and only its own row.
    assert told in ([], [panel.model.row_of(current().run.path)])
    services.training.stop()
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=30_000)
    assert current().status == "stopped"
    assert state.run is not None
    assert current().numbers["mse"] == f"{state.run.metrics['mse']:.4f}"


def test_settings_go_to_the_train_panel(show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    select(panel, small_run)
    assert services.state.draft["n_latents"] != 24
    panel.settings_action.trigger()
    assert services.state.draft == open_run(small_run).config.model_dump()


class Opened(QObject):
    """Stands in for the file manager."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        """Called instead of it."""
        self.urls.append(url.toLocalFile())


def test_the_folder_is_shown(show: Show, small_run: Path) -> None:
    panel, opened = show(), Opened()
    select(panel, small_run)
    QDesktopServices.setUrlHandler("file", opened, "open")
    try:
        panel.folder_action.trigger()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert opened.urls == [str(small_run)]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_stopped_run_is_resumed_from_its_menu(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, stopped_run: Path
) -> None:
    panel = show()
    services.library.open(small_run)
    select(panel, stopped_run)
    panel.view.customContextMenuRequested.emit(panel.view.visualRect(panel.view.currentIndex()).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    [action] = [action for action in menu.actions() if action.text() == "Resume training"]
    menu.close()
    action.trigger()
    qtbot.waitUntil(lambda: not services.state.busy, timeout=60_000)
    run = open_run(stopped_run)
    assert (run.status, run.epoch) == ("finished", 3)
    assert services.state.run == run
    assert not panel.resume_action.isEnabled()
    # What is finished has nothing to go on with.
    select(panel, small_run)
    assert not panel.resume_action.isEnabled()


def test_where_a_name_does_not_fit_what_all_have_in_common_goes(show: Show, copy: Copy) -> None:
    for k in (5, 10):
        copy(f"k-{k}", name=f"BatchTopK · 64 latents · 3 refinements · AuxK · k {k} · seed 0")
    panel = show()
    delegate = panel.view.itemDelegate()
    assert isinstance(delegate, RunDelegate)
    row = next(row for row in panel.model.rows if row.run.path.name == "k-10")
    assert delegate.first_line(row, 240, panel.view.font())[0] == "… k 10"
    assert delegate.first_line(row, 900, panel.view.font())[0] == row.run.name


def test_a_run_that_another_program_trains_is_marked(show: Show, copy: Copy) -> None:
    path = copy("busy", status="training", metrics={})
    lock = TrainingLock(path)
    panel = show()
    assert (
        next(row for row in panel.model.rows if row.run.path == path).status == "training in another window"
    )
    lock.release()
    panel.model.reload()
    assert next(row for row in panel.model.rows if row.run.path == path).status == "unfinished"


def test_a_list_that_changes_keeps_its_place_its_selection_and_its_order(
    show: Show, qtbot: QtBot, services: Services, own_home: Path
) -> None:
    runs = make_runs(own_home / "runs", 100)
    panel = show()
    qtbot.waitUntil(lambda: not services.library.reading)
    assert panel.model.rowCount() == 101
    panel.header.buttons["mse"].click()
    in_order = [row.run.path for row in panel.model.rows]
    numbers = [measured(row.run, "mse") for row in panel.model.rows[1:] if isinstance(row.run, Run)]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    resets: list[None] = []
    panel.model.modelReset.connect(lambda: resets.append(None))
    select(panel, in_order[50])
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.value() + 13)

    def on_screen(path: Path) -> int:
        return panel.view.visualRect(panel.model.index(panel.model.row_of(path) or 0)).top()

    seen = panel.view.indexAt(QPoint(0, 0)).data(Qt.ItemDataRole.UserRole).run.path
    places = {path: on_screen(path) for path in (seen, in_order[50])}
    # Above what is in view: one that another program deleted, one that this one does, one that is back.
    shutil.rmtree(in_order[3])
    services.library.refresh_if_changed()
    qtbot.waitUntil(lambda: not services.library.reading)
    services.bin.delete(open_run(in_order[5]))
    assert [row.run.path for row in panel.model.rows] == [
        path for path in in_order if path not in (in_order[3], in_order[5])
    ]
    assert {path: on_screen(path) for path in places} == places
    # The one that is back is the one that is looked at.
    services.bin.restore()
    assert panel.selected_run is not None and panel.selected_run.path == in_order[5]
    select(panel, in_order[50])
    places = {path: on_screen(path) for path in (seen, in_order[50])}
    services.library.rename(open_run(in_order[50]), "another name")
    assert {path: on_screen(path) for path in places} == places
    assert panel.selected_run is not None and panel.selected_run.path == in_order[50]
    assert panel.selected_run.name == "another name"
    panel.header.buttons["date"].click()
    assert panel.selected_run.path == in_order[50]
    assert panel.view.viewport().rect().contains(panel.view.visualRect(panel.view.currentIndex()))
    assert [row.run.path for row in panel.model.rows[1:]] == [path for path in runs[::-1] if path.exists()]
    assert not resets


def test_space_compares_a_run_and_the_row_says_so(
    show: Show, services: Services, qtbot: QtBot, small_run: Path, theme: Theme
) -> None:
    panel = show()
    select(panel, small_run)
    assert panel.under_action.isEnabled()
    before = panel.view.viewport().grab().toImage()
    press(qtbot, panel, Qt.Key.Key_Space)
    assert [overlay.path for overlay in services.overlays.all] == [small_run]
    place = panel.model.row_of(small_run)
    assert place is not None
    row = panel.model.rows[place]
    assert (
        row.overlay_place == services.overlays.all[0].place == 1
        and "Compared with the current run" in row.tip
        and "compared" in row.spoken
    )
    assert panel.selected_run is not None and panel.selected_run.path == small_run
    # Its line's colour stands where the current run has its mark.
    after = panel.view.viewport().grab().toImage()
    box = panel.view.visualRect(panel.model.index(place))
    spots = [(x, y) for x in range(8, 20) for y in range(box.top() + 5, box.top() + 24)]
    changed = [after.pixelColor(x, y) for x, y in spots if after.pixel(x, y) != before.pixel(x, y)]
    colour = line_colour(theme.tokens, 1)
    assert changed and abs(changed[0].hue() - colour.hue()) < 12
    # It has the colour of its line, whichever that is.
    services.overlays.set([overlay._replace(place=4) for overlay in services.overlays.all])
    assert panel.model.rows[place].overlay_place == 4
    press(qtbot, panel, Qt.Key.Key_Space)
    assert services.overlays.all == () and not panel.model.rows[place].overlay_place
    # A run cannot be compared with itself.
    services.library.open(small_run)
    select(panel, small_run)
    assert not panel.under_action.isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_context_menu_offers_everything(qtbot: QtBot, show: Show, small_run: Path) -> None:
    panel = show()
    place = panel.view.visualRect(panel.model.index(1)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    panel.view.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    try:
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert texts == ["Open", "Compare", "Rename", "Use settings", "Show folder", "Delete"]
        assert all(action.isEnabled() for action in menu.actions())
    finally:
        menu.close()


def test_every_control_has_a_name_and_a_tooltip(show: Show, small_run: Path) -> None:
    panel = show()
    buttons = [button for button in panel.findChildren(QAbstractButton) if button.isVisible()]
    assert len(buttons) == 11
    for button in buttons:
        assert button.accessibleName(), button
        assert button.toolTip(), button
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button
    assert "(F2)" in panel.rename_action.toolTip()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_both_themes(show: Show, theme: Theme, small_run: Path, name: str) -> None:
    panel = show()
    theme.choose("dark" if name == "light" else "light")
    before, button = panel.view.grab().toImage(), panel.open_action.icon().pixmap(20).toImage()
    theme.choose(name)  # type: ignore[arg-type]
    after = panel.view.grab().toImage()
    assert after != before
    assert panel.open_action.icon().pixmap(20).toImage() != button
    # The bar at the left of the current run.
    rect = panel.view.visualRect(panel.model.index(0))
    assert after.pixelColor(QPoint(2, rect.center().y())) == theme.tokens.color("accent")


def test_dates_are_short() -> None:
    now = datetime(2026, 3, 9, 15, 0).astimezone()
    early = datetime(2026, 3, 9, 14, 32).astimezone().astimezone(UTC)
    assert when(early.isoformat(), now) == "today 14:32"
    assert when(datetime(2026, 1, 22, 9, 5).astimezone().isoformat(), now) == "22 Jan 09:05"
    assert when(datetime(2025, 11, 22, 9, 5).astimezone().isoformat(), now) == "22 Nov 2025"
    assert when("who knows", now) == ""


def test_only_numbers_count_as_measured(copy: Copy) -> None:
    run = open_run(copy("odd", {"mse": "0.1", "fvu": 0.25, "l0": float("inf")}))
    assert (measured(run, "mse"), measured(run, "fvu"), measured(run, "l0")) == (None, 0.25, None)


# -- the menu in the corner ---------------------------------------------------------------------------------------------


@pytest.fixture
def menu(qtbot: QtBot, services: Services, theme: Theme, asked: list[str]) -> RunButton:
    """The button, with the starter run open."""
    services.open_first()
    made = RunButton(services, theme, lambda: asked.append("all"))
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def asked() -> list[str]:
    """What *All runs…* called."""
    return []


def test_the_menu_names_the_current_run_and_opens_others(
    qtbot: QtBot, menu: RunButton, services: Services, small_run: Path
) -> None:
    services.library.refresh()
    assert services.state.run is not None
    assert menu.text() == f"{services.state.run.name} ▾"
    menu.menu().aboutToShow.emit()
    starter, own = (action for action in menu.menu().actions() if action.data())
    assert (starter.isChecked(), own.isChecked()) == (True, False)
    assert own.text().startswith("small run\t")
    own.trigger()
    assert services.state.run.path == small_run
    assert menu.text() == "small run ▾"
    menu.menu().aboutToShow.emit()
    assert [action.isChecked() for action in menu.menu().actions() if action.data()] == [False, True]


def test_the_menu_lists_the_newest_and_leads_to_all(
    menu: RunButton, services: Services, copy: Copy, asked: list[str]
) -> None:
    for i in range(NEWEST + 3):
        copy(f"run-{i}", name=f"run {i}", created=f"2099-01-{i + 1:02}T10:00:00+00:00")
    services.library.refresh()
    menu.menu().aboutToShow.emit()
    texts = [action.text().split("\t")[0] for action in menu.menu().actions() if action.data()]
    assert texts[1:] == [f"run {i}" for i in range(NEWEST + 2, 2, -1)]
    last = menu.menu().actions()[-1]
    assert last.text() == "All runs…"
    last.trigger()
    assert asked == ["all"]


def test_long_names_are_cut(menu: RunButton, services: Services, copy: Copy) -> None:
    long = copy("long", name="R&D " + "very " * 60 + "long")
    services.library.refresh()
    assert services.library.open(long)
    assert menu.sizeHint().width() <= WIDTH
    assert menu.fontMetrics().horizontalAdvance(menu.text()) < WIDTH
    assert menu.text().startswith("R&&D very")
    # What tells names apart is most often at their ends, such as a number.
    assert "…" in menu.text() and menu.text().endswith("long ▾")
    assert "long" in menu.toolTip()
    menu.menu().aboutToShow.emit()
    item = next(action for action in menu.menu().actions() if action.data() == str(long))
    assert menu.fontMetrics().horizontalAdvance(item.text().split("\t")[0]) <= ITEM_WIDTH + 10


def test_broken_runs_cannot_be_chosen(menu: RunButton, services: Services, small_run: Path) -> None:
    (small_run / "run.json").write_text("{")
    services.library.refresh()
    menu.menu().aboutToShow.emit()
    item = next(action for action in menu.menu().actions() if action.data() == str(small_run))
    assert not item.isEnabled()
    assert item.text() == "small\tcannot be opened"
    assert "run.json" in item.toolTip()


def test_of_thousands_of_latents_the_dead_are_not_cut_off(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    for text, dead in (("8/64", "8"), ("1,816/2,048", "1,816")):
        assert fitting(text, metrics.horizontalAdvance(text), metrics) == text
        assert fitting(text, metrics.horizontalAdvance(text) - 1, metrics) == dead


def test_a_wide_list_shows_every_column_and_sorts_by_each(
    qtbot: QtBot, show: Show, services: Services, copy: Copy, stopped_run: Path
) -> None:
    second = copy("second", seconds=12.5)
    content = json.loads((second / "run.json").read_text())
    content["config"] |= {"n_latents": 99, "lr": 0.5, "seed": 7, "arch": "relu_l1"}
    (second / "run.json").write_text(json.dumps(content))
    panel = show()
    qtbot.waitUntil(lambda: not services.library.reading)
    assert {name for name, button in panel.header.buttons.items() if button.isVisible()} == set(SORTS)
    narrow = panel.view.visualRect(panel.model.index(0)).height()
    panel.resize(1264, 600)
    QApplication.processEvents()
    assert all(button.isVisible() for button in panel.header.buttons.values())
    assert panel.view.visualRect(panel.model.index(0)).height() < narrow
    row = panel.model.rows[panel.model.row_of(second) or 0]
    assert row.settings["n_latents"] == "99" and row.settings["lr"] == "0.5"
    assert row.settings["seconds"] == "12.5" and "k" not in row.settings
    starter = panel.model.rows[0]
    assert isinstance(starter.run, Run) and starter.settings["preset"] == starter.run.preset_title
    assert starter.settings["dataset"] == "MNIST"
    # What is trained now says how long it took.
    stopped = panel.model.rows[panel.model.row_of(stopped_run) or 0]
    assert isinstance(stopped.run, Run) and stopped.run.seconds is not None and stopped.run.seconds > 0
    for name, button in panel.header.buttons.items():
        for reverse in (False, True) if name != "date" else (True, False):
            button.click()
            found = [sort_value(row.run, name) for row in panel.model.rows[1:] if isinstance(row.run, Run)]
            known = [value for value in found if value is not None]
            if name != "date":
                assert known == sorted(known, reverse=reverse), name
            assert found[len(known) :] == [None] * (len(found) - len(known)), name
        assert not panel.grab().isNull()


def test_a_wide_list_is_filtered_and_its_runs_have_notes(
    qtbot: QtBot, show: Show, services: Services, copy: Copy
) -> None:
    second = copy("second", name="the second")
    panel = show()
    assert panel.filter.isHidden() and panel.note.isHidden()
    panel.resize(1264, 600)
    QApplication.processEvents()
    panel.filter.setFocus()
    qtbot.keyClicks(panel.filter, "small k<=4")
    assert [row.run.name for row in panel.model.rows] == ["small run"]
    panel.filter.setText("small size>3")
    assert "There is no column 'size'" in panel.filter.toolTip() and len(panel.model.rows) == 1
    # In a narrow list the words are not in sight, and hide nothing.
    panel.resize(300, 600)
    QApplication.processEvents()
    assert len(panel.model.rows) == 3
    panel.resize(1264, 600)
    QApplication.processEvents()
    assert len(panel.model.rows) == 1
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    assert panel.filter.text() == "" and len(panel.model.rows) == 3

    place = panel.model.row_of(second)
    assert place is not None
    panel.view.setCurrentIndex(panel.model.index(place))
    panel.note.setFocus()
    qtbot.keyClicks(panel.note, "worth a look")
    qtbot.keyClick(panel.note, Qt.Key.Key_Return)
    assert open_run(second).note == "worth a look"
    row = panel.model.rows[panel.model.row_of(second) or 0]
    assert row.settings["note"] == "worth a look" and "Note: worth a look" in row.tip
    qtbot.keyClicks(panel.filter, "worth")
    assert [row.run.path for row in panel.model.rows] == [second]
    panel.filter.clear()
    services.undo.undo()
    assert open_run(second).note == "" and panel.note.text() == ""
    starter = panel.model.index(0)
    panel.view.setCurrentIndex(starter)
    assert not panel.note.isEnabled()


@pytest.mark.parametrize("width", [260, 500, 719, 720, 900, 1000, 1264, 1900, 2540])
def test_columns_stand_apart_and_inside(width: int) -> None:
    places = list(column_rects(width, 0, 10).values())
    assert places[0].left() >= 0 and places[-1].right() < width
    assert all(before.right() < after.left() for before, after in pairwise(places))
    names = column_rects(width, 0, 10).keys()
    assert {"mse", "fvu", "l0", "dead", "date"} <= names
    if width >= 720:
        assert {"name", "n_latents", "k"} <= names and name_rect(QRect(0, 0, width, 30)).width() >= 170
