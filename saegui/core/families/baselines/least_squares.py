"""Non-negative least squares of many inputs at once, in a fixed number of iterations.

Projected gradients with momentum, which starts again where it overshoots (Beck & Teboulle 2009, FISTA; O'Donoghue & Candès
2015). Each iteration is one product of matrices, so a drawing is encoded within a frame, and entries become exactly zero.
"""

from __future__ import annotations

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.matmul import product

ITERATIONS = 100
"""Of NMF's atoms on MNIST the error is then within 1 in 10,000 of the exact solution's."""


def non_negative_least_squares(correlations: Array, products: Array, iterations: int = ITERATIONS) -> Array:
    """Codes z ≥ 0 ``(batch, n_latents)`` that make ‖x − W_decᵀ z‖² small.

    ``correlations (batch, n_latents)``: the product of each input with each atom; ``products (n_latents, n_latents)``: of the
    atoms with each other. The code of an atom of no length is 0.
    """
    lengths = np.sqrt(np.einsum("jj->j", products))
    inverse = np.where(lengths > 0, 1 / np.where(lengths > 0, lengths, 1), 0).astype(np.float32)
    gram = products * inverse[:, np.newaxis] * inverse
    # No eigenvalue of a symmetric matrix is larger than its largest sum of a row.
    steepest = float(np.abs(gram).sum(axis=1).max(initial=0)) or 1.0
    gram, target = gram / np.float32(steepest), correlations * (inverse / np.float32(steepest))
    z = np.zeros_like(target)
    ahead, momentum = z, np.ones((len(z), 1), np.float32)
    for _ in range(iterations):
        slope = product(ahead, gram)
        slope -= target
        new = np.maximum(ahead - slope, 0)
        moved = new - z
        # Where the last step went uphill the momentum begins again, input by input.
        uphill = np.einsum("nf,nf->n", slope, moved)[:, np.newaxis] > 0
        after = np.where(uphill, 1, (1 + np.sqrt(1 + 4 * momentum**2)) / 2).astype(np.float32)
        ahead = new + np.where(uphill, 0, (momentum - 1) / after).astype(np.float32) * moved
        z, momentum = new, after
    codes: Array = z * inverse
    return codes
