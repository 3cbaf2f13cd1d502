"""One step of several models on a batch: group by group, and small models beside each other where there are several threads."""

from __future__ import annotations

from collections import deque
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
PARTS, LAST = 4, 2
"""In how many parts a thread takes the steps of the last models, so many for each thread: at the end, others wait for one part instead of for all
steps of a model. Those before are taken whole, as a model's next step is faster while it is still in the cache."""


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


def take_all(
    groups: Sequence[Group], take: Callable[[Group, int, int], list[T]], steps: int
) -> list[list[T]]:
    """Up to ``steps`` of every group, as :func:`do_all` does single ones.

    ``take(group, steps, after)`` returns up to so many, which come after as many that were taken before; where it returns none, that
    group is not asked again.
    """
    found: list[list[T]] = [[] for _ in groups]

    def goes_on(index: int, most: int) -> bool:
        after = len(found[index])
        taken = take(groups[index], min(most, steps - after), after)
        found[index] += taken
        return bool(taken) and len(found[index]) < steps

    for index, group in enumerate(groups):
        while not group.beside and goes_on(index, steps):
            pass
    waiting = deque(index for index, group in enumerate(groups) if group.beside)
    threads, part = kernel_threads(), -(-steps // PARTS)

    def take_some() -> None:
        while True:
            try:
                index = waiting.popleft()
            except IndexError:
                return
            if goes_on(index, part if len(waiting) < LAST * threads else steps):
                waiting.append(index)

    if waiting:
        working = [_threads(threads).submit(take_some) for _ in range(threads)]
        wait(working)
        for each in working:
            each.result()
    return found


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
