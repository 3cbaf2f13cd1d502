"""Members of a foreign npz file are checked before numpy allocates anything for them."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from saegui.core.files import npz


def archive(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_reads_what_numpy_wrote(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    with npz.Archive(archive(tmp_path / "a.npz", values=values, word="hello")) as found:
        assert set(found.sizes) == {"values", "word"}
        assert found.header("values") == ((2, 3), np.float32)
        assert np.array_equal(found.read("values"), values)
        assert str(found.read("word")) == "hello"
        with pytest.raises(KeyError):
            found.read("nothing")


def test_python_objects_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", values=np.array([{"a": 1}], dtype=object))
    with npz.Archive(path) as found, pytest.raises(npz.MemberError, match="Python objects"):
        found.read("values")


def test_a_header_that_claims_more_than_there_is_allocates_nothing(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"
    text += b" " * (117 - len(text)) + b"\n"
    buffer.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + b"\0" * 8)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("values.npy", buffer.getvalue())
    with npz.Archive(path) as found, pytest.raises(npz.MemberError, match="claims 4,000,000,000,000 bytes"):
        found.read("values")


def test_an_unusual_packing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("values.npy", buffer.getvalue())
    with npz.Archive(path) as found, pytest.raises(npz.MemberError, match="numpy does not use"):
        found.read("values")


def test_what_is_no_archive_raises_what_callers_catch(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"not a zip file")
    with pytest.raises(npz.BROKEN):
        npz.Archive(path)
