"""Files for TensorBoard: curves, histograms of the latents, and the dictionary as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import ConfigError, ExportError
from saegui.core.figures.dictionary_picture import dictionary_picture
from saegui.core.files import paths, refusals
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.history import StepResult, TestResult

if TYPE_CHECKING:
    from saegui.core.data import Dataset
    from saegui.core.training.checkpoints import Checkpointer

EVERY = 10
"""Steps between two points of the curves: writing each would slow a small training by a third."""
CODES = 1000
"""Test inputs whose activations are counted."""


class TensorBoard:
    """Writes what one training does into a folder that ``tensorboard --logdir`` shows."""

    def __init__(self, folder: Path) -> None:
        """Raises:
        ConfigError: the package is not installed.
        ExportError: the folder cannot be written.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                'Files for TensorBoard need the package tensorboard: pip install "saegui[tensorboard]".'
            ) from error
        try:
            paths.check_can_make(folder)
            self._writer: Any = SummaryWriter(str(folder))
        except OSError as error:
            raise ExportError(refusals.unwritable(folder, error)) from error
        self._test: TestResult | None = None

    def record(self, steps: Sequence[StepResult], checkpoints: Checkpointer) -> None:
        """Steps that were just trained, and the measurement on the test inputs that was made after them, if there is one."""
        for step in steps:
            if step.step % EVERY == 0 or step.step == 1 or step.step == checkpoints.trainer.total_steps:
                for name in ("loss", "fvu", "l0", "dead"):
                    self._scalar(f"train/{name}", getattr(step, name), step.step)
                for name, value in step.losses.items():
                    self._scalar(f"losses/{name}", value, step.step)
        test = checkpoints.newest_test
        if test is None or test is self._test:
            return
        self._test = test
        for name in ("loss", "fvu", "l0"):
            self._scalar(f"test/{name}", getattr(test, name), test.step)
        self._latents(checkpoints.last_good, checkpoints.dataset)

    def close(self) -> None:
        """Everything is on disk after it."""
        self._writer.close()

    def _latents(self, snapshot: Snapshot, dataset: Dataset) -> None:
        step = snapshot.step
        self._histogram("latents/log10 density", _log10(snapshot.density), step)
        self._histogram("latents/decoder norm", np.linalg.norm(snapshot.W_dec, axis=1), step)
        x = to_input(dataset.test_images[:CODES])
        z = snapshot.encode(x)
        self._histogram("codes/activation", z[z != 0], step)
        self._histogram("codes/L0", (z != 0).sum(axis=1), step)
        picture = dictionary_picture(snapshot)
        if picture is not None:
            self._writer.add_image("decoder", picture, step, dataformats="HWC")

    def _scalar(self, name: str, value: float, step: int) -> None:
        if np.isfinite(value):
            self._writer.add_scalar(name, value, step)

    def _histogram(self, name: str, values: NDArray[Any], step: int) -> None:
        # SummaryWriter refuses those that are empty or hold what is no number.
        finite = values[np.isfinite(values)]
        if len(finite):
            self._writer.add_histogram(name, finite, step)


def _log10(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the latents that were active at all."""
    return np.log10(density[density > 0])
