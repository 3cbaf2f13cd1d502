"""Which way of computing a step is the fastest on this machine: measured once for each kind of training, and kept.

What was measured is kept beside the settings (``ways.json``), because ways differ in the last digits of their sums: equal
trainings on one machine take the same one, and so give equal weights. A run keeps the way that it took, and a resumed training
takes it again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError, DivergedError, RunError
from saegui.core.files import paths
from saegui.core.runs.run import Run
from saegui.core.training import devices
from saegui.core.training.batches import Batch, Batches
from saegui.core.training.gradients.plan import (
    BY_LIMITS,
    DENSE,
    KERNELS,
    SPARSE_WAY,
    WAYS,
    Gradients,
    Group,
    plan,
    takes_kernels,
)
from saegui.core.training.kernels import MOSTLY_ZERO
from saegui.core.training.learner import Learner

if TYPE_CHECKING:
    from torch import Tensor

VARIABLE = "SAEGUI_WAY"
"""Environment variable that names the way for all trainings that begin."""
NAME = "ways.json"
LEAST_WORK = 5e7
"""Latents times images of a training that is worth measuring: shorter ones last about as long as numba takes to load."""
SECONDS, LEAST_ROUNDS = 0.03, 3
"""How long each way is measured, and how often at least; the shortest time counts, as other programs can only make it longer."""


def groups(
    configs: Sequence[RunConfig], models: Sequence[dict[str, Tensor]], batch: int, batches: Batches, way: str
) -> list[Group]:
    """What computes the steps of ``models`` in this ``way``, those that cannot take it in the fastest that they can."""
    found = plan(configs, models, batch, batches.zeros, way)
    if way == KERNELS:
        from saegui.core.training.kernels.fused import FusedStep

        for index, (config, weights) in enumerate(zip(configs, models, strict=True)):
            if takes_kernels(config, weights):
                found.append(Group((index,), FusedStep(weights, batch, batches.lists)))
    return found


def fastest(configs: Sequence[RunConfig], weights: Sequence[dict[str, Tensor]], batches: Batches) -> str:
    """One of :data:`~saegui.core.training.gradients.plan.WAYS` for trainings that begin with these ``weights``.

    Raises:
        ConfigError: :data:`VARIABLE` names no way, or one that is not there.
    """
    if named := os.environ.get(VARIABLE):
        if named not in WAYS:
            raise ConfigError(f"{VARIABLE} is '{named}'; choose one of {', '.join(WAYS)}.")
        if named == KERNELS and not has_kernels():
            raise ConfigError(
                f"{VARIABLE} is {KERNELS}, but numba is not installed: pip install 'saegui[fast]'."
            )
        return named
    able = [index for index, config in enumerate(configs) if takes_kernels(config, weights[index])]
    work = sum(config.n_latents * config.epochs for config in configs) * batches.n_images
    if not able or work < LEAST_WORK:
        return BY_LIMITS
    config, W = configs[able[0]], weights[able[0]]
    key, known = _key(config, batches), _kept()
    if key not in known:
        known[key] = _measured(config, W, batches)
        try:
            paths.write_text(_file(), json.dumps(known, indent=1, sort_keys=True))
        except OSError:
            # Measured again, it might come out differently.
            return BY_LIMITS
    found = known[key]
    if found == KERNELS and not has_kernels():
        return BY_LIMITS
    # Several models have limits of their own for stepping as one.
    return found if len(configs) == 1 or found == KERNELS else BY_LIMITS


def again(run: Run) -> str:
    """The way that ``run`` took, for a training that continues it; raises :class:`RunError` where it is not there."""
    if run.way is None:
        return BY_LIMITS
    if run.way not in WAYS:
        raise RunError(
            f"{run.path} was trained in a way that this saegui does not know ({run.way}); update saegui to resume it."
        )
    if run.way == KERNELS and not has_kernels():
        raise RunError(
            f"{run.path} was trained with compiled kernels, for which numba is missing; install it to resume its training: "
            "pip install 'saegui[fast]'."
        )
    return run.way


def has_kernels() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def _file() -> Path:
    return paths.home() / NAME


def _kept() -> dict[str, str]:
    """What was measured; nothing where the file is missing or damaged: it is then measured again."""
    try:
        found = json.loads(paths.read_text(_file()))
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {key: way for key, way in pairs if isinstance(way, str) and way in WAYS}


def _key(config: RunConfig, batches: Batches) -> str:
    """What a way's speed depends on, in words."""
    import torch

    size = f"{config.arch} {config.n_latents} k {config.k} batch {config.batch_size} inputs of {batches.d_in}"
    kind = f"{batches.zeros:.1f} zero, pre-bias {config.pre_bias}, revival {config.revival}"
    machine = f"{devices.processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}"
    return f"{size}, {kind}, numba {has_kernels()}, {machine}"


def _measured(config: RunConfig, weights: dict[str, Tensor], batches: Batches) -> str:
    """The way whose step, on copies of ``weights``, takes the least time."""
    import torch

    count = min(config.batch_size, batches.n_images)
    batch = batches.sample(count, torch.Generator().manual_seed(0))
    steps: dict[str, Callable[[], object]] = {}
    for way in (DENSE, SPARSE_WAY, *([KERNELS] if has_kernels() else [])):
        # In the order in memory that they have.
        own = {name: weight.clone(memory_format=torch.preserve_format) for name, weight in weights.items()}
        gradients = _gradients(config, own, batch.x, batches, way)
        learner = Learner(config, own, batches)
        steps[way] = partial(_step, learner, gradients, batch)
    least = dict.fromkeys(steps, float("inf"))
    # What other programs take does not count where one thread does everything.
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    try:
        for step in steps.values():
            step()
        rounds, started = 0, time.perf_counter()
        while rounds < LEAST_ROUNDS or time.perf_counter() - started < SECONDS * len(steps):
            for way, step in steps.items():
                before = clock()
                step()
                least[way] = min(least[way], clock() - before)
            rounds += 1
    except DivergedError:
        # The training itself says so at its first step.
        return BY_LIMITS
    return min(least, key=lambda way: least[way])


def _step(learner: Learner, gradients: Gradients, batch: Batch) -> None:
    learner.learn(batch, gradients(batch.x, [learner.gradient_inputs()])[0])


def _gradients(
    config: RunConfig, weights: dict[str, Tensor], x: Tensor, batches: Batches, way: str
) -> Gradients:
    """The step of ``way`` for the batch ``x``, which is not one of an epoch's."""
    if way != KERNELS:
        return plan([config], [weights], len(x), batches.zeros, way)[0].gradients
    from saegui.core.training.kernels.fused import FusedStep
    from saegui.core.training.kernels.inked import listed

    if batches.zeros < MOSTLY_ZERO:
        return FusedStep(weights, len(x))
    found = listed(iter([x.numpy()]), len(x), batches.d_in, 1 - batches.zeros).of(np.arange(len(x)))
    return FusedStep(weights, len(x), lambda: found)
