"""Stars and labels that people give latents: kept in one small file beside the run's own, which no training touches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from saegui.core.errors import RunError, reason
from saegui.core.files import locks, paths
from saegui.core.numbers import latent_name
from saegui.core.runs.run import STARTER_NAME, STARTER_PATH, is_run, printable, unwritable

NAME = "latents.json"
LONGEST_LABEL = 60
"""Characters of a label: more fit on no tile."""
_FORMAT = "saegui latents"
VERSION = 1


@dataclass(frozen=True)
class Note:
    """What somebody has said of one latent."""

    starred: bool = False
    label: str = ""

    def __bool__(self) -> bool:
        return self.starred or bool(self.label)


NOTHING = Note()
Notes = Mapping[int, Note]
"""By latent; those of which nothing was said are not in it."""


def title(latent: int, note: Note) -> str:
    """How a latent is called where there is room for its label: ``#12 lower loop ★``."""
    return " ".join(part for part in (latent_name(latent), note.label, "★" if note.starred else "") if part)


def clean_label(text: str) -> str:
    """``text`` on one line and not longer than :data:`LONGEST_LABEL`."""
    return printable(text)[:LONGEST_LABEL].strip()


def folder_of(run: Path) -> Path:
    """Where the file of the run in the folder ``run`` is: in it, but that of the starter run, which is the program's, at home."""
    return paths.home() / STARTER_NAME if run == STARTER_PATH else run


def read(run: Path, n_latents: int) -> dict[int, Note]:
    """The stars and labels of the run in the folder ``run``, which has so many latents; none where there is no file.

    Raises:
        RunError: the file is damaged, or of a newer saegui; it names the file and what to do.
    """
    file = folder_of(run) / NAME
    try:
        found = json.loads(paths.read_text(file))
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise ValueError("it is no list of latents")
        if not isinstance(found["version"], int) or found["version"] > VERSION:
            raise ValueError(f"it is of version {found['version']!r}, and this saegui knows {VERSION}")
        entries = found["latents"]
        if not isinstance(entries, list):
            raise ValueError(f"latents is {entries!r:.40}")
        notes: dict[int, Note] = {}
        for entry in entries:
            latent, note = _entry(entry, n_latents)
            if latent in notes:
                raise ValueError(f"latent {latent} is there twice")
            notes[latent] = note
        return notes
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RunError(
            f"The stars and labels in {file} cannot be read ({reason(error)}); put the file back from a copy, or delete it. "
            "Until then nothing is written to it."
        ) from error


def _entry(entry: object, n_latents: int) -> tuple[int, Note]:
    if not isinstance(entry, dict):
        raise ValueError(f"an entry is {entry!r:.40}")
    latent, starred, label = entry["latent"], entry["star"], entry["label"]
    if isinstance(latent, bool) or not isinstance(latent, int) or not 0 <= latent < n_latents:
        raise ValueError(f"a latent is {latent!r:.40}, of {n_latents:,}")
    if not isinstance(starred, bool) or not isinstance(label, str) or label != clean_label(label):
        raise ValueError(f"of latent {latent}, star is {starred!r:.40} and label is {label!r:.80}")
    return latent, Note(starred, label)


def change(run: Path, n_latents: int, latent: int, note: Note) -> dict[int, Note]:
    """Say ``note`` of a latent instead of what was said before; returns the stars and labels of all latents.

    What another window has written meanwhile stays.

    Raises:
        RunError: there is no run any more, or the file cannot be read or written.
    """
    if not is_run(run):
        raise RunError(f"There is no saved run at {run}, so nothing can be kept with it.")
    folder = folder_of(run)
    with locks.changing(folder):
        notes = read(run, n_latents)
        notes.pop(latent, None)
        if note:
            notes[latent] = note
        notes = dict(sorted(notes.items()))
        entries = [
            {"latent": each, "star": said.starred, "label": said.label} for each, said in notes.items()
        ]
        content = {"format": _FORMAT, "version": VERSION, "latents": entries}
        try:
            paths.write_text(folder / NAME, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            raise unwritable(folder, error) from error
    return notes


def labelled(notes: Notes, text: str) -> int | None:
    """The latent whose label is ``text``, else the first in whose label it is, in small or capital letters; None for none."""
    sought = clean_label(text).casefold()
    labels = {latent: note.label.casefold() for latent, note in sorted(notes.items())}
    whole = (latent for latent, label in labels.items() if label == sought)
    parts = (latent for latent, label in labels.items() if sought in label)
    return next(chain(whole, parts), None) if sought else None
