"""What is saved of a training that ended before its last step, checked before it is continued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from saegui.core.arrays import check_reads
from saegui.core.config.schema import RunConfig, parameters
from saegui.core.data import Dataset
from saegui.core.errors import RunError
from saegui.core.runs import resume_state
from saegui.core.runs.resume_state import State
from saegui.core.runs.run import Run
from saegui.core.training.checkpoints import IMAGES


def saved_state(run: Run, dataset: Dataset) -> tuple[RunConfig, State]:
    """The configuration, live changes included, and the state from which ``run`` is continued on ``dataset``.

    Raises:
        DataError: the run was trained on inputs of another shape.
        RunError: the state cannot be read, is of another training, or was trained on other inputs.
    """
    check_reads(run.shape, dataset.shape, dataset.title)
    config, state = resume_state.load(run.path)
    # Live parameters may differ: run.json is written after the state.
    if any(getattr(config, p.name) != getattr(run.config, p.name) for p in parameters() if not p.live):
        raise _misfit(run)
    if not np.array_equal(state.get(IMAGES, []), [dataset.fingerprint]):
        raise RunError(
            f"{run.path} was trained on other {dataset.noun.many} than {dataset.title} has now; "
            f"resume it with the {dataset.noun.many} that it began with, or train a new run."
        )
    return config, state


@contextmanager
def misfits_named(run: Run) -> Iterator[None]:
    """Raises :class:`RunError` where a state that is restored inside is of another kind or shape of training."""
    try:
        yield
    except (KeyError, IndexError, ValueError, RuntimeError, TypeError, OverflowError) as error:
        raise _misfit(run) from error


def _misfit(run: Run) -> RunError:
    return RunError(
        f"{run.path / resume_state.NAME} does not fit the run's configuration; the run still opens, but cannot be resumed."
    )
