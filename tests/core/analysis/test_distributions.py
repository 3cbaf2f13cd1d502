"""Histograms of what latents do, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.analysis.distributions import DENSITY_BINS, of_active, of_density, of_strength
from saegui.core.analysis.latent_stats import BINS, analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot, to_input


def model(digits: Dataset) -> Snapshot:
    rng = np.random.default_rng(0)
    d = digits.train_images[0].size
    W = rng.normal(size=(6, d)).astype(np.float32)
    W[5] = 0
    zeros = np.zeros(6, np.float32)
    return Snapshot(
        RunConfig(arch="relu_l1", n_latents=6), 0, 1.0, W.T.copy(), zeros, W, np.zeros(d, np.float32), zeros,
        shape=digits.train_images.shape[1:],
    )  # fmt: skip


def test_all_three_count_what_the_codes_say(digits: Dataset) -> None:
    few = replace(
        digits, train_images=digits.train_images[:80].copy(), train_labels=digits.train_labels[:80].copy()
    )
    snapshot = model(few)
    z = snapshot.encode(to_input(few.train_images))
    stats = analyse(snapshot, few)
    active = of_active(stats, snapshot.config)
    per_input = (z > 0).sum(axis=1)
    assert active.target is None and active.counts.sum() == 80
    for number, count in enumerate(active.counts.tolist()):
        assert count == (per_input == number).sum()
        assert active.edges[number : number + 2].tolist() == [number - 0.5, number + 0.5]
    aimed = of_active(stats, RunConfig(arch="topk", n_latents=64, k=40))
    assert aimed.target == 40 and len(aimed.counts) == 41
    density = (z > 0).mean(axis=0)
    found = of_density(stats.density, stats.dead)
    assert found.left_out == 1 and found.counts.sum() == 5 and len(found.counts) == DENSITY_BINS
    assert found.edges[0] == pytest.approx(min(0.1, density[density > 0].min())) and found.edges[-1] == 1
    for low, high, count in zip(found.edges[1:-2], found.edges[2:-1], found.counts[1:-1], strict=True):
        assert count == ((density >= low * (1 + 1e-6)) & (density < high * (1 + 1e-6))).sum()
    strength = of_strength(stats)
    assert strength.counts.sum() == (z > 0).sum()
    assert strength.counts[0] > 0 and strength.counts[-1] > 0 and len(strength.counts) <= BINS
    assert len(strength.edges) == len(strength.counts) + 1


def test_nothing_alive_is_bars_of_nothing() -> None:
    found = of_density(np.zeros(4, np.float32), np.ones(4, bool))
    assert found.counts.sum() == 0 and found.left_out == 4
    one = of_density(np.ones(1, np.float32), np.zeros(1, bool))
    assert one.counts[-1] == 1 and one.left_out == 0
