"""One way to read a table: which columns are inputs, labels and texts, and how rows become inputs; chosen or suggested."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.data.options import AUTO, Option, Value
from saegui.core.data.tables import columns, forms, scaling
from saegui.core.data.tables.columns import NONE, NUMBERS, Group, Inputs
from saegui.core.data.tables.forms import Form
from saegui.core.data.tables.table import UNNAMED, Block, Table, decoded
from saegui.core.errors import DataError
from saegui.core.numbers import NumberError, read_number
from saegui.core.progress import Progress

SAMPLE_BYTES = 1 << 24
"""Of the rows that are looked at before anything is chosen; files that are smaller are looked at whole."""
SAMPLE_ROWS = 4096
MOST_PIXELS = 40
"""Columns that only have numbers for names, of which each is offered as labels."""
RANDOM, LAST = "random", "last"
MOST_RANDOM = 1 << 31
"""Bytes: rows of larger files are not taken at random, as all would be copied."""
TEST_SHARE, MOST_TEST = 0.1, 20_000

ARRAY = Option("array", "Array", "Which array, or whether all columns of numbers, are the inputs.", AUTO)
COLUMNS = Option(
    "columns",
    "Columns",
    "Which columns of numbers make a row, with commas between, a range as first:last; auto: all that are neither labels nor "
    "numbers of rows.",
    AUTO,
)
LABELS = Option("labels", "Labels", "Which array or column says of which class each row is.", AUTO)
TEXT = Option("text", "Text", "Which column says what each row was made of, such as a word.", AUTO)
STORED_AS = Option(
    "stored_as",
    "Type of number",
    "numpy forgets the name of short floating-point types; say which it is.",
    AUTO,
)
SHAPE = Option(
    "shape",
    "Shape",
    "What a row is: vector, a picture (height x width, such as 28x28, 32x32x3 or 3x32x32), or positions with a vector each.",
    AUTO,
)
SCALE = Option(
    "scale",
    "Scale",
    f"How numbers become inputs: {'; '.join(f'{name} ({title})' for name, title in scaling.TITLES.items())}.",
    AUTO,
    (AUTO, *scaling.TITLES),
    ("as suggested", *scaling.TITLES.values()),
)
SPLIT = Option(
    "split",
    "Kept for testing",
    "Which rows test the model: random ones, or the last ones of the file.",
    AUTO,
    (AUTO, RANDOM, LAST),
    ("as suggested", "random rows", "the last rows"),
)
SHARE = Option(
    "share",
    "Share for testing",
    f"Share of the rows that test the model; 0 leaves it to saegui, which takes a tenth, at most {MOST_TEST:,} rows.",
    0.0,
    low=0.0,
    high=0.5,
)
OPTIONS = (ARRAY, COLUMNS, LABELS, TEXT, STORED_AS, SHAPE, SCALE, SPLIT, SHARE)


class View:
    """A table and the options that are given; what is not given is found out from the table when it is asked for."""

    def __init__(self, table: Table, given: Mapping[str, Value], progress: Progress) -> None:
        """Raises DataError where the table has nothing that could be an input, and for options that it does not offer."""
        self.table, self._progress = table, progress
        self._given = {name: str(value) for name, value in given.items() if value != AUTO}
        self.groups, self.left_out = columns.groups(table)
        self.candidates = columns.inputs(table)
        self.sure_of_array = columns.evident(self.candidates)
        names = [each.name for each in self.candidates]
        self._chosen = self.candidates[names.index(self._one_of(ARRAY, names) or names[0])]

    def is_given(self, option: Option) -> bool:
        """Whether the user chose it."""
        return option.name in self._given

    @property
    def array(self) -> str:
        """The name of the array that is read, or :data:`~columns.NUMBERS`."""
        return self._chosen.name

    @property
    def where(self) -> str:
        """The file and the array, in sentences."""
        return f"{self.table.path}: {self._chosen.name}"

    @cached_property
    def label(self) -> Group | None:
        """What says of which class each row is; None for nothing."""
        found = self.label_choices
        if self.is_given(LABELS):
            name = self._one_of(LABELS, [NONE, *(group.name for group in found)])
            return next((group for group in found if group.name == name), None)
        return found[0] if found and columns.is_label(found[0]) else None

    @cached_property
    def label_choices(self) -> list[Group]:
        """All that can; of many pixels only the first and the last."""
        found = columns.labels(self.table, self._chosen)
        if self._chosen.name != NUMBERS:
            return found
        pixels = [group for group in found if columns.are_pixels((group.train.name,))]
        return [group for group in found if group not in pixels[1:-1]] if len(pixels) > MOST_PIXELS else found

    @property
    def sure_of_label(self) -> bool:
        """Whether no column without a telling name could as well hold labels."""
        return self._chosen.name != NUMBERS or not columns.may_be_labelled_pixels(self._all_columns())

    @cached_property
    def text(self) -> Group | None:
        """What says what each row was made of; None for nothing."""
        found = self.text_choices
        if self.is_given(TEXT):
            name = self._one_of(TEXT, [NONE, *(group.name for group in found)])
            return next((group for group in found if group.name == name), None)
        if found and columns.is_text(found[0]) and found[0] is not self.label:
            return found[0]
        return None

    @cached_property
    def text_choices(self) -> list[Group]:
        """All that can."""
        return columns.texts(self.table, self._chosen)

    @cached_property
    def inputs(self) -> Inputs:
        """What rows are made of, without the columns that are something else."""
        chosen = self._chosen
        if chosen.name != NUMBERS:
            if self.is_given(COLUMNS):
                raise DataError(
                    f"The option columns is '{self._given['columns']}', but {self.where} is one array; leave it out."
                )
            return chosen
        names = self._named_columns() if self.is_given(COLUMNS) else self._all_columns()
        if len(names) < 2:
            raise DataError(
                f"{self.table.path} has {len(names)} columns of numbers to train on; at least two are needed: "
                "choose others with the option columns."
            )
        return Inputs(NUMBERS, names, (), chosen.n_train, 0, (len(names),), chosen.dtype)

    @cached_property
    def row_numbers(self) -> tuple[str, ...]:
        """Columns that only count the rows."""
        first: Block = next(iter(self.table.blocks(self._chosen.train, self._progress)))
        return tuple(name for name in self._chosen.train if columns.counts_rows(name, first[name][:1000]))

    def _all_columns(self) -> tuple[str, ...]:
        others = {group.train.name for group in (self.label, self.text) if group is not None}
        return tuple(
            name for name in self._chosen.train if name not in others and name not in self.row_numbers
        )

    def _named_columns(self) -> tuple[str, ...]:
        there, found = list(self._chosen.train), []
        for part in (part.strip() for part in self._given["columns"].split(",")):
            first, colon, last = part.partition(":") if part not in there else (part, "", "")
            if unknown := [name for name in ((first, last) if colon else (first,)) if name not in there]:
                shown = ", ".join(there[:20]) + (" …" if len(there) > 20 else "")
                raise DataError(
                    f"The option columns names '{unknown[0]}', which is no column of numbers of {self.table.path}; "
                    f"there are {shown}."
                )
            if colon and there.index(first) > there.index(last):
                raise DataError(
                    f"The option columns has '{part}', but in {self.table.path} {last} stands before {first}; "
                    f"write {last}:{first}, or name each column."
                )
            found += there[there.index(first) : there.index(last) + 1] if colon else [first]
        return tuple(dict.fromkeys(found))

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the numbers of a vector."""
        if self.inputs.name != NUMBERS or len(self.form.shape) > 1 or columns.are_pixels(self.inputs.train):
            return ()
        return self.inputs.train

    @property
    def stored_as(self) -> str:
        """The type of the numbers; empty where it has to be asked."""
        offered = UNNAMED.get(self.inputs.dtype, ())
        return self.inputs.dtype if not offered else self._one_of(STORED_AS, list(offered))

    @cached_property
    def sample(self) -> NDArray[Any]:
        """Rows ``(n, *tail)``: all of a small file, else some; none where it has to be asked what they are."""
        if not self.stored_as:
            return np.empty((0, *self.inputs.tail), np.float32)
        if self.is_small:
            return np.concatenate(list(self.blocks(self.inputs.train, self._progress)))
        mapped = self.table.mapped(self.inputs.train[0]) if len(self.inputs.train) == 1 else None
        most = max(1, min(SAMPLE_ROWS, SAMPLE_BYTES // max(1, self.inputs.bytes_of_row)))
        if mapped is None:
            return next(self.blocks(self.inputs.train, self._progress))[:most]
        rows = np.linspace(0, self.inputs.n_train - 1, most).astype(np.intp)
        return np.asarray(on_disk.taken(mapped, np.unique(rows)))

    @property
    def is_small(self) -> bool:
        """Whether :attr:`sample` has all training rows."""
        return self.inputs.n_train * self.inputs.bytes_of_row <= SAMPLE_BYTES

    def blocks(self, names: tuple[str, ...], progress: Progress) -> Iterator[NDArray[Any]]:
        """Rows ``(n, *tail)`` of the columns ``names``, block by block."""
        for block in self.table.blocks(names, progress):
            if len(names) == 1 and self.inputs.name != NUMBERS:
                # Types with a name come decoded.
                unnamed = self.inputs.dtype in UNNAMED
                yield decoded(block[names[0]], self.stored_as) if unnamed else block[names[0]]
            else:
                yield np.stack([block[name] for name in names], axis=1)

    @cached_property
    def form_suggestion(self) -> forms.Suggestion:
        """What a row can be."""
        if self.table.positions and len(self.inputs.tail) == 2:
            return forms.Suggestion((forms.POSITIONS,), True)
        low, high = self.range or (0.0, np.inf)
        whole = bool(self.sample.size) and scaling.is_whole(self.sample[:256])
        return forms.suggest(
            self.inputs.tail,
            bytes_like=whole and low >= 0 and scaling.FEW_LEVELS <= high <= scaling.FULL,
            unit_like=low >= 0 and high <= 1,
            pixels=self._pixels,
        )

    @property
    def _pixels(self) -> bool:
        """Whether nothing says that single numbers have names."""
        return self.inputs.name != NUMBERS or columns.are_pixels(self.inputs.train)

    @cached_property
    def range(self) -> tuple[float, float] | None:
        """Of the finite numbers in the sample; None where there are none."""
        finite = self.sample[np.isfinite(self.sample)] if self.sample.dtype.kind == "f" else self.sample
        return (float(finite.min()), float(finite.max())) if finite.size else None

    @cached_property
    def form(self) -> Form:
        """How rows become inputs."""
        text = self._given.get(SHAPE.name) or self._suggested(
            SHAPE, self.form_suggestion.choices[0], sure=self.form_suggestion.sure
        )
        return forms.form(text, self.inputs.tail, self.where)

    @property
    def likely_form(self) -> Form:
        """:attr:`form`, or what it is likely to be."""
        text = self._given.get(SHAPE.name) or self.form_suggestion.choices[0]
        return forms.form(text, self.inputs.tail, self.where)

    @cached_property
    def scale_suggestion(self) -> scaling.Suggestion:
        """How numbers are likely to become inputs."""
        return scaling.suggest(
            self.sample,
            dtype=self.stored_as,
            picture=len(self.likely_form.shape) > 1,
            table=not self._pixels,
        )

    @cached_property
    def scale(self) -> str:
        """One of :data:`scaling.TITLES`."""
        if self.is_given(SCALE):
            return self._one_of(SCALE, list(scaling.TITLES))
        return self._suggested(SCALE, self.scale_suggestion.kind, sure=self.scale_suggestion.sure)

    @property
    def split(self) -> str:
        """:data:`RANDOM` or :data:`LAST`."""
        return self._one_of(SPLIT, [RANDOM, LAST]) or self.likely_split

    @property
    def likely_split(self) -> str:
        """The last rows where they are of other prompts than the rows before, and where a copy would be large."""
        small = self.inputs.n_train * self.inputs.bytes_of_row <= MOST_RANDOM
        return RANDOM if small and self.likely_form.per_row == 1 else LAST

    @property
    def n_test(self) -> int:
        """How many rows are kept for testing, where the file has none for it."""
        n = self.inputs.n_train
        share = self._share()
        wanted = round(n * share) if share else min(round(n * TEST_SHARE), MOST_TEST)
        return min(max(1, wanted), n - 1)

    def _share(self) -> float:
        try:
            share = read_number(self._given.get(SHARE.name, "0"))
        except NumberError as error:
            raise DataError(f"The option share is not usable: {error}") from error
        return share

    def settled(self) -> dict[str, Value]:
        """The options as they are, with what was found out in place of :data:`AUTO`.

        Raises:
            DataError: names the option that cannot be told, and what it can be.
        """
        self.check()
        found: dict[str, Value] = {
            ARRAY.name: self._chosen.name,
            LABELS.name: NONE if self.label is None else self.label.name,
            TEXT.name: NONE if self.text is None else self.text.name,
            SHAPE.name: forms.text_of(self.form),
            SCALE.name: self.scale,
            SPLIT.name: self.split,
            SHARE.name: self._share(),
        }
        if self._chosen.name == NUMBERS:
            found[COLUMNS.name] = columns.as_option(self.inputs.train, tuple(self._chosen.train))
        if self.choices(STORED_AS):
            found[STORED_AS.name] = self.stored_as
        return found

    def check(self) -> None:
        """Whether all that cannot be told is chosen.

        Raises:
            DataError: names the option, and what it can be.
        """
        self._suggested(ARRAY, self._chosen.name, sure=self.sure_of_array)
        self._suggested(LABELS, "", sure=self.sure_of_label)
        if not self.stored_as:
            self._suggested(STORED_AS, "", sure=False)
        _ = self.form, self.scale

    def choices(self, option: Option) -> list[str]:
        """What ``option`` can be for this table."""
        return {
            ARRAY.name: [each.name for each in self.candidates],
            LABELS.name: [NONE, *(group.name for group in self.label_choices)],
            STORED_AS.name: list(UNNAMED.get(self.inputs.dtype, ())),
            SHAPE.name: list(self.form_suggestion.choices),
            SCALE.name: list(scaling.TITLES),
        }.get(option.name, [])

    def _suggested(self, option: Option, value: str, *, sure: bool) -> str:
        if not sure and not self.is_given(option):
            reach = ""
            if option is SCALE and self.range is not None:
                reach = f" The numbers reach from {self.range[0]:.4g} to {self.range[1]:.4g}."
            raise DataError(
                f"{self.table.path} can be read in more than one way. {option.title}: {option.help}{reach} "
                f"Choose the option {option.name}; it is one of {', '.join(self.choices(option))}."
            )
        return value

    def _one_of(self, option: Option, offered: list[str]) -> str:
        """The value that was given, which must be one of ``offered``; empty where none was."""
        value = self._given.get(option.name, "")
        if value and value not in offered:
            raise DataError(
                f"The option {option.name} is '{value}', which {self.table.path} does not offer; it is one of "
                f"{', '.join(offered)}."
            )
        return value

    @property
    def n_inputs(self) -> tuple[int, int]:
        """Inputs for training and for testing."""
        if self.inputs.test:
            return self.inputs.n_train * self.form.per_row, self.inputs.n_test * self.form.per_row
        return (self.inputs.n_train - self.n_test) * self.form.per_row, self.n_test * self.form.per_row

    @property
    def n_bytes(self) -> int:
        """Of all inputs as float32."""
        return sum(self.n_inputs) * math.prod(self.form.shape) * 4
