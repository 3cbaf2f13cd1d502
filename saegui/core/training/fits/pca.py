"""PCA by scikit-learn, in one step."""

from __future__ import annotations

import numpy as np

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.training.fits.fit import Fit
from saegui.core.training.fits.inputs import Inputs

EXACT = 2048
"""Numbers of one input up to which all directions are computed; beyond, the first ones are found by random projections."""


class PCAFit(Fit):
    """The components with the largest variance, each of length one; its largest entry is positive."""

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._x: Array | None = inputs.together()
        self.check_at_most(min(self._x.shape), "as many as the inputs have numbers, or as there are inputs")
        self.mean = self._x.mean(axis=0, dtype=np.float64).astype(np.float32)
        check_varies(self._x)

    @property
    def total(self) -> int:
        return 1

    def advance(self, first: int, steps: int) -> int:
        assert self._x is not None
        self._atoms = components(self._x, self.config)[0]
        self._x, self.done = None, True
        return 1

    def atoms(self) -> Array:
        return self._atoms


def components(x: Array, config: RunConfig) -> tuple[Array, Array]:
    """``(n_latents, d_in)`` components of ``x (n, d_in)``, and ``(n_latents,)`` the variance along each."""
    from sklearn.decomposition import PCA

    # 'auto' would change from one solver to another with the number of inputs.
    solver = "covariance_eigh" if x.shape[1] <= EXACT else "randomized"
    found = PCA(config.n_latents, svd_solver=solver, random_state=config.seed).fit(x)
    return found.components_.astype(np.float32), found.explained_variance_.astype(np.float32)


def check_varies(x: Array) -> None:
    """Raise :class:`ConfigError` where all inputs ``x (n, d_in)`` are equal, or there is only one."""
    if (x == x[0]).all():
        raise ConfigError(
            f"The inputs that are fitted ({len(x):,}) do not differ: raise --max-samples, or choose another data set."
        )
