"""The latents nearest to one, by each measure, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis.coactivation import N_NEAREST, Coactivation, Nearest
from saegui.core.analysis.nearest_latents import nearest
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot


def test_the_largest_come_first_and_never_the_latent_itself() -> None:
    atoms = np.array([[1, 0], [3, 4], [0, 0], [-2, 0]], np.float32)
    looked_for = np.array([[0, 2], [0, 1], [1, 1], [0, 5]], np.float32)
    zeros = np.zeros(4, np.float32)
    config = RunConfig(arch="relu_l1", n_latents=4)
    model = Snapshot(config, 1, 1.0, looked_for.T, zeros, atoms, zeros[:2], zeros, shape=(2,))
    by_decoder = nearest("decoder", model, 0)
    assert [latent for latent, _ in by_decoder] == [1, 2, 3]
    assert [value for _, value in by_decoder] == pytest.approx([0.6, 0, -1])
    # Equals in their order.
    assert [latent for latent, _ in nearest("encoder", model, 0)] == [1, 3, 2]
    pairs = Nearest(np.full((4, N_NEAREST), -1, np.int32), np.zeros((4, N_NEAREST), np.float32))
    pairs.latents[0, :2], pairs.values[0, :2] = (3, 1), (0.5, 0.25)
    together = Coactivation(9, pairs, pairs, np.arange(4, dtype=np.int32))
    for measure in ("jaccard", "pearson"):
        assert nearest(measure, model, 0, together) == [(3, 0.5), (1, 0.25)]
        assert nearest(measure, model, 1, together) == nearest(measure, model, 0) == []
