"""What the ends of the colour map stand for where weights are shown."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Indices, Mask
from saegui.core.arrays import Array
from saegui.core.figures.grids import Side
from saegui.core.model.snapshot import Snapshot
from saegui.ui.widgets.pictures import shared_scale

GridScale = Literal["shared", "tile"]
"""One colour scale for all latents, or one for each."""

SCALE_SAMPLE = 256
"""Latents whose weights set the shared scale; of more, every second, third… is taken."""


def weights_of(snapshot: Snapshot, side: Side, latents: Indices | list[int]) -> Array:
    """``(n, *shape)`` of a few latents. Unlike ``encoder_images`` it never copies the whole matrix."""
    flat = snapshot.W_dec[latents] if side == "decoder" else snapshot.W_enc[:, latents].T
    return np.ascontiguousarray(flat).reshape(-1, *snapshot.shape)


class Scales:
    """What the ends of the colour map stand for: one weight for all tiles, or each tile's largest."""

    def __init__(self, snapshot: Snapshot, dead: Mask, scale: GridScale) -> None:
        self._snapshot, self._dead, self._scale = snapshot, dead, scale
        self._shared: dict[Side, float] = {}

    def shared(self, side: Side) -> float:
        """One scale for the living latents; for all of them when none lives."""
        if side not in self._shared:
            chosen = np.flatnonzero(~self._dead)
            if not len(chosen):
                chosen = np.arange(self._snapshot.n_latents)
            chosen = chosen[:: -(-len(chosen) // SCALE_SAMPLE)]
            self._shared[side] = shared_scale(weights_of(self._snapshot, side, chosen))
        return self._shared[side]

    def of(self, side: Side, weights: Array) -> float | NDArray[np.float32]:
        """For ``weights (n, *shape)``: a number, or ``(n, 1, …)`` when every tile has its own."""
        if self._scale == "shared":
            return self.shared(side)
        each: NDArray[np.float32] = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
        return each
