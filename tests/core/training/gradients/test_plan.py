"""The fast step that a training takes equals the plain one: gradients, losses, what fired, what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saegui.core.config.schema import RunConfig
from saegui.core.families.registry import FAMILIES
from saegui.core.training.gradients.step import PlainStep
from tests.core.families.cases import Fast, config, forms, images, label, weights
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")


def tensors(c: RunConfig, seed: int = 0) -> dict[str, Any]:
    w = weights(c, seed, D_IN)
    # As wide as real weights are, so that products stay near one.
    w["W_enc"] /= 10
    return {name: torch.tensor(weight, dtype=torch.float32) for name, weight in w.items()}


def batch(size: int, seed: int = 1) -> Any:
    return torch.tensor(images(seed, size, D_IN), dtype=torch.float32)


def agree(c: RunConfig, size: int, k: int, dead: Any, seed: int = 0, step: Any = None) -> None:
    """Both steps from equal weights on equal images."""
    plain, fast = tensors(c, seed), tensors(c, seed)
    x = batch(size, seed + 1)
    expected = PlainStep(FAMILIES[c.arch])(plain, x, c, k, dead)
    found = (step or Fast(c, size))(fast, x.clone(), c, k, dead)
    # Without a dead latent a step may leave AuxK out, which is then zero.
    losses = {name: float(value) for name, value in expected.losses.items() if name != "auxk" or value}
    mine = {name: float(value) for name, value in found.losses.items() if name != "auxk" or value}
    assert mine == pytest.approx(losses, rel=1e-4)
    assert torch.equal(found.fired.long(), expected.fired.long())
    torch.testing.assert_close(found.error.abs(), expected.error.abs(), rtol=1e-4, atol=1e-4)
    for name, weight in plain.items():
        torch.testing.assert_close(fast[name], weight, rtol=1e-5, atol=1e-5)
        if weight.grad is None:
            assert fast[name].grad is None
            continue
        scale = float(weight.grad.abs().max()) + 1e-12
        torch.testing.assert_close(fast[name].grad, weight.grad, rtol=1e-3, atol=1e-4 * scale, msg=name)


class TestEqual:
    @pytest.mark.parametrize("pre_bias", [False, True], ids=["", "pre-bias"])
    @pytest.mark.parametrize("dead", [None, 0.0, 0.3, 1.0], ids=["no-auxk", "none", "some", "all"])
    @pytest.mark.parametrize("k", [1, 4, 32])
    @pytest.mark.parametrize("name", ["topk", "batch_topk", "multi_topk", "matryoshka"])
    def test_to_the_plain_one(self, name: str, k: int, dead: float | None, pre_bias: bool) -> None:
        c = config(name, n_latents=32, k=k, pre_bias=pre_bias)
        mask = None if dead is None else torch.arange(32) < 32 * dead
        agree(c, 12, k, mask)

    @pytest.mark.parametrize("c", forms(), ids=label)
    def test_for_every_family(self, c: RunConfig) -> None:
        agree(c, 12, c.k, None)

    @pytest.mark.parametrize("size", [7, 64])
    @pytest.mark.parametrize("dead", [None, 0.5])
    @pytest.mark.parametrize(("latents", "k"), [(64, 10), (1024, 32), (4096, 32)])
    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    def test_at_real_sizes(self, name: str, latents: int, k: int, dead: float | None, size: int) -> None:
        c = config(name, n_latents=latents, k=k)
        agree(c, size, k, None if dead is None else torch.arange(latents) < latents * dead)

    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    def test_with_more_dead_than_half_the_pixels(self, name: str) -> None:
        """Only there AuxK has to choose among the dead."""
        c = config(name, n_latents=1200, k=8, pre_bias=True)
        agree(c, 10, 8, torch.arange(1200) >= 200)

    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    @pytest.mark.parametrize("annealed", [40, 11, 10])
    def test_with_a_k_that_is_not_the_configuration_s(self, name: str, annealed: int) -> None:
        agree(config(name, n_latents=64, k=10), 20, annealed, None)

    # Derandomised: an activation that is zero but for rounding may be on in one step and off in the other.
    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(
        name=st.sampled_from(["topk", "batch_topk", "multi_topk", "matryoshka"]),
        latents=st.integers(1, 80),
        share=st.floats(0, 1),
        dead=st.none() | st.floats(0, 1),
        size=st.integers(1, 9),
        pre_bias=st.booleans(),
        seed=st.integers(0, 99),
    )
    def test_whatever_the_sizes(
        self, name: str, latents: int, share: float, dead: float | None, size: int, pre_bias: bool, seed: int
    ) -> None:
        k = max(1, round(share * latents))
        c = config(name, n_latents=latents, k=k, pre_bias=pre_bias)
        mask = None if dead is None else torch.arange(latents) < dead * latents
        agree(c, size, k, mask, seed)


class TestOneStepManyBatches:
    @pytest.mark.parametrize("latents", [32, 2048])
    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    def test_leaves_nothing_behind_for_the_next(self, name: str, latents: int) -> None:
        """Buffers are reused: smaller batches, other k and dead latents in between change nothing."""
        c = config(name, n_latents=latents, k=4)
        step, dead = Fast(c, 16), torch.arange(latents) % 2 == 0
        for size, k, mask in ((16, 4, None), (5, 16, dead), (16, 4, None), (3, 4, ~dead), (16, 4, dead)):
            agree(c, size, k, mask, step=step)

    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    def test_into_the_same_gradients(self, name: str) -> None:
        c = config(name, n_latents=32, k=4)
        step, w = Fast(c, 16), tensors(c)
        step(w, batch(16), c, 4, None)
        first = {n: weight.grad.clone() for n, weight in w.items() if weight.grad is not None}
        step(w, batch(5, 8), c, 4, torch.arange(32) < 9)
        step(w, batch(16), c, 4, None)
        for n, gradient in first.items():
            torch.testing.assert_close(w[n].grad, gradient, rtol=1e-6, atol=1e-8, msg=n)

    @pytest.mark.parametrize("latents", [32, 2048])
    @pytest.mark.parametrize("name", ["topk", "batch_topk"])
    def test_is_really_another_way(self, name: str, latents: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else this file compares the plain step with itself."""
        c = config(name, n_latents=latents, k=4)
        monkeypatch.delattr(PlainStep, "__call__")
        assert Fast(c, 16)(tensors(c), batch(16), c, 4, None).losses


@pytest.mark.parametrize("fast", [False, True], ids=["plain", "chosen"])
@pytest.mark.parametrize("k", [5, 16])
def test_a_place_among_the_k_that_is_zero_did_not_fire(k: int, fast: bool) -> None:
    for name in ("topk", "batch_topk"):
        c = config(name, k=k)
        w, x = tensors(c), batch(12)
        w["b_enc"] -= 1.5 if k == 5 else 0
        pre = (x @ w["W_enc"] + w["b_enc"]).numpy()
        step = Fast(c, 12) if fast else PlainStep(FAMILIES[name])
        fired = step(w, x, c, k, None).fired.numpy()
        assert 0 < fired.sum() < 12 * k
        np.testing.assert_array_less(fired, (pre > 0).sum(0) + 1)
