"""Whatever happens to what is kept of a data set, it is made again as it was, and nothing is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.data.added import Added
from saegui.core.data.options import checked
from tests.badfiles.damage import everywhere
from tests.core.data import picture_files, sentences
from tests.core.networks import onnx_files


def _patches_of_pictures(folder: Path) -> str:
    place = picture_files.folder_of(folder / "garden", count=6, height=20, width=20)
    options = checked(data.source("patches").options, {"side": 4, "number": 1000})
    return registry.add(Added("patches", place, options))


KEPT: dict[str, Callable[[Path], str]] = {
    "patches of the photographs": lambda folder: adding.name_of("patches", {"side": 4, "number": 1000}),
    "patches of pictures": _patches_of_pictures,
    "a folder of pictures": lambda folder: adding.name_of(
        str(picture_files.folder_of(folder / "pets", count=6)), {"colour": "grey", "kind": "photographs"}
    ),
    "the lines of a text": lambda folder: adding.name_of(str(sentences.file_of(folder, 20)), {}),
    "the layer of a network": lambda folder: adding.name_of("layer", {"images": "digits", "steps": 2}),
    "the tensor of a model": lambda folder: adding.name_of(
        str(onnx_files.write(folder / "model.onnx", onnx_files.model())),
        {"tensor": "flat", "images": "digits"},
    ),
}
"""``KEPT[what](folder)``: the name of a data set that is made of files in ``folder``."""
DAMAGES = tuple(each for each in everywhere() if not each.may_mean_something)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def rows(name: str) -> list[np.ndarray]:
    """All that a training would be given, in memory."""
    found = data.load(name)
    return [
        np.array(each)
        for each in (found.train_images, found.train_labels, found.test_images, found.test_labels)
    ]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", KEPT)
def test_it_is_made_again_as_it_was(what: str, own_home: Path, tmp_path: Path, digits_cached: None) -> None:
    cache = own_home / "data"
    before = set(cache.rglob("*"))
    name = KEPT[what](tmp_path)
    right = rows(name)
    kept = sorted(path.relative_to(cache) for path in set(cache.rglob("*")) - before if path.is_file())
    assert kept
    for place, file in enumerate(kept):
        for damage in DAMAGES[place % 3 :: 3]:
            damage.apply(cache / file)
            found = rows(name)
            for mine, theirs in zip(right, found, strict=True):
                assert mine.dtype == theirs.dtype, (file, damage.name)
                np.testing.assert_array_equal(mine, theirs, f"{file}: {damage.name}")
            # A folder is nobody's to delete, unless it is part of one that is replaced.
            if damage.name != "folder":
                assert (cache / file).is_file() and not (cache / file).is_symlink(), (file, damage.name)
            elif (cache / file).is_dir():
                (cache / file).rmdir()
                rows(name)
