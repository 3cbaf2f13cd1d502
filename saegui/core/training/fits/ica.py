"""FastICA by scikit-learn, on inputs that PCA has whitened.

scikit-learn's own whitening decides signs by the first number of an input. Where that is always 0, as in MNIST's corner, it
erases whole directions; whitened here, none is lost, and the components span what PCA's do.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.training.fits.fit import Fit, Weights
from saegui.core.training.fits.inputs import Inputs
from saegui.core.training.fits.pca import check_varies, components

LEAST = 5e-4
"""Of the largest standard deviation: along a direction that varies less there is nothing to unmix but errors of float32."""


class ICAFit(Fit):
    """Components of variance one; the largest entry of each atom is positive."""

    at_once = 10

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        x = inputs.together()
        self.check_at_most(min(x.shape), "as many as the inputs have numbers, or as there are inputs")
        self.mean = x.mean(axis=0, dtype=np.float64).astype(np.float32)
        check_varies(x)
        self._directions, variances = components(x, config)
        self._deviations = np.sqrt(np.maximum(variances, 0))
        there = int(np.count_nonzero(self._deviations > LEAST * self._deviations.max(initial=0)))
        if there < config.n_latents:
            raise ConfigError(
                f"The inputs vary along {there:,} directions only, and {config.n_latents:,} latents are asked for: "
                "lower --latents."
            )
        self._white = ((x - self.mean) @ self._directions.T) / self._deviations
        size = (config.n_latents, config.n_latents)
        self._unmixing = np.random.RandomState(config.seed).normal(size=size)

    def advance(self, first: int, steps: int) -> int:
        from sklearn.decomposition import FastICA
        from sklearn.exceptions import ConvergenceWarning

        config = self.config
        method = FastICA(whiten=False, fun=config.fun, max_iter=1, tol=config.tol, w_init=self._unmixing)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            # scikit-learn says that the number of components is not used without whitening: it is not given.
            method.fit(self._white)
        self._unmixing = method.components_
        self.done = not any(issubclass(each.category, ConvergenceWarning) for each in said)
        return 1

    def atoms(self) -> Array:
        atoms = (self._unmixing * self._deviations) @ self._directions
        found: Array = (atoms * _signs(atoms)).astype(np.float32)
        return found

    def own(self) -> Weights:
        atoms = (self._unmixing * self._deviations) @ self._directions
        encoder = ((self._unmixing / self._deviations) @ self._directions) * _signs(atoms)
        return super().own()._replace(encoder=encoder.astype(np.float32).T)


def _signs(atoms: NDArray[np.floating]) -> Array:
    """``(n, 1)``: 1 or −1, so that the largest entry of each atom becomes positive."""
    largest = np.take_along_axis(atoms, np.abs(atoms).argmax(axis=1)[:, np.newaxis], 1)
    return np.where(largest < 0, np.float32(-1), np.float32(1))
