"""Trainer: one optimisation step at a time. No threads, no Qt, no printing; whoever loops it decides when to stop."""

from __future__ import annotations

import ctypes
import importlib.util
import math
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import D_IN, RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.history import StepResult
from saegui.core.metrics import Variation, unexplained
from saegui.core.sae.adam import Adam
from saegui.core.sae.topk import TopKStep
from saegui.core.snapshot import Snapshot, to_input

if TYPE_CHECKING:
    from torch import Tensor

EXPLODED = 1e4
"""A loss this many times the variance of the data has exploded: predicting the mean image would cost one."""


MAX_THREADS = 1024
"""More are never of use, and OpenMP ends the whole process when it cannot start as many as it was told to."""


def processors() -> int:
    """How many processors this process may use: on a cluster fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """All processors but one, which the window needs; torch's products lose nothing by it on small models."""
    return max(1, processors() - 1)


def use_threads(threads: int | None) -> int:
    """Let torch use ``threads`` processors (default: :func:`default_threads`); returns how many.

    Weights are bit-identical only between trainings that ran with equal numbers of threads.

    Raises:
        ConfigError: for a number below one or above :data:`MAX_THREADS`.
    """
    count = default_threads() if threads is None else threads
    if not 1 <= count <= MAX_THREADS:
        raise ConfigError(f"--threads is {count}; it must be a whole number from 1 to {MAX_THREADS:,}.")
    import torch

    torch.set_num_threads(count)
    return count


def load_torch() -> None:
    """Import torch without holding up other threads for longer than need be.

    Python keeps its interpreter lock while it loads an extension's libraries, which for torch takes half a second in
    which a window stands still. A call through ctypes gives the lock up, so on Linux the libraries are loaded that way
    first; elsewhere this is a plain import.
    """
    if "torch" not in sys.modules and sys.platform == "linux":
        spec = importlib.util.find_spec("torch")
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent / "lib"
            dlopen = ctypes.CDLL(None).dlopen
            dlopen.restype, dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]
            # In torch's own order and modes: CUDA's libraries must be global before the rest looks for them. A build
            # without one of the files is imported all the same, only less smoothly.
            dlopen(bytes(folder / "libtorch_global_deps.so"), os.RTLD_GLOBAL | os.RTLD_NOW)
            dlopen(bytes(folder / "libtorch_python.so"), os.RTLD_LAZY)
    import torch  # noqa: F401


def schedule(config: RunConfig, step: int, total: int) -> float:
    """Factor on the learning rate at ``step`` (0-based) of ``total``: linear warm-up, plateau, linear decay to zero."""
    factor = 1.0
    if step < config.warmup_steps:
        factor = (step + 1) / config.warmup_steps
    decaying = config.decay * total
    if decaying > 0 and step > total - decaying:
        factor *= (total - step) / decaying
    return factor


class Trainer:
    """Trains one configuration on one data set.

    Equal configurations, data and thread counts give bit-identical weights. The images stay uint8 in one array that is
    copied in a new order every epoch; a batch is a slice of that copy.
    """

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        """Raises :class:`ConfigError` when the data set has no images to train on."""
        import torch

        self.config = config
        self._images = dataset.train_images
        if not len(self._images):
            raise ConfigError(f"{dataset.title} has no training images; choose another data set.")
        self._generator = torch.Generator().manual_seed(config.seed)
        flat = self._images.reshape(len(self._images), -1)
        mean = np.zeros(D_IN)
        for start in range(0, len(flat), 4096):
            mean += flat[start : start + 4096].sum(0, dtype=np.int64)
        self._mean = torch.from_numpy((mean / len(flat) / 255).astype(np.float32))
        self._variance = Variation.of(self._images).around_mean_image / len(flat)
        # Images that are all alike have no variance; any error would then be infinitely large.
        self._exploded = EXPLODED * max(self._variance, 1.0)
        # One writable copy: torch warns about the read-only maps that data sets are.
        self._source = torch.from_numpy(np.array(flat))
        self._shuffled = torch.empty_like(self._source)
        self._x = torch.empty(min(config.batch_size, len(flat)), D_IN)
        self.weights = self._initial_weights()
        self._optimiser = Adam(self.weights.values())
        self._gradients = TopKStep(len(self._x), D_IN, config.n_latents)
        self._since_fired = torch.zeros(config.n_latents, dtype=torch.int64)
        self._fired_before = torch.zeros(config.n_latents, dtype=torch.int64)
        self._fired = torch.zeros(config.n_latents, dtype=torch.int64)
        self._position = len(flat)
        self._step = 0
        self._epoch = -1
        self._seconds = 0.0

    @property
    def n_images(self) -> int:
        """Training images: one epoch."""
        return len(self._images)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return math.ceil(self.n_images / self.config.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.steps_per_epoch * self.config.epochs

    @property
    def steps(self) -> int:
        """Steps done so far."""
        return self._step

    @property
    def seconds(self) -> float:
        """Time spent in :meth:`step` so far."""
        return self._seconds

    @property
    def epoch(self) -> float:
        """Passes over the data done so far, such as 1.5; exactly whole at the end of an epoch."""
        return max(self._epoch, 0) + self._position / self.n_images if self._step else 0.0

    @property
    def at_epoch_end(self) -> bool:
        """True right after the last batch of an epoch."""
        return self._step > 0 and self._position == self.n_images

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self._step >= self.total_steps

    def change(self, *, lr: float | None = None, k: int | None = None) -> None:
        """Change a live parameter from the next step on.

        Raises:
            ConfigError: for a value out of bounds or a k above the number of latents; nothing changes then.
        """
        values = {name: value for name, value in (("lr", lr), ("k", k)) if value is not None}
        self.config = make(values, self.config)

    def step(self) -> StepResult:
        """Train on the next batch.

        Raises:
            DivergedError: when the loss is not finite or has exploded; the weights are then no longer of use.
        """
        started = time.perf_counter()
        x = self._next_batch()
        rate = self.config.lr * schedule(self.config, self._step, self.total_steps)
        losses, fired = self._gradients(self.weights, x, self.config, self._dead_for_revival())
        loss = sum(losses.values())
        self.check(loss, losses["mse"])
        self._update(rate)
        self._count(fired, len(x))
        self._step += 1
        self._seconds += time.perf_counter() - started
        return StepResult(
            step=self._step,
            epoch=self.epoch,
            seconds=self._seconds,
            loss=loss,
            fvu=unexplained(losses["mse"] * D_IN, self._variance),
            l0=int(fired.sum()) / len(x),
            dead=int((self._since_fired >= self.n_images).sum()),
            losses=losses,
            images=len(x),
        )

    def check(self, loss: float, mse: float) -> None:
        """Whether the weights that have this loss can be gone on with.

        Raises:
            DivergedError: when the loss is not finite or the squared error has exploded.
        """
        if math.isfinite(loss) and mse * D_IN <= self._exploded:
            return
        raise DivergedError(
            f"The training diverged at step {self._step + 1:,} (loss {loss:.3g}). Lower the learning rate "
            f"(now {self.config.lr:g}), or add warm-up steps. The last snapshot before it is kept."
        )

    def snapshot(self) -> Snapshot:
        """A copy of the weights as they are now, for whoever looks at them."""
        arrays = {name: weight.detach().numpy().copy() for name, weight in self.weights.items()}
        return Snapshot(self.config, self._step, self.epoch, density=self._density(), **arrays)

    def _density(self) -> NDArray[np.float32]:
        """How often each latent was on in the last epoch; amid an epoch the one before counts for what is left of it."""
        seen = self._position if self._step else 0
        if self._epoch < 1:
            return (self._fired.numpy() / max(seen, 1)).astype(np.float32)
        fired = self._fired.numpy() + self._fired_before.numpy() * (1 - seen / self.n_images)
        return (fired / self.n_images).astype(np.float32)

    def _next_batch(self) -> Tensor:
        if self._position >= self.n_images:
            self._begin_epoch()
        rows = self._shuffled[self._position : self._position + self.config.batch_size]
        self._position += len(rows)
        # The same division as ToTensor's, so the same inputs bit for bit; in two passes, which are five times as
        # fast as one that converts and divides.
        return self._x[: len(rows)].copy_(rows).div_(255)

    def _begin_epoch(self) -> None:
        import torch

        order = torch.randperm(self.n_images, generator=self._generator)
        torch.index_select(self._source, 0, order, out=self._shuffled)
        self._position = 0
        self._epoch += 1
        self._fired_before.copy_(self._fired)
        self._fired.zero_()

    def _dead_for_revival(self) -> Tensor | None:
        if self.config.revival == "none":
            return None
        return self._since_fired > self.config.dead_after * self.n_images

    def _update(self, rate: float) -> None:
        import torch

        if not self.config.unit_norm:
            self._optimiser.step(rate)
            return
        W_dec = self.weights["W_dec"]
        with torch.no_grad():
            # The part of the gradient along an atom would only change its length, which is put back anyway; Adam's
            # moments must not see it (Bricken 2023).
            assert W_dec.grad is not None
            along = torch.linalg.vecdot(W_dec.grad, W_dec).unsqueeze(1)
            W_dec.grad.addcmul_(along, W_dec, value=-1)
            self._optimiser.step(rate)
            W_dec.div_(torch.linalg.vector_norm(W_dec, dim=1, keepdim=True).clamp_(min=1e-12))

    def _count(self, fired: Tensor, images: int) -> None:
        self._fired += fired
        self._since_fired += images
        self._since_fired.masked_fill_(fired > 0, 0)

    def _initial_weights(self) -> dict[str, Tensor]:
        """Weights as the configuration asks; the same draws whatever the options, so that runs can be compared."""
        import torch

        config, F = self.config, self.config.n_latents

        def uniform(fan_in: int, *shape: int) -> Tensor:
            bound = 1 / math.sqrt(fan_in)
            return torch.empty(*shape).uniform_(-bound, bound, generator=self._generator)

        if config.init == "normal":
            W_enc = torch.empty(D_IN, F).normal_(0, math.sqrt(2 / D_IN), generator=self._generator)
            W_dec = torch.empty(F, D_IN).normal_(0, math.sqrt(2 / F), generator=self._generator)
            b_enc, b_dec = torch.zeros(F), torch.zeros(D_IN)
        elif config.init == "data":
            chosen = torch.randint(self.n_images, (F,), generator=self._generator)
            images = torch.from_numpy(to_input(self._images[np.sort(chosen.numpy())]))
            W_dec = images - self._mean
            # An image equal to the mean has no direction; it stays zero rather than becoming noise.
            W_dec /= torch.linalg.vector_norm(W_dec, dim=1, keepdim=True).clamp_(min=1e-6)
            W_enc = W_dec.t().clone()
            b_enc, b_dec = torch.zeros(F), torch.zeros(D_IN)
        else:
            W_enc, b_enc = uniform(D_IN, D_IN, F), uniform(D_IN, F)
            W_dec, b_dec = uniform(F, F, D_IN), uniform(F, D_IN)
        if config.unit_norm:
            W_dec /= torch.linalg.vector_norm(W_dec, dim=1, keepdim=True).clamp_(min=1e-12)
        if config.tied_init:
            W_enc = W_dec.t().clone()
        if config.pre_bias:
            b_enc, b_dec = torch.zeros(F), self._mean.clone()
        weights = {"W_enc": W_enc, "b_enc": b_enc, "W_dec": W_dec, "b_dec": b_dec}
        return {name: weight.requires_grad_(False) for name, weight in weights.items()}
