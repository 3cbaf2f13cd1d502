"""Whole steps with refinements of few latents in one kernel, as :mod:`.steps` are without refinements: codes are matrices, zeros included."""

from __future__ import annotations

from typing import Any

import numpy as np

from saegui.core.training.kernels.auxk import list_dead, revive_in_looks
from saegui.core.training.kernels.codes import draw_all
from saegui.core.training.kernels.compiled import kernel
from saegui.core.training.kernels.crew import all_done, done, take
from saegui.core.training.kernels.dense import choose, compare, list_code, look_again, look_back, turn
from saegui.core.training.kernels.gradients import count_on
from saegui.core.training.kernels.learning import begin_all, learn_all
from saegui.core.training.kernels.phases import compare_all
from saegui.core.training.kernels.vectors import ONE, Whole

DRAW, LOOK, GUARD, LIST, REVIVE, MOVE = (2**number for number in range(6))
"""Parts of a step: draw the images of the batch, find their codes and compare, end where the losses say so, list the dead latents, do what
AuxK asks of those that are listed, move the weights and count."""
ALL = DRAW | LOOK | GUARD | LIST | REVIVE | MOVE
OF_IMAGES, OF_BEGIN, OF_LOOKS, OF_CHOICE, OF_LISTS, OF_COMPARE, OF_DEAD, OF_REVIVED, OF_BACK, OF_LEARN, OF_COUNTS = (
    0, 1, 5, 6, 8, 9, 12, 13, 15, 17, 20,
)  # fmt: skip
"""Where the phases of a step begin in the rows of its counters."""
PHASES = 21
MOSTLY = 4
"""Where one in so many latents is kept, all numbers of the last look's code are multiplied, too; else only those that are not zero."""


@kernel
def steps(
    counters: Whole, parts: int, piece: int, plan: Any, inked: Any, order: Whole, x: Any, weights: Any, means: Any, squares: Any,
    of_weights: Any, of_looks: Any, found: Any, of_image: Any, entries: Any, revival: Any, gradients: Any, of_latent: Any,
    seen: Any, results: Any, limits: Any, options: Any,
) -> None:  # fmt: skip
    """Those ``parts`` of several steps, one after the other; ``counters (steps * PHASES, 16)``.

    ``plan``, ``order``, ``results`` and ``limits`` are those of :func:`~saegui.core.training.kernels.steps.steps`; no image keeps too
    few candidates here.
    """
    lengths, ks, _, paces, roots = plan
    W_enc, W_dec, b_enc, b_dec = weights
    ends, columns, inks, by = inked
    bias, packed, H, turned_H, turned = of_weights
    first_pre, last_pre, codes, code, later, total, of_products = of_looks
    counts, latents, bits, values = found
    residual, delta, squared, sums = of_image
    starts, places, entry_image, entry_value, entry_delta = entries
    found_of_dead, of_dead, in_images = revival
    g_enc, g_dec = gradients
    pull, g_b_dec, shift, on = of_latent
    fired, since_fired = seen
    mse, auxk, revived, on_of_batch, dead, _, taken = results
    worst, unseen, epoch = limits
    pre_bias, unit_norm, non_negative, of_batch = options
    F, d_in = W_enc.shape
    last = later[len(later) - 1]
    first = 0
    for step in range(len(lengths)):
        batch, k = lengths[step], ks[step]
        drawn = order[first : first + batch]
        first += batch
        here = counters[step * PHASES : (step + 1) * PHASES]
        images, r = x[:batch], residual[:batch]
        whole = MOSTLY * k >= F
        if parts & DRAW:
            draw_all(here[OF_IMAGES], piece, ends, columns, inks, drawn, images)
        if parts & LOOK:
            begin_all(
                here[OF_BEGIN:OF_LOOKS], batch, W_enc, W_dec, b_enc, b_dec, pre_bias, bias,
                packed, H, turned_H, ends, columns, inks, by, drawn, first_pre,
            )  # fmt: skip
            look_again(here[OF_LOOKS], batch, k, F, first_pre, H, last_pre, codes)
            if whole:
                turn(here[OF_COMPARE], W_dec, turned)
            choose(here[OF_CHOICE:OF_LISTS], batch, k, of_batch, F, last_pre, code)
            if whole:
                compare(
                    here[OF_COMPARE:OF_DEAD], images, by, W_dec, b_dec, turned, code, r, last, squared, starts, g_b_dec, mse, step, on
                )  # fmt: skip
            else:
                list_code(here[OF_LISTS], batch, F, code, counts, latents, bits)
                compare_all(
                    here[OF_COMPARE], here[OF_COMPARE + 1], piece, images, by, W_dec, b_dec, counts, latents, values, r, delta, squared, sums,
                    starts, places, entry_image, entry_value, entry_delta, pull, g_b_dec, mse, step, on,
                )  # fmt: skip
        if parts & GUARD and not (np.isfinite(mse[step]) and np.float64(mse[step]) * d_in <= worst):
            return
        if parts & REVIVE:
            if take(here[OF_DEAD]) == 0:
                list_dead(parts & LIST == 0, since_fired, unseen, found_of_dead, of_dead, revived, step)
                done(here[OF_DEAD])
            all_done(here[OF_DEAD], ONE)
            if revived[step] > 0:
                revive_in_looks(
                    here[OF_REVIVED:OF_BACK], piece, revived[step], found_of_dead, of_dead, last_pre, W_dec, r, squared[:batch],
                    g_b_dec, auxk, step,
                )  # fmt: skip
                if parts & GUARD and not np.isfinite(auxk[step]):
                    return
        if parts & MOVE:
            look_back(
                here[OF_BACK:OF_LEARN], batch, F, turned_H, codes, not whole, counts, latents, delta, in_images, later, total, of_products
            )  # fmt: skip
            learn_all(
                here[OF_LEARN:OF_COUNTS], images, by, r, whole, code, starts, entry_image, entry_value, of_products, total, of_dead,
                g_enc, g_dec, pull, shift, g_b_dec, weights, means, squares, paces[step], roots[step], pre_bias, unit_norm, non_negative,
            )  # fmt: skip
            if take(here[OF_COUNTS]) == 0:
                on_of_batch[step], dead[step] = count_on(starts, batch, epoch, fired, since_fired)
                taken[step] = 1
                done(here[OF_COUNTS])
            all_done(here[OF_COUNTS], ONE)
