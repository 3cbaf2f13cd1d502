"""Inputs from rows: mapped where they lie as they are needed, else copied once, in memory or into the cache."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.arrays import Images
from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, Items
from saegui.core.data.options import Value
from saegui.core.data.tables import labels, scaling
from saegui.core.data.tables.columns import NUMBERS
from saegui.core.data.tables.scaling import Scaling, Statistics
from saegui.core.data.tables.view import COLUMNS, LAST, View
from saegui.core.errors import DataError
from saegui.core.files import npy, paths
from saegui.core.progress import Progress

SEED = 0
RECIPE = 1
"""Names the cache; raised when what is below changes the inputs."""
IN_MEMORY = 1 << 26
"""Bytes: inputs up to here are made in memory, larger ones in the cache."""
STAMP = "source.json"


def load(view: View, info: DatasetInfo, title: str, given: Mapping[str, Value], progress: Progress) -> Found:
    """The data set that ``view`` describes; ``given`` are the options that it was made with.

    Raises:
        DataError: names the file, the row and what to do.
        Cancelled: ``progress`` gave the work up; nothing half written is left.
    """
    view.check()
    test_rows = None if view.inputs.test else _test_rows(view)
    known = labels.classes(view, test_rows, progress)
    made = labels.texts(view, test_rows, progress)
    train, test = _images(view, test_rows, info, given, progress)
    return Found(
        Arrays(train, known.train, test, known.test),
        title,
        (*view.table.notes, *notes(view)),
        known.names or None,
        None if made is None else Items(*made),
        view.axes,
        ink=False if train.dtype != np.uint8 else None,
    )


def rows(view: View, statistics: Statistics | None, progress: Progress) -> Images:
    """All rows as inputs ``(N, *shape)``, in the file's order; ``statistics`` are those of other training rows, if any.

    Raises as :func:`load` does.
    """
    view.check()
    names = [view.inputs.train, *([view.inputs.test] if view.inputs.test else [])]
    with_bytes = _whole(view)
    scale = Scaling(view.scale, _output(view, with_bytes), statistics)
    if scale.needs_statistics and statistics is None:
        scale = scale._replace(statistics=measure(view, progress))
    try:
        found = [_shaped(view, scale, block) for part in names for block in _checked(view, part, progress)]
    except scaling.Fractions:
        scale = scale._replace(dtype=np.dtype(np.float32))
        found = [_shaped(view, scale, block) for part in names for block in _checked(view, part, progress)]
    return np.concatenate(found)


def measure(view: View, progress: Progress) -> Statistics:
    """Of the training rows."""
    found, start = Statistics(), 0
    test_rows = None if view.inputs.test else _test_rows(view)
    for block in _checked(view, view.inputs.train, progress):
        kept = block if test_rows is None else block[~test_rows[start : start + len(block)]]
        found.add(kept.reshape(-1, *view.inputs.tail))
        start += len(block)
    return found


def notes(view: View) -> Iterator[str]:
    """What is left out of the inputs, a sentence each."""
    if view.left_out:
        yield f"{', '.join(view.left_out)}: for validation, and left out."
    if view.inputs.name == NUMBERS and view.row_numbers and not view.is_given(COLUMNS):
        yield f"{', '.join(view.row_numbers)}: only counts the rows, and is left out."


def _test_rows(view: View) -> NDArray[np.bool_]:
    """Which rows of the file are for testing; equal at every call."""
    n = view.inputs.n_train
    found = np.zeros(n, bool)
    if view.split == LAST:
        found[n - view.n_test :] = True
    else:
        found[np.random.default_rng(SEED).permutation(n)[: view.n_test]] = True
    return found


def _whole(view: View) -> bool:
    return scaling.is_whole(
        view.sample[np.isfinite(view.sample)] if view.sample.dtype.kind == "f" else view.sample
    )


def _output(view: View, whole: bool) -> np.dtype[Any]:
    return scaling.output_type(view.scale, view.stored_as, whole=whole)


def _shaped(view: View, scale: Scaling, block: NDArray[Any]) -> Images:
    """Inputs of rows."""
    return np.ascontiguousarray(view.form.apply(scale.apply(block, view.where)))


def _checked(view: View, names: tuple[str, ...], progress: Progress) -> Iterator[NDArray[Any]]:
    """Rows, of which every number is finite."""
    start = 0
    for block in view.blocks(names, progress):
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            bad = ~np.isfinite(block.reshape(len(block), -1))
            row, place = np.argwhere(bad)[0]
            column = f" ({names[place]})" if len(names) > 1 else ""
            remedy = "or fill them in"
            if view.inputs.name == NUMBERS and len(names) > 2:
                remedy += f", or leave out {names[place]} with the option columns"
            more = int(bad.any(axis=1).sum()) - 1
            others = f", as {more:,} of the next rows do" if more else ""
            raise DataError(
                f"{view.where} holds {'no number' if np.isnan(block.reshape(len(block), -1)[row, place]) else 'infinity'} "
                f"in row {start + row + 1:,}{column}{others}; remove these rows, {remedy}."
            )
        start += len(block)
        yield block


def check(view: View, progress: Progress) -> None:
    """Whether rows can be trained on, before they are added: all of a small file, else some.

    Raises:
        DataError: numbers are missing, infinite or all equal; says what to do.
    """
    sample = view.sample
    if not view.is_small:
        bad = ~np.isfinite(sample.reshape(len(sample), -1)).all(axis=1)
        if bad.any():
            raise DataError(
                f"{view.where} holds numbers that are missing or infinite, as in {int(bad.sum()):,} of {len(sample):,} rows "
                "that were looked at; remove these rows, or fill them in."
            )
        return
    for _ in _checked(view, view.inputs.train, progress):
        pass
    if sample.size and (sample == sample.reshape(-1)[0]).all():
        raise DataError(_all_equal(view, sample))


def _all_equal(view: View, images: Images) -> str:
    number = float(images.reshape(-1)[0])
    return f"{view.where}: all numbers are {number:g}, so there is nothing to learn; choose others."


def _images(
    view: View,
    test_rows: NDArray[np.bool_] | None,
    info: DatasetInfo,
    given: Mapping[str, Value],
    progress: Progress,
) -> tuple[Images, Images]:
    scale = Scaling(view.scale, _output(view, _whole(view)))
    if mapped := _mapped(view, scale, test_rows):
        for part, images in zip((view.inputs.train, view.inputs.test), mapped, strict=True):
            # What is too large for memory is checked while it is read, and some of it at once.
            if part and images.dtype.kind == "f" and not on_disk.stays_on_disk(images):
                for _ in _checked(view, part, progress):
                    pass
        _check_differ(view, mapped[0])
        return mapped
    try:
        found = _copied(view, scale, test_rows, info, given, progress)
    except scaling.Fractions:
        found = _copied(view, scale._replace(dtype=np.dtype(np.float32)), test_rows, info, given, progress)
    _check_differ(view, found[0])
    return found


def _check_differ(view: View, images: Images) -> None:
    """Raises DataError where all numbers are equal, so that there is nothing to learn."""
    first = images.reshape(-1)[0]
    if all(np.all(piece == first) for some in on_disk.samples(images) for piece in on_disk.pieces(some)):
        raise DataError(_all_equal(view, images))


def _mapped(view: View, scale: Scaling, test_rows: NDArray[np.bool_] | None) -> tuple[Images, Images] | None:
    """The inputs where they lie on the disk; None where they have to be copied."""
    if len(view.inputs.train) != 1 or view.inputs.name == NUMBERS or view.form.colours_first:
        return None
    if test_rows is not None and view.split != LAST:
        return None
    parts = [view.table.mapped(name) for name in (*view.inputs.train, *view.inputs.test)]
    fitting = [
        part
        for part in parts
        if part is not None and scale.keeps(part.dtype) and part.flags.c_contiguous and part.flags.aligned
    ]
    if len(fitting) < len(parts):
        return None
    if test_rows is None:
        return view.form.apply(fitting[0]), view.form.apply(fitting[1])
    n_train = len(test_rows) - view.n_test
    return view.form.apply(fitting[0][:n_train]), view.form.apply(fitting[0][n_train:])


def _copied(
    view: View,
    scale: Scaling,
    test_rows: NDArray[np.bool_] | None,
    info: DatasetInfo,
    given: Mapping[str, Value],
    progress: Progress,
) -> tuple[Images, Images]:
    n_train, n_test = view.n_inputs
    shape = view.form.shape
    size = (n_train + n_test) * math.prod(shape) * scale.dtype.itemsize
    if size <= IN_MEMORY:
        made = tuple(np.empty((n, *shape), scale.dtype) for n in (n_train, n_test))
        _fill(view, scale, test_rows, [_InMemory(each).add for each in made], progress)
        return made[0], made[1]
    info = replace(
        info, shape=shape, n_train=n_train, n_test=n_test, dtype=scale.dtype.name, title=view.table.path.name
    )
    folder = paths.data_cache() / f"arrays-{RECIPE}-{_key(view.table.path, given):08x}"
    stamp = json.dumps(
        {"size": _size(view.table.path), "shape": [n_train, n_test, *shape], "type": scale.dtype.name}
    )
    if kept := _kept(folder, stamp, info):
        return kept
    with cache.replacing(folder, info) as temporary:
        with (
            npy.writing(temporary / "train_images.npy", (n_train, *shape), scale.dtype) as train,
            npy.writing(temporary / "test_images.npy", (n_test, *shape), scale.dtype) as test,
        ):
            _fill(view, scale, test_rows, (train, test), progress)
        (temporary / STAMP).write_text(stamp, "utf-8")
    found = _kept(folder, stamp, info)
    assert found is not None
    return found


def _fill(
    view: View,
    scale: Scaling,
    test_rows: NDArray[np.bool_] | None,
    sinks: Sequence[Callable[[Images], None]],
    progress: Progress,
) -> None:
    if scale.needs_statistics:
        scale = scale._replace(statistics=measure(view, progress))
    if test_rows is None:
        for names, sink in zip((view.inputs.train, view.inputs.test), sinks, strict=True):
            for block in _checked(view, names, progress):
                sink(_shaped(view, scale, block))
        return
    start = 0
    for block in _checked(view, view.inputs.train, progress):
        chosen = test_rows[start : start + len(block)]
        start += len(block)
        for which, sink in zip((~chosen, chosen), sinks, strict=True):
            if which.any():
                sink(_shaped(view, scale, block[which]))


class _InMemory:
    def __init__(self, array: Images) -> None:
        self._array, self._place = array, 0

    def add(self, images: Images) -> None:
        self._array[self._place : self._place + len(images)] = images
        self._place += len(images)


def _kept(folder: Path, stamp: str, info: DatasetInfo) -> tuple[Images, Images] | None:
    """What was copied before; None where it was not, was changed since, or is damaged."""
    try:
        if (folder / STAMP).read_text("utf-8") != stamp:
            return None
        shapes = info.shapes
        found = [
            cache.mapped(folder / f"{name}.npy", shapes[name], info.dtype)
            for name in ("train_images", "test_images")
        ]
    except (OSError, ValueError, DataError):
        return None
    return found[0], found[1]


def _key(path: Path, given: Mapping[str, Value]) -> int:
    return zlib.crc32(json.dumps([str(path), sorted(given.items())]).encode(errors="surrogateescape"))


def _size(path: Path) -> list[list[Any]]:
    """Names, sizes and times of the files: others are another data set."""
    files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    return [[each.name, each.stat().st_size, each.stat().st_mtime_ns] for each in files]
