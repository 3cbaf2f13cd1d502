"""Each kind of figure beside a picture of it that somebody looked at: what changes without being meant to is found.

``SAEGUI_APPROVE=1 python -m pytest tests/core/figures/test_goldens.py`` writes the pictures again; look at each that git then calls
changed before it is committed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saegui.core.figures import KINDS, Drawn, paper

GOLDEN = Path(__file__).with_name("golden")
DPI = 96
LEVELS, SHARE = 48, 0.0015
"""A pixel differs by more than so many of 255 levels; so many pixels may: other versions of matplotlib draw letters a little
otherwise."""
APPROVE = "SAEGUI_APPROVE"


def pixels(drawn: Drawn) -> np.ndarray:
    buffer = io.BytesIO()
    with paper.style():
        drawn.figure.savefig(buffer, format="png", dpi=DPI)
    return np.asarray(Image.open(buffer).convert("RGB"))


def share_apart(found: np.ndarray, wanted: np.ndarray) -> float:
    """The share of pixels that differ by more than :data:`LEVELS`."""
    return float((np.abs(found.astype(int) - wanted).max(axis=-1) > LEVELS).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_looks_as_it_did(drawn: Callable[[str], Drawn], kind: str, tmp_path: Path) -> None:
    found, golden = pixels(drawn(kind)), GOLDEN / f"{kind}.png"
    if os.environ.get(APPROVE):
        Image.fromarray(found).quantize(256).save(golden, optimize=True)
    assert golden.exists(), f"look at it, then approve it: {APPROVE}=1 python -m pytest {Path(__file__).name}"
    wanted = np.asarray(Image.open(golden).convert("RGB"))
    assert found.shape == wanted.shape
    apart = share_apart(found, wanted)
    if apart >= SHARE:
        # Beside each other, for whoever has to judge.
        Image.fromarray(np.concatenate([wanted, found], axis=1)).save(tmp_path / f"{kind}.png")
    assert apart < SHARE, f"it looks otherwise; before and after: {tmp_path / f'{kind}.png'}"


def test_no_picture_is_left_of_a_kind_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} <= set(KINDS)


def test_a_word_that_is_missing_is_found() -> None:
    wanted = np.asarray(Image.open(GOLDEN / "latent.png").convert("RGB"))
    found = wanted.copy()
    assert share_apart(found, wanted) == 0
    # The title.
    found[: wanted.shape[0] // 12] = 255
    assert share_apart(found, wanted) > SHARE
