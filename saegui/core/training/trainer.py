"""Trainer: trains one configuration, a step at a time. No threads, no Qt, no printing; its caller decides when to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.runs.history import StepResult
from saegui.core.training.joint_trainer import JointTrainer, Member


class Trainer(Member):
    """Trains one configuration on one data set.

    Equal configurations, data, thread counts and devices give bit-identical weights, also when the training was
    interrupted and resumed: see :meth:`state`.
    """

    def __init__(
        self, config: RunConfig, dataset: Dataset, device: str = "cpu", way: str | None = None
    ) -> None:
        """``device`` and ``way``: see :class:`JointTrainer`. Raises :class:`ConfigError` when the data set has no training images."""
        super().__init__(JointTrainer([config], dataset, device, way))

    def change(self, **values: float | None) -> None:
        """Change live parameters from the next step on; those that are None stay.

        Raises:
            ConfigError: for a value out of bounds or a k above the number of latents; nothing changes then.
        """
        self._joint.change(0, {name: value for name, value in values.items() if value is not None})

    def step(self) -> StepResult:
        """Train on the next batch.

        Raises:
            DivergedError: the loss is not finite or has exploded; the weights are useless then.
        """
        return self.advance(1)[0]

    def advance(self, steps: int) -> list[StepResult]:
        """Train on that many batches. Their results are read once, at the end: an accelerator need not wait at every step.

        Raises:
            DivergedError: as :meth:`step`.
            ValueError: when fewer steps than that are left.
        """
        if steps > self.total_steps - self.steps:
            raise ValueError(f"{steps:,} more steps after {self.steps:,} of {self.total_steps:,}")
        results = self._joint.advance(steps)[0]
        if self.diverged is not None:
            raise self.diverged
        return results

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a :meth:`state` of a training with equal configuration, data, thread count and device.

        Raises:
            KeyError, ValueError, RuntimeError: the state is of another kind or shape of training.
        """
        restore(self._joint, [state])


def restore(joint: JointTrainer, states: Sequence[Mapping[str, NDArray[Any]]]) -> None:
    """Continue from the states of all trainings of ``joint``, taken after the same number of steps.

    Raises:
        KeyError, ValueError, RuntimeError: one is of another kind or shape of training, or after another number of steps.
    """
    import torch

    for learner, state in zip(joint.learners, states, strict=True):
        learner.restore(state)
    shared, steps = states[0], joint.learners[0].steps
    if any(learner.steps != steps for learner in joint.learners):
        raise ValueError("they were not saved after the same number of steps")
    joint.batches.restore(dict(shared), joint.generator, steps)
    joint.generator.set_state(torch.from_numpy(shared["generator"].copy()))
    joint.seconds = float(shared["seconds"][0])
