"""Fits that read a batch of inputs at a time, in a new order in each epoch."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.training.fits.fit import Fit
from saegui.core.training.fits.inputs import Inputs


class BatchFit(Fit):
    """Every input once in each epoch. An order depends on the seed and the epoch alone."""

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        first = min(config.batch_size, len(inputs))
        if first < config.n_latents:
            raise ConfigError(
                f"{self.baseline.title} starts from the first batch, which has {first:,} inputs and cannot give "
                f"{config.n_latents:,} latents: raise --batch-size, or lower --latents."
            )
        self._order: tuple[int, NDArray[np.intp]] = (-1, np.empty(0, np.intp))
        self.start()

    @property
    def per_epoch(self) -> int:
        return math.ceil(len(self.inputs) / self.config.batch_size)

    def advance(self, first: int, steps: int) -> int:
        epoch, place = divmod(first, self.per_epoch)
        if self._order[0] != epoch:
            random = np.random.default_rng([self.config.seed, epoch])
            self._order = (epoch, random.permutation(len(self.inputs)))
        start = place * self.config.batch_size
        self.learn(self.inputs.rows(self._order[1][start : start + self.config.batch_size]))
        return 1

    def start(self) -> None:
        """Make the method."""

    @abstractmethod
    def learn(self, x: Array) -> None:
        """Learn from one batch ``(n, d_in)``."""
