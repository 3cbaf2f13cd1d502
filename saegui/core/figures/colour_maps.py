"""Colour maps with two ends and a centre, at any number of places. Importing this module imports no matplotlib."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def diverging(name: str, count: int) -> NDArray[np.uint8]:
    """``(count, 3)``: a colour map of matplotlib's with two ends at evenly spaced places; of an odd number one is its centre.

    A map that is a list of 256 colours, such as ``berlin``, is interpolated: resampled, its rows would be repeated.
    """
    import matplotlib
    from matplotlib.colors import ListedColormap

    found = matplotlib.colormaps[name]
    if isinstance(found, ListedColormap):
        listed = np.asarray(found(np.arange(found.N)))[:, :3]
        at = np.linspace(0, found.N - 1, count)
        colours = np.stack([np.interp(at, np.arange(found.N), listed[:, c]) for c in range(3)], axis=1)
    else:
        colours = found.resampled(count)(np.arange(count))[:, :3]
    rounded: NDArray[np.uint8] = np.rint(colours * 255).astype(np.uint8)
    rounded.setflags(write=False)
    return rounded
