"""Whole steps in one kernel: what lies between two of them, in Python, takes as long as a sixth of a small model's step.

Threads that share a step go from phase to phase, and from step to step, by the counters of :mod:`.crew`: one that comes late finds
nothing to do in what the others have done. Everything that they decide by is kept for each step, so all of them decide the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.auxk import list_dead, revive
from saegui.core.training.kernels.codes import choose_of_batch, draw_some, encode, pack
from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import all_done, done, pieces_of, take
from saegui.core.training.kernels.gradients import (
    count_on,
    encoder_bias,
    learn,
    move_biases,
)
from saegui.core.training.kernels.phases import compare_all
from saegui.core.training.kernels.rounding import round_latents
from saegui.core.training.kernels.search import search
from saegui.core.training.kernels.vectors import ONE, WIDE, Whole

DRAW, FIND, CHOOSE, COMPARE, GUARD, LIST, REVIVE, MOVE = (2**number for number in range(8))
"""Parts of a step: draw the images of the batch, find active latents, choose those of the whole batch, decode and compare, end where
the losses say so, list the dead latents, do what AuxK asks of those that are listed, move the weights and count."""
ALL = DRAW | FIND | CHOOSE | COMPARE | GUARD | LIST | REVIVE | MOVE
(
    OF_BIAS, OF_WEIGHTS, OF_IMAGES, OF_BATCH, OF_DECODER, OF_SUMS,
    OF_DEAD, OF_DEAD_WEIGHTS, OF_DEAD_CODES, OF_DEAD_SUMS, OF_BIASES, OF_LATENTS,
) = range(12)  # fmt: skip
"""Phases of a step: the rows of its counters."""
PHASES = 12


@kernel
def steps(
    counters: Whole, parts: int, sizes: Any, plan: Any, inked: Any, order: Whole, which: Whole, x: Any, weights: Any, means: Any, squares: Any,
    bias: Any, packed: Any, rounded: Any, found: Any, chosen_from: Any, of_image: Any, entries: Any, of_latent: Any, kept: Any,
    revival: Any, seen: Any, results: Any, limits: Any, options: Any,
) -> None:  # fmt: skip
    """Those ``parts`` of several steps, one after the other; ``counters (steps * PHASES, 16)``.

    ``plan``: for each step how many images its batch has, k, how many candidates an image keeps, and Adam's pace and root.
    ``order`` has the images of all batches, ``which`` the places in the batch of those whose active latents are found. ``limits``: the
    worst Σr² of an image, after how many images a latent that was not active is revived, and how many an epoch has.
    ``results``, of each step: the mean of all r², AuxK's loss, how many latents it revives, how many entries there were, how many latents
    were not active for an epoch, how many images kept too few candidates, and whether it was taken: the first that was not, and all
    after it, change nothing.

    Of ``packed`` and ``rounded`` one is None; ``chosen_from`` is None where every image keeps its k largest, and ``revival`` without AuxK.
    Numba leaves out what is for the others, and each kind is compiled when it is first trained.
    """
    piece, piece_of_latents = sizes
    lengths, ks, candidates, paces, roots = plan
    W_enc, W_dec, b_enc, b_dec = weights
    m_W_enc, m_W_dec, m_b_enc, m_b_dec = means
    v_W_enc, v_W_dec, v_b_enc, v_b_dec = squares
    ends, columns, inks, by = inked
    counts, latents, bits, values, highs, least = found
    residual, delta, squared, sums = of_image
    starts, places, entry_image, entry_value, entry_delta = entries
    pull, g_dec, shift, on = of_latent
    still, behind, changed = kept
    fired, since_fired = seen
    mse, auxk, revived, on_of_batch, dead, full, taken = results
    worst, unseen, epoch = limits
    pre_bias, unit_norm, non_negative = options
    F, d_in = W_enc.shape
    of_dead: Any = None
    if revival is not None:
        found_of_dead, of_dead = revival
    first = 0
    for step in range(len(lengths)):
        batch = lengths[step]
        drawn = order[first : first + batch]
        first += batch
        here = counters[step * PHASES : (step + 1) * PHASES]
        images, r = x[:batch], residual[:batch]
        looked_at = which[:batch]
        if parts & FIND:
            blocks = len(bias) // WIDE
            encoder_bias(here[OF_BIAS], W_enc, b_enc, b_dec, pre_bias, bias)
            if packed is not None:
                pack(here[OF_WEIGHTS], W_enc, changed[0], packed)
            if rounded is not None:
                words, of_step, wrong, lengths_of = rounded
                round_latents(here[OF_WEIGHTS], W_enc, changed[1], words, of_step, wrong, lengths_of)
            all_done(here[OF_BIAS], blocks)
            all_done(here[OF_WEIGHTS], blocks)
        # A piece's images are read again right after they are drawn, and nobody waits in between.
        while True:
            start = take(here[OF_IMAGES]) * piece
            if start >= len(looked_at):
                break
            end = min(start + piece, len(looked_at))
            if parts & DRAW:
                draw_some(ends, columns, inks, drawn, images, start, end)
            if parts & FIND:
                if packed is not None:
                    encode(
                        start, end, looked_at, packed, bias, F, candidates[step],
                        ends, columns, inks, by, drawn, counts, latents, bits, least,
                    )  # fmt: skip
                if rounded is not None:
                    search(
                        start, end, looked_at, rounded, bias, F, candidates[step], images, by, W_enc, counts, latents, bits, highs
                    )  # fmt: skip
            done(here[OF_IMAGES])
        all_done(here[OF_IMAGES], pieces_of(len(looked_at), piece))
        if chosen_from is not None:
            most, again = chosen_from
            if parts & CHOOSE:
                if take(here[OF_BATCH]) == 0:
                    most[:batch] = candidates[step] if candidates[step] < F else -1
                    full[step] = choose_of_batch(ks[step], batch, counts, latents, bits, most, again)
                    done(here[OF_BATCH])
                all_done(here[OF_BATCH], ONE)
                if full[step] > 0:
                    return
        if parts & COMPARE:
            compare_all(
                here[OF_DECODER], here[OF_SUMS], piece, images, by, W_dec, b_dec, counts, latents, values, r, delta, squared, sums,
                starts, places, entry_image, entry_value, entry_delta, pull, g_dec, mse, step, on,
            )  # fmt: skip
        if parts & GUARD and not (np.isfinite(mse[step]) and np.float64(mse[step]) * d_in <= worst):
            return
        if revival is not None:  # noqa: SIM102 - numba leaves it out where that alone is asked
            if parts & REVIVE:
                if take(here[OF_DEAD]) == 0:
                    list_dead(parts & LIST == 0, since_fired, unseen, found_of_dead, of_dead, revived, step)
                    done(here[OF_DEAD])
                all_done(here[OF_DEAD], ONE)
                if revived[step] > 0:
                    revive(
                        here[OF_DEAD_WEIGHTS], here[OF_DEAD_CODES], here[OF_DEAD_SUMS], piece, revived[step], found_of_dead, of_dead,
                        ends, columns, inks, by, drawn, bias, W_enc, W_dec, r, squared[:batch], g_dec, pull, auxk, step,
                    )  # fmt: skip
                    if parts & GUARD and not np.isfinite(auxk[step]):
                        return
        if parts & MOVE:
            if take(here[OF_BIASES]) == 0:
                move_biases(
                    b_enc, b_dec, m_b_enc, v_b_enc, m_b_dec, v_b_dec, W_enc, pull, g_dec, shift, paces[step], roots[step], pre_bias
                )  # fmt: skip
                on_of_batch[step], dead[step] = count_on(starts, batch, epoch, fired, since_fired)
                taken[step] = 1
                done(here[OF_BIASES])
            all_done(here[OF_BIASES], ONE)
            learn(
                here[OF_LATENTS], piece_of_latents, images, by, r, starts, entry_image, entry_value, entry_delta,
                pull, shift, of_dead, W_enc, W_dec, m_W_enc, v_W_enc, m_W_dec, v_W_dec, still, behind, changed,
                paces[step], roots[step], pre_bias, unit_norm, non_negative,
            )  # fmt: skip
            all_done(here[OF_LATENTS], 2 * pieces_of(F, piece_of_latents))
