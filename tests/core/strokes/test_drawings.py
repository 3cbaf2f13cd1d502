"""Files of drawings: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saegui.core.errors import StrokesError
from saegui.core.strokes import Drawings, collect, drawings, load_npz, save_npz

coordinates = st.floats(width=32, allow_nan=False, allow_infinity=False)
strokes = st.lists(st.tuples(coordinates, coordinates), max_size=6).map(
    lambda points: np.array(points, np.float32).reshape(-1, 2)
)
many = st.lists(st.lists(strokes, max_size=3), min_size=1, max_size=5)
own_folder = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def arrays(**changed):
    """The arrays of a good file: two drawings of two strokes and one; None leaves one out."""
    good = {
        "points": np.arange(12, dtype=np.float32).reshape(6, 2),
        "stroke_offsets": np.array([0, 2, 3, 6], np.int32),
        "digit_offsets": np.array([0, 2, 3], np.int32),
        "labels": np.array([4, 7], np.uint8),
        "source": np.array(["me", "you"]),
    }
    return {name: array for name, array in (good | changed).items() if array is not None}


def write(path, **changed):
    np.savez(path, **arrays(**changed))
    return path


def same(a, b):
    return len(a) == len(b) and all(
        len(x) == len(y) and all(map(np.array_equal, x, y)) for x, y in zip(a, b, strict=True)
    )


def drawings_or_message(path):
    try:
        return load_npz(path)
    except StrokesError as error:
        return str(error)


def test_reads_the_real_digits(shared_data):
    digits = load_npz(shared_data / "strokes" / "digits.npz")
    assert len(digits) == 2000
    assert digits.labels is not None
    assert digits.labels.dtype == np.uint8
    assert digits.source is not None
    assert sum(len(stroke) for digit in digits for stroke in digit) == len(digits.points)
    assert np.ptp(np.concatenate(digits[3]), axis=0).max() == pytest.approx(1, abs=1e-6)


def test_gives_each_drawing_as_its_strokes(tmp_path):
    found = load_npz(write(tmp_path / "in.npz"))
    assert [len(stroke) for stroke in found[0]] == [2, 1]
    assert found[1][0].tolist() == [[6, 7], [8, 9], [10, 11]]
    assert same([found[-1]], [found[1]])
    with pytest.raises(IndexError):
        found[2]


def test_labels_and_source_may_be_missing(tmp_path):
    found = load_npz(write(tmp_path / "in.npz", labels=None, source=None))
    assert found.labels is None
    assert found.source is None


def test_its_arrays_are_copies_that_nobody_can_change(tmp_path):
    given = arrays()
    held = Drawings(**given)
    given["points"][0] = 99
    assert held[0][0][0].tolist() == [0, 1]
    with pytest.raises(ValueError, match="read-only"):
        held[0][0][0] = 5


@own_folder
@given(many, st.booleans())
def test_what_is_saved_is_loaded_again(tmp_path, each, labelled):
    labels = np.arange(len(each)) if labelled else None
    source = [f"drawing {i}" for i in range(len(each))] if labelled else None
    before = collect(each, labels, source)
    save_npz(tmp_path / "out.npz", before)
    after = load_npz(tmp_path / "out.npz")
    assert same(after, each)
    assert np.array_equal(after.labels, before.labels) if labelled else after.labels is None
    assert np.array_equal(after.source, before.source) if labelled else after.source is None


def test_equal_drawings_give_equal_files_that_plain_numpy_reads(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_npz(tmp_path / name, Drawings(**arrays()))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with np.load(tmp_path / "a.npz") as file:
        assert {name: (array.dtype, array.tolist()) for name, array in file.items()} == {
            name: (array.dtype, array.tolist()) for name, array in arrays().items()
        }


def test_a_folder_that_is_none_is_named_and_nothing_is_lost(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StrokesError, match=r"file.out\.npz cannot be written"):
        save_npz(tmp_path / "file" / "out.npz", Drawings(**arrays()))
    assert (tmp_path / "file").read_text() == "kept"


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch):
    save_npz(tmp_path / "out.npz", Drawings(**arrays()))
    before = (tmp_path / "out.npz").read_bytes()

    def full(self, data):
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(StrokesError, match="No space left on device"):
        save_npz(tmp_path / "out.npz", Drawings(**arrays(labels=None)))
    assert (tmp_path / "out.npz").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*") if path.is_file()] == ["out.npz"]


BAD = {
    "no points": ({"points": None}, "points missing"),
    "no offsets": (
        {"stroke_offsets": None, "digit_offsets": None},
        "stroke_offsets and digit_offsets missing",
    ),
    "whole numbers as points": ({"points": np.zeros((6, 2), np.int32)}, "points is int32"),
    "points in space": ({"points": np.zeros((6, 3), np.float32)}, r"points is float32 \(6, 3\)"),
    "points in a row": ({"points": np.zeros(12, np.float32)}, r"points is float32 \(12,\)"),
    "nan": ({"points": np.full((6, 2), np.nan, np.float32)}, r"points\[0\] is not finite"),
    "too large for float32": ({"points": np.full((6, 2), 1e300)}, r"points\[0\] is not finite"),
    "objects": ({"points": np.array([[None, 1]], object)}, "Python objects"),
    "fractions": ({"stroke_offsets": np.array([0, 2.0, 3, 6])}, "stroke_offsets is float64"),
    "no strokes' offsets": ({"stroke_offsets": np.zeros(0, np.int32)}, "stroke_offsets is int32"),
    "offsets beyond": ({"stroke_offsets": np.array([0, 2, 3, 7])}, "from 0 to 7; it must go from 0 to 6"),
    "offsets too short": ({"digit_offsets": np.array([0, 2])}, "from 0 to 2; it must go from 0 to 3"),
    "offsets negative": ({"stroke_offsets": np.array([-1, 2, 3, 6])}, "from -1 to 6"),
    "offsets fall": ({"stroke_offsets": np.array([0, 3, 2, 6])}, r"stroke_offsets\[2\] is 2 after 3"),
    "offsets huge": ({"stroke_offsets": np.array([0, 2, 2**64 - 1, 6], np.uint64)}, "must not fall"),
    "no drawings": (
        {
            "points": np.zeros((0, 2), np.float32),
            "stroke_offsets": np.array([0]),
            "digit_offsets": np.array([0]),
            "labels": None,
            "source": None,
        },
        "there are no drawings",
    ),
    "labels too many": ({"labels": np.array([1, 2, 3])}, r"labels is int64 \(3,\)"),
    "labels as words": ({"labels": np.array(["4", "7"])}, "labels is <U1"),
    "labels too large": ({"labels": np.array([4, 700])}, "from 4 to 700"),
    "source as numbers": ({"source": np.array([1, 2])}, "source is int64"),
}


@pytest.mark.parametrize(("changed", "named"), BAD.values(), ids=BAD.keys())
def test_names_the_file_and_what_is_wrong_in_it(tmp_path, changed, named):
    path = write(tmp_path / "bad.npz", **changed)
    with pytest.raises(StrokesError, match=rf"bad\.npz: .*{named}.*one of strokes holds points"):
        load_npz(path)


def test_names_a_file_that_is_missing_or_a_folder(tmp_path):
    with pytest.raises(StrokesError, match=r"none\.npz does not exist; give"):
        load_npz(tmp_path / "none.npz")
    with pytest.raises(StrokesError, match=r"cannot be read \(it is a folder\)"):
        load_npz(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
def test_a_foreign_file_is_not_taken_for_drawings(tmp_path, content):
    (tmp_path / "foreign.npz").write_bytes(content)
    with pytest.raises(StrokesError, match=r"foreign\.npz is no \.npz file.*choose another"):
        load_npz(tmp_path / "foreign.npz")


def test_an_array_that_claims_to_be_huge_is_not_allocated(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 2)}
    )
    write(tmp_path / "in.npz", points=None)
    with zipfile.ZipFile(tmp_path / "in.npz", "a") as archive:
        archive.writestr("points.npy", header.getvalue() + bytes(64))
    with pytest.raises(StrokesError, match="claims 8,000,000,000,000 bytes"):
        load_npz(tmp_path / "in.npz")


def test_a_file_that_unpacks_to_too_much_is_refused_unread(tmp_path, monkeypatch):
    write(tmp_path / "in.npz")
    monkeypatch.setattr(drawings, "MAX_BYTES", 100)
    with pytest.raises(StrokesError, match="split it into files of less than 100"):
        load_npz(tmp_path / "in.npz")


def test_columns_may_lie_one_after_the_other(tmp_path):
    path = write(tmp_path / "in.npz", points=np.asfortranarray(arrays()["points"]))
    assert same(load_npz(path), Drawings(**arrays()))


@own_folder
@given(st.data())
def test_damage_is_either_harmless_or_named(tmp_path, data):
    """Truncated, overwritten or garbled anywhere: never another exception, never other drawings."""
    good = write(tmp_path / "good.npz").read_bytes()
    kind = data.draw(st.sampled_from(["truncated", "garbled"]))
    at = data.draw(st.integers(0, len(good) - 1))
    garble = data.draw(st.binary(min_size=1, max_size=8))
    bad = good[:at] if kind == "truncated" else good[:at] + garble + good[at + len(garble) :]
    (tmp_path / "bad.npz").write_bytes(bad)
    found = drawings_or_message(tmp_path / "bad.npz")
    assert "bad.npz" in found if isinstance(found, str) else same(found, Drawings(**arrays()))


@own_folder
@given(st.binary(max_size=80), st.integers(0, 3))
def test_a_garbled_header_is_named(tmp_path, garbage, version):
    write(tmp_path / "in.npz", points=None)
    length = len(garbage).to_bytes(2 if version == 1 else 4, "little")
    with zipfile.ZipFile(tmp_path / "in.npz", "a") as archive:
        archive.writestr("points.npy", b"\x93NUMPY" + bytes([version, 0]) + length + garbage)
    with pytest.raises(StrokesError, match=r"in\.npz"):
        load_npz(tmp_path / "in.npz")


def test_strokes_that_are_none_are_refused_when_packed():
    with pytest.raises(StrokesError, match="Point 1"):
        collect([[[(0, 0), (np.nan, 1)]]])
    with pytest.raises(StrokesError, match="no drawings"):
        collect([])
