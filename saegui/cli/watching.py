"""Shows the progress of a training on stderr, and stops the training on Ctrl+C."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from saegui.cli import output
from saegui.core.analysis.latent_order import IN_TRAINING
from saegui.core.data.registry import noun_of
from saegui.core.errors import Cancelled
from saegui.core.progress import Interruptible
from saegui.core.runs.history import StepResult

if TYPE_CHECKING:
    from saegui.core.training.any_trainer import AnyTraining

_REDRAW_SECONDS = 0.1
_LINES = 10
"""Number of progress lines when stderr is not a terminal."""


class Watcher(Protocol):
    """Shows what trainings do."""

    def step(self, images: int, latest: Sequence[StepResult]) -> None:
        """Called after every step, or every few steps on an accelerator; must take almost no time.

        ``images``: how many each training saw since the last call. ``latest``: the last step of each training that
        continues.
        """

    def within(self, done: int, total: int, text: str) -> None:
        """``done`` of ``total`` pieces of a step are done that takes long; must take almost no time."""

    def warn(self, sentence: str) -> None:
        """Show a problem that does not end the training."""


class Signals:
    """Notes the first Ctrl+C or SIGTERM; the training loop then stops after the current step.

    The second one raises :class:`KeyboardInterrupt` at once.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                # A shell starts background jobs so that they ignore Ctrl+C; leave that as it is.
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


class Within(Interruptible):
    """For a fit, whose steps take long: Ctrl+C ends one in its middle, and ``watcher`` shows how far it is."""

    def __init__(self, signals: Signals, watcher: Watcher) -> None:
        self._signals, self._watcher = signals, watcher

    @property
    def enough(self) -> bool:
        return self._signals.received is not None

    def report(self, done: int, total: int, text: str = "") -> None:
        if self.enough:
            raise Cancelled
        self._watcher.within(done, total, text)


@contextmanager
def watching(training: AnyTraining) -> Iterator[Watcher]:
    """A bar on a terminal, a few lines elsewhere; ``training`` is the one that takes longest of those that are shown."""
    if not sys.stderr.isatty():
        yield _Lines(training)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn(f"{{task.fields[rate]}} {noun_of(training.config.dataset).many}/s"),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield _Bar(training, progress)


class _Lines:
    """Prints one line per tenth of the training."""

    def __init__(self, training: AnyTraining) -> None:
        self._many = noun_of(training.config.dataset).many
        self._epochs, self._total = training.config.epochs, training.total_steps
        self._rate = _Rate()
        self._printed = training.steps * _LINES // self._total

    def step(self, images: int, latest: Sequence[StepResult]) -> None:
        self._rate.count(images)
        if (tenth := latest[0].step * _LINES // self._total) > self._printed:
            self._printed = tenth
            output.say(
                f"epoch {latest[0].epoch:.2f} of {self._epochs}: "
                f"loss {_span([result.loss for result in latest], '.5f')}, "
                f"FVU {_span([result.fvu for result in latest], '.3f')}, "
                f"L0 {_span([result.l0 for result in latest], '.1f')}, "
                f"dead {IN_TRAINING} {_span([result.dead for result in latest], 'd')}, {self._rate.value:,.0f} {self._many}/s"
            )

    def within(self, done: int, total: int, text: str) -> None:
        pass

    def warn(self, sentence: str) -> None:
        output.say(sentence)


class _Bar:
    """A progress bar that is redrawn ten times a second, however fast the steps are."""

    def __init__(self, training: AnyTraining, progress: object) -> None:
        from rich.progress import Progress

        assert isinstance(progress, Progress)
        self._progress = progress
        self._epochs = training.config.epochs
        self._total = training.total_steps
        self._rate = _Rate()
        self._due = 0.0
        self._task = progress.add_task(
            "",
            total=self._total,
            completed=training.steps,
            epoch=f"{training.epoch:.1f} of {self._epochs}",
            rate="…",
            loss="…",
        )

    def step(self, images: int, latest: Sequence[StepResult]) -> None:
        self._rate.count(images)
        now, step = time.monotonic(), latest[0].step
        if now < self._due and step < self._total:
            return
        self._due = now + _REDRAW_SECONDS
        self._progress.update(
            self._task,
            completed=step,
            epoch=f"{latest[0].epoch:.1f} of {self._epochs}",
            rate=f"{self._rate.value:,.0f}",
            loss=_span([result.loss for result in latest], ".5f"),
        )

    def within(self, done: int, total: int, text: str) -> None:
        self._progress.update(self._task, epoch=f"{text} {done:,} of {total:,}")

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


def _span(values: Sequence[float], form: str) -> str:
    """The smallest and the largest of ``values``, or the only one."""
    least, largest = format(min(values), form), format(max(values), form)
    return least if least == largest else f"{least} to {largest}"
