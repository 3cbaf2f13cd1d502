"""RefinedStep: a whole step of TopK or BatchTopK with refinements, gradients and Adam, in the kernels of this package."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.devices import kernel_threads
from saegui.core.training.gradients.choose_active import MORE
from saegui.core.training.gradients.step import GradientInput, GradientResult, Seen, StepNumbers
from saegui.core.training.kernels import (
    auxk,
    codes,
    compiled,
    dense,
    gradients,
    kind,
    learning,
    looks,
    phases,
)
from saegui.core.training.kernels.crew import Pace, share
from saegui.core.training.kernels.inked import Ahead, EveryPixel, Inked, draw
from saegui.core.training.kernels.plan import Scratch, drawn_into, latent_by_latent
from saegui.core.training.kernels.vectors import WIDE, Bits, Floats, Whole, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

Found = tuple[Whole, Bits, Bits]
"""How many latents are active on each image, which, and the bits of their activations."""
PIECE = 32
"""Images."""
FEW = 128
"""Up to so many latents, all numbers of the refinements' codes are multiplied; with more, only those that are not zero."""
MOSTLY = 4
"""Where one in so many of few latents is kept, all numbers of the last look's code are multiplied, too."""


class _Step(NamedTuple):
    """What the second half of a step needs of the first."""

    config: RunConfig
    images: Floats
    dense: bool
    threads: int


class RefinedStep:
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
        """``weights`` are moved in memory where they are not latent by latent; batches have up to ``batch`` images.

        ``lists`` of the batch that was drawn last; without them every pixel is read. ``threads``: how many compute a
        step; None for :func:`~saegui.core.training.devices.kernel_threads`. ``refinements`` of the configuration, which never
        change. ``scratch`` is shared with models that step at the same time.
        """
        import torch

        weights["W_enc"] = weights["W_enc"].t().contiguous().t()
        weights["W_dec"] = weights["W_dec"].contiguous()
        self._threads, self._batch, self._scratch = threads, batch, scratch
        self._own = {name: latent_by_latent(name, weight) for name, weight in weights.items()}
        F, d_in = self._own["W_dec"].shape
        blocks = -(-F // WIDE)
        wide = blocks * WIDE
        self._few = F <= FEW
        self._lists: Callable[[Floats], Inked] = EveryPixel(batch, d_in)
        if lists is not None:
            self._lists = lambda x: lists()
        self._bias = np.full(wide, -np.inf, np.float32)
        self._packed, self._H = zeros((blocks, d_in, WIDE), np.float32), zeros((wide, wide), np.float32)
        self._turned = zeros((blocks if self._few else 0, d_in, WIDE), np.float32)
        self._turned_H = zeros((wide if self._few else 0, wide), np.float32)
        self._first, self._last, self._total = (zeros((batch, wide), np.float32) for _ in range(3))
        self._later = zeros((refinements, batch, wide), np.float32)
        self._codes = zeros((refinements if self._few else 0, batch, wide), np.float32)
        self._code = zeros((batch if self._few else 0, wide), np.float32)
        self._residual, self._squared = zeros((batch, d_in), np.float32), np.zeros(batch, np.float32)
        self._of_products = zeros((wide, wide), np.float32)
        self._g_enc, self._g_dec = zeros((F, d_in), np.float32), zeros((F, d_in), np.float32)
        self._counts, self._starts = np.zeros(batch, np.int64), np.zeros(F + 1, np.int64)
        self._limits, self._again = np.empty((2, batch), np.int64)
        self._places = np.zeros(F, np.int64)
        self._pull, self._shift = np.zeros(F, np.float32), np.zeros(d_in, np.float32)
        self._g_b_dec = np.zeros(d_in, np.float32)
        # Tensors of the same memory: making them at every step takes longer than what is written into them.
        (self._mse, self._auxk), self._on = np.zeros((2, 1), np.float32), np.zeros(F, np.int64)
        self._losses = [torch.from_numpy(loss)[0] for loss in (self._mse, self._auxk)]
        self._fired = torch.from_numpy(self._on)
        self._errors: dict[int, Tensor] = {}
        self._seen: dict[str, tuple[Tensor, NDArray[Any]]] = {}
        self._pace, self._noted = Pace(), False
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
        self._optimiser: Adam | None = None

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """See :data:`~saegui.core.training.gradients.plan.Gradients`; the weights move when the result's ``update`` is called."""
        import torch

        (ask,) = asks
        images, config = self._numbers("x", x), ask.config
        threads = self._pace.begin(self._threads or kernel_threads())
        whole = self._compare(images, self._lists(images), config, ask.k, threads)
        losses, batch = {"mse": self._losses[0]}, len(x)
        if self._revive(np.flatnonzero(() if ask.dead is None else ask.dead.numpy()), batch, threads):
            losses["auxk"] = self._losses[1]
        error = self._errors.get(batch)
        if error is None:
            error = self._errors[batch] = torch.from_numpy(self._residual[:batch])
        self._step = _Step(config, images, whole, threads)
        return [GradientResult(losses, self._fired, error, self)]

    def take(
        self, ahead: Ahead, config: RunConfig, ks: Sequence[int], rates: Sequence[float], optimiser: Adam, seen: Seen
    ) -> list[StepNumbers]:  # fmt: skip
        """As :meth:`~saegui.core.training.kernels.fused.FusedStep.take`: up to the first step that diverges."""
        threads = self._pace.begin(self._threads or kernel_threads())
        x, first, found = drawn_into(self._scratch, ahead), 0, list[StepNumbers]()
        for batch, k, rate in zip(ahead.lengths, ks, rates, strict=True):
            inked, images = ahead.inked.of(ahead.inked.order[first : first + batch]), x[:batch]
            first += batch
            draw(inked, images)
            whole = self._compare(images, inked, config, k, threads)
            losses = {"mse": float(self._mse[0])}
            if not losses["mse"] * images.shape[1] <= seen.worst:
                break
            if self._revive(np.flatnonzero(seen.since_fired > seen.unseen), batch, threads):
                losses["auxk"] = float(self._auxk[0])
                if not math.isfinite(losses["auxk"]):
                    break
            counted = self._learn(_Step(config, images, whole, threads), optimiser, rate, seen)
            found.append(StepNumbers(losses, *counted))
        self._pace.end(len(found))
        return found

    def move(self, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        counted = self._learn(self._step, optimiser, rate, seen)
        self._pace.end()
        return counted

    def _compare(self, images: Floats, inked: Inked, config: RunConfig, k: int, threads: int) -> bool:
        """Find the codes and what they leave of the images; returns whether the last look's code is dense."""
        batch, F, own = len(images), len(self._pull), self._own
        k, of_batch = min(k, F), config.arch == "batch_topk"
        share(
            lambda counters: learning.begin(
                counters, batch, own["W_enc"], own["W_dec"], own["b_enc"], own["b_dec"], config.pre_bias, self._bias,
                self._packed, self._H, self._turned_H, *inked, self._first, k, self._last, self._codes,
            ),
            -(-batch // (dense.IMAGES if self._few else learning.IMAGES)), threads, 5 if self._few else 4,
        )  # fmt: skip
        whole = self._few and MOSTLY * k >= F
        if whole:
            share(
                lambda counters: dense.compare(
                    counters, k, of_batch, images, own["W_dec"], own["b_dec"], self._turned, self._last, self._code,
                    self._residual[:batch], self._later[-1], self._squared, self._starts, self._g_b_dec, self._mse, self._on,
                ),
                2, threads, 5,
            )  # fmt: skip
        else:
            self._list(k, of_batch, batch, threads)
            share(
                lambda counters: phases.compare(
                    counters, PIECE, images, own["W_dec"], own["b_dec"], self._counts, self._latents,
                    self._bits.view(np.float32), self._residual[:batch], self._delta, self._squared,
                    self._starts, self._places, self._of_image, self._of_value, self._of_delta, self._pull, self._g_b_dec, self._mse, self._on,
                ),
                phases.SUMS, threads, 2,
            )  # fmt: skip
        return whole

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
            1, threads, 2,
        )  # fmt: skip
        return True

    def _learn(self, step: _Step, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """The second half of a step; returns what :meth:`move` does."""
        own = self._own
        pace, root = (np.float32(number) for number in optimiser.begin_step(rate))
        if optimiser is not self._optimiser:
            self._optimiser = optimiser
            self._means, self._squares = (
                {name: latent_by_latent(name, moment) for name, moment in moments.items()}
                for moments in optimiser.moments
            )
        means, squares, config = self._means, self._squares, step.config
        F, batch, threads = len(own["b_enc"]), len(step.images), step.threads
        if self._few:
            share(
                lambda counters: dense.look_back(
                    counters, batch, F, self._turned_H, self._codes, not step.dense, self._counts, self._latents, self._delta,
                    self._revival.in_images, self._later, self._total, self._of_products,
                ),
                -(-F // dense.LATENTS), threads, 2,
            )  # fmt: skip
        else:
            self._look_back(batch, threads)
        share(
            lambda counters: learning.learn(
                counters, step.images, self._residual[:batch],
                step.dense, self._code, self._starts, self._of_image, self._of_value, self._of_products, self._total,
                self._revival.entries, self._g_enc, self._g_dec, self._pull, self._shift, self._g_b_dec,
                own["W_enc"], own["W_dec"], means["W_enc"], squares["W_enc"], means["W_dec"], squares["W_dec"],
                own["b_enc"], own["b_dec"], means["b_enc"], squares["b_enc"], means["b_dec"], squares["b_dec"],
                pace, root, config.pre_bias, config.unit_norm, config.non_negative,
            ),
            F, threads, 3,
        )  # fmt: skip
        if not self._noted:
            self._noted = True
            compiled.note(kind(config))
        on, dead = gradients.count_fired(self._starts, batch, seen.epoch, seen.fired, seen.since_fired)
        return int(on), int(dead)

    def _numbers(self, name: str, tensor: Tensor) -> NDArray[Any]:
        """The memory of ``tensor``, which is mostly the same one as at the last step: torch takes tens of microseconds to say so."""
        known = self._seen.get(name)
        if known is None or known[0] is not tensor:
            known = self._seen[name] = (tensor, tensor.numpy())
        return known[1]

    def _list(self, k: int, of_batch: bool, batch: int, threads: int) -> None:
        """The active latents of each image as a list: k each, or ``of_batch`` so many on average."""
        F = len(self._pull)
        if self._few:
            self._make_room(F)
            share(
                lambda counters: dense.list_code(
                    counters, batch, k, of_batch, F, self._last, self._code, self._counts, self._latents, self._bits
                ),
                -(-batch // dense.IMAGES), threads, 3,
            )  # fmt: skip
            return
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
