"""Which columns of a table can be inputs, labels and texts, told by their shapes, types and names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.tables.table import Column, Table
from saegui.core.errors import DataError

NUMBERS = "numbers"
"""The name of the inputs that are made of all columns of numbers."""
NONE = "none"
LEAST_SIDE = 8
"""Of the square that a row of bytes is taken for."""
MOST_CLASSES = 1 << 16
MOST_NAMED = 100
"""Columns that a run names one by one, so that they are found in whichever order another file has them."""
_PART = re.compile(r"(train|training|tr|test|testing|te|val|valid|validation)", re.IGNORECASE)
_PARTS = {"tr": "train", "te": "test", "va": "val"}
_LABELS = frozenset(
    {
        "label",
        "labels",
        "y",
        "target",
        "targets",
        "class",
        "classes",
        "digit",
        "digits",
        "category",
        "species",
    }
)
_TEXTS = frozenset(
    {"text", "texts", "sentence", "sentences", "word", "words", "token", "tokens", "title", "prompt", "line"}
)
_INPUTS = frozenset(
    {
        "x",
        "data",
        "images",
        "image",
        "inputs",
        "features",
        "embeddings",
        "embedding",
        "vectors",
        "activations",
    }
)
_INDEX = frozenset({"", "index", "id", "idx", "row", "unnamed: 0", "column 1", "__index_level_0__"})
_PIXEL = re.compile(r"(pixel|px|pix|p|x|column |v|f|r\d+c)[ _.]?\d+|\d+x\d+|\d+|pixel_\d+_\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """One column, or the two that a file keeps for training and for testing."""

    name: str
    train: Column
    test: Column | None = None


@dataclass(frozen=True)
class Inputs:
    """What rows can be made of: one array, or several columns of numbers side by side."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    n_train: int
    """Rows, before positions count apart and before rows are kept for testing."""
    n_test: int
    """0 where the file has none of its own."""
    tail: tuple[int, ...]
    """The shape of one row."""
    dtype: str

    @property
    def bytes_of_row(self) -> int:
        """As the file keeps it."""
        try:
            size = np.dtype(self.dtype).itemsize
        except TypeError:
            size = 4
        return math.prod(self.tail) * size


def groups(table: Table) -> tuple[list[Group], tuple[str, ...]]:
    """The columns, those for training and testing together; and the names of those that are neither, as for validation."""
    parts: dict[str, dict[str, Column]] = {}
    for column in table.columns.values():
        words = [word for word in re.split(r"[_\-./ ]+", column.name) if word]
        named = [word for word in words if _PART.fullmatch(word)]
        if len(named) == 1:
            rest = "_".join(word for word in words if word is not named[0])
            parts.setdefault(rest or "rows", {})[_PARTS[named[0].lower()[:2]]] = column
    found, taken = [], set()
    left_out: list[str] = []
    for name, pair in parts.items():
        if {"train", "test"} <= set(pair) and pair["train"].shape[1:] == pair["test"].shape[1:]:
            found.append(Group(name, pair["train"], pair["test"]))
            taken |= {column.name for column in pair.values()}
            left_out += [column.name for part, column in pair.items() if part == "val"]
    singles = [Group(column.name, column) for column in table.columns.values() if column.name not in taken]
    return [*found, *singles], tuple(left_out)


def inputs(table: Table) -> list[Inputs]:
    """What rows can be made of, the likeliest first.

    Raises:
        DataError: there is nothing; says what there is and what is needed.
    """
    found = []
    for group in groups(table)[0]:
        column = group.train
        if (
            column.is_number
            and len(column.shape) > 1
            and math.prod(column.shape[1:]) > 1
            and column.shape[0] > 1
        ):
            test = () if group.test is None else (group.test.name,)
            n_test = 0 if group.test is None else group.test.shape[0]
            found.append(
                Inputs(
                    group.name, (column.name,), test, column.shape[0], n_test, column.shape[1:], column.dtype
                )
            )
    if table.positions:
        # The others are what the rows are of, such as numbers of tokens.
        found = [each for each in found if len(each.tail) == 2]
    found.sort(key=lambda each: (not each.n_test, each.name.lower() not in _INPUTS))
    singles = [column for column in table.columns.values() if column.is_number and len(column.shape) == 1]
    if table.named_columns and len(singles) > 1:
        dtype = np.result_type(*(np.dtype(column.dtype) for column in singles)).name
        names, n = tuple(column.name for column in singles), singles[0].shape[0]
        found.append(Inputs(NUMBERS, names, (), n, 0, (len(names),), dtype))
    if not found:
        there = ", ".join(f"{column.name} ({described(column)})" for column in table.columns.values())
        raise DataError(
            f"{table.path} has nothing to train on: it holds {there}. Rows of at least two numbers are needed, "
            "such as an array (N, d) or (N, h, w)."
        )
    return found


def evident(found: list[Inputs]) -> bool:
    """Whether the first of ``found`` is what the file is about."""
    if len(found) == 1:
        return True
    first, second = found[0], found[1]
    if first.name == NUMBERS or second.name == NUMBERS:
        return False
    return bool(first.n_test and not second.n_test) or (
        first.name.lower() in _INPUTS and second.name.lower() not in _INPUTS and not second.n_test
    )


def labels(table: Table, chosen: Inputs) -> list[Group]:
    """What can say of which class each row is, the likeliest first."""
    found = [
        group
        for group in groups(table)[0]
        if (group.train.dtype == "text" or group.train.is_number)
        and _one_each(group, chosen, table.positions)
        and (chosen.name == NUMBERS or group.train.name not in chosen.train)
    ]
    return sorted(found, key=lambda group: group.name.lower() not in _LABELS)


def may_be_labelled_pixels(names: tuple[str, ...]) -> bool:
    """Whether one column more than a square picture has is there, whose name does not say what it is."""
    side = math.isqrt(len(names) - 1)
    return are_pixels(names) and side * side == len(names) - 1 and side >= LEAST_SIDE


def is_label(group: Group) -> bool:
    """Whether its name says that it holds labels."""
    return group.name.lower() in _LABELS


def texts(table: Table, chosen: Inputs) -> list[Group]:
    """What can say what each row was made of, the likeliest first: texts, and numbers of tokens."""
    found = [
        group
        for group in groups(table)[0]
        if _one_each(group, chosen, table.positions)
        and (group.train.dtype == "text" or (table.positions and group.train.dtype.startswith("int")))
    ]
    return sorted(found, key=lambda group: group.name.lower() not in _TEXTS)


def is_text(group: Group) -> bool:
    """Whether its name says that it holds what rows were made of."""
    return group.name.lower() in _TEXTS


def counts_rows(name: str, values: NDArray[np.generic]) -> bool:
    """Whether a column only numbers the rows: ``values`` are its first ones."""
    if name.lower() not in _INDEX or len(values) < 2 or values.dtype.kind not in "iuf":
        return False
    numbers = values.astype(np.float64)
    return bool(numbers[0] in (0, 1) and np.all(np.diff(numbers) == 1))


def are_pixels(names: tuple[str, ...]) -> bool:
    """Whether names of columns only count them, as those of pixels do."""
    return all(_PIXEL.fullmatch(name) for name in names)


def as_option(names: tuple[str, ...], there: tuple[str, ...]) -> str:
    """``names``, some of those that are ``there``, as the option for columns takes them: ``a,b,d``, and of many ``a:z``.

    Names that have its signs in them cannot be written: ``auto`` stands for all then.
    """
    if any(sign in name for name in names for sign in ",:") or any(name != name.strip() for name in names):
        return "auto"
    if len(names) <= MOST_NAMED:
        return ",".join(names)
    places = [there.index(name) for name in names]
    parts: list[list[int]] = []
    for place in places:
        if parts and place == parts[-1][-1] + 1:
            parts[-1].append(place)
        else:
            parts.append([place])
    return ",".join(
        f"{there[part[0]]}:{there[part[-1]]}" if len(part) > 2 else ",".join(there[place] for place in part)
        for part in parts
    )


def described(column: Column) -> str:
    """Type and shape, such as ``float32 60,000 × 784``."""
    return f"{column.dtype} {' × '.join(f'{size:,}' for size in column.shape)}"


def _one_each(group: Group, chosen: Inputs, positions: bool) -> bool:
    shapes = {(), (1,)} | ({chosen.tail[:1]} if positions else set())
    sizes = (chosen.n_train, chosen.n_test)
    found = (group.train.shape[0], 0 if group.test is None else group.test.shape[0])
    return found == sizes and group.train.shape[1:] in shapes
