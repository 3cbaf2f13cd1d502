"""``saegui figures``: all figures of a run, or some, in one folder."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from saegui.cli import arguments, output, papers
from saegui.cli.command import Command
from saegui.cli.picturing import add_subject, subject_for
from saegui.core import figures
from saegui.core.api import load_run
from saegui.core.figures.export_all import LARGE, size_text


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
    parser.add_argument(
        "--kinds",
        metavar="KIND",
        nargs="+",
        choices=list(figures.KINDS),
        help="draw only these (default: all that can be drawn)",
    )
    parser.add_argument(
        "--large-tables",
        action="store_true",
        help=f"write tables of more than {size_text(LARGE)}, too (default: they are left out, and named)",
    )
    papers.add(parser)
    add_subject(parser)


def _figures(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    arguments.check_out(options.out, options.out)
    subject = subject_for(run, options.kinds or figures.KINDS, options)
    subject = replace(subject, made_for=papers.made_for(options, subject.snapshot.n_latents))
    with output.count_progress() as progress:
        written = figures.save_all(
            subject,
            options.out,
            options.format,
            kinds=options.kinds,
            large=options.large_tables,
            progress=progress,
        )
    for path in written.files:
        print(path)
    for sentence in written.notes():
        output.say(sentence)
    return 0


FIGURES = Command(
    "figures",
    "Draw all figures of a run into a folder.",
    "A CSV file beside each figure holds its numbers. All files begin with the name of the run's folder.",
    (
        "saegui figures starter --out figures",
        "saegui figures runs/modern --format pdf --width 85mm --out paper/figures",
        "saegui figures runs/modern --kinds decoder-grid curves --large-tables --out figures",
    ),
    _figures_arguments,
    _figures,
)
