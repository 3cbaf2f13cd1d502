"""The encoder's product: every way of doing it, and which is taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.gradients import encoder_product as products
from saegui.core.training.gradients.encoder_product import PIECE, encoder_product, sparse
from saegui.core.training.gradients.sparse_sums import hear_warning
from saegui.core.training.trainer import Trainer
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")
hear_warning()


def images(count: int, zeros: float, width: int = D_IN) -> Any:
    """Random pixels, of which that share is zero: whole images and whole columns among them."""
    generator = torch.Generator().manual_seed(3)
    x = torch.rand(count, width, generator=generator)
    x[torch.rand(count, width, generator=generator) < zeros] = 0
    x[1], x[:, 2] = 0, 0
    return x


@pytest.mark.parametrize("zeros", [0.0, 0.8, 1.1])
def test_what_is_left_out_is_what_is_zero(zeros: float) -> None:
    x = images(7, zeros)
    found = sparse(x)
    assert torch.equal(found.to_dense(), x)
    assert found.values().numel() == int(x.count_nonzero())


@pytest.mark.parametrize(
    ("precision", "least", "close"), [("float32", 10**9, 1e-6), ("float32", 1, 1e-6), ("bfloat16", 1, 2e-2)]
)
def test_each_way_is_the_product(
    precision: str, least: int, close: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with fewer images than there is room for, and of weights that changed since; in pieces, the last one short."""
    monkeypatch.setattr(products, "LEAST_ZERO", least)
    monkeypatch.setattr(products, "LEAST_IMAGES", 1)
    monkeypatch.setattr(products, "PIECE", 20)
    generator = torch.Generator().manual_seed(5)
    W_enc = torch.randn(50, D_IN, generator=generator)
    way = encoder_product(W_enc, 9, precision, 0.8)
    assert way.exact is (precision == "float32")
    for count in (9, 5):
        x = images(count, 0.8)
        found = way(x, W_enc)
        expected = x @ W_enc.t()
        assert found.shape == (count, 50)
        np.testing.assert_allclose(
            found.float().numpy(), expected.numpy(), rtol=0, atol=close * float(expected.abs().max())
        )
        W_enc *= -1.5


@pytest.mark.parametrize(
    ("n_latents", "precision", "zeros", "name"),
    [
        (2048, "float32", 0.8, "_WithoutZeros"),
        (PIECE * 3, "float32", 0.76, "_WithoutZeros"),
        (1024, "float32", 0.8, "_Dense"),
        (2048, "float32", 0.74, "_Dense"),
        (2048, "float32", 0.0, "_Dense"),
        (2048, "bfloat16", 0.8, "_Half"),
    ],
)
def test_the_fastest_is_taken(n_latents: int, precision: str, zeros: float, name: str) -> None:
    assert type(encoder_product(torch.rand(n_latents, 4), 256, precision, zeros)).__name__ == name
    assert type(encoder_product(torch.rand(n_latents, 4), 255, precision, zeros)).__name__ in (
        "_Dense",
        "_Half",
    )


@pytest.mark.parametrize(("kind", "name"), [("raw", "_WithoutZeros"), ("centred", "_Dense")])
def test_a_training_knows_how_much_of_its_images_is_zero(kind: str, name: str, digits: Dataset) -> None:
    config = make(
        {"dataset": "digits", "n_latents": 2048, "k": 4, "input": kind, "batch_size": 256, "pre_bias": True}
    )
    trainer = Trainer(config, digits)
    share = float((digits.train_images == 0).mean()) if kind == "raw" else 0.0
    assert trainer._joint.batches.zeros == pytest.approx(share)
    (group,) = trainer._joint._groups
    assert type(group.gradients._product).__name__ == name  # type: ignore[attr-defined]
