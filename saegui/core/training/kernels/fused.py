"""FusedStep: a whole step of TopK or BatchTopK, gradients and Adam, in the kernels of this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.progress import Progress
from saegui.core.training.gradients.choose_active import MORE
from saegui.core.training.gradients.step import GradientInput, GradientResult, ListReading, Seen, StepNumbers
from saegui.core.training.kernels import SPARSE, codes, gradients, kept_of, steps
from saegui.core.training.kernels.auxk import Revival
from saegui.core.training.kernels.crew import share
from saegui.core.training.kernels.inked import Ahead, Inked, OfBatch
from saegui.core.training.kernels.kernel_step import UNSEEN, KernelStep
from saegui.core.training.kernels.plan import SCRATCH, HalfStep, Plan, Scratch, drawn_into
from saegui.core.training.kernels.rounding import IN_WORD
from saegui.core.training.kernels.vectors import WIDE, Floats, Stored, Whole, zeros

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

IMAGES, LATENTS = 32, 8
"""The fewest of a piece; with more, other threads find less to do at the end of a step."""
BLOCKS_IN_CACHE = 16
"""Of more blocks of weights, all images of a piece share what is read from memory, so a piece has more of them."""
ALONE = 32
"""Steps that are taken alone after one in which few images had most of a BatchTopK batch."""
LISTED_EACH = 8192
"""From so many latents on, listing the pixels of each batch takes a hundredth of a step."""


class FusedStep(KernelStep):
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` and Adam of one model up to rounding.

    Bit by bit the same for any number of threads.
    """

    def __init__(
        self,
        weights: dict[str, Tensor],
        batch: int,
        lists: Callable[[], Inked] | None = None,
        threads: int | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        """See :class:`~saegui.core.training.kernels.kernel_step.KernelStep`."""
        super().__init__(weights, batch, lists, threads, scratch)
        F, d_in = self._own["W_dec"].shape
        if lists is not None and F >= LISTED_EACH:
            self._lists = OfBatch(batch, d_in)
        self._blocks = blocks = -(-F // WIDE)
        self._packed = np.zeros((0, d_in, WIDE), np.float32)
        self._words = np.zeros((0, -(-d_in // IN_WORD), WIDE), np.int32)
        self._rounded = tuple(np.zeros((3, blocks * WIDE), np.float32))
        # Since they were packed, and since they were rounded.
        self._changed, self._still = np.ones((2, F), np.bool_), np.zeros((2, F), np.bool_)
        self._behind = np.zeros((2, F), np.int64)
        self._version_of_weights, self._version_of_means = -1, (-1, -1)
        self._bias = np.full(blocks * WIDE, -np.inf, np.float32)
        self._piece = IMAGES if blocks <= BLOCKS_IN_CACHE else 4 * IMAGES
        self._residual = zeros((batch, d_in), np.float32)
        self._counts, self._squared = np.zeros(batch, np.int64), np.zeros(batch, np.float32)
        self._sums = zeros((-(-batch // IMAGES), d_in), np.float32)
        self._starts, self._pull = np.zeros(F + 1, np.int64), np.zeros(F, np.float32)
        self._g_dec, self._shift = np.zeros(d_in, np.float32), np.zeros(d_in, np.float32)
        self._revival: Revival | None = None
        self._places = np.arange(batch, dtype=np.int64)
        self._limits, self._again = np.zeros((2, batch), np.int64)
        self._least, self._places_of_entries = np.zeros(batch, np.int32), np.zeros(F, np.int64)
        self._alone = 0
        self._borrower: int | None = None
        """The thread whose arrays these are; None where this model made one of its own since."""
        self._bits = self._latents = np.empty((batch, 0), np.int32)
        self._of_image = np.empty(0, np.int32)
        self._make_room(1, 1)
        self._step: HalfStep

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """See :data:`~saegui.core.training.gradients.plan.Gradients`; the weights move when the result's ``update`` is called."""
        import torch

        (ask,) = asks
        self._borrow()
        # A new one, as a thread that comes late looks at its own.
        plan = self._one = Plan(1)
        config, threads = ask.config, self._begin()
        images, inked, is_drawn = self._stored(x)

        self._encode(ask, images, inked, threads, 0 if is_drawn else steps.DRAW)
        parts = steps.COMPARE
        if config.revival == "auxk":
            parts |= steps.REVIVE
            if ask.dead is not None:
                dead = np.flatnonzero(ask.dead.numpy())
                plan.revived[0] = len(dead)
                self._revived().which[: len(dead)] = dead
        self._run(parts, plan, config, inked, images, self._places, threads)

        losses = {"mse": torch.from_numpy(plan.mse)[0]}
        if plan.revived[0]:
            losses["auxk"] = torch.from_numpy(plan.auxk)[0]
        self._step = HalfStep(config, inked, images, threads)
        return [GradientResult(losses, self._fired, self._error(self._residual, len(x)), self)]

    def take(
        self, ahead: Ahead, config: RunConfig, ks: Sequence[int], rates: Sequence[float], optimiser: Adam, seen: Seen
    ) -> list[StepNumbers]:  # fmt: skip
        """Take steps one after the other, without refinements, as long as nothing but kernels has to do with them.

        ``ks`` and learning ``rates`` are those of each step. Those that were taken may be fewer than there are batches ``ahead``: what
        made them end is found, and said, by the next step alone.
        """
        if self._alone > 0:
            self._alone -= 1
            return []
        self._borrow()
        F, number = len(self._pull), len(ahead.lengths)
        kept = [kept_of(config.arch, k, F) for k in ks]
        few = [SPARSE * each <= F for each in kept]
        # Another kernel is for another call.
        number = few.index(not few[0]) if (not few[0]) in few else number
        plan = Plan(number)
        plan.lengths[:], plan.ks[:], plan.candidates[:] = ahead.lengths[:number], ks[:number], kept[:number]
        self._make_room(max(kept), max(ks[:number]))
        threads = self._begin()
        self._attach(optimiser)
        for step, rate in enumerate(rates[:number]):
            plan.paces[step], plan.roots[step] = optimiser.begin_step(rate)
        self._run(
            steps.ALL,
            plan,
            config,
            ahead.inked,
            drawn_into(self._scratch, ahead),
            self._places,
            threads,
            seen,
        )
        self._pace.end(number)
        self._note(config)
        found, full = plan.read()
        if full:
            # Soon again, as neighbouring steps are alike; and what was found for such a step is found once more.
            self._alone = ALONE
        optimiser.take_back(number - len(found))
        return found

    def move(self, optimiser: Adam, rate: float, seen: Seen) -> tuple[int, int]:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        step, plan = self._step, self._one
        plan.paces[0], plan.roots[0] = optimiser.begin_step(rate)
        self._attach(optimiser)
        self._run(
            steps.MOVE, plan, step.config, step.inked, step.images, self._places, step.threads, seen
        )  # fmt: skip
        self._pace.end()
        self._note(step.config)
        return int(plan.on[0]), int(plan.dead[0])

    def reading(self, config: RunConfig, threshold: float | None) -> ListReading | None:
        """See :class:`~saegui.core.training.gradients.step.SeveralSteps`."""
        is_missing = threshold is not None and threshold < 0
        return None if config.refit or is_missing else partial(self._read, config, threshold)

    def _read(
        self, config: RunConfig, threshold: float | None, images: Ahead, progress: Progress
    ) -> tuple[Floats, Whole]:
        self._borrow()
        F = len(self._pull)
        x, threads = drawn_into(self._scratch, images), self._begin()
        errors, on, start = np.empty(sum(images.lengths), np.float32), np.zeros_like(self._on), 0
        for batch in images.lengths:
            progress.report(start, len(errors))
            # A new one, as a thread that comes late looks at its own.
            self._one = Plan(1)
            listed = images.inked.of(images.inked.order[start : start + batch])
            kept, which, draw = kept_of(config.arch, config.k, F), self._places[:batch], steps.DRAW
            while len(which):
                self._find(kept, kept, config, which, x[:batch], listed, threads, draw)
                which, kept, draw = self._left_out(threshold, kept, batch, which), min(MORE * kept, F), 0
            self._run(steps.COMPARE, self._one, config, listed, x[:batch], self._places, threads)
            errors[start : start + batch] = self._squared[:batch]
            on += self._on
            start += batch
        return errors, on

    def _left_out(self, threshold: float | None, kept: int, batch: int, which: Whole) -> Whole:
        """Keep what reaches the ``threshold``; returns the images among ``which``, of which ``kept`` were found, that may have more of that.

        Nothing is kept where there are such; None: all stay.
        """
        if threshold is None:
            return which[:0]
        limits, again = self._limits[:batch], self._again[:batch]
        limits[which] = kept if kept < len(self._pull) else -1
        least = int(np.float32(threshold).view(np.int32))
        full = codes.keep_reached(least, batch, self._counts, self._latents, self._bits, limits, again)
        return again[:full].copy()

    def _attach(self, optimiser: Adam) -> None:
        """Know the optimiser's moments, and which latents do not move; at the first step all do what the configuration asks for."""
        if optimiser is not self._optimiser:
            super()._attach(optimiser)
            means, _ = optimiser.moments
            self._tensors = (means["W_enc"], means["W_dec"])
            # Not a method of this step: the two would keep each other in memory when the training is over.
            optimiser.settle = partial(
                gradients.settle, self._behind, self._squares["W_enc"], self._squares["W_dec"]
            )
        versions = (self._tensors[0]._version, self._tensors[1]._version)
        if versions != self._version_of_means:
            self._version_of_means = versions
            for still, name in zip(self._still, ("W_dec", "W_enc"), strict=True):
                still[:] = ~self._means[name].any(1) if optimiser.steps > 1 else False

    def _encode(self, ask: GradientInput, images: Stored, inked: Inked, threads: int, draw: int) -> None:
        """``draw``: the part of a step that draws the images, or none."""
        F, batch, which = len(self._pull), len(images), self._places[: len(images)]
        if ask.config.arch != "batch_topk":
            self._find(min(ask.k, F), ask.k, ask.config, which, images, inked, threads, draw)
            return
        limit, limits, again = MORE * ask.k, self._limits[:batch], self._again[:batch]
        while True:
            kept = min(limit, F)
            self._find(kept, ask.k, ask.config, which, images, inked, threads, draw)
            # Who has all latents cannot have had more.
            limits[which] = kept if kept < F else -1
            found = (self._counts, self._latents, self._bits)
            full = codes.choose_of_batch(ask.k, batch, *found, limits, again)
            if not full:
                return
            which, draw = again[:full].copy(), 0
            limit *= MORE

    def _find(
        self, kept: int, k: int, config: RunConfig, which: Whole, images: Stored, inked: Inked, threads: int, draw: int
    ) -> None:  # fmt: skip
        """The ``kept`` largest activations of each image of ``which``, of which up to ``k`` of each image are left afterwards.

        ``draw``: the part of a step that draws the images, or none.
        """
        self._make_room(kept, k)
        plan = self._one
        plan.lengths[:], plan.ks[:], plan.candidates[:] = len(images), k, kept
        self._run(draw | steps.FIND, plan, config, inked, images, which, threads)

    def _run(
        self, parts: int, plan: Plan, config: RunConfig, inked: Inked, images: Stored, which: Whole,
        threads: int, seen: Seen = UNSEEN,
    ) -> None:  # fmt: skip
        """Those ``parts`` of the steps of ``plan``: see :mod:`.steps`."""
        F, d_in = self._own["W_dec"].shape
        packed = rounded = None
        if SPARSE * int(plan.candidates[0]) <= F:
            if not len(self._words):
                self._words = zeros((self._blocks, *self._words.shape[1:]), np.int32)
            rounded = (self._words, *self._rounded)
        else:
            if not len(self._packed):
                self._packed, self._borrower = zeros((self._blocks, d_in, WIDE), np.float32), None
            packed = self._packed
        revival = self._revived() if config.revival == "auxk" else None
        arguments = (
            (self._piece, max(LATENTS, F // 64)),
            plan.told,
            inked.told,
            inked.order,
            which,
            images,
            *self._moved,
            self._bias,
            packed,
            rounded,
            (
                self._counts,
                self._latents,
                self._bits,
                self._bits.view(np.float32),
                self._highs,
                self._least,
            ),
            (self._limits, self._again) if config.arch == "batch_topk" else None,
            (self._residual, self._delta, self._squared, self._sums),
            (self._starts, self._places_of_entries, self._of_image, self._of_value, self._of_delta),
            (self._pull, self._g_dec, self._shift, self._on),
            (self._still, self._behind, self._changed),
            None if revival is None else (revival.arrays, revival.entries),
            (seen.fired, seen.since_fired),
            plan.found,
            (seen.worst, seen.unseen, seen.epoch),
            (config.pre_bias, config.unit_norm, config.non_negative),
        )
        share(
            lambda counters: steps.steps(counters, parts, *arguments),
            0,
            threads,
            len(plan.lengths) * steps.PHASES,
        )

    def _revived(self) -> Revival:
        """Where AuxK works: the thread's own place where others do other models at the same time."""
        if self._revival is None:
            make = Revival if self._scratch is None else self._scratch.revival
            self._revival = make(self._batch, *self._own["W_dec"].shape)
        return self._revival

    def _begin(self) -> int:
        """The same; all weights are packed again where somebody else wrote into them."""
        version = self._weights["W_enc"]._version
        if version != self._version_of_weights:
            # What kernels write does not count.
            self._version_of_weights = version
            self._changed[:] = True
        return super()._begin()

    def _borrow(self) -> None:
        """Work in the thread's arrays where it has some of the same shape; else it has this model's from now on."""
        if self._scratch is None:
            return
        # Another model may have packed its weights there.
        self._changed[0] = True
        if self._borrower == get_ident():
            return
        self._borrower, self._revival = get_ident(), None
        for name in SCRATCH:
            array = getattr(self, name)
            # This model's may be another thread's.
            setattr(self, name, self._scratch.array(name, array.shape, array.dtype))

    def _make_room(self, kept: int, k: int) -> None:
        """For images that keep so many activations, and those of a few blocks among which they are found; k of each image are left."""
        entries = self._batch * min(k, kept)
        if len(self._of_image) < entries:
            self._of_image, self._of_value = np.zeros(entries, np.int32), np.zeros(entries, np.float32)
            self._of_delta = np.zeros(entries, np.float32)
            self._borrower = None
        room = kept + 2 * WIDE
        if self._bits.shape[1] >= room:
            return
        self._borrower = None
        shape = (self._batch, room)
        before = self._bits, self._latents
        self._bits, self._latents = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        # What the other images have is not looked for again.
        for old, new in zip(before, (self._bits, self._latents), strict=True):
            new[:, : old.shape[1]] = old
        self._highs, self._delta = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
