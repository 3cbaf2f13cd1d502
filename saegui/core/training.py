"""Trainer: one optimisation step at a time. No threads, no Qt, no printing; whoever loops it decides when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.batches import Batches
from saegui.core.config import D_IN, WITH_K, RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.history import StepResult
from saegui.core.metrics import unexplained
from saegui.core.sae import inputs, resampling
from saegui.core.sae.adam import Adam
from saegui.core.sae.choose import choose
from saegui.core.sae.families import FAMILIES
from saegui.core.sae.initial import initial_weights, unit_rows
from saegui.core.snapshot import Snapshot, to_input

if TYPE_CHECKING:
    from torch import Tensor

EXPLODED = 1e4
"""A loss this many times the variance of the data has exploded: predicting the mean image would cost one."""
ANNEAL_FROM = 4
"""How many times its value k begins with, where it is annealed."""

State = dict[str, NDArray[np.generic]]


def schedule(config: RunConfig, step: int, total: int) -> float:
    """Factor on the learning rate at ``step`` (0-based) of ``total``: linear warm-up, plateau, linear decay to zero."""
    factor = 1.0
    if step < config.warmup_steps:
        factor = (step + 1) / config.warmup_steps
    decaying = config.decay * total
    if decaying > 0 and step > total - decaying:
        factor *= (total - step) / decaying
    return factor


def annealed(config: RunConfig, step: int, total: int) -> int:
    """k at ``step`` (0-based) of ``total``: falls linearly from :data:`ANNEAL_FROM` times its value."""
    steps = config.k_anneal * total
    if config.arch not in WITH_K or step >= steps:
        return config.k
    high = min(ANNEAL_FROM * config.k, config.n_latents)
    return round(high + (config.k - high) * step / steps)


class _Running(NamedTuple):
    """A step whose numbers were not read yet: on an accelerator reading is what waits."""

    names: tuple[str, ...]
    values: list[Tensor]
    """Named losses, then Σe² in pixels, latents on and latents dead."""
    step: int
    epoch: float
    images: int


class Trainer:
    """Trains one configuration on one data set.

    Equal configurations, data, thread counts and devices give bit-identical weights, also when a training was
    interrupted: see :meth:`state`.
    """

    def __init__(self, config: RunConfig, dataset: Dataset, device: str = "cpu") -> None:
        """``device`` as torch names it. Raises :class:`ConfigError` when the data set has no images to train on."""
        import torch

        self.config = config
        images = dataset.train_images
        if not len(images):
            raise ConfigError(f"{dataset.title} has no training images; choose another data set.")
        self.device = torch.device(device)
        self._family = FAMILIES[config.arch]
        self._generator = torch.Generator().manual_seed(config.seed)
        self._batches = Batches(config, images, self.device)
        # Images that are all alike have no variance; any error would then be infinitely large.
        self._exploded = EXPLODED * max(self._batches.variance, 1.0)
        self.weights = {
            name: weight.to(self.device) for name, weight in self._initial_weights(images).items()
        }
        self._learnt = {n: w for n, w in self.weights.items() if n not in self._family.measured}
        self._optimiser = Adam(self._learnt)
        batch = min(config.batch_size, self.n_images)
        self._gradients = choose(config, batch, self.device)
        self._fired = torch.zeros(config.n_latents, dtype=torch.int64, device=self.device)
        self._fired_before, self._since_fired = self._fired.clone(), self._fired.clone()
        self._step = 0
        self._seconds = 0.0

    @property
    def n_images(self) -> int:
        """Training images: one epoch."""
        return self._batches.n_images

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return self._batches.per_epoch

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
        batches = self._batches
        return max(batches.epoch, 0) + batches.position / self.n_images if self._step else 0.0

    @property
    def at_epoch_end(self) -> bool:
        """True right after the last batch of an epoch."""
        return self._step > 0 and self._batches.position == self.n_images

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self._step >= self.total_steps

    def change(self, **values: float | None) -> None:
        """Change live parameters from the next step on; those that are None stay.

        Raises:
            ConfigError: for a value out of bounds or a k above the number of latents; nothing changes then.
        """
        changed = {name: value for name, value in values.items() if value is not None}
        self.config = make(changed, self.config)

    def step(self) -> StepResult:
        """Train on the next batch.

        Raises:
            DivergedError: when the loss is not finite or has exploded; the weights are then no longer of use.
        """
        return self.advance(1)[0]

    def advance(self, steps: int) -> list[StepResult]:
        """Train on that many batches, reading what came of them once, at the end: an accelerator is not held up.

        Raises:
            DivergedError: as :meth:`step`.
        """
        started = time.perf_counter()
        running = [self._train() for _ in range(steps)]
        rows = self._read(running)
        before, self._seconds = self._seconds, self._seconds + time.perf_counter() - started
        each = (self._seconds - before) / steps
        return [
            self._result(found, row, before + each * (index + 1))
            for index, (found, row) in enumerate(zip(running, rows, strict=True))
        ]

    def check(self, loss: float, mse: float, step: int | None = None) -> None:
        """Whether the weights that have this loss can be gone on with; ``mse`` in pixels.

        Raises:
            DivergedError: when the loss is not finite or the squared error has exploded.
        """
        if math.isfinite(loss) and mse * D_IN <= self._exploded:
            return
        raise DivergedError(
            f"The training diverged at step {step or self._step + 1:,} (loss {loss:.3g}). Lower the learning rate "
            f"(now {self.config.lr:g}), or add warm-up steps. The last snapshot before it is kept."
        )

    def snapshot(self) -> Snapshot:
        """A copy of the weights as they are now, for whoever looks at them."""
        arrays = {name: weight.detach().cpu().numpy().copy() for name, weight in self.weights.items()}
        own = (*self._family.learnt, *self._family.measured)
        extras = {name: arrays.pop(name) for name in own} | {
            name: value.copy() for name, value in self._batches.fitted.items()
        }
        return Snapshot(self.config, self._step, self.epoch, density=self._density(), extras=extras, **arrays)

    def state(self) -> State:
        """Everything that :meth:`restore` needs to go on as if nothing had happened: copies, as plain arrays."""
        state: State = {f"weight.{name}": w.detach().cpu().numpy().copy() for name, w in self.weights.items()}
        for name in ("_since_fired", "_fired_before", "_fired"):
            state[name.removeprefix("_")] = getattr(self, name).cpu().numpy().copy()
        state["generator"] = self._generator.get_state().numpy().copy()
        state["steps"] = np.array([self._step], np.int64)
        state["seconds"] = np.array([self._seconds])
        return {**state, **self._optimiser.state(), **self._batches.state()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on where :meth:`state` was taken, with an equal configuration, data, thread count and device.

        Raises:
            KeyError, ValueError, RuntimeError: for a state of another kind or shape of training.
        """
        import torch

        for name, weight in self.weights.items():
            weight.copy_(torch.from_numpy(state[f"weight.{name}"]))
        for name in ("_since_fired", "_fired_before", "_fired"):
            getattr(self, name).copy_(torch.from_numpy(state[name.removeprefix("_")]))
        self._optimiser.restore(state)
        self._batches.restore(dict(state), self._generator)
        self._generator.set_state(torch.from_numpy(state["generator"].copy()))
        self._step = int(state["steps"][0])
        self._seconds = float(state["seconds"][0])

    def _train(self) -> _Running:
        """One step, its numbers still unread."""
        import torch

        config, begins = self.config, self._batches.position >= self.n_images
        before = self.epoch
        batch = self._batches.next(self._generator)
        if begins:
            self._fired_before.copy_(self._fired)
            self._fired.zero_()
        rate = config.lr * schedule(config, self._step, self.total_steps)
        k = annealed(config, self._step, self.total_steps)
        losses, fired, error = self._gradients(self.weights, batch.x, config, k, self._dead_for_revival())
        squared = (
            losses["mse"] * error.numel() * batch.scale**2
            if isinstance(batch.scale, float)
            else (error * batch.scale).square().sum()
        )
        if self.device.type == "cpu":
            # Nothing has to be waited for, so a step that went wrong is noticed before it touches the weights.
            loss = sum(float(value) for value in losses.values())
            self.check(loss, float(squared) / error.numel(), self._step + 1)
        self._update(rate)
        self._fired += fired
        self._since_fired += len(batch.x)
        self._since_fired.masked_fill_(fired > 0, 0)
        self._step += 1
        if config.revival == "resample" and self._is_due(before):
            self._resample()
        dead = torch.count_nonzero(self._since_fired >= self.n_images)
        return _Running(
            tuple(losses),
            [*losses.values(), squared, fired.sum(), dead],
            self._step,
            self.epoch,
            len(batch.x),
        )

    def _read(self, running: list[_Running]) -> list[list[float]]:
        import torch

        if self.device.type == "cpu":
            return [[float(value) for value in found.values] for found in running]
        rows = [torch.stack([value.float() for value in found.values]) for found in running]
        return [[float(value) for value in row] for row in torch.stack(rows).cpu()]

    def _result(self, found: _Running, row: list[float], seconds: float) -> StepResult:
        *values, squared, on, dead = row
        losses = dict(zip(found.names, values, strict=True))
        loss = sum(losses.values())
        self.check(loss, squared / (found.images * D_IN), found.step)
        return StepResult(
            step=found.step,
            epoch=found.epoch,
            seconds=seconds,
            loss=loss,
            fvu=unexplained(squared / found.images, self._batches.variance),
            l0=on / found.images,
            dead=int(dead),
            losses=losses,
            images=found.images,
        )

    def _density(self) -> NDArray[np.float32]:
        """How often each latent was on in the last epoch; amid an epoch the one before counts for what is left of it."""
        seen = self._batches.position if self._step else 0
        fired, before = self._fired.cpu().numpy(), self._fired_before.cpu().numpy()
        if self._batches.epoch < 1:
            return np.asarray(fired / max(seen, 1), np.float32)
        return np.asarray((fired + before * (1 - seen / self.n_images)) / self.n_images, np.float32)

    def _dead_for_revival(self) -> Tensor | None:
        return self._dead() if self.config.revival == "auxk" else None

    def _dead(self) -> Tensor:
        return self._since_fired.gt(self.config.dead_after * self.n_images)

    def _update(self, rate: float) -> None:
        import torch

        W_enc, W_dec = self.weights["W_enc"], self.weights["W_dec"]
        with torch.no_grad():
            if self.config.unit_norm:
                # The part of the gradient along an atom would only change its length, which is put back anyway; Adam's
                # moments must not see it (Bricken 2023).
                assert W_dec.grad is not None
                along = torch.linalg.vecdot(W_dec.grad, W_dec).unsqueeze(1)
                W_dec.grad.addcmul_(along, W_dec, value=-1)
            self._optimiser.step(rate)
            if self.config.non_negative:
                W_enc.clamp_(min=0)
                W_dec.clamp_(min=0)
            if self.config.unit_norm:
                unit_rows(W_dec)

    def _is_due(self, before: float) -> bool:
        """Whether resampling fell due between epoch ``before`` and now."""
        every = self.config.resample_every
        return self.epoch // every > before // every and self._step < resampling.LAST * self.total_steps

    def _resample(self) -> None:
        import torch

        dead = self._dead()
        count = int(dead.sum())
        if not count:
            return
        # Of its own seed, so that the order of the images does not depend on how many latents died.
        generator = torch.Generator().manual_seed(self.config.seed + self._step)
        x = self._batches.sample(min(resampling.CANDIDATES, self.n_images), generator).x
        with torch.no_grad():
            found = self._family.forward(self.weights, x, self.config, self.config.k)
        shift = self.weights["b_dec"] if self.config.pre_bias else 0
        new = resampling.directions(x - shift, found.error, count, generator)
        start = {n: v for n, v in self._family.start(self.config).items() if n in self._family.learnt}
        resampling.restart(self.weights, dead, new, self.config, start)
        self._optimiser.forget(dead)
        self._since_fired[dead] = 0

    def _initial_weights(self, images: NDArray[np.uint8]) -> dict[str, Tensor]:
        import torch

        chosen = np.empty(0, np.int64)
        if self.config.init == "data":
            drawn = torch.randint(self.n_images, (self.config.n_latents,), generator=self._generator)
            chosen = np.sort(drawn.numpy())
        batches = self._batches
        x = inputs.apply(self.config.input, to_input(images[chosen]), batches.fitted)
        return initial_weights(self.config, x, batches.mean, self._generator)
