"""JointTrainer: several trainings on the same batches, stepped as one computation where that is possible."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from saegui.core import on_disk
from saegui.core.analysis.metrics import Reading
from saegui.core.arrays import Images
from saegui.core.config.schema import SHARED, RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.families.registry import WITH_SEARCH
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.history import StepResult
from saegui.core.runs.resume_state import State
from saegui.core.training import stepping, ways
from saegui.core.training.batches import Batches
from saegui.core.training.batches_in_memory import BatchesInMemory
from saegui.core.training.batches_on_disk import BatchesOnDisk
from saegui.core.training.cuda_graphs import GraphReplay
from saegui.core.training.gradients.plan import SEARCHES, Group
from saegui.core.training.initial_weights import initial_weights
from saegui.core.training.learner import Learner, PendingStep, StepLosses

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from saegui.core.training.kernels.inked import OfImages


STRIDE = 32
"""Steps between two readings of their numbers, at most: an accelerator would wait for the processor at each reading."""
AT_ONCE, MOST_AT_ONCE = 0.1, 1.0
"""Seconds of steps that are taken at once on the processor, of each training and of all: whoever stops one training does
not notice that it goes on so long, and of a hundred a single step lasts longer. Python's part of a step is shorter when more are taken at
once, and a model's next step is faster as long as no other one has taken its place in the cache."""
_ORDER = 2**32
"""Added to the seed of the images' order, so that it is not the seed of the initial weights."""


class JointTrainer:
    """Trains several configurations on the same batches, as one computation where that is possible.

    Families, sizes, k, seeds, learning rates and numbers of epochs may differ; the first configuration's seed decides the
    order of the images. A training that diverges or has done its epochs stops, and the others continue.
    """

    def __init__(
        self, configs: Sequence[RunConfig], dataset: Dataset, device: str = "cpu", way: str | None = None
    ) -> None:
        """``device`` as torch names it; ``way``: one of :data:`~saegui.core.training.gradients.plan.WAYS`, None for the fastest.

        Raises:
            ConfigError: there are no images, the configurations differ in one of :data:`SHARED`, or the device does
                not support the precision.
        """
        import torch

        images, first = dataset.train_images, configs[0]
        if not len(images):
            raise ConfigError(
                f"{dataset.title} has no training {dataset.noun.many}; choose another data set."
            )
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
        self.batches = _batches(first, dataset, self.device)
        self.generator = torch.Generator().manual_seed(first.seed + _ORDER)
        weights = [_initial(config, images, self.batches) for config in configs]
        self.way = way or ways.fastest(configs, weights, self.batches)
        """One of :data:`~saegui.core.training.gradients.plan.WAYS`."""
        self._batch = min(first.batch_size, self.batches.n_images)
        self._groups = self._plan(configs, weights)
        self._to_read: OfImages | None = None
        # Lists of images that have no room in memory would have none, either.
        self._lists_others = not on_disk.stays_on_disk(dataset.test_images)
        self._replay: GraphReplay[list[StepLosses | None]] | None = None
        if self.device.type == "cuda":
            self._replay = GraphReplay(self.device)
        self.learners = [Learner(*each, self.batches) for each in zip(configs, weights, strict=True)]
        self._each = 0.0
        self.seconds = 0.0
        """Time spent in :meth:`advance` so far."""

    @property
    def done(self) -> bool:
        """True when every training has ended, by its last epoch or by diverging."""
        return all(learner.ended for learner in self.learners)

    def advance(self, steps: int = 1) -> list[list[StepResult]]:
        """Train on that many batches; returns the step results of each configuration.

        The list of a training that has ended is shorter; :attr:`Learner.diverged` says whether it diverged. The numbers
        are read once, at the end, so that an accelerator need not wait at every step.
        """
        started = time.perf_counter()
        pending: list[list[PendingStep]] = [[] for _ in self.learners]
        while steps_left := steps - max(map(len, pending)):
            if self._take_several(steps_left, pending):
                continue
            self._train(pending, self._groups)
            if self.done:
                break
        rows = [self._read(steps_of_one) for steps_of_one in pending]
        before, self.seconds = self.seconds, self.seconds + time.perf_counter() - started
        each = self._each = (self.seconds - before) / steps
        results: list[list[StepResult]] = []
        for learner, steps_of_one, read in zip(self.learners, pending, rows, strict=True):
            results.append([])
            try:
                for index, (step, row) in enumerate(zip(steps_of_one, read, strict=True), 1):
                    results[-1].append(learner.result(step, row, before + each * index))
            except DivergedError as error:
                learner.diverged = learner.diverged or error
            if learner.diverged is not None:
                learner.diverged.before = results[-1]
        return results

    @property
    def at_once(self) -> int:
        """Steps that are best taken before anybody looks at what came of them."""
        if self.device.type != "cpu":
            return STRIDE
        if not self._each or any(group.several is None for group in self._groups):
            return 1
        going = sum(not learner.ended for learner in self.learners)
        return max(1, min(STRIDE, int(min(AT_ONCE * going, MOST_AT_ONCE) / self._each)))

    def reading(self, index: int, snapshot: Snapshot) -> Reading | None:
        """See :attr:`~saegui.core.training.any_trainer.AnyTraining.reading`."""
        (step,) = (group.several for group in self._groups if index in group.which)
        if step is None or self.batches.lists is None or not self._lists_others:
            return None
        measured = snapshot.extras.get("threshold")
        read = step.reading(snapshot.config, None if measured is None else float(measured[0]))
        if read is None:
            return None
        if self._to_read is None:
            from saegui.core.training.kernels.inked import OfImages

            self._to_read = OfImages(
                self._batch, 1 - self.batches.zeros, self.batches.images, self.batches.inked
            )
        listed = self._to_read
        return lambda images, progress: read(listed(images), progress)

    def change(self, index: int, values: Mapping[str, float]) -> None:
        """Change live parameters of one training; raises as :meth:`Learner.change`."""
        self.learners[index].change(values)
        if len(self.learners) == 1:
            # Chosen for the new configuration, so that a resumed training computes in the same way.
            (learner,) = self.learners
            self._groups = self._plan([learner.config], [learner.weights])
        if self._replay is not None:
            self._replay.forget()

    def _plan(self, configs: Sequence[RunConfig], weights: Sequence[dict[str, Tensor]]) -> list[Group]:
        return ways.groups(configs, weights, self._batch, self.batches, self.way)

    def _take_several(self, steps: int, pending: list[list[PendingStep]]) -> int:
        """Up to so many steps of each training in one go; returns how many."""
        if self.done or any(group.several is None for group in self._groups):
            return 0
        self.batches.begin_if_due(self.generator)
        found = stepping.take_all(self._groups, self._take, steps)
        most = max(map(len, found))
        start = self.batches.position
        for group, taken in zip(self._groups, found, strict=True):
            (index,) = group.which
            pending[index] += taken
            # One that had to come back to Python takes the others' steps, too.
            self.batches.position = start
            self.batches.skip(len(taken))
            for _ in range(most - len(taken)):
                if not self.learners[index].ended:
                    self._train(pending, [group])
        self.batches.position = start
        self.batches.skip(most)
        return most

    def _take(self, group: Group, steps: int, after: int) -> list[PendingStep]:
        assert group.several is not None
        return self.learners[group.which[0]].take(group.several, steps, after)

    def _train(self, pending: list[list[PendingStep]], groups: list[Group]) -> None:
        """Train those ``groups`` on the next batch."""
        batch = self.batches.next(self.generator)
        for group in groups:
            for index in group.which:
                self.learners[index].begin()
        parts = stepping.parts_of(batch, groups, self.learners)
        if self._replay is None:
            done = stepping.do_all(groups, parts)
        else:
            done = self._replay((len(batch.x), *(learner.graph_key() for learner in self.learners)), parts)
        for group, steps in zip(groups, done, strict=True):
            for index, losses in zip(group.which, steps, strict=True):
                if losses is not None:
                    pending[index].append(self.learners[index].count(losses, len(batch.x)))

    def _read(self, pending: list[PendingStep]) -> list[list[float]]:
        import torch

        found = [step.losses.values for step in pending]
        tensors = [values for values in found if not isinstance(values, list)]
        if len(tensors) < 2:
            return [values if isinstance(values, list) else values.tolist() for values in found]
        lengths = [len(values) for values in tensors]
        numbers = torch.cat(tensors).tolist()
        ends = list(accumulate(lengths, initial=0))
        return [numbers[start:end] for start, end in pairwise(ends)]


class Member:
    """One training of a :class:`JointTrainer`: its configuration, weights and position. It cannot be advanced alone."""

    def __init__(self, joint: JointTrainer, index: int = 0) -> None:
        """The training at ``index`` of ``joint``."""
        self._joint, self._index = joint, index
        self.learner = joint.learners[index]

    @property
    def config(self) -> RunConfig:
        """The configuration that is trained, with live changes."""
        return self.learner.config

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights themselves, by name."""
        return self.learner.weights

    @property
    def device(self) -> str:
        """The device that trains: ``cpu``, ``cuda`` or ``mps``."""
        return self._joint.device.type

    @property
    def way(self) -> str:
        """How its steps are computed: one of :data:`~saegui.core.training.gradients.plan.WAYS`."""
        return self._joint.way

    @property
    def at_once(self) -> int:
        """Steps that are best taken before anybody looks at what came of them."""
        return self._joint.at_once

    @property
    def n_images(self) -> int:
        """Training images: one epoch."""
        return self._joint.batches.n_images

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch; the last one may be smaller."""
        return self._joint.batches.per_epoch

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
        """Time spent in steps so far; where several trainings step together, in the steps of all."""
        return self._joint.seconds

    @property
    def epoch(self) -> float:
        """Passes over the data done so far, such as 1.5; exactly whole at the end of an epoch."""
        return self._joint.batches.passes(self.steps)

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
        """Why it ended early."""
        return self.learner.diverged

    def give_up(self, error: DivergedError) -> None:
        """Take no more steps: a measurement has shown that the training diverged."""
        self.learner.diverged = error

    def check(self, loss: float, mse: float) -> None:
        """Check that the training can continue from weights with this loss; raises :class:`DivergedError`. ``mse`` in pixels."""
        self.learner.check(loss, mse, self.steps + 1)

    def reading(self, snapshot: Snapshot) -> Reading | None:
        """See :class:`~saegui.core.training.any_trainer.AnyTraining`: kernels that train the weights read with them, too."""
        return self._joint.reading(self._index, snapshot)

    def snapshot(self) -> Snapshot:
        """A copy of the current weights, with what is measured for inference; the training itself stays as it is."""
        return self.learner.snapshot()

    def state(self) -> State:
        """Everything that :meth:`Trainer.restore` needs, as copies in plain arrays."""
        state: State = {"generator": self._joint.generator.get_state().numpy().copy()}
        state["seconds"] = np.array([self.seconds])
        return {**state, **self.learner.state(), **self._joint.batches.state()}


def _batches(config: RunConfig, dataset: Dataset, device: torch.device) -> Batches:
    if on_disk.stays_on_disk(dataset.train_images):
        return BatchesOnDisk(config, dataset.train_images, device, dataset.title)
    return BatchesInMemory(config, dataset.train_images, device)


def _initial(config: RunConfig, images: Images, batches: Batches) -> dict[str, Tensor]:
    """The initial weights, on the batches' device."""
    import torch

    generator = torch.Generator().manual_seed(config.seed)
    chosen = np.empty(0, np.int64)
    if config.init == "data":
        drawn = torch.randint(len(images), (config.n_latents,), generator=generator)
        chosen = np.sort(drawn.numpy())
    x = normalisation.apply(config.input, to_input(on_disk.taken(images, chosen)), batches.fitted)
    weights = initial_weights(config, x, batches.mean, generator)
    # Latent by latent in memory, as their gradients are; a tied start leaves one of the two in the other order.
    weights["W_enc"] = weights["W_enc"].t().contiguous().t()
    weights["W_dec"] = weights["W_dec"].contiguous()
    return {name: weight.to(batches.device) for name, weight in weights.items()}
