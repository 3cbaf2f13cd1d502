"""``saegui animate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.cli.conftest import Result


def test_a_run_is_written_as_an_animation(
    here: Callable[..., Result], small_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "small.gif"
    result = here("animate", str(small_run), "--out", str(out), "--frames", "4", "--speed", "5")
    assert result.status == 0, result.err
    assert "4 frames" in result.out
    with Image.open(out) as picture:
        assert picture.n_frames == 4  # type: ignore[attr-defined]
        assert picture.info["duration"] == 200


def test_what_is_impossible_is_one_sentence(here: Callable[..., Result], small_run: Path) -> None:
    assert "end its name in .gif" in here("animate", str(small_run), "--out", "a.avi").sentence
    assert (
        "choose a speed from 1 to 50"
        in here("animate", str(small_run), "--out", "a.gif", "--speed", "0").sentence
    )
