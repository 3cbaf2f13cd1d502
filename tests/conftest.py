"""Fixtures that every test can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from saegui.core.paths import HOME_VARIABLE

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the checkout; tests that need it skip where it is missing."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data is missing: {folder}")
    return folder


@pytest.fixture(scope="session")
def mnist_dir(shared_data: Path) -> Path:
    """The four original MNIST files, gzip-packed."""
    folder = shared_data / "MNIST" / "raw"
    if not folder.is_dir():
        pytest.skip(f"MNIST is missing: {folder}")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing a test does touches the user's own data, runs or settings."""
    home = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(home))
    return home
