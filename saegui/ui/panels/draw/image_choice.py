"""Which test image the tool *Test image* shows next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

SEED = 0
"""Of the choice of test images: the same clicks show the same images after every start."""


class ImageChoice:
    """Chooses by chance, never the same image twice in a row, or the one after the last."""

    def __init__(self) -> None:
        self._last = -1

    def next_of(self, indices: Sequence[int], *, following: bool) -> int:
        """One of ``indices``, which are in order: by chance, or the first after the last one, else the first of all."""
        if following:
            later = [index for index in indices if index > self._last]
            self._last = later[0] if later else indices[0]
        else:
            others = [index for index in indices if index != self._last]
            self._last = int(self._rng.choice(others or indices))
        return self._last

    @cached_property
    def _rng(self) -> np.random.Generator:
        # When it is first needed: numpy loads its random numbers separately.
        return np.random.default_rng(SEED)
