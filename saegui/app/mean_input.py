"""MeanInputControl: the mean of the training inputs, by which the FVU of one input is measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.core.analysis import metrics
from saegui.core.arrays import Images
from saegui.core.data import Dataset
from saegui.core.progress import Progress

AT_ONCE = 2_000_000
"""Numbers that are averaged on the window's thread, which takes about 5 ms; more in a job."""


class MeanInputControl(QObject):
    """Averages the training inputs of a data set once, in the background where that takes long."""

    changed = Signal()
    """The mean is there, or is that of other data."""

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._work = Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(state.fail)
        self._subject: Dataset | None = None
        self._mean: NDArray[np.float64] | None = None
        state.dataset_changed.connect(self._other_data)
        self._other_data()

    def fvu(self, values: Images, mse: float) -> float | None:
        """Of an input ``(*shape)`` that is reconstructed with this error; None while the mean is not known, or of another shape."""
        dataset = self._state.dataset
        if self._mean is None or dataset is None or dataset.shape != values.shape:
            return None
        return metrics.input_fvu(values, mse, self._mean)

    @Slot()
    def _other_data(self) -> None:
        dataset = self._state.dataset
        if dataset is self._subject:
            return
        self._work.cancel()
        self._subject, self._mean = dataset, None
        if dataset is not None:
            images = dataset.train_images
            if images.size <= AT_ONCE:
                self._mean = metrics.moments(images).mean
            else:
                self._work.start(
                    f"Averaging the training {dataset.noun.many}", lambda progress: _mean(images, progress)
                )
        self.changed.emit()

    @Slot(object)
    def _done(self, mean: NDArray[np.float64]) -> None:
        self._mean = mean
        self.changed.emit()


def _mean(images: Images, progress: Progress) -> NDArray[np.float64]:
    progress.report(0, 1)
    return metrics.moments(images).mean
