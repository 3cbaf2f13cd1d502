"""``saegui eval``, ``encode``, ``figure`` and ``figures``: measurements, codes and figures of a trained run, without torch."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_images_of, load_local_images_of
from saegui.core import figures
from saegui.core.analysis import codes, metrics
from saegui.core.arrays import Images, Shape, shape_text
from saegui.core.data import tables
from saegui.core.data.options import checked
from saegui.core.data.sources import arrays, patches, pictures
from saegui.core.data.tables.view import AUTO
from saegui.core.errors import DataError, ExportError, RunError, StrokesError
from saegui.core.figures import Subject
from saegui.core.figures.needs import NEEDS
from saegui.core.figures.subject_of_run import needs, subject_of, uses
from saegui.core.files import refusals
from saegui.core.runs.run import Run

_STROKES_HELP = "an .npz file with points (P, 2), stroke_offsets (S+1,) and digit_offsets (N+1,)"


def _eval_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    arguments.add_data_dir(parser)
    parser.add_argument(
        "--gap",
        action="store_true",
        help="also measure the amortisation gap, which needs a search for the best atoms of every test image and takes a while",
    )
    arguments.add_json(parser)


def _eval(options: argparse.Namespace) -> int:
    run = arguments.find_run(options.run)
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


def _encode_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument(
        "--strokes",
        metavar="IN.npz",
        type=Path,
        help=f"what to encode (default: the test images of the run's data set): {_STROKES_HELP}",
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        type=Path,
        help=f"encode all rows of a file instead, {tables.KINDS}, or all pictures of a folder or .zip; they are read as the "
        "run's own rows were",
    )
    arguments.add_data_option(
        parser, "how the file is read, such as shape=vector; 'saegui data FILE' lists the options"
    )
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        type=Path,
        required=True,
        help="images of the data's type (N, *shape), latents float32 (N, F), reconstructions float32 (N, *shape); "
        "shape is that of the run's inputs, such as (h, w) or (d,)",
    )
    arguments.add_data_dir(parser)


def _encode(options: argparse.Namespace) -> int:
    run = arguments.find_run(options.run)
    if wrong := refusals.wrong_ending(options.out, (".npz",)):
        raise ExportError(wrong)
    arguments.check_out(options.out)
    snapshot = run.latest()
    if options.data is not None and options.strokes is not None:
        raise StrokesError("--strokes and --data both say what to encode; give one of them.")
    if options.data is not None and len(run.shape) > 1 and pictures.reads(options.data):
        images, what = _pictures(run, options), "picture"
    elif options.data is not None:
        images, what = _rows(run, options), "row"
    elif options.data_option:
        raise DataError("--data-option says how the file of --data is read; give --data, too.")
    elif options.strokes is None:
        dataset = load_images_of(run, options.data_dir)
        snapshot.check_reads(dataset.shape, dataset.title)
        images, what = dataset.test_images, "test image"
    else:
        if options.out.exists() and _exists(options.strokes) and options.out.samefile(options.strokes):
            raise StrokesError(f"{options.out} holds the strokes; choose another file to write to.")
        images, what = _drawn_images(options.strokes), "drawing"
        snapshot.check_reads(images.shape[1:], str(options.strokes))
    try:
        l0 = codes.write(options.out, snapshot, images)
    except OSError as error:
        raise ExportError(refusals.unwritable(options.out, error)) from error
    print(f"{options.out}: {output.counted(len(images), what)} of {shape_text(snapshot.shape)}, L0 {l0:.2f}")
    return 0


def _rows(run: Run, options: argparse.Namespace) -> Images:
    """All rows of the file that ``--data`` names, as the run reads them."""
    if options.out.exists() and _exists(options.data) and options.out.samefile(options.data):
        raise DataError(f"{options.out} holds the rows; choose another file to write to.")
    given = checked(arrays.OF_INPUTS, arguments.data_options(options.data_option))
    chosen = {name: value for name, value in given.items() if value != AUTO}
    added = None if run.origin is None else run.origin.added
    trained = None
    if added is not None and added.path is not None and added.source == arrays.INFO.name:
        trained = (options.data_dir or added.path, added.options)

    def check(shape: Shape) -> None:
        run.latest().check_reads(shape, str(options.data))

    with output.data_progress() as progress:
        return arrays.rows(options.data, chosen, run.shape, trained, check, progress)


def _pictures(run: Run, options: argparse.Namespace) -> Images:
    """All pictures that ``--data`` names, as the run reads them."""
    added = None if run.origin is None else run.origin.added
    if patches.INFO.name in (run.config.dataset, None if added is None else added.source):
        raise DataError(
            f"{run.name} reads pieces of photographs that are whitened as its training pieces were, and saegui cannot cut "
            "them from other pictures; leave out --data to encode its test pieces, or give such pieces as a .npy file."
        )
    trained = added.options if added is not None and added.source == pictures.INFO.name else None
    given = arguments.data_options(options.data_option)
    with output.data_progress() as progress:
        found, notes = pictures.rows(options.data, run.shape, trained, given, progress)
    for note in notes:
        output.say(note)
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A name that is too long; reading it says so.
        return False


def _drawn_images(path: Path) -> Images:
    from saegui.core import strokes

    return np.stack([strokes.render(drawing) for drawing in strokes.load_npz(path)])


def _subject_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--latent",
        metavar="I",
        type=arguments.whole_number,
        help="latent for the kind 'latent' (default: the latent with the highest activation on the drawing)",
    )
    parser.add_argument(
        "--strokes",
        metavar="IN.npz",
        type=Path,
        help=f"drawings for the activation pattern (default: the first test image); {_STROKES_HELP}",
    )
    parser.add_argument(
        "--index",
        metavar="I",
        type=arguments.whole_number,
        default=0,
        help="which drawing of IN.npz (default: 0, the first)",
    )
    parser.add_argument(
        "--with",
        metavar="RUN",
        dest="overlays",
        nargs="+",
        action="extend",
        default=[],
        help="runs to compare: their curves are drawn faintly behind",
    )
    arguments.add_data_dir(parser)


def _figure_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    kinds = "; ".join(f"{kind.name}: {kind.title.lower()}" for kind in figures.KINDS.values())
    parser.add_argument("--kind", metavar="KIND", choices=list(figures.KINDS), required=True, help=kinds)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help=f"file to write, which ends in .{', .'.join(figures.FILE_TYPES)}; a .csv beside it holds the numbers",
    )
    _subject_arguments(parser)


def _figure(options: argparse.Namespace) -> int:
    run = arguments.find_run(options.run)
    figures.check_ending(options.out)
    arguments.check_out(options.out)
    subject = _subject(run, [options.kind], options)
    if options.overlays and "history" not in needs([options.kind]):
        output.say(
            f"--with changes nothing in a figure of the kind {options.kind}: only curves show compared runs."
        )
    for path in figures.save(figures.draw(options.kind, subject), options.out):
        print(path)
    return 0


def _figures_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder to write the figures to"
    )
    parser.add_argument(
        "--format",
        choices=figures.FILE_TYPES,
        default=figures.FILE_TYPES[0],
        help="file type of the figures (default: %(default)s)",
    )
    _subject_arguments(parser)


def _figures(options: argparse.Namespace) -> int:
    run = arguments.find_run(options.run)
    arguments.check_out(options.out, options.out)
    subject = _subject(run, figures.KINDS, options)
    with output.count_progress() as progress:
        written = figures.save_all(subject, options.out, options.format, progress=progress)
    for path in written:
        print(path)
    return 0


def _subject(run: Run, kinds: Collection[str], options: argparse.Namespace) -> Subject:
    """What the figures show; the data set is downloaded only if a kind needs it."""
    snapshot = run.latest()
    if options.latent is not None and (
        wrong := NEEDS["latent"](Subject(run.name, snapshot, latent=options.latent))
    ):
        raise ExportError(wrong[0].upper() + wrong[1:])
    drawing = None if options.strokes is None else _drawing(options.strokes, options.index)
    if drawing is not None:
        snapshot.check_reads(drawing.shape, str(options.strokes))
    needed = needs(kinds)
    must = needed & {"dataset", "stats"} or ("drawing" in needed and drawing is None)
    load = load_images_of if must else load_local_images_of
    dataset = load(run, options.data_dir) if uses(kinds) - {"history"} else None
    with output.count_progress() as progress:
        return subject_of(
            run,
            kinds,
            snapshot=snapshot,
            dataset=dataset,
            drawing=drawing,
            latent=options.latent,
            overlays=_overlays(run, options.overlays),
            progress=progress.named("Measuring latents"),
        )


def _overlays(run: Run, named: Sequence[str]) -> list[Run]:
    """The named runs, each once and without ``run`` itself, even if a shell spells a path in several ways."""
    found: dict[Path, Run] = {}
    for name in named:
        try:
            other = arguments.find_run(name)
        except RunError as error:
            raise RunError(f"{error} Or leave {name} out of --with.") from error
        found[other.path.resolve()] = other
    found.pop(run.path.resolve(), None)
    return list(found.values())


def _drawing(path: Path, index: int) -> Images:
    from saegui.core import strokes

    drawings = strokes.load_npz(path)
    if not 0 <= index < len(drawings):
        raise StrokesError(f"{path} has no drawing {index}; choose one from 0 to {len(drawings) - 1:,}.")
    return strokes.render(drawings[index])


EVAL = Command(
    "eval",
    "Measure a run.",
    "MSE, FVU and L0 come from the test images, dead and dense latents from the training images.",
    ("saegui eval starter", "saegui eval runs/modern --data-dir ~/data --json"),
    _eval_arguments,
    _eval,
)
ENCODE = Command(
    "encode",
    "Encode pen strokes, test images or the rows of a file.",
    "The file holds the images that the model reads, their codes and their reconstructions.",
    (
        "saegui encode starter --strokes digits.npz --out codes.npz",
        "saegui encode runs/modern --data-dir ~/data --out test-codes.npz",
        "saegui encode runs/words --data vectors.npy --out codes.npz",
    ),
    _encode_arguments,
    _encode,
)
FIGURE = Command(
    "figure",
    "Draw one figure of a run as PNG, SVG or PDF.",
    "A CSV file beside it holds the numbers.",
    (
        "saegui figure starter --kind decoder-grid --out grid.pdf",
        "saegui figure runs/modern --kind latent --latent 12 --data-dir ~/data --out latent-12.svg",
        "saegui figure starter --kind activation-pattern --strokes digits.npz --index 3 --out pattern.png",
        "saegui figure runs/by-k/k-10 --kind curves --with runs/by-k/* --out curves.pdf",
    ),
    _figure_arguments,
    _figure,
)
FIGURES = Command(
    "figures",
    "Draw all figures of a run into a folder.",
    "A CSV file beside each figure holds its numbers.",
    ("saegui figures starter --out figures", "saegui figures runs/modern --format pdf --out paper/figures"),
    _figures_arguments,
    _figures,
)
