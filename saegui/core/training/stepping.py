"""One step of several models on a batch: group by group, and small models beside each other where there are several threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache, partial
from typing import TypeVar

from saegui.core.errors import DivergedError
from saegui.core.training.batches import Batch
from saegui.core.training.devices import kernel_threads
from saegui.core.training.gradients.plan import Group
from saegui.core.training.learner import Learner, StepLosses

T = TypeVar("T")
Steps = list[StepLosses | None]
"""One of each model of a group; None for those whose training has ended."""


def parts_of(batch: Batch, groups: Sequence[Group], learners: Sequence[Learner]) -> list[Callable[[], Steps]]:
    """For each group, what steps its models; ``learners`` are those of all models."""
    return [partial(_step, batch, group, learners) for group in groups]


def do_all(groups: Sequence[Group], parts: Sequence[Callable[[], T]]) -> list[T]:
    """What every part returns: first those that all threads share, then those of which each thread does one at a time."""
    shared = {index: parts[index]() for index, group in enumerate(groups) if not group.beside}
    if len(shared) == len(parts):
        return list(shared.values())
    # A thread takes the next model when it is done with one, so one that other programs keep from the processor holds up
    # no more than the model it has; and who waits sleeps.
    waiting = {
        index: _threads(kernel_threads()).submit(part)
        for index, part in enumerate(parts)
        if index not in shared
    }
    wait(waiting.values())
    found = shared | {index: each.result() for index, each in waiting.items()}
    return [found[index] for index in range(len(parts))]


@cache
def _threads(number: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(number, "saegui-models")


def _step(batch: Batch, group: Group, all_learners: Sequence[Learner]) -> Steps:
    learners = [all_learners[index] for index in group.which]
    gradients = group.gradients(batch.x, [learner.gradient_inputs() for learner in learners])
    steps: Steps = []
    for learner, gradient in zip(learners, gradients, strict=True):
        steps.append(None)
        if learner.ended:
            continue
        try:
            steps[-1] = learner.learn(batch, gradient)
        except DivergedError as error:
            learner.diverged = error
    return steps
