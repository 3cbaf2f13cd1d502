"""Kernels of refinements, with the formulas of :class:`saegui.core.families.refinement.Unrolled`.

With H = I − W_dec·W_enc, uᵣ₊₁ = u₀ + zᵣ·H; with δᵣ = ∂loss/∂uᵣ, δᵣ = (δᵣ₊₁·Hᵀ)·[zᵣ > 0], ∂loss/∂u₀ = Σδᵣ and
∂loss/∂H = Σ zᵣᵀ·δᵣ₊₁. Arrays of latents are padded with zeros to whole blocks of 64, and those of weights to as many pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.compiled import inlined, kernel
from saegui.core.training.kernels.crew import done, take
from saegui.core.training.kernels.largest import NAN, WITHOUT_SIGN, shrink
from saegui.core.training.kernels.rows import add_rows
from saegui.core.training.kernels.vectors import WIDE, ZERO, Bits, Floats, Whole, above, dot, lowest, write


@inlined
def _largest(pre: Floats, n_latents: int, k: int, latents: Bits, bits: Bits) -> int:
    """The k largest positive of ``pre``; returns how many there are."""
    room = len(bits)
    n, least = 0, np.int32(0)
    for start in range(0, n_latents, WIDE):
        here = pre[start : start + WIDE]
        here_bits = here.view(np.int32)
        found = above(here, least)
        if start + WIDE > n_latents:
            found &= (np.uint64(1) << np.uint64(n_latents - start)) - np.uint64(1)
        while found != 0:
            j = lowest(found)
            found &= found - np.uint64(1)
            bits[n], latents[n] = min(here_bits[j] & WITHOUT_SIGN, NAN), start + j
            n += 1
        if n > k and n > room - WIDE:
            least = shrink(bits, latents, n, k)
            n = k
    if n > k:
        shrink(bits, latents, n, k)
        return k
    return n


@kernel
def look_again(
    counters: Whole, piece: int, batch: int, k: int, kept: int, first_pre: Floats, H: Floats, last_pre: Floats, n_latents: int,
    look_counts: Whole, look_latents: Bits, look_bits: Bits, look_values: Floats, counts: Whole, latents: Bits, bits: Bits,
) -> None:  # fmt: skip
    """All refinements of each image: each look's code, k entries of ``(looks, images, room)``, and the last one's ``kept`` largest."""
    flat = H.reshape(-1)
    wide = H.shape[1]
    while True:
        first = take(counters) * piece
        if first >= batch:
            return
        for i in range(first, min(first + piece, batch)):
            pre = last_pre[i]
            write(first_pre[i], pre)
            for look in range(len(look_counts)):
                chosen, values = look_latents[look, i], look_values[look, i]
                n = _largest(pre, n_latents, k, chosen, look_bits[look, i])
                look_counts[look, i] = n
                write(first_pre[i], pre)
                add_rows(pre, ZERO, flat, ZERO, wide, wide, chosen, values, ZERO, n)
            counts[i] = _largest(pre, n_latents, kept, latents[i], bits[i])
        done(counters)


@kernel
def look_back(
    counters: Whole, piece: int, batch: int, H: Floats, look_counts: Whole, look_latents: Bits,
    counts: Whole, latents: Bits, delta: Floats, revived: Any, later: Floats, total: Floats,
) -> None:  # fmt: skip
    """From ``delta`` of the last code's entries, and those of latents that are ``revived``: δᵣ₊₁ of each look.

    They go into ``later (looks, images, latents)``, and ∂loss/∂u₀ into ``total (batch, latents)``.
    """
    looks, (revived_counts, revived_latents, revived_delta) = len(look_counts), revived
    while True:
        first = take(counters) * piece
        if first >= batch:
            return
        for i in range(first, min(first + piece, batch)):
            d = later[looks - 1, i]
            d[:] = 0
            for j in range(counts[i]):
                d[latents[i, j]] = delta[i, j]
            for j in range(revived_counts[i]):
                d[revived_latents[i, j]] += revived_delta[i, j]
            into = total[i]
            write(d, into)
            for look in range(looks - 1, -1, -1):
                d, e = later[look, i], later[max(look - 1, 0), i]
                if look > 0:
                    e[:] = 0
                for j in range(look_counts[look, i]):
                    f = look_latents[look, i, j]
                    found = dot(H[f], d)
                    into[f] += found
                    if look > 0:
                        e[f] = found
        done(counters)


@kernel
def sort_looks(
    batch: int,
    look_counts: Whole,
    look_latents: Bits,
    look_values: Floats,
    starts: Whole,
    rows: Bits,
    values: Floats,
) -> None:
    """All looks' entries latent by latent, from ``starts (n_latents + 1,)`` on: the row of :func:`look_back`'s δ, and the activation."""
    F = len(starts) - 1
    images = look_counts.shape[1]
    starts[:] = 0
    for look in range(len(look_counts)):
        for i in range(batch):
            for j in range(look_counts[look, i]):
                starts[look_latents[look, i, j] + 1] += 1
    for f in range(F):
        starts[f + 1] += starts[f]
    places = starts[:F].copy()
    for look in range(len(look_counts)):
        for i in range(batch):
            for j in range(look_counts[look, i]):
                f = look_latents[look, i, j]
                rows[places[f]], values[places[f]] = look * images + i, look_values[look, i, j]
                places[f] += 1


@kernel
def of_products(
    counters: Whole, piece: int, starts: Whole, rows: Bits, values: Floats, later: Floats, out: Floats
) -> None:  # fmt: skip
    """∂loss/∂(W_dec·W_enc) ``(latents, latents)``."""
    F, wide = len(starts) - 1, later.shape[2]
    flat = later.reshape(-1)
    while True:
        first = take(counters) * piece
        if first >= F:
            return
        for f in range(first, min(first + piece, F)):
            here = out[f]
            here[:] = 0
            add_rows(here, ZERO, flat, ZERO, wide, wide, rows, values, starts[f], starts[f + 1])
            for j in range(wide):
                here[j] = -here[j]
        done(counters)
