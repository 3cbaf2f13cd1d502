"""A reader of made-up files, ``*.squares``, that a test adds to the program for as long as it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from saegui.core.data import registry
from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.data.options import Option, Options
from saegui.core.data.source import Description, Preview, Source
from saegui.core.errors import DataError
from saegui.core.progress import Progress

SIDE = Option("side", "Side", "Of a square.", 4, low=2, high=16)
INK = Option("ink", "Ink", "What is ink.", "dark", choices=("dark", "bright"))


def _load(folder: Path | None, options: Options, progress: Progress) -> Found:
    assert folder is not None
    if not folder.exists():
        raise DataError(f"{folder} is gone; choose another file.")
    side = int(options["side"])
    rows = np.random.default_rng(0).integers(0, 256, (40, side, side), np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 3
    return Found(Arrays(rows[:30], labels[:30], rows[30:], labels[30:]), folder.stem, classes=("a", "b", "c"))


def _inspect(path: Path, progress: Progress) -> Description:
    if path.read_bytes() == b"broken":
        raise DataError(f"{path} is broken; choose another file.")
    preview = np.zeros((3, 4, 4), np.uint8)
    facts = (("rows", "40"), ("shape", "4×4"))
    return Description(
        "a file of squares", facts, (SIDE, INK), ("ink",), preview, ("Its corners are round.",)
    )


def _preview(folder: Path | None, options: Options, progress: Progress) -> Preview:
    side = int(options["side"])
    if side == 13:
        raise DataError("No square has a side of 13; choose another side.")
    return Preview(
        np.full((5, side, side), 9, np.uint8), (("shape", f"{side}×{side}"), ("one input", "a square"))
    )


READER = Source(
    DatasetInfo("squares", "Squares", "Squares from a file.", (4, 4), 0, 0),
    _load,
    available=lambda folder: folder is not None and folder.exists(),
    folder="files of squares",
    needs_folder=True,
    options=(SIDE, INK),
    sniff=lambda path: path.suffix == ".squares",
    inspect=_inspect,
    preview=_preview,
)


@contextmanager
def reading() -> Iterator[None]:
    """The program reads ``*.squares`` until the context ends; what was added of them then goes, too."""
    before = set(registry.SOURCES)
    others = dict(registry.READERS)
    registry.READERS.clear()
    # Asked first: to others its bytes look like a text.
    registry.READERS.update(squares=READER, **others)
    try:
        yield
    finally:
        del registry.READERS["squares"]
        for name in set(registry.SOURCES) - before:
            registry.forget(name)
