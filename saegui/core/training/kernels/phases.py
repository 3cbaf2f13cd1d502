"""Kernels of several phases, so that threads which share a step need not come back to Python between them."""

from __future__ import annotations

from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import all_done, done, take
from saegui.core.training.kernels.gradients import (
    decode,
    sort_by_latent,
    sum_of_rows,
)
from saegui.core.training.kernels.vectors import Bits, Floats, Whole

SUMS = 2
"""Pieces of the last phase of :func:`compare`."""


@kernel
def compare(
    counters: Whole, piece: int, x: Floats, W_dec: Floats, b_dec: Floats, counts: Whole, latents: Bits, values: Floats,
    residual: Floats, delta: Floats, squared: Floats,
    starts: Whole, places: Whole, of_image: Bits, of_value: Floats, of_delta: Floats, pull: Floats, g_dec: Floats, mse: Floats, on: Whole,
) -> None:  # fmt: skip
    """What codes leave of the images, and what that says about them: :func:`decode`, then the sums over all images.

    ``mse (1,)`` becomes the mean of all r², and ``on (n_latents,)`` on how many images each latent is active.
    """
    batch = len(x)
    decode(counters[0], piece, x, W_dec, b_dec, counts, latents, values, residual, delta, squared)
    all_done(counters[0], (batch + piece - 1) // piece)
    while True:
        part = take(counters[1])
        if part >= SUMS:
            return
        if part == 0:
            sort_by_latent(
                batch, counts, latents, values, delta, starts, places, of_image, of_value, of_delta, pull
            )
            for f in range(len(on)):
                on[f] = starts[f + 1] - starts[f]
        else:
            mse[0] = sum_of_rows(residual, squared, g_dec)
        done(counters[1])
