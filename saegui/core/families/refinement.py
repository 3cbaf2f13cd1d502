"""Refinements: the encoder compares its reconstruction with the input, and chooses the active latents again.

One is a step of iterative hard thresholding, z ← keep(u + z − (z·W_dec)·W_enc) with u the pre-activations
(Blumensath & Davies 2009, arXiv:0805.0510, eq. 1, with the encoder in the place of the transposed dictionary). A few of them,
trained from end to end (Gregor & LeCun 2010), come close to what a search for the best atoms finds. Between two of them
the k largest of each image stay, in every family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.arrays import Array
from saegui.core.families.matmul import product
from saegui.core.families.topk_search import keep_largest, keep_largest_array

if TYPE_CHECKING:
    from torch import Tensor


def refine(W: Mapping[str, Tensor], pre: Tensor, count: int, k: int) -> Tensor:
    """Pre-activations ``(batch, n_latents)`` after ``count`` refinements, differentiable."""
    first = pre
    for _ in range(count):
        z = keep_largest(pre.relu(), k)
        pre = first + z - (z @ W["W_dec"]) @ W["W_enc"]
    return pre


def refine_array(W_dec: Array, W_enc: Array, pre: Array, count: int, k: int) -> Array:
    """:func:`refine` in numpy; ``pre`` stays as it is."""
    rows, (F, d_in) = len(pre), W_dec.shape
    # One product with W_dec·W_enc in place of two with its factors, where making it takes less than it saves.
    worth_it = rows > 1 and F * (d_in + count * rows) < 2 * d_in * count * rows
    gram = W_dec @ W_enc if worth_it else None
    first = pre
    for _ in range(count):
        z = keep_largest_array(np.maximum(pre, 0), k)
        pre = first + z
        pre -= product(z, gram) if gram is not None else product(product(z, W_dec), W_enc)
    return pre


class Unrolled:
    """Refinements whose gradients are known in closed form.

    With G = W_dec·W_enc and uᵣ = u₀ + zᵣ₋₁ − zᵣ₋₁·G, where δᵣ = ∂loss/∂uᵣ: δᵣ₋₁ = (δᵣ − δᵣ·Gᵀ)·[zᵣ₋₁ > 0], and
    ∂loss/∂u₀ = Σδᵣ, ∂loss/∂G = −Σ zᵣ₋₁ᵀ·δᵣ.
    """

    def __init__(self, W: Mapping[str, Tensor], pre: Tensor, count: int, k: int) -> None:
        """``pre (batch, n_latents)`` are u₀; none of the arguments is written to."""
        self._W = W
        self._gram = W["W_dec"] @ W["W_enc"]
        self._codes: list[Tensor] = []
        self.pre = pre
        """u after all refinements."""
        for _ in range(count):
            z = keep_largest(self.pre.relu(), k)
            self._codes.append(z)
            self.pre = (pre + z).addmm_(z, self._gram, alpha=-1)

    def backward(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """From ∂loss/∂pre, which is overwritten: ∂loss/∂u₀ and ∂loss/∂G ``(n_latents, n_latents)``."""
        import torch

        total, gram = delta.clone(), torch.zeros_like(self._gram)
        for z in reversed(self._codes):
            gram.addmm_(z.t(), delta, alpha=-1)
            delta = (delta - delta @ self._gram.t()).mul_(z > 0)
            total += delta
        return total, gram
