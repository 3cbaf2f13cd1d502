"""Every family's forward pass, losses and gradients against the papers' formulas in numpy, and these against themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.config.schema import RunConfig, make
from saegui.core.errors import ConfigError
from saegui.core.families.family import Formulas
from saegui.core.families.registry import FAMILIES
from saegui.core.training.gradients.step import PlainStep
from tests.core.families.cases import BATCH, OPTIONS, D, F, K, config, forms, images, label, weights
from tests.core.families.reference import compute, numeric_gradients

torch = pytest.importorskip("torch")

ALL = [*forms(), *forms(pre_bias=True)]
NONE, SOME, EVERY = np.zeros(F, bool), np.arange(F) % 3 == 0, np.ones(F, bool)
DEAD = pytest.mark.parametrize("dead", [None, NONE, SOME, EVERY], ids=["no-auxk", "none", "some", "all"])


def plain(
    c: RunConfig, w: dict[str, Any], x: Any, dead: NDArray[np.bool_] | None = None, dtype: Any = None
) -> tuple[Any, dict[str, Any]]:
    """One :class:`PlainStep`; returns its outcome and the weights, with their gradients."""
    dtype = dtype or torch.float64
    tensors = {name: torch.tensor(weight, dtype=dtype) for name, weight in w.items()}
    mask = None if dead is None else torch.from_numpy(dead)
    return PlainStep(FAMILIES[c.arch])(tensors, torch.tensor(x, dtype=dtype), c, c.k, mask), tensors


def combines_with_auxk(c: RunConfig) -> bool:
    try:
        make({"revival": "auxk"}, c)
    except ConfigError:
        return False
    return True


class TestAgainstThePapers:
    @pytest.mark.parametrize("c", ALL, ids=label)
    @DEAD
    def test_code_losses_and_gradients(self, c: RunConfig, dead: NDArray[np.bool_] | None) -> None:
        if not combines_with_auxk(c):
            dead = None
        w, x = weights(c), images()
        expected = compute(w, x, c, dead)
        outcome, tensors = plain(c, w, x, dead)
        assert {n: float(v) for n, v in outcome.losses.items()} == pytest.approx(expected.losses, rel=1e-10)
        np.testing.assert_array_equal(outcome.fired.numpy(), (expected.z > 0).sum(0))
        np.testing.assert_allclose(np.abs(outcome.error.numpy()), np.abs(expected.error), atol=1e-12)
        for name, gradient in expected.gradients.items():
            np.testing.assert_allclose(tensors[name].grad.numpy(), gradient, atol=1e-12, err_msg=name)

    @pytest.mark.parametrize("c", ALL, ids=label)
    def test_the_forward_pass_alone(self, c: RunConfig) -> None:
        w, x = weights(c), images()
        expected = compute(w, x, c)
        tensors = {name: torch.from_numpy(weight) for name, weight in w.items()}
        found = FAMILIES[c.arch].forward(tensors, torch.from_numpy(x), c, c.k)
        np.testing.assert_allclose(found.z.numpy(), expected.z, atol=1e-12)
        np.testing.assert_allclose(found.error.numpy(), expected.error, atol=1e-12)
        assert {n: float(v) for n, v in found.losses.items()} == pytest.approx(expected.losses, rel=1e-10)

    def test_the_cases_are_not_trivial(self) -> None:
        """In each, some latents are on and some off, and no loss is zero: a wrong formula would show."""
        for c in ALL:
            found = compute(weights(c), images(), c, None if c.sigmoid_output else SOME)
            if c.code != "sigmoid" or c.arch != "kl":
                assert 0 < (found.z > 0).mean() < 1, label(c)
            assert all(loss > 1e-4 for loss in found.losses.values()), label(c)
            assert all(np.abs(gradient).max() > 1e-5 for gradient in found.gradients.values()), label(c)

        nested = compute(weights(config("matryoshka")), images(), config("matryoshka")).z > 0
        assert all(nested[:, start:end].any() for start, end in ((0, 1), (2, 4), (4, 8), (8, 16)))

    def test_there_is_no_family_beside_these(self) -> None:
        assert {options["arch"] for options in OPTIONS.values()} == set(FAMILIES)

    @pytest.mark.parametrize("c", forms(), ids=label)
    def test_single_precision_says_the_same(self, c: RunConfig) -> None:
        w, x = weights(c), images()
        expected = compute(w, x, c)
        outcome, tensors = plain(c, w, x, dtype=torch.float32)
        # Where KL clamps a mean just below one, single precision knows 1 − ε to two digits only.
        rough = 1e-3 if c.arch == "kl" else 1e-5
        assert {n: float(v) for n, v in outcome.losses.items()} == pytest.approx(expected.losses, rel=rough)
        for name, gradient in expected.gradients.items():
            np.testing.assert_allclose(
                tensors[name].grad.numpy(), gradient, rtol=1e-4, atol=2e-6, err_msg=name
            )


class TestNumerically:
    """The gradients derived by hand, and so autograd's, against differences of the losses."""

    @pytest.mark.parametrize("c", ALL, ids=label)
    def test_differences_of_the_loss(self, c: RunConfig) -> None:
        # L0's derivative by the thresholds is an estimate that differences cannot show: it is zero but where it jumps.
        dead = SOME if combines_with_auxk(c) else None
        w, x = weights(c, 7), images(8)
        names = [name for name in w if name != "log_threshold"]
        expected = numeric_gradients(w, x, c, dead, names)
        _, tensors = plain(c, w, x, dead)
        for name, gradient in expected.items():
            np.testing.assert_allclose(tensors[name].grad.numpy(), gradient, atol=1e-7, err_msg=name)


class TestThresholds:
    """JumpReLU's straight-through estimators, one latent and one image at a time."""

    @pytest.mark.parametrize("distance", [-0.3, -0.19, -0.01, 0.01, 0.19, 0.3])
    def test_feel_what_is_within_half_a_bandwidth(self, distance: float) -> None:
        c = RunConfig(arch="jumprelu", n_latents=1, k=1, bandwidth=0.4, l0_weight=0.5)
        theta, x = 0.7, np.zeros((1, 1))
        w = {"W_enc": [[1.0]], "b_enc": [theta + distance], "W_dec": [[0.9]], "b_dec": [0.2]}
        _, tensors = plain(c, w | {"log_threshold": [np.log(theta)]}, x)
        z = theta + distance if distance > 0 else 0.0
        through_code = 2 * (z * 0.9 + 0.2) * 0.9 * -(theta / 0.4)
        through_price = 0.5 * -(1 / 0.4)
        expected = (through_code + through_price) * theta if abs(distance) < 0.2 else 0.0
        assert float(tensors["log_threshold"].grad) == pytest.approx(expected)
        # What lies before a threshold feels nothing of it: a latent that is pushed away from θ would not come back.
        assert float(tensors["b_enc"].grad) == pytest.approx(2 * (z * 0.9 + 0.2) * 0.9 * (distance > 0))


class TestGated:
    def test_the_penalties_leave_the_decoder_alone(self) -> None:
        """With magnitudes that are all off, only the gate's losses are left to pull, and they pull at the encoder."""
        c, x = config("gated"), images()
        w = weights(c) | {"b_mag": np.full(F, -50.0)}
        outcome, tensors = plain(c, w, x)
        assert not outcome.fired.any()
        assert float(outcome.losses["l1"]) > 0 < float(outcome.losses["gate"])
        assert not tensors["W_dec"].grad.any()
        expected = 2 * (w["b_dec"] - x).sum(0) / x.size
        np.testing.assert_allclose(tensors["b_dec"].grad.numpy(), expected, atol=1e-12)
        assert tensors["W_enc"].grad.any() and tensors["b_enc"].grad.any()


class TestOnes:
    def test_a_batch_of_one_and_all_latents(self) -> None:
        for name in OPTIONS:
            for k in (1, F):
                c = config(name, k=k)
                w, x = weights(c), images(batch=1)
                expected = compute(w, x, c)
                _, tensors = plain(c, w, x)
                for weight, gradient in expected.gradients.items():
                    np.testing.assert_allclose(tensors[weight].grad.numpy(), gradient, atol=1e-12)

    @pytest.mark.parametrize("latents", [1, 3, 15, 16, 40])
    def test_matryoshka_of_any_size(self, latents: int) -> None:
        c = config("matryoshka", n_latents=latents, k=1)
        w, x = weights(c), images()
        expected = compute(w, x, c)
        outcome, tensors = plain(c, w, x)
        assert float(outcome.losses["nested"]) == pytest.approx(expected.losses["nested"])
        np.testing.assert_allclose(tensors["W_dec"].grad.numpy(), expected.gradients["W_dec"], atol=1e-12)

    @pytest.mark.parametrize("name", ["topk", "multi_topk", "batch_topk", "matryoshka"])
    def test_a_place_among_the_k_that_is_zero_did_not_fire(self, name: str) -> None:
        c = config(name, k=5)
        w, x = weights(c), images()
        w["b_enc"] -= 1.5
        expected = compute(w, x, c)
        outcome, _ = plain(c, w, x)
        on = int(outcome.fired.sum())
        assert 0 < on == int((expected.z > 0).sum()) < BATCH * 5
        silent = (expected.z > 0).sum(0) == 0
        assert silent.any()
        assert not outcome.fired.numpy()[silent].any()


def test_sizes_are_what_the_tests_assume() -> None:
    assert K * BATCH < F * BATCH and 4 * K < F and SOME.sum() > D // 2


class TestFormulas:
    """What the window shows follows the parameters."""

    @staticmethod
    def of(**values: Any) -> Formulas:
        config = {**RunConfig().model_dump(), **values}
        return FAMILIES[config["arch"]].formulas(config)

    @pytest.mark.parametrize("arch", FAMILIES)
    def test_what_is_encoded(self, arch: str) -> None:
        assert "W_encᵀ x" in self.of(arch=arch).code
        code = self.of(arch=arch, pre_bias=True).code
        assert "W_encᵀ (x − b_dec)" in code and "W_encᵀ x" not in code

    def test_the_code_that_is_chosen(self) -> None:
        assert self.of(arch="kl", code="relu").code == "z = ReLU(W_encᵀ x + b_enc)"
        assert self.of(arch="kl", code="sigmoid").code == "z = sigmoid(W_encᵀ x + b_enc)"
        assert "chosen again once, after" in self.of(arch="topk", refinements=1).code
        assert "chosen again 3 times, after" in self.of(arch="topk", refinements=3, refit=True).code
        assert "least squares" in self.of(arch="topk", refit=True).code
        assert self.of(arch="relu_l1", refinements=3, refit=True).code == self.of(arch="relu_l1").code

    def test_the_reconstruction(self) -> None:
        assert self.of(arch="kl", output="sigmoid").reconstruction == "x̂ = sigmoid(W_decᵀ z + b_dec)"
        for arch in FAMILIES:
            assert self.of(arch=arch, output="linear").reconstruction == "x̂ = W_decᵀ z + b_dec"
        assert self.of(arch="topk", output="sigmoid").reconstruction == "x̂ = W_decᵀ z + b_dec"

    @pytest.mark.parametrize(
        ("n_latents", "words"),
        [(16, "F/16, F/8, F/4, F/2, F latents"), (15, "1, 3, 7, 15 latents"), (1, "1 latent")],
    )
    def test_the_prefixes_there_are(self, n_latents: int, words: str) -> None:
        assert self.of(arch="matryoshka", n_latents=n_latents).loss == f"Σ MSE from the first {words}"

    @pytest.mark.parametrize("arch", FAMILIES)
    def test_auxk_where_it_is_asked_for(self, arch: str) -> None:
        without = self.of(arch=arch, revival="resample").loss
        assert self.of(arch=arch, revival="auxk").loss == f"{without} + AuxK/32"
