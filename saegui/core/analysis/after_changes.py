"""What values that were changed during a training have to do with how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.changes import Change
from saegui.core.config.schema import RunConfig


class Curves(Protocol):
    """What is asked of a run's curves."""

    @property
    def changes(self) -> Sequence[Change]:
        """What was changed while the run was trained."""

    @property
    def train(self) -> Mapping[str, NDArray[np.float64]]:
        """Columns of numbers, ``epoch`` and ``dead`` among them."""


def blamed(found: Metrics, history: Curves) -> list[Change]:
    """The changes, made at one step, after which at least half of the dead latents died; empty where none is."""
    changes = history.changes
    if not changes:
        return []
    before = [dead_before(history, change) for change in changes]
    after = [*before[1:], found.dead]
    for change, dead_then, dead_later in zip(changes, before, after, strict=True):
        if 2 * (dead_later - dead_then) >= found.dead:
            return [other for other in changes if other.step == change.step]
    return []


def dead_before(history: Curves, change: Change) -> int:
    """How many latents had died when the change was made: those that count as dead less than an epoch later, since a
    latent counts as dead when it has been inactive for an epoch.
    """
    place = int(np.searchsorted(history.train["epoch"], change.epoch + 1)) - 1
    return int(history.train["dead"][place]) if place >= 0 else 0


def start(config: RunConfig, changes: Sequence[Change]) -> RunConfig:
    """``config`` as it was before all ``changes``."""
    for change in reversed(changes):
        config = config.model_copy(update={change.name: change.before})
    return config


def longest(config: RunConfig, changes: Sequence[Change], last_step: int) -> RunConfig:
    """``config`` with those values that changed parameters had for most of the steps."""
    for name in dict.fromkeys(change.name for change in changes):
        own = [change for change in changes if change.name == name]
        values = [own[0].before, *(change.after for change in own)]
        places = [0, *(change.step for change in own), last_step]
        lasted = [later - earlier for earlier, later in pairwise(places)]
        config = config.model_copy(update={name: values[int(np.argmax(lasted))]})
    return config
