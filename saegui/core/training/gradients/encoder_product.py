"""The encoder's product x·W_enc, the one product of a sparse step that has a term for every latent, done three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from saegui.core.training.gradients.sparse_sums import csr, hear_warning

if TYPE_CHECKING:
    from torch import Tensor

MOSTLY_ZERO = 0.75
"""Share of zeros in the images from which on they are left out: MNIST has 0.81."""
LEAST_ZERO, LEAST_IMAGES = 2048, 256
"""Latents, and images of a batch, from which on leaving zeros out pays: measured with 64 to 16,384, and 16 to 1,024."""
PIECE = 2048
"""Latents whose weights are transposed at once: what the processor's cache holds."""


class Product(Protocol):
    """All latents' activations before the bias; into an array that the next call overwrites."""

    exact: bool
    """Whether they are precise enough to learn from, or only tell which latents to look at."""

    def __call__(self, x: Tensor, W_enc: Tensor) -> Tensor:
        """``x (batch, d_in)`` and ``W_enc (n_latents, d_in)`` to ``(batch, n_latents)``."""
        ...


def encoder_product(W_enc: Tensor, batch: int, precision: str, zeros: float) -> Product:
    """The fastest way for batches of up to ``batch`` images, of which a share of ``zeros`` is zero."""
    import torch

    n_latents, device = len(W_enc), W_enc.device
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    pre = torch.empty(batch, n_latents, dtype=dtype, device=device)
    if precision == "bfloat16":
        return _Half(pre, W_enc.to(dtype))
    many = n_latents >= LEAST_ZERO and batch >= LEAST_IMAGES
    if zeros >= MOSTLY_ZERO and many and device.type == "cpu":
        return _WithoutZeros(pre, torch.empty(W_enc.shape[1], min(PIECE, n_latents)))
    return _Dense(pre)


class _Dense:
    """As it is."""

    exact = True

    def __init__(self, pre: Tensor) -> None:
        self._pre = pre

    def __call__(self, x: Tensor, W_enc: Tensor) -> Tensor:
        import torch

        return torch.mm(x, W_enc.t(), out=self._pre[: len(x)])


class _Half:
    """In bfloat16."""

    exact = False

    def __init__(self, pre: Tensor, half: Tensor) -> None:
        self._pre, self._half = pre, half

    def __call__(self, x: Tensor, W_enc: Tensor) -> Tensor:
        import torch

        return torch.mm(x.to(self._half.dtype), self._half.copy_(W_enc).t(), out=self._pre[: len(x)])


class _WithoutZeros:
    """Of each image only the pixels with ink, each of which adds its row of the weights."""

    exact = True

    def __init__(self, pre: Tensor, piece: Tensor) -> None:
        hear_warning()
        self._pre, self._piece = pre, piece

    def __call__(self, x: Tensor, W_enc: Tensor) -> Tensor:
        import torch

        images, pre = sparse(x), self._pre[: len(x)]
        for start in range(0, len(W_enc), PIECE):
            rows = W_enc[start : start + PIECE]
            piece = self._piece[:, : len(rows)].copy_(rows.t())
            pre[:, start : start + PIECE] = torch.sparse.mm(images, piece, "sum")
        return pre


def sparse(x: Tensor) -> Tensor:
    """``x (rows, columns)`` as a sparse matrix."""
    import torch

    # By way of numpy, which finds what is not zero three times as fast.
    values = x.numpy()
    on = values != 0
    places = np.flatnonzero(on)
    ends = np.zeros(len(values) + 1, np.int64)
    np.cumsum(np.count_nonzero(on, axis=1), out=ends[1:])
    return csr(
        torch.from_numpy(ends),
        torch.from_numpy(places % values.shape[1]),
        torch.from_numpy(values.ravel()[places]),
        values.shape[1],
    )
