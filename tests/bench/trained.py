"""Trainings without a window or a run on disk, measured: what the tables of quality are made of."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

from saegui.core.analysis.metrics import Metrics, evaluate
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot

FEW = 1000
"""Inputs of a quick training, at most."""


class Trained(NamedTuple):
    """What came of a configuration."""

    snapshot: Snapshot
    metrics: Metrics
    seconds: float


def few(dataset: Dataset) -> Dataset:
    """The first :data:`FEW` inputs of each part."""
    return replace(
        dataset,
        train_images=dataset.train_images[:FEW],
        train_labels=dataset.train_labels[:FEW],
        test_images=dataset.test_images[:FEW],
        test_labels=dataset.test_labels[:FEW],
    )


def train(config: RunConfig, dataset: Dataset, quick: bool) -> Trained:
    """To the end, or with ``quick`` a step or two on a few inputs, which shows that it can be trained."""
    from saegui.core.training.fits.fitter import Fitter
    from saegui.core.training.session import trainer_of

    dataset = few(dataset) if quick else dataset
    trainer, started = trainer_of(config, dataset, "cpu"), time.perf_counter()
    at_once = trainer.at_once if isinstance(trainer, Fitter) and not quick else 1
    while not trainer.done and not (quick and trainer.steps >= 2):
        trainer.advance(at_once)
    seconds = time.perf_counter() - started
    snapshot = trainer.snapshot()
    return Trained(snapshot, evaluate(snapshot, dataset), seconds)
