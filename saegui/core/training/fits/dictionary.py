"""Dictionary learning by scikit-learn, a batch at a time (Mairal 2009)."""

from __future__ import annotations

import numpy as np

from saegui.core.arrays import Array
from saegui.core.training.fits.batches import BatchFit
from saegui.core.training.fits.fit import unfinished
from saegui.core.training.fits.inputs import sample

FIRST = 10_000
"""Inputs whose singular vectors are the first atoms."""


class DictionaryFit(BatchFit):
    """Lasso by coordinate descent makes the codes of a batch, then each atom is fitted in turn."""

    def start(self) -> None:
        from sklearn.decomposition import MiniBatchDictionaryLearning

        config = self.config
        self.mean = self.inputs.mean
        self._method = MiniBatchDictionaryLearning(
            config.n_latents,
            alpha=config.alpha,
            batch_size=config.batch_size,
            fit_algorithm="cd",
            random_state=config.seed,
            dict_init=self._first_atoms(),
        )

    def _first_atoms(self) -> Array:
        """As scikit-learn begins where it is given all inputs at once."""
        from sklearn.utils.extmath import randomized_svd

        config = self.config
        x = self.inputs.rows(sample(len(self.inputs), FIRST, config.seed)) - self.mean
        _, strengths, directions = randomized_svd(
            x, min(config.n_latents, *x.shape), random_state=config.seed
        )
        atoms = np.zeros((config.n_latents, x.shape[1]), np.float32)
        atoms[: len(directions)] = strengths[:, np.newaxis] * directions
        return atoms

    def learn(self, x: Array) -> None:
        with unfinished():
            self._method.partial_fit(x - self.mean)

    def atoms(self) -> Array:
        return np.asarray(self._method.components_, np.float32)
