"""Kernels of the rest of a step, with the formulas of :mod:`saegui.core.training.gradients.dense`.

Sums over images are in the order of the images, and those over latents in the latents' order, so weights do not depend on how
many threads there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined, kernel, pasted
from saegui.core.training.kernels.crew import done, pieces_of, take
from saegui.core.training.kernels.rows import PARTS, add_rows, draw_rows
from saegui.core.training.kernels.vectors import ONE, WIDE, ZERO, Bits, Floats, Stored, Whole, dot, write

LEAST_GRADIENT, LEAST_MEAN, LEAST_SQUARE = np.float32(1e-17), np.float32(1e-16), np.float32(1e-34)
"""What is smaller counts as zero: its square would be denormal, which many processors compute a hundred times more slowly, and
Adam's ε of 1e-8 is so much larger that a weight would move by 1e-8 of the learning rate."""


@pasted
def encoder_bias(
    counters: Whole, W_enc: Floats, b_enc: Floats, b_dec: Floats, pre_bias: bool, out: Floats
) -> None:
    """What is added to the encoder's product: b_enc, with pre-bias less b_dec·W_enc; 64 latents are a piece."""
    while True:
        first = take(counters) * WIDE
        if first >= len(b_enc):
            return
        for f in range(first, min(first + WIDE, len(b_enc))):
            out[f] = b_enc[f] - dot(W_enc[f], b_dec) if pre_bias else b_enc[f]
        done(counters)


@inlined
def take_pull(W_enc: Floats, pull: Floats, g_dec: Floats) -> None:
    """With pre-bias, what comes through the encoder's bias is taken from b_dec's gradient: Σδ·W_encᵀ."""
    for f in range(len(pull)):
        if pull[f] != 0:
            for p in range(len(g_dec)):
                g_dec[p] -= pull[f] * W_enc[f, p]


@inlined
def draw_onto(
    r: Floats, W_dec: Floats, latents: Bits, values: Floats, n: int, parts: Floats, products: Floats
) -> Any:
    """Add what the first ``n`` of ``latents`` draw to ``r (d_in,)``, then write the product of r and each one's atom into ``products``; returns Σr².

    ``parts (n, 16)`` are overwritten.
    """
    parts[:n] = 0
    draw_rows(r, W_dec, latents, values, n, parts)
    for j in range(n):
        total = np.float32(0)
        for part in range(parts.shape[1]):
            total += parts[j, part]
        products[j] = total
    return dot(r, r)


@inlined
def decode(
    counters: Whole, piece: int, x: Stored, by: Any, W_dec: Floats, b_dec: Floats, counts: Whole, latents: Bits, values: Floats,
    residual: Floats, delta: Floats, squared: Floats, sums: Floats,
) -> None:  # fmt: skip
    """r = x̂ − x, δ = c·(r·W_decᵀ) of each entry, Σr² of each image, and Σr of each piece into ``sums (pieces, d_in)``."""
    batch, d_in = x.shape
    scale, parts = np.float32(2 / (batch * d_in)), np.empty((latents.shape[1], PARTS), np.float32)
    while True:
        number = take(counters)
        first = number * piece
        if first >= batch:
            return
        total = sums[number]
        total[:] = 0
        for i in range(first, min(first + piece, batch)):
            r, n = residual[i], counts[i]
            for p in range(d_in):
                r[p] = b_dec[p] - np.float32(x[i, p]) * by
            squared[i] = draw_onto(r, W_dec, latents[i], values[i], n, parts, delta[i])
            for j in range(n):
                delta[i, j] *= scale
            for p in range(d_in):
                total[p] += r[p]
        done(counters)


@inlined
def sort_by_latent(
    batch: int, counts: Whole, latents: Bits, values: Floats, delta: Floats,
    starts: Whole, places: Whole, of_image: Bits, of_value: Floats, of_delta: Floats, pull: Floats,
) -> None:  # fmt: skip
    """All entries in another order, latent by latent from ``starts (n_latents + 1,)`` on; Σδ of each latent into ``pull``. ``places (n_latents,)`` is overwritten."""
    F = len(pull)
    starts[:] = 0
    for i in range(batch):
        for j in range(counts[i]):
            starts[latents[i, j] + 1] += 1
    for f in range(F):
        starts[f + 1] += starts[f]
    for f in range(F):
        places[f] = starts[f]
    pull[:] = 0
    for i in range(batch):
        for j in range(counts[i]):
            f = latents[i, j]
            place = places[f]
            places[f] = place + 1
            of_image[place], of_value[place], of_delta[place] = i, values[i, j], delta[i, j]
            pull[f] += delta[i, j]


@pasted
def count_on(starts: Whole, images: int, epoch: int, fired: Whole, since_fired: Whole) -> tuple[int, int]:
    """Count a batch of ``images`` in both, ``(n_latents,)``; returns how many entries it has, and how many latents were not active for an ``epoch``."""
    dead = 0
    for f in range(len(fired)):
        now = starts[f + 1] - starts[f]
        fired[f] += now
        since_fired[f] = 0 if now > 0 else since_fired[f] + images
        dead += since_fired[f] >= epoch
    return starts[len(fired)], dead


@kernel
def count_fired(starts: Whole, images: int, epoch: int, fired: Whole, since_fired: Whole) -> tuple[int, int]:
    """:func:`count_on`."""
    return count_on(starts, images, epoch, fired, since_fired)


@inlined
def sum_of_rows(rows: Floats, squared: Floats, out: Floats) -> Any:
    """c·Σr from r of each image, or of each piece of them, ``(…, d_in)``; returns the mean of all r², from those of each image in ``squared (batch,)``."""
    batch, d_in = len(squared), rows.shape[1]
    out[:] = 0
    total = 0.0
    for i in range(len(rows)):
        for p in range(d_in):
            out[p] += rows[i, p]
    for i in range(batch):
        total += squared[i]
    scale = np.float32(2 / (batch * d_in))
    for p in range(d_in):
        out[p] *= scale
    return total / (batch * d_in)


@inlined
def adam(w: Floats, g: Floats, mean: Floats, square: Floats, pace: Any, root: Any) -> Any:
    """One step of Adam on each number of ``w``: ``pace`` is lr / (1 − β₁ᵗ), ``root`` 1 / √(1 − β₂ᵗ). Returns Σ|mean|."""
    total = np.float32(0)
    for p in range(len(w)):
        gradient = g[p] if abs(g[p]) > LEAST_GRADIENT else np.float32(0)
        m = mean[p] + np.float32(0.1) * (gradient - mean[p])
        v = np.float32(0.999) * square[p] + np.float32(0.001) * gradient * gradient
        m = m if abs(m) > LEAST_MEAN else np.float32(0)
        v = v if v > LEAST_SQUARE else np.float32(0)
        mean[p], square[p] = m, v
        w[p] -= pace * m / (np.sqrt(v) * root + np.float32(1e-8))
        total += abs(m)
    return total


@pasted
def move_biases(
    b_enc: Floats, b_dec: Floats, m_enc: Floats, v_enc: Floats, m_dec: Floats, v_dec: Floats,
    W_enc: Floats, pull: Floats, g_dec: Floats, shift: Floats, pace: Any, root: Any, pre_bias: bool,
) -> None:  # fmt: skip
    """A step of Adam on both biases, from ``pull (n_latents,)`` and ``g_dec (d_in,)``; ``shift (d_in,)`` becomes b_dec as it was."""
    write(b_dec, shift)
    if pre_bias:
        take_pull(W_enc, pull, g_dec)
    adam(b_dec, g_dec, m_dec, v_dec, pace, root)
    adam(b_enc, pull, m_enc, v_enc, pace, root)


@inlined
def _fade(square: Floats, steps: int) -> None:
    """What so many steps of Adam without a gradient leave of a latent's squares, bit by bit."""
    for _ in range(steps):
        total = np.float32(0)
        for p in range(len(square)):
            v = np.float32(0.999) * square[p]
            v = v if v > LEAST_SQUARE else np.float32(0)
            square[p] = v
            total += v
        if total == 0:
            return


@kernel
def settle(behind: Whole, v_enc: Floats, v_dec: Floats) -> None:
    """Do what :func:`learn` has put off."""
    for part, squares in enumerate((v_dec, v_enc)):
        for f in range(len(squares)):
            if behind[part, f] > 0:
                _fade(squares[f], behind[part, f])
                behind[part, f] = 0


@inlined
def learn(
    counters: Whole, piece: int, x: Stored, by: Any, residual: Floats, starts: Whole, of_image: Bits, of_value: Floats,
    of_delta: Floats, pull: Floats, shift: Floats, revived: Any,
    W_enc: Floats, W_dec: Floats, m_enc: Floats, v_enc: Floats, m_dec: Floats, v_dec: Floats,
    still: Any, behind: Whole, changed: Any,
    pace: Any, root: Any, pre_bias: bool, unit_norm: bool, non_negative: bool,
) -> None:  # fmt: skip
    """Latent by latent: both gradients from the images where it is active, and a step of Adam on them at once.

    All atoms come first, in as many pieces as all readers after them: what half of the work reads stays in the second-level cache.

    ``shift`` is b_dec, before it moved, which ``pre_bias`` takes from x. ``revived``: the entries of AuxK, and what they leave of the error
    ``(batch, d_in)``; or None.

    ``still (2, n_latents)``, of atoms and of readers, marks those whose means are all zero: without a gradient they do not move, so they
    are not even read, and ``behind``, alike, counts the steps after which their squares are not as small yet as they should be.
    ``changed (2, n_latents)``, twice the same, gains those whose readers moved.
    """
    F, d_in = W_enc.shape
    scale, pieces = np.float32(2 / (len(residual) * d_in)), pieces_of(F, piece)
    g, zero = np.empty(d_in, np.float32), ZERO
    while True:
        number = take(counters)
        if number >= 2 * pieces:
            return
        # One piece of code for both: what stands here twice is compiled twice.
        reads = number >= pieces
        part, start = ONE if reads else ZERO, (number % pieces) * piece
        weights, means, squares = W_dec, m_dec, v_dec
        if reads:
            weights, means, squares = W_enc, m_enc, v_enc
        for f in range(start, min(start + piece, F)):
            first, last, first_revived, last_revived = starts[f], starts[f + 1], zero, zero
            if revived is not None:
                revived_starts, revived_image, revived_value, revived_delta, left = revived
                first_revived, last_revived = revived_starts[f], revived_starts[f + 1]
            if still[part, f] and first == last and first_revived == last_revived:
                behind[part, f] += 1
                continue
            w, mean, square = weights[f], means[f], squares[f]
            if behind[part, f] > 0:
                _fade(square, behind[part, f])
                behind[part, f] = 0
            g[:] = 0
            if reads:
                add_rows(g, zero, x, zero, d_in, d_in, of_image, of_delta, first, last)
                if revived is not None:
                    add_rows(g, zero, x, zero, d_in, d_in, revived_image, revived_delta, first_revived, last_revived)  # fmt: skip
                less = pull[f] if pre_bias else np.float32(0)
                for p in range(d_in):
                    g[p] = g[p] * by - less * shift[p]
            else:
                add_rows(g, zero, residual, zero, d_in, d_in, of_image, of_value, first, last)
                for p in range(d_in):
                    g[p] *= scale
                if revived is not None:
                    add_rows(g, zero, left, zero, d_in, d_in, revived_image, revived_value, first_revived, last_revived)  # fmt: skip
            if unit_norm and not reads:
                along = dot(g, w)
                for p in range(d_in):
                    g[p] -= along * w[p]
            still[part, f] = adam(w, g, mean, square, pace, root) == 0
            if non_negative:
                for p in range(d_in):
                    w[p] = max(w[p], np.float32(0))
            if unit_norm and not reads:
                length = max(np.sqrt(dot(w, w)), np.float32(1e-12))
                for p in range(d_in):
                    w[p] /= length
            if reads:
                changed[0, f], changed[1, f] = True, True
        done(counters)
