"""Kernels that find the active latents among many: with weights of half precision, which take half the time to read, then exactly.

A half-precision weight ŵ gives an activation that is wrong by at most ‖w − ŵ‖·‖x‖ (Cauchy and Schwarz). So of each image every
latent is kept that may be among the k largest, and of these few the activations are computed from the weights themselves. What
is found is the same as without half precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels.codes import NAN, WITHOUT_SIGN, least_kept, shrink
from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.crew import done, take
from saegui.core.training.kernels.squares import SIDE, turn
from saegui.core.training.kernels.vectors import (
    LINE_OF,
    WIDE,
    ZERO,
    Bits,
    Floats,
    Whole,
    above,
    add_halves,
    ask_for,
    bits_of,
    dot,
    lowest,
    write,
)

Words = NDArray[np.uint32]

HALF = WIDE // 2
ROUNDING = np.float32(2**-23)
"""For each input, by what share of ‖w‖·‖x‖ a sum may be wrong: twice what rounding takes."""
UPPER = np.uint32(0xFFFF0000)
SMALLEST = np.uint32(0x00800000)
"""Bits of the smallest float that is not denormal: with those that are, many processors compute a hundred times more slowly."""
LEAST = np.float32(1e-30)
"""More than what that changes."""
ENOUGH = np.float32(1.001)
"""A bound is itself rounded."""
NEAR = 2**20
"""So many weights are mostly in a cache that is near; of more, those that come next are asked for before they are needed."""


@inlined
def halve(counters: Whole, W_enc: Floats, changed: Any, words: Words, wrong: Floats) -> None:
    """Write the latents that ``changed (n_latents,)`` marks, and some beside them, in half precision; a block of 64 is a piece.

    ``words (blocks, d_in, 32)`` has for each pixel words of two latents: in the lower half the bfloat16 of one of the first 32; the word as
    it is, lower half and all, is the float of one of the last 32, its upper half rounded so that it is near the weight. ``wrong
    (n_latents,)`` becomes by how much an activation may be wrong, as a share of ‖x‖.
    """
    F, d_in = W_enc.shape
    nothing = np.zeros(d_in, np.float32)
    low, high = np.empty(d_in, np.uint32), np.empty((SIDE, d_in), np.uint32)
    while True:
        block = take(counters)
        if block >= len(words):
            return
        for first in range(0, HALF, SIDE):
            f, g = block * WIDE + first, block * WIDE + HALF + first
            if not (changed[f : f + SIDE].any() or changed[g : g + SIDE].any()):
                continue
            for slot in range(SIDE):
                lower = W_enc[f + slot] if f + slot < F else nothing
                upper = W_enc[g + slot] if g + slot < F else nothing
                bits, bits_of_upper = lower.view(np.uint32), upper.view(np.uint32)
                for p in range(d_in):
                    to_even = np.uint32(0x7FFF) + ((bits[p] >> np.uint32(16)) & np.uint32(1))
                    low[p] = (bits[p] + to_even) & UPPER
                    rest = low[p] >> np.uint32(16)
                    size = bits_of_upper[p] & np.uint32(0x7FFFFFFF)
                    near = max(max(size, rest) - rest + np.uint32(0x8000), SMALLEST) & UPPER
                    high[slot, p] = (bits_of_upper[p] & np.uint32(0x80000000)) | near | rest
                if f + slot < F:
                    wrong[f + slot], changed[f + slot] = _error(lower, low.view(np.float32)), False
                if g + slot < F:
                    wrong[g + slot] = _error(upper, high[slot].view(np.float32))
                    changed[g + slot] = False
            turn(high, ZERO, np.int64(SIDE), words[block], first)
        done(counters)


@inlined
def _error(weights: Floats, used: Floats) -> Any:
    """By how much, as a share of ‖x‖, an activation may be wrong that ``used`` gives instead of ``weights``."""
    away, size = np.float32(0), np.float32(0)
    for p in range(len(weights)):
        error = weights[p] - used[p]
        away += error * error
        size += weights[p] * weights[p]
    return np.sqrt(away) + np.sqrt(size) * ROUNDING * np.float32(len(weights)) + LEAST


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
def search(
    counters: Whole, piece: int, which: Whole, words: Any, wrong: Floats, bias: Floats, n_latents: int, k: int,
    x: Floats, W_enc: Floats, ends: Whole, columns: Any, inks: Floats, order: Whole,
    counts: Whole, latents: Bits, bits: Bits, highs: Bits,
) -> None:  # fmt: skip
    """As :func:`~saegui.core.training.kernels.codes.encode`, from ``words`` that :func:`halve` wrote, and ``x (batch, d_in)``.

    Of each image ``bits`` has lower bounds of the activations until they are known, and ``highs (batch, room)`` upper ones.
    """
    d_in = W_enc.shape[1]
    blocks = len(bias) // WIDE
    room, per_block = bits.shape[1], d_in * HALF
    far = W_enc.size > NEAR
    pre = np.empty(WIDE, np.float32)
    least, lengths = np.empty(piece, np.int32), np.empty(piece, np.float32)
    while True:
        first = take(counters) * piece
        if first >= len(which):
            return
        last = min(first + piece, len(which))
        least[:] = 0
        share = (per_block // (last - first) // LINE_OF + 1) * LINE_OF
        for place in range(first, last):
            counts[which[place]] = 0
            image = order[which[place]]
            seen = inks[ends[image] : ends[image + 1]]
            lengths[place - first] = np.sqrt(dot(seen, seen)) * ENOUGH
        for block in range(blocks):
            start = block * WIDE
            later = (block + 1) % blocks * per_block
            for place in range(first, last):
                i = which[place]
                image, length = order[i], lengths[place - first]
                if far:
                    part = (place - first) * share
                    ask_for(words, later + part, min(share, per_block - part))
                for j in range(WIDE):
                    pre[j] = bias[start + j] + wrong[start + j] * length
                add_halves(pre, words, start // 2 * d_in, columns, inks, ends[image], ends[image + 1])
                found = above(pre, least[place - first])
                if start + WIDE > n_latents:
                    found &= (np.uint64(1) << np.uint64(n_latents - start)) - np.uint64(1)
                if found == 0:
                    continue
                n = counts[i]
                while found != 0:
                    j = lowest(found)
                    found &= found - np.uint64(1)
                    low = pre[j] - np.float32(2) * wrong[start + j] * length
                    highs[i, n], latents[i, n] = _as_bits(pre[j]), start + j
                    bits[i, n] = 0 if low <= 0 else _as_bits(low)
                    n += 1
                if n > k and n > room - WIDE:
                    least[place - first] = least_kept(bits[i], n, k)
                    n = _may_stay(bits[i], highs[i], latents[i], n, least[place - first])
                    if n > room - WIDE:
                        n = _resolve(bits[i], highs[i], latents[i], n, k, x[i], W_enc, bias)
                        if n == k:
                            least[place - first] = least_kept(bits[i], n, k)
                counts[i] = n
        for place in range(first, last):
            i = which[place]
            n = counts[i]
            if n > k:
                n = _may_stay(bits[i], highs[i], latents[i], n, least_kept(bits[i], n, k))
            counts[i] = _resolve(bits[i], highs[i], latents[i], n, k, x[i], W_enc, bias)
        done(counters)
