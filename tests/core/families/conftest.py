"""These models are too small for more than one thread, and with one sums come out the same everywhere."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _single(one_thread: None) -> None:
    """Every test here."""
