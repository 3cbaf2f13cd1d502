"""Parts of kernels for codes and refinements as matrices, zeros included: where a code has many of few latents, whole products are faster than lists.

The formulas are those of :mod:`.looks`. Codes are ``(images, wide)`` numbers, ``wide`` the latents in whole blocks of 64; what is beyond
them is zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.gradients import sum_of_rows
from saegui.core.training.kernels.largest import GUESS, keep_largest, keep_largest_of_batch
from saegui.core.training.kernels.squares import turn_block
from saegui.core.training.kernels.tiles import multiply
from saegui.core.training.kernels.vectors import (
    ONE,
    ROW,
    WIDE,
    ZERO,
    Bits,
    Floats,
    Stored,
    Whole,
    above,
    dot,
    lowest,
    write,
)

IMAGES: Any = np.int64(48)
"""Of a piece: a multiple of a tile's six rows."""
LATENTS: Any = np.int64(12)
"""Of a piece."""
SUMS: Any = np.int64(2)
"""Pieces of the last phase of :func:`compare`."""


@inlined
def look_again(
    counters: Whole, batch: int, k: int, n_latents: int, first_pre: Floats, H: Floats, last_pre: Floats, codes: Floats,
) -> None:  # fmt: skip
    """All refinements of each image, from u₀: the codes ``(looks, images, wide)``, and u of the last look. All of it is done then."""
    wide = H.shape[1]
    flat, factors, products = H.reshape(-1), codes.reshape(-1), last_pre.reshape(-1)
    while True:
        first = take(counters) * IMAGES
        if first >= batch:
            break
        last = min(first + IMAGES, batch)
        for i in range(first, last):
            write(first_pre[i], last_pre[i])
        for number in range(len(codes)):
            guess = GUESS
            for i in range(first, last):
                guess = keep_largest(last_pre[i], n_latents, k, codes[number, i], guess)
                write(first_pre[i], last_pre[i])
            start = (number * codes.shape[1] + first) * wide
            multiply(products, first * wide, wide, last - first, wide, flat, ZERO, wide, factors, start, wide, ONE, n_latents)  # fmt: skip
        done(counters)
    all_done(counters, pieces_of(batch, IMAGES))


@inlined
def choose(
    counters: Whole, batch: int, k: int, of_batch: bool, n_latents: int, last_pre: Floats, code: Floats
) -> None:
    """The code ``(batch, wide)`` of the last look: the k largest of each image, or ``of_batch`` as many of all images.

    Two phases; all of it is done then.
    """
    while True:
        first = take(counters[0]) * IMAGES
        if first >= batch:
            break
        guess = GUESS
        for i in range(first, min(first + IMAGES, batch)):
            guess = keep_largest(last_pre[i], n_latents, n_latents if of_batch else k, code[i], guess)
        done(counters[0])
    all_done(counters[0], pieces_of(batch, IMAGES))
    if take(counters[1]) == 0:
        if of_batch:
            keep_largest_of_batch(batch * k, code[:batch].reshape(-1).view(np.int32))
        done(counters[1])
    all_done(counters[1], ONE)


@inlined
def list_code(
    counters: Whole, batch: int, n_latents: int, code: Floats, counts: Whole, latents: Bits, bits: Bits
) -> None:
    """``code (batch, wide)`` as lists of what is not zero: how many into ``counts (batch,)``, which latents, and their bits. All of it is done then."""
    while True:
        first = take(counters) * IMAGES
        if first >= batch:
            break
        for i in range(first, min(first + IMAGES, batch)):
            kept, n = code[i].view(np.int32), 0
            for start in range(0, n_latents, WIDE):
                found = above(code[i, start : start + WIDE], np.int32(0))
                while found != 0:
                    f = start + lowest(found)
                    found &= found - np.uint64(1)
                    latents[i, n], bits[i, n] = f, kept[f]
                    n += 1
            counts[i] = n
        done(counters)
    all_done(counters, pieces_of(batch, IMAGES))


@inlined
def turn(counters: Whole, W_dec: Floats, turned: Floats) -> None:
    """W_decᵀ into ``turned (blocks, d_in, 64)``."""
    while True:
        block = take(counters)
        if block >= len(turned):
            break
        turn_block(W_dec, block, turned[block])
        done(counters)


@inlined
def decode(
    counters: Whole, x: Stored, by: Any, W_dec: Floats, b_dec: Floats, turned: Floats, code: Floats,
    residual: Floats, delta: Floats, squared: Floats,
) -> None:  # fmt: skip
    """r = x̂ − x, δ = c·(r·W_decᵀ)·[z > 0] ``(images, wide)``, and Σr² of each image; ``turned (blocks, d_in, 64)`` is W_decᵀ.

    All of it is done then.
    """
    batch, d_in = x.shape
    n_latents, wide = len(W_dec), code.shape[1]
    scale = np.float32(2 / (batch * d_in))
    atoms, columns = W_dec.reshape(-1), turned.reshape(-1)
    codes, rows, deltas = code.reshape(-1), residual.reshape(-1), delta.reshape(-1)
    while True:
        first = take(counters) * IMAGES
        if first >= batch:
            break
        last = min(first + IMAGES, batch)
        for i in range(first, last):
            for p in range(d_in):
                residual[i, p] = b_dec[p] - np.float32(x[i, p]) * by
        multiply(rows, first * d_in, d_in, last - first, d_in, atoms, ZERO, d_in, codes, first * wide, wide, ONE, n_latents)  # fmt: skip
        for i in range(first, last):
            squared[i] = dot(residual[i], residual[i])
            delta[i, :] = 0
        for block in range(len(turned)):
            multiply(
                deltas, first * wide + block * WIDE, wide, last - first, ROW,
                columns, block * d_in * WIDE, ROW, rows, first * d_in, d_in, ONE, d_in,
            )  # fmt: skip
        for i in range(first, last):
            for f in range(wide):
                delta[i, f] = delta[i, f] * scale if code[i, f] > 0 else np.float32(0)
        done(counters)
    all_done(counters, pieces_of(batch, IMAGES))


@inlined
def compare(
    counters: Whole, x: Stored, by: Any, W_dec: Floats, b_dec: Floats, turned: Floats, code: Floats,
    residual: Floats, delta: Floats, squared: Floats, starts: Whole, g_dec: Floats, mse: Floats, at: Any, on: Whole,
) -> None:  # fmt: skip
    """What the code of the last look leaves of the images, and what that says about them: :func:`decode`, then the sums over all images.

    ``mse[at]`` becomes the mean of all r², ``on (n_latents,)`` on how many images each latent is active, and ``starts (n_latents + 1,)``
    its sums. Three phases, the first of which is :func:`turn`; all of it is done then.
    """
    batch, n_latents = len(x), len(W_dec)
    all_done(counters[0], len(turned))
    decode(counters[1], x, by, W_dec, b_dec, turned, code, residual, delta, squared)
    while True:
        part = take(counters[2])
        if part >= SUMS:
            break
        if part == 0:
            on[:] = 0
            for i in range(batch):
                for f in range(n_latents):
                    on[f] += code[i, f] > 0
            starts[0] = 0
            for f in range(n_latents):
                starts[f + 1] = starts[f] + on[f]
        else:
            mse[at] = sum_of_rows(residual, squared[:batch], g_dec)
        done(counters[2])
    all_done(counters[2], SUMS)


@inlined
def look_back(
    counters: Whole, batch: int, n_latents: int, turned_H: Floats, codes: Floats, listed: bool, counts: Whole, latents: Bits, delta: Floats,
    revived: Any, later: Floats, total: Floats, of_products: Floats,
) -> None:  # fmt: skip
    """δᵣ₊₁ of each look into ``later (looks, images, wide)``, ∂loss/∂u₀ into ``total (images, wide)``, and ∂loss/∂(W_dec·W_enc).

    The last of ``later`` is there already, or is the entries ``listed`` in ``delta``; latents that are ``revived`` have others.
    ``turned_H`` is Hᵀ. Two phases; all of it is done then.
    """
    looks, wide = len(codes), total.shape[1]
    revived_counts, revived_latents, revived_delta = revived
    flat, deltas, factors = turned_H.reshape(-1), later.reshape(-1), codes.reshape(-1)
    earlier = np.zeros((IMAGES, wide), np.float32)
    while True:
        first = take(counters[0]) * IMAGES
        if first >= batch:
            break
        last = min(first + IMAGES, batch)
        for i in range(first, last):
            d = later[looks - 1, i]
            if listed:
                d[:] = 0
                for j in range(counts[i]):
                    d[latents[i, j]] = delta[i, j]
            for j in range(revived_counts[i]):
                d[revived_latents[i, j]] += revived_delta[i, j]
            write(d, total[i])
        for number in range(looks - 1, -1, -1):
            earlier[:] = 0
            start = (number * later.shape[1] + first) * wide
            multiply(
                earlier.reshape(-1), ZERO, wide, last - first, wide, flat, ZERO, wide, deltas, start, wide, ONE, n_latents
            )  # fmt: skip
            for i in range(first, last):
                z, e, into = codes[number, i], earlier[i - first], total[i]
                for f in range(wide):
                    e[f] = e[f] if z[f] > 0 else np.float32(0)
                    into[f] += e[f]
                if number > 0:
                    write(e, later[number - 1, i])
        done(counters[0])
    all_done(counters[0], pieces_of(batch, IMAGES))
    while True:
        first = take(counters[1]) * LATENTS
        if first >= n_latents:
            break
        last = min(first + LATENTS, n_latents)
        of_products[first:last] = 0
        for number in range(looks):
            start = number * later.shape[1] * wide
            multiply(
                of_products.reshape(-1), first * wide, wide, last - first, wide,
                deltas, start, wide, factors, start + first, ONE, wide, batch,
            )  # fmt: skip
        for f in range(first, last):
            for g in range(wide):
                of_products[f, g] = -of_products[f, g]
        done(counters[1])
    all_done(counters[1], pieces_of(n_latents, LATENTS))
