"""Kernels that find the active latents among many: with weights and pixels rounded to eight bits, then exactly.

By how much an activation may be wrong that is computed from rounded numbers is known: see :mod:`.rounding`. So of each image every
latent is kept that may be among the k largest, and of these few the activations are computed from the weights themselves. What
is found is the same as without rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.largest import NAN, WITHOUT_SIGN, first_of, least_kept, shrink
from saegui.core.training.kernels.rounding import IN_WORD, LARGEST_SUM, STEPS, round_image
from saegui.core.training.kernels.vectors import (
    LINE_OF,
    WIDE,
    Bits,
    Floats,
    Stored,
    Whole,
    above,
    add_products,
    ask_for,
    bits_of,
    dot,
    lowest,
    write,
)

NEAR = 2**20
"""So many weights are mostly in a cache that is near; of more, those that come next are asked for before they are needed."""
SLACK = np.float32(2**-21)
"""By what share of a bias a sum with it may be wrong."""


@inlined
def _as_bits(value: Any) -> Any:
    """The whole number whose bits a positive float has; every NaN as the same one."""
    return min(bits_of(value) & WITHOUT_SIGN, NAN)


@inlined
def _may_stay(lows: Bits, highs: Bits, latents: Bits, n: int, least: Any) -> int:
    """Keep those of the first n whose upper bound reaches ``least``; returns how many that is."""
    kept = 0
    for j in range(n):
        low, high, latent = lows[j], highs[j], latents[j]
        lows[kept], highs[kept], latents[kept] = low, high, latent
        kept += high >= least
    return kept


@inlined
def _resolve(
    lows: Bits, highs: Bits, latents: Bits, n: int, k: int, x: Floats, W_enc: Floats, bias: Floats
) -> int:  # fmt: skip
    """Replace the bounds of the first n by the activations themselves and keep the k largest; returns how many that is."""
    kept = 0
    d_in = W_enc.shape[1]
    far = W_enc.size > NEAR
    for j in range(n):
        if far and j + 1 < n:
            ask_for(W_enc, latents[j + 1] * d_in, d_in)
        exact, f = lows[j], latents[j]
        if exact != highs[j]:
            value = bias[f] + dot(x, W_enc[f])
            if value <= 0:
                continue
            exact = _as_bits(value)
        lows[kept], highs[kept], latents[kept] = exact, exact, f
        kept += 1
    if kept > k:
        shrink(lows, latents, kept, k)
        write(lows, highs[:k])
        return k
    return kept


@inlined
def _see(stored: Stored, by: Any, image: Floats) -> None:
    """Into ``image``: what the autoencoder sees of one that is ``stored``."""
    for p in range(len(image)):
        image[p] = np.float32(stored[p]) * by


@inlined
def search(
    first: Any, last: Any, which: Whole, rounded: Any, bias: Floats, n_latents: int, k: int, x: Stored, by: Any, W_enc: Floats,
    counts: Whole, latents: Bits, bits: Bits, highs: Bits,
) -> None:  # fmt: skip
    """As :func:`~saegui.core.training.kernels.codes.encode`, from what :func:`round_latents` wrote, and ``x (batch, d_in)`` times ``by``.

    Of each image ``bits`` has lower bounds of the activations until they are known, and ``highs (batch, room)`` upper ones.
    """
    words, steps, wrong, lengths = rounded
    blocks, in_image, _ = words.shape
    flat, per_block = words.reshape(-1), in_image * WIDE
    room, n_images = bits.shape[1], last - first
    far = W_enc.size > NEAR
    # A sum of as many products as there are inputs must not become too large.
    most = max(min(STEPS, LARGEST_SUM // (STEPS * W_enc.shape[1])), 1)
    sums, pre, image = (
        np.empty(WIDE, np.int32),
        np.empty(WIDE, np.float32),
        np.empty(W_enc.shape[1], np.float32),
    )
    high_bias = np.empty(WIDE, np.float32)
    least, begins, of_image = (
        np.zeros(n_images, np.int32), np.zeros((n_images + 1, 2), np.int64), np.empty((n_images, 3), np.float32),
    )  # fmt: skip
    numbers = np.zeros(in_image * IN_WORD, np.int8)
    # One more: each is written before it is known whether it is kept.
    places, pixels = np.empty((2, 2 * n_images * in_image + 1), np.int32)
    share = (per_block // n_images // LINE_OF + 1) * LINE_OF
    for n in range(n_images):
        i = which[first + n]
        counts[i] = 0
        _see(x[i], by, image)
        begins[n, 1], begins[n + 1, 0], of_image[n, 0], of_image[n, 1], of_image[n, 2] = round_image(
            image, most, numbers, places, pixels, begins[n, 0]
        )
    for block in range(blocks):
        start, here = block * WIDE, block * per_block
        later = (block + 1) % blocks * per_block
        # Arrays of the block's own: see :func:`~saegui.core.training.kernels.vectors.see`.
        b, step_of, wrong_of, length_of = (
            bias[start : start + WIDE], steps[start : start + WIDE], wrong[start : start + WIDE], lengths[start : start + WIDE],
        )  # fmt: skip
        for j in range(WIDE):
            high_bias[j] = b[j] + abs(b[j]) * SLACK
        for n in range(n_images):
            i = which[first + n]
            if far:
                ask_for(flat, later + n * share, min(share, per_block - n * share))
            step, length, away = of_image[n]
            sums[:] = 0
            if begins[n, 1] < begins[n + 1, 0]:
                add_products(sums, flat, here, places, pixels, begins[n, 1], begins[n + 1, 0])
                for j in range(WIDE):
                    sums[j] = -sums[j]
            add_products(sums, flat, here, places, pixels, begins[n, 0], begins[n, 1])
            for j in range(WIDE):
                may_miss = wrong_of[j] * length + length_of[j] * away
                pre[j] = high_bias[j] + np.float32(sums[j]) * (step_of[j] * step) + may_miss
            found = first_of(above(pre, least[n]), n_latents - start)
            if found == 0:
                continue
            n_found = counts[i]
            while found != 0:
                j = lowest(found)
                found &= found - np.uint64(1)
                may_miss = wrong_of[j] * length + length_of[j] * away
                low = pre[j] - np.float32(2) * (may_miss + abs(b[j]) * SLACK)
                highs[i, n_found], latents[i, n_found] = _as_bits(pre[j]), start + j
                bits[i, n_found] = 0 if low <= 0 else _as_bits(low)
                n_found += 1
            if n_found > k and n_found > room - WIDE:
                least[n] = least_kept(bits[i], n_found, k)
                n_found = _may_stay(bits[i], highs[i], latents[i], n_found, least[n])
                if n_found > room - WIDE:
                    _see(x[i], by, image)
                    n_found = _resolve(bits[i], highs[i], latents[i], n_found, k, image, W_enc, bias)
                    if n_found == k:
                        least[n] = least_kept(bits[i], n_found, k)
            counts[i] = n_found
    for n in range(n_images):
        i = which[first + n]
        n_found = counts[i]
        if n_found > k:
            n_found = _may_stay(bits[i], highs[i], latents[i], n_found, least_kept(bits[i], n_found, k))
        _see(x[i], by, image)
        counts[i] = _resolve(bits[i], highs[i], latents[i], n_found, k, image, W_enc, bias)
