"""Every number about the rest of a network, against the same number computed by hand on tiny data."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.analysis import effects, metrics
from saegui.core.config.schema import RunConfig
from saegui.core.data.dataset import Arrays, Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.networks.readout import Readout

F32 = np.float32
HEAD = np.array([[1, 0], [0, 2]], F32)
INPUTS = np.array([[3, 0], [0, 1], [2, 2]], F32)
LABELS = np.array([0, 1, 0], np.uint8)


def model() -> Snapshot:
    """Latent 0 reads and draws the first value, latent 1 the second at half of its size, latent 2 is dead."""
    return Snapshot(
        RunConfig(arch="relu_l1", n_latents=3, pre_bias=False),
        0,
        0.0,
        np.array([[1, 0, 0], [0, 1, 0]], F32),
        np.array([0, 0, -1], F32),
        np.array([[1, 0], [0, 0.5], [0, 1]], F32),
        np.zeros(2, F32),
        np.zeros(3, F32),
        shape=(2,),
    )


def linear() -> Readout:
    return Readout(lambda x: x @ HEAD, ("a", "b"), 2 / 3, weights=HEAD)


def bent() -> Readout:
    """Not linear: the first value counts only above 2."""
    return Readout(lambda x: np.maximum(x - np.array([2, 0], F32), 0) @ HEAD, ("a", "b"), 2 / 3)


def ce(logits: list[float], label: int) -> float:
    wide = np.exp(np.array(logits))
    return float(-np.log(wide[label] / wide.sum()))


def test_loss_recovered_is_the_one_computed_by_hand() -> None:
    found = effects.recovery(model(), linear(), INPUTS, LABELS)
    original = (ce([3, 0], 0) + ce([0, 2], 1) + ce([2, 4], 0)) / 3
    reconstruction = (ce([3, 0], 0) + ce([0, 1], 1) + ce([2, 2], 0)) / 3
    ablated = np.log(2)
    assert found.ce_original == pytest.approx(original)
    assert found.ce_reconstruction == pytest.approx(reconstruction)
    assert found.ce_ablated == pytest.approx(ablated)
    assert found.loss_recovered == pytest.approx((ablated - reconstruction) / (ablated - original))
    assert found.accuracy == pytest.approx(2 / 3)
    # Two equal logits: the first counts.
    assert found.accuracy_reconstruction == pytest.approx(1)


def test_where_ablating_changes_nothing_no_loss_can_be_recovered() -> None:
    deaf = Readout(lambda x: np.zeros((len(x), 2), F32), ("a", "b"), 0.5)
    assert effects.recovery(model(), deaf, INPUTS, LABELS).loss_recovered is None


def test_the_effect_of_a_latent_is_the_one_computed_by_hand() -> None:
    found = effects.effect(model(), linear(), INPUTS, 1)
    # Active on the second and third input, with 1 and 2: a = 1.5; the atom is (0, 0.5), the head doubles it.
    assert (found.amount, found.n_inputs, found.n_active) == (1.5, 3, 2)
    np.testing.assert_allclose(found.adding, [0, 1.5])
    np.testing.assert_allclose(found.ablating, [0, -1.5])
    np.testing.assert_allclose(found.lens, [0, 1])


def test_the_rest_of_the_network_is_asked_where_it_is_not_linear() -> None:
    found = effects.effect(model(), bent(), INPUTS, 0)
    # Active on the first and third input, with 3 and 2: a = 2.5. Added: 3 → 5.5, 0 → 2.5, 2 → 4.5, of which what is above
    # 2 counts: +2.5, +0.5, +2.5. Taken away: 3 → 0 and 2 → 0: −1 and 0.
    np.testing.assert_allclose(found.adding, [5.5 / 3, 0], rtol=1e-6)
    np.testing.assert_allclose(found.ablating, [-0.5, 0], rtol=1e-6)
    assert found.lens is None


def test_the_effect_on_one_input_is_that_of_its_own_activation() -> None:
    found = effects.effect(model(), linear(), INPUTS[2:], 0)
    assert (found.amount, found.n_active) == (2, 1)
    np.testing.assert_allclose(found.adding, [2, 0])
    np.testing.assert_allclose(found.ablating, [-2, 0])


def test_a_latent_that_is_inactive_everywhere_is_added_once_and_takes_nothing_away() -> None:
    found = effects.effect(model(), linear(), INPUTS[:1], 2)
    assert (found.amount, found.n_active) == (1, 0)
    np.testing.assert_allclose(found.adding, [0, 2])
    np.testing.assert_allclose(found.ablating, [0, 0])


def tiny(readout: Readout | None) -> Dataset:
    return Dataset(
        "tiny",
        "Tiny",
        *Arrays(INPUTS, LABELS, INPUTS.copy(), LABELS.copy()),
        classes=("a", "b"),
        readout=readout,
    )


def test_metrics_know_what_was_recovered_only_where_there_is_a_network() -> None:
    found = metrics.evaluate(model(), tiny(linear()))
    recovered = effects.recovery(model(), linear(), INPUTS, LABELS)
    assert found.loss_recovered == recovered.loss_recovered
    assert found.accuracy == recovered.accuracy
    assert found.accuracy_reconstruction == recovered.accuracy_reconstruction
    assert {"loss_recovered", "accuracy", "accuracy_reconstruction"} <= found.to_dict().keys()
    without = metrics.evaluate(model(), tiny(None)).to_dict()
    assert not {"loss_recovered", "accuracy", "accuracy_reconstruction"} & without.keys()
    foreign = Readout(lambda x: x @ HEAD, ("cat", "dog"), 0.5)
    assert metrics.evaluate(model(), tiny(foreign)).loss_recovered is None


def test_the_average_picture_weights_each_by_its_activation() -> None:
    from saegui.core.analysis.latent_stats import analyse
    from saegui.core.data.dataset import Items

    pictures = np.array([[[0, 255]], [[255, 0]], [[51, 102]]], np.uint8)
    dataset = tiny(linear())
    object.__setattr__(dataset, "items", Items(pictures, pictures))
    found = analyse(model(), dataset).average
    assert found is not None and found.shape == (3, 1, 2)
    # Latent 0 has 3 on the first picture and 2 on the third, latent 1 has 1 on the second and 2 on the third.
    np.testing.assert_allclose(found[0, 0], [(3 * 0 + 2 * 0.2) / 5, (3 * 1 + 2 * 0.4) / 5], rtol=1e-6)
    np.testing.assert_allclose(found[1, 0], [(1 + 2 * 0.2) / 3, 2 * 0.4 / 3], rtol=1e-6)
    np.testing.assert_array_equal(found[2], 0)
    assert analyse(model(), tiny(linear())).average is None
