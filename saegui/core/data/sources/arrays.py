"""A user's arrays of numbers: .npy, .npz, .safetensors, .parquet, .csv, .idx, and cached activations; see ``tables``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.core.arrays import COLOURS, Images, Shape, shape_text
from saegui.core.data import tables
from saegui.core.data.added import Added
from saegui.core.data.dataset import DatasetInfo, Found
from saegui.core.data.facts import counts_text
from saegui.core.data.options import AUTO, Option, Options, Value
from saegui.core.data.source import Description, Preview, Source
from saegui.core.data.tables import columns, forms, npy, prepare, scaling, view
from saegui.core.data.tables.columns import NONE, NUMBERS, Inputs
from saegui.core.data.tables.scaling import Scaling, Statistics
from saegui.core.data.tables.view import View
from saegui.core.errors import DataError
from saegui.core.progress import Progress

INFO = DatasetInfo(
    "arrays",
    "Arrays",
    "Rows of numbers from a file: vectors, pictures, or the cached activations of a network.",
    (2,),
    0,
    0,
    ink=False,
    dtype="float32",
)
OF_INPUTS = (view.ARRAY, view.COLUMNS, view.STORED_AS, view.SHAPE, view.SCALE)
"""Options that say how a row becomes an input."""
OF_ROWS = (view.LABELS, view.TEXT, view.SHAPE, view.SCALE, view.SPLIT, view.SHARE)
MOST_PREVIEW = 16
MOST_LISTED = 12
"""Arrays that a fact names."""


def load(folder: Path | None, options: Options, progress: Progress) -> Found:
    """The rows, divided for training and testing; ``folder`` may be a file."""
    if folder is None:
        raise DataError(f"Arrays are read from a file: choose one of {tables.KINDS}.")
    found = View(tables.open_table(folder), options, progress)
    title = Added(INFO.name, folder, options).title(picked({view.ARRAY.name: found.array}))
    return prepare.load(found, INFO, title, options, progress)


def picked(options: Options) -> str:
    """The array that is read of several; empty where the file has but one without a name, and for columns."""
    name = str(options[view.ARRAY.name])
    return "" if name in (AUTO, NUMBERS, npy.NAME) else name


def available(folder: Path | None) -> bool:
    """Whether the file is there."""
    return folder is not None and tables.sniff(folder)


def inspect(path: Path, progress: Progress) -> Description:
    """What the file holds, and what must be asked."""
    found = View(tables.open_table(path), {}, progress)
    offered = list(_options(found))
    asked = tuple(option.name for option, ask in offered if ask)
    return Description(
        found.table.kind,
        tuple(_facts(found)),
        tuple(option for option, _ in offered),
        asked,
        _first(found, found.scale_suggestion.kind) if found.sure_of_array else None,
        (*found.table.notes, *_notes(found)),
    )


def preview(path: Path | None, options: Options, progress: Progress) -> Preview:
    """The first rows as the options say, and how many there would be.

    Raises:
        DataError: an option does not suit the file.
        Cancelled: ``progress`` gave the work up.
    """
    assert path is not None
    found = View(tables.open_table(path), options, progress)
    scale = found.scale if found.is_given(view.SCALE) else found.scale_suggestion.kind
    form, inputs = found.likely_form, found.inputs
    n_test = inputs.n_test if inputs.test else found.n_test
    n_train = inputs.n_train if inputs.test else inputs.n_train - n_test
    facts = dict(_facts(found))
    facts |= {
        "labels": NONE if found.label is None else found.label.name,
        "texts": NONE if found.text is None else found.text.name,
        "used": counts_text(n_train * form.per_row, n_test * form.per_row),
        "one input": shape_text(form.shape),
    }
    rows = _first(found, scale)
    # Of an array that is sure, all was offered from the beginning.
    offered = [] if found.sure_of_array else list(_options(found))
    return Preview(
        np.zeros((0, *form.shape), np.float32) if rows is None else rows,
        tuple(facts.items()),
        options=tuple(option for option, _ in offered),
        ask=tuple(option.name for option, ask in offered if ask),
    )


def settle(path: Path, options: Options, progress: Progress) -> dict[str, Value]:
    """``options`` with what was found out in place of what is left to the program.

    Raises:
        DataError: an option has to be given, or the rows cannot be trained on.
    """
    found = View(tables.open_table(path), options, progress)
    settled = found.settled()
    prepare.check(found, progress)
    return settled


def rows(
    path: Path,
    given: Mapping[str, Value],
    shape: Shape,
    trained: tuple[Path, Options] | None,
    check: Callable[[Shape], None],
    progress: Progress,
) -> Images:
    """All rows of a file as inputs ``(N, *shape)``, in its order; for a run whose inputs have this ``shape``.

    ``given`` are options of :data:`SOURCE`. Of a run that was ``trained`` on arrays, its file and options, the options take
    the place of those that are not given; what was scaled by its training rows is scaled by the same ones again. ``check`` raises for the
    shape of inputs that the run cannot read.

    Raises:
        DataError: names the file, what is wrong and what to do.
        Cancelled: ``progress`` gave the work up.
    """
    table = tables.open_table(path)
    former: dict[str, Value] = {
        option.name: trained[1][option.name]
        for option in OF_INPUTS
        if trained and option.name in trained[1] and option.name not in given
    }
    chosen = columns.inputs(table)
    if former.get(view.ARRAY.name) not in [each.name for each in chosen]:
        former.pop(view.ARRAY.name, None)
    wanted = {**former, **given}.get(view.ARRAY.name)
    inputs = next((each for each in chosen if each.name == wanted), chosen[0])
    if inputs.name != NUMBERS:
        former.pop(view.COLUMNS.name, None)
    former.pop(view.SHAPE.name, None)
    found = View(table, {**former, **_shaped(inputs, shape, trained), **given}, progress)
    check(found.likely_form.shape)
    _check_scale(found, former)
    statistics: Statistics | None = None
    if trained and found.scale in (scaling.RANGE, scaling.COLUMNS) and view.SCALE.name in former:
        if not available(trained[0]):
            raise DataError(
                f"The run's rows were scaled by those of {trained[0]}, which is not there any more; bring it back."
            )
        before = View(tables.open_table(trained[0]), trained[1], progress)
        statistics = prepare.measure(before, progress)
    return prepare.rows(found, statistics, progress)


def brought_to(path: Path, shape: Shape) -> dict[str, Value]:
    """The option that makes inputs of this ``shape`` of the rows in ``path``; none where they have other numbers of values."""
    return _shaped(columns.inputs(tables.open_table(path))[0], shape, None)


def _shaped(inputs: Inputs, shape: Shape, trained: tuple[Path, Options] | None) -> dict[str, Value]:
    """The option that makes inputs of this ``shape`` of the rows, if they have as many numbers."""
    likely = [str(trained[1].get(view.SHAPE.name, ""))] if trained else []
    likely += [forms.text_of(forms.Form(shape)), forms.POSITIONS]
    if inputs.name == NUMBERS:
        # How many columns make a row is found out later; all that make one of this length have this shape.
        return {view.SHAPE.name: likely[-2]} if len(inputs.train) >= math.prod(shape) else {}
    colours_first = len(inputs.tail) == 3 and inputs.tail[0] == COLOURS != inputs.tail[2]
    for text in likely:
        try:
            fits = forms.form(text, inputs.tail, "").shape == shape
        except DataError:
            continue
        if fits and not (colours_first and text == likely[-2]):
            return {view.SHAPE.name: text}
    return {}


def _check_scale(found: View, former: Mapping[str, Value]) -> None:
    """Raises DataError where the run's way to read numbers is surely not that of the file."""
    likely = found.scale_suggestion
    plain = {scaling.STORED, scaling.BYTES}
    if (
        former.get(view.SCALE.name) in plain
        and likely.sure
        and likely.kind in plain - {former[view.SCALE.name]}
    ):
        low, high = found.range or (0.0, 0.0)
        raise DataError(
            f"{found.where} reaches from {low:g} to {high:g}, but the run was trained with the option "
            f"scale={former[view.SCALE.name]}; give --data-option scale={likely.kind}, or scale={former[view.SCALE.name]} "
            "if that is right here, too."
        )


def _options(found: View) -> list[tuple[Option, bool]]:
    """What can be chosen, and whether that has to be asked. What is likely depends on what else is chosen: it is found out
    last, by :func:`settle`, and only said here."""
    offered: list[tuple[Option, bool]] = []
    names = tuple(each.name for each in found.candidates)
    if len(names) > 1:
        offered.append(_among(view.ARRAY, names, names, names[0], sure=found.sure_of_array))
    if NUMBERS in names:
        offered.append((view.COLUMNS, False))
    if types := tuple(found.choices(view.STORED_AS)):
        offered.append(_among(view.STORED_AS, types, types, types[0], sure=False))
    if not found.sure_of_array and not found.is_given(view.ARRAY):
        # What fits the first array may not fit another.
        return [*offered, *((option, False) for option in OF_ROWS)]
    for option, groups, group, sure in (
        (view.LABELS, found.label_choices, found.label, found.sure_of_label),
        (view.TEXT, found.text_choices, found.text, True),
    ):
        if groups:
            choices = (NONE, *(each.name for each in groups))
            offered.append(
                _among(
                    option, choices, choices, group.name if group else NONE if sure else choices[1], sure=sure
                )
            )
    fitting = found.form_suggestion
    if len(fitting.choices) > 1 or not fitting.sure:
        shapes = fitting.choices
        option = view.SHAPE
        if shapes == (forms.VECTOR,):
            option = replace(option, help=_no_picture(found))
        offered.append(_among(option, shapes, shapes, shapes[0], sure=fitting.sure))
    scale = found.scale_suggestion
    kinds, titles = tuple(scaling.TITLES), tuple(scaling.TITLES.values())
    offered.append(_among(view.SCALE, kinds, titles, scale.kind, sure=scale.sure))
    if not found.inputs.test:
        kinds, titles = (view.RANDOM, view.LAST), ("random rows", "the last rows")
        offered.append(_among(view.SPLIT, kinds, titles, found.likely_split, sure=True))
        offered.append((view.SHARE, False))
    return offered


def _no_picture(found: View) -> str:
    sizes = " × ".join(map(str, found.inputs.tail))
    return (
        f"Rows of {sizes} numbers are no pictures: vector takes all as one vector; save slices as (N, h, w) or (N, h, w, 3) to "
        "train on pictures."
    )


def _among(
    option: Option, choices: tuple[str, ...], titles: tuple[str, ...], likely: str, *, sure: bool
) -> tuple[Option, bool]:
    """``option`` with this file's choices, and whether it is asked; if not, it can be left to the program."""
    if not sure:
        return replace(option, default=likely, choices=choices, titles=titles), True
    known = dict(zip(choices, titles, strict=True))
    left = f"as suggested: {known[likely]}"
    return replace(option, choices=(AUTO, *choices), titles=(left, *titles)), False


def _held(found: View) -> str:
    """The arrays with their types and shapes; of single columns of a table only the names."""
    there = list(found.table.columns.values())
    singles = [column for column in there if found.table.named_columns and len(column.shape) == 1]
    listed = [f"{column.name} {columns.described(column)}" for column in there if column not in singles]
    more = f" and {len(listed) - MOST_LISTED:,} more" if len(listed) > MOST_LISTED else ""
    held = ["; ".join(listed[:MOST_LISTED]) + more] if listed else []
    for kind, names in (
        ("numbers", [column.name for column in singles if column.is_number]),
        ("texts", [column.name for column in singles if column.is_text]),
    ):
        if names:
            shown = ", ".join(
                names if len(names) <= MOST_LISTED else [*names[: MOST_LISTED - 2], "…", names[-1]]
            )
            held.append(f"{len(names):,} column{'s' * (len(names) > 1)} of {kind}: {shown}")
    return "; ".join(held)


def _facts(found: View) -> list[tuple[str, str]]:
    inputs = found.inputs
    facts = [("holds", _held(found))]
    facts.append(
        ("rows", f"{inputs.n_train:,}" + (f" and {inputs.n_test:,} for testing" if inputs.n_test else ""))
    )
    facts.append(
        ("one row", f"{found.stored_as or inputs.dtype} {' × '.join(f'{size:,}' for size in inputs.tail)}")
    )
    if found.range is not None:
        low, high = found.range
        of = "" if found.is_small else f" in {len(found.sample):,} of the rows"
        facts.append(("range", f"{low:.4g} to {high:.4g}{of}"))
    if found.label is not None:
        facts.append(("labels", found.label.name))
    if found.text is not None:
        facts.append(("texts", found.text.name))
    return facts


def _notes(found: View) -> list[str]:
    return list(prepare.notes(found))


def _first(found: View, kind: str) -> Images | None:
    """The first rows, as they are likely to be read, scaled as ``kind`` says; None where nothing can be shown."""
    if not len(found.sample):
        return None
    finite = found.sample if found.sample.dtype.kind != "f" else found.sample[_finite(found)]
    if not len(finite):
        return None
    statistics = Statistics()
    statistics.add(finite)
    scale = Scaling(
        kind, scaling.output_type(kind, found.stored_as, whole=scaling.is_whole(finite)), statistics
    )
    form = found.likely_form
    first = finite[: -(-MOST_PREVIEW // form.per_row)]
    return np.ascontiguousarray(form.apply(scale.apply(first, found.where))[:MOST_PREVIEW])


def _finite(found: View) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    sample = found.sample
    finite: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.isfinite(
        sample.reshape(len(sample), -1)
    ).all(axis=1)
    return finite


SOURCE = Source(
    INFO,
    load,
    available,
    folder=f"arrays of numbers ({tables.KINDS})",
    needs_folder=True,
    options=view.OPTIONS,
    sniff=tables.sniff,
    inspect=inspect,
    preview=preview,
    settle=settle,
    picked=picked,
)
