"""NMF by scikit-learn: coordinate descent on a sample of inputs, or a batch at a time."""

from __future__ import annotations

import numpy as np

from saegui.core.arrays import Array
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.training.fits.batches import BatchFit
from saegui.core.training.fits.fit import Fit, of_length_one, unfinished
from saegui.core.training.fits.inputs import Inputs


class NMFFit(Fit):
    """All inputs of the sample, in each iteration. An atom may have any length, for its codes make up for it: here it is one."""

    at_once = 10

    def __init__(self, config: RunConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._x = inputs.together()
        check_not_negative(self._x)
        self._codes: Array | None = None
        self._atoms: Array | None = None

    def advance(self, first: int, steps: int) -> int:
        from sklearn.decomposition import NMF

        config = self.config
        given = {} if self._atoms is None else {"W": self._codes, "H": self._atoms}
        method = NMF(
            config.n_latents,
            init="custom" if given else None,
            max_iter=1,
            tol=0,
            random_state=config.seed,
        )
        with unfinished():
            self._codes = method.fit_transform(self._x, **given)
        self._atoms = method.components_.astype(np.float32)
        return 1

    def atoms(self) -> Array:
        assert self._atoms is not None
        return of_length_one(self._atoms)


class MiniBatchNMFFit(BatchFit):
    """A batch at a time."""

    def start(self) -> None:
        from sklearn.decomposition import MiniBatchNMF

        config = self.config
        self._method = MiniBatchNMF(config.n_latents, batch_size=config.batch_size, random_state=config.seed)

    def learn(self, x: Array) -> None:
        check_not_negative(x)
        with unfinished():
            self._method.partial_fit(x)

    def atoms(self) -> Array:
        return of_length_one(np.asarray(self._method.components_, np.float32))


def check_not_negative(x: Array) -> None:
    """Raise :class:`ConfigError` where an input has a number below zero."""
    if (least := float(x.min(initial=0))) < 0:
        raise ConfigError(
            f"NMF needs inputs that are nowhere negative, and these go down to {least:.3g}: choose another kind or data set."
        )
