"""``saegui train``."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_data
from saegui.core import runs
from saegui.core.config import parameter, relevant
from saegui.core.errors import ConfigError, RunError
from saegui.core.history import StepResult

if TYPE_CHECKING:
    from saegui.core.metrics import Metrics
    from saegui.core.session import Session

_REDRAW_SECONDS = 0.1
_LINES = 10
"""Lines of progress where stderr is no terminal."""


class _Watcher(Protocol):
    def step(self, result: StepResult) -> None:
        """Called after every step; must cost next to nothing."""

    def warn(self, sentence: str) -> None:
        """Something to know that does not end the training."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    places = parser.add_mutually_exclusive_group(required=True)
    places.add_argument("--out", metavar="RUN", type=Path, help="folder to write the run to; a new one")
    places.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a training that was stopped or killed, with its own parameters, as if it had not been: "
        "folder of a run, or name of one that 'saegui runs' lists",
    )
    arguments.add_data_dir(parser)
    arguments.add_threads(parser)
    arguments.add_device(parser)
    arguments.add_json(parser, "print the metrics as JSON, the last line of stdout")
    arguments.add_config(parser)


def _run(options: argparse.Namespace) -> int:
    begin = _going_on(options) if options.resume is not None else _new(options)
    with _Signals() as signals:
        session, found = _train(begin, options, signals)
    path, epochs = session.run.path, session.trainer.config.epochs
    folder = f" --data-dir {shlex.quote(str(options.data_dir))}" if options.data_dir is not None else ""
    if session.done:
        ending, hint = (
            f"Trained for {session.trainer.seconds:.1f} s",
            f"look at it with: saegui {path}{folder}",
        )
    else:
        ending, hint = (
            f"Stopped at epoch {session.trainer.epoch:.2f} of {epochs}",
            f"go on with: saegui train --resume {path}{folder}",
        )
    output.say(f"{ending}; the run is kept in {path}: {hint}")
    if options.json:
        output.print_json(found.to_dict())
    else:
        output.print_metrics(found.to_dict())
    return 0 if signals.received is None else 128 + signals.received


def _new(options: argparse.Namespace) -> Callable[[], Session]:
    """Everything is checked and loaded; the call, once torch may be imported, begins the training."""
    config = arguments.config(options)
    runs.check_free(options.out)
    dataset = load_data(config.dataset, options.data_dir)
    # After all checks: a refusal is one sentence on stderr.
    taking_part = {parameter(name).option for name in relevant(config.model_dump())}
    if idle := [option for option in arguments.given_parameters(options) if option not in taking_part]:
        output.say(
            f"In a training of this kind {', '.join(idle)} {'takes' if len(idle) == 1 else 'take'} no part."
        )

    def begin() -> Session:
        from saegui.core.session import Session

        return Session(config, dataset, options.out, device=options.device)

    return begin


def _going_on(options: argparse.Namespace) -> Callable[[], Session]:
    """As :func:`_new`, for a run that is there."""
    if given := arguments.given_config(options):
        raise ConfigError(
            f"--resume goes on with the run's own parameters; leave {', '.join(given)} away, or train a new run."
        )
    run = arguments.find_run(options.resume)
    run.check_can_go_on()
    dataset = load_data(run.config.dataset, options.data_dir)

    def begin() -> Session:
        from saegui.core.session import Session

        return Session.resume(run, dataset, device=options.device)

    return begin


def _train(
    begin: Callable[[], Session], options: argparse.Namespace, signals: _Signals
) -> tuple[Session, Metrics]:
    from saegui.core.processors import use_threads

    count = use_threads(options.threads)
    session = begin()
    trainer = session.trainer
    where = trainer.device if trainer.device != "cpu" else output.counted(count, "thread")
    verb = f"Going on at epoch {trainer.epoch:.2f} with" if trainer.steps else "Training"
    output.say(
        f"{verb} {trainer.config.describe()} on {session.dataset.title} into {session.run.path}: "
        f"{output.counted(trainer.config.epochs, 'epoch')}, {output.counted(trainer.total_steps, 'step')}, {where}."
    )
    try:
        with _watching(session) as watcher:
            while not session.done and signals.received is None:
                try:
                    session.advance()
                    for result in session.recent:
                        watcher.step(result)
                except RunError as error:
                    watcher.warn(f"{error} The training goes on; saving is tried again.")
    except BrokenPipeError:
        # Nobody reads the progress any more: what was trained is kept all the same.
        session.close()
        raise
    if signals.received is not None:
        output.say("Stopping: the run is measured and saved. Once more ends at once, at the last save.")
    return session, session.close()


class _Signals:
    """Turns Ctrl+C and a polite kill into a wish that the training loop grants after the current step.

    The second one raises :class:`KeyboardInterrupt` wherever the program is.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                # A shell starts background jobs deaf to Ctrl+C, and means it.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            raise KeyboardInterrupt
        self.received = number


@contextmanager
def _watching(session: Session) -> Iterator[_Watcher]:
    if not sys.stderr.isatty():
        yield _Lines(session)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]} images/s"),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(session, progress)


class _Lines:
    """A line for every tenth of the training."""

    def __init__(self, session: Session) -> None:
        self._epochs, self._total = session.trainer.config.epochs, session.trainer.total_steps
        self._rate = _Rate()
        self._printed = session.trainer.steps * _LINES // self._total

    def step(self, result: StepResult) -> None:
        self._rate.count(result.images)
        if (tenth := result.step * _LINES // self._total) > self._printed:
            self._printed = tenth
            output.say(
                f"epoch {result.epoch:.2f} of {self._epochs}: loss {result.loss:.5f}, FVU {result.fvu:.3f}, "
                f"L0 {result.l0:.1f}, dead {result.dead}, {self._rate.value:,.0f} images/s"
            )

    def warn(self, sentence: str) -> None:
        output.say(sentence)


class _Bar:
    """A progress bar that is redrawn ten times a second, however fast the steps are."""

    def __init__(self, session: Session, progress: object) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)
        self._progress = progress
        self._epochs = session.trainer.config.epochs
        self._total = session.trainer.total_steps
        self._rate = _Rate()
        self._due = 0.0
        self._task = progress.add_task(
            "",
            total=self._total,
            completed=session.trainer.steps,
            epoch=f"{session.trainer.epoch:.1f} of {self._epochs}",
            rate="…",
            loss="…",
        )

    def step(self, result: StepResult) -> None:
        self._rate.count(result.images)
        now = time.monotonic()
        if now < self._due and result.step < self._total:
            return
        self._due = now + _REDRAW_SECONDS
        self._progress.update(
            self._task,
            completed=result.step,
            epoch=f"{result.epoch:.1f} of {self._epochs}",
            rate=f"{self._rate.value:,.0f}",
            loss=f"{result.loss:.5f}",
        )

    def warn(self, sentence: str) -> None:
        self._progress.console.print(sentence, markup=False, highlight=False)


class _Rate:
    """Images a second since the training began, saving and measuring included."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._images = 0

    def count(self, images: int) -> None:
        self._images += images

    @property
    def value(self) -> float:
        return self._images / max(time.monotonic() - self._started, 1e-9)


TRAIN = Command(
    "train",
    "Train a sparse autoencoder and keep it as a run, or go on with one that was interrupted.",
    "Ctrl+C saves what there is and ends with status 130; --resume goes on from there.",
    (
        "saegui train --preset modern --out runs/modern",
        "saegui train --preset seed-k10 --k 5 --epochs 10 --data-dir ~/data --out runs/k5 --json",
        "saegui train --dataset digits --latents 32 --k 4 --lr 1e-3 --out runs/digits",
        "saegui train --resume runs/modern",
    ),
    _add_arguments,
    _run,
    usage="(--out RUN [--preset P] | --resume RUN) [options]",
)
