"""Arrays that stay on disk: told from others, read piece by piece, looked at in samples, and given back."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis.metrics import moments
from saegui.core.arrays import span_of
from saegui.core.errors import ConfigError, DataError
from tests.large import mapped

ROWS, WIDTH = 3001, 50


def rows(dtype: type, seed: int = 0) -> NDArray[Any]:
    """Whose values drift from the first row to the last, around a mean that is far from zero."""
    found = np.random.default_rng(seed).normal(3, 1, (ROWS, WIDTH)) + np.linspace(0, 2, ROWS)[:, np.newaxis]
    return (found * 20 if dtype is np.uint8 else found).astype(dtype)


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(on_disk.LIMIT_VARIABLE, "0.1")


class TestStaysOnDisk:
    def test_a_map_of_a_file_beyond_the_limit_stays_on_disk_and_so_does_a_part_of_it(
        self, tmp_path: Path
    ) -> None:
        array = mapped(tmp_path / "a.npy", rows(np.float16))
        for each in (array, np.asarray(array), array.reshape(ROWS, 5, 10), array[100:2000]):
            assert on_disk.stays_on_disk(each)

    def test_what_is_small_or_in_memory_or_can_be_written_does_not(self, tmp_path: Path) -> None:
        array = mapped(tmp_path / "a.npy", rows(np.float16))
        copied: NDArray[Any] = np.load(tmp_path / "a.npy", mmap_mode="c")
        for each in (array[:900], np.array(array), array[:, :40], copied):
            assert not on_disk.stays_on_disk(each)

    def test_what_was_written_to_a_private_copy_is_not_given_back(self, tmp_path: Path) -> None:
        mapped(tmp_path / "a.npy", rows(np.float16))
        array: NDArray[Any] = np.load(tmp_path / "a.npy", mmap_mode="c")
        array[:] = 7
        on_disk.release(array)
        assert (array == 7).all()

    @pytest.mark.parametrize("text", ["much", "0", "-5", "inf", "nan"])
    def test_a_limit_that_is_no_size_is_refused(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        monkeypatch.setenv(on_disk.LIMIT_VARIABLE, text)
        with pytest.raises(ConfigError, match=f"SAEGUI_MEMORY_MB is '{text}'.*such as 1000"):
            on_disk.limit()


class TestReading:
    def test_pieces_are_the_array_in_its_order(self, tmp_path: Path) -> None:
        array = mapped(tmp_path / "a.npy", rows(np.float16))
        found = [piece.copy() for piece in on_disk.pieces(array, 7000)]
        assert len(found) > 40
        np.testing.assert_array_equal(np.concatenate(found), array)

    def test_samples_reach_from_the_first_row_to_the_last(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(on_disk, "SAMPLES", 9)
        monkeypatch.setattr(on_disk, "SAMPLE", 1000)
        numbers = np.repeat(np.arange(ROWS, dtype=np.float32)[:, np.newaxis], WIDTH, axis=1)
        found = [piece[:, 0].tolist() for piece in on_disk.samples(mapped(tmp_path / "a.npy", numbers))]
        assert len(found) == 9
        assert (found[0][0], found[-1][-1]) == (0, ROWS - 1)
        assert len(np.unique(np.diff([piece[0] for piece in found]))) <= 2
        assert len(next(on_disk.samples(numbers))) == ROWS

    def test_chosen_rows_are_those_that_numpy_takes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(on_disk, "PIECE", 4000)
        array = mapped(tmp_path / "a.npy", rows(np.float16))
        chosen = np.random.default_rng(0).integers(0, ROWS, 500)
        np.testing.assert_array_equal(on_disk.taken(array, chosen), np.array(array)[chosen])
        assert on_disk.taken(array, chosen[:0]).shape == (0, WIDTH)

    @pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system gives nothing back on request")
    @pytest.mark.skipif(
        not Path("/proc/self/smaps").exists(), reason="the system does not say what is in memory"
    )
    def test_what_was_read_is_given_back(self, tmp_path: Path) -> None:
        array = mapped(tmp_path / "a.npy", np.ones((1000, 2000), np.float32))
        assert float(array.sum()) == 2e6
        before = resident(tmp_path / "a.npy")
        assert before >= array.nbytes
        for piece in on_disk.pieces(array):
            assert float(piece.sum()) == piece.size
        assert resident(tmp_path / "a.npy") < before / 20

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_a_row_that_is_no_number_is_named(self, dtype: type, value: float) -> None:
        piece = rows(dtype)
        piece[0] = np.finfo(dtype).max
        on_disk.check_finite(piece, 1000, "cats")
        piece[17, 3] = value
        with pytest.raises(DataError, match=r"cats: row 1,017 \(from 0\) holds a value that is no number"):
            on_disk.check_finite(piece, 1000, "cats")


class TestMoments:
    @pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
    def test_mean_and_variation_from_disk_are_those_in_memory(self, tmp_path: Path, dtype: type) -> None:
        known = moments(rows(dtype).astype(np.float64 if dtype is np.float16 else dtype))
        found = moments(mapped(tmp_path / "a.npy", rows(dtype)))
        np.testing.assert_allclose(found.mean, known.mean, rtol=1e-6)
        assert found.variation.n_images == ROWS
        assert found.variation.around_mean_image == pytest.approx(known.variation.around_mean_image, rel=1e-6)
        assert found.variation.around_mean_pixel == pytest.approx(known.variation.around_mean_pixel, rel=1e-6)

    def test_rows_that_are_all_alike_do_not_vary(self, tmp_path: Path) -> None:
        found = moments(mapped(tmp_path / "a.npy", np.full((ROWS, WIDTH), 3.3, np.float16)))
        assert found.variation.around_mean_image == pytest.approx(0, abs=1e-6)
        assert found.variation.around_mean_pixel == pytest.approx(0, abs=1e-6)

    def test_the_span_is_nearly_that_in_memory(self, tmp_path: Path) -> None:
        array = rows(np.float16)
        assert span_of(mapped(tmp_path / "a.npy", array)) == pytest.approx(span_of(array), rel=0.05)
        array -= np.float16(3)
        assert span_of(mapped(tmp_path / "b.npy", array)) == pytest.approx(span_of(array), rel=0.05)


def resident(path: Path) -> int:
    """Bytes of the maps of ``path`` that are in memory."""
    found, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, *rest = line.split()
        if "-" in name and not name.endswith(":"):
            inside = bool(rest) and rest[-1] == str(path)
        elif inside and name == "Rss:":
            found += 1024 * int(rest[0])
    return found
