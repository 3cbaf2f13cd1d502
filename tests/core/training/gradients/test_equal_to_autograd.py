"""The fast ways of computing gradients equal the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core.analysis.metrics import reconstruction
from saegui.core.config.presets import preset
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.families.topk_search import largest
from saegui.core.training.gradients.dense import DenseStep
from saegui.core.training.gradients.plan import plan
from saegui.core.training.gradients.refinement_grad import RefinedStep
from saegui.core.training.gradients.sparse import SparseStep
from saegui.core.training.gradients.sparse_sums import ByLatent, levels, sums_by_levels, sums_in_pieces
from saegui.core.training.gradients.step import GradientInput, GradientResult, PlainStep
from saegui.core.training.trainer import Trainer
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")

BATCH = 23
CASES: list[dict[str, Any]] = [
    {},
    {"pre_bias": True},
    {"k": 48},
    {"k": 1},
    {"revival": "auxk"},
    {"revival": "auxk", "pre_bias": True},
]
Weights = dict[str, Any]


def weights_for(config: RunConfig, seed: int = 0) -> Weights:
    random = torch.Generator().manual_seed(seed)
    F = config.n_latents
    W = {
        "W_enc": torch.randn(D_IN, F, generator=random) / 20,
        "b_enc": torch.randn(F, generator=random) / 10,
        "W_dec": torch.randn(F, D_IN, generator=random) / 20,
        "b_dec": torch.rand(D_IN, generator=random) / 5,
    }
    return W | {name: torch.tensor([value]) for name, value in FAMILIES[config.arch].start(config).items()}


def images(count: int = BATCH) -> Any:
    return torch.rand(count, D_IN, generator=torch.Generator().manual_seed(9))


def dead_in(config: RunConfig) -> Any:
    return torch.arange(config.n_latents) % 3 == 0 if config.revival == "auxk" else None


def plainly(config: RunConfig, W: Weights, x: Any, k: int) -> tuple[Weights, GradientResult]:
    W = {name: weight.clone() for name, weight in W.items()}
    return W, PlainStep(FAMILIES[config.arch])(W, x, config, k, dead_in(config))


def assert_equal(W: Weights, outcome: GradientResult, plain: Weights, expected: GradientResult) -> None:
    assert set(outcome.losses) == set(expected.losses)
    for name, loss in expected.losses.items():
        assert float(outcome.losses[name]) == pytest.approx(float(loss), rel=1e-5), name
    np.testing.assert_array_equal(outcome.fired.numpy(), expected.fired.numpy())
    np.testing.assert_allclose(outcome.error.abs().numpy(), expected.error.abs().numpy(), atol=1e-5)
    for name, weight in plain.items():
        if weight.grad is None:
            np.testing.assert_allclose(W[name].numpy(), weight.numpy(), rtol=1e-5, atol=1e-6, err_msg=name)
        else:
            scale = float(weight.grad.abs().max())
            np.testing.assert_allclose(
                W[name].grad.numpy(), weight.grad.numpy(), atol=1e-5 * scale, err_msg=name
            )


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("arch", ["topk", "batch_topk"])
class TestOneModel:
    @pytest.mark.parametrize("refinements", [0, 2])
    def test_dense_products(self, arch: str, case: dict[str, Any], refinements: int) -> None:
        config = make({"arch": arch, "n_latents": 48, "k": 6, **case, "refinements": refinements})
        W, x = weights_for(config), images()
        plain, expected = plainly(config, W, x, config.k)
        step = DenseStep(FAMILIES[arch], BATCH + 5, D_IN, 48, torch.device("cpu"))
        assert_equal(W, step(W, x, config, config.k, dead_in(config)), plain, expected)

    @pytest.mark.parametrize("zeros", [0.0, 0.8])
    def test_only_what_is_on(
        self, arch: str, case: dict[str, Any], zeros: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("saegui.core.training.gradients.encoder_product.LEAST_ZERO", 1)
        monkeypatch.setattr("saegui.core.training.gradients.encoder_product.LEAST_IMAGES", 1)
        config = make({"arch": arch, "n_latents": 48, "k": 6, **case})
        W, x = weights_for(config), images()
        x[x < zeros] = 0
        plain, expected = plainly(config, W, x, config.k)
        step = SparseStep([W], BATCH + 5, "float32", zeros)
        # Twice: what the first call leaves behind must not matter to the second.
        for _ in range(2):
            (outcome,) = step(x, [GradientInput(config, config.k, dead_in(config))])
        assert_equal(W, outcome, plain, expected)

    @pytest.mark.parametrize("refinements", [1, 3])
    def test_only_what_is_on_at_each_look(self, arch: str, case: dict[str, Any], refinements: int) -> None:
        config = make({"arch": arch, "n_latents": 48, "k": 6, **case, "refinements": refinements})
        W, x = weights_for(config), images()
        plain, expected = plainly(config, W, x, config.k)
        step = RefinedStep(W, BATCH + 5, refinements)
        for _ in range(2):
            outcome = step(W, x, config, config.k, dead_in(config))
        assert_equal(W, outcome, plain, expected)


def test_batch_topk_looks_further_where_one_image_takes_all_of_its_candidates() -> None:
    config = make({"arch": "batch_topk", "n_latents": 48, "k": 2})
    W, x = weights_for(config), images()
    # One bright image, the others black and switched off by their biases.
    x[1:] = 0
    W["b_enc"] = W["b_enc"] - 1
    x[0] *= 50
    plain, expected = plainly(config, W, x, 2)
    (outcome,) = SparseStep([W], BATCH, "float32")(x, [GradientInput(config, 2, None)])
    assert int(expected.fired.sum()) > 8
    assert_equal(W, outcome, plain, expected)


def test_several_models_in_one_pass_are_what_each_is_alone() -> None:
    configs = [
        make({"n_latents": 48, "k": 6}),
        make({"n_latents": 30, "k": 9, "pre_bias": True, "revival": "auxk"}),
        make({"arch": "batch_topk", "n_latents": 64, "k": 5}),
        make({"arch": "relu_l1", "n_latents": 20, "l1": 0.1}),
        make({"n_latents": 20, "k": 3, "refinements": 1}),
    ]
    models, x = [weights_for(config, seed) for seed, config in enumerate(configs)], images()
    alone = [plainly(config, W, x, config.k) for config, W in zip(configs, models, strict=True)]
    groups = plan(configs, models, BATCH)
    assert sorted(index for group in groups for index in group.which) == [0, 1, 2, 3, 4]
    for group in groups:
        asks = [
            GradientInput(configs[index], configs[index].k, dead_in(configs[index])) for index in group.which
        ]
        for index, outcome in zip(group.which, group.gradients(x, asks), strict=True):
            assert_equal(models[index], outcome, *alone[index])


def test_a_model_s_weights_stay_its_own_when_they_move_together() -> None:
    configs = [make({"n_latents": 20, "k": 3}), make({"n_latents": 30, "k": 3})]
    models = [weights_for(config, seed) for seed, config in enumerate(configs)]
    before = [{name: weight.clone() for name, weight in W.items()} for W in models]
    SparseStep(models, BATCH, "float32")
    models[0]["W_dec"].zero_()
    models[0]["W_enc"].zero_()
    for name, weight in before[1].items():
        assert torch.equal(models[1][name], weight)


class TestHalfPrecision:
    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    def test_only_the_search_is_half_as_precise(self, arch: str) -> None:
        """Values are float32's, and the error grows by less than a hundredth."""
        config = make({"arch": arch, "n_latents": 256, "k": 8})
        W, x = weights_for(config), images(64)
        _, expected = plainly(config, W, x, 8)
        (outcome,) = SparseStep([W], 64, "bfloat16")(x, [GradientInput(config, 8, None)])
        assert float(outcome.losses["mse"]) == pytest.approx(float(expected.losses["mse"]), rel=0.01)
        # Most images choose the same latents, and those are then drawn exactly as strongly.
        same = np.isclose(outcome.error.abs(), expected.error.abs(), atol=1e-5).all(1)
        assert same.mean() > 0.5

    def test_auxk_learns_from_float32_too(self) -> None:
        """With k = latents there is nothing to choose, and so nothing in which the two may differ."""
        config = make({"n_latents": 16, "k": 16, "pre_bias": True})
        x, dead, found = images(64), torch.arange(16) < 8, []
        for precision in ("float32", "bfloat16"):
            W = weights_for(config)
            (outcome,) = SparseStep([W], 64, precision)(x, [GradientInput(config, 16, dead)])
            found.append(
                {"auxk": outcome.losses["auxk"]} | {name: W[name].grad for name in ("W_enc", "W_dec")}
            )
        for name, expected in found[0].items():
            scale = float(expected.abs().max())
            torch.testing.assert_close(found[1][name], expected, rtol=0, atol=1e-5 * scale)

    def test_is_what_the_configuration_asks_for(self) -> None:
        """Of atoms that hardly differ float32 finds the largest activations, bfloat16 does not."""
        found = []
        for precision in ("float32", "bfloat16"):
            config = make({"n_latents": 256, "k": 8, "precision": precision})
            W = weights_for(config)
            W["W_enc"] = 1 + W["W_enc"] / 1000
            (group,) = plan([config], [W], 64)
            (outcome,) = group.gradients(images(64), [GradientInput(config, 8, None)])
            found.append(outcome.fired)
        assert not torch.equal(*found)

    def test_several_models_are_what_each_is_alone(self) -> None:
        configs = [make({"n_latents": F, "k": k, "precision": "bfloat16"}) for F, k in ((48, 6), (30, 9))]
        models, x = [weights_for(config, seed) for seed, config in enumerate(configs)], images()
        alone = [{name: weight.clone() for name, weight in W.items()} for W in models]
        (group,) = plan(configs, models, BATCH)
        outcomes = group.gradients(x, [GradientInput(config, config.k, None) for config in configs])
        for config, W, own, outcome in zip(configs, models, alone, outcomes, strict=True):
            (expected,) = SparseStep([own], BATCH, "bfloat16")(x, [GradientInput(config, config.k, None)])
            assert_equal(W, outcome, own, expected)

    def test_a_training_ends_within_a_hundredth_of_float32_s_error(self, digits: Dataset) -> None:
        found = []
        for precision in ("float32", "bfloat16"):
            values = {"dataset": "digits", "n_latents": 256, "k": 8, "batch_size": 64, "epochs": 12}
            trainer = Trainer(make({**values, "precision": precision}, preset("modern").config), digits)
            while not trainer.done:
                trainer.step()
            found.append(reconstruction(trainer.snapshot(), digits.test_images).mse)
        assert found[1] != found[0]
        assert found[1] == pytest.approx(found[0], rel=0.01)


@pytest.mark.parametrize("n_latents", [100, 2**16, 2**16 + 1, 2**17])
def test_entries_are_ordered_by_latent_however_many_there_are(n_latents: int) -> None:
    generator = torch.Generator().manual_seed(0)
    latents = torch.randint(n_latents, (4000,), generator=generator)
    latents[7], latents[9], latents[3000] = n_latents - 1, 0, n_latents - 1
    counted = ByLatent(latents, n_latents, 4000)
    assert torch.equal(counted._order, latents.argsort(stable=True))


@pytest.mark.parametrize("longest", [20, 33, 34, 1024, 3000])
def test_sums_by_levels_are_the_sums_and_short(longest: int) -> None:
    """As accelerators add up: also where one latent has most entries, and where latents have none."""
    generator = torch.Generator().manual_seed(longest)
    for before in (0, 1, 31, 32):
        counts = torch.randint(3, (40,), generator=generator)
        counts[0], counts[20], counts[-1] = before, longest, 0
        ends = torch.nn.functional.pad(counts.cumsum(0), (1, 0))
        entries = int(ends[-1])
        rows, factors = torch.randint(7, (entries,), generator=generator), torch.rand(entries)
        values = torch.rand(7, 12)
        bounds = levels(ends, entries, longest)
        assert all(bool((bound.diff() >= 0).all()) and int(bound.diff().max()) <= 33 for bound in bounds)
        expected = sums_in_pieces(ends, rows, factors, values, torch.empty(40, 12))
        assert torch.allclose(sums_by_levels(bounds, rows, factors, values), expected, rtol=1e-4)
        assert (expected.count_nonzero(1) == 0).any()


class TestLargest:
    @given(st.data())
    def test_is_topk(self, data: st.DataObject) -> None:
        n = data.draw(st.sampled_from([1, 7, 64, 96, 256, 1000]))
        k = data.draw(st.integers(1, n))
        seed = data.draw(st.integers(0, 99))
        # Few different values: among equal ones any may be chosen, but no larger one may be missed.
        spread = data.draw(st.sampled_from([3, 1000]))
        values = torch.randint(spread, (5, n), generator=torch.Generator().manual_seed(seed)).float()
        found, columns = largest(values, k)
        expected = values.topk(k, dim=1).values
        assert torch.equal(found.sort(1).values, expected.sort(1).values)
        assert torch.equal(values.gather(1, columns), found)
        assert all(len(set(row)) == k for row in columns.tolist())


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"n_latents": 64, "k": 10}, SparseStep),
        ({"n_latents": 15, "k": 2, "precision": "bfloat16"}, SparseStep),
    ],
)
def test_leaving_zeros_out_is_chosen_where_it_is_faster(values: dict[str, Any], kind: type) -> None:
    config = make(values)
    assert isinstance(plan([config], [weights_for(config)], BATCH)[0].gradients, kind)


@pytest.mark.parametrize(("k", "one"), [(10, True), (16, True), (32, False), (64, False)])
def test_several_step_as_one_where_that_is_faster(k: int, one: bool) -> None:
    config = make({"n_latents": 64, "k": k})
    models = [weights_for(config, seed) for seed in range(3)]
    plan([config] * 3, models, BATCH)
    assert (len({W["W_dec"].untyped_storage().data_ptr() for W in models}) == 1) is one


@pytest.mark.parametrize(
    ("F", "k", "sparse"), [(256, 10, True), (256, 20, False), (128, 5, False), (1024, 64, True)]
)
def test_refinements_are_left_out_of_where_that_is_faster(F: int, k: int, sparse: bool) -> None:
    """The step is in the closure of what is called."""
    config = make({"n_latents": F, "k": k, "refinements": 2, "arch": "batch_topk"})
    W, x = weights_for(config), images()
    plain, expected = plainly(config, W, x, k)
    (group,) = plan([config], [W], BATCH)
    kinds = {type(cell.cell_contents) for cell in group.gradients.__closure__ or ()}
    assert (RefinedStep in kinds) is sparse and (DenseStep in kinds) is not sparse
    (outcome,) = group.gradients(x, [GradientInput(config, k, None)])
    assert_equal(W, outcome, plain, expected)


@pytest.mark.parametrize("values", [{"k": 64}, {"k": 16}, {"k": 4, "refinements": 1}, {"arch": "gated"}])
def test_elsewhere_it_is_not(values: dict[str, Any]) -> None:
    config = make({"n_latents": 64, **values})
    assert not isinstance(plan([config], [weights_for(config)], BATCH)[0].gradients, SparseStep)
