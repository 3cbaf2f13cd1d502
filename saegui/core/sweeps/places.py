"""Where the trainings of a sweep run: in this process, or on the workers of a Dask scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from saegui.core.errors import ConfigError, RunError
from saegui.core.sweeps import task
from saegui.core.sweeps.spec import Training

_log = logging.getLogger(__name__)

CONNECT_SECONDS = 20
SCHEDULER_IS_GONE = "The scheduler is gone. What is trained is kept: start it again, then give the same command with --resume."

KILLED = "each process that trained it was killed; it may need more memory than there is."


class FailedTrainingError(Exception):
    """Why there is no run of a training. An error comes with the message that a task has ended; a result must be fetched, which
    waits for ever or fails in many ways when the scheduler has gone in between."""


class Ended(NamedTuple):
    """A training that needs no more work."""

    training: Training
    problem: str | None
    """Why there is no run of it; None where there is."""
    note: str = ""
    """What went wrong although there is a run: that it diverged; empty where nothing did."""


def log(training: Training, sentence: str) -> None:
    """Write a sentence about a training into the log of this process."""
    _log.warning("%s: %s", training.name, sentence)


def here(
    trainings: Iterable[Training],
    out: Path,
    *,
    threads: int = 1,
    device: str = "cpu",
    say: Callable[[Training, str], object] = log,
) -> Iterator[Ended]:
    """One after the other, in this process. ``say`` gets at once which of them begin again, and why."""
    for each in trainings:
        yield Ended(each, task.attempt(each, str(out), threads, device, partial(say, each)))


def _on_worker(training: Training, out: str, threads: int, device: str) -> None:
    problem = task.attempt(training, out, threads, device, partial(log, training))
    if problem is not None:
        raise FailedTrainingError(problem)


def on_dask(
    trainings: Sequence[Training],
    out: Path,
    *,
    scheduler: str | None = None,
    local: int = 1,
    threads: int = 1,
    device: str = "cpu",
) -> Iterator[Ended]:
    """On the workers of the ``scheduler``, such as ``tcp://node1:8786``, or on so many ``local`` processes, as they end.

    ``out`` must be the same folder for all of them.

    Raises:
        ConfigError: Dask is not installed, or nobody answers at that address.
        RunError: the scheduler has gone; what is trained is kept.
    """
    try:
        # Untyped.
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ConfigError(
            'Trainings on several processes or machines need Dask: pip install "saegui[cluster]".'
        ) from error
    with ExitStack() as stack:
        # Its own reports of a worker that was killed would be mixed into ours.
        for name in list(logging.root.manager.loggerDict):
            if name.split(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
        if scheduler is None:
            cluster = distributed.LocalCluster(
                n_workers=local, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
            )
            scheduler = stack.enter_context(cluster).scheduler_address
        try:
            client = stack.enter_context(distributed.Client(scheduler, timeout=CONNECT_SECONDS))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"No scheduler answers at {scheduler}; start one with 'dask scheduler', and give the address that it prints."
            ) from error
        killed: list[Ended] = []
        for ended in _on_workers(client, trainings, "train", out, threads, device):
            if ended.problem == KILLED:
                killed.append(ended)
            else:
                yield ended
        # Dask counts a worker's death against all that it was given, also what only waited there: who killed it shows when
        # each is alone.
        if len(killed) < 2:
            yield from killed
            return
        for ended in killed:
            yield from _on_workers(client, [ended.training], "alone", out, threads, device)


def _on_workers(
    client: Any, trainings: Sequence[Training], prefix: str, out: Path, threads: int, device: str
) -> Iterator[Ended]:
    """All at once, as they end. ``client`` is one of Dask's; the ``prefix`` of its keys must be new to it."""
    # Untyped.
    distributed: Any = import_module("distributed")
    # A result that is held is computed again when its worker is lost: each is let go of as soon as it is there.
    waiting = {
        future.key: (each, future)
        for each in trainings
        for future in [
            client.submit(
                _on_worker, each, str(out), threads, device, key=f"{prefix}-{each.folder}", pure=False
            )
        ]
    }
    for future in distributed.as_completed([future for _, future in waiting.values()]):
        each, _ = waiting.pop(future.key)
        problem: str | None = None
        if future.status == "error":
            raised = future.exception()
            if isinstance(raised, FailedTrainingError):
                problem = str(raised)
            elif isinstance(raised, distributed.scheduler.KilledWorker):
                problem = KILLED
            else:
                raise raised
        elif future.status != "finished" and not task.is_done(each, out):
            raise RunError(SCHEDULER_IS_GONE)
        future.release()
        yield Ended(each, problem)
