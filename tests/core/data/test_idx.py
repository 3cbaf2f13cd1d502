"""IDX files are read as they were written, or refused by name."""

from __future__ import annotations

import contextlib
import gzip
import struct
import zlib

import idx2numpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from saegui.core.data import idx
from saegui.core.errors import DataError

ARRAYS = arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=6))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "train-images-idx3-ubyte"


def refused(path, *words):
    with pytest.raises(DataError) as caught:
        idx.read(path)
    message = str(caught.value)
    assert str(path) in message
    assert idx.REMEDY in message
    for word in words:
        assert word in message


@given(array=ARRAYS, packed=st.booleans())
def test_what_was_written_is_read_and_cannot_be_changed(array, packed, file, idx_bytes):
    content = idx_bytes(array)
    file.write_bytes(gzip.compress(content, 1) if packed else content)
    found = idx.read(file)
    assert found.dtype == np.uint8
    assert found.shape == array.shape
    np.testing.assert_array_equal(found, array)
    assert not found.flags.writeable
    np.testing.assert_array_equal(idx.decode_gzip(gzip.compress(content, 1), "a file"), array)


def test_a_raw_file_is_mapped_and_not_read(file, idx_bytes):
    file.write_bytes(idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4)))
    assert isinstance(idx.read(file).base, np.memmap)


@given(array=ARRAYS, packed=st.booleans(), data=st.data())
def test_a_file_cut_anywhere_is_refused(array, packed, data, file, idx_bytes):
    content = idx_bytes(array)
    content = gzip.compress(content, 1) if packed else content
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    refused(file)


@given(array=ARRAYS, packed=st.booleans(), tail=st.binary(min_size=1, max_size=9))
def test_a_file_with_more_than_it_announces_is_refused(array, packed, tail, file, idx_bytes):
    content = idx_bytes(array) + tail
    file.write_bytes(gzip.compress(content, 1) if packed else content)
    refused(file, "longer")


@given(
    start=st.sampled_from([b"", b"\0\0\x08\x01", b"\0\0\x08\x03", b"\x1f\x8b", b"\x1f\x8b\x08\0", b"\0\0"]),
    rest=st.binary(max_size=40),
)
def test_garbage_is_refused_or_read_but_never_crashes(start, rest, file):
    file.write_bytes(start + rest)
    with contextlib.suppress(DataError):
        idx.read(file)


@given(array=ARRAYS, data=st.data())
def test_a_flipped_bit_in_a_packed_file_never_changes_a_value(array, data, file, idx_bytes):
    content = bytearray(gzip.compress(idx_bytes(array), 1, mtime=0))
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    with contextlib.suppress(DataError):
        # Some bits mean nothing, such as those of the time of packing.
        np.testing.assert_array_equal(idx.read(file), array)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n0000", "not an IDX file"),
        (b"\0\0\x0a\x01" + bytes(60), "not an IDX file"),
        (b"\0\0\x08\x03\0\0\0\x05\0\0", "truncated"),
        (b"\0\0\x08\x03" + struct.pack(">III", 0, 28, 28), "holds nothing"),
        (b"\0\0\x08\x03" + struct.pack(">III", 2**32 - 1, 2**32 - 1, 2**32 - 1), "truncated"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_says_what_is_wrong(content, word, packed, file):
    file.write_bytes(gzip.compress(content) if packed else content)
    refused(file, word)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="absent"):
        idx.read(tmp_path / "absent")
    with pytest.raises(DataError, match="cannot be read"):
        idx.read(tmp_path)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\0\0\x0d\x01" + struct.pack(">If", 1, 0.5), "float32 values with 1 dimensions"),
        (b"\0\0\x0c\x02" + struct.pack(">IIi", 1, 1, 5), "int32 values with 2 dimensions"),
        (b"\0\0\x08\x04" + struct.pack(">IIII", 1, 1, 1, 1) + b"x", "unsigned byte values with 4 dimensions"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_good_file_of_another_kind_is_described_and_not_called_broken(start, words, packed, file):
    file.write_bytes(gzip.compress(start) if packed else start)
    with pytest.raises(DataError, match=words) as caught:
        idx.read(file)
    assert "fetch the file again" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        ("u1", "unsigned byte"),
        ("i1", "signed byte"),
        ("i2", "int16"),
        ("i4", "int32"),
        ("f4", "float32"),
        ("f8", "float64"),
    ],
)
def test_every_type_that_other_programs_write_is_read_or_described(dtype, words, packed, file):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    content = idx2numpy.convert_to_string(array)
    file.write_bytes(gzip.compress(content) if packed else content)
    for wanted, needed in ((idx.UNSIGNED_BYTE, "unsigned byte"), (idx.INT32, "int32")):
        if words == needed:
            found = idx.read(file, wanted)
            np.testing.assert_array_equal(found, array)
            assert idx.checksum(found) == zlib.crc32(content)
        else:
            with pytest.raises(DataError, match=f"of {words} values with 3 dimensions, but {needed}"):
                idx.read(file, wanted)


def test_other_bytes_after_a_packed_file_are_named_and_zeros_are_fine(file, idx_bytes):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    packed = gzip.compress(idx_bytes(array))
    file.write_bytes(packed + bytes(512))
    np.testing.assert_array_equal(idx.read(file), array)
    file.write_bytes(packed + b"<html>")
    refused(file, "other bytes after the end of its gzip data")
