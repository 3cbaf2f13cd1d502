"""Arrays that are written piece by piece are the files that numpy writes, and a full disk is told by its number."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from saegui.core.files import npy


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
def test_pieces_make_the_file_that_numpy_writes(dtype: str, tmp_path: Path) -> None:
    whole = np.arange(60).reshape(10, 2, 3).astype(dtype)
    np.save(tmp_path / "whole.npy", whole)
    with npy.writing(tmp_path / "pieces.npy", whole.shape, whole.dtype) as add:
        for piece in (whole[:3], np.asfortranarray(whole[3:9]), whole[9:].astype(np.float64)):
            add(piece)
    assert (tmp_path / "pieces.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told_by_its_number() -> None:
    with (
        pytest.raises(OSError, match="No space") as raised,
        npy.writing(Path("/dev/full"), (4,), np.float32) as add,
    ):
        add(np.zeros(4, np.float32))
    assert raised.value.errno == errno.ENOSPC
