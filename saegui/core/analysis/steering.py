"""Steering: set latents of one code to other activations, and see what the reconstruction becomes and re-encodes to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.errors import DataError
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.numbers import latent_name, no_latent


@dataclass(frozen=True, eq=False)
class Steered:
    """What a steered code makes of one image; F latents.

    The change in what the reconstruction re-encodes to is measured from what the reconstruction before steering re-encodes to,
    so that it is due to steering alone.
    """

    z: Array
    """(F,): the code with the latents set."""
    reconstruction: Array
    """(*shape): what that code is decoded to."""
    difference: Array
    """(*shape): that, less the reconstruction before steering."""
    mse_before: float
    mse: float
    """Mean squared error from the image, before steering and after."""
    reencoded_before: Array
    """(F,): the code of the reconstruction before steering."""
    reencoded: Array
    """(F,): the code of the steered reconstruction."""

    @cached_property
    def appearing(self) -> NDArray[np.intp]:
        """Latents that only the steered reconstruction activates, the strongest first."""
        return _strongest((self.reencoded != 0) & (self.reencoded_before == 0), self.reencoded)

    @cached_property
    def vanishing(self) -> NDArray[np.intp]:
        """Latents that only the reconstruction before steering activates, the strongest first."""
        return _strongest((self.reencoded == 0) & (self.reencoded_before != 0), self.reencoded_before)


class Steering:
    """One image, ready to be steered: what does not depend on the values set is computed once."""

    def __init__(self, snapshot: Snapshot, values: Images, z: Array) -> None:
        """``values (*shape)`` is the image and ``z (F,)`` its code."""
        self.snapshot, self.z = snapshot, z
        self._x = to_input(values[np.newaxis])
        self._before = snapshot.decode(z[np.newaxis], self._x)
        self._mse = _mse(self._before, self._x)

    @cached_property
    def _reencoded(self) -> Array:
        found: Array = self.snapshot.encode(self._before)[0]
        return found

    def steer(self, values: Mapping[int, float]) -> Steered:
        """Set these latents to these activations; 0 ablates one, and no values give what there was.

        Raises:
            DataError: names the latent that does not exist, or the value that is no activation.
        """
        z = self.z.copy()
        check_values(values, len(z), signed=self.snapshot.config.signed_codes)
        for latent, value in values.items():
            z[latent] = value
        x_hat = self.snapshot.decode(z[np.newaxis], self._x)
        shape = self.snapshot.shape
        return Steered(
            z,
            x_hat.reshape(shape),
            (x_hat - self._before).reshape(shape),
            self._mse,
            _mse(x_hat, self._x),
            self._reencoded,
            self.snapshot.encode(x_hat)[0],
        )


def check_values(values: Mapping[int, float], n_latents: int, *, signed: bool = False) -> None:
    """Whether latents can be set to these activations; ``signed``: which may be negative.

    Raises:
        DataError: names the latent that does not exist, or the value that is no activation.
    """
    for latent, value in values.items():
        if not 0 <= latent < n_latents:
            raise DataError(no_latent(latent, n_latents))
        if not (math.isfinite(value) and (signed or value >= 0)):
            least = "any number" if signed else "0, which switches the latent off, or more"
            raise DataError(f"{latent_name(latent)} cannot be set to {value:g}: an activation is {least}.")


def _mse(x_hat: Array, x: Array) -> float:
    return float(np.square(x_hat - x).mean())


def _strongest(found: NDArray[np.bool_], by: Array) -> NDArray[np.intp]:
    latents = np.flatnonzero(found)
    return latents[np.argsort(-np.abs(by[latents]), kind="stable")]
