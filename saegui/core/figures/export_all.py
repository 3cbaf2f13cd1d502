"""Many figures of a run at once, in one folder: all of them are there in the end, or none."""

from __future__ import annotations

import errno
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from saegui.core.errors import ExportError
from saegui.core.figures.base import Cell, Subject, Table
from saegui.core.figures.export import check_ending, contents, csv_bytes
from saegui.core.figures.registry import KINDS, draw, missing
from saegui.core.files import paths, refusals
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.run import Run

LARGE = 1_000_000
"""Bytes from which on a table is written only where that was asked for."""
_MB = 1_000_000
CELL = 9
"""Bytes of a cell, on average, where most cells are measured numbers that are no weights."""
_SAMPLE = 1000
"""Weights of the encoder, and as many of the decoder, whose length stands for that of all."""
PAGE = "summary"
"""The kind that is a page to be read: a PDF, whichever format was chosen for the others."""


class Exported(NamedTuple):
    """What was written, and what was not."""

    files: list[Path]
    large: dict[str, int]
    """Tables that were left out for their size, by kind: about how many bytes each has."""
    refused: dict[str, str]
    """Kinds that cannot be drawn as was asked, and why: a sentence each."""

    def notes(self) -> list[str]:
        """What was left out, in words."""
        said = list(self.refused.values())
        if self.large:
            names = ", ".join(f"{kind} ({size_text(size)})" for kind, size in self.large.items())
            said.append(f"Tables of more than {size_text(LARGE)} were left out: {names}.")
        return said


def file_stem(run: Run | None) -> str:
    """How the names of files of ``run`` begin: the name of its folder."""
    return (run.path.name if run is not None else "") or "model"


def size_text(count: int) -> str:
    """``44 MB``."""
    if count < _MB:
        return f"{max(1, round(count / 1000)):,} kB"
    return f"{count / _MB:.2g} MB" if count < 10 * _MB else f"{round(count / _MB):,} MB"


def large_tables(kinds: Collection[str], subject: Subject) -> dict[str, int]:
    """Those of ``kinds`` whose tables are too large to be written unasked: about how many bytes each has. Nothing is drawn."""
    cells = {name: count for name in kinds if (count := KINDS[name].cells(subject))}
    weight = _weight_bytes(subject.snapshot) if any(KINDS[name].of_weights for name in cells) else CELL
    sizes = {
        name: round(count * (weight if KINDS[name].of_weights else CELL)) for name, count in cells.items()
    }
    return {name: size for name, size in sizes.items() if size > LARGE}


def _weight_bytes(model: Snapshot) -> float:
    """Bytes of a cell that is a weight, with its comma: few where many weights are zero."""
    random = np.random.default_rng(0)
    sample: list[list[Cell]] = [
        weights.flat[random.integers(weights.size, size=_SAMPLE)].tolist()
        for weights in (model.W_enc, model.W_dec)
    ]
    return csv_bytes(Table((), sample)) / (2 * _SAMPLE)


def save_all(
    subject: Subject,
    folder: Path | str,
    fmt: str = "png",
    *,
    kinds: Collection[str] | None = None,
    large: bool = False,
    progress: Progress = UNWATCHED,
) -> Exported:
    """Write every figure that ``subject`` allows, or those of ``kinds``, as ``folder/RUN-KIND.fmt``, with its numbers beside it.

    The summary of a run is a PDF in any case. Tables larger than :data:`LARGE` are written only with ``large``. Files appear
    in ``folder`` when all are written, and replace those of the same name. ``progress`` counts figures, before each and once
    at the end. Ask :func:`saegui.core.figures.missing` why a kind was left out, or pass a
    :func:`saegui.core.figures.completed` subject.

    Raises:
        ExportError: for an unknown format or kind, a folder that cannot be written, or where no figure can be drawn.
        Cancelled: ``progress`` gave the work up; nothing is left of it.
    """
    folder = Path(folder)
    check_ending(Path(f"figure.{fmt}"))
    lacking = {name: missing(name, subject) for name in (KINDS if kinds is None else kinds)}
    chosen = [name for name, why in lacking.items() if why is None]
    # Of all that there are, some cannot be drawn of most runs; what was asked for by name is answered.
    refused = {name: why for name, why in lacking.items() if why is not None and kinds is not None}
    try:
        made = paths.make_folders(folder)
        try:
            with paths.staging(folder) as staged:
                found = _written(subject, staged, fmt, chosen, large, progress)
                found.refused.update(refused)
                if not found.files:
                    raise ExportError(next(iter(found.refused.values()), "No figure was chosen."))
                found = found._replace(files=_in_place(found.files, folder))
        except BaseException:
            paths.remove_empty(made)
            raise
    except OSError as error:
        raise ExportError(refusals.unwritable(folder, error)) from error
    progress.report(len(chosen), len(chosen))
    return found


def _written(
    subject: Subject, staged: Path, fmt: str, kinds: list[str], large: bool, progress: Progress
) -> Exported:
    found, stem = Exported([], {}, {}), file_stem(subject.run)
    for done, name in enumerate(kinds):
        progress.report(done, len(kinds), KINDS[name].title)
        try:
            drawn = draw(name, subject)
        except ExportError as error:
            # Too narrow for this one.
            found.refused[name] = str(error)
            continue
        if not large and (size := csv_bytes(drawn.table)) > LARGE:
            found.large[name] = size
        path = staged / f"{stem}-{name}.{'pdf' if name == PAGE else fmt}"
        for target, content in contents(drawn, path, table=name not in found.large).items():
            paths.write_bytes(target, content)
            found.files.append(target)
    return found


def _in_place(files: list[Path], folder: Path) -> list[Path]:
    """Move ``files`` into ``folder``."""
    targets = [folder / file.name for file in files]
    for target in targets:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{target.name} is a folder")
    for file, target in zip(files, targets, strict=True):
        file.replace(target)
    return targets
