"""What a session, its checkpoints and progress know of a training: by gradients, or by a library that fits a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from saegui.core.analysis.metrics import Reading
from saegui.core.config.schema import RunConfig
from saegui.core.errors import DivergedError
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import StepResult
from saegui.core.runs.resume_state import State


class AnyTraining(Protocol):
    """One training, perhaps of several that step together: see :class:`saegui.core.training.joint_trainer.Member`."""

    @property
    def config(self) -> RunConfig:
        """The configuration that is trained, with live changes."""

    @property
    def device(self) -> str:
        """The device that trains: ``cpu``, ``cuda`` or ``mps``."""

    @property
    def way(self) -> str:
        """How its steps are computed."""

    @property
    def at_once(self) -> int:
        """Steps that are best taken before anybody looks at what came of them."""

    @property
    def n_images(self) -> int:
        """Training images: one epoch."""

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one pass over the training images."""

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""

    @property
    def steps(self) -> int:
        """Steps done so far."""

    @property
    def seconds(self) -> float:
        """Time spent in steps so far."""

    @property
    def epoch(self) -> float:
        """Passes over the data done so far."""

    @property
    def at_epoch_end(self) -> bool:
        """Whether the weights are to be measured on the test images now."""

    @property
    def done(self) -> bool:
        """True when no step is left."""

    @property
    def diverged(self) -> DivergedError | None:
        """Why it ended early."""

    def give_up(self, error: DivergedError) -> None:
        """Take no more steps."""

    def check(self, loss: float, mse: float) -> None:
        """Raise :class:`DivergedError` where the training cannot continue from weights with this loss; ``mse`` in pixels."""

    def reading(self, snapshot: Snapshot) -> Reading | None:
        """What reads images sooner than the ``snapshot`` of the current weights does; None where nothing does."""

    def snapshot(self) -> Snapshot:
        """A copy of the current weights."""

    def state(self) -> State | None:
        """Everything that is needed to resume the training; None where that is not possible."""


class AnyTrainer(AnyTraining, Protocol):
    """One training that can be advanced alone: see :class:`saegui.core.training.trainer.Trainer`."""

    def change(self, **values: float | None) -> None:
        """Change live parameters from the next step on."""

    def advance(self, steps: int) -> list[StepResult]:
        """Take that many steps, or of those that a library takes together, a few more."""

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a :meth:`state`."""
