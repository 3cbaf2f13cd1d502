"""One order of undo for everything that is done in the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from shiboken6 import delete

from saegui.app.services import Services
from saegui.app.undo import Step, Undo
from saegui.core.runs.run import open_run


def test_a_step_that_cannot_be_undone_or_repeated_is_dropped(services: Services) -> None:
    undo = Undo(services)
    undo.add(Step("fall", lambda: False, lambda: True))
    undo.undo()
    assert undo.count() == 0
    undo.add(Step("rise", lambda: True, lambda: False))
    undo.undo()
    undo.redo()
    assert undo.count() == 0


def test_of_a_step_that_is_made_while_the_window_closes_nobody_hears() -> None:
    undo, seen = Undo(), list[int]()
    undo.indexChanged.connect(seen.append)
    undo.add(Step("one", lambda: True, lambda: True))
    undo.end()
    assert seen == [1, 0]
    undo.add(Step("a field is left", lambda: True, lambda: True))
    # Qt says that the steps are gone, when the Python object is gone already.
    delete(undo)
    assert seen == [1, 0]


def test_it_says_which_panel_shows_what_was_undone(services: Services) -> None:
    undo, seen = Undo(services), list[str]()
    undo.went.connect(seen.append)
    undo.add(Step("one", lambda: True, lambda: True, "train"))
    undo.add(Step("two", lambda: True, lambda: True))
    undo.undo()
    undo.undo()
    undo.undo()
    undo.redo()
    assert seen == ["", "train", "train"]


def test_a_deletion_a_rename_and_edits_of_fields_are_undone_in_the_order_in_which_they_were_made(
    services: Services, small_run: Path
) -> None:
    library, undo, state = services.library, services.undo, services.state
    other = Path(shutil.copytree(small_run, small_run.with_name("other")))
    assert services.open_run(small_run)
    library.rename(open_run(other), "another name")
    services.drafts.edit("k", 3)
    services.bin.delete(open_run(small_run))
    services.drafts.edit("arch", "relu_l1")
    before = state.draft
    assert undo.undoText() == "change of Kind"
    undo.undo()
    assert (state.draft["arch"], state.draft["k"]) == ("topk", 3) and not small_run.exists()
    undo.undo()
    assert small_run.exists() and state.is_current(small_run) and state.draft["k"] == 3
    undo.undo()
    assert state.draft["k"] == 4 and open_run(other).name == "another name"
    undo.undo()
    assert open_run(other).name == "small run" and not undo.canUndo()
    while undo.canRedo():
        undo.redo()
    assert open_run(other).name == "another name" and not small_run.exists()
    assert state.draft == before


def test_a_run_that_comes_back_out_of_its_order_is_a_step_of_its_own(
    services: Services, small_run: Path
) -> None:
    services.bin.delete(open_run(small_run))
    services.drafts.edit("k", 3)
    services.bin.restore(small_run)
    assert small_run.exists() and services.undo.undoText() == "restore run"
    services.undo.undo()
    assert not small_run.exists() and services.undo.undoText() == "change of k"
    services.undo.undo()
    services.undo.undo()
    assert small_run.exists() and not services.undo.canUndo()
    # Straight after the deletion, the button and the menu undo it.
    services.undo.redo()
    services.bin.restore()
    assert small_run.exists() and services.undo.canRedo()


def test_a_run_whose_place_was_taken_stays_in_the_bin_and_is_no_step_any_more(
    services: Services, small_run: Path
) -> None:
    services.bin.delete(open_run(small_run))
    small_run.mkdir()
    services.undo.undo()
    assert not services.undo.canUndo() and not services.undo.canRedo()
    small_run.rmdir()
    services.bin.restore()
    assert open_run(small_run).name == "small run"


def test_steps_of_one_field_with_its_arrows_are_one_step(services: Services) -> None:
    drafts, undo, state = services.drafts, services.undo, services.state
    first = state.draft["k"]
    for name, value, stepped in (
        ("k", 11, True),
        ("k", 12, True),
        ("k", 13, True),
        ("seed", 1, True),
        ("k", 14, True),
        ("k", 20, False),
    ):
        drafts.edit(name, value, stepped=stepped)
    values = []
    while undo.canUndo():
        undo.undo()
        values.append((state.draft["k"], state.draft["seed"]))
    assert values == [(14, 1), (13, 1), (13, 0), (first, 0)]
    undo.redo()
    drafts.edit("k", 15, stepped=True)
    undo.undo()
    assert state.draft["k"] == 13


def test_what_was_typed_comes_back_after_a_preset_or_a_run_took_its_place(
    services: Services, small_run: Path
) -> None:
    state, drafts, undo = services.state, services.drafts, services.undo
    drafts.edit("seed", 5)
    mine = state.draft
    drafts.replace({**mine, "k": 7, "seed": 0}, "preset modern")
    undo.undo()
    assert state.draft == mine
    services.open_run(small_run)
    undo.undo()
    drafts.edit("seed", 6)
    services.open_run(small_run)
    assert state.draft["seed"] == 0 and undo.undoText() == "settings of “small run”"
    undo.undo()
    assert state.draft["seed"] == 6 and state.is_current(small_run)
    services.open_run(small_run)
    steps = undo.count()
    services.open_run(small_run)
    assert undo.count() == steps, "nothing was lost"


def test_many_steps_are_bounded(services: Services) -> None:
    for seed in np.arange(1, 700).tolist():
        services.drafts.edit("seed", seed)
    assert services.undo.count() == 500
