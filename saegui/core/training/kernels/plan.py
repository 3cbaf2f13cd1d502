"""What several steps of a FusedStep are told, and what they say of themselves."""

from __future__ import annotations

import numpy as np


class Plan:
    """Arrays with a number for each step, in the order in which kernels take them."""

    def __init__(self, steps: int) -> None:
        """All zero."""
        self.lengths, self.ks, self.candidates = np.zeros((3, steps), np.int64)
        """How many images the batch has, k, and how many activations an image keeps before those of the batch are chosen."""
        self.paces, self.roots = np.zeros((2, steps), np.float32)
        """Of Adam: see :func:`~saegui.core.training.kernels.gradients.adam`."""
        self.mse = np.zeros(steps, np.float32)
        self.on, self.dead, self.full, self.stop = np.zeros((4, steps), np.int64)
        """See :func:`~saegui.core.training.kernels.steps.steps_by_all`."""
        self.told = (self.lengths, self.ks, self.candidates, self.paces, self.roots)
        self.found = (self.mse, self.on, self.dead, self.full, self.stop)

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return int(np.count_nonzero(self.stop))
