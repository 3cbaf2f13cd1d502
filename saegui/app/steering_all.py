"""SteeringAllControl: does to all test inputs, in the background, what is set by hand for the current one."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.app.steering import SteeringControl
from saegui.core.analysis.steering_all import SteeredAll, steer_all
from saegui.core.data.noun import Noun
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.run import Run


class Found(NamedTuple):
    """What came of it, and of which model and inputs."""

    steered: SteeredAll
    snapshot: Snapshot
    run: Run | None
    title: str
    """Of the data set."""
    noun: Noun


class SteeringAllControl(QObject):
    """One such calculation at a time; another model ends it."""

    found = Signal(object)
    """A :class:`Found`."""

    def __init__(
        self, state: AppState, steering: SteeringControl, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._steering = state, steering
        self._job = Latest(jobs, self)
        self._job.done.connect(self.found)
        self._job.failed.connect(state.fail)
        state.run_changed.connect(self._job.cancel)

    @property
    def ready(self) -> bool:
        """Whether latents are set and there are test inputs that the model reads."""
        state = self._state
        return (
            self._steering.on
            and state.snapshot is not None
            and state.dataset is not None
            and state.data_readable
        )

    @Slot()
    def start(self) -> None:
        """Set the latents that are set now in the code of every test input. Nothing happens where it is not :attr:`ready`."""
        snapshot, dataset, run = self._state.snapshot, self._state.dataset, self._state.run
        if not self.ready or snapshot is None or dataset is None:
            return
        values = self._steering.values

        def work(progress: Progress) -> Found:
            steered = steer_all(snapshot, dataset.test_images, values, progress.named(dataset.noun.many))
            return Found(steered, snapshot, run, dataset.title, dataset.noun)

        self._job.start(f"Steering all test {dataset.noun.many}", work)
