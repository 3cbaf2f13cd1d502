"""``saegui encode RUN --data FILE``: the rows of any array, read as the run's own were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.runs.run import open_run
from tests import made_up as sources
from tests.cli.conftest import Result

Here = Callable[..., Result]
Refused = Callable[..., str]
D, N = 6, 60
ROWS = np.random.default_rng(0).normal(size=(N, D)).astype(np.float32) * [1, 1, 1, 1, 1, 100]


@pytest.fixture(autouse=True)
def _forget(own_home: Path) -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def trained(path: Path, folder: Path, **given: object) -> Path:
    """A run whose data set is the file at ``path``."""
    name = adding.name_of(str(path), given)
    return sources.train(data.source(name), folder, epochs=1)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A .csv file whose columns are in two units, and rows of the same numbers in other files."""
    np.savetxt(path := tmp_path / "a.csv", ROWS, delimiter=",", header="a,b,c,d,e,f", comments="")
    np.save(tmp_path / "rows.npy", ROWS[::-1])
    np.savetxt(tmp_path / "mixed.csv", ROWS[:, ::-1], delimiter=",", header="f,e,d,c,b,a", comments="")
    return path


def test_rows_are_scaled_by_the_rows_that_the_run_was_trained_on(
    table: Path, here: Here, refused: Refused
) -> None:
    folder = table.parent
    run = trained(table, folder / "run", scale="columns")
    dataset = data.load(open_run(run).config.dataset)
    done = here("encode", run, "--data", folder / "rows.npy", "--out", folder / "codes.npz")
    assert done.status == 0, done.err
    assert f"{N} rows of 6 values" in done.out
    with np.load(folder / "codes.npz") as codes:
        found, latents = codes["images"], codes["latents"]
    own = np.concatenate([dataset.train_images, dataset.test_images])
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(own, axis=0), atol=1e-4)
    np.testing.assert_allclose(latents, open_run(run).latest().encode(found), atol=1e-5)
    # Columns keep their names, in whichever order they stand.
    assert here("encode", run, "--data", folder / "mixed.csv", "--out", folder / "mixed.npz").status == 0
    with np.load(folder / "mixed.npz") as codes:
        np.testing.assert_allclose(codes["images"], found[::-1], atol=1e-4)
    codes_file = folder / "codes.npz"
    same = refused("encode", run, "--data", codes_file, "--out", codes_file)
    assert f"{codes_file} holds the rows; choose another file to write to" in same
    table.unlink()
    sentence = refused("encode", run, "--data", folder / "rows.npy", "--out", folder / "codes.npz")
    assert f"scaled by those of {table}, which is not there any more; bring it back" in sentence


def test_rows_that_the_run_cannot_read_are_refused(table: Path, here: Here, refused: Refused) -> None:
    folder = table.parent
    pixels = np.random.default_rng(1).integers(0, 256, (N, 8, 8), dtype=np.uint8)
    np.save(folder / "bytes.npy", pixels)
    run = trained(folder / "bytes.npy", folder / "run")
    np.save(folder / "unit.npy", pixels / 255)
    out = ("--out", folder / "codes.npz")
    sentence = refused("encode", run, "--data", folder / "unit.npy", *out)
    assert "reaches from 0 to 1, but the run was trained with the option scale=bytes; give" in sentence
    assert (
        here("encode", run, "--data", folder / "unit.npy", *out, "--data-option", "scale=stored").status == 0
    )
    with np.load(folder / "codes.npz") as codes:
        np.testing.assert_allclose(codes["images"], pixels / 255, atol=1e-6)
    np.save(folder / "flat.npy", pixels.reshape(N, 64))
    assert here("encode", run, "--data", folder / "flat.npy", *out).status == 0
    with np.load(folder / "codes.npz") as codes:
        np.testing.assert_array_equal(codes["images"], pixels)
    assert "inputs of 8×8, but" in refused("encode", run, "--data", folder / "rows.npy", *out)
    assert "cannot be read" in refused("encode", run, "--data", folder / "nothing.npy", *out)
    assert "no option 'labels'" in refused(
        "encode", run, "--data", folder / "flat.npy", *out, "--data-option", "labels=x"
    )
    assert "give one of them" in refused(
        "encode", run, "--data", folder / "flat.npy", *out, "--strokes", "a.npz"
    )
    assert "give --data, too" in refused("encode", run, *out, "--data-option", "scale=stored")


def test_a_run_of_built_in_images_reads_arrays_of_their_shape(here: Here, tmp_path: Path) -> None:
    pixels = data.load("digits").test_images[:20]
    np.savez(tmp_path / "rows.npz", x=pixels.reshape(20, -1), y=np.arange(20))
    run = sources.train(data.source("digits"), tmp_path / "run", epochs=1)
    assert here("encode", run, "--data", tmp_path / "rows.npz", "--out", tmp_path / "codes.npz").status == 0
    with np.load(tmp_path / "codes.npz") as codes:
        np.testing.assert_array_equal(codes["images"], pixels)
