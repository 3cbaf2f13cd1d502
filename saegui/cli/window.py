"""``saegui`` without a command, which opens the window, and ``saegui demo``, the tour."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import saegui
from saegui.cli import arguments, display, output
from saegui.cli.command import Command, Parser, examples
from saegui.core.api import load_run
from saegui.core.errors import RunError, SaeguiError
from saegui.core.runs import folders
from saegui.core.sweeps.folder import holds_runs

_ABOUT = (
    "Train a sparse autoencoder on images in seconds, draw on it, and see what it learnt.\n"
    "Without a command the window opens."
)


class DisplayError(SaeguiError):
    """There is no display, or Qt lacks a library that it needs."""


def parser(commands: Iterable[Command]) -> Parser:
    """The parser of ``saegui`` itself, whose help lists ``commands``."""
    listed = "\n".join(f"  {command.name:<9} {command.about}" for command in commands)
    shown = examples(("saegui", "saegui runs/modern --data-dir ~/data", "saegui demo"))
    epilog = f"commands ('saegui COMMAND --help' explains each):\n{listed}\n\n{shown}"
    usage = "saegui [--data-dir DIR] [--threads N] [--device D] [RUN]\n       saegui COMMAND …"
    parser = Parser("saegui", usage, _ABOUT, epilog)
    parser.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="run to open in the window: its folder, a folder of runs, a name, or 'starter'",
    )
    arguments.add_data_dir(parser)
    arguments.add_threads(parser)
    arguments.add_device(parser)
    parser.add_argument("--version", action="version", version=f"saegui {saegui.__version__}")
    return parser


def run(options: argparse.Namespace, commands: Mapping[str, Command]) -> int:
    """Open the window and wait until it is closed.

    Raises:
        RunError: RUN is no run.
        DisplayError: no window can be shown; the message names the commands that need none.
    """
    path = None if options.run is None else _run_path(options.run, commands)
    if found := display.problem():
        headless = [name for name in commands if name != "demo"]
        raise DisplayError(
            f"{found[0].upper()}{found[1:]}; these commands need no window: {', '.join(headless)} and demo (see 'saegui --help')."
        )
    with _qt_libraries():
        from saegui.ui.window import application
    return application.run(
        data_dir=options.data_dir, threads=options.threads, device=options.device, run=path
    )


def _run_path(text: str, commands: Mapping[str, Command]) -> Path:
    if text in commands:
        raise RunError(
            f"'{text}' is a command: give it first, as in 'saegui {text} …', and its options after it."
        )
    try:
        if text and holds_runs(Path(text)):
            # The window shows all of them, and those that come.
            return Path(text)
        if text and (newest := folders.newest_inside(Path(text))) is not None:
            return newest
        return load_run(text).path
    except RunError as error:
        if close := difflib.get_close_matches(text, commands, 1):
            raise RunError(
                f"There is no command and no run '{text}'; the nearest command is '{close[0]}'."
            ) from error
        if text and Path(text).name == text and not Path(text).exists():
            raise RunError(
                f"There is no command and no run '{text}'; 'saegui --help' lists the commands, 'saegui runs' the runs."
            ) from error
        raise


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("saegui-demo"),
        help="folder for the figures and pictures (default: %(default)s)",
    )
    arguments.add_data_dir(parser)
    parser.add_argument("--exit", action="store_true", help="close the window at the end of the tour")


def _demo(options: argparse.Namespace) -> int:
    arguments.check_out(options.out, options.out)
    if found := display.problem():
        output.say(f"The tour runs without a window ({found}).")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with _qt_libraries():
        from saegui.ui.demo import tour
    return tour.run(options.out, options.data_dir, options.exit)


@contextmanager
def _qt_libraries() -> Iterator[None]:
    """Say which packages are missing where Qt cannot be imported."""
    try:
        yield
    except ImportError as error:
        packages = display.lacking(display.LIBRARIES)
        if not packages:
            raise
        raise DisplayError(
            f"Qt cannot be loaded because libraries are missing ({error}); {display.install(packages)}."
        ) from error


DEMO = Command(
    "demo",
    "Show a guided tour, in under a minute.",
    "It trains, draws, looks at latents and exports figures; without a display it runs offscreen.",
    ("saegui demo", "saegui demo --exit --out tour --data-dir ~/data"),
    _demo_arguments,
    _demo,
)
