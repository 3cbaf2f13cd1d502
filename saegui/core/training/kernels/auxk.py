"""AuxK in kernels, with the formulas of :mod:`saegui.core.training.gradients.auxk`: few activations of dead latents are positive, so they are lists."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.families.family import AUXK_WEIGHT, LEAST_VARIATION
from saegui.core.training.kernels.compiled import inlined, kernel, pasted
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.gradients import draw_onto, sort_by_latent
from saegui.core.training.kernels.largest import GUESS, keep_largest
from saegui.core.training.kernels.rows import PARTS, add_rows
from saegui.core.training.kernels.vectors import ONE, ROW, WIDE, ZERO, Floats, Stored, Whole, zeros

NARROW = 16
"""Latents of the last block are computed so many at once: mostly few are dead."""
WEIGHT, LEAST = np.float64(AUXK_WEIGHT), np.float64(LEAST_VARIATION)


class Revival:
    """What kernels need for AuxK, and what they find."""

    def __init__(self, batch: int, F: int, d_in: int) -> None:
        """For batches of up to so many images and F latents; memory is used as far as latents are dead."""
        room = max(min(F, d_in // 2), 1)
        blocks = -(-F // WIDE)
        self.which = np.zeros(F, np.int64)
        """The dead latents."""
        self.packed = zeros((blocks * d_in * WIDE,), np.float32)
        self.left = zeros((batch, d_in), np.float32)
        self.spread, self.squared = np.zeros((2, batch), np.float32)
        self.counts, self.latents = np.zeros(batch, np.int64), np.zeros((batch, room), np.int32)
        self.values, self.delta = np.zeros((2, batch, room), np.float32)
        self.starts, self.places, self.pull = (
            np.zeros(F + 1, np.int64),
            np.zeros(F, np.int64),
            np.zeros(F, np.float32),
        )
        self.of_image = np.zeros(batch * room, np.int32)
        self.of_value, self.of_delta = np.zeros((2, batch * room), np.float32)

    def clear(self) -> None:
        """Nothing is revived."""
        self.counts[:] = 0
        self.starts[:] = 0

    @property
    def in_images(self) -> tuple[NDArray[Any], ...]:
        """Image by image: how many draw, which, and δ of each."""
        return self.counts, self.latents, self.delta

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """In the order in which :func:`revive` takes them apart."""
        return (
            self.which, self.packed, self.left, self.spread, self.squared, self.counts, self.latents, self.values, self.delta,
            self.places, self.pull,
        )  # fmt: skip

    @property
    def entries(self) -> tuple[NDArray[Any], ...]:
        """As :func:`~saegui.core.training.kernels.gradients.learn` takes them."""
        return self.starts, self.of_image, self.of_value, self.of_delta, self.left


@pasted
def list_dead(
    given: Any, since_fired: Whole, unseen: int, found: Any, entries: Any, number: Whole, at: int
) -> None:
    """Into ``which``: the latents that were active on none of more than ``unseen`` images, unless they are ``given``; into ``number[at]`` how many."""
    which, _, _, _, _, counts, _, _, _, _, _ = found
    starts, _, _, _, _ = entries
    if not given:
        n = 0
        for f in range(len(since_fired)):
            which[n] = f
            n += since_fired[f] > unseen
        number[at] = n
    if number[at] == 0:
        for f in range(len(starts)):
            starts[f] = 0
        for i in range(len(counts)):
            counts[i] = 0


@inlined
def _explain(
    first: int, last: int, pre: Floats, n: int, found: Any, W_dec: Floats, residual: Floats, g_dec: Floats
) -> None:
    """What those of ``pre (images, …)`` that are positive, up to half as many as there are pixels, draw of the error of images from ``first`` to ``last``."""
    which, _, left, spread, squared, counts, latents, values, delta, _, _ = found
    d_in = residual.shape[1]
    most, mean = min(n, d_in // 2), np.float32(d_in / 2)
    code, guess = np.zeros(pre.shape[1], np.float32), GUESS
    parts = np.empty((most, PARTS), np.float32)
    for i in range(first, last):
        guess = keep_largest(pre[i - first], n, most, code, guess)
        m = ZERO
        for j in range(n):
            if code[j] > 0 and m < most:
                latents[i, m], values[i, m] = which[j], code[j]
                m += 1
        counts[i], total = m, np.float32(0)
        for p in range(d_in):
            off = residual[i, p] - mean * g_dec[p]
            total += off * off
            left[i, p] = residual[i, p]
        spread[i] = total
        squared[i] = draw_onto(left[i], W_dec, latents[i], values[i], m, parts, delta[i])


@inlined
def _sum_up(found: Any, entries: Any, all_squared: Floats, loss: Floats, at: Any) -> None:
    """The loss; all entries latent by latent, with what their gradients' sums have as factors; and Σδ of each latent."""
    _, _, _, spread, squared, counts, latents, values, delta, places, pull = found
    starts, of_image, of_value, of_delta, _ = entries
    batch, variation, whole, unexplained = len(all_squared), 0.0, 0.0, 0.0
    for i in range(batch):
        variation += spread[i]
        whole += all_squared[i]
        unexplained += squared[i]
    # Where there is no error there is nothing to explain, and nothing to divide by.
    weight = WEIGHT / variation if variation > LEAST * whole else 0.0
    loss[at] = weight * unexplained
    by = np.float32(2 * weight)
    for i in range(batch):
        for j in range(counts[i]):
            values[i, j] *= by
            delta[i, j] *= by
    sort_by_latent(batch, counts, latents, values, delta, starts, places, of_image, of_value, of_delta, pull)


@pasted
def revive(
    of_encoder: Whole, of_images: Whole, of_sums: Whole, piece: int, n: int, found: Any, entries: Any,
    ends: Whole, columns: Any, inks: Stored, by: Any, order: Whole, bias: Floats, W_enc: Floats, W_dec: Floats,
    residual: Floats, all_squared: Floats, g_dec: Floats, pull: Floats, loss: Floats, at: Any,
) -> None:  # fmt: skip
    """What the first ``n`` latents of ``which`` draw of the error of each image, and what the loss ``loss[at]`` asks of them.

    Its gradients are those of the ``entries``, whose factors are scaled already, and of what these leave of the error; ``pull`` gains what
    b_enc's gradient does. ``g_dec`` is c·Σr, ``all_squared (batch,)`` Σr² of each image.
    """
    which, packed, _, _, _, _, _, _, _, _, own_pull = found
    batch, d_in = residual.shape
    blocks = (n + WIDE - 1) // WIDE
    while True:
        block = take(of_encoder)
        if block >= blocks:
            break
        start = block * d_in * WIDE
        for j in range(min(WIDE, n - block * WIDE)):
            reader = W_enc[which[block * WIDE + j]]
            for p in range(d_in):
                packed[start + p * WIDE + j] = reader[p]
        done(of_encoder)
    all_done(of_encoder, blocks)
    pre = np.zeros((piece, blocks * WIDE), np.float32)
    while True:
        first = take(of_images) * piece
        if first >= batch:
            break
        last = min(first + piece, batch)
        for block in range(blocks):
            start = block * WIDE
            width = (min(WIDE, n - start) + NARROW - 1) // NARROW * NARROW
            for i in range(first, last):
                row, image = pre[i - first], order[i]
                row[start : start + width] = 0
                add_rows(
                    row, start, packed, start * d_in, ROW, width, columns, inks, ends[image], ends[image + 1]
                )  # fmt: skip
                for j in range(start, min(start + width, n)):
                    row[j] = bias[which[j]] + row[j] * by
        _explain(first, last, pre, n, found, W_dec, residual, g_dec)
        done(of_images)
    all_done(of_images, pieces_of(batch, piece))
    if take(of_sums) == 0:
        _sum_up(found, entries, all_squared, loss, at)
        for f in range(len(pull)):
            pull[f] += own_pull[f]
        done(of_sums)
    all_done(of_sums, ONE)


@pasted
def revive_in_looks(
    counters: Whole, piece: int, n: int, found: Any, entries: Any, last_pre: Floats, W_dec: Floats,
    residual: Floats, all_squared: Floats, g_dec: Floats, loss: Floats, at: Any,
) -> None:  # fmt: skip
    """The same where the pre-activations of all latents are known, ``last_pre (batch, …)``. Two phases; all of it is done then."""
    which, _, _, _, _, _, _, _, _, _, _ = found
    batch, pre = len(residual), np.zeros((piece, (n + WIDE - 1) // WIDE * WIDE), np.float32)
    while True:
        first = take(counters[0]) * piece
        if first >= batch:
            break
        last = min(first + piece, batch)
        for i in range(first, last):
            for j in range(n):
                pre[i - first, j] = last_pre[i, which[j]]
        _explain(first, last, pre, n, found, W_dec, residual, g_dec)
        done(counters[0])
    all_done(counters[0], pieces_of(batch, piece))
    if take(counters[1]) == 0:
        _sum_up(found, entries, all_squared, loss, at)
        done(counters[1])
    all_done(counters[1], ONE)


@kernel
def revive_in_look(
    counters: Whole, piece: int, n: int, found: Any, entries: Any, last_pre: Floats, W_dec: Floats,
    residual: Floats, all_squared: Floats, g_dec: Floats, loss: Floats,
) -> None:  # fmt: skip
    """:func:`revive_in_looks`, with ``loss (1,)``."""
    revive_in_looks(
        counters, piece, n, found, entries, last_pre, W_dec, residual, all_squared, g_dec, loss, ZERO
    )
