"""``saegui report``: a run as one web page."""

from __future__ import annotations

import argparse
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_local_images_of
from saegui.core.api import load_run


def _arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="page to write, which ends in .html"
    )
    arguments.add_data_dir(parser)


def _report(options: argparse.Namespace) -> int:
    from saegui.core.figures.subject_of_run import subject_of
    from saegui.core.report import page

    run = load_run(options.run)
    page.check_ending(options.out)
    arguments.check_out(options.out)
    dataset = load_local_images_of(run, options.data_dir)
    if dataset is None:
        output.say(
            f"{run.data_title} is not on this computer, so the page has neither examples nor classes; "
            "give its folder with --data-dir."
        )
    with output.count_progress() as progress:
        subject = subject_of(
            run, page.wanted(), dataset=dataset, progress=progress.named("Measuring latents")
        )
        page.save(subject, options.out, progress=progress)
    print(options.out)
    return 0


REPORT = Command(
    "report",
    "Write a run as one web page that needs no network.",
    "It holds the figures, the whole dictionary to look through, the parameters and the metrics.",
    (
        "saegui report starter --out starter.html",
        "saegui report runs/modern --data-dir ~/data --out modern.html",
    ),
    _arguments,
    _report,
)
