"""Several trainings, one step each at a time: autoencoders jointly, baselines each by its own fit."""

from __future__ import annotations

from collections.abc import Sequence

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError
from saegui.core.progress import Interruptible
from saegui.core.runs.history import StepResult
from saegui.core.runs.resume_state import State
from saegui.core.training.any_trainer import AnyTraining
from saegui.core.training.fits.fitter import Fitter
from saegui.core.training.joint_trainer import JointTrainer, Member
from saegui.core.training.trainer import restore


class SideBySide:
    """Trainings in the order of their configurations. One that has ended takes no more steps."""

    def __init__(
        self, configs: Sequence[RunConfig], dataset: Dataset, device: str = "cpu", way: str | None = None
    ) -> None:
        """``way``: as of :class:`JointTrainer`. Raises :class:`ConfigError` as it and :class:`Fitter` do."""
        trained = [config for config in configs if not config.is_fitted]
        self._joint = JointTrainer(trained, dataset, device, way) if trained else None
        members = iter(range(len(trained)))
        self.trainings: list[AnyTraining] = []
        """One for each configuration."""
        self._places: list[int | None] = []
        for config in configs:
            place = None if config.is_fitted else next(members)
            self._places.append(place)
            if self._joint is None or place is None:
                self.trainings.append(Fitter(config, dataset))
            else:
                self.trainings.append(Member(self._joint, place))

    def restore(self, states: Sequence[State]) -> None:
        """Continue from the states of all trainings, taken after the same number of steps; a fit has none.

        Raises:
            KeyError, ValueError, RuntimeError: one is of another kind or shape of training, or after another number of steps.
        """
        if self._joint is None or len(states) != len(self._joint.learners):
            raise ValueError("a fit by scikit-learn cannot be continued")
        restore(self._joint, states)

    def watch(self, progress: Interruptible) -> None:
        """Let ``progress`` end a step of a fit, which may take long; then it takes none."""
        for each in self.trainings:
            if isinstance(each, Fitter):
                each.watch(progress)

    @property
    def done(self) -> bool:
        """Whether every training has ended, by its last epoch or by diverging."""
        fits = all(_ended(each) for each in self.trainings if isinstance(each, Fitter))
        return fits and (self._joint is None or self._joint.done)

    def advance(self, steps: int) -> list[list[StepResult]]:
        """Take that many steps, and as many of each fit as are best taken together; none of one that has ended."""
        joint = self._joint is not None and not self._joint.done
        trained = self._joint.advance(steps) if joint and self._joint is not None else []
        results: list[list[StepResult]] = []
        for place, each in zip(self._places, self.trainings, strict=True):
            if place is not None:
                results.append(trained[place] if trained else [])
            else:
                assert isinstance(each, Fitter)
                results.append(_fitted(each))
        return results


def _ended(fitter: Fitter) -> bool:
    return fitter.done or fitter.diverged is not None


def _fitted(fitter: Fitter) -> list[StepResult]:
    if _ended(fitter):
        return []
    try:
        return fitter.advance(fitter.at_once)
    except Cancelled:
        return []
    except DivergedError as error:
        fitter.give_up(error)
        return []
