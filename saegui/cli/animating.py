"""``saegui animate``: a training as a moving picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core.api import load_run


def _arguments(parser: argparse.ArgumentParser) -> None:
    from saegui.core.figures import animation

    arguments.add_run(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help="file to write, which ends in .gif, .apng, .png, .webp or .mp4 (which needs saegui[video])",
    )
    parser.add_argument(
        "--speed",
        metavar="N",
        type=float,
        default=animation.SPEED,
        help=f"frames a second, from {animation.SPEEDS[0]} to {animation.SPEEDS[1]} (default: %(default)s)",
    )
    parser.add_argument(
        "--frames",
        metavar="N",
        type=arguments.whole_number,
        help="show at most N of the kept steps, evenly (default: all)",
    )


def _animate(options: argparse.Namespace) -> int:
    from saegui.core.figures import animation

    run = load_run(options.run)
    animation.check(options.out, options.speed, options.frames)
    arguments.check_out(options.out)
    with output.count_progress() as progress:
        frames = animation.animate(
            run, options.out, speed=options.speed, most=options.frames, progress=progress
        )
    print(f"{options.out}: {output.counted(frames, 'frame')} of {run.name}")
    return 0


ANIMATE = Command(
    "animate",
    "Write the training of a run as an animation.",
    "Every frame shows what the latents draw at one kept step: dense at the beginning,\nthen at ends of epochs.",
    ("saegui animate starter --out starter.gif", "saegui animate runs/modern --out modern.mp4 --speed 20"),
    _arguments,
    _animate,
)
