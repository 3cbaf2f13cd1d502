"""Finding the four IDX files of a data set in a folder of the user's, or saying what the folder holds instead."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from saegui.core.data import idx, idx_identity, lookalikes
from saegui.core.data.idx_set import TRAIN_LABELS, IdxSet
from saegui.core.errors import DataError
from saegui.core.files import paths


def locate(folder: Path, wanted: IdxSet, sets: Sequence[IdxSet]) -> list[list[Path]] | Path:
    """Of each of the four files the copies in or below ``folder``, or the archive that holds them.

    The first place that has all four wins. ``sets`` are the data sets that the folder may hold instead.

    Raises:
        DataError: they are not there; says what is, and what to do.
    """
    try:
        if not folder.exists():
            raise DataError(f"The data folder {folder} does not exist; {wanted.remedy}")
        if not folder.is_dir():
            raise DataError(f"{folder} is a file, not a folder; {wanted.remedy}")
        found = [(folder / below, files_in(folder / below, wanted)) for below in wanted.places]
        for _, files in found:
            if all(files.values()):
                return list(files.values())
        if wanted.archive:
            for place, _ in found:
                if (place / wanted.archive).is_file():
                    return place / wanted.archive
        for place, files in found:
            if any(files.values()):
                raise DataError(_partial(place, files, wanted))
        instead = _instead(folder, wanted, sets)
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror or error}); {wanted.remedy}") from error
    raise DataError(f"{folder} holds no {wanted.info.title} files{instead}{wanted.remedy}")


def files_in(folder: Path, wanted: IdxSet) -> dict[str, list[Path]]:
    """For each of the four files those in ``folder`` that hold it, unpacked before packed."""
    return {name: [path for path in _spellings(folder, name) if path.is_file()] for name in wanted.files}


def _instead(folder: Path, wanted: IdxSet, sets: Sequence[IdxSet]) -> str:
    """What the folder holds instead, for the middle of a sentence before what to do."""
    here: dict[tuple[Path, ...], list[IdxSet]] = {}
    for other in sets:
        if other is not wanted and (files := _only_theirs(folder, other, wanted)):
            here.setdefault(files, []).append(other)
    if others := [told_apart(files, alike) for files, alike in here.items()]:
        titles = " and ".join(each.info.title for each in others)
        names = " or ".join(each.info.name for each in others)
        return f", but those of {titles}; choose the data set {names} to use them, or "
    if seen := lookalikes.look(folder):
        return f", but those of {seen.title} ({seen.path.relative_to(folder)}), {seen.why}; "
    return "; "


def _only_theirs(folder: Path, other: IdxSet, wanted: IdxSet) -> tuple[Path, ...]:
    """The files of ``other`` where they would not be taken for those of ``wanted``; empty where they are not all there."""
    for below in other.places:
        if other.files != wanted.files or below not in wanted.places:
            files = list(files_in(folder / below, other).values())
            if all(files):
                return tuple(copies[0] for copies in files)
    return ()


def told_apart(files: Sequence[Path], alike: list[IdxSet]) -> IdxSet:
    """Which of ``alike``, which have the same names, the ``files`` are; the first where their bytes do not show it."""
    if len(alike) == 1:
        return alike[0]
    try:
        arrays = [idx.read(path, type) for path, type in zip(files, alike[0].types, strict=True)]
    except DataError:
        return alike[0]
    read = idx_identity.Files(arrays, [files[TRAIN_LABELS]])
    return next((each for each in alike if idx_identity.is_published(each, read)), alike[0])


def _partial(folder: Path, files: dict[str, list[Path]], wanted: IdxSet) -> str:
    missing = [name for name, copies in files.items() if not copies]
    # Something has the name: that is what has to be looked at.
    for name in missing:
        if os.path.lexists(path := folder / name) and (kind := paths.unreadable_kind(path)):
            return f"{path} is {kind}; bring the file itself, or choose another folder."
    return (
        f"{folder} holds only a part of {wanted.info.title}; add {', '.join(missing)} (each as it is or .gz), "
        "or choose another folder."
    )


def _spellings(folder: Path, name: str) -> Iterator[Path]:
    """Where ``name`` may be: some programs unpack it to a dotted name, others into a folder of the same name."""
    names = (name, name.replace("-idx", ".idx"))
    for end in ("", ".gz"):
        for place in (folder, *(folder / each for each in names)):
            yield from (place / f"{each}{end}" for each in names)
