"""How often each latent was active at every kept moment of a training: where latents are born, die, and come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.run import Run

Limits = tuple[float, float]
"""The densities that the two ends of a scale stand for, both above zero."""
NO_DENSITY: Limits = (1e-4, 1.0)
"""The scale where no latent was ever active."""
SHADES = 256
"""Colours of a scale."""


@dataclass(frozen=True, eq=False)
class Densities:
    """One row a kept moment, in the order of the training. Nobody writes to the arrays."""

    steps: NDArray[np.int64]
    """(moments,)"""
    epochs: NDArray[np.float64]
    """(moments,)"""
    values: NDArray[np.float32]
    """(moments, n_latents): share of the images of the last epoch, or of those seen so far, on which a latent was active; 0
    where it was dead, and before the first step."""


class Lives(NamedTuple):
    """What became of each latent."""

    birth: NDArray[np.int64]
    """(n_latents,): index of the first moment at which it was active; the number of moments for one that never was."""
    deaths: NDArray[np.int64]
    """(n_latents,): how often it was active at one moment and dead at the next."""
    revivals: NDArray[np.int64]
    """(n_latents,): how often it was dead at one moment and active at the next, its birth not counted."""


def densities(run: Run, *, progress: Progress = UNWATCHED) -> Densities:
    """The densities of every kept moment of ``run``; no weights are read. ``progress`` counts moments.

    Raises:
        RunError: a snapshot cannot be read.
        Cancelled: ``progress`` gave the work up.
    """
    steps = run.steps()
    found = []
    for done, step in enumerate(steps):
        progress.report(done, len(steps), "Reading the kept steps")
        found.append(run.densities_at(step))
    progress.report(len(steps), len(steps), "Reading the kept steps")
    return Densities(
        np.array([at.step for at in found], np.int64),
        np.array([at.epoch for at in found], np.float64),
        np.stack([at.density for at in found]) if found else np.empty((0, run.config.n_latents), np.float32),
    )


def lives(values: NDArray[np.float32]) -> Lives:
    """Births, deaths and revivals in densities ``(moments, n_latents)``."""
    on = values > 0
    born = on.any(axis=0)
    birth = np.where(born, on.argmax(axis=0), len(on)) if len(on) else np.zeros(on.shape[1])
    began = np.count_nonzero(on[1:] & ~on[:-1], axis=0)
    # Who was active at the first moment was born there; the others' first beginning is their birth.
    revivals = began - (born & (birth > 0))
    deaths = np.count_nonzero(on[:-1] & ~on[1:], axis=0)
    return Lives(birth.astype(np.int64), deaths.astype(np.int64), revivals.astype(np.int64))


def by_birth(values: NDArray[np.float32]) -> NDArray[np.intp]:
    """(n_latents,): latents in the order of their births; of equals first who lived longest, then who is active most often at the end."""
    if not len(values):
        return np.arange(values.shape[1])
    last = len(values) - 1 - (values > 0)[::-1].argmax(axis=0)
    return np.lexsort((-values[-1], -last, lives(values).birth))


def limits(values: NDArray[np.float32]) -> Limits:
    """The smallest and the largest density above zero: the ends of the scale; :data:`NO_DENSITY` where there is none."""
    active = values[values > 0]
    return (float(active.min()), float(active.max())) if active.size else NO_DENSITY


def shades(values: NDArray[np.float32], ends: Limits) -> NDArray[np.uint8]:
    """The logarithm of densities ``(…)`` as colours 0 … 255 of a scale between ``ends``; what is 0 is 0, too: ask ``values > 0``."""
    low, high = np.log(ends)
    share = (np.log(np.maximum(values, ends[0])) - low) / ((high - low) or 1.0)
    found: NDArray[np.uint8] = np.rint(np.clip(share, 0, 1) * (SHADES - 1)).astype(np.uint8)
    return found


def coloured(
    values: NDArray[np.float32], ends: Limits, table: NDArray[np.uint8], dead: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Densities ``(…)`` in the colours ``table (256, 3)`` by their logarithm, the dead in ``dead (3,)``: ``(…, 3)``."""
    found: NDArray[np.uint8] = np.where((values > 0)[..., None], table[shades(values, ends)], dead)
    return found


def table_of(anchors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(256, 3): colours between ``anchors (n, 3)``, which are equally far from each other."""
    place = np.linspace(0, SHADES - 1, len(anchors))
    channels = [np.interp(np.arange(SHADES), place, anchors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
