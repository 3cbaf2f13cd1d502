"""Weights and pixels as whole numbers of eight bits, four in a word, and by how much an activation computed from them may be wrong.

With ŵ and x̂ for the rounded numbers, |w·x − ŵ·x̂| ≤ ‖w − ŵ‖·‖x‖ + ‖ŵ‖·‖x − x̂‖ (Cauchy and Schwarz). The numbers of a latent, and those of
an image, are multiples of a step of their own: the largest of them is so many steps as there is room for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels.codes import any_of
from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.crew import done, take
from saegui.core.training.kernels.largest import WITHOUT_SIGN
from saegui.core.training.kernels.squares import SIDE, turn
from saegui.core.training.kernels.vectors import WIDE, ZERO, Floats, Whole, float_of

Words = NDArray[np.int32]

IN_WORD = 4
"""Numbers of neighbouring pixels that are in a word."""
STEPS = np.int64(127)
"""The largest rounded number; two products of such fit into 16 bits."""
LARGEST_SUM = np.int64(2**31 - 1)
SMALLEST = np.float32(1e-30)
"""Latents and images without a larger number are zero when they are rounded, and all bounds that much too large for each input."""
ROUNDING = np.float32(2**-23)
"""For each input, by what share of ‖w‖·‖x‖ a sum may be wrong: twice what the rounding of floats takes."""
ENOUGH = np.float32(1.001)
"""A bound is itself rounded."""


@inlined
def _step(row: Floats, most: Any) -> Any:
    """What numbers of ``row`` become multiples of, how many of them 1 is, and whether there is a negative one."""
    # Of whole numbers of 32 bits, not of floats, the largest is found several at a time.
    bits = row.view(np.int32)
    largest, signs = np.int32(0), np.int32(0)
    for p in range(len(bits)):
        largest = np.int32(max(largest, np.int32(bits[p] & WITHOUT_SIGN)))
        signs = np.int32(signs | bits[p])
    highest = float_of(largest)
    if highest <= SMALLEST:
        return np.float32(0), np.float32(0), False
    return highest / np.float32(max(most, 1)), np.float32(most) / highest, signs < 0


@inlined
def round_latents(
    counters: Whole, W_enc: Floats, changed: Any, words: Words, steps: Floats, wrong: Floats, lengths: Floats
) -> None:  # fmt: skip
    """Round the latents that ``changed (n_latents,)`` marks, and some beside them; a block of 64 is a piece.

    ``words (blocks, words, 64)`` has for each four pixels, the last of which may be none, a word of each latent; ``steps (n_latents,)``
    is what its numbers are multiples of, ``wrong`` ‖w − ŵ‖ and what sums of floats may be wrong by, both as a share of ‖x‖, and
    ``lengths`` ‖ŵ‖.
    """
    F, d_in = W_enc.shape
    numbers = np.zeros((SIDE, words.shape[1] * IN_WORD), np.int8)
    rows = numbers.view(np.int32)
    while True:
        block = take(counters)
        if block >= len(words):
            return
        for first in range(block * WIDE, min((block + 1) * WIDE, F), SIDE):
            last = min(first + SIDE, F)
            if not any_of(changed, first, last):
                continue
            for f in range(first, last):
                row, into = W_enc[f], numbers[f - first]
                step, each, _ = _step(row, STEPS)
                # In steps, so that no square is too small for a float.
                away, size = np.float32(0), np.float32(0)
                for p in range(d_in):
                    here = row[p] * each
                    whole = np.rint(here)
                    into[p] = np.int32(whole)
                    away += (here - whole) * (here - whole)
                    size += whole * whole
                away, size = np.sqrt(away) * step, np.sqrt(size) * step
                steps[f], lengths[f] = step, size
                wrong[f] = away + ((size + away) * ROUNDING + SMALLEST) * np.float32(d_in)
                changed[f] = False
            turn(rows, ZERO, np.int64(last - first), words[block], first - block * WIDE)
        done(counters)


@inlined
def round_image(x: Floats, most: Any, numbers: Any, places: Words, pixels: Words, at: Any) -> Any:
    """Round the pixels of an image to at most ``most`` steps, and list those words that are not zero, from ``at`` on.

    ``places`` are those of the ``pixels`` among all words. Behind them are the words of negative pixels: numbers are positive, these stand
    for their opposites. Returns where they begin and end, the step, ‖x‖ and ‖x − x̂‖; ``numbers`` have room for those of an image.
    """
    step, each, has_negative = _step(x, most)
    tiny = SMALLEST * np.float32(len(x))
    words = numbers.view(np.int32)
    away, size, middle = np.float32(0), np.float32(0), at
    for sign in (np.float32(1), np.float32(-1)):
        for p in range(len(x)):
            here = max(sign * x[p], np.float32(0)) * each
            whole = np.rint(here)
            numbers[p] = np.int32(whole)
            away += (here - whole) * (here - whole)
            size += here * here
        for word in range(len(words)):
            places[at], pixels[at] = word, words[word]
            at += words[word] != 0
        if sign > 0:
            middle = at
            if not has_negative:
                break
    length = np.sqrt(size) * step
    return middle, at, step, length * ENOUGH + tiny, np.sqrt(away) * step * ENOUGH + tiny
