"""Refinements: their part of a :class:`~saegui.core.training.kernels.fused.FusedStep`, in the kernels of :mod:`.looks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels import codes, looks
from saegui.core.training.kernels.crew import share
from saegui.core.training.kernels.inked import Inked
from saegui.core.training.kernels.vectors import ROWS, WIDE, Floats, zeros

if TYPE_CHECKING:
    from torch import Tensor

Found = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
"""How many latents are active on each image, which, and the bits of their activations."""
PIECE = 32
"""Images."""


class EncoderEntries(NamedTuple):
    """Of the encoder's gradient, latent by latent: where each latent's begin, images, and ∂loss/∂u₀."""

    starts: NDArray[np.int64]
    of_image: NDArray[np.int32]
    of_delta: Floats


class Refinements:
    """Finds codes by several looks at an image, and leads a code's gradient back through them."""

    def __init__(self, weights: dict[str, Floats], batch: int, number: int) -> None:
        """``weights`` latent by latent; batches have up to ``batch`` images."""
        self._W_enc, self._W_dec = weights["W_enc"], weights["W_dec"]
        self._batch = batch
        F, d_in = self._W_dec.shape
        blocks, stretches = -(-F // WIDE), -(-d_in // WIDE)
        wide = blocks * WIDE
        self._packed = zeros((blocks, d_in, WIDE), np.float32)
        self._atoms = zeros((wide, d_in), np.float32)
        self._in_stretches = zeros((stretches, wide, WIDE), np.float32)
        self._H, self._of_products = zeros((wide, wide), np.float32), zeros((wide, wide), np.float32)
        self._diagonal = self._H.reshape(-1)[:: wide + 1][:F]
        self._extra = zeros((wide, stretches * WIDE), np.float32), zeros((wide, stretches * WIDE), np.float32)
        self._first, self._last, self._total = (zeros((batch, wide), np.float32) for _ in range(3))
        self._later = zeros((number, batch, wide), np.float32)
        self._counts = np.zeros((number, batch), np.int64)
        self._latents = self._bits = np.zeros((number, batch, 0), np.int32)
        self._starts, self._starts_enc = np.zeros(F + 1, np.int64), np.zeros(F + 1, np.int64)
        self._of_image, self._of_delta = np.empty(batch * F, np.int32), np.empty(batch * F, np.float32)
        self._all = np.arange(F, dtype=np.int32)

    def look(self, bias: Floats, inked: Inked, changed: NDArray[np.bool_], threads: int) -> None:
        """The first look at a batch, with encoders that have ``changed (n_latents,)`` since the last one; call :meth:`find` next."""
        share(
            lambda counters: codes.pack(counters[0], self._W_enc, changed, self._packed),
            len(self._packed),
            threads,
        )
        F, batch = len(self._W_dec), len(inked.order)
        self._atoms[:F] = self._W_dec
        self._multiply(self._atoms, self._packed, self._H, threads)
        self._diagonal += 1
        share(
            lambda counters: looks.first_look(
                counters[0], PIECE, batch, self._packed, bias, *inked, self._first
            ),
            -(-batch // PIECE), threads,
        )  # fmt: skip

    def find(self, k: int, kept: int, batch: int, threads: int, found: Found) -> None:
        """All other looks, each by the k largest, and the ``kept`` largest of the last one."""
        room = k + 2 * WIDE
        if self._bits.shape[2] < room:
            shape = (len(self._counts), self._batch, room)
            self._latents, self._bits = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
            self._of_row = np.empty(shape[0] * shape[1] * k, np.int32)
            self._of_value = np.empty(len(self._of_row), np.float32)
        share(
            lambda counters: looks.look_again(
                counters[0], PIECE, batch, k, kept, self._first, self._H, self._last, len(self._W_dec),
                self._counts, self._latents, self._bits, self._bits.view(np.float32), *found,
            ),
            -(-batch // PIECE), threads,
        )  # fmt: skip

    def candidates(self, revived: Tensor, batch: int) -> Tensor:
        """The pre-activations of the last look ``(batch, number)``, a copy."""
        import torch

        return torch.from_numpy(self._last[:batch])[:, revived]

    def back(
        self, batch: int, threads: int, found: Found, delta: Floats, revived: NDArray[np.int64], of_revived: Floats, pull: Floats
    ) -> tuple[EncoderEntries, tuple[NDArray[np.int32], Floats, Floats]]:  # fmt: skip
        """From ``delta``, ∂loss of the entries, and ``of_revived (batch, number)``, that of AuxK's latents.

        Returns the entries of the encoder's gradient, and what :func:`~saegui.core.training.kernels.gradients.learn` adds beside
        them; ``pull (n_latents,)`` becomes ∂loss/∂b_enc.
        """
        counts, latents, _ = found
        share(
            lambda counters: looks.look_back(
                counters[0], PIECE, batch, self._H, self._counts, self._latents, counts, latents, delta,
                revived, of_revived, self._later, self._total,
            ),
            -(-batch // PIECE), threads,
        )  # fmt: skip
        looks.sort_looks(
            batch, self._counts, self._latents, self._bits.view(np.float32), self._starts, self._of_row, self._of_value
        )  # fmt: skip
        F = len(pull)
        share(
            lambda counters: looks.of_products(
                counters[0], 8, self._starts, self._of_row, self._of_value, self._later, self._of_products
            ),
            -(-F // 8), threads,
        )  # fmt: skip
        entries = EncoderEntries(self._starts_enc, self._of_image, self._of_delta)
        looks.sort_total(batch, self._total, *entries, pull)
        extra_enc, extra_dec = self._extra
        looks.in_blocks(self._W_enc, self._in_stretches)
        self._multiply(self._of_products, self._in_stretches, extra_dec, threads)
        looks.in_blocks(self._W_dec, self._in_stretches)
        self._multiply(np.ascontiguousarray(self._of_products.T), self._in_stretches, extra_enc, threads)
        return entries, (self._all, extra_enc, extra_dec)

    def _multiply(self, left: Floats, right: Floats, out: Floats, threads: int) -> None:
        sign = np.float32(-1 if out is self._H else 1)
        share(
            lambda counters: looks.multiply(counters[0], left, right, out, sign), len(left) // ROWS, threads
        )  # fmt: skip
