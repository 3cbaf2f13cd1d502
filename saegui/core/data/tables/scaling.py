"""How the numbers of a file become inputs, where they are not read as they are.

What :attr:`RunConfig.input` does to all numbers alike while training (the mean removed, one scale for all) is not done here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Images
from saegui.core.errors import DataError

STORED, BYTES, RANGE, COLUMNS = "stored", "bytes", "range", "columns"
TITLES = {
    STORED: "as they are",
    BYTES: "bytes: 0 to 255 become 0 to 1",
    RANGE: "the least becomes 0, the greatest 1",
    COLUMNS: "each column less its mean, divided by its standard deviation",
}
FULL = 255
MODERATE = 10.0
"""Numbers up to here are trained on as they are."""
UNLIKE = 10.0
"""From this ratio of the largest of their standard deviations to the median, columns of a table are in different units."""
FEW_LEVELS = 32
"""Whole numbers up to here, from 0, are pictures of few levels or something else."""

Float = NDArray[np.float64]


class Fractions(Exception):  # noqa: N818 - a way out, not an error
    """Numbers that were taken for whole ones have fractions."""


@dataclass
class Statistics:
    """Of training rows, summed up block by block."""

    n: int = 0
    low: float = np.inf
    high: float = -np.inf
    mean: Float | None = None
    squares: Float | None = None

    def add(self, rows: NDArray[Any]) -> None:
        """Welford's sums, as T. Chan, G. Golub, R. LeVeque (1983) combine those of blocks."""
        if not len(rows):
            return
        flat = rows.reshape(len(rows), -1).astype(np.float64)
        self.low, self.high = min(self.low, float(flat.min())), max(self.high, float(flat.max()))
        # What is too large for that is refused when it is scaled.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = flat.mean(axis=0)
            squares = np.square(flat - mean).sum(axis=0)
        if self.mean is None or self.squares is None:
            self.n, self.mean, self.squares = len(flat), mean, squares
            return
        total, apart = self.n + len(flat), mean - self.mean
        self.squares = self.squares + squares + apart**2 * (self.n * len(flat) / total)
        self.mean = self.mean + apart * (len(flat) / total)
        self.n = total

    @property
    def deviations(self) -> Float:
        """Of each number; 1 where it never changes."""
        assert self.squares is not None
        found: Float = np.sqrt(self.squares / max(1, self.n))
        found[found <= 1e-12 * np.abs(self.mean if self.mean is not None else 0)] = 1.0
        return np.where(found == 0, 1.0, found)


class Scaling(NamedTuple):
    """One of :data:`TITLES`, with what it needs to know of the training rows."""

    kind: str
    dtype: np.dtype[Any]
    """Of the inputs that it makes."""
    statistics: Statistics | None = None

    @property
    def needs_statistics(self) -> bool:
        """Whether the training rows are read before any is scaled."""
        return self.kind in (RANGE, COLUMNS)

    def keeps(self, stored: np.dtype[Any]) -> bool:
        """Whether numbers of this type stay as they are."""
        return self.kind in (STORED, BYTES) and stored == self.dtype and stored.isnative

    def apply(self, rows: NDArray[Any], where: str) -> Images:
        """Inputs of ``rows (n, …)``, which are finite.

        Raises:
            DataError: numbers are out of the range that the scaling is for.
            Fractions: they are not whole, but bytes are wanted.
        """
        if self.kind == BYTES:
            low, high = rows.min(), rows.max()
            if low < 0 or high > FULL:
                raise DataError(
                    f"{where} holds {float(low if low < 0 else high):g}, but bytes are from 0 to 255; "
                    "choose another value of the option scale."
                )
            if self.dtype == np.uint8:
                if rows.dtype.kind == "f" and np.any(rows != np.rint(rows)):
                    raise Fractions
                return rows.astype(np.uint8)
            return (rows.astype(np.float64) / FULL).astype(np.float32)
        if self.kind == STORED:
            return self._float(rows, where)
        assert self.statistics is not None and self.statistics.mean is not None
        numbers = rows.astype(np.float64)
        if self.kind == RANGE:
            span = self.statistics.high - self.statistics.low or 1.0
            return self._float((numbers - self.statistics.low) / span, where)
        shape = (1, *rows.shape[1:])
        if not np.isfinite(self.statistics.deviations).all():
            raise DataError(
                f"{where} holds numbers up to {self.statistics.high:g}, which are too large; save smaller numbers."
            )
        mean, deviations = self.statistics.mean.reshape(shape), self.statistics.deviations.reshape(shape)
        return self._float((numbers - mean) / deviations, where)

    def _float(self, numbers: NDArray[Any], where: str) -> Images:
        with np.errstate(over="ignore"):
            found: Images = numbers.astype(self.dtype)
        if not np.isfinite(found).all():
            worst = float(np.abs(numbers.astype(np.float64)).max())
            raise DataError(
                f"{where} holds {worst:g}, which {self.dtype} cannot hold; choose scale=range, or save smaller numbers."
            )
        return found


class Suggestion(NamedTuple):
    """What is likely, and whether it need not be asked."""

    kind: str
    sure: bool


def suggest(sample: NDArray[Any], *, dtype: str, picture: bool, table: bool) -> Suggestion:
    """How numbers like those of ``sample (n, …)`` are likely to be read.

    ``picture``: rows have the form of pictures; ``table``: single numbers have names and may have units.
    """
    finite = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample.reshape(-1)
    if not finite.size or dtype == "bool":
        return Suggestion(STORED, True)
    low, high = float(finite.min()), float(finite.max())
    whole = is_whole(finite)
    if low >= 0 and high <= 1:
        return Suggestion(STORED, True)
    if whole and low >= 0 and high <= FULL:
        if dtype == "uint8" or picture:
            return Suggestion(BYTES, True) if high >= FEW_LEVELS else Suggestion(RANGE, False)
        if not table:
            return Suggestion(BYTES, False) if high > FULL // 2 else Suggestion(RANGE, False)
    if picture and low >= 0 and FULL // 2 < high <= FULL:
        return Suggestion(BYTES, True)
    if table:
        deviations = sample.reshape(len(sample), -1).astype(np.float64).std(axis=0)
        deviations = deviations[np.isfinite(deviations) & (deviations > 0)]
        alike = not deviations.size or deviations.max() <= UNLIKE * np.median(deviations)
        if alike and max(-low, high) <= MODERATE:
            return Suggestion(STORED, True)
        return Suggestion(COLUMNS, False)
    if max(-low, high) <= MODERATE:
        return Suggestion(STORED, True)
    return Suggestion(RANGE, False) if picture else Suggestion(STORED, True)


def is_whole(numbers: NDArray[Any]) -> bool:
    """Whether they have no fractions."""
    return numbers.dtype.kind in "biu" or bool(np.all(numbers == np.rint(numbers)))


def output_type(kind: str, dtype: str, *, whole: bool) -> np.dtype[Any]:
    """Of inputs that are made of numbers of the type ``dtype``."""
    if kind == BYTES and whole:
        return np.dtype(np.uint8)
    return np.dtype(np.float16 if kind == STORED and dtype == "float16" else np.float32)
