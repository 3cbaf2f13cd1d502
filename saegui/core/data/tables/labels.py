"""Labels and texts of rows, divided as the rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.dataset import Labels, label_type
from saegui.core.data.tables.columns import MOST_CLASSES, NONE, Group
from saegui.core.data.tables.table import Column
from saegui.core.data.tables.view import View
from saegui.core.errors import DataError
from saegui.core.progress import Progress

Mask = NDArray[np.bool_]


class Classes(NamedTuple):
    """Labels ``(N,)`` for training and testing, and what they mean."""

    train: Labels
    test: Labels
    names: tuple[str, ...]
    """Empty where there are none."""


def classes(view: View, test_rows: Mask | None, progress: Progress) -> Classes:
    """The labels that ``view`` chose; ``test_rows`` says which rows are for testing, None where the file says so.

    Raises:
        DataError: they are no classes, or too many.
    """
    n_train, n_test = view.n_inputs
    if view.label is None:
        return Classes(np.zeros(n_train, np.uint8), np.zeros(n_test, np.uint8), ())
    train, test = _divided(view, view.label, test_rows, progress)
    values = np.concatenate([train, test])
    _check(view, view.label.name, values)
    if values.dtype.kind == "f":
        values = values.astype(np.int64)
    names, codes = np.unique(values, return_inverse=True)
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{view.table.path}: {view.label.name} has {len(names):,} different values; at most {MOST_CLASSES:,} can be "
            f"classes: choose another of the option labels, or {NONE}."
        )
    small: Labels = codes.reshape(-1).astype(label_type(len(names)))
    return Classes(small[: len(train)], small[len(train) :], tuple(map(str, names.tolist())))


def texts(
    view: View, test_rows: Mask | None, progress: Progress
) -> tuple[Sequence[str], Sequence[str]] | None:
    """What the rows for training and testing were made of, where ``view`` has that."""
    if view.text is None:
        return None
    train, test = _divided(view, view.text, test_rows, progress)
    if train.dtype.kind in "iu":
        return Tokens(train), Tokens(test)
    return ["" if text is None else str(text) for text in train.tolist()], [
        "" if text is None else str(text) for text in test.tolist()
    ]


class Tokens(Sequence[str]):
    """Texts that say the number of a token, made when they are asked for."""

    def __init__(self, numbers: NDArray[Any]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return Tokens(self._numbers[place])
        return f"token {int(self._numbers[place])}"


def _divided(
    view: View, group: Group, test_rows: Mask | None, progress: Progress
) -> tuple[NDArray[Any], NDArray[Any]]:
    train = _values(view, group.train, progress)
    if test_rows is None:
        assert group.test is not None
        return train.reshape(-1), _values(view, group.test, progress).reshape(-1)
    return train[~test_rows].reshape(-1), train[test_rows].reshape(-1)


def _values(view: View, column: Column, progress: Progress) -> NDArray[Any]:
    """``(N, inputs in a row)``."""
    found = [block[column.name] for block in view.table.blocks([column.name], progress)]
    values = np.concatenate(found).reshape(column.shape[0], -1)
    if values.shape[1] == view.form.per_row:
        return values
    return np.repeat(values[:, :1], view.form.per_row, axis=1)


def _check(view: View, name: str, values: NDArray[Any]) -> None:
    """Raises DataError where ``values`` are no classes."""
    missing = np.zeros(len(values), bool)
    if values.dtype.kind == "O":
        missing = np.array([value is None for value in values.tolist()], bool)
    elif values.dtype.kind == "f":
        missing = ~np.isfinite(values)
    if missing.any():
        raise DataError(
            f"{view.table.path}: {name} says nothing for {int(missing.sum()):,} of {len(values):,} rows; fill them in, "
            f"or choose another of the option labels, such as {NONE}."
        )
    if values.dtype.kind == "f" and np.any(values != np.rint(values)):
        value = float(values[values != np.rint(values)][0])
        raise DataError(
            f"{view.table.path}: {name} holds {value:g}, and classes are whole numbers or texts; choose another of the "
            f"option labels, or {NONE}."
        )
