"""A user's own pictures, texts or arrays as inputs of a run: made as those were that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images, Shape, check_reads, input_in_words, inputs_in_words, shape_text
from saegui.core.data import registry
from saegui.core.data.added import Added
from saegui.core.data.dataset import Dataset, Encoder
from saegui.core.data.options import AUTO, Option, checked
from saegui.core.data.sources import arrays, idx, patches, pictures, text
from saegui.core.errors import DataError, OtherShapeError
from saegui.core.progress import Progress


class Inputs(NamedTuple):
    """What was made of a file or of texts."""

    rows: Images
    """``(n, *shape)``, as the model reads them."""
    made_of: str
    """One of what a row was made of: *row*, *picture*, *line* or *text*."""
    notes: tuple[str, ...] = ()
    """What the user should know, a sentence each."""
    lines: NDArray[np.intp] | None = None
    """The line of the text file that each row was made of, the first is 1; None for what is no text file."""


@dataclass(frozen=True)
class Run:
    """What a run says of its inputs, and how its data set is had."""

    dataset: str
    """The name of its data set."""
    shape: Shape
    added: Added | None
    """How it was read, where the user set it up."""
    file: Path | None
    """Where the file or folder lies now that it was read from; None for where it lay."""
    load: Callable[[], Dataset]
    """Loads it; called only where new inputs cannot be made without."""

    @property
    def title(self) -> str:
        """How its data set is called in sentences."""
        return registry.title_of(self.dataset)


def of_texts(run: Run, texts: Sequence[str]) -> Inputs:
    """Inputs of texts, one for each.

    Raises:
        DataError: the run's inputs are not made of texts, or one of these cannot be encoded.
    """
    encode = _text_encoder(run)
    if encode is None:
        raise DataError(
            f"{run.title} is not made of texts, so --text cannot be encoded; give a file or folder with --data."
        )
    return Inputs(encode(texts), "text")


def of_file(run: Run, path: Path, given: Mapping[str, str], progress: Progress) -> Inputs:
    """Inputs of all lines of a text file, all pictures of a folder, or all rows of a file of arrays, whichever suits the run.

    ``given`` are options, by what reads the file; the others are as for the run's own data set.

    Raises:
        DataError: names the file, what is wrong with it and what to do.
        Cancelled: ``progress`` gave the work up.
    """
    encode = _text_encoder(run)
    if encode is not None and not arrays.available(path):
        return _lines(path, encode, given)
    if not _runs_a_network(run):
        try:
            return _read(path, run.shape, run.added, run.file, given, progress, _patches_of(run))
        except OtherShapeError as error:
            remedy = " Or give a text file, of which each line is encoded." if encode is not None else ""
            raise DataError(f"{error}{remedy}") from error
    return _through_network(run, path, given, progress)


def through(encoder: Encoder, drawn: Images, title: str) -> Array:
    """Inputs of pictures or vectors that ``encoder`` takes, ``(n, *shape)``.

    Raises:
        DataError: they have another shape, or cannot be encoded.
    """
    if drawn.shape[1:] != encoder.shape:
        raise DataError(
            f"{title} has {inputs_in_words(drawn.shape[1:])}, but inputs of the run are made of "
            f"{inputs_in_words(encoder.shape)}; give these."
        )
    return encoder.encode(drawn)


def _text_encoder(run: Run) -> Callable[[Sequence[str]], Array] | None:
    """What makes inputs of texts; None for a run that reads something else."""
    name = run.added.source if run.added is not None else run.dataset
    source = registry.READERS.get(name) or registry.SOURCES.get(name)
    if source is None or source.of_texts is None:
        return None
    return source.of_texts(checked(source.options, {} if run.added is None else run.added.options))


def _runs_a_network(run: Run) -> bool:
    found = registry.SOURCES.get(run.dataset)
    return found is not None and bool(found.made_of)


def _lines(path: Path, encode: Callable[[Sequence[str]], Array], given: Mapping[str, str]) -> Inputs:
    numbers, texts = text.numbered_lines(path, given)
    kept, rows, faults = [], [], []
    try:
        rows.append(encode(texts))
        kept = list(range(len(texts)))
    except DataError:
        # One by one, so that the lines are found that cannot be encoded.
        for place, line in enumerate(texts):
            try:
                rows.append(encode([line]))
                kept.append(place)
            except DataError as error:
                faults.append(f"line {numbers[place]:,}: {error}")
    if not kept:
        raise DataError(f"No line of {path} can be encoded. {faults[0][0].upper()}{faults[0][1:]}")
    notes: tuple[str, ...] = ()
    if faults:
        others = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
        notes = (
            f"{len(faults):,} of {len(texts):,} lines cannot be encoded and are left out: {faults[0]}{others}",
        )
    return Inputs(np.concatenate(rows), "line", notes, numbers[kept])


def _through_network(run: Run, path: Path, given: Mapping[str, str], progress: Progress) -> Inputs:
    """Pictures or arrays that the network is given, or else rows of activations as they are."""
    encoder = run.load().encoder
    assert encoder is not None
    try:
        found = _read(path, encoder.shape, encoder.added, None, given, progress)
    except OtherShapeError as error:
        try:
            return _read(path, run.shape, None, None, given, progress)
        except OtherShapeError:
            raise DataError(
                f"{error} The run reads {shape_text(run.shape)}, which a network makes of {input_in_words(encoder.shape)}: give "
                "either."
            ) from error
    made = encoder.encode(_as_given(found.rows, encoder, path))
    # Of a tensor with many places a picture gives many rows.
    return found._replace(rows=made, made_of=found.made_of if len(made) == len(found.rows) else "row")


def _as_given(rows: Images, encoder: Encoder, path: Path) -> Images:
    """``rows`` in the type of number that the network was given its own in.

    Raises:
        DataError: they reach over something else.
    """
    if rows.dtype.name == encoder.dtype:
        return rows
    low, high = float(rows.min()), float(rows.max())
    if encoder.dtype == "uint8" and low >= 0 and high <= 1:
        pixels: Images = np.rint(rows * np.float32(255)).astype(np.uint8)
        return pixels
    if encoder.dtype == "uint8" or rows.dtype == np.uint8:
        wanted = "bytes from 0 to 255, or numbers from 0 to 1" if encoder.dtype == "uint8" else encoder.dtype
        raise DataError(
            f"{path} holds {rows.dtype.name} from {low:g} to {high:g}, but the network was given {wanted}; give the same."
        )
    return rows


def _patches_of(run: Run) -> str:
    return run.title if patches.INFO.name in (run.dataset, run.added and run.added.source) else ""


def _read(
    path: Path,
    shape: Shape,
    added: Added | None,
    file: Path | None,
    given: Mapping[str, str],
    progress: Progress,
    pieces: str = "",
) -> Inputs:
    """Rows of this ``shape``, read as those of ``added`` were, whose file is now ``file``; ``pieces`` names patches."""
    if len(shape) > 1 and pictures.reads(path):
        if pieces:
            raise DataError(
                f"{pieces} are pieces of photographs that are whitened as the training pieces were, and saegui cannot cut "
                "them from other pictures; leave out --data to encode the test pieces, or give such pieces as a .npy file."
            )
        like = added.options if added is not None and added.source == pictures.INFO.name else None
        found, notes = pictures.rows(path, shape, like, given, progress)
        return Inputs(found, "picture", notes)
    if idx.sniff(path) and not arrays.available(path):
        return _image_set(path, shape, given, progress)
    chosen = {name: value for name, value in checked(arrays.OF_INPUTS, given).items() if value != AUTO}
    trained = None
    if added is not None and added.path is not None and added.source == arrays.INFO.name:
        trained = (file or added.path, added.options)

    def check(found: Shape) -> None:
        check_reads(shape, found, str(path))

    return Inputs(arrays.rows(path, chosen, shape, trained, check, progress), "row")


def _image_set(path: Path, shape: Shape, given: Mapping[str, str], progress: Progress) -> Inputs:
    offered: tuple[Option, ...] = idx.inspect(path, progress).options
    found = idx.load(path, checked(offered, given), progress).arrays
    check_reads(shape, found.train_images.shape[1:], str(path))
    return Inputs(np.concatenate([found.train_images, found.test_images]), "picture")
