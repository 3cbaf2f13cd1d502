"""Weights are written so that the safetensors library reads them, equally every time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import safe_open
from safetensors.numpy import load_file

from saegui.core.files.tensors import save_tensors

TYPES = st.sampled_from([np.dtype(name) for name in ("f4", "f8", "i8", "i4", "u1", "?")])
TENSORS = st.dictionaries(
    st.text("abcdW_.é", min_size=1, max_size=8),
    TYPES.flatmap(
        lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0))
    ),
    max_size=5,
)


@given(TENSORS, st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
def test_what_is_written_is_what_the_library_reads(
    tmp_path_factory: pytest.TempPathFactory, given: dict[str, Any], metadata: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("tensors") / "file.safetensors"
    save_tensors(path, given, metadata)
    found = load_file(path)
    assert set(found) == set(given)
    for name, tensor in given.items():
        assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
        assert found[name].tobytes() == tensor.tobytes()
    with safe_open(path, framework="numpy") as file:
        assert (file.metadata() or {}) == metadata


def test_order_and_layout_in_memory_do_not_matter(tmp_path: Path) -> None:
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(3)
    save_tensors(tmp_path / "one", {"a": a, "b": b}, {"x": "1", "y": "2"})
    save_tensors(tmp_path / "two", {"b": b, "a": np.asfortranarray(a)}, {"y": "2", "x": "1"})
    other_order = a.astype(a.dtype.newbyteorder(">"))
    save_tensors(tmp_path / "three", {"a": other_order, "b": b[::-1][::-1]}, {"x": "1", "y": "2"})
    for name in ("two", "three"):
        assert (tmp_path / "one").read_bytes() == (tmp_path / name).read_bytes()


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    save_tensors(path, {"a": np.zeros(3)}, {})
    before = path.read_bytes()
    with pytest.raises(KeyError):
        save_tensors(path, {"a": np.zeros(3, np.complex128)}, {})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
