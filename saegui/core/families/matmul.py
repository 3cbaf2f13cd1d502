"""Matrix products in numpy, with a fast way for one image."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array


def product(x: Array, W: NDArray[Any], out: Array | None = None) -> Array:
    """``x (batch, n)`` times ``W (n, m)``, in new memory or in ``out (batch, m)``.

    The library behind numpy's products serves one thread at a time: encoding a drawing would wait while a training
    measures thousands of images. One row is therefore multiplied without it.
    """
    if len(x) != 1:
        whole: Array = np.matmul(x, W, out=out)
        return whole
    row = x[0]
    if W.flags.c_contiguous:
        # Of a code most values are zeros, and the rows of W that they meet need not be read.
        on = np.flatnonzero(row)
        row, W = row[on], W[on]
    found: Array = np.einsum("n,nm->m", row, W, out=None if out is None else out[0])
    return found[np.newaxis]
