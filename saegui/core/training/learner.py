"""Learner: the weights, optimiser and counters of one configuration. Somebody else draws the batches."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.metrics import unexplained
from saegui.core.config.schema import RunConfig, make
from saegui.core.errors import DivergedError
from saegui.core.families.registry import FAMILIES, WITH_K
from saegui.core.model.calibration import calibrated
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import StepResult
from saegui.core.runs.resume_state import State
from saegui.core.training import resampling
from saegui.core.training.adam import Adam
from saegui.core.training.batches import Batch, Batches
from saegui.core.training.gradients.step import GradientInput, GradientResult, Seen, SeveralSteps, Update
from saegui.core.training.initial_weights import unit_rows
from saegui.core.training.schedules import annealed, schedule

if TYPE_CHECKING:
    from torch import Tensor

EXPLODED = 1e4
"""A loss this many times the variance of the data has exploded; always predicting the mean image has a loss of one variance."""


_COUNTERS = ("_since_fired", "_fired_before", "_fired")


class StepLosses(NamedTuple):
    """The numbers of one step."""

    names: tuple[str, ...]
    """The names of the losses."""
    values: Tensor | list[float]
    """The losses, then Σe² in pixels, the number of active latents, and the number of dead ones."""


class PendingStep(NamedTuple):
    """A step whose numbers were not read yet: on an accelerator, reading them would wait for the computation."""

    losses: StepLosses
    step: int
    epoch: float
    images: int


class Learner:
    """Everything of a training but the images, so that several learners can use the same batches."""

    def __init__(self, config: RunConfig, weights: dict[str, Tensor], batches: Batches) -> None:
        """``weights``: the initial ones; they are trained in place."""
        import torch

        self.config, self.weights = config, weights
        self._batches = batches
        self._family = FAMILIES[config.arch]
        # Images that are all equal have no variance; every error would then count as an explosion.
        self._exploded = EXPLODED * max(batches.variance, 1.0)
        self._optimiser = Adam(weights, self._family.paces)
        device = weights["W_dec"].device
        self._fired = torch.zeros(config.n_latents, dtype=torch.int64, device=device)
        self._fired_before, self._since_fired = self._fired.clone(), self._fired.clone()
        # The same memory: asking torch of a few numbers takes longer than a look at them, above all after kernels have had the cache.
        self._numbers = (self._fired.numpy(), self._since_fired.numpy()) if device.type == "cpu" else None
        # A recorded step always reads the same tensor, so a new learning rate must be written into it.
        self._rate = torch.zeros((), device=device) if device.type == "cuda" else None
        self._rate_held = 0.0
        self._epoch = -1
        """The epoch of which latents are counted."""
        self.steps = 0
        """Steps done so far."""
        self.diverged: DivergedError | None = None
        """Why this training ended early."""

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self._batches.per_epoch * self.config.epochs

    @property
    def ended(self) -> bool:
        """Whether the training is over: all epochs are done, or it diverged."""
        return self.steps >= self.total_steps or self.diverged is not None

    def change(self, values: Mapping[str, float]) -> None:
        """Change live parameters from the next step on.

        Raises:
            ConfigError: for a value out of bounds or a k above the number of latents; nothing changes then.
        """
        self.config = make(values, self.config)

    def begin(self) -> None:
        """Prepare for the batch that has been drawn."""
        if self.ended:
            return
        self._begin_epoch()
        if self._rate is not None and (rate := self._rate_now()) != self._rate_held:
            self._rate.fill_(rate)
            self._rate_held = rate

    def _begin_epoch(self) -> None:
        """Count again from the first batch of an epoch on."""
        if self._epoch != self._batches.epoch:
            self._epoch = self._batches.epoch
            self._fired_before.copy_(self._fired)
            self._fired.zero_()

    def gradient_inputs(self) -> GradientInput:
        """What the next step's gradients depend on beside the weights and the batch."""
        return GradientInput(
            self.config, self._k_now(), self._dead(self.config.dead_after) if self._may_be_dead() else None
        )

    def graph_key(self) -> tuple[object, ...]:
        """Steps with equal keys are the same computations, on other numbers, unless :meth:`change` was called between them."""
        return (self.ended, self._k_now(), self._may_be_dead())

    def learn(self, batch: Batch, gradients: GradientResult) -> StepLosses:
        """Move the weights against their gradients on ``batch``; call :meth:`count` next.

        Raises:
            DivergedError: the loss is not finite or has exploded; the weights did not change. On an accelerator
                :meth:`result` raises it instead, and the weights are useless then.
        """
        import torch

        losses, fired, error, update = gradients
        if update is not None:
            return self._learn_by(update, batch, gradients)
        squared = (
            losses["mse"] * error.numel() * batch.scale**2
            if isinstance(batch.scale, float)
            else (error * batch.scale).square().sum()
        )
        if error.device.type == "cpu":
            # Reading the loss is free here, so a bad step is noticed before it changes the weights.
            loss = sum(float(value) for value in losses.values())
            self.check(loss, float(squared) / error.numel(), self.steps + 1)
        self._update(self._rate_now() if self._rate is None else self._rate)
        self._fired += fired
        self._since_fired += len(error)
        self._since_fired.masked_fill_(fired > 0, 0)
        values = [*losses.values(), squared, fired.sum(), self._count_dead()]
        return StepLosses(tuple(losses), torch.stack([value.float() for value in values]))

    def _learn_by(self, update: Update, batch: Batch, gradients: GradientResult) -> StepLosses:
        """The same by somebody who moves the weights himself, in numbers: a tensor for each would take longer than they do."""
        error, losses = gradients.error, {name: float(value) for name, value in gradients.losses.items()}
        if isinstance(batch.scale, float):
            squared = losses["mse"] * error.numel() * batch.scale**2
        else:
            squared = float((error * batch.scale).square().sum())
        self.check(sum(losses.values()), squared / error.numel(), self.steps + 1)
        counted = update.move(self._optimiser, self._rate_now(), self._seen())
        return StepLosses(tuple(losses), [*losses.values(), squared, *counted])

    def take(self, several: SeveralSteps, steps: int, after: int = 0) -> list[PendingStep]:
        """Take up to so many of the epoch's next steps in one go, ``after`` so many; none where something must be done between them.

        Of a step that diverges, and of those after it, nothing is done.
        """
        if self.ended or self._numbers is None:
            return []
        steps = min(steps, self.total_steps - self.steps)
        if self.config.revival == "resample":
            due = (step for step in range(1, steps) if self._is_due(self.steps + step))
            steps = next(due, steps)
        ahead = self._batches.ahead(steps, after)
        if ahead is None:
            return []
        self._begin_epoch()
        which = range(self.steps, self.steps + len(ahead.lengths))
        ks, rates = [self._k_at(step) for step in which], [self._rate_at(step) for step in which]
        found = several.take(ahead, self.config, ks, rates, self._optimiser, self._seen())
        d_in, pending = self._batches.d_in, []
        for (losses, *counted), images in zip(found, ahead.lengths, strict=False):
            values = [*losses.values(), losses["mse"] * (images * d_in), *counted]
            pending.append(self.count(StepLosses(tuple(losses), values), images))
        return pending

    def count(self, losses: StepLosses, images: int) -> PendingStep:
        """Count a step on so many ``images``, and revive dead latents when that is due."""
        self.steps += 1
        if self._rate is not None:
            # The next step overwrites the tensors of a recorded one.
            assert not isinstance(losses.values, list)
            losses = losses._replace(values=losses.values.clone())
        if self.config.revival == "resample" and self._is_due(self.steps):
            self._resample()
            losses.values[-1] = int(self._count_dead())
        return PendingStep(losses, self.steps, self._batches.passes(self.steps), images)

    def result(self, pending: PendingStep, row: list[float], seconds: float) -> StepResult:
        """The result of a step whose numbers ``row`` were read. Raises :class:`DivergedError` as :meth:`learn`."""
        *values, squared, on, dead = row
        losses = dict(zip(pending.losses.names, values, strict=True))
        loss = sum(losses.values())
        self.check(loss, squared / (pending.images * self._batches.d_in), pending.step)
        return StepResult(
            step=pending.step,
            epoch=pending.epoch,
            seconds=seconds,
            loss=loss,
            fvu=unexplained(squared / pending.images, self._batches.variance),
            l0=on / pending.images,
            dead=int(dead),
            losses=losses,
            images=pending.images,
        )

    def check(self, loss: float, mse: float, step: int) -> None:
        """Check that the training can continue from weights that have this loss; ``mse`` in pixels.

        Raises:
            DivergedError: the loss is not finite, or the squared error has exploded.
        """
        if math.isfinite(loss) and mse * self._batches.d_in <= self._exploded:
            return
        advice = f"Lower the learning rate (now {self.config.lr:g}), or add warm-up steps."
        if self.config.arch in WITH_K and self.config.refinements:
            # With very similar atoms, each refinement overshoots more than the one before.
            fewer = f"fewer refinements (now {self.config.refinements})"
            # Before the first step, the learning rate cannot be the reason.
            advice = f"Take {fewer} or a lower k." if step == 1 else f"{advice[:-1]}, or take {fewer}."
        raise DivergedError(f"The training diverged at step {step:,} (loss {loss:.3g}). {advice}")

    def snapshot(self) -> Snapshot:
        """A copy of the current weights, with what is measured for inference."""
        arrays = {name: _array(weight) for name, weight in self.weights.items()}
        extras = {name: arrays.pop(name) for name in self._family.learnt} | {
            name: value.copy() for name, value in self._batches.fitted.items()
        }
        epoch = self._batches.passes(self.steps)
        copied = Snapshot(
            self.config,
            self.steps,
            epoch,
            density=self._density(),
            extras=extras,
            shape=self._batches.shape,
            span=self._batches.span,
            **arrays,
        )
        return calibrated(copied, self._batches.to_calibrate)

    def state(self) -> State:
        """Copies of everything that :meth:`restore` needs."""
        state: State = {f"weight.{name}": _array(weight) for name, weight in self.weights.items()}
        for name in _COUNTERS:
            state[name.removeprefix("_")] = _array(getattr(self, name))
        return {**state, "steps": np.array([self.steps], np.int64), **self._optimiser.state()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a :meth:`state`.

        Raises:
            KeyError, ValueError: the state is of another kind or shape of training, or has impossible numbers;
                nothing has changed then.
        """
        import torch

        for name, own in self.state().items():
            found = state[name]
            if found.shape != own.shape or found.dtype != own.dtype or not np.isfinite(found).all():
                raise ValueError(f"{name} is not what this training has")
        steps = int(state["steps"][0])
        if not 0 <= steps <= self.total_steps:
            raise ValueError(f"{steps} steps of {self.total_steps}")
        for name, weight in self.weights.items():
            weight.copy_(torch.from_numpy(state[f"weight.{name}"]))
        for name in _COUNTERS:
            getattr(self, name).copy_(torch.from_numpy(state[name.removeprefix("_")]))
        self._optimiser.restore(state)
        self.steps = steps
        self._epoch = self._batches.place(steps)[0] if steps else -1

    def _density(self) -> NDArray[np.float32]:
        """How often each latent was active in the last epoch; during an epoch, the previous one counts for its rest."""
        batches = self._batches
        # This training's own place: the batches may continue for others when it has ended.
        epoch, seen = batches.place(self.steps)
        fired, before = _array(self._fired), _array(self._fired_before)
        if epoch < 1:
            return np.asarray(fired / max(seen, 1), np.float32)
        share = (fired + before * (1 - seen / batches.n_images)) / batches.n_images
        # Zero for the latents that count as dead in the curves, and for no others: one that was restarted is not dead yet.
        dead = _array(self._since_fired) >= batches.n_images
        return np.asarray(np.where(dead, 0, np.maximum(share, 1 / batches.n_images)), np.float32)

    def _seen(self) -> Seen:
        assert self._numbers is not None
        revived = self._images(self.config.dead_after) if self.config.revival == "auxk" else sys.maxsize
        return Seen(*self._numbers, self._batches.n_images, revived, float(self._exploded))

    def _rate_now(self) -> float:
        return self._rate_at(self.steps)

    def _rate_at(self, step: int) -> float:
        return self.config.lr * schedule(self.config, step, self.total_steps)

    def _k_now(self) -> int:
        return self._k_at(self.steps)

    def _k_at(self, step: int) -> int:
        return annealed(self.config, step, self.total_steps)

    def _may_be_dead(self) -> bool:
        """Whether AuxK is on, and a latent may be dead: on an accelerator, once enough images were seen for that."""
        after = self.config.dead_after
        if self.config.revival != "auxk" or self._batches.passes(self.steps) < after:
            return False
        return self._numbers is None or bool(self._numbers[1].max() > self._images(after))

    def _dead(self, after: float) -> Tensor:
        """Marks the latents that were inactive for more than ``after`` epochs: ``(n_latents,)``."""
        return self._since_fired.gt(self._images(after))

    def _images(self, epochs: float) -> int:
        """Of so many epochs. A whole number: compared with another kind of number, all counts would be converted first."""
        return math.floor(epochs * self._batches.n_images)

    def _count_dead(self) -> Tensor:
        """How many latents were not active on as many images as an epoch has."""
        import torch

        return torch.count_nonzero(self._since_fired >= self._batches.n_images)

    def _update(self, rate: float | Tensor) -> None:
        import torch

        W_enc, W_dec = self.weights["W_enc"], self.weights["W_dec"]
        with torch.no_grad():
            if self.config.unit_norm:
                # The part of the gradient along an atom would only change its length, which is reset anyway; it must not
                # get into Adam's moments (Bricken 2023).
                assert W_dec.grad is not None
                along = torch.linalg.vecdot(W_dec.grad, W_dec).unsqueeze(1)
                W_dec.grad.addcmul_(along, W_dec, value=-1)
            self._optimiser.step(rate)
            if self.config.non_negative:
                W_enc.clamp_(min=0)
                W_dec.clamp_(min=0)
            if self.config.unit_norm:
                unit_rows(W_dec)

    def _is_due(self, step: int) -> bool:
        """Whether resampling falls due within the last of so many steps."""
        if step >= resampling.LAST * self.total_steps:
            return False
        before, now = (self._batches.passes(steps) for steps in (step - 1, step))
        least = resampling.LEAST_STEPS / self._batches.per_epoch
        return resampling.is_due(before, now, max(self.config.resample_every, least))

    def _resample(self) -> None:
        import torch

        # One batch less, because an epoch's last batch may be small: else latents that never fired since the last restart
        # would not count as dead.
        least = (resampling.LEAST_STEPS - 1) / self._batches.per_epoch
        dead = self._dead(max(self.config.dead_after, least))
        count = int(dead.sum())
        if not count:
            return
        # With its own seed, so that the order of the images does not depend on how many latents died.
        generator = torch.Generator().manual_seed(self.config.seed + self.steps)
        x = self._batches.sample(min(resampling.CANDIDATES, self._batches.n_images), generator).x
        with torch.no_grad():
            found = self._family.forward(self.weights, x, self.config, self._k_now())
        new = resampling.directions(found.error, count, generator)
        resampling.restart(self.weights, dead, new, self.config, self._family.start(self.config))
        self._optimiser.restart(dead)
        self._since_fired[dead] = 0


def _array(tensor: Tensor) -> NDArray[Any]:
    """A copy, laid out in memory as the tensor is."""
    return np.array(tensor.detach().cpu().numpy(), order="K")
