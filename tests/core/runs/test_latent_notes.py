"""Stars and labels in their file: what is written is read again, and nothing of it is ever lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders, latent_notes
from saegui.core.runs.latent_notes import (
    LONGEST_LABEL,
    NAME,
    NOTHING,
    Note,
    change,
    clean_label,
    labelled,
    read,
    title,
)
from saegui.core.runs.run import STARTER_PATH, open_run


def test_what_is_said_of_latents_is_read_again_and_nothing_said_leaves_no_entry(small_run: Path) -> None:
    assert read(small_run, 24) == {}
    assert change(small_run, 24, 7, Note(True, "Schleife ★ 環")) == {7: Note(True, "Schleife ★ 環")}
    change(small_run, 24, 2, Note(False, "bar"))
    assert read(small_run, 24) == {2: Note(False, "bar"), 7: Note(True, "Schleife ★ 環")}
    assert change(small_run, 24, 7, NOTHING) == {2: Note(False, "bar")} == read(small_run, 24)
    assert [entry["latent"] for entry in json.loads((small_run / NAME).read_text("utf-8"))["latents"]] == [2]


def test_another_window_s_stars_stay(small_run: Path) -> None:
    """Each change reads the file first."""
    change(small_run, 24, 1, Note(True))
    change(small_run, 24, 2, Note(True))
    assert set(read(small_run, 24)) == {1, 2}


def test_a_file_that_cannot_be_read_is_left_as_it_is(small_run: Path) -> None:
    (small_run / NAME).write_text("{}", "utf-8")
    for again in (lambda: read(small_run, 24), lambda: change(small_run, 24, 1, Note(True))):
        with pytest.raises(
            RunError, match=r"latents.json cannot be read .* put the file back from a copy, or delete it"
        ):
            again()
    assert (small_run / NAME).read_text("utf-8") == "{}"
    # A latent that the model does not have is no latent of this run.
    (small_run / NAME).unlink()
    change(small_run, 24, 20, Note(True))
    with pytest.raises(RunError, match="a latent is 20, of 16"):
        read(small_run, 16)


def test_those_of_the_starter_run_are_kept_at_home() -> None:
    before = sorted(STARTER_PATH.iterdir())
    change(STARTER_PATH, 64, 3, Note(True, "seven"))
    assert read(STARTER_PATH, 64) == {3: Note(True, "seven")}
    assert sorted(STARTER_PATH.iterdir()) == before and (paths.home() / "starter" / NAME).is_file()


def test_a_run_that_is_gone_gets_no_folder(small_run: Path) -> None:
    change(small_run, 24, 3, Note(True))
    binned = folders.delete(open_run(small_run))
    with pytest.raises(RunError, match="There is no saved run"):
        change(small_run, 24, 4, Note(True))
    assert not small_run.exists()
    folders.restore(binned, small_run)
    assert read(small_run, 24) == {3: Note(True)}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  two\twords\n", "two words"), ("", ""), ("x" * 99, "x" * LONGEST_LABEL), ("a\u202eb\x1b", "a b")],
)
def test_labels_are_one_line_and_not_too_long(typed: str, kept: str, small_run: Path) -> None:
    assert clean_label(typed) == kept == clean_label(kept)
    change(small_run, 24, 0, Note(False, clean_label(typed)))
    assert read(small_run, 24).get(0, NOTHING).label == kept


def test_how_a_latent_is_called() -> None:
    assert [title(12, note) for note in (NOTHING, Note(True), Note(False, "loop"), Note(True, "loop"))] == [
        "#12",
        "#12 ★",
        "#12 loop",
        "#12 loop ★",
    ]


def test_the_path_is_in_the_run_s_folder(small_run: Path) -> None:
    assert latent_notes.folder_of(small_run) == small_run


def test_a_latent_is_found_by_its_label_or_a_part_of_it() -> None:
    notes = {7: Note(False, "a loop below"), 9: Note(True, "Loop"), 3: Note(True, "")}
    assert [labelled(notes, text) for text in ("loop", "BELOW", " ", "zebra")] == [9, 7, None, None]
