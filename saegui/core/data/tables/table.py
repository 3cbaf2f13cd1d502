"""What every format of arrays gives: named columns of one length or several, read in blocks of rows, or mapped."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.errors import DataError
from saegui.core.progress import Progress

Block = dict[str, NDArray[Any]]
"""The same rows of several columns, by name."""

BLOCK_BYTES = 1 << 24
"""Of the rows that are read at once."""

TEXT, BFLOAT16, E4M3, E5M2, OTHER = "text", "bfloat16", "float8_e4m3fn", "float8_e5m2", "other"
"""Types that numpy has no name for; :data:`OTHER` is neither numbers nor texts, and is not read."""
UNNAMED = {"V1": (E4M3, E5M2), "V2": (BFLOAT16,)}
"""What numpy writes for types that it does not know, and what they may be."""


class Column(NamedTuple):
    """One named array."""

    name: str
    shape: tuple[int, ...]
    """``(N, …)``."""
    dtype: str
    """numpy's name, :data:`TEXT`, one of the short floating-point types, or ``V1`` and ``V2`` where it is not known which."""

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers, also where it has yet to be said which."""
        return self.dtype not in (TEXT, OTHER)

    @property
    def is_text(self) -> bool:
        """Whether it holds a text for each row."""
        return self.dtype == TEXT and len(self.shape) == 1


class Table(ABC):
    """An open file or folder. What reads it may raise :class:`DataError`, with the file's name and a remedy."""

    kind = ""
    """In a few words, such as ``a NumPy array``."""

    def __init__(self, path: Path, columns: Sequence[Column], notes: Sequence[str] = ()) -> None:
        """``notes`` are sentences that the user should know.

        Raises:
            DataError: two columns have one name.
        """
        self.path = path
        self.columns = {column.name: column for column in columns}
        self.notes = tuple(notes)
        if len(self.columns) < len(columns):
            names = [column.name for column in columns]
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(f"{path} has two columns named '{twice}'; give each a name of its own.")

    named_columns = False
    """Whether single numbers have names, as in tables, so that a row is made of several columns."""
    positions = False
    """Whether rows are prompts of several positions, each with a vector, as in cached activations."""

    @abstractmethod
    def blocks(self, names: Sequence[str], progress: Progress) -> Iterator[Block]:
        """The rows of the columns ``names``, which have one length, from the first to the last; short floating-point types
        come as float32, those without a name as they are.

        Raises:
            Cancelled: ``progress`` gave the work up.
        """

    def mapped(self, name: str) -> NDArray[Any] | None:
        """The column as it lies on the disk, read-only; None where the format does not allow it."""
        return None


class ArraysTable(Table):
    """Of arrays that numpy can slice."""

    def __init__(
        self,
        path: Path,
        arrays: Mapping[str, NDArray[Any]],
        dtypes: Mapping[str, str] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        """``dtypes`` names the types of those arrays that numpy has no name for."""
        self.arrays = arrays
        self.dtypes = dtypes or {}
        super().__init__(
            path,
            [
                Column(name, array.shape, self.dtypes.get(name) or type_name(array.dtype))
                for name, array in arrays.items()
            ],
            notes,
        )

    def blocks(self, names: Sequence[str], progress: Progress) -> Iterator[Block]:
        """As they are sliced."""
        n = self.columns[names[0]].shape[0]
        size = rows_at_once([self.columns[name] for name in names])
        for start in range(0, n, size):
            progress.report(start, n, f"Reading {self.path.name}")
            pieces = {name: self.arrays[name][start : start + size] for name in names}
            yield {name: decoded(piece, self.columns[name].dtype) for name, piece in pieces.items()}
            for piece in pieces.values():
                on_disk.release(piece)
            for name in names:
                # All of it, because in other orders than C's rows lie all over the file.
                on_disk.release(self.arrays[name])
        progress.report(n, n, f"Reading {self.path.name}")

    def mapped(self, name: str) -> NDArray[Any] | None:
        """The array itself, where numpy has a name for its type."""
        return None if name in self.dtypes else self.arrays[name]


def type_name(dtype: np.dtype[Any]) -> str:
    """What a column calls it."""
    if dtype.kind in "US":
        return TEXT
    if dtype.kind == "V" and dtype.names is None and dtype.subdtype is None and dtype.str[1:] in UNNAMED:
        return dtype.str[1:]
    return dtype.newbyteorder("=").name if dtype.kind in "biuf" else OTHER


def rows_at_once(columns: Sequence[Column]) -> int:
    """How many rows of ``columns`` have about :data:`BLOCK_BYTES`."""
    sizes = (math.prod(column.shape[1:]) * (8 if column.is_number else 64) for column in columns)
    return max(1, BLOCK_BYTES // max(1, sum(sizes)))


def decoded(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """Numbers of a type that numpy has no name for as float32; others as they are.

    bfloat16 is the upper half of a float32. The two float8 are those of P. Micikevicius et al. (2022), FP8 formats for deep
    learning, as torch reads them.
    """
    if dtype == BFLOAT16:
        halves = np.ascontiguousarray(values).view(np.uint16).astype(np.uint32)
        found: NDArray[Any] = (halves << 16).view(np.float32)
        return found
    if dtype in (E4M3, E5M2):
        import torch

        each = torch.arange(256, dtype=torch.uint8).view(getattr(torch, dtype)).float().numpy()
        return np.asarray(each)[np.ascontiguousarray(values).view(np.uint8)]
    return values
