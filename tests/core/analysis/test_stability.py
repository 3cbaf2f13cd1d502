"""Finding latents again in other models, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis.latent_order import order
from saegui.core.analysis.stability import stability
from saegui.core.config.schema import RunConfig
from saegui.core.errors import Cancelled
from saegui.core.model.snapshot import Snapshot
from tests.watched import Watched


def model(*rows: list[float], dead: tuple[int, ...] = ()) -> Snapshot:
    atoms = np.array(rows, np.float32)
    n, d = atoms.shape
    zeros, density = np.zeros(n, np.float32), np.ones(n, np.float32)
    density[list(dead)] = 0
    return Snapshot(
        RunConfig(n_latents=n, k=1),
        9,
        2.0,
        atoms.T.copy(),
        zeros,
        atoms,
        np.zeros(d, np.float32),
        density,
        shape=(d,),
    )


def test_latents_are_counted_in_the_models_that_have_them_and_the_most_stable_come_first() -> None:
    own = model([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 0, 0], dead=(3,))
    others = [
        model([0, 5, 0], [0.6, 0, 0.8]),
        # Its second latent would be the same as #0, and is dead.
        model([0, 0.8, 0.6], [1, 0, 0], dead=(1,)),
    ]
    found = stability(own, others, 2)
    np.testing.assert_allclose(found.best, [[0.6, 1, 0.8, 0, 0], [0, 0.8, 0.6, 0, 0]], atol=1e-6)
    assert found.latents.tolist() == [0, 1, 2]
    assert found.counts().tolist() == [0, 1, 0, 0, 0]
    assert found.counts(0.55).tolist() == [1, 2, 2, 0, 0]
    assert found.share(0.55) == pytest.approx(5 / 6) and found.share() == pytest.approx(1 / 6)
    dead = np.zeros(5, np.bool_)
    assert order("stability", np.ones(5, np.float32), dead, found.keys(0.55)).tolist() == [1, 2, 0, 3, 4]


def test_without_others_nothing_is_stable() -> None:
    found = stability(model([1, 0]), [], 0)
    assert found.counts().tolist() == [0] and found.share() is None and found.keys().tolist() == [0]


def test_it_can_be_given_up() -> None:
    with pytest.raises(Cancelled):
        stability(model([1, 0]), [model([1, 0])], 1, Watched(lambda: True))
