"""The train panel, driven through its own fields and buttons, with real trainings on the built-in digits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.config.conflicts import conflicts
from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, relevant
from saegui.core.data import Dataset
from saegui.core.families.registry import BASELINES, FAMILIES, KINDS
from saegui.core.runs import writer
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, open_run
from saegui.ui.panels.train.number_field import NumberField
from saegui.ui.panels.train.panel import WIDEST, TrainPanel
from saegui.ui.panels.train.rows import ROWS
from saegui.ui.theme.theme import Theme

SMALL = {"dataset": "digits", "n_latents": 24, "k": 4, "batch_size": 256, "epochs": 2}


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, digits: Dataset) -> TrainPanel:
    # Loaded once for all tests; a training then begins at once.
    services.state.set_dataset(digits)
    made = TrainPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(300, 400)
    made.show()
    return made


@pytest.fixture
def press(panel: TrainPanel) -> Callable[[str], None]:
    """Click one of the panel's buttons, which must be enabled."""

    def pressed(name: str) -> None:
        button = panel.buttons[name]
        assert button.isEnabled(), name
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    return pressed


def test_data_are_called_what_they_are_and_not_what_was_looked_for(
    panel: TrainPanel, digits: Dataset
) -> None:
    """As images of a folder that has MNIST's file names and other content."""
    editor = panel.form.fields["dataset"].editor
    draft(panel, dataset="mnist")
    assert editor.currentText() == "MNIST"
    panel.state.set_dataset(replace(digits, name="mnist", title="Fashion-MNIST"))
    assert editor.currentText() == "Fashion-MNIST"
    panel.state.set_dataset(digits)
    assert editor.currentText() == "MNIST"


def draft(panel: TrainPanel, **values: Any) -> None:
    panel.state.set_draft({**RunConfig().model_dump(), **SMALL, **values})


def enter(panel: TrainPanel, name: str, text: str, *, finish: bool = True) -> None:
    field = panel.form.fields[name].editor
    assert isinstance(field, NumberField)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    if finish:
        QTest.keyClick(field, Qt.Key.Key_Return)


def messages(panel: TrainPanel) -> list[str]:
    return [row.message.text() for row in panel.form._rows if row.message.isVisibleTo(panel)]


def enabled(panel: TrainPanel) -> set[str]:
    return {name for name, button in panel.buttons.items() if button.isEnabled()}


def a_run(config: RunConfig, own_home: Any) -> Run:
    return writer.RunWriter(own_home / "runs" / "a", config).run


# -- draft and fields ---------------------------------------------------------------------------------


def test_typing_edits_the_draft(panel: TrainPanel) -> None:
    enter(panel, "lr", "1e-3")
    assert panel.state.draft["lr"] == 1e-3
    enter(panel, "n_latents", "128")
    assert panel.state.draft == {**RunConfig().model_dump(), "lr": 1e-3, "n_latents": 128}


def test_fields_that_nobody_touched_follow_another_kind_and_this_is_said(panel: TrainPanel) -> None:
    panel.state.set_draft(RunConfig())
    enter(panel, "lr", "0.004")
    panel.form.fields["arch"].edited.emit("arch", "jumprelu")
    assert panel.form.fields["pre_bias"].editor.value is True
    assert panel.form.fields["lr"].editor.value == 0.004
    assert any("Changed with the kind: " in text and "Pre-bias on" in text for text in messages(panel))
    panel.form.fields["arch"].edited.emit("arch", "topk")
    assert panel.state.draft == {**RunConfig().model_dump(), "lr": 0.004}


def test_the_fields_follow_the_draft(panel: TrainPanel, qtbot: QtBot) -> None:
    values = RunConfig(dataset="digits", n_latents=99, k=9, unit_norm=True, warmup_steps=5).model_dump()
    with qtbot.waitSignal(panel.state.draft_changed):
        panel.state.set_draft(values)
    assert {name: field.editor.value for name, field in panel.form.fields.items()} == values


def test_one_edit_is_announced_once(panel: TrainPanel) -> None:
    heard: list[int] = []
    panel.state.draft_changed.connect(lambda: heard.append(1))
    enter(panel, "epochs", "3")
    assert heard == [1]


def test_a_preset_fills_every_field_but_the_data(panel: TrainPanel) -> None:
    for name, preset in PRESETS.items():
        panel.state.set_draft(RunConfig(dataset="digits", lr=0.01, seed=9))
        assert panel.presets.currentText() == "own settings", name
        assert panel.about.text() == "Your own settings.", name
        panel.presets.setFocus()
        panel.presets.setCurrentText(name)
        panel.presets.activated.emit(panel.presets.currentIndex())
        expected = {**preset.config.model_dump(), "dataset": "digits"}
        assert panel.state.draft == expected, name
        assert {name: field.editor.value for name, field in panel.form.fields.items()} == expected, name
        assert panel.presets.currentText() == name
        assert panel.presets.count() == len(PRESETS), name
        assert panel.about.text() == preset.about


def test_presets_can_be_chosen_with_the_keyboard(panel: TrainPanel) -> None:
    assert panel.presets.currentText() == "seed-k10"
    panel.presets.setFocus()
    QTest.keyClick(panel.presets, Qt.Key.Key_Down)
    assert panel.presets.currentText() == "seed-k64"
    assert panel.state.draft["k"] == 64


def test_an_edit_changes_the_preset_and_moves_no_field(panel: TrainPanel) -> None:
    panel.state.set_draft(PRESETS["seed-k10"].config, "seed-k10")
    field = panel.form.fields["k"].editor
    before = field.mapTo(panel, field.rect().topLeft())
    QTest.keyClick(field, Qt.Key.Key_Up)
    QApplication.processEvents()
    assert panel.presets.currentText() == "seed-k10, changed"
    assert panel.presets.accessibleDescription().endswith("Changed: k 11.")
    assert field.mapTo(panel, field.rect().topLeft()) == before


def test_every_kind_shows_what_it_minimises(panel: TrainPanel) -> None:
    for kind, family in FAMILIES.items():
        draft(panel, arch=kind, pre_bias=False)
        assert panel.formula.isVisible(), kind
        panel.state.edit_draft("revival", "none")
        assert "AuxK" not in panel.formula.text(), kind
        for name, value in (("revival", "auxk"), ("pre_bias", True)):
            panel.state.edit_draft(name, value)
            code, reconstruction, loss = family.formulas(panel.state.draft)
            assert panel.formula.text() == f"Loss: {loss}" and loss.endswith(" + AuxK/32"), kind
            for words in (code, reconstruction, loss, family.source):
                assert escape(words) in panel.formula.toolTip(), kind
                assert words in panel.formula.accessibleDescription(), kind
        QApplication.processEvents()
        assert panel.formula.height() >= panel.formula.heightForWidth(panel.formula.width()), kind
        below = panel.form.fields["n_latents"].editor.mapTo(panel, QPoint())
        assert panel.formula.mapTo(panel, QPoint()).y() + panel.formula.height() <= below.y(), kind
    assert panel.formula.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_every_kind_fits_without_a_scroll_bar(panel: TrainPanel) -> None:
    panel.resize(280, 430)
    for kind in KINDS:
        draft(panel, arch=kind)
        QApplication.processEvents()
        assert panel.size().toTuple() == (280, 430), kind
        assert panel._scroll.verticalScrollBar().maximum() == 0, kind


def test_on_a_large_screen_the_form_is_not_drawn_out(panel: TrainPanel) -> None:
    panel.resize(2500, 1300)
    QApplication.processEvents()
    start = panel.form.mapTo(panel, QPoint()).x()
    assert panel.form.width() <= WIDEST
    assert abs(start + panel.form.width() / 2 - 1250) <= WIDEST / 20
    panel.resize(300, 460)
    QApplication.processEvents()
    assert panel.form.width() > 280


def test_another_kind_moves_no_field_sideways_and_none_above_it(panel: TrainPanel) -> None:
    panel.resize(300, 460)
    seen: dict[str, set[tuple[int, int]]] = {}
    for kind in KINDS:
        # With the values that the choice brings: a kind alone may not fit those before, which a message below its field says.
        panel.state.set_draft(with_kind({"arch": kind}))
        QApplication.processEvents()
        for name in ("dataset", "arch", "n_latents"):
            place = panel.form.fields[name].editor.mapTo(panel, QPoint())
            seen.setdefault(name, set()).add((place.x(), place.y()))
        for name in ("batch_size", "seed"):
            box = panel.form.fields[name].editor.geometry()
            seen.setdefault(name, set()).add((box.x(), box.width()))
    assert max(map(len, seen.values())) == 1, seen


def test_a_baseline_shows_what_fits_it_and_which_of_its_parameters_matter(panel: TrainPanel) -> None:
    for kind, family in BASELINES.items():
        values = with_kind({"arch": kind})
        panel.state.set_draft(values)
        QApplication.processEvents()
        call = family.call(values)
        assert panel.formula.text() == f"scikit-learn: {call.partition('(')[0]}"
        assert escape(call) in panel.formula.toolTip() and "Loss" not in panel.formula.toolTip()
        assert panel.form.fields["n_nonzero_coefs"].editor.isVisible()
        assert "n_nonzero_coefs" in panel.form.fields["n_nonzero_coefs"].editor.toolTip()
        assert not panel.form.fields["lr"].editor.isVisible()
        assert panel.form.fields["fun"].editor.isVisible() == (kind == "ica")
        assert panel.form.fields["alpha"].editor.isVisible() == (kind == "dictionary")
    panel.state.edit_draft("n_nonzero_coefs", 0)
    assert "no codes of its own" in panel.form.fields["n_nonzero_coefs"].problem


def test_formulas_need_no_torch() -> None:
    code = "import sys, saegui.core.families.registry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_what_takes_no_part_changes_no_preset(panel: TrainPanel) -> None:
    panel.state.set_draft({**PRESETS["seed-k10"].config.model_dump(), "rho": 0.5})
    assert panel.presets.currentText() == "seed-k10"
    panel.state.set_draft({**PRESETS["seed-k10"].config.model_dump(), "lr": 0.5}, "seed-k10")
    assert panel.presets.currentText() == "seed-k10, changed"


def test_a_conflict_behind_more_is_reported_before_train_can_be_pressed(panel: TrainPanel) -> None:
    assert not panel.form.expanded
    draft(panel, arch="kl", output="sigmoid", input="centred")
    [sentence] = conflicts(panel.state.draft).values()
    assert messages(panel) == [sentence]
    assert panel.form.fields["input"].editor.isVisible()
    assert panel.hint.full == "cannot train: Input"
    assert panel.hint.toolTip() == sentence
    assert enabled(panel) == set()


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_the_list_of_presets_says_what_each_is_for(panel: TrainPanel) -> None:
    panel.presets.showPopup()
    view = panel.presets.view()
    for row in range(panel.presets.count()):
        index = panel.presets.model().index(row, 0)
        name = index.data()
        about = PRESETS[name].about
        assert about in index.data(Qt.ItemDataRole.AccessibleTextRole)
        # Name and sentence, each on lines of its own.
        assert view.visualRect(index).height() >= 2 * panel.about.fontMetrics().height()
    assert not view.verticalScrollBar().isVisible()
    panel.presets.hidePopup()


def test_everything_common_is_in_sight_at_the_first_size(panel: TrainPanel) -> None:
    for _ in range(3):
        # Narrower, the sentence below the preset needs another line.
        panel.resize(panel.minimumSizeHint().width(), 370)
        QApplication.processEvents()
    assert panel.width() <= 300
    assert not panel._scroll.verticalScrollBar().isVisible()
    for name in ("dataset", "arch", "n_latents", "k", "lr", "batch_size", "epochs", "seed", "revival"):
        field = panel.form.fields[name].editor
        assert field.isVisible()
        assert panel.rect().contains(field.mapTo(panel, field.rect().bottomRight())), name


def in_sight(panel: TrainPanel) -> list[str]:
    """Fields that are wholly in sight."""
    room = panel._scroll.viewport().rect()
    found = []
    for name, field in panel.form.fields.items():
        place = field.editor.rect().translated(field.editor.mapTo(panel._scroll.viewport(), QPoint(0, 0)))
        if field.editor.isVisible() and room.contains(place):
            found.append(name)
    return found


def test_more_opens_where_it_can_be_seen_and_the_scroll_bar_cuts_no_field(panel: TrainPanel) -> None:
    panel.resize(panel.minimumSizeHint().width(), 340)
    QApplication.processEvents()
    common = set(in_sight(panel))
    QTest.mouseClick(panel.form.more, Qt.MouseButton.LeftButton)
    assert len(set(in_sight(panel)) - common) >= 5
    QApplication.processEvents()
    bar = panel._scroll.verticalScrollBar()
    assert len(set(in_sight(panel)) - common) >= 5 and bar.isVisible()
    # The form scrolls as a whole, and every field is as wide as there is room.
    widths = {
        field.editor.geometry().right() for field in panel.form.fields.values() if field.editor.isVisible()
    }
    assert max(widths) < panel._scroll.viewport().width()
    assert (
        panel.presets.mapTo(panel, panel.presets.rect().topRight()).x() < bar.mapTo(panel, QPoint(0, 0)).x()
    )
    bar.setValue(0)
    assert common - set(in_sight(panel)) == set()
    bar.setValue(bar.maximum())
    assert "precision" in in_sight(panel)


def test_the_smallest_panel_is_small_whatever_is_shown(panel: TrainPanel) -> None:
    sizes = []
    for on in (False, True):
        panel.form.show_more(on)
        QApplication.processEvents()
        sizes.append(panel.minimumSizeHint())
    assert sizes[0] == sizes[1]
    assert sizes[0].width() <= 300 and sizes[0].height() <= 290


def test_more_is_remembered(panel: TrainPanel, qtbot: QtBot, services: Services, theme: Theme) -> None:
    assert not panel.form.expanded
    QTest.mouseClick(panel.form.more, Qt.MouseButton.LeftButton)
    again = TrainPanel(services, theme)
    qtbot.addWidget(again)
    assert again.form.expanded


# -- what cannot be -----------------------------------------------------------------------------------


def test_too_large_a_k_is_explained_at_the_field_and_blocks_train(panel: TrainPanel) -> None:
    enter(panel, "k", "65")
    sentence = "k is 65 but there are only 64 latents: lower k or add latents."
    assert messages(panel) == [sentence]
    assert panel.form.fields["k"].editor.property("problem") is True
    assert not panel.starting.ready
    assert enabled(panel) == set()
    assert sentence in panel.buttons["train"].toolTip()
    assert sentence in panel.buttons["train"].accessibleDescription()
    enter(panel, "n_latents", "65")
    assert messages(panel) == []
    assert panel.form.fields["k"].editor.property("problem") is False
    assert panel.starting.ready
    assert enabled(panel) == {"train", "step", "step-epoch"}
    assert "65" not in panel.buttons["train"].toolTip()


def test_what_was_refused_is_no_longer_said_when_other_settings_are_chosen(panel: TrainPanel) -> None:
    """Also where the field that refused it has the same value in them."""
    drafts = panel.services.drafts

    def preset(name: str) -> None:
        panel.presets.activated.emit(panel.presets.findData(name))

    preset("modern")
    for choose in (
        lambda: preset("modern"),
        lambda: preset("seed-tiny"),
        panel.services.undo.undo,
        panel.services.undo.redo,
        lambda: drafts.replace({**panel.state.draft, "epochs": 3}, "settings of a file"),
        lambda: drafts.replace(panel.state.draft, "the same settings of a file"),
    ):
        enter(panel, "lr", "7")
        [sentence] = messages(panel)
        assert sentence.startswith("7 is out of bounds")
        choose()
        assert messages(panel) == []


def test_what_is_refused_last_is_what_is_said(panel: TrainPanel) -> None:
    """Also beside a field, in the same row, that refused something before it."""
    for name, text in (("n_latents", "0"), ("k", "1.5"), ("batch_size", "0"), ("lr", "7"), ("seed", "-1")):
        enter(panel, name, text)
        [sentence] = messages(panel)
        title = panel.form.fields[name].parameter.title
        assert text in sentence.split(" ")[0] and f" {title} stays " in sentence, sentence


def test_train_takes_what_is_being_typed(panel: TrainPanel) -> None:
    enter(panel, "k", "100", finish=False)
    # Where a click leaves the focus alone, as on a Mac, clicked() is all that arrives.
    panel.buttons["train"].click()
    assert panel.state.draft["k"] == 100
    assert panel.state.phase == "idle"
    assert len(messages(panel)) == 1


# -- the run that is open -----------------------------------------------------------------------------


def test_fields_that_differ_from_the_run_are_marked(panel: TrainPanel, own_home: Any) -> None:
    run = a_run(RunConfig(n_latents=32), own_home)
    panel.state.set_run(run, None, History())
    assert {name for name, field in panel.form.fields.items() if field.label.differs} == {"n_latents"}
    assert panel.hint.full == "differs from the run: Latents"
    assert panel.hint.toolTip() == "Latents: 64, the run has 32"
    enter(panel, "n_latents", "32")
    assert not any(field.label.differs for field in panel.form.fields.values())
    assert panel.hint.full == ""


def test_space_after_a_click_never_presses_another_button_than_pause_and_train(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    draft(panel, epochs=2000)
    press("train")
    for phase in ("training", "paused", "training"):
        qtbot.waitUntil(lambda phase=phase: panel.state.phase == phase, timeout=20_000)
        focused = panel.buttons["train" if phase == "paused" else "pause"]
        assert focused.hasFocus()
        QTest.keyClick(focused, Qt.Key.Key_Space)
    press("stop")
    qtbot.waitUntil(lambda: panel.state.phase == "idle", timeout=20_000)
    # Where the focus was on Stop, it is Train's now: there is nothing to stop.
    assert not panel.buttons["stop"].hasFocus()


def test_the_focus_stays_with_pause_and_train_while_another_window_has_the_keyboard(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    draft(panel, epochs=2000)
    press("train")
    qtbot.waitUntil(lambda: panel.state.phase == "training", timeout=20_000)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    panel.services.training.stop()
    qtbot.waitUntil(lambda: panel.state.phase == "idle", timeout=20_000)
    assert panel.focusWidget() is panel.buttons["train"]


# -- a real training ----------------------------------------------------------------------------------


def test_a_training_from_start_to_end_with_the_buttons(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    state = panel.state
    draft(panel, epochs=100)
    assert panel.buttons["train"].text() == "Train"
    press("train")
    assert state.phase == "preparing"
    assert enabled(panel) == {"stop"}
    qtbot.waitUntil(lambda: state.phase == "training", timeout=60_000)
    assert enabled(panel) == {"pause", "stop"}
    press("pause")
    qtbot.waitUntil(lambda: state.phase == "paused")
    assert enabled(panel) == {"train", "step", "step-epoch", "stop"}
    assert panel.buttons["train"].text() == "Resume"

    def step() -> int:
        assert state.last_step is not None
        return state.last_step.step

    before = step() if state.last_step is not None else 0
    press("step")
    qtbot.waitUntil(lambda: state.phase == "paused" and state.last_step is not None and step() > before)
    assert step() == before + 1

    press("step-epoch")
    qtbot.waitUntil(lambda: state.phase == "paused" and step() > before + 1)
    assert state.last_step is not None
    assert state.last_step.epoch == int(state.last_step.epoch)
    assert step() - (before + 1) <= 7

    press("train")
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=60_000)
    assert state.run is not None
    assert state.run.status == "finished"
    assert state.run.epoch == 100
    assert panel.buttons["train"].text() == "Train"
    assert enabled(panel) == {"train", "step", "step-epoch"}


def test_step_starts_a_training_and_stop_ends_it(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    state = panel.state
    draft(panel)
    press("step")
    qtbot.waitUntil(lambda: state.phase == "paused", timeout=60_000)
    assert state.last_step is not None
    assert state.last_step.step == 1
    press("stop")
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=60_000)
    assert state.run is not None
    assert (state.run.status, state.run.step) == ("stopped", 1)


def test_a_kind_without_live_fields_promises_no_dots(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    draft(panel, arch="kmeans", epochs=10_000)
    press("train")
    qtbot.waitUntil(lambda: panel.state.busy, timeout=60_000)
    assert not panel.hint.live
    assert "dot" not in panel.hint.full
    press("stop")
    qtbot.waitUntil(lambda: not panel.state.busy, timeout=60_000)


def test_live_fields_reach_the_training_and_others_wait(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    state = panel.state
    draft(panel, epochs=10_000)
    press("step")
    qtbot.waitUntil(lambda: state.phase == "paused", timeout=60_000)
    assert panel.hint.full == "fields with a dot take effect at once"
    assert panel.hint.live
    # In a window of 1280 px it is read to its end.
    panel.resize(286, 400)
    QApplication.processEvents()
    assert panel.hint.text() == panel.hint.full
    assert panel.formula.font().family() == panel.font().family()
    press("train")
    qtbot.waitUntil(lambda: state.last_step is not None and state.last_step.step > 20)
    enter(panel, "lr", "2e-3")
    enter(panel, "k", "3")
    assert state.phase == "training"
    assert panel.services.training.config == RunConfig(**{**SMALL, "epochs": 10_000, "lr": 2e-3, "k": 3})
    qtbot.waitUntil(lambda: state.last_step is not None and state.last_step.l0 <= 3)
    assert not any(field.label.differs for field in panel.form.fields.values())

    enter(panel, "n_latents", "48")
    label = panel.form.fields["n_latents"].label
    assert label.restarts
    assert not panel.form.fields["lr"].label.restarts
    assert panel.hint.full == "↻ in the next training: Latents"
    # Possible for the next training, impossible for the one that runs.
    enter(panel, "k", "30")
    assert panel.services.training.config is not None
    assert panel.services.training.config.k == 3
    [sentence] = messages(panel)
    assert sentence.startswith("The running training cannot use this value and keeps 3")
    assert panel.form.fields["k"].label.differs

    press("stop")
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=60_000)
    assert state.run is not None
    saved = open_run(state.run.path).config
    assert (saved.lr, saved.k, saved.n_latents) == (2e-3, 3, 24)


def test_a_preset_leaves_the_training_that_runs_alone(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    draft(panel)
    press("step")
    qtbot.waitUntil(lambda: panel.state.phase == "paused", timeout=60_000)
    before = panel.services.training.config
    panel.state.set_draft(PRESETS["modern"].config)
    assert panel.services.training.config == before
    assert panel.form.fields["lr"].label.differs
    assert panel.form.fields["tied_init"].label.restarts


def test_an_interrupted_run_is_resumed_by_the_same_button(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot, stopped_run: Path
) -> None:
    state = panel.state
    assert panel.services.library.open(stopped_run) and state.run is not None
    button = panel.buttons["train"]
    assert button.text() == panel.starting.verb == "Resume"
    assert "this run, which was interrupted" in button.accessibleDescription()
    assert panel.hint.full == "Resume: epoch 1.5 of 3"
    # A live parameter may be another from now on, another seed is another training.
    enter(panel, "k", "1")
    assert button.text() == "Resume"
    assert panel.hint.full == "Resume: epoch 1.5 of 3 · new k"
    enter(panel, "k", str(state.run.config.k))
    enter(panel, "seed", "5")
    assert button.text() == "Train"
    enter(panel, "seed", "0")
    assert button.text() == "Resume"
    press("train")
    qtbot.waitUntil(lambda: state.phase == "idle", timeout=60_000)
    assert state.run is not None
    assert (state.run.path, state.run.status, state.run.epoch) == (stopped_run, "finished", 3)
    assert button.text() == "Train"


def test_what_continues_by_itself_has_words_that_fit(
    panel: TrainPanel, press: Callable[[str], None], qtbot: QtBot
) -> None:
    draft(panel, epochs=10_000)
    panel.resize(280, 400)
    button = panel.buttons["train"]
    assert not button.icon().isNull()
    press("train")
    for phase in ("preparing", "training"):
        qtbot.waitUntil(lambda phase=phase: panel.state.phase == phase, timeout=60_000)  # type: ignore[misc]
        assert button.icon().isNull()
        assert button.fontMetrics().horizontalAdvance(button.text()) < button.width() - 8
    press("stop")
    qtbot.waitUntil(lambda: panel.state.phase == "idle", timeout=60_000)
    assert not button.icon().isNull()


# -- looks --------------------------------------------------------------------------------------------


def test_every_control_has_a_name_a_tooltip_and_can_be_tabbed_to(panel: TrainPanel) -> None:
    editors = [field.editor for field in panel.form.fields.values()]
    for control in (panel.presets, panel.form.more, *panel.buttons.values(), *editors):
        assert control.accessibleName()
        assert control.toolTip(), control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()


def test_there_is_one_primary_button(panel: TrainPanel) -> None:
    primary = [button for button in panel.findChildren(QPushButton) if button.property("primary")]
    assert primary == [panel.buttons["train"]]


def test_names_stand_beside_the_icons_where_there_is_room(panel: TrainPanel) -> None:
    button = panel.buttons["step"]
    assert isinstance(button, QToolButton)
    for width, style in (
        (300, Qt.ToolButtonStyle.ToolButtonIconOnly),
        (640, Qt.ToolButtonStyle.ToolButtonTextBesideIcon),
        (300, Qt.ToolButtonStyle.ToolButtonIconOnly),
    ):
        panel.resize(width, 400)
        QApplication.processEvents()
        assert button.toolButtonStyle() is style
    assert panel.minimumSizeHint().width() <= 300


def test_the_icons_follow_the_theme(panel: TrainPanel, theme: Theme) -> None:
    def light(name: str) -> bool:
        picture = panel.buttons[name].icon().pixmap(20, 20).toImage()
        pixels = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
        strongest = max((picture.pixelColor(x, y) for x, y in pixels), key=lambda color: color.alpha())
        return strongest.lightness() > 128

    for choice, ink_is_light in (("light", False), ("dark", True)):
        theme.choose(choice)  # type: ignore[arg-type]
        assert light("step") is ink_is_light
        # On the accent it is the other way round.
        assert light("train") is not ink_is_light


def test_tab_goes_from_top_to_bottom(panel: TrainPanel, qtbot: QtBot) -> None:
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.presets.setFocus()
    visited = []
    for _ in range(15):
        widget = QApplication.focusWidget()
        assert widget is not None
        visited.append(widget.objectName())
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    fields = [name for row in ROWS for name in row if name in relevant(panel.state.draft)]
    fields.insert(fields.index("dataset") + 1, "data-sets")
    assert visited == ["preset", *fields, "more", "vary", "train", "step"]
