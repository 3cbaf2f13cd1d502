"""``saegui figure``: a figure of a trained run, or of several, with its numbers, without torch."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from saegui.cli import arguments, output, papers
from saegui.cli.command import Command
from saegui.cli.inspecting import STROKES_HELP, read_by
from saegui.cli.loading import load_images_of, load_local_images_of
from saegui.core import data, figures
from saegui.core.analysis import embedding
from saegui.core.api import load_run
from saegui.core.arrays import Images
from saegui.core.errors import ExportError, RunError, StrokesError
from saegui.core.figures import Subject
from saegui.core.figures.needs import NEEDS
from saegui.core.figures.subject_of_run import MAPS, mapped_by, needs, subject_of, uses
from saegui.core.files import paths
from saegui.core.runs.run import Run
from saegui.core.runs.together import runs_in

_WITHOUT_DATA = {"history", "densities", "other", "seeds", "runs", "histories", "models"}
"""What a figure can be drawn of without a data set."""


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
        help=f"drawings for the activation pattern (default: the first test input); {STROKES_HELP}",
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
    arguments.add_run(parser, "; also the folder of a sweep, for all of its runs")
    parser.add_argument(
        "others",
        metavar="RUN",
        nargs="*",
        help="more runs or folders of runs: curves show all in one figure, as --with does, and so do kinds of several runs; 'matches' compares with the second; of other kinds there is a figure of each, named after it",
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
    parser.add_argument(
        "--map",
        choices=("pca", *embedding.TITLES),
        default="pca",
        help="how the points of latent-map and code-map are placed: by two principal components, by t-SNE, or, of latents, by UMAP "
        "(default: %(default)s)",
    )
    arguments.add_found(parser)
    add_subject(parser)


def _figure(options: argparse.Namespace) -> int:
    run, *others = _named_runs([options.run, *options.others])
    figures.check_ending(options.out)
    arguments.check_out(options.out)
    needed = needs([options.kind])
    overlaid, pair, together = "history" in needed, "other" in needed, "runs" in needed
    if pair and len(others) > 1:
        raise ExportError(f"A figure of the kind {options.kind} shows two runs; leave {others[1].path} out.")
    if options.overlays and not overlaid:
        output.say(
            f"--with changes nothing in a figure of the kind {options.kind}: only curves show compared runs."
        )
    if options.map != "pca" and options.kind not in MAPS:
        output.say(
            f"--map changes nothing in a figure of the kind {options.kind}: only {' and '.join(MAPS)} are maps."
        )
    overlays = [*others, *_overlays(run, options.overlays)] if overlaid else []
    one = overlaid or pair or together or not others
    for each in (run,) if one else (run, *others):
        subject = subject_for(
            each,
            [options.kind],
            options,
            overlays=overlays,
            other=others[0] if pair and others else None,
            together=others if together else (),
        )
        subject = replace(
            subject, made_for=papers.made_for(options, subject.snapshot.n_latents), found_from=options.found
        )
        if options.map != "pca" and options.kind in MAPS:
            with output.count_progress() as progress:
                subject = mapped_by(subject, options.kind, options.map, progress)
        name = options.out if one else _named_after(options.out, each, (run, *others))
        for path in figures.save(figures.draw(options.kind, subject), name):
            print(path)
    return 0


def _named_runs(named: Sequence[str]) -> list[Run]:
    """The runs that are named, each once; of a folder that holds runs, such as a sweep's, all that can be opened."""
    found: dict[Path, Run] = {}
    for name in named:
        try:
            inside = runs_in(Path(name)) or runs_in(paths.runs_dir() / name) if name else []
            some = inside or [load_run(name)]
        except RunError as error:
            raise (
                error if name == named[0] else RunError(f"{error} Or leave {name} out of the command.")
            ) from error
        for run in some:
            if inside:
                data.know(run.config.dataset, run.origin, run.shape)
            found.setdefault(run.path.resolve(), run)
    return list(found.values())


def _named_after(path: Path, run: Run, runs: Sequence[Run]) -> Path:
    """``grid.png`` → ``grid-k-5.png``; of runs whose folders have the same name with their parents' too."""
    same = [other for other in runs if other.path.name == run.path.name]
    own = run.path.name if len(same) == 1 else f"{run.path.resolve().parent.name}-{run.path.name}"
    return path.with_name(f"{path.stem}-{own}{path.suffix}")


def subject_for(
    run: Run,
    kinds: Collection[str],
    options: argparse.Namespace,
    *,
    overlays: Sequence[Run] | None = None,
    other: Run | None = None,
    together: Sequence[Run] = (),
) -> Subject:
    """What the figures show, with the ``overlays`` of ``--with`` where none are given; the data set is downloaded only if a kind
    needs it."""
    snapshot = run.latest()
    if options.latent is not None and (
        wrong := NEEDS["latent"](Subject(run.name, snapshot, latent=options.latent))
    ):
        raise ExportError(wrong[0].upper() + wrong[1:])
    drawing = None if options.strokes is None else _drawing(options.strokes, options.index)
    if drawing is not None:
        drawing = read_by(run, drawing[np.newaxis], options)[0]
    needed = needs(kinds)
    must = needed & {"dataset", "stats", "alike"} or ("drawing" in needed and drawing is None)
    load = load_images_of if must else load_local_images_of
    dataset = load(run, options.data_dir) if uses(kinds) - _WITHOUT_DATA else None
    with output.count_progress() as progress:
        return subject_of(
            run,
            kinds,
            snapshot=snapshot,
            dataset=dataset,
            drawing=drawing,
            latent=options.latent,
            overlays=_overlays(run, options.overlays) if overlays is None else overlays,
            other=other,
            together=together,
            progress=progress.named("Measuring latents"),
        )


def _overlays(run: Run, named: Sequence[str]) -> list[Run]:
    """The named runs, each once and without ``run`` itself, even if a shell spells a path in several ways."""
    found: dict[Path, Run] = {}
    for name in named:
        try:
            other = load_run(name)
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
        "saegui figure runs/sweep --kind mse-by-l0 --width column --out frontier.pdf",
        "saegui figure runs/modern --kind code-map --map tsne --out codes.png",
        "saegui figure runs/modern --kind decoder-grid --width 170mm --pages --out atoms.pdf",
    ),
    _figure_arguments,
    _figure,
)
