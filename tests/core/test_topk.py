"""TopK's three implementations against each other and against the definition, differentiated numerically."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from saegui.core.config import RunConfig
from saegui.core.sae import topk

torch = pytest.importorskip("torch")

BATCH, D, F, K = 5, 6, 8, 3
Weights = dict[str, NDArray[np.float64]]
CONFIGS = [RunConfig(n_latents=F, k=k, pre_bias=pre_bias) for k in (1, K, F) for pre_bias in (False, True)]
NONE, SOME, ALL = np.zeros(F, bool), np.arange(F) % 3 == 0, np.ones(F, bool)


def some_weights(seed: int = 0) -> tuple[Weights, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    shapes = {"W_enc": (D, F), "b_enc": (F,), "W_dec": (F, D), "b_dec": (D,)}
    weights = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    return weights, rng.random((BATCH, D))


def definition(
    w: Weights,
    x: NDArray[np.float64],
    config: RunConfig,
    dead: NDArray[np.bool_],
    error: NDArray[np.float64] | None,
) -> tuple[float, NDArray[np.float64]]:
    """The loss as the papers state it, row by row; AuxK explains ``error``, which no gradient goes through."""
    squared, explained = 0.0, np.zeros_like(x)
    errors = np.zeros_like(x)
    for row, image in enumerate(x):
        pre = (image - w["b_dec"] if config.pre_bias else image) @ w["W_enc"] + w["b_enc"]
        z = np.zeros(F)
        for latent in np.argsort(-pre)[: config.k]:
            z[latent] = max(pre[latent], 0)
        errors[row] = image - (z @ w["W_dec"] + w["b_dec"])
        squared += float((errors[row] ** 2).sum())
        n_aux = min(D // 2, int(dead.sum()))
        for latent in np.argsort(np.where(dead, -pre, np.inf))[:n_aux]:
            explained[row] += max(pre[latent], 0) * w["W_dec"][latent]
    loss = squared / x.size
    if dead.any():
        target = errors if error is None else error
        loss += 1 / 32 * ((target - explained) ** 2).sum() / ((target - target.mean(0)) ** 2).sum()
    return loss, errors


def numeric_gradients(
    w: Weights, x: NDArray[np.float64], config: RunConfig, dead: NDArray[np.bool_]
) -> Weights:
    _, error = definition(w, x, config, dead, None)
    found = {}
    for name, weight in w.items():
        gradient = np.zeros_like(weight)
        for place in np.ndindex(weight.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = {**w, name: weight.copy()}
                moved[name][place] += step
                sides.append(definition(moved, x, config, dead, error)[0])
            gradient[place] = (sides[0] - sides[1]) / 2e-6
        found[name] = gradient
    return found


def tensors(w: Weights, dtype: Any) -> dict[str, Any]:
    return {name: torch.tensor(weight, dtype=dtype) for name, weight in w.items()}


class TestGradients:
    @pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"k{c.k}{'-pre-bias' * c.pre_bias}")
    @pytest.mark.parametrize("dead", [NONE, SOME, ALL], ids=["none-dead", "some-dead", "all-dead"])
    def test_agree_with_numeric_ones(self, config: RunConfig, dead: NDArray[np.bool_]) -> None:
        w, x = some_weights()
        expected_loss, _ = definition(w, x, config, dead, None)
        expected = numeric_gradients(w, x, config, dead)
        mask = torch.from_numpy(dead)

        slow = {name: weight.requires_grad_() for name, weight in tensors(w, torch.float64).items()}
        losses = topk.losses(slow, torch.from_numpy(x), config, mask)
        total = torch.stack(list(losses.values())).sum()
        total.backward()
        assert float(total.detach()) == pytest.approx(expected_loss, rel=1e-10)

        fast = tensors(w, torch.float32)
        step = topk.TopKStep(BATCH + 2, D, F)
        found, fired = step(fast, torch.tensor(x, dtype=torch.float32), config, mask)
        assert sum(found.values()) == pytest.approx(expected_loss, rel=1e-5)
        assert set(found) == set(losses) == ({"mse", "auxk"} if dead.any() else {"mse"})
        for name, gradient in expected.items():
            np.testing.assert_allclose(slow[name].grad.numpy(), gradient, atol=1e-7, err_msg=name)
            np.testing.assert_allclose(fast[name].grad.numpy(), gradient, atol=2e-6, err_msg=name)
        pre = (x - w["b_dec"] * config.pre_bias) @ w["W_enc"] + w["b_enc"]
        np.testing.assert_array_equal(
            fired.numpy(), (topk.activate(pre.astype(np.float32), config.k) > 0).sum(0)
        )

    def test_the_encoder_of_a_dead_latent_gets_one_only_from_auxk(self) -> None:
        config = RunConfig(n_latents=F, k=1)
        w, x = some_weights(3)
        w["b_enc"][2] = -0.2  # never the largest, but sometimes above zero
        x = x[:3]
        pre = x @ w["W_enc"] + w["b_enc"]
        dead = np.arange(F) == 2
        assert (pre[:, 2] > 0).any()
        assert not (topk.activate(pre.astype(np.float32), 1)[:, 2] > 0).any()
        for mask, moves in ((None, False), (torch.from_numpy(dead), True)):
            weights = tensors(w, torch.float32)
            topk.TopKStep(3, D, F)(weights, torch.tensor(x, dtype=torch.float32), config, mask)
            assert bool(weights["W_enc"].grad[:, 2].any()) is moves
            assert bool(weights["b_enc"].grad[2] != 0) is moves
            assert bool(weights["W_dec"].grad[2].any()) is moves

    def test_are_written_anew_at_every_call(self) -> None:
        config = RunConfig(n_latents=F, k=K)
        w, x = some_weights()
        step, weights = topk.TopKStep(BATCH, D, F), tensors(w, torch.float32)
        images = torch.tensor(x, dtype=torch.float32)
        step(weights, images, config)
        first = {name: weight.grad.clone() for name, weight in weights.items()}
        step(weights, images[:2], config, torch.from_numpy(SOME))
        step(weights, images, config)
        for name, weight in weights.items():
            assert torch.equal(weight.grad, first[name]), name

    def test_one_image_alone_leaves_auxk_nothing_to_explain(self) -> None:
        config = RunConfig(n_latents=F, k=K)
        w, x = some_weights()
        dead, image = torch.from_numpy(SOME), torch.tensor(x[:1], dtype=torch.float32)
        found, _ = topk.TopKStep(1, D, F)(tensors(w, torch.float32), image, config, dead)
        reference = topk.losses(tensors(w, torch.float32), image, config, dead)
        assert found["auxk"] == float(reference["auxk"]) == 0


class TestActivate:
    @given(
        arrays(
            np.float32, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.floats(-9, 9, width=16)
        ),
        st.integers(1, 9),
    )
    def test_keeps_the_k_largest_positive_values(self, pre: NDArray[np.float32], k: int) -> None:
        k = min(k, pre.shape[1])
        before = pre.copy()
        z = topk.activate(pre, k)
        np.testing.assert_array_equal(pre, before)
        assert (np.count_nonzero(z, axis=1) <= k).all()
        assert ((z == pre) | (z == 0)).all()
        kept = np.sort(z, axis=1)[:, ::-1][:, :k]
        np.testing.assert_array_equal(kept, np.sort(np.maximum(pre, 0), axis=1)[:, ::-1][:, :k])

    @pytest.mark.parametrize("k", [1, 10, 64])
    def test_agrees_with_torch(self, k: int) -> None:
        pre = np.random.default_rng(0).normal(0, 1, (300, 64)).astype(np.float32)
        values, indices = torch.from_numpy(pre).relu().topk(k, dim=1)
        expected = torch.zeros(pre.shape).scatter(1, indices, values).numpy()
        np.testing.assert_array_equal(topk.activate(pre, k), expected)


def test_auxk_draws_with_half_as_many_latents_as_there_are_pixels() -> None:
    assert topk.auxk_count(torch.ones(500, dtype=torch.bool), 784) == 392
    assert topk.auxk_count(torch.ones(20, dtype=torch.bool), 784) == 20
