"""Kernels of a step with refinements beside its looks: what they need of the weights, and the gradients and Adam after them.

With G = W_dec·W_enc, ∂loss/∂W_dec gains ∂loss/∂G·W_encᵀ, and ∂loss/∂W_enc is xᵀ·∂loss/∂u₀ + W_decᵀ·∂loss/∂G.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined, kernel
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.gradients import adam, encoder_bias, move_biases
from saegui.core.training.kernels.rows import add_rows, add_wide
from saegui.core.training.kernels.squares import SIDE, turn, turn_block
from saegui.core.training.kernels.tiles import PIXELS, list_inked, multiply, multiply_listed
from saegui.core.training.kernels.vectors import ONE, ROW, WIDE, ZERO, Bits, Floats, Stored, Whole, dot, see

LATENTS, COLUMNS = 24, 64
"""Of a piece: whole tiles."""
IMAGES: Any = np.int64(32)
"""Of a piece."""


@inlined
def begin_all(
    counters: Whole, batch: int, W_enc: Floats, W_dec: Floats, b_enc: Floats, b_dec: Floats, pre_bias: bool, bias: Floats,
    packed: Floats, H: Floats, turned_H: Floats, ends: Whole, columns: Any, inks: Stored, by: Any, order: Whole, first_pre: Floats,
) -> None:  # fmt: skip
    """H ``(wide, wide)``, Hᵀ where there is room for it, and u₀ of each image ``(batch, wide)``; ``packed (blocks, d_in, 64)`` is the encoder.

    Four phases; all of it is done then.
    """
    F, d_in = W_enc.shape
    blocks, wide = len(packed), len(H)
    flat, atoms, products = packed.reshape(-1), W_dec.reshape(-1), H.reshape(-1)
    while True:
        block = take(counters[0])
        if block >= blocks:
            break
        turn_block(W_enc, block, packed[block])
        done(counters[0])
    encoder_bias(counters[1], W_enc, b_enc, b_dec, pre_bias, bias)
    all_done(counters[0], blocks)
    # More rows of many latents, so that the encoder is not read from memory for each piece.
    piece = LATENTS if blocks <= 2 else 3 * LATENTS
    while True:
        first = take(counters[2]) * piece
        if first >= F:
            break
        last = min(first + piece, F)
        H[first:last] = 0
        for block in range(blocks):
            multiply(
                products, first * wide + block * WIDE, wide, last - first, ROW,
                flat, block * d_in * WIDE, ROW, atoms, first * d_in, d_in, ONE, d_in,
            )  # fmt: skip
        for f in range(first, last):
            for g in range(F):
                H[f, g] = np.float32(f == g) - H[f, g]
            for g in range(len(turned_H)):
                turned_H[g, f] = H[f, g]
        done(counters[2])
    all_done(counters[1], blocks)
    while True:
        first = take(counters[3]) * IMAGES
        if first >= batch:
            break
        # Block by block, so that the block's weights stay in the cache.
        for block in range(blocks):
            start = block * WIDE
            for i in range(first, min(first + IMAGES, batch)):
                pre, image = first_pre[i], order[i]
                pre[start : start + WIDE] = 0
                add_wide(pre, start, flat, start * d_in, WIDE, columns, inks, ends[image], ends[image + 1])
                see(pre[start : start + WIDE], by, bias[start : start + WIDE])
        done(counters[3])
    all_done(counters[2], pieces_of(F, piece))
    all_done(counters[3], pieces_of(batch, IMAGES))


@kernel
def begin(
    counters: Whole, batch: int, W_enc: Floats, W_dec: Floats, b_enc: Floats, b_dec: Floats, pre_bias: bool, bias: Floats,
    packed: Floats, H: Floats, turned_H: Floats, ends: Whole, columns: Any, inks: Stored, by: Any, order: Whole, first_pre: Floats,
) -> None:  # fmt: skip
    """:func:`begin_all`."""
    begin_all(
        counters, batch, W_enc, W_dec, b_enc, b_dec, pre_bias, bias,
        packed, H, turned_H, ends, columns, inks, by, order, first_pre,
    )  # fmt: skip


@inlined
def _scale(numbers: Floats, by: Any) -> None:
    for p in range(len(numbers)):
        numbers[p] *= by


@inlined
def learn_all(
    counters: Whole, x: Stored, by: Any, residual: Floats,
    dense: bool, code: Floats, starts: Whole, of_image: Bits, of_value: Floats, of_products: Floats, total: Floats, revived: Any,
    g_enc: Floats, g_dec: Floats, pull: Floats, shift: Floats, g_b_dec: Floats,
    weights: Any, means: Any, squares: Any, pace: Any, root: Any, pre_bias: bool, unit_norm: bool, non_negative: bool,
) -> None:  # fmt: skip
    """Both gradients, some columns at a time, and a step of Adam: ``g_dec (n_latents, d_in)``, ``g_enc (wide, d_in)``, whose other rows stay zero.

    ``total (batch, wide)`` is ∂loss/∂u₀, and ``of_products (wide, wide)`` ∂loss/∂G. The code is ``code (batch, wide)`` where it is ``dense``, else
    entries latent by latent. The ``revived`` have entries of their own, of what they leave of the error. Three phases; all of it is done then.
    """
    W_enc, W_dec, b_enc, b_dec = weights
    m_enc, m_dec, m_b_enc, m_b_dec = means
    v_enc, v_dec, v_b_enc, v_b_dec = squares
    batch, d_in = x.shape
    F, wide = len(W_dec), len(of_products)
    revived_starts, revived_image, revived_value, _, left = revived
    pieces = 1 + (d_in + COLUMNS - 1) // COLUMNS
    scale = np.float32(2 / (batch * d_in))
    images, rows, encoder, atoms = x.reshape(-1), residual.reshape(-1), W_enc.reshape(-1), W_dec.reshape(-1)
    to_atoms, to_encoder, products = g_dec.reshape(-1), g_enc.reshape(-1), of_products.reshape(-1)
    codes, deltas = code.reshape(-1), total.reshape(-1)
    most = (COLUMNS + PIXELS - 1) // PIXELS
    inked, listed = np.empty((most, batch + 1), np.int32), np.empty(most, np.int64)
    turned = np.empty((COLUMNS, WIDE), np.float32)
    while True:
        part = take(counters[0])
        if part >= pieces:
            break
        if part == 0:
            pull[:] = 0
            for i in range(batch):
                for f in range(F):
                    pull[f] += total[i, f]
            done(counters[0])
            continue
        first = (part - 1) * COLUMNS
        last = min(first + COLUMNS, d_in)
        n = last - first
        g_dec[:, first:last] = 0
        if dense:
            multiply(to_atoms, first, d_in, F, n, rows, first, d_in, codes, ZERO, ONE, wide, batch)
        else:
            for f in range(F):
                add_rows(g_dec[f], first, rows, first, d_in, n, of_image, of_value, starts[f], starts[f + 1])
        for f in range(F):
            _scale(g_dec[f, first:last], scale)
        multiply(to_atoms, first, d_in, F, n, encoder, first, d_in, products, ZERO, wide, ONE, F)
        if revived_starts[F] > 0:
            for f in range(F):
                add_rows(
                    g_dec[f], first, left.reshape(-1), first, d_in, n, revived_image, revived_value, revived_starts[f], revived_starts[f + 1]
                )  # fmt: skip
        groups = (n + PIXELS - 1) // PIXELS
        for number in range(groups):
            start = first + number * PIXELS
            listed[number] = list_inked(images, batch, d_in, start, min(PIXELS, last - start), inked[number])
        # Pixel by pixel of 64 latents, which then become rows.
        for block in range(wide // WIDE):
            turned[:] = 0
            for number in range(groups):
                start = first + number * PIXELS
                multiply_listed(
                    turned.reshape(-1), number * PIXELS * WIDE, deltas, block * WIDE, wide,
                    images, start, d_in, min(PIXELS, last - start), inked[number], listed[number],
                )  # fmt: skip
            for start in range(0, n, SIDE):
                turn(turned, start, min(start + SIDE, n), g_enc[block * WIDE :], first + start)
        for f in range(F):
            _scale(g_enc[f, first:last], by)
        multiply(to_encoder, first, d_in, F, n, atoms, first, d_in, products, ZERO, ONE, wide, F)
        done(counters[0])
    all_done(counters[0], pieces)
    if take(counters[1]) == 0:
        move_biases(
            b_enc, b_dec, m_b_enc, v_b_enc, m_b_dec, v_b_dec, W_enc, pull, g_b_dec, shift, pace, root, pre_bias
        )  # fmt: skip
        done(counters[1])
    all_done(counters[1], ONE)
    while True:
        f = take(counters[2])
        if f >= F:
            break
        atom, reader, of_atom, of_reader = W_dec[f], W_enc[f], g_dec[f], g_enc[f]
        if unit_norm:
            along = dot(of_atom, atom)
            for p in range(d_in):
                of_atom[p] -= along * atom[p]
        adam(atom, of_atom, m_dec[f], v_dec[f], pace, root)
        if pre_bias:
            for p in range(d_in):
                of_reader[p] -= pull[f] * shift[p]
        adam(reader, of_reader, m_enc[f], v_enc[f], pace, root)
        if non_negative:
            for p in range(d_in):
                atom[p], reader[p] = max(atom[p], np.float32(0)), max(reader[p], np.float32(0))
        if unit_norm:
            length = max(np.sqrt(dot(atom, atom)), np.float32(1e-12))
            for p in range(d_in):
                atom[p] /= length
        done(counters[2])
    all_done(counters[2], F)


@kernel
def learn(
    counters: Whole, x: Stored, by: Any, residual: Floats,
    dense: bool, code: Floats, starts: Whole, of_image: Bits, of_value: Floats, of_products: Floats, total: Floats, revived: Any,
    g_enc: Floats, g_dec: Floats, pull: Floats, shift: Floats, g_b_dec: Floats,
    weights: Any, means: Any, squares: Any, pace: Any, root: Any, pre_bias: bool, unit_norm: bool, non_negative: bool,
) -> None:  # fmt: skip
    """:func:`learn_all`."""
    learn_all(
        counters, x, by, residual, dense, code, starts, of_image, of_value, of_products, total, revived,
        g_enc, g_dec, pull, shift, g_b_dec, weights, means, squares, pace, root, pre_bias, unit_norm, non_negative,
    )  # fmt: skip
