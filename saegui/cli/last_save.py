"""The last save of a training where the disk refuses it: wait for a while, then save into another folder."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from saegui.cli import output
from saegui.cli.watching import Signals
from saegui.core.errors import RunError
from saegui.core.files import paths

WAIT = 300
"""Seconds to wait where the user says nothing else."""
MAX_WAIT = 86_400
RETRY = 1.0
"""Seconds between two tries."""


def add_wait(parser: argparse.ArgumentParser) -> None:
    """``--wait``."""
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=WAIT,
        help="how long to wait at the end when the run cannot be saved, such as on a full disk; after that it is saved to another "
        "folder, which is named (default: %(default)s)",
    )


def save_at_last(
    close: Callable[[], list[str]],
    close_in: Callable[[Path], list[str]],
    *,
    name: str,
    seconds: float,
    signals: Signals,
) -> Path | None:
    """Save a training that ended; returns None, or the other folder that it was saved to.

    ``close`` saves, ``close_in`` saves to a new folder; both return a sentence for each run that could not be saved.
    ``name`` is that of the new folder. Nothing waits after Ctrl+C, which also ends the waiting.

    Raises:
        RunError: it could be saved nowhere.
    """
    if not (problems := close()):
        return None
    if seconds and signals.received is None:
        output.say(
            f"{' '.join(problems)} Waiting up to {output.counted(round(seconds), 'second')} until it can be saved; "
            "Ctrl+C ends the waiting, and then it is saved to another folder."
        )
        end = time.monotonic() + seconds
        while signals.received is None and (left := end - time.monotonic()) > 0:
            time.sleep(min(RETRY, left))
            if not (problems := close()):
                output.say("It can be saved again.")
                return None
    tried = []
    for folder in _other_folders(name):
        try:
            refused = close_in(folder)
        except RunError as error:
            refused = [str(error)]
        if not refused:
            output.say(" ".join(problems))
            return folder
        with suppress(OSError):
            folder.rmdir()
        tried.append(str(folder))
    raise RunError(
        f"{' '.join(problems)} Saving to {' and to '.join(tried)} failed too, so only what was saved before is kept."
    )


def _other_folders(name: str) -> Iterator[Path]:
    """New folders on what may be other disks: where the window looks for runs, and the system's place for temporary files."""
    for parent in (paths.runs_dir(), Path(tempfile.gettempdir()) / "saegui"):
        folder, count = parent / f"{name}-saved", 2
        while folder.exists():
            folder, count = parent / f"{name}-saved-{count}", count + 1
        yield folder


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MAX_WAIT:
        raise argparse.ArgumentTypeError(f"it is '{text}'; it must be a number from 0 to {MAX_WAIT:,}")
    return seconds
