"""Every family's forward pass, losses and gradients, against plain numpy in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.config import RunConfig, make
from saegui.core.sae.families import FAMILIES
from saegui.core.sae.step import PlainStep
from tests.core.sae import plain

torch = pytest.importorskip("torch")

BATCH, D, F = 6, 8, 9
CASES: list[dict[str, Any]] = [
    {"arch": "topk"},
    {"arch": "topk", "refinements": 2},
    {"arch": "batch_topk"},
    {"arch": "batch_topk", "refinements": 1},
    {"arch": "multi_topk", "k": 2},
    {"arch": "matryoshka"},
    {"arch": "relu_l1", "l1": 0.3},
    {"arch": "kl", "code": "relu", "kl_weight": 0.2},
    {"arch": "kl", "code": "sigmoid", "kl_weight": 0.2},
    {"arch": "kl", "code": "relu", "output": "sigmoid"},
    {"arch": "kl", "code": "sigmoid", "output": "sigmoid"},
    {"arch": "jumprelu", "l0_weight": 0.05, "bandwidth": 0.6},
    {"arch": "gated", "l1": 0.3},
]


def name_of(case: dict[str, Any]) -> str:
    return " ".join(str(value) for value in case.values())


def weights_for(config: RunConfig) -> dict[str, plain.Array]:
    random = np.random.default_rng(3)
    W = {
        "W_enc": random.normal(size=(D, F)),
        "b_enc": random.normal(size=F) / 4,
        "W_dec": random.normal(size=(F, D)) / 2,
        "b_dec": random.random(D) / 2,
    }
    family = FAMILIES[config.arch]
    for name, value in family.start(config).items():
        # Not all alike, so that none can stand for another.
        W[name] = value + random.normal(size=F) / 5 if name in family.learnt else np.array([value])
    return W


def tensors(W: dict[str, plain.Array]) -> dict[str, Any]:
    return {name: torch.from_numpy(value.copy()) for name, value in W.items()}


# Behind a sigmoid output there is neither pre-bias nor AuxK.
COMBINATIONS = [
    (case, pre_bias, auxk)
    for case in CASES
    for pre_bias in (False, True)
    for auxk in (False, True)
    if case.get("output") != "sigmoid" or not (pre_bias or auxk)
]


@pytest.mark.parametrize(
    ("case", "pre_bias", "auxk"),
    COMBINATIONS,
    ids=[f"{name_of(case)}{' pre-bias' * bias}{' auxk' * aux}" for case, bias, aux in COMBINATIONS],
)
def test_code_losses_and_gradients(case: dict[str, Any], pre_bias: bool, auxk: bool) -> None:
    config = make({"n_latents": F, "k": 3, "pre_bias": pre_bias, **case})
    W, x = weights_for(config), np.random.default_rng(4).random((BATCH, D))
    dead = np.arange(F) % 2 == 0 if auxk else None
    given = tensors(W)
    flags = torch.from_numpy(dead) if dead is not None else None
    with torch.no_grad():
        done = FAMILIES[config.arch].forward(given, torch.from_numpy(x), config, config.k, flags)
    z = plain.encode(W, x, config, config.k)[1]
    np.testing.assert_allclose(done.z.numpy(), z, atol=1e-12)
    np.testing.assert_allclose(done.error.numpy(), x - plain.decode(W, z, config), atol=1e-12)
    expected = plain.losses(W, x, config, config.k, dead, W)
    assert {name: float(loss) for name, loss in done.losses.items()} == pytest.approx(expected)

    outcome = PlainStep(FAMILIES[config.arch])(given, torch.from_numpy(x), config, config.k, flags)
    np.testing.assert_array_equal(outcome.fired.numpy(), (z > 0).sum(0))
    for name, gradient in plain.gradients(W, x, config, config.k, dead).items():
        np.testing.assert_allclose(given[name].grad.numpy(), gradient, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_numpy_and_torch_encode_alike(case: dict[str, Any]) -> None:
    """What looks at a model uses the one, what trains it the other."""
    config = make({"n_latents": F, "k": 3, **case})
    family = FAMILIES[config.arch]
    W, x = weights_for(config), np.random.default_rng(5).random((1 if family.measured else BATCH, D))
    with torch.no_grad():
        encoded = family.encode(tensors(W), torch.from_numpy(x), config, config.k)
    if "threshold" in W:
        # Of one image the k largest are those above a threshold between the k-th and the next.
        ordered = np.sort(encoded.pre.numpy()[0])
        W["threshold"] = np.array([ordered[-4:-2].mean()])
    single = {name: value.astype(np.float32) for name, value in W.items()}
    z = family.activate(encoded.pre.numpy().astype(np.float32), single, config)
    np.testing.assert_allclose(z, encoded.z.numpy(), atol=1e-5)


class TestBatchTopK:
    CONFIG = make({"arch": "batch_topk", "n_latents": F, "k": 3})

    def test_the_threshold_is_the_running_mean_of_the_smallest_that_were_kept(self) -> None:
        W = tensors(weights_for(self.CONFIG))
        family = FAMILIES["batch_topk"]
        first, second = torch.tensor([[0.0, 0.5, 2.0]]), torch.tensor([[1.5, 0.0, 3.0]])
        family.measure(W, first.double())
        assert float(W["threshold"]) == pytest.approx(0.5)
        family.measure(W, second.double())
        assert float(W["threshold"]) == pytest.approx(0.99 * 0.5 + 0.01 * 1.5)
        family.measure(W, torch.zeros(1, 3).double())
        assert float(W["threshold"]) == pytest.approx(0.99 * 0.5 + 0.01 * 1.5)

    def test_at_inference_an_image_s_code_does_not_depend_on_its_neighbours(self) -> None:
        pre = np.random.default_rng(0).normal(size=(BATCH, F)).astype(np.float32)
        extras = {"threshold": np.array([0.7], np.float32)}
        family = FAMILIES["batch_topk"]
        together = family.activate(pre.copy(), extras, self.CONFIG)
        alone = [family.activate(pre[i : i + 1].copy(), extras, self.CONFIG)[0] for i in range(BATCH)]
        np.testing.assert_array_equal(together, alone)
        np.testing.assert_array_equal(together, np.where(pre >= 0.7, pre, 0))


class TestAuxK:
    CONFIG = make({"n_latents": F, "k": 2})

    def losses(self, W: dict[str, Any], x: Any, dead: Any) -> dict[str, Any]:
        found: dict[str, Any] = FAMILIES["topk"].forward(W, x, self.CONFIG, 2, dead).losses
        return found

    def test_is_zero_without_dead_latents_and_without_an_error(self) -> None:
        W, x = tensors(weights_for(self.CONFIG)), torch.rand(BATCH, D, dtype=torch.float64)
        assert float(self.losses(W, x, torch.zeros(F, dtype=torch.bool))["auxk"]) == 0
        W["b_dec"] = x[0].clone()
        W["W_dec"].zero_()
        assert float(self.losses(W, x[:1].repeat(3, 1), torch.ones(F, dtype=torch.bool))["auxk"]) == 0

    def test_what_the_dead_draw_contains_no_decoder_bias(self) -> None:
        """With dead atoms of zero nothing is drawn, and the whole error is left, whatever the bias is."""
        W, x = tensors(weights_for(self.CONFIG)), torch.rand(BATCH, D, dtype=torch.float64)
        dead = torch.arange(F) >= 5
        W["W_dec"][dead] = 0
        done = FAMILIES["topk"].forward(W, x, self.CONFIG, 2, dead)
        variance = (done.error - done.error.mean(0)).square().sum()
        assert float(done.losses["auxk"]) == pytest.approx(float(done.error.square().sum() / variance / 32))


def test_a_slot_of_the_k_that_holds_a_zero_has_not_fired() -> None:
    config = make({"n_latents": F, "k": 5})
    W = weights_for(config)
    W["b_enc"] = np.where(np.arange(F) < 2, 10.0, -100.0)
    given, x = tensors(W), torch.rand(BATCH, D, dtype=torch.float64)
    fired = PlainStep(FAMILIES["topk"])(given, x, config, 5, None).fired
    assert fired.tolist() == [BATCH, BATCH, *[0] * (F - 2)]
