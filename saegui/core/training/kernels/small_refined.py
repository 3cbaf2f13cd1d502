"""SmallRefinedStep: whole steps of TopK or BatchTopK with refinements of few latents, several of them in one kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.training.gradients.step import GradientInput, GradientResult, Seen, StepNumbers
from saegui.core.training.kernels import small_steps
from saegui.core.training.kernels.auxk import Revival
from saegui.core.training.kernels.crew import share
from saegui.core.training.kernels.inked import Ahead, Inked
from saegui.core.training.kernels.kernel_step import UNSEEN, KernelStep
from saegui.core.training.kernels.plan import HalfStep, Plan, Scratch, drawn_into
from saegui.core.training.kernels.vectors import WIDE, Stored, Whole, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

PIECE = 32
"""Images."""


class SmallRefinedStep(KernelStep):
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
        super().__init__(weights, batch, lists, threads, scratch)
        F, d_in = self._own["W_dec"].shape
        blocks = -(-F // WIDE)
        wide = blocks * WIDE
        packed, turned = (zeros((blocks, d_in, WIDE), np.float32) for _ in range(2))
        H, turned_H, of_products = (zeros((wide, wide), np.float32) for _ in range(3))
        self._of_weights = (np.full(wide, -np.inf, np.float32), packed, H, turned_H, turned)
        first_pre, last_pre, code, total = (zeros((batch, wide), np.float32) for _ in range(4))
        codes, later = (zeros((refinements, batch, wide), np.float32) for _ in range(2))
        self._of_looks = (first_pre, last_pre, codes, code, later, total, of_products)
        latents, bits = np.zeros((2, batch, F), np.int32)
        self._found = (np.zeros(batch, np.int64), latents, bits, bits.view(np.float32))
        self._residual = zeros((batch, d_in), np.float32)
        delta, squared = np.zeros((batch, F), np.float32), np.zeros(batch, np.float32)
        self._of_image = (self._residual, delta, squared, zeros((-(-batch // PIECE), d_in), np.float32))
        entries = np.zeros((2, batch * F), np.float32)
        self._entries = (
            np.zeros(F + 1, np.int64),
            np.zeros(F, np.int64),
            np.zeros(batch * F, np.int32),
            *entries,
        )
        revival = Revival(batch, F, d_in)
        self._dead = revival.which
        self._of_dead = (revival.arrays, revival.entries, revival.in_images)
        self._gradients = (zeros((wide, d_in), np.float32), zeros((F, d_in), np.float32))
        g_b_dec, shift = np.zeros((2, d_in), np.float32)
        self._of_latent = (np.zeros(F, np.float32), g_b_dec, shift, self._on)
        self._step: HalfStep

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """See :data:`~saegui.core.training.gradients.plan.Gradients`; the weights move when the result's ``update`` is called."""
        import torch

        (ask,) = asks
        # A new one, as a thread that comes late looks at its own.
        plan = self._one = Plan(1)
        config, threads = ask.config, self._begin()
        images, inked, is_drawn = self._stored(x)
        plan.lengths[:], plan.ks[:] = len(images), min(ask.k, len(self._on))
        dead = np.flatnonzero(() if ask.dead is None else ask.dead.numpy())
        plan.revived[0] = len(dead)
        self._dead[: len(dead)] = dead
        self._step = HalfStep(config, inked, images, threads)
        parts = small_steps.LOOK | small_steps.REVIVE | (0 if is_drawn else small_steps.DRAW)
        self._run(parts, plan, config, inked, images, threads)
        losses = {"mse": torch.from_numpy(plan.mse)[0]}
        if len(dead):
            losses["auxk"] = torch.from_numpy(plan.auxk)[0]
        return [GradientResult(losses, self._fired, self._error(self._residual, len(images)), self)]

    def take(
        self, ahead: Ahead, config: RunConfig, ks: Sequence[int], rates: Sequence[float], optimiser: Adam, seen: Seen
    ) -> list[StepNumbers]:  # fmt: skip
        """As :meth:`~saegui.core.training.kernels.fused.FusedStep.take`: up to the first step that diverges."""
        number, threads = len(ahead.lengths), self._begin()
        plan = Plan(number)
        plan.lengths[:], plan.ks[:] = ahead.lengths, np.minimum(ks, len(self._on))
        self._attach(optimiser)
        for step, rate in enumerate(rates):
            plan.paces[step], plan.roots[step] = optimiser.begin_step(rate)
        x = drawn_into(self._scratch, ahead)
        self._run(small_steps.ALL, plan, config, ahead.inked, x, threads, seen)
        self._pace.end(number)
        self._note(config)
        found, _ = plan.read()
        optimiser.take_back(number - len(found))
        return found

    def move(self, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        step, plan = self._step, self._one
        plan.paces[0], plan.roots[0] = optimiser.begin_step(rate)
        self._attach(optimiser)
        self._run(small_steps.MOVE, plan, step.config, step.inked, step.images, step.threads, seen)
        self._pace.end()
        self._note(step.config)
        return int(plan.on[0]), int(plan.dead[0])

    def _run(
        self, parts: int, plan: Plan, config: RunConfig, inked: Inked, images: Stored, threads: int, seen: Seen = UNSEEN
    ) -> None:  # fmt: skip
        """Those ``parts`` of the steps of ``plan``: see :mod:`.small_steps`."""
        order: Whole = inked.order
        arguments = (
            PIECE, plan.told, inked.told, order, images, *self._moved,
            self._of_weights, self._of_looks, self._found, self._of_image, self._entries, self._of_dead, self._gradients,
            self._of_latent, (seen.fired, seen.since_fired), plan.found, (seen.worst, seen.unseen, seen.epoch),
            (config.pre_bias, config.unit_norm, config.non_negative, config.arch == "batch_topk"),
        )  # fmt: skip
        share(
            lambda counters: small_steps.steps(counters, parts, *arguments),
            0,
            threads,
            len(plan.lengths) * small_steps.PHASES,
        )
