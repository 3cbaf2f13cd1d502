"""``saegui encode RUN --data FOLDER``: pictures of another folder, read as those that the run was trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.added import Added
from saegui.core.data.options import checked
from tests.core.data.picture_files import folder_of, save
from tests.made_up import train


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
    """Trained on dark ink in grey, which is turned over."""
    before = set(registry.SOURCES)
    folder = folder_of(tmp_path / "set", count=30, colour=False)
    name = adding.name_of(str(folder), {"kind": "dark-ink", "height": 6, "width": 9})
    yield train(data.source(name), tmp_path / "run", epochs=1)
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def test_pictures_are_read_as_the_run_s_own_and_broken_ones_are_named(
    here: Callable[..., object], refused: Callable[..., str], run: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    for index, level in enumerate((0, 100, 255)):
        save(more / f"{index}.png", np.full((40, 60, 3), level, np.uint8))
    (more / "10.png").write_text("hello")
    done = here("encode", run, "--data", more, "--out", tmp_path / "codes.npz")
    assert done.status == 0 and "3 pictures of 6×9" in done.out, done.err  # type: ignore[attr-defined]
    assert "1 of 4 pictures cannot be read and are left out: 10.png is no picture" in done.err  # type: ignore[attr-defined]
    with np.load(tmp_path / "codes.npz") as codes:
        assert codes["images"].shape == (3, 6, 9) and codes["latents"].shape == (3, 16)
        assert codes["images"].reshape(3, -1).max(axis=1).tolist() == [255, 155, 0]
    one = here("encode", run, "--data", more / "1.png", "--out", tmp_path / "one.npz")
    assert one.status == 0 and "1 picture of 6×9" in one.out  # type: ignore[attr-defined]
    assert "kind is 'red'" in refused(
        "encode", run, "--data", more, "--data-option", "kind=red", "--out", tmp_path / "no.npz"
    )
    for path in more.glob("[0-2].png"):
        path.write_text("hello")
    assert "None of the 4 pictures" in refused("encode", run, "--data", more, "--out", tmp_path / "no.npz")


def test_whole_pictures_are_not_taken_for_the_pieces_that_a_run_reads(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    photographs = folder_of(tmp_path / "set", count=4, colour=False)
    before = set(registry.SOURCES)
    name = registry.add(
        Added("patches", photographs, checked(data.source("patches").options, {"side": 4, "number": 1000}))
    )
    try:
        run = train(data.source(name), tmp_path / "run", epochs=1)
        sentence = refused("encode", run, "--data", photographs, "--out", tmp_path / "no.npz")
    finally:
        for name in set(registry.SOURCES) - before:
            registry.forget(name)
    assert "pieces of photographs" in sentence and "leave out --data" in sentence
    assert not (tmp_path / "no.npz").exists()
