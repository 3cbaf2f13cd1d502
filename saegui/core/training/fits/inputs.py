"""The training inputs as a library reads them: rows of float32, normalised as the configuration says."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.metrics import moments
from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.model import normalisation
from saegui.core.model.snapshot import to_input

MOST_BYTES = 8 * 2**30
"""Inputs that are fitted together are all in memory, most libraries copy them, and more would not fit."""

MEAN_OF = 10_000
"""Inputs of which the mean is taken where each is scaled by itself."""


class Inputs:
    """The training inputs of a data set, and what they are normalised by."""

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        """Raises :class:`ConfigError` when the data set has no training inputs."""
        self._config, self._dataset = config, dataset
        self.images = dataset.train_images
        if not len(self.images):
            raise ConfigError(
                f"{dataset.title} has no training {dataset.noun.many}; choose another data set."
            )
        found = moments(self.images)
        self.variance = found.variation.around_mean_image / len(self.images)
        """Mean over inputs of Σ(x − mean input)², in pixels."""
        self.d_in = len(found.mean)
        pixels = found.mean.astype(np.float32)
        self.fitted = normalisation.fit(config.input, pixels, self.variance / self.d_in)
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def mean(self) -> Array:
        """``(d_in,)``: the mean of all inputs as the model sees them."""
        if self._config.input in ("unit", normalisation.LAYER_NORM):
            some = self.rows(sample(len(self), MEAN_OF, self._config.seed))
            return np.asarray(some.mean(axis=0, dtype=np.float64), np.float32)
        return np.asarray(normalisation.apply(self._config.input, self._pixels[np.newaxis], self.fitted)[0])

    def rows(self, chosen: NDArray[np.integer]) -> Array:
        """``(n, d_in)``: some inputs as the model sees them."""
        x = to_input(on_disk.taken(self.images, chosen))
        return normalisation.apply(self._config.input, x, self.fitted)

    def together(self) -> Array:
        """``(n, d_in)``: all inputs, or a random sample of as many as the configuration allows, always the same for one seed.

        Raises:
            ConfigError: they do not fit into memory together.
        """
        count = len(self)
        if 0 < self._config.max_samples < count:
            count = self._config.max_samples
        if (needed := count * self.d_in * 4) > MOST_BYTES:
            most = MOST_BYTES // (self.d_in * 4)
            raise ConfigError(
                f"{count:,} {self._dataset.noun.many} take {needed / 2**30:,.0f} GB, and this kind reads all of them together: set "
                f"--max-samples to {most:,} or less, or choose a kind that reads a batch at a time."
            )
        return self.rows(sample(len(self), count, self._config.seed))


def sample(total: int, count: int, seed: int) -> NDArray[np.intp]:
    """``(count,)``: that many of ``total`` inputs, ascending."""
    if count >= total:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, count, replace=False))
