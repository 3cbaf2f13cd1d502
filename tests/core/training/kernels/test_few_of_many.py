"""Few active latents among many, which eight-bit weights find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
from saegui.core.training.trainer import Trainer
from tests.core.training.kernels.trainings import (
    MANY,
    agree,
    bits,
    by_autograd,
    made,
)

torch = pytest.importorskip("torch")
pytest.importorskip("numba")


class TestFewOfMany:
    """Latents among so many that eight-bit weights find those that may be active."""

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    def test_are_the_same_as_without_rounding_where_activations_are_nearly_equal(
        self, arch: str, few: Dataset
    ) -> None:
        """So near that eight bits cannot tell them apart, and more than an image has room for."""
        config = make({**MANY, "arch": arch})
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        nearly = 1 + torch.rand(300, generator=torch.Generator().manual_seed(0)) * 1e-3
        for trainer in (plain, fast):
            trainer.weights["W_enc"].copy_(trainer.weights["W_enc"][:, :1].abs() * nearly)
            trainer.weights["b_enc"].zero_()
        for trainer in (plain, fast):
            trainer.step()
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    def test_are_the_same_where_the_pixels_of_each_batch_are_listed_when_it_comes(
        self, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config, numbers = make(MANY), made((few.train_images / 255).astype(np.float32), few)
        at_once = Trainer(config, numbers, way=KERNELS)
        monkeypatch.setattr("saegui.core.training.kernels.fused.LISTED_EACH", 1)
        each, of_bytes = (Trainer(config, images, way=KERNELS) for images in (numbers, few))
        for trainer in (at_once, each, of_bytes):
            trainer.advance(8)
        assert bits(each) == bits(at_once) == bits(of_bytes)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    def test_are_the_same_where_images_end_within_a_word(self, arch: str, few: Dataset) -> None:
        """Four pixels are in one; negative pixels have words of their own."""
        draw = np.random.default_rng(0)
        words = draw.normal(size=(120, 49)) * (draw.random((120, 49)) < 0.4)
        agree(make({**MANY, "arch": arch}), made(words.astype(np.float32), few))

    def test_are_found_again_when_somebody_else_wrote_into_the_weights(self, few: Dataset) -> None:
        config = make(MANY)
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        for trainer in (plain, fast):
            trainer.advance(2)
            trainer.weights["W_enc"].neg_()
            trainer.advance(2)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    def test_that_do_not_move_have_the_moments_that_adam_gives_them(self, few: Dataset) -> None:
        config = make(MANY)
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        for trainer in (plain, fast):
            trainer.advance(3)
            # From now on nothing is active, until it is again.
            trainer.weights["b_enc"].fill_(-1e3)
            trainer.advance(300)
            trainer.weights["b_enc"].zero_()
            trainer.advance(2)
        expected, found = plain.state(), fast.state()
        for name in expected:
            if name.startswith(("square.", "weight.")):
                # Weights near zero are what is left of larger ones.
                atol = 1e-9 if name.startswith("square.") else 1e-7
                np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=atol, err_msg=name)

    @pytest.mark.parametrize("revival", ["none", "resample", "auxk"])
    def test_are_the_same_after_a_pause_while_some_do_not_move(self, revival: str, few: Dataset) -> None:
        config = make({**MANY, "revival": revival, "unit_norm": True, "dead_after": 1, "resample_every": 2})
        whole, first = (Trainer(config, few, way=KERNELS) for _ in range(2))
        whole.advance(330)
        first.advance(290)
        first.state()
        first.advance(15)
        second = Trainer(config, few, way=KERNELS)
        second.restore(first.state())
        second.advance(25)
        assert bits(second) == bits(whole)

    def test_are_the_same_where_a_growing_k_asks_for_exact_weights_of_all(self, few: Dataset) -> None:
        """Latents that moved while rounded weights were enough are known when the others are read again."""
        config = make(MANY)
        plain, fast = Trainer(config, few, way=BY_LIMITS), Trainer(config, few, way=KERNELS)
        # The same step in kernels is told of every k.
        for k in (40, 2, 40, 2, 40):
            for trainer in (plain, fast):
                trainer.learner.change({"k": k})
                trainer.advance(3)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    @pytest.mark.parametrize("refinements", [0, 1])
    @pytest.mark.parametrize("n_latents", [100, 300])
    def test_are_found_where_few_images_have_most_of_the_batch(
        self, n_latents: int, refinements: int, few: Dataset
    ) -> None:
        """More than four times as many as the others: only those images are looked at again, and again."""
        images = np.array(few.train_images)
        images[np.arange(len(images)) % 24 > 0] //= 16
        change = {"n_latents": n_latents, "refinements": refinements, "arch": "batch_topk"}
        agree(make({**MANY, **change}), replace(few, train_images=images), 6)
