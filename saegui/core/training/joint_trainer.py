"""Several trainings on the same batches, stepped as one computation where they allow it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import SHARED, WITH_SEARCH, RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.history import StepResult
from saegui.core.runs.resume_state import State
from saegui.core.training.batches import Batch, Batches
from saegui.core.training.cuda_graphs import GraphReplay
from saegui.core.training.gradients.plan import SEARCHES, Group, choose
from saegui.core.training.initial_weights import initial_weights
from saegui.core.training.learner import Learner, PendingStep, StepLosses

if TYPE_CHECKING:
    from torch import Tensor


_ORDER = 2**32
"""Keeps the random numbers that order the images apart from those that weights begin with."""


class JointTrainer:
    """Trains several configurations on the same batches, as one computation where they allow it.

    Kinds, sizes, k, seeds, learning rates and numbers of epochs may differ; the first configuration's seed decides the
    order of the images. A training that diverges drops out and the others continue; so does one that has done its epochs.
    """

    def __init__(self, configs: Sequence[RunConfig], dataset: Dataset, device: str = "cpu") -> None:
        """``device`` as torch names it.

        Raises:
            ConfigError: when there are no images, the configurations differ in one of :data:`SHARED`, or the device does
                not know the precision.
        """
        import torch

        images, first = dataset.train_images, configs[0]
        if not len(images):
            raise ConfigError(f"{dataset.title} has no training images; choose another data set.")
        for name in SHARED:
            if len(values := {getattr(config, name) for config in configs}) > 1:
                listed = ", ".join(sorted(str(value) for value in values))
                raise ConfigError(f"Trainings on the same batches need one {name}, not several: {listed}.")
        self.device = torch.device(device)
        for config in configs:
            half = config.arch in WITH_SEARCH and config.precision != "float32"
            if half and config.arch not in SEARCHES.get(self.device.type, ()):
                raise ConfigError(
                    f"There is no {config.precision} search of {config.arch} on {self.device.type}: "
                    "choose float32 as precision, or train on the processor (--device cpu)."
                )
        self.batches = Batches(first, images, self.device)
        self.generator = torch.Generator().manual_seed(first.seed + _ORDER)
        weights = [_beginning(config, images, self.batches) for config in configs]
        self._groups = self._choose(configs, weights)
        self._replay: GraphReplay[list[StepLosses | None]] | None = None
        if self.device.type == "cuda":
            self._replay = GraphReplay(self.device)
        self.learners = [Learner(*each, self.batches) for each in zip(configs, weights, strict=True)]
        self.seconds = 0.0
        """Time spent in :meth:`advance` so far."""

    @property
    def done(self) -> bool:
        """True when every training has ended, by its last epoch or by diverging."""
        return all(learner.ended for learner in self.learners)

    def advance(self, steps: int = 1) -> list[list[StepResult]]:
        """Train on that many batches; for each configuration, what its steps did.

        The list of one that has ended is shorter; :attr:`Learner.diverged` says whether it diverged. On an accelerator
        the numbers are read once, at the end, so that it is not held up.
        """
        started = time.perf_counter()
        running: list[list[PendingStep]] = [[] for _ in self.learners]
        for _ in range(steps):
            self._train(running)
        rows = [self._read(found) for found in running]
        before, self.seconds = self.seconds, self.seconds + time.perf_counter() - started
        each = (self.seconds - before) / steps
        results: list[list[StepResult]] = []
        for learner, found, read in zip(self.learners, running, rows, strict=True):
            results.append([])
            try:
                for index, (step, row) in enumerate(zip(found, read, strict=True), 1):
                    results[-1].append(learner.result(step, row, before + each * index))
            except DivergedError as error:
                learner.diverged = learner.diverged or error
        return results

    def change(self, index: int, values: Mapping[str, float]) -> None:
        """Change live parameters of one training; raises as :meth:`Learner.change`."""
        self.learners[index].change(values)
        if len(self.learners) == 1:
            # Of what the configuration is now, so that a resumed training takes the same way.
            (learner,) = self.learners
            self._groups = self._choose([learner.config], [learner.weights])
        if self._replay is not None:
            self._replay.forget()

    def _choose(self, configs: Sequence[RunConfig], weights: Sequence[dict[str, Tensor]]) -> list[Group]:
        batch = min(configs[0].batch_size, self.batches.n_images)
        return choose(configs, weights, batch, self.batches.zeros)

    def _train(self, running: list[list[PendingStep]]) -> None:
        batch = self.batches.next(self.generator)
        for learner in self.learners:
            learner.begin()
        parts = [partial(self._step, batch, group) for group in self._groups]
        if self._replay is None:
            done = [part() for part in parts]
        else:
            done = self._replay((len(batch.x), *(learner.graph_key() for learner in self.learners)), parts)
        for group, steps in zip(self._groups, done, strict=True):
            for index, learnt in zip(group.which, steps, strict=True):
                if learnt is not None:
                    running[index].append(self.learners[index].count(learnt, len(batch.x)))

    def _step(self, batch: Batch, group: Group) -> list[StepLosses | None]:
        """What the models of ``group`` learn from a batch; None for those whose training has ended."""
        learners = [self.learners[index] for index in group.which]
        outcomes = group.gradients(batch.x, [learner.gradient_inputs() for learner in learners])
        steps: list[StepLosses | None] = []
        for learner, outcome in zip(learners, outcomes, strict=True):
            steps.append(None)
            if learner.ended:
                continue
            try:
                steps[-1] = learner.learn(batch, outcome)
            except DivergedError as error:
                learner.diverged = error
        return steps

    def _read(self, running: list[PendingStep]) -> list[list[float]]:
        import torch

        if not running:
            return []
        lengths = [len(found.learnt.values) for found in running]
        numbers = torch.cat([found.learnt.values for found in running]).tolist()
        ends = list(accumulate(lengths, initial=0))
        return [numbers[start:end] for start, end in pairwise(ends)]


class Member:
    """One training: a configuration, its weights and where it is. Who advances it is another matter."""

    def __init__(self, together: JointTrainer, index: int = 0) -> None:
        """One of those that step ``together``."""
        self._all = together
        self.learner = together.learners[index]

    @property
    def config(self) -> RunConfig:
        """What is trained, live changes included."""
        return self.learner.config

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights themselves, by name."""
        return self.learner.weights

    @property
    def device(self) -> str:
        """Where it trains: ``cpu``, ``cuda`` or ``mps``."""
        return self._all.device.type

    @property
    def n_images(self) -> int:
        """Training images: one epoch."""
        return self._all.batches.n_images

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return self._all.batches.per_epoch

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.learner.total_steps

    @property
    def steps(self) -> int:
        """Steps done so far."""
        return self.learner.steps

    @property
    def seconds(self) -> float:
        """Time spent in steps so far; in those of all, where several step together."""
        return self._all.seconds

    @property
    def epoch(self) -> float:
        """Passes over the data done so far, such as 1.5; exactly whole at the end of an epoch."""
        return self._all.batches.passes(self.steps)

    @property
    def at_epoch_end(self) -> bool:
        """True right after the last batch of an epoch."""
        return self.steps > 0 and self.steps % self.steps_per_epoch == 0

    @property
    def done(self) -> bool:
        """True when all epochs are trained."""
        return self.steps >= self.total_steps

    @property
    def diverged(self) -> DivergedError | None:
        """Why it ended before its time."""
        return self.learner.diverged

    def give_up(self, error: DivergedError) -> None:
        """Take no more steps: a measurement has shown what the last batch did not."""
        self.learner.diverged = error

    def check(self, loss: float, mse: float) -> None:
        """Raise :class:`DivergedError` when weights with this loss cannot be trained further. ``mse`` in pixels."""
        self.learner.check(loss, mse, self.steps + 1)

    def snapshot(self) -> Snapshot:
        """A copy of the weights as they are now, for whoever looks at them."""
        return self.learner.snapshot()

    def state(self) -> State:
        """Everything that :meth:`Trainer.restore` needs to continue exactly: copies, as plain arrays."""
        state: State = {"generator": self._all.generator.get_state().numpy().copy()}
        state["seconds"] = np.array([self.seconds])
        return {**state, **self.learner.state(), **self._all.batches.state()}


def _beginning(config: RunConfig, images: NDArray[np.uint8], batches: Batches) -> dict[str, Tensor]:
    """Untrained weights, on the batches' device."""
    import torch

    generator = torch.Generator().manual_seed(config.seed)
    chosen = np.empty(0, np.int64)
    if config.init == "data":
        drawn = torch.randint(len(images), (config.n_latents,), generator=generator)
        chosen = np.sort(drawn.numpy())
    x = normalisation.apply(config.input, to_input(images[chosen]), batches.fitted)
    weights = initial_weights(config, x, batches.mean, generator)
    # Latent by latent in memory, as their gradients are made; a tied start leaves one of them the other way round.
    weights["W_enc"] = weights["W_enc"].t().contiguous().t()
    weights["W_dec"] = weights["W_dec"].contiguous()
    return {name: weight.to(batches.device) for name, weight in weights.items()}
