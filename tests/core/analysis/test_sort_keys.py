"""What latents are sorted by, against small models worked out by hand or image by image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.analysis import sort_keys
from saegui.core.analysis.latent_order import order
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot, to_input
from tests.watched import Watched


def floats(*values: object) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def model(W_dec: NDArray[np.float32], W_enc: NDArray[np.float32] | None = None, **config: object) -> Snapshot:
    F, d = W_dec.shape
    settings = RunConfig.model_validate({"arch": "relu_l1", "n_latents": F, **config})
    W_enc = W_dec.T.copy() if W_enc is None else W_enc
    return Snapshot(
        settings,
        1,
        1.0,
        W_enc,
        np.zeros(F, np.float32),
        W_dec,
        np.zeros(d, np.float32),
        np.ones(F, np.float32),
    )


ATOMS = floats([3, 4, 0, 0], [0, 2, 0, 0], [-6, -8, 0, 0], [0, 0, 0, 0])
NONE_DEAD = np.zeros(4, np.bool_)


def test_norms_are_the_lengths_of_decoder_rows() -> None:
    assert sort_keys.decoder_norms(model(ATOMS)).tolist() == [5, 2, 10, 0]


def test_cosines_are_those_of_decoder_rows_and_a_row_of_zeros_has_none() -> None:
    found = sort_keys.cosines(model(ATOMS), 0)
    np.testing.assert_allclose(found, [1, 0.8, -1, 0], atol=1e-6)
    assert order("cosine", np.ones(4, np.float32), NONE_DEAD, found).tolist() == [0, 1, 3, 2]
    both = model(ATOMS, ATOMS[::-1].T)
    np.testing.assert_allclose(sort_keys.cosines(both, 3, "encoder"), [0, -1, 0.8, 1], atol=1e-6)
    assert not sort_keys.cosines(both, 0, "encoder").any()


def test_an_ablation_by_hand() -> None:
    """x = (2, 1): latent 0 draws 2 of the first pixel, latent 1 draws 3 of the second, which has 1; latent 2 is off."""
    decoder = floats([1, 0], [0, 3], [1, 1])
    encoder = floats([1, 0, -1], [0, 1, -1])
    snapshot = model(decoder, encoder)
    images = floats([2, 1], [0, 0])
    # x̂ = (2, 3), squared error 0 + 4. Without latent 0: (0, 3), 4 + 4. Without latent 1: (2, 0), 0 + 1. Two pixels, two images.
    np.testing.assert_allclose(sort_keys.ablation_errors(snapshot, images), [4 / 4, -3 / 4, 0])


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"input": "standardised"},
        {"input": "unit"},
        {"arch": "topk", "k": 3},
        {"arch": "kl", "output": "sigmoid"},
        {"arch": "kl", "output": "sigmoid", "code": "sigmoid"},
    ],
    ids=lambda config: " ".join(map(str, config.values())) or "plain",
)
def test_ablating_one_latent_after_the_other_gives_the_same(config: dict[str, object]) -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (37, 2, 3)).astype(np.uint8)
    x = to_input(images)
    plain = model(
        rng.normal(0, 0.4, (5, 6)).astype(np.float32), rng.normal(0, 0.4, (6, 5)).astype(np.float32), **config
    )
    extras = normalisation.fit(plain.config.input, x.mean(0), float(x.var(0).mean()))
    snapshot = replace(plain, extras=extras, shape=(2, 3))
    z = snapshot.encode(x)
    assert (z > 0).any(), "otherwise nothing is ablated"

    def mse(code: NDArray[np.float32]) -> float:
        return float(np.square(x - snapshot.decode(code, x), dtype=np.float64).mean())

    wanted = []
    for latent in range(5):
        less = z.copy()
        less[:, latent] = 0
        wanted.append(mse(less) - mse(z))
    np.testing.assert_allclose(sort_keys.ablation_errors(snapshot, images), wanted, rtol=1e-4, atol=1e-7)


def test_ablation_can_be_given_up() -> None:
    with pytest.raises(Cancelled):
        sort_keys.ablation_errors(model(ATOMS), np.zeros((3, 2, 2), np.float32), Watched(lambda: True))


def test_latents_that_draw_alike_stand_together_in_clusters_and_the_dead_are_last() -> None:
    a, b = [1, 0, 0], [0, 1, 0]
    near_a, near_b = [1, 0.1, 0], [0, 1, 0.1]
    snapshot = model(floats(a, b, [0, 0, 1], near_a, near_b))
    dead = np.array([False, False, True, False, False])
    keys = sort_keys.cluster_keys(snapshot, dead)
    found = order("cluster", np.ones(5, np.float32), dead, keys).tolist()
    assert found[-1] == 2
    assert {frozenset(found[:2]), frozenset(found[2:4])} == {frozenset((0, 3)), frozenset((1, 4))}
    assert sorted(-keys[~dead]) == [0, 1, 2, 3]


def test_clusters_are_those_of_average_linkage_worked_out_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the leaves of the tree every cluster that the definition makes is one stretch, optimally ordered or not."""
    atoms = np.random.default_rng(3).normal(size=(12, 4)).astype(np.float32)
    unit = atoms / np.linalg.norm(atoms, axis=1, keepdims=True)
    distance = 1 - unit @ unit.T
    clusters, made = [{latent} for latent in range(12)], []
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i)]
        mean = [np.mean([distance[a, b] for a in clusters[i] for b in clusters[j]]) for i, j in pairs]
        i, j = pairs[int(np.argmin(mean))]
        made.append(clusters[i] | clusters[j])
        clusters = [c for n, c in enumerate(clusters) if n not in (i, j)] + [made[-1]]
    for most in (sort_keys.MOST_LEAVES, 2):
        monkeypatch.setattr(sort_keys, "MOST_LEAVES", most)
        places = -sort_keys.cluster_keys(model(atoms), np.zeros(12, np.bool_))
        for cluster in made:
            assert np.ptp(places[list(cluster)]) == len(cluster) - 1, "a cluster is torn apart"


@pytest.mark.parametrize("alive", [0, 1, 2])
def test_so_few_latents_need_no_tree(alive: int) -> None:
    dead = np.arange(4) >= alive
    keys = sort_keys.cluster_keys(model(ATOMS), dead)
    assert order("cluster", np.ones(4, np.float32), dead, keys).tolist() == [0, 1, 2, 3]


def test_too_many_latents_for_a_tree_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sort_keys, "MOST_CLUSTERED", 3)
    with pytest.raises(ValueError, match="4 latents are alive; cluster order is for at most 3"):
        sort_keys.cluster_keys(model(ATOMS), NONE_DEAD)
    sort_keys.cluster_keys(model(ATOMS), np.array([True, False, False, False]))


def test_purity_and_the_share_of_one_class_by_hand() -> None:
    """Latent 0 has the means 3 and 1 in two classes, latent 1 only sees the second, latent 2 none."""
    images = floats([2, 0, 0], [4, 0, 0], [1, 5, 0])
    dataset = Dataset("three", "Three", images, np.array([0, 0, 1]), images, np.array([0, 0, 1]), ("a", "b"))
    stats = analyse(model(np.eye(3, dtype=np.float32)), dataset)
    np.testing.assert_allclose(stats.class_shares, [[0.75, 0.25], [0, 1], [0, 0]])
    np.testing.assert_allclose(stats.purities, [0.75, 1, 0])
    assert [stats.purity(latent) for latent in range(3)] == stats.purities.tolist()
    density, dead = stats.density, stats.dead
    assert order("purity", density, dead, stats.purities).tolist() == [1, 0, 2]
    assert order("class", density, dead, stats.class_shares[:, 0]).tolist() == [0, 1, 2]
    assert order("maximum", density, dead, stats.maximum).tolist() == [1, 0, 2]
