"""How long a sweep will take in this process, from a few steps of its trainings."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from saegui.core.analysis import metrics
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.sweeps.passes import passes
from saegui.core.sweeps.spec import Training
from saegui.core.training.devices import choose_device
from saegui.core.training.fits.fitter import Fitter
from saegui.core.training.joint_trainer import JointTrainer, Member

SECONDS = 0.2
"""A pass is tried for this long, after its first steps, which prepare what all others use."""
FIRST = 2
FREE = {
    "seed": 0,
    "epochs": 1,
    "lr": 0.001,
    "l1": 0.0,
    "l0_weight": 0.0,
    "kl_weight": 0.0,
    "rho": 0.05,
    "decay": 0.0,
    "warmup_steps": 0,
}
"""Parameters on whose values the time of a step does not depend."""
MOST_TRIED = 4
"""Passes that are tried; the time of others is that of the one most like it, in proportion to the latents."""
FEW_FITTED = 2000
"""Inputs on which a baseline is tried."""
FEW = 500
"""Test inputs on which measuring is timed."""


def seconds(
    trainings: Sequence[Training], dataset: Dataset, device: str = "auto", progress: Progress = UNWATCHED
) -> float:
    """About how many seconds it takes to train and measure them. Passes that differ in what costs no time are tried once.

    Raises:
        SaeguiError: one of them cannot be trained.
        Cancelled: ``progress`` gave it up.
    """
    groups = passes([each for each in trainings if not each.config.is_fitted], int(np.prod(dataset.shape)))
    tried: dict[tuple[object, ...], _Trial] = {}
    total = sum(_of_fit(each.config, dataset) for each in trainings if each.config.is_fitted)
    for place, group in enumerate(groups):
        progress.report(place, len(groups), "passes")
        configs = [each.config for each in group]
        key = _key(configs)
        if key not in tried and len(tried) < MOST_TRIED:
            tried[key] = _try(
                configs, dataset, choose_device(device), progress.part(place, len(groups), "passes")
            )
        size = sum(config.n_latents for config in configs)
        like = tried.get(key) or min(tried.values(), key=lambda trial: abs(trial.size - size))
        share = size / like.size
        epochs = [config.epochs for config in configs]
        steps = math.ceil(len(dataset.train_images) / configs[0].batch_size) * max(epochs)
        # After each epoch the test inputs are measured; at the end all inputs.
        inputs = sum(epochs) * len(dataset.test_images) + len(configs) * len(dataset.train_images)
        total += share * (steps * like.step + inputs * like.measure / len(configs))
    return total


def _of_fit(config: RunConfig, dataset: Dataset) -> float:
    """About how long a baseline takes, which has nothing to do with others: from its first steps on some of the inputs."""
    count = min(len(dataset.train_images), max(FEW_FITTED, config.n_latents))
    some = replace(
        dataset,
        train_images=dataset.train_images[:count],
        train_labels=dataset.train_labels[:count],
        items=None,
    )
    fitter = Fitter(config, some)
    at_once = fitter.at_once
    fitter.advance(at_once)
    share = len(dataset.train_images) / count
    if fitter.steps_per_epoch == 1:
        fitted = config.max_samples or len(dataset.train_images)
        return fitter.seconds * min(share, fitted / count) * fitter.total_steps / max(1, fitter.steps)
    return fitter.seconds * fitter.total_steps * share


class _Trial(NamedTuple):
    size: int
    """Latents of all its models."""
    step: float
    """Seconds of one step of all."""
    measure: float
    """Seconds to measure all on one input."""


def _key(configs: Sequence[RunConfig]) -> tuple[object, ...]:
    """What the time of a step depends on."""
    return tuple(config.model_copy(update=FREE) for config in configs)


def _try(configs: Sequence[RunConfig], dataset: Dataset, device: str, progress: Progress) -> _Trial:
    joint = JointTrainer(configs, dataset, device)
    for _ in range(FIRST):
        progress.report(0, 1)
        joint.advance()
    started, count = time.perf_counter(), 0
    while not joint.done and (not count or time.perf_counter() - started < SECONDS):
        progress.report(0, 1)
        joint.advance()
        count += 1
    step = (time.perf_counter() - started) / count if count else joint.seconds / FIRST
    few = dataset.test_images[:FEW]
    started = time.perf_counter()
    metrics.reconstruction(Member(joint).snapshot(), few)
    measure = len(configs) * (time.perf_counter() - started) / max(1, len(few))
    return _Trial(sum(config.n_latents for config in configs), step, measure)
