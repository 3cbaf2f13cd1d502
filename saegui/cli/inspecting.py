"""``saegui eval``, ``encode`` and ``figure``: measurements, codes and a figure of a trained run, without torch."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.cli import arguments, output, papers
from saegui.cli.command import Command
from saegui.cli.loading import load_images_of, load_local_images_of
from saegui.core import data, figures
from saegui.core.analysis import codes, metrics
from saegui.core.api import load_run
from saegui.core.arrays import Images, shape_text
from saegui.core.data import new_inputs, tables
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
        help=f"what to encode (default: {default}): {_STROKES_HELP}",
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
        return _read_by(run, _drawn_images(options.strokes), options), "drawing", None
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


def _read_by(run: Run, drawn: Images, options: argparse.Namespace) -> Images:
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


def add_subject(parser: argparse.ArgumentParser) -> None:
    """Offer what :func:`subject_for` reads."""
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
        help=f"drawings for the activation pattern (default: the first test input); {_STROKES_HELP}",
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
    parser.add_argument(
        "others",
        metavar="RUN",
        nargs="*",
        help="more runs: curves show all in one figure, as --with does; 'matches' compares with the second; of other kinds there is a figure of each, named after it",
    )
    kinds = "; ".join(f"{kind.name}: {kind.title.lower()}" for kind in figures.KINDS.values())
    parser.add_argument("--kind", metavar="KIND", choices=list(figures.KINDS), required=True, help=kinds)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help=f"file to write, which ends in .{', .'.join(figures.FILE_TYPES)}; a .csv beside it holds the numbers",
    )
    papers.add(parser)
    arguments.add_found(parser)
    add_subject(parser)


def _figure(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    figures.check_ending(options.out)
    arguments.check_out(options.out)
    together, pair = "history" in needs([options.kind]), "other" in needs([options.kind])
    if pair and len(options.others) > 1:
        raise ExportError(
            f"A figure of the kind {options.kind} shows two runs; leave {options.others[1]} out."
        )
    if options.overlays and not together:
        output.say(
            f"--with changes nothing in a figure of the kind {options.kind}: only curves show compared runs."
        )
    others = _overlays(run, options.others, "the command")
    if together:
        options.overlays = [*options.others, *options.overlays]
    one = together or pair or not others
    for each in (run,) if one else (run, *others):
        other = others[0] if pair and others else None
        subject = subject_for(each, [options.kind], options, other)
        subject = replace(
            subject, made_for=papers.made_for(options, subject.snapshot.n_latents), found_from=options.found
        )
        name = options.out if one else _named_after(options.out, each, (run, *others))
        for path in figures.save(figures.draw(options.kind, subject), name):
            print(path)
    return 0


def _named_after(path: Path, run: Run, runs: Sequence[Run]) -> Path:
    """``grid.png`` → ``grid-k-5.png``; of runs whose folders have the same name with their parents' too."""
    same = [other for other in runs if other.path.name == run.path.name]
    own = run.path.name if len(same) == 1 else f"{run.path.resolve().parent.name}-{run.path.name}"
    return path.with_name(f"{path.stem}-{own}{path.suffix}")


def subject_for(
    run: Run, kinds: Collection[str], options: argparse.Namespace, other: Run | None = None
) -> Subject:
    """What the figures show; the data set is downloaded only if a kind needs it."""
    snapshot = run.latest()
    if options.latent is not None and (
        wrong := NEEDS["latent"](Subject(run.name, snapshot, latent=options.latent))
    ):
        raise ExportError(wrong[0].upper() + wrong[1:])
    drawing = None if options.strokes is None else _drawing(options.strokes, options.index)
    if drawing is not None:
        drawing = _read_by(run, drawing[np.newaxis], options)[0]
    needed = needs(kinds)
    must = needed & {"dataset", "stats"} or ("drawing" in needed and drawing is None)
    load = load_images_of if must else load_local_images_of
    dataset = (
        load(run, options.data_dir) if uses(kinds) - {"history", "densities", "other", "seeds"} else None
    )
    with output.count_progress() as progress:
        return subject_of(
            run,
            kinds,
            snapshot=snapshot,
            dataset=dataset,
            drawing=drawing,
            latent=options.latent,
            overlays=_overlays(run, options.overlays),
            other=other,
            progress=progress.named("Measuring latents"),
        )


def _overlays(run: Run, named: Sequence[str], where: str = "--with") -> list[Run]:
    """The named runs, each once and without ``run`` itself, even if a shell spells a path in several ways."""
    found: dict[Path, Run] = {}
    for name in named:
        try:
            other = load_run(name)
        except RunError as error:
            raise RunError(f"{error} Or leave {name} out of {where}.") from error
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
FIGURE = Command(
    "figure",
    "Draw one figure of a run, or of several, as PNG, SVG or PDF.",
    "A CSV file beside it holds the numbers.",
    (
        "saegui figure starter --kind decoder-grid --out grid.pdf",
        "saegui figure runs/modern --kind latent --latent 12 --data-dir ~/data --out latent-12.svg",
        "saegui figure starter --kind activation-pattern --strokes digits.npz --index 3 --out pattern.png",
        "saegui figure runs/seed-0 runs/seed-1 --kind matches --out matches.png",
        "saegui figure runs/by-k/* --kind curves --width column --out curves.pdf",
        "saegui figure runs/modern --kind decoder-grid --width 170mm --pages --out atoms.pdf",
    ),
    _figure_arguments,
    _figure,
)
