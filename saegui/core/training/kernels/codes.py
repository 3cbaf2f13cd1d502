"""Kernels that find the active latents: the encoder's product from inked pixels alone, and the largest of each image or batch.

Activations are compared as the whole numbers that their bits are: see :mod:`.largest`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined, kernel, pasted
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.largest import (
    GUESS,
    NAN,
    WITHOUT_SIGN,
    first_of,
    keep_largest,
    keep_reaching,
    least_kept,
    shrink,
)
from saegui.core.training.kernels.rows import add_wide
from saegui.core.training.kernels.squares import SIDE, turn
from saegui.core.training.kernels.vectors import (
    LINE,
    WIDE,
    Bits,
    Floats,
    Stored,
    Whole,
    above,
    bits_of,
    fetch,
    lowest,
    ones,
    see,
    write,
)

AHEAD = 4
"""Images that are asked for before they are needed: in a new order, each lies somewhere else in memory. Where they begin is asked for sooner."""


@pasted
def any_of(marks: Any, first: int, last: int) -> Any:
    """Whether one of ``marks`` is set from ``first`` to ``last``."""
    found = False
    for mark in marks[first:last]:
        found |= mark
    return found


@inlined
def pack(counters: Whole, W_enc: Floats, changed: Any, packed: Floats) -> None:
    """The latents of the encoder ``(n_latents, d_in)`` that ``changed (n_latents,)`` marks, and some beside them, into blocks ``(blocks, d_in, 64)``, pixel by pixel.

    A block stays in the cache; it is a piece.
    """
    F = len(W_enc)
    while True:
        block = take(counters)
        if block >= len(packed):
            return
        for first in range(block * WIDE, min((block + 1) * WIDE, F), SIDE):
            last = min(first + SIDE, F)
            if any_of(changed, first, last):
                changed[first:last] = False
                turn(W_enc, first, last, packed[block], first - block * WIDE)
        done(counters)


@inlined
def encode(
    first: Any, last: Any, which: Whole, packed: Floats, bias: Floats, n_latents: int, k: int,
    ends: Whole, columns: Any, inks: Stored, by: Any, order: Whole, counts: Whole, latents: Bits, bits: Bits, least: Bits,
) -> None:  # fmt: skip
    """The k largest positive activations of each image of ``which``, places in the batch, from ``first`` to ``last``: how many into
    ``counts (batch,)``, which, and their bits.

    Block by block of latents for all these images, so that the block's weights stay in the cache; after each block an
    image keeps its largest so far, and pre-activations are never written out. ``least (batch,)`` is what a number must exceed meanwhile.
    """
    blocks, d_in, _ = packed.shape
    room = bits.shape[1]
    pre, largest, guess = np.empty(WIDE, np.float32), np.zeros(WIDE, np.float32), GUESS
    for place in range(first, last):
        counts[which[place]], least[which[place]] = 0, 0
    for block in range(blocks):
        start = block * WIDE
        for place in range(first, last):
            i = which[place]
            pre[:] = 0
            values, image = pre, order[i]
            add_wide(pre, 0, packed, start * d_in, WIDE, columns, inks, ends[image], ends[image + 1])
            see(pre, by, bias[start : start + WIDE])
            found = first_of(above(pre, least[i]), n_latents - start)
            if blocks == 1 and ones(found) > k:
                # Sooner than by lists, and nothing else of the image is to come.
                guess = keep_largest(pre, n_latents, k, largest, guess)
                values, found = largest, above(largest, least[i])
            n, is_last = counts[i], block == blocks - 1
            if found == 0 and not is_last:
                continue
            while found != 0:
                j = lowest(found)
                found &= found - np.uint64(1)
                bits[i, n], latents[i, n] = min(bits_of(values[j]) & WITHOUT_SIGN, NAN), start + j
                n += 1
            if n > k and (is_last or n > room - WIDE):
                least[i] = shrink(bits[i], latents[i], n, k)
                n = k
            counts[i] = n


@inlined
def _may_have_had_more(batch: int, least: Any, counts: Whole, bits: Bits, limits: Whole, again: Whole) -> int:
    """Into ``again``: the images that keep as many as ``limits (batch,)`` says, all of which reach ``least``; returns how many they are."""
    full = 0
    for i in range(batch):
        if counts[i] == limits[i]:
            lowest_of_all = bits[i, 0]
            for j in range(1, counts[i]):
                lowest_of_all = min(lowest_of_all, bits[i, j])
            if lowest_of_all >= least:
                again[full] = i
                full += 1
    return full


@kernel
def keep_reached(
    least: int, batch: int, counts: Whole, latents: Bits, bits: Bits, limits: Whole, again: Whole
) -> int:
    """Keep those of all images' candidates that reach ``least``, the bits of a number; ``limits`` and ``again`` as in :func:`choose_of_batch`."""
    reached = np.int32(least)
    full = _may_have_had_more(batch, reached, counts, bits, limits, again)
    if full == 0:
        for i in range(batch):
            counts[i] = keep_reaching(bits[i], latents[i], counts[i], reached, counts[i])
    return full


@kernel
def choose_of_batch(
    k: int, batch: int, counts: Whole, latents: Bits, bits: Bits, limits: Whole, again: Whole
) -> int:  # fmt: skip
    """Keep the ``batch``·k largest of all images' candidates, the first among equals.

    Where images keep all of the candidates that they could have, as many as ``limits (batch,)`` says, they may have had more: nothing
    changes then, ``again`` becomes their places in the batch, and it returns how many they are.
    """
    total = 0
    for i in range(batch):
        total += counts[i]
    everything = np.empty(total, np.int32)
    n = 0
    for i in range(batch):
        write(bits[i], everything[n : n + counts[i]])
        n += counts[i]
    least, ties = np.int32(0), 0
    if total > batch * k:
        least = least_kept(everything, total, batch * k)
        ties = batch * k
        for j in range(total):
            ties -= everything[j] > least
    full = _may_have_had_more(batch, least, counts, bits, limits, again)
    if full > 0:
        return full
    for i in range(batch):
        equal = 0
        for j in range(counts[i]):
            equal += bits[i, j] == least
        counts[i] = keep_reaching(bits[i], latents[i], counts[i], least, ties)
        ties -= min(equal, max(ties, 0))
    return 0


@kernel
def list_inked(x: Stored, ends: Whole, columns: Any, inks: Stored, first: int) -> int:
    """Append the pixels of ``x (images, d_in)`` that are not zero to ``columns`` and ``inks`` from ``first`` on; returns the new end.

    Image by image, each of whose end goes into ``ends (images,)``. One place more than there are pixels must be there.
    """
    for i in range(len(x)):
        for p in range(x.shape[1]):
            columns[first], inks[first] = p, x[i, p]
            first += x[i, p] != 0
        ends[i] = first
    return first


@pasted
def draw_some(
    ends: Whole, columns: Any, inks: Stored, order: Whole, x: Stored, first: int, last: int
) -> None:
    """Those of :func:`draw` from ``first`` to ``last``."""
    for i in range(first, last):
        if i + 2 * AHEAD < len(order):
            fetch(ends, order[i + 2 * AHEAD])
        # Of the next piece, too: it begins with images that would be waited for.
        if i + AHEAD < len(order):
            later = order[i + AHEAD]
            for q in range(ends[later], ends[later + 1], LINE // inks.itemsize):
                fetch(inks, q)
            for q in range(ends[later], ends[later + 1], LINE // columns.itemsize):
                fetch(columns, q)
        x[i] = 0
        begin, end, row = ends[order[i]], ends[order[i] + 1], x[i]
        # Arrays of their own begin at zero: what stands at begin + q might be counted from the end, thinks numba, and it takes half as long again.
        where, what = columns[begin:end], inks[begin:end]
        for q in range(len(what)):
            row[where[q]] = what[q]


@pasted
def draw_all(
    counters: Whole, piece: int, ends: Whole, columns: Any, inks: Stored, order: Whole, x: Stored
) -> None:  # fmt: skip
    """:func:`draw`, shared with other threads; all of it is done then."""
    while True:
        first = take(counters) * piece
        if first >= len(x):
            break
        draw_some(ends, columns, inks, order, x, first, min(first + piece, len(x)))
        done(counters)
    all_done(counters, pieces_of(len(x), piece))


@kernel
def draw(ends: Whole, columns: Any, inks: Stored, order: Whole, x: Stored) -> None:
    """The opposite of :func:`list_inked`: writes the images of ``order (batch,)`` into ``x (batch, d_in)``."""
    draw_some(ends, columns, inks, order, x, 0, len(x))
