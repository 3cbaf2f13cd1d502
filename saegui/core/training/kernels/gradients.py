"""Kernels of the rest of a step, with the formulas of :mod:`saegui.core.training.gradients.dense`.

Sums over images are in the order of the images, and those over latents in the latents' order, so weights do not depend on how
many threads there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.kernels.compiled import inlined, kernel
from saegui.core.training.kernels.crew import done, take
from saegui.core.training.kernels.vectors import add_rows

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Bits = NDArray[np.int32]

STRETCH = 448
"""Pixels for which an image's atoms are drawn, and looked at again, while they are in the first-level cache."""
LEAST_GRADIENT, LEAST_MEAN, LEAST_SQUARE = np.float32(1e-17), np.float32(1e-30), np.float32(1e-34)
"""What is smaller counts as zero: its square would be denormal, which many processors compute a hundred times more slowly, and
Adam's ε of 1e-8 is far larger than what these move."""


@inlined
def _dot(a: Floats, b: Floats) -> Any:
    total = np.float32(0)
    for p in range(len(a)):
        total += a[p] * b[p]
    return total


@kernel
def encoder_bias(W_enc: Floats, b_enc: Floats, b_dec: Floats, pre_bias: bool, out: Floats) -> None:
    """What is added to the encoder's product: b_enc, with pre-bias less b_dec·W_enc."""
    for f in range(len(b_enc)):
        out[f] = b_enc[f] - _dot(W_enc[f], b_dec) if pre_bias else b_enc[f]


@kernel
def take_pull(W_enc: Floats, pull: Floats, g_dec: Floats) -> None:
    """With pre-bias, what comes through the encoder's bias is taken from b_dec's gradient: Σδ·W_encᵀ."""
    for f in range(len(pull)):
        if pull[f] != 0:
            for p in range(len(g_dec)):
                g_dec[p] -= pull[f] * W_enc[f, p]


@kernel
def decode(
    counters: Whole, piece: int, batch: int, W_dec: Floats, b_dec: Floats,
    ends: Whole, columns: Any, inks: Floats, order: Whole, counts: Whole, latents: Bits, values: Floats,
    residual: Floats, delta: Floats, squared: Floats,
) -> None:  # fmt: skip
    """r = x̂ − x, δ = c·(r·W_decᵀ) of each entry, and Σr² of each image."""
    d_in = len(b_dec)
    scale = np.float32(2 / (batch * d_in))
    flat = W_dec.reshape(-1)
    while True:
        first = take(counters) * piece
        if first >= batch:
            return
        for i in range(first, min(first + piece, batch)):
            r, n, image = residual[i], counts[i], order[i]
            r[:] = b_dec
            for q in range(ends[image], ends[image + 1]):
                r[columns[q]] -= inks[q]
            delta[i, :n] = 0
            total = np.float32(0)
            for start in range(0, d_in, STRETCH):
                end = min(start + STRETCH, d_in)
                here = r[start:end]
                add_rows(r, start, flat, start, d_in, end - start, latents[i], values[i], 0, n)
                for j in range(n):
                    delta[i, j] += _dot(here, W_dec[latents[i, j], start:end])
                total += _dot(here, here)
            for j in range(n):
                delta[i, j] *= scale
            squared[i] = total
        done(counters)


@kernel
def sort_by_latent(
    batch: int, counts: Whole, latents: Bits, values: Floats, delta: Floats,
    starts: Whole, of_image: Bits, of_value: Floats, of_delta: Floats, pull: Floats,
) -> None:  # fmt: skip
    """All entries in another order, latent by latent from ``starts (n_latents + 1,)`` on; Σδ of each latent into ``pull``."""
    F = len(pull)
    starts[:] = 0
    for i in range(batch):
        for j in range(counts[i]):
            starts[latents[i, j] + 1] += 1
    for f in range(F):
        starts[f + 1] += starts[f]
    places = starts[:F].copy()
    pull[:] = 0
    for i in range(batch):
        for j in range(counts[i]):
            f = latents[i, j]
            place = places[f]
            places[f] = place + 1
            of_image[place], of_value[place], of_delta[place] = i, values[i, j], delta[i, j]
            pull[f] += delta[i, j]


@kernel
def count_fired(starts: Whole, images: int, epoch: int, fired: Whole, since_fired: Whole) -> tuple[int, int]:
    """Count a batch of ``images`` in both, ``(n_latents,)``; returns how many entries it has, and how many latents were not active for an ``epoch``."""
    dead = 0
    for f in range(len(fired)):
        now = starts[f + 1] - starts[f]
        fired[f] += now
        since_fired[f] = 0 if now > 0 else since_fired[f] + images
        dead += since_fired[f] >= epoch
    return starts[len(fired)], dead


@kernel
def sum_of_rows(residual: Floats, out: Floats) -> None:
    """c·Σr over the images of ``residual (batch, d_in)``."""
    batch, d_in = residual.shape
    out[:] = 0
    for i in range(batch):
        for p in range(d_in):
            out[p] += residual[i, p]
    scale = np.float32(2 / (batch * d_in))
    for p in range(d_in):
        out[p] *= scale


@inlined
def adam(w: Floats, g: Floats, mean: Floats, square: Floats, pace: Any, root: Any) -> None:
    """One step of Adam on each number of ``w``: ``pace`` is lr / (1 − β₁ᵗ), ``root`` 1 / √(1 − β₂ᵗ)."""
    for p in range(len(w)):
        gradient = g[p] if abs(g[p]) > LEAST_GRADIENT else np.float32(0)
        m = mean[p] + np.float32(0.1) * (gradient - mean[p])
        v = np.float32(0.999) * square[p] + np.float32(0.001) * gradient * gradient
        m = m if abs(m) > LEAST_MEAN else np.float32(0)
        v = v if v > LEAST_SQUARE else np.float32(0)
        mean[p], square[p] = m, v
        w[p] -= pace * m / (np.sqrt(v) * root + np.float32(1e-8))


@kernel
def move(w: Floats, g: Floats, mean: Floats, square: Floats, pace: Any, root: Any) -> None:
    """:func:`adam` for a bias."""
    adam(w, g, mean, square, pace, root)


@kernel
def learn(
    counters: Whole, piece: int, x: Floats, residual: Floats, starts: Whole, of_image: Bits, of_value: Floats, of_delta: Floats,
    pull: Floats, shift: Floats, extra: Bits, extra_enc: Floats, extra_dec: Floats,
    W_enc: Floats, W_dec: Floats, m_enc: Floats, v_enc: Floats, m_dec: Floats, v_dec: Floats,
    pace: Any, root: Any, pre_bias: bool, unit_norm: bool, non_negative: bool,
) -> None:  # fmt: skip
    """Latent by latent: both gradients from the images where it is active, and a step of Adam on them at once.

    ``extra (n_latents,)`` is the row of ``extra_enc`` and ``extra_dec`` that a latent's gradients gain, or −1. ``shift`` is b_dec,
    before it moved, which ``pre_bias`` takes from x.
    """
    F, d_in = W_enc.shape
    scale = np.float32(2 / (len(residual) * d_in))
    flat_x, flat_r = x.reshape(-1), residual.reshape(-1)
    g = np.empty(d_in, np.float32)
    while True:
        start = take(counters) * piece
        if start >= F:
            return
        for f in range(start, min(start + piece, F)):
            first, last, more = starts[f], starts[f + 1], extra[f]
            atom, reader = W_dec[f], W_enc[f]
            g[:] = 0
            add_rows(g, 0, flat_r, 0, d_in, d_in, of_image, of_value, first, last)
            for p in range(d_in):
                g[p] *= scale
            if more >= 0:
                g += extra_dec[more]
            if unit_norm:
                along = _dot(g, atom)
                for p in range(d_in):
                    g[p] -= along * atom[p]
            adam(atom, g, m_dec[f], v_dec[f], pace, root)

            g[:] = 0
            add_rows(g, 0, flat_x, 0, d_in, d_in, of_image, of_delta, first, last)
            if more >= 0:
                g += extra_enc[more]
            if pre_bias:
                for p in range(d_in):
                    g[p] -= pull[f] * shift[p]
            adam(reader, g, m_enc[f], v_enc[f], pace, root)

            if non_negative:
                for p in range(d_in):
                    atom[p], reader[p] = max(atom[p], np.float32(0)), max(reader[p], np.float32(0))
            if unit_norm:
                length = max(np.sqrt(_dot(atom, atom)), np.float32(1e-12))
                for p in range(d_in):
                    atom[p] /= length
        done(counters)
