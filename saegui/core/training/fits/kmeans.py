"""k-means by scikit-learn: Lloyd's iterations over all inputs, or a batch at a time."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.progress import Progress
from saegui.core.training.fits.batches import BatchFit
from saegui.core.training.fits.fit import Fit, Weights, unfinished
from saegui.core.training.fits.inputs import Inputs

TOGETHER = 16_000_000_000
"""Products of an input with a centre, number by number, that one call is given: scikit-learn cannot be interrupted within it, and
has some work to do before and after it. It takes about a second.
"""


class KMeansFit(Fit):
    """All inputs in each iteration, from centres that k-means++ chooses."""

    at_once = 5

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._x = inputs.together()
        self.check_at_most(len(self._x), "one for each input")
        self.mean = self._x.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._centres: Array | None = None

    def advance(self, first: int, steps: int) -> int:
        from sklearn.cluster import KMeans

        config, before = self.config, self._centres
        steps = min(steps, math.ceil(TOGETHER / (self._x.size * config.n_latents)))
        method = KMeans(
            config.n_latents,
            init="k-means++" if self._centres is None else self._centres,
            n_init=1,
            max_iter=steps,
            tol=config.tol,
            random_state=_Watched(config.seed, config.n_latents, self.progress),
        )
        with unfinished():
            method.fit(self._x)
        self._centres = method.cluster_centers_.astype(np.float32)
        # One that ends with the last iteration asked for takes one more, and then has not moved.
        self.done = method.n_iter_ < steps or (
            steps == 1 and before is not None and self._has_settled(before, self._centres)
        )
        return int(method.n_iter_)

    def _has_settled(self, before: Array, after: Array) -> bool:
        """Whether centres moved as little as scikit-learn asks for, which does not say it of one iteration alone."""
        moved = float(np.square(after - before, dtype=np.float64).sum())
        return moved <= self.config.tol * self._variance

    @cached_property
    def _variance(self) -> float:
        return float(np.var(self._x, axis=0).mean())

    def atoms(self) -> Array:
        assert self._centres is not None
        return less_mean(self._centres, self)

    def own(self) -> Weights:
        return nearest(self.atoms())


class _Watched(np.random.RandomState):
    """Random numbers for k-means++, which asks for some before each centre but the first: a place to be given up in."""

    def __init__(self, seed: int, centres: int, progress: Progress) -> None:
        super().__init__(seed)
        self._asked, self._centres, self._progress = 0, centres, progress

    def uniform(self, *given: Any, **named: Any) -> Any:
        self._asked += 1
        self._progress.report(self._asked, self._centres, "first centres")
        return super().uniform(*given, **named)


class MiniBatchKMeansFit(BatchFit):
    """A batch at a time."""

    def start(self) -> None:
        from sklearn.cluster import MiniBatchKMeans

        config = self.config
        if config.n_nonzero_coefs:
            self.mean = self.inputs.mean
        self._method = MiniBatchKMeans(
            config.n_latents, n_init=1, batch_size=config.batch_size, random_state=config.seed
        )

    def learn(self, x: Array) -> None:
        with unfinished():
            self._method.partial_fit(x)

    def atoms(self) -> Array:
        return less_mean(np.asarray(self._method.cluster_centers_, np.float32), self)

    def own(self) -> Weights:
        return nearest(self.atoms())


def less_mean(centres: Array, fit: Fit) -> Array:
    """Atoms for pursuit: it draws what is left when the mean is subtracted, which is part of every centre."""
    return centres - fit.mean if fit.config.n_nonzero_coefs else centres


def nearest(centres: Array) -> Weights:
    """Weights whose pre-activation x·c − ‖c‖²/2 is largest for the nearest centre."""
    b_enc = (-np.square(centres, dtype=np.float64).sum(axis=1) / 2).astype(np.float32)
    return Weights(centres, centres.T, b_enc, np.zeros(centres.shape[1], np.float32))
