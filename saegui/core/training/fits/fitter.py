"""Fitter: fits a baseline a few iterations at a time, and is otherwise what a trainer is."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.metrics import density, unexplained
from saegui.core.arrays import Array, span_of
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DivergedError, RunError
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import Interruptible
from saegui.core.runs.history import StepResult
from saegui.core.training.fits.inputs import Inputs, sample
from saegui.core.training.fits.registry import FITS

SAMPLE = 2048
"""Training inputs on which the curves are measured: encoding all of them would take longer than the fit."""
MEASURED = 20
"""Measurements on the test inputs, at most, of a fit whose epochs are its iterations."""


class Fitter:
    """Fits one configuration to one data set. scikit-learn computes; equal configurations and threads give equal atoms."""

    device = "cpu"
    diverged: DivergedError | None = None

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        """Raises :class:`ConfigError` where the data set or its inputs do not suit the method."""
        import sklearn.cluster
        import sklearn.decomposition  # both here, so that importing them is no time of the fit
        from threadpoolctl import ThreadpoolController

        started = time.perf_counter()
        self.config, self._dataset = config, dataset
        self.way = f"scikit-learn {sklearn.__version__}"
        self._pools = ThreadpoolController()
        self._inputs = Inputs(config, dataset)
        self._span = span_of(dataset.train_images)
        with self._limited():
            self._fit = FITS[config.arch](config, self._inputs)
        self.steps = 0
        chosen = sample(len(self._inputs), SAMPLE, config.seed)
        self._x = to_input(np.asarray(dataset.train_images[chosen]))
        self._density: Array = np.zeros(config.n_latents, np.float32)
        self.seconds = time.perf_counter() - started

    @property
    def n_images(self) -> int:
        """Training inputs: one epoch."""
        return len(self._inputs)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one pass over the inputs."""
        return self._fit.per_epoch

    @property
    def total_steps(self) -> int:
        """The most steps that are taken, or those that were where nothing changes any more."""
        return self.steps if self._fit.done else self._fit.total

    @property
    def epoch(self) -> float:
        """Passes over the inputs done so far."""
        return self.steps / self.steps_per_epoch

    def reading(self, snapshot: Snapshot) -> None:
        """Nothing reads images sooner than a snapshot."""
        return None

    @property
    def at_epoch_end(self) -> bool:
        """True after the last step of an epoch; where an epoch is one iteration only after some of them."""
        if not self.steps or self.steps % self.steps_per_epoch:
            return False
        every = math.ceil(self._fit.total / MEASURED / self._fit.at_once) * self._fit.at_once
        return self.steps_per_epoch > 1 or self.done or self.steps % every == 0

    @property
    def done(self) -> bool:
        """Whether nothing changes any more, or all epochs are done."""
        return self._fit.done or self.steps >= self._fit.total

    def give_up(self, error: DivergedError) -> None:
        """Take no more steps."""
        self.diverged = error

    def check(self, loss: float, mse: float) -> None:
        """Raises :class:`DivergedError` where the error is not a number."""
        if not math.isfinite(loss):
            raise DivergedError(
                f"The fit failed at step {self.steps:,}: its error is {loss}. Choose another kind."
            )

    def change(self, **values: float | None) -> None:
        """Nothing about a fit changes while it runs, but the configuration says what was asked for."""
        self.config = make({name: value for name, value in values.items() if value is not None}, self.config)

    def step(self) -> StepResult:
        """Take one step."""
        return self.advance(1)[0]

    def watch(self, progress: Interruptible) -> None:
        """Report to ``progress`` also within a step, which may take long, and let it end an :meth:`advance`."""
        self._fit.progress = progress

    def advance(self, steps: int) -> list[StepResult]:
        """Take at most that many steps together, or fewer where the one who watches has enough; returns the result of the last.

        Raises:
            Cancelled: the one who watches gave it up before a step was taken.
            DivergedError: the error is not a number.
        """
        started = time.perf_counter()
        left = self._fit.total - self.steps
        with self._limited():
            taken = self._taken(max(1, min(steps, left)))
            self.seconds += time.perf_counter() - started
            result = self._measured(taken)
            if self.done and result.dead:
                # On the sample a latent may be inactive that others of the inputs activate.
                self._density = density(self.snapshot(), self._dataset.train_images).astype(np.float32)
                result = result._replace(dead=int(np.count_nonzero(self._density == 0)))
        return [result]

    def _taken(self, steps: int) -> int:
        taken, progress = 0, self._fit.progress
        while taken < steps and not self._fit.done and not (taken and progress.enough):
            try:
                more = self._fit.advance(self.steps, steps - taken)
                taken += more
                self.steps += more
                progress.report(self.steps, self._fit.total, "iterations")
            except Cancelled:
                if not taken:
                    raise
                break
        return taken

    @property
    def at_once(self) -> int:
        """Steps that are best taken together, until the next one after which the test inputs are measured."""
        return self._fit.at_once - self.steps % self._fit.at_once

    def snapshot(self) -> Snapshot:
        """The atoms as they are now; before the first step there are none, and a reconstruction is the mean."""
        decoder, encoder, b_enc, mean = self._fit.weights(self.steps)
        if not self.config.pre_bias:
            # The same code: then the bias of the encoder holds what subtracting the mean would do.
            b_enc = b_enc - mean @ encoder
        return Snapshot(
            self.config,
            self.steps,
            self.epoch,
            W_enc=np.array(encoder, np.float32, order="F"),
            b_enc=np.array(b_enc, np.float32),
            W_dec=np.array(decoder, np.float32, order="C"),
            b_dec=np.array(mean, np.float32),
            density=self._density.copy(),
            extras={name: value.copy() for name, value in self._inputs.fitted.items()},
            shape=self._dataset.shape,
            span=self._span,
        )

    def state(self) -> None:
        """A fit cannot be resumed: it is begun again."""

    def restore(self, state: Mapping[str, NDArray[Any]]) -> NoReturn:
        """Raises :class:`RunError`: there is no state to restore."""
        raise RunError("A baseline that scikit-learn fits cannot be resumed; train a new run.")

    def _measured(self, taken: int) -> StepResult:
        snapshot = self.snapshot()
        z = snapshot.encode(self._x)
        error = snapshot.decode(z, self._x) - self._x
        loss = float(np.square(error, dtype=np.float64).mean())
        self.check(loss, loss)
        self._density = np.count_nonzero(z, axis=0).astype(np.float32) / np.float32(len(z))
        return StepResult(
            step=self.steps,
            epoch=self.epoch,
            seconds=self.seconds,
            loss=loss,
            fvu=unexplained(loss * error.shape[1], self._inputs.variance),
            l0=np.count_nonzero(z) / len(z),
            dead=int(np.count_nonzero(self._density == 0)),
            losses={"mse": loss},
            images=math.ceil(taken * self.n_images / self.steps_per_epoch),
        )

    def _limited(self) -> Any:
        """As many threads as a training has."""
        import torch

        return self._pools.limit(limits=torch.get_num_threads())
