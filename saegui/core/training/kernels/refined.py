"""RefinedStep: a whole step of TopK or BatchTopK with refinements of many latents, gradients and Adam, in kernels: codes are lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saegui.core.training.gradients.choose_active import MORE
from saegui.core.training.gradients.step import GradientInput, GradientResult, Seen, StepNumbers
from saegui.core.training.kernels import auxk, codes, gradients, learning, looks, phases
from saegui.core.training.kernels.crew import share
from saegui.core.training.kernels.inked import Ahead, Inked, draw
from saegui.core.training.kernels.kernel_step import KernelStep
from saegui.core.training.kernels.plan import Scratch, drawn_into
from saegui.core.training.kernels.vectors import WIDE, Bits, Stored, Whole, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

Found = tuple[Whole, Bits, Bits]
"""How many latents are active on each image, which, and the bits of their activations."""
PIECE = 32
"""Images."""
NO_CODE = np.zeros((0, 0), np.float32)
"""Of codes that are no matrix."""


class _Step(NamedTuple):
    """What the second half of a step needs of the first."""

    config: RunConfig
    images: Stored
    by: np.float32
    threads: int


class RefinedStep(KernelStep):
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` and Adam of one model with refinements up to rounding.

    Bit by bit the same for any number of threads.
    """

    def __init__(
        self,
        weights: dict[str, Tensor],
        batch: int,
        refinements: int,
        lists: Callable[[], Inked] | None = None,
        threads: int | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        """See :class:`~saegui.core.training.kernels.kernel_step.KernelStep`; ``refinements`` of the configuration never change."""
        import torch

        super().__init__(weights, batch, lists, threads, scratch)
        F, d_in = self._own["W_dec"].shape
        blocks = -(-F // WIDE)
        wide = blocks * WIDE
        self._bias = np.full(wide, -np.inf, np.float32)
        self._packed, self._H = zeros((blocks, d_in, WIDE), np.float32), zeros((wide, wide), np.float32)
        self._turned_H = zeros((0, wide), np.float32)
        self._first, self._last, self._total = (zeros((batch, wide), np.float32) for _ in range(3))
        self._later = zeros((refinements, batch, wide), np.float32)
        self._residual, self._squared = zeros((batch, d_in), np.float32), np.zeros(batch, np.float32)
        self._sums = zeros((-(-batch // PIECE), d_in), np.float32)
        self._of_products = zeros((wide, wide), np.float32)
        self._g_enc, self._g_dec = zeros((wide, d_in), np.float32), zeros((F, d_in), np.float32)
        self._counts, self._starts = np.zeros(batch, np.int64), np.zeros(F + 1, np.int64)
        self._limits, self._again = np.empty((2, batch), np.int64)
        self._places = np.zeros(F, np.int64)
        self._pull, self._shift = np.zeros(F, np.float32), np.zeros(d_in, np.float32)
        self._g_b_dec = np.zeros(d_in, np.float32)
        self._mse, self._auxk = np.zeros((2, 1), np.float32)
        self._losses = [torch.from_numpy(loss)[0] for loss in (self._mse, self._auxk)]
        self._revival = auxk.Revival(batch, F, d_in)
        self._latents = self._bits = np.empty((batch, 0), np.int32)
        self._delta = self._of_value = self._of_delta = np.empty((batch, 0), np.float32)
        self._look_latents = self._look_bits = np.zeros((refinements, batch, 0), np.int32)
        self._look_counts, self._look_starts = (
            np.zeros((refinements, batch), np.int64),
            np.zeros(F + 1, np.int64),
        )
        self._make_room(1)
        self._step: _Step

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """See :data:`~saegui.core.training.gradients.plan.Gradients`; the weights move when the result's ``update`` is called."""
        (ask,) = asks
        config, threads = ask.config, self._begin()
        images, inked, is_drawn = self._stored(x)
        if not is_drawn:
            draw(inked, images)
        self._compare(images, inked, config, ask.k, threads)
        losses, batch = {"mse": self._losses[0]}, len(x)
        if self._revive(np.flatnonzero(() if ask.dead is None else ask.dead.numpy()), batch, threads):
            losses["auxk"] = self._losses[1]
        self._step = _Step(config, images, inked.by, threads)
        return [GradientResult(losses, self._fired, self._error(self._residual, batch), self)]

    def take(
        self, ahead: Ahead, config: RunConfig, ks: Sequence[int], rates: Sequence[float], optimiser: Adam, seen: Seen
    ) -> list[StepNumbers]:  # fmt: skip
        """As :meth:`~saegui.core.training.kernels.fused.FusedStep.take`: up to the first step that diverges."""
        threads = self._begin()
        x, first, found = drawn_into(self._scratch, ahead), 0, list[StepNumbers]()
        for batch, k, rate in zip(ahead.lengths, ks, rates, strict=True):
            inked, images = ahead.inked.of(ahead.inked.order[first : first + batch]), x[:batch]
            first += batch
            draw(inked, images)
            self._compare(images, inked, config, k, threads)
            losses = {"mse": float(self._mse[0])}
            if not losses["mse"] * images.shape[1] <= seen.worst:
                break
            if self._revive(np.flatnonzero(seen.since_fired > seen.unseen), batch, threads):
                losses["auxk"] = float(self._auxk[0])
                if not math.isfinite(losses["auxk"]):
                    break
            counted = self._learn(_Step(config, images, inked.by, threads), optimiser, rate, seen)
            found.append(StepNumbers(losses, *counted))
        self._pace.end(len(found))
        return found

    def move(self, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        counted = self._learn(self._step, optimiser, rate, seen)
        self._pace.end()
        return counted

    def _compare(self, images: Stored, inked: Inked, config: RunConfig, k: int, threads: int) -> None:
        """Find the codes and what they leave of the images."""
        batch, own = len(images), self._own
        share(
            lambda counters: learning.begin(
                counters, batch, own["W_enc"], own["W_dec"], own["b_enc"], own["b_dec"], config.pre_bias, self._bias,
                self._packed, self._H, self._turned_H, inked.ends, inked.columns, inked.inks, inked.by, inked.order, self._first,
            ),
            0, threads, 4,
        )  # fmt: skip
        self._list(min(k, len(self._pull)), config.arch == "batch_topk", batch, threads)
        share(
            lambda counters: phases.compare(
                counters, PIECE, images, inked.by, own["W_dec"], own["b_dec"], self._counts, self._latents,
                self._bits.view(np.float32), self._residual[:batch], self._delta, self._squared, self._sums,
                self._starts, self._places, self._of_image, self._of_value, self._of_delta, self._pull, self._g_b_dec, self._mse, self._on,
            ),
            0, threads, 2,
        )  # fmt: skip

    def _revive(self, dead: Whole, batch: int, threads: int) -> bool:
        """What AuxK asks of ``dead`` latents; returns whether there are any, and errors that they could explain."""
        self._revival.clear()
        if not len(dead) or not np.isfinite(self._mse[0]):
            return False
        self._revival.which[: len(dead)] = dead
        share(
            lambda counters: auxk.revive_in_look(
                counters, PIECE, len(dead), self._revival.arrays, self._revival.entries, self._last, self._own["W_dec"],
                self._residual[:batch], self._squared[:batch], self._g_b_dec, self._auxk,
            ),
            0, threads, 2,
        )  # fmt: skip
        return True

    def _learn(self, step: _Step, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """The second half of a step; returns what :meth:`move` does."""
        pace, root = (np.float32(number) for number in optimiser.begin_step(rate))
        self._attach(optimiser)
        config = step.config
        batch, threads = len(step.images), step.threads
        self._look_back(batch, threads)
        share(
            lambda counters: learning.learn(
                counters, step.images, step.by, self._residual[:batch],
                False, NO_CODE, self._starts, self._of_image, self._of_value, self._of_products, self._total,
                self._revival.entries, self._g_enc, self._g_dec, self._pull, self._shift, self._g_b_dec,
                *self._moved, pace, root, config.pre_bias, config.unit_norm, config.non_negative,
            ),
            0, threads, 3,
        )  # fmt: skip
        self._note(config)
        on, dead = gradients.count_fired(self._starts, batch, seen.epoch, seen.fired, seen.since_fired)
        return int(on), int(dead)

    def _list(self, k: int, of_batch: bool, batch: int, threads: int) -> None:
        """The active latents of each image as a list: k each, or ``of_batch`` so many on average."""
        F = len(self._pull)
        kept = min(MORE * k, F) if of_batch else k
        while True:
            self._make_room(kept)
            found = (self._counts, self._latents, self._bits)
            self._look_again(k, kept, batch, threads, found)
            # Who has all latents cannot have had more.
            self._limits[:] = kept if kept < F else -1
            if not of_batch or not codes.choose_of_batch(k, batch, *found, self._limits, self._again):
                return
            kept = min(MORE * kept, F)

    def _look_again(self, k: int, kept: int, batch: int, threads: int, found: Found) -> None:
        """All looks but the first, each by the k largest, and the ``kept`` largest of the last one."""
        room = k + 2 * WIDE
        if self._look_bits.shape[2] < room:
            shape = (len(self._look_counts), self._batch, room)
            self._look_latents, self._look_bits = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
            self._of_row = np.empty(shape[0] * shape[1] * k, np.int32)
            self._of_activation = np.empty(len(self._of_row), np.float32)
        share(
            lambda counters: looks.look_again(
                counters[0], PIECE, batch, k, kept, self._first, self._H, self._last, len(self._pull),
                self._look_counts, self._look_latents, self._look_bits, self._look_bits.view(np.float32), *found,
            ),
            -(-batch // PIECE), threads,
        )  # fmt: skip

    def _look_back(self, batch: int, threads: int) -> None:
        """∂loss/∂u₀ and ∂loss/∂(W_dec·W_enc), from the entries of all looks."""
        F = len(self._pull)
        share(
            lambda counters: looks.look_back(
                counters[0], PIECE, batch, self._H, self._look_counts, self._look_latents, self._counts, self._latents, self._delta,
                self._revival.in_images, self._later, self._total,
            ),
            -(-batch // PIECE), threads,
        )  # fmt: skip
        entries = (self._look_starts, self._of_row, self._of_activation)
        looks.sort_looks(
            batch, self._look_counts, self._look_latents, self._look_bits.view(np.float32), *entries
        )
        share(
            lambda counters: looks.of_products(counters[0], 8, *entries, self._later, self._of_products),
            -(-F // 8), threads,
        )  # fmt: skip

    def _make_room(self, k: int) -> None:
        """For k active latents of each image, and those of a few blocks among which they are found."""
        room = k + 2 * WIDE
        if self._bits.shape[1] >= room:
            return
        shape = (self._batch, room)
        self._bits, self._latents = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self._delta = np.zeros(shape, np.float32)
        self._of_image = np.zeros(self._batch * k, np.int32)
        self._of_value, self._of_delta = np.zeros((2, self._batch * k), np.float32)
