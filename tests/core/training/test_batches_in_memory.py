"""Batches of images in memory: the same whether they are copied or drawn from lists of their pixels."""

from __future__ import annotations

import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.batches_in_memory import BatchesInMemory

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("batch_size", [48, 1000])
def test_lists_give_the_batches_that_copies_give(batch_size: int, digits: Dataset) -> None:
    pytest.importorskip("numba")
    config = make({"dataset": "digits", "batch_size": batch_size, "n_latents": 4, "k": 2})
    copied, listed = (BatchesInMemory(config, digits.train_images, torch.device("cpu")) for _ in range(2))
    of_copied, of_listed = (torch.Generator().manual_seed(3) for _ in range(2))
    assert listed.lists is not None
    for step in range(3 * copied.per_epoch):
        expected, found = copied.next(of_copied), listed.next(of_listed)
        if step == 1:
            # In the middle of an epoch, as a training does at its first step.
            listed.lists()
        assert torch.equal(found.x, expected.x)
        assert found.scale == expected.scale and listed.position == copied.position
