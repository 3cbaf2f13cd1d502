"""Stars and labels of the current run: said, undone, and there again whatever happens to the run."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.data import Dataset
from saegui.core.figures import draw
from saegui.core.figures.subject_of_run import subject_of
from saegui.core.runs.latent_notes import NAME, NOTHING, Note, read
from saegui.core.runs.run import STARTER_PATH, open_run
from saegui.core.training.session import Session


def test_stars_and_labels_are_steps_of_the_one_undo_and_belong_to_their_run(
    services: Services, small_run: Path, stopped_run: Path
) -> None:
    notes, undo = services.notes, services.undo
    assert not notes.possible
    notes.toggle_star(1)
    assert undo.count() == 0, "there is no run that it could be kept with"
    services.library.open(small_run)
    notes.toggle_star(3)
    notes.set_label(3, " lower  loop ")
    notes.set_label(3, "lower loop")
    assert notes.of(3) == Note(True, "lower loop") and notes.title(3) == "#3 lower loop ★"
    assert undo.count() == 2 and undo.undoText() == "label of latent #3"
    services.library.open(stopped_run)
    assert notes.all == {}
    notes.toggle_star(3)
    services.library.open(small_run)
    assert notes.of(3) == Note(True, "lower loop")
    # Undone in the order in which they were made, whichever run is shown.
    undo.undo()
    assert read(stopped_run, 16) == {} and notes.of(3) == Note(True, "lower loop")
    undo.undo()
    assert notes.of(3) == Note(True) == read(small_run, 24)[3]
    undo.undo()
    assert notes.of(3) == NOTHING and read(small_run, 24) == {}
    undo.redo()
    undo.redo()
    assert notes.of(3) == Note(True, "lower loop") == read(small_run, 24)[3]


def test_a_damaged_file_is_reported_and_nothing_is_written_over_it(
    services: Services, qtbot: QtBot, small_run: Path
) -> None:
    (small_run / NAME).write_text("[]", "utf-8")
    with qtbot.waitSignal(services.state.notice) as told:
        services.library.open(small_run)
    assert told.args[0] == "bad" and NAME in told.args[1] and services.notes.all == {}
    with qtbot.waitSignal(services.state.notice) as told:
        services.notes.toggle_star(1)
    assert told.args[0] == "bad" and services.undo.count() == 0 and not services.notes.of(1)
    assert (small_run / NAME).read_text("utf-8") == "[]"


def test_the_starter_run_s_latents_can_have_stars(services: Services) -> None:
    services.library.open(STARTER_PATH)
    services.notes.toggle_star(5)
    services.library.open(STARTER_PATH)
    assert services.notes.of(5).starred


def test_they_survive_a_training_that_is_resumed(
    services: Services, qtbot: QtBot, stopped_run: Path, digits: Dataset
) -> None:
    services.library.open(stopped_run)
    services.notes.set_label(4, "kept")
    before = open_run(stopped_run).step
    session = Session.resume(open_run(stopped_run), digits)
    while not session.done:
        session.advance()
    session.close()
    assert open_run(stopped_run).step > before
    assert read(stopped_run, 16) == {4: Note(False, "kept")}


def test_they_are_in_the_csv_of_latents_from_the_window_and_from_the_command_line_alike(
    services: Services, small_run: Path
) -> None:
    services.library.open(small_run)
    services.notes.toggle_star(3)
    services.notes.set_label(9, "bar, low")
    shown = services.exporter.subject()
    assert shown is not None
    for kind in ("decoder-grid", "encoder-grid"):
        for subject in (shown, subject_of(open_run(small_run), [kind])):
            table = draw(kind, subject).table
            latent, star, label = (table.header.index(name) for name in ("latent", "star", "label"))
            said = {row[latent]: (row[star], row[label]) for row in table.rows}
            assert said[3] == (1, "") and said[9] == (0, "bar, low") and said[0] == (0, "")
