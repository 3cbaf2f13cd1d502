"""The second phase of a step, for kernels of whole steps and for those that have active latents as lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import kernel, pasted
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.gradients import decode, sort_by_latent, sum_of_rows
from saegui.core.training.kernels.vectors import ZERO, Bits, Floats, Stored, Whole

SUMS: Any = np.int64(2)
"""Pieces of the last phase of :func:`compare`."""


@pasted
def compare_all(
    of_decoder: Whole, of_sums: Whole, piece: int, x: Stored, by: Any, W_dec: Floats, b_dec: Floats, counts: Whole, latents: Bits, values: Floats,
    residual: Floats, delta: Floats, squared: Floats, sums: Floats,
    starts: Whole, places: Whole, of_image: Bits, of_value: Floats, of_delta: Floats, pull: Floats, g_dec: Floats, mse: Floats, at: Any, on: Whole,
) -> None:  # fmt: skip
    """What codes leave of the images, and what that says about them: :func:`decode`, then the sums over all images.

    ``mse[at]`` becomes the mean of all r², and ``on (n_latents,)`` on how many images each latent is active. All of it is done then.
    """
    batch = len(x)
    decode(of_decoder, piece, x, by, W_dec, b_dec, counts, latents, values, residual, delta, squared, sums)
    all_done(of_decoder, pieces_of(batch, piece))
    while True:
        part = take(of_sums)
        if part >= SUMS:
            break
        if part == 0:
            sort_by_latent(
                batch, counts, latents, values, delta, starts, places, of_image, of_value, of_delta, pull
            )
            for f in range(len(on)):
                on[f] = starts[f + 1] - starts[f]
        else:
            mse[at] = sum_of_rows(sums[: pieces_of(batch, piece)], squared[:batch], g_dec)
        done(of_sums)
    all_done(of_sums, SUMS)


@kernel
def compare(
    counters: Whole, piece: int, x: Stored, by: Any, W_dec: Floats, b_dec: Floats, counts: Whole, latents: Bits, values: Floats,
    residual: Floats, delta: Floats, squared: Floats, sums: Floats,
    starts: Whole, places: Whole, of_image: Bits, of_value: Floats, of_delta: Floats, pull: Floats, g_dec: Floats, mse: Floats, on: Whole,
) -> None:  # fmt: skip
    """:func:`compare_all`, with ``mse (1,)``."""
    compare_all(
        counters[0], counters[1], piece, x, by, W_dec, b_dec, counts, latents, values, residual, delta, squared, sums,
        starts, places, of_image, of_value, of_delta, pull, g_dec, mse, ZERO, on,
    )  # fmt: skip
