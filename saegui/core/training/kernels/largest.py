"""Parts of kernels that find the k largest of some numbers: of lists, which become shorter, and of rows, the rest of which becomes zero.

Activations are positive, and positive floats are in the same order as the whole numbers that their bits are, so all
comparisons are of whole numbers. NaN is larger than all: whoever has it must see that the training diverged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.vectors import ONE, WIDE, ZERO, Bits, Floats, above, ones

WITHOUT_SIGN, NAN = np.int32(0x7FFFFFFF), np.int32(0x7FC00000)
"""Of all that is kept only NaN can have a sign; every NaN is kept as the same one, which is not the largest whole number."""

INFINITE = np.int32(0x7F800000)
"""The bits of infinity; without their sign, only those of NaN are larger."""
STEP: Any = np.int64(1 << 20)
"""About an eighth of a number, in its bits: so far from a guess the threshold is looked for first."""
GUESS: Any = np.int64(0x3F800000)
"""The bits of 1, where there is no better guess."""


@inlined
def least_kept(bits: Bits, n: int, k: int) -> Any:
    """The largest number that at least k of the first n of ``bits`` reach; n > k."""
    # Numba would make 64 bits of all of them, half as many at once.
    low, high = bits[0], bits[0]
    for j in range(n):
        low, high = np.int32(min(low, bits[j])), np.int32(max(high, bits[j]))
    high = np.int32(high + 1)
    while high - low > 1:
        middle = np.int32(low + ((high - low) >> 1))
        reached = np.int32(0)
        for j in range(n):
            reached = np.int32(reached + (bits[j] >= middle))
        if reached == k:
            return middle
        if reached > k:
            low = middle
        else:
            high = middle
    return low


@inlined
def keep_reaching(bits: Bits, latents: Bits, n: int, least: Any, ties: Any) -> int:
    """Keep those of the first n that are above ``least``, and the first ``ties`` that equal it; returns how many that is."""
    kept = 0
    for j in range(n):
        value, latent = bits[j], latents[j]
        tied = value == least and ties > 0
        ties -= tied
        bits[kept], latents[kept] = value, latent
        kept += value > least or tied
    return kept


@inlined
def shrink(bits: Bits, latents: Bits, n: int, k: int) -> Any:
    """Keep the k largest of the first n, the first among equals; returns what the least of them is."""
    least = least_kept(bits, n, k)
    larger = np.int32(0)
    for j in range(n):
        larger = np.int32(larger + (bits[j] > least))
    keep_reaching(bits, latents, n, least, k - larger)
    return least


@inlined
def first_of(found: Any, n: int) -> Any:
    """Those of the bits ``found`` of a block that are among its first ``n``."""
    return found if n >= WIDE else found & ((np.uint64(1) << np.uint64(n)) - np.uint64(1))


@inlined
def _larger(pre: Floats, n_latents: int, least: Any) -> Any:
    """How many of the first ``n_latents`` have larger bits than ``least``, or are NaN."""
    n = ZERO
    for start in range(0, n_latents, WIDE):
        n += ones(first_of(above(pre[start:], np.int32(least)), n_latents - start))
    return n


@inlined
def _blank_ties(out: Bits, least: Any, ties: int) -> None:
    """Zeros for what equals ``least`` after the first ``ties``."""
    for j in range(len(out)):
        if out[j] == least:
            out[j] = out[j] if ties > 0 else np.int32(0)
            ties -= 1


@inlined
def _threshold(pre: Floats, n_latents: int, k: int, guess: Any) -> Any:
    """The bits of a number that at least k of the first ``n_latents`` reach, more than k of which are positive, but no more only for ties; and whether there are."""
    # At least k reach ``low``, and fewer reach ``high``.
    low, high, middle, step = ONE, np.int64(NAN) + ONE, guess, STEP
    while high - low > 1:
        reached = _larger(pre, n_latents, middle - ONE)
        if reached == k:
            return middle, False
        if reached > k:
            low = middle
            middle = low + min((high - low) >> 1, step)
        else:
            high = middle
            middle = high - min((high - low) >> 1, step)
        step += step
    return low, True


@inlined
def keep_largest(pre: Floats, n_latents: int, k: int, out: Floats, guess: Any) -> Any:
    """Into ``out (wide,)``: the k largest positive of ``pre (wide,)``, the first among equals, and zeros.

    Returns the bits of a number that those reach and no others. ``guess``, such as that of another image, only saves time.
    """
    least, ties = ONE, False
    if _larger(pre, n_latents, ZERO) > k:
        guess, ties = _threshold(pre, n_latents, k, guess)
        least = guess
    bits, kept, narrow = pre.view(np.int32), out.view(np.int32), np.int32(least)
    for j in range(n_latents):
        value = NAN if np.int32(bits[j] & WITHOUT_SIGN) > INFINITE else bits[j]
        kept[j] = value if value >= narrow else np.int32(0)
    if ties:
        left = k
        for j in range(n_latents):
            left -= kept[j] > narrow
        _blank_ties(kept[:n_latents], narrow, left)
    return guess


@inlined
def keep_largest_of_batch(number: int, out: Bits) -> None:
    """Zeros for all but the ``number`` largest of ``out``, the codes of all images one after the other; the first among equals stay."""
    n = 0
    for j in range(len(out)):
        n += out[j] > 0
    if n <= number:
        return
    least, ties = least_kept(out, len(out), number), number
    for j in range(len(out)):
        ties -= out[j] > least
    for j in range(len(out)):
        out[j] = out[j] if out[j] >= least else np.int32(0)
    _blank_ties(out, least, ties)
