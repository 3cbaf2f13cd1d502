"""Fixtures of trainings in kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from saegui.core.data import Dataset
from saegui.core.training.devices import use_threads


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    use_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Dataset:
    """Few enough that AuxK and resampling begin soon."""
    return replace(digits, train_images=digits.train_images[:300])
