"""What measuring the latents found is kept on disk, and never believed where it does not fit."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from saegui.core.analysis import kept_arrays, kept_stats
from saegui.core.analysis.kept_arrays import folder
from saegui.core.analysis.kept_stats import measured
from saegui.core.analysis.latent_stats import LatentStats, analyse
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DataError
from saegui.core.files import npz
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run
from tests.watched import Watched


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_arrays, "WORTH", 0)


@pytest.fixture
def snapshot(small_run: Path) -> Snapshot:
    return open_run(small_run).latest()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Snapshot]:
    """The models that were really measured."""
    found: list[Snapshot] = []

    def count(snapshot: Snapshot, dataset: Dataset, **more: object) -> LatentStats:
        found.append(snapshot)
        return analyse(snapshot, dataset)

    monkeypatch.setattr(kept_stats, "analyse", count)
    return found


def same(one: LatentStats, other: LatentStats) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(LatentStats)
    )


def test_what_was_measured_is_read_the_next_time(
    snapshot: Snapshot, digits: Dataset, small_run: Path, counted: list[Snapshot]
) -> None:
    first = measured(snapshot, digits)
    (file,) = folder().iterdir()
    content = file.read_bytes()
    again = measured(open_run(small_run).latest(), digits)
    assert len(counted) == 1 and same(first, again) and same(again, analyse(snapshot, digits))
    file.unlink()
    measured(snapshot, digits)
    assert file.read_bytes() == content, "equal findings give equal files"


def test_other_weights_settings_or_data_are_measured_again(
    snapshot: Snapshot, digits: Dataset, counted: list[Snapshot]
) -> None:
    measured(snapshot, digits)
    measured(replace(snapshot, b_dec=snapshot.b_dec + np.float32(1e-6)), digits)
    measured(replace(snapshot, config=snapshot.config.model_copy(update={"k": 3})), digits)
    measured(snapshot, replace(digits, train_labels=digits.train_labels[::-1].copy()))
    assert len(counted) == 4 == len(list(folder().iterdir()))


def half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def rewritten(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with npz.Archive(file) as archive:
            arrays = {each: archive.read(each) for each in archive.sizes}
        arrays[name] = change(arrays[name])
        with ZipFile(file, "w") as packed:
            for each, array in arrays.items():
                npz.write(packed, each, array.shape, array.dtype, [array])

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        half,
        flipped,
        lambda file: file.write_bytes(b""),
        rewritten("top", lambda top: top + 100_000),
        rewritten("density", lambda density: density[1:]),
        rewritten("n_images", lambda count: count + 1),
    ],
    ids=["half", "flipped", "empty", "top", "density", "n_images"],
)
def test_what_is_damaged_is_measured_and_kept_again(
    damage: Callable[[Path], None], snapshot: Snapshot, digits: Dataset, counted: list[Snapshot]
) -> None:
    first = measured(snapshot, digits)
    (file,) = folder().iterdir()
    whole = file.read_bytes()
    damage(file)
    assert same(measured(snapshot, digits), first) and len(counted) == 2
    assert file.read_bytes() == whole


def test_a_disk_that_takes_nothing_changes_nothing(
    snapshot: Snapshot, digits: Dataset, own_home: Path
) -> None:
    folder().parent.mkdir(parents=True, exist_ok=True)
    folder().write_text("a file where the folder would be")
    assert same(measured(snapshot, digits), analyse(snapshot, digits))


def test_what_was_not_used_for_longest_goes_first(
    snapshot: Snapshot, digits: Dataset, counted: list[Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [replace(snapshot, b_dec=snapshot.b_dec + np.float32(place)) for place in range(3)]
    names: list[Path] = []
    for place, each in enumerate(others[:2]):
        measured(each, digits)
        (new,) = set(folder().iterdir()) - set(names)
        os.utime(new, (place, place))
        names.append(new)
    measured(others[0], digits)  # used again
    monkeypatch.setattr(kept_arrays, "ALL_BYTES", 2.5 * names[0].stat().st_size)
    measured(others[2], digits)
    left = set(folder().iterdir())
    assert names[0] in left and names[1] not in left and len(left) == 2


def test_it_can_be_given_up_and_refuses_as_measuring_does(snapshot: Snapshot, digits: Dataset) -> None:
    with pytest.raises(Cancelled):
        measured(snapshot, digits, progress=Watched(lambda: True))
    assert not folder().exists()
    narrow = replace(digits, train_images=digits.train_images[:, :5], test_images=digits.test_images[:, :5])
    with pytest.raises(DataError):
        measured(snapshot, narrow)


def test_small_models_are_measured_each_time(
    snapshot: Snapshot, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_arrays, "WORTH", 5e9)
    measured(snapshot, digits)
    assert not folder().exists()
