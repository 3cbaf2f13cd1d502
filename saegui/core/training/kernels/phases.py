"""Kernels of several phases, so that threads which share a step need not come back to Python between them."""

from __future__ import annotations

from typing import Any

from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import all_done, done, take
from saegui.core.training.kernels.gradients import (
    decode,
    learn,
    move,
    sort_by_latent,
    sum_of_rows,
    take_pull,
)
from saegui.core.training.kernels.vectors import Bits, Floats, Whole, write

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


@kernel
def update(
    counters: Whole, piece: int, x: Floats, residual: Floats, starts: Whole, of_image: Bits, of_value: Floats,
    starts_enc: Whole, of_image_enc: Bits, of_delta: Floats, pull: Floats, shift: Floats, extra: Bits, extra_enc: Floats, extra_dec: Floats,
    W_enc: Floats, W_dec: Floats, m_enc: Floats, v_enc: Floats, m_dec: Floats, v_dec: Floats,
    b_enc: Floats, b_dec: Floats, m_b_enc: Floats, v_b_enc: Floats, m_b_dec: Floats, v_b_dec: Floats, g_dec: Floats,
    still: Any, behind: Whole, changed: Any,
    pace: Any, root: Any, pre_bias: bool, unit_norm: bool, non_negative: bool,
) -> None:  # fmt: skip
    """A step of Adam: on the biases, then latent by latent, by :func:`learn`; ``shift (d_in,)`` becomes b_dec as it was."""
    if take(counters[0]) == 0:
        write(b_dec, shift)
        if pre_bias:
            take_pull(W_enc, pull, g_dec)
        move(b_dec, g_dec, m_b_dec, v_b_dec, pace, root)
        move(b_enc, pull, m_b_enc, v_b_enc, pace, root)
        done(counters[0])
    all_done(counters[0], 1)
    learn(
        counters[1], piece, x, residual, starts, of_image, of_value, starts_enc, of_image_enc, of_delta, pull, shift,
        extra, extra_enc, extra_dec, W_enc, W_dec, m_enc, v_enc, m_dec, v_dec, still, behind, changed,
        pace, root, pre_bias, unit_norm, non_negative,
    )  # fmt: skip
