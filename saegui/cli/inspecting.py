"""``saegui eval`` and ``encode``: measurements and codes of a trained run, without torch."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_images_of
from saegui.core import data
from saegui.core.analysis import codes, metrics
from saegui.core.api import load_run
from saegui.core.arrays import Images, shape_text
from saegui.core.data import new_inputs, tables
from saegui.core.errors import DataError, ExportError, StrokesError
from saegui.core.files import refusals
from saegui.core.runs.run import Run

STROKES_HELP = "an .npz file with points (P, 2), stroke_offsets (S+1,) and digit_offsets (N+1,)"


def _eval_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    arguments.add_data_dir(parser)
    parser.add_argument(
        "--gap",
        action="store_true",
        help="also measure the amortisation gap, which needs a search for the best atoms of every test input and takes a while",
    )
    arguments.add_json(parser)


def _eval(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    snapshot = run.latest()
    if run.status == "diverged":
        output.say(f"{run.name} diverged; its last good snapshot, of step {snapshot.step:,}, is measured.")
    dataset = load_images_of(run, options.data_dir)
    found: dict[str, object] = dict(metrics.evaluate(snapshot, dataset).to_dict())
    if options.gap:
        with output.count_progress() as progress:
            found["amortisation_gap"] = metrics.amortisation_gap(
                snapshot,
                dataset.test_images,
                progress=progress.named("Searching the best atoms"),
            )
    if options.json:
        output.print_json({**found, "shape": snapshot.shape})
    else:
        output.print_metrics({**found, "shape": shape_text(snapshot.shape)})
    return 0


def add_inputs(parser: argparse.ArgumentParser, default: str) -> None:
    """Offer what :func:`made_of` reads; ``default`` says what is taken where none of it is given."""
    parser.add_argument(
        "--strokes",
        metavar="IN.npz",
        type=Path,
        help=f"what to encode (default: {default}): {STROKES_HELP}",
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        type=Path,
        help=f"encode all rows of a file instead, {tables.KINDS}, all pictures of a folder or .zip, or all lines of a text "
        "file, for a run of texts; they become inputs as the run's own data did, also through a network whose layer it reads",
    )
    parser.add_argument(
        "--text",
        metavar="TEXT",
        nargs="+",
        action="extend",
        help="words or sentences to encode instead, for a run of texts",
    )
    arguments.add_data_option(
        parser, "how the file is read, such as shape=vector; 'saegui data FILE' lists the options"
    )


def _encode_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    add_inputs(parser, "the test inputs of the run's data set")
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        type=Path,
        required=True,
        help="inputs of the data's type (N, *shape), latents float32 (N, F), reconstructions float32 (N, *shape); "
        "shape is that of the run's inputs, such as (h, w) or (d,); of a text file also lines int64 (N,), the first is 1",
    )
    arguments.add_data_dir(parser)


def _encode(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    if wrong := refusals.wrong_ending(options.out, (".npz",)):
        raise ExportError(wrong)
    arguments.check_out(options.out)
    snapshot = run.latest()
    lines = None
    _check_not_replaced(options)
    if takes_test_inputs(options):
        dataset = load_images_of(run, options.data_dir)
        snapshot.check_reads(dataset.shape, dataset.title)
        images, what = dataset.test_images, dataset.noun.one
        said = f"{len(images):,} test {dataset.noun.of(len(images))}"
    else:
        images, what, lines = made_of(run, options)
        said = output.counted(len(images), what)
    try:
        l0 = codes.write(options.out, snapshot, images, lines)
    except OSError as error:
        raise ExportError(refusals.unwritable(options.out, error)) from error
    size = shape_text(snapshot.shape)
    made = len(snapshot.shape) == 1 and what in ("picture", "drawing", "line", "text")
    each = f", {size} each" if made else f" of {size}"
    print(f"{options.out}: {said}{each}, L0 {l0:.2f}")
    return 0


def takes_test_inputs(options: argparse.Namespace) -> bool:
    """Whether none of what :func:`add_inputs` offers was given.

    Raises:
        DataError: how a file is read was given without the file.
    """
    if options.data_option and options.data is None:
        raise DataError("--data-option says how the file of --data is read; give --data, too.")
    return options.data is None and options.strokes is None and options.text is None


def _check_not_replaced(options: argparse.Namespace) -> None:
    """Raises :class:`~saegui.core.errors.DataError` where the file to write is the one that is read."""
    for file, what in ((options.strokes, "strokes"), (options.data, "rows")):
        if file is not None and options.out.exists() and _exists(file) and options.out.samefile(file):
            raise DataError(f"{options.out} holds the {what}; choose another file to write to.")


def made_of(run: Run, options: argparse.Namespace) -> tuple[Images, str, NDArray[np.intp] | None]:
    """What ``--data``, ``--text`` or ``--strokes`` give as inputs of the run, of what they are made, and the lines of a text."""
    named = [name for name in ("strokes", "data", "text") if getattr(options, name) is not None]
    if len(named) > 1:
        raise StrokesError(
            f"{' and '.join(f'--{name}' for name in named)} both say what to encode; give one of them."
        )
    if options.strokes is not None:
        return read_by(run, _drawn_images(options.strokes), options), "drawing", None
    added = None if run.origin is None else run.origin.added
    of_run = new_inputs.Run(
        run.config.dataset, run.shape, added, options.data_dir, lambda: load_images_of(run, options.data_dir)
    )
    if options.text is not None:
        found = new_inputs.of_texts(of_run, options.text)
    else:
        given = arguments.data_options(options.data_option)
        with output.data_progress() as progress:
            found = new_inputs.of_file(of_run, options.data, given, progress)
    for note in found.notes:
        output.say(note)
    return found.rows, found.made_of, found.lines


def read_by(run: Run, drawn: Images, options: argparse.Namespace) -> Images:
    """Drawings ``(n, h, w)`` as the run reads them: as they are, or sent through the network that its data set is made with."""
    name = run.config.dataset
    if drawn.shape[1:] == run.shape or name not in data.SOURCES or not data.source(name).made_of:
        run.latest().check_reads(drawn.shape[1:], str(options.strokes))
        return drawn
    encoder = load_images_of(run, options.data_dir).encoder
    assert encoder is not None
    return new_inputs.through(encoder, drawn, str(options.strokes))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A name that is too long; reading it says so.
        return False


def _drawn_images(path: Path) -> Images:
    from saegui.core import strokes

    return np.stack([strokes.render(drawing) for drawing in strokes.load_npz(path)])


EVAL = Command(
    "eval",
    "Measure a run.",
    "MSE, FVU and L0 come from the test inputs, dead and dense latents from the training inputs.",
    ("saegui eval starter", "saegui eval runs/modern --data-dir ~/data --json"),
    _eval_arguments,
    _eval,
)
ENCODE = Command(
    "encode",
    "Encode pen strokes, texts, test inputs or what a file holds.",
    "The file holds the inputs that the model reads, their codes and their reconstructions.",
    (
        "saegui encode starter --strokes digits.npz --out codes.npz",
        "saegui encode runs/modern --data-dir ~/data --out test-codes.npz",
        "saegui encode runs/vectors --data vectors.npy --out codes.npz",
        "saegui encode runs/words --text king 'a loaf of bread' --out codes.npz",
    ),
    _encode_arguments,
    _encode,
)
