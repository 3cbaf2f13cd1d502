"""FusedStep: a whole step of TopK or BatchTopK, gradients and Adam, in the kernels of this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.training.gradients.auxk import auxk_gradients, takes_part
from saegui.core.training.gradients.choose_active import MORE
from saegui.core.training.gradients.step import GradientInput, GradientResult
from saegui.core.training.kernels import codes, gradients
from saegui.core.training.kernels.crew import share
from saegui.core.training.kernels.inked import EveryPixel, Inked
from saegui.core.training.kernels.vectors import WIDE

if TYPE_CHECKING:
    from torch import Tensor

    from saegui.core.config.schema import RunConfig
    from saegui.core.training.adam import Adam

IMAGES, LATENTS = 32, 8
"""The fewest of a piece; with more, other threads find less to do at the end of a step."""
BLOCKS_IN_CACHE = 16
"""Of more blocks of weights, all images of a piece share what is read from memory, so a piece has more of them."""


class _Step(NamedTuple):
    """What the second half of a step needs of the first."""

    config: RunConfig
    images: NDArray[np.float32]
    residual: NDArray[np.float32]
    extra: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]
    """What AuxK adds to the gradients: see :func:`~saegui.core.training.kernels.gradients.learn`."""
    threads: int


class FusedStep:
    """Equal to :class:`~saegui.core.training.gradients.step.PlainStep` and Adam of one model up to rounding.

    Bit by bit the same for any number of threads; but AuxK's products are PyTorch's, which add up in an order of their own.
    """

    def __init__(
        self, weights: dict[str, Tensor], batch: int, lists: Callable[[], Inked] | None = None
    ) -> None:
        """``weights`` are moved in memory where they are not latent by latent; batches have up to ``batch`` images.

        ``lists`` of the batch that was drawn last; without them every pixel is read.
        """
        weights["W_enc"] = weights["W_enc"].t().contiguous().t()
        weights["W_dec"] = weights["W_dec"].contiguous()
        self._weights = weights
        self._own = {name: _array(name, weight) for name, weight in weights.items()}
        F, d_in = self._own["W_dec"].shape

        self._lists: Callable[[NDArray[np.float32]], Inked] = (
            (lambda x: lists()) if lists is not None else EveryPixel(batch, d_in)
        )
        blocks = -(-F // WIDE)
        self._packed = np.zeros((blocks, d_in, WIDE), np.float32)
        self._bias = np.full(blocks * WIDE, -np.inf, np.float32)
        self._batch, self._piece = batch, IMAGES if blocks <= BLOCKS_IN_CACHE else 4 * IMAGES
        self._residual = np.empty((batch, d_in), np.float32)
        self._counts, self._squared = np.zeros(batch, np.int64), np.zeros(batch, np.float32)
        self._starts, self._pull = np.zeros(F + 1, np.int64), np.zeros(F, np.float32)
        self._g_dec = np.zeros(d_in, np.float32)
        self._no_extra = (
            np.full(F, -1, np.int32),
            np.zeros((1, d_in), np.float32),
            np.zeros((1, d_in), np.float32),
        )
        self._bits = np.empty((batch, 0), np.int32)
        self._make_room(1)
        self._step: _Step
        self._optimiser: Adam | None = None

    def __call__(self, x: Tensor, asks: Sequence[GradientInput]) -> list[GradientResult]:
        """See :data:`~saegui.core.training.gradients.plan.Gradients`; the weights move when the result's ``update`` is called."""
        import torch

        (ask,) = asks
        batch, W = len(x), self._weights
        images: NDArray[np.float32] = x.numpy()
        inked = self._lists(images)
        own, bias = self._own, torch.from_numpy(self._bias)
        gradients.encoder_bias(own["W_enc"], own["b_enc"], own["b_dec"], ask.config.pre_bias, self._bias)
        threads = torch.get_num_threads()

        self._encode(ask, inked, batch, threads)
        residual, values = self._residual[:batch], self._bits.view(np.float32)
        share(
            lambda counters: gradients.decode(
                counters, self._piece, batch, own["W_dec"], own["b_dec"], *inked, self._counts,
                self._latents, values, residual, self._delta, self._squared,
            ),
            -(-batch // self._piece), threads,
        )  # fmt: skip
        entries = (self._of_image, self._of_value, self._of_delta)
        gradients.sort_by_latent(
            batch, self._counts, self._latents, values, self._delta, self._starts, *entries, self._pull
        )
        gradients.sum_of_rows(residual, self._g_dec)

        mse = self._squared[:batch].sum(dtype=np.float64) / residual.size
        losses = {"mse": torch.from_numpy(np.array(mse, np.float32))}
        error, extra = torch.from_numpy(residual), self._no_extra
        revived = takes_part(ask.dead)
        if revived is not None:
            assert ask.dead is not None and not isinstance(revived, slice)
            candidates = torch.addmm(bias[: len(self._pull)][revived], x, W["W_enc"][:, revived])
            aux = auxk_gradients(W["W_dec"][revived], ask.dead[revived], candidates, error.neg())
            losses["auxk"] = aux.loss
            which = np.full_like(extra[0], -1)
            which[revived.numpy()] = np.arange(len(revived))
            extra = (which, (aux.delta.t() @ x).numpy(), aux.W_dec.numpy())
            self._pull[revived.numpy()] += aux.delta.sum(0).numpy()
        self._step = _Step(ask.config, images, residual, extra, threads)
        fired = torch.from_numpy(self._starts[1:] - self._starts[:-1])
        return [GradientResult(losses, fired, error, self)]

    def move(self, optimiser: Adam, rate: float) -> None:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        own, step = self._own, self._step
        if optimiser is not self._optimiser:
            self._optimiser = optimiser
            self._means, self._squares = (
                {name: _array(name, moment) for name, moment in moments.items()}
                for moments in optimiser.moments
            )
        means, squares, config = self._means, self._squares, step.config
        pace, root = (np.float32(number) for number in optimiser.begin_step(rate))
        shift = own["b_dec"].copy()
        if config.pre_bias:
            gradients.take_pull(own["W_enc"], self._pull, self._g_dec)
        gradients.move(own["b_dec"], self._g_dec, means["b_dec"], squares["b_dec"], pace, root)
        gradients.move(own["b_enc"], self._pull, means["b_enc"], squares["b_enc"], pace, root)
        F = len(own["b_enc"])
        piece = max(LATENTS, F // 64)
        share(
            lambda counters: gradients.learn(
                counters, piece, step.images, step.residual, self._starts, self._of_image, self._of_value, self._of_delta,
                self._pull, shift, *step.extra, own["W_enc"], own["W_dec"],
                means["W_enc"], squares["W_enc"], means["W_dec"], squares["W_dec"], pace, root,
                config.pre_bias, config.unit_norm, config.non_negative,
            ),
            -(-F // piece), step.threads,
        )  # fmt: skip

    def count(self, fired: Tensor, since_fired: Tensor, epoch: int) -> tuple[int, int]:
        """See :class:`~saegui.core.training.gradients.step.Update`."""
        images = len(self._step.images)
        on, dead = gradients.count_fired(self._starts, images, epoch, fired.numpy(), since_fired.numpy())
        return int(on), int(dead)

    def _encode(self, ask: GradientInput, inked: Inked, batch: int, threads: int) -> None:
        W_enc = self._own["W_enc"]
        share(lambda counters: codes.pack(counters, W_enc, self._packed), len(self._packed), threads)
        of_batch = ask.config.arch == "batch_topk"
        limit = MORE * ask.k if of_batch else ask.k
        while True:
            kept = min(limit, len(W_enc))
            self._make_room(kept)
            share(
                lambda counters: codes.encode(
                    counters, self._piece, batch, self._packed, self._bias, len(W_enc), kept, *inked,  # noqa: B023
                    self._counts, self._latents, self._bits,
                ),
                -(-batch // self._piece), threads,
            )  # fmt: skip
            full = -1 if kept == len(W_enc) else kept
            if not of_batch or codes.choose_of_batch(
                ask.k, batch, self._counts, self._latents, self._bits, full
            ):
                return
            limit *= MORE

    def _make_room(self, k: int) -> None:
        """For k active latents of each image, and those of a few blocks among which they are found."""
        room = k + 2 * WIDE
        if self._bits.shape[1] >= room:
            return
        shape = (self._batch, room)
        self._bits, self._latents = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        self._delta = np.zeros(shape, np.float32)
        self._of_image = np.zeros(self._batch * k, np.int32)
        self._of_value = np.zeros(self._batch * k, np.float32)
        self._of_delta = np.zeros(self._batch * k, np.float32)


def _array(name: str, weight: Tensor) -> NDArray[np.float32]:
    """The weight itself, latent by latent."""
    found: NDArray[np.float32] = (weight.t() if name == "W_enc" else weight).numpy()
    return found
