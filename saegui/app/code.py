"""What a model makes of one input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.model.snapshot import Snapshot, to_input


@dataclass(frozen=True, eq=False)
class Code:
    """What the current snapshot makes of the current image; F latents."""

    z: Array
    """(F,)"""
    reconstruction: Array
    """In the snapshot's shape and the model's units: 0 paper, 1 ink; may leave that range."""
    mse: float

    @property
    def l0(self) -> int:
        """Active latents."""
        return int(np.count_nonzero(self.z))

    @property
    def active(self) -> NDArray[np.intp]:
        """Active latents, largest activation first, whatever its sign; ties by index."""
        order = np.argsort(-np.abs(self.z), kind="stable")
        return order[: self.l0]


def encoded(snapshot: Snapshot, values: Images) -> Code:
    """The code of one input, which has the snapshot's shape."""
    x = to_input(values[np.newaxis])
    z = snapshot.encode(x)
    x_hat = snapshot.decode(z, x)
    return Code(z[0], x_hat.reshape(snapshot.shape), float(np.square(x_hat - x).mean()))
