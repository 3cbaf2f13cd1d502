"""Small valid files, each written by the public library that writes such files."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

D, N = 24, 400
N_ATOMS = 8


class Rows(NamedTuple):
    """What the files hold: sums of a few patterns, with labels and words."""

    vectors: np.ndarray
    """float32 ``(N, D)``, from about −3 to 3."""
    bytes: np.ndarray
    """uint8 ``(N, 6, 4)``, the same from 0 to 255."""
    labels: np.ndarray
    """int64 ``(N,)``, 0 to 3."""
    words: list[str]


def rows() -> Rows:
    """Equal at every call."""
    random = np.random.default_rng(7)
    atoms = random.random((N_ATOMS, D)) * (random.random((N_ATOMS, D)) < 0.4)
    labels = random.integers(0, 4, N)
    z = np.zeros((N, N_ATOMS))
    for row, label in zip(z, labels, strict=True):
        row[[label, 4 + random.integers(0, 4)]] = random.uniform(0.5, 1, 2)
    sums = z @ atoms
    levels = np.clip(sums / sums.max() * 255, 0, 255).astype(np.uint8).reshape(N, 6, 4)
    levels[0, 0, 0] = 255
    vectors = (4 * (sums - sums.mean(axis=0))).astype(np.float32)
    return Rows(vectors, levels, labels, [f"word {place}" for place in range(N)])


def npy(path: Path) -> Path:
    np.save(file := path / "rows.npy", rows().vectors)
    return file


def npy_float16(path: Path) -> Path:
    np.save(file := path / "half.npy", rows().vectors.astype(np.float16))
    return file


def npy_fortran(path: Path) -> Path:
    np.save(file := path / "fortran.npy", np.asfortranarray(rows().vectors))
    return file


def npy_big_endian(path: Path) -> Path:
    np.save(file := path / "big-endian.npy", rows().vectors.astype(">f8"))
    return file


def npy_pictures(path: Path) -> Path:
    np.save(file := path / "pictures.npy", rows().bytes)
    return file


def npz(path: Path) -> Path:
    found = rows()
    np.savez_compressed(file := path / "rows.npz", x=found.vectors, y=found.labels, text=found.words)
    return file


def medmnist(path: Path) -> Path:
    """The layout of medmnist's files: three parts, labels ``(N, 1)``, colour by the last axis."""
    found = rows()
    colour = np.stack([found.bytes, found.bytes // 2, 255 - found.bytes], axis=-1)
    parts = {"train": slice(0, 300), "val": slice(300, 340), "test": slice(340, N)}
    arrays = {f"{name}_images": colour[part] for name, part in parts.items()}
    labels = {f"{name}_labels": found.labels[part, None] for name, part in parts.items()}
    np.savez_compressed(file := path / "pathmnist.npz", **arrays, **labels)
    return file


def safetensors(path: Path) -> Path:
    from safetensors.numpy import save_file

    found = rows()
    save_file({"embeddings": found.vectors, "labels": found.labels}, file := path / "rows.safetensors")
    return file


def safetensors_bfloat16(path: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    save_file({"rows": torch.from_numpy(rows().vectors).bfloat16()}, file := path / "bfloat16.safetensors")
    return file


def parquet_columns(path: Path) -> Path:
    import pandas

    found = rows()
    frame = pandas.DataFrame(found.vectors, columns=[f"gene {place}" for place in range(D)])
    frame["species"] = pandas.Categorical([f"kind {label}" for label in found.labels])
    frame.to_parquet(file := path / "columns.parquet")
    return file


def parquet_lists(path: Path) -> Path:
    import pyarrow
    import pyarrow.parquet

    found = rows()
    table = pyarrow.table({"word": found.words, "embedding": list(found.vectors)})
    pyarrow.parquet.write_table(table, file := path / "lists.parquet", row_group_size=64)
    return file


def csv(path: Path) -> Path:
    import pandas

    found = rows()
    frame = pandas.DataFrame(found.vectors, columns=[f"gene {place}" for place in range(D)])
    frame["label"], frame["text"] = found.labels, found.words
    frame.to_csv(file := path / "rows.csv")
    return file


def csv_semicolons(path: Path) -> Path:
    import pandas

    frame = pandas.DataFrame(rows().vectors, columns=[f"gene {place}" for place in range(D)])
    frame.to_csv(file := path / "decimal-comma.csv", sep=";", decimal=",", index=False)
    return file


def csv_pixels(path: Path) -> Path:
    """As MNIST is passed around: the label first, then a column for each pixel."""
    import pandas

    found = rows()
    flat = np.tile(found.bytes.reshape(N, D), 3)[:, :64]
    frame = pandas.DataFrame(flat, columns=[f"pixel{place}" for place in range(64)])
    frame.insert(0, "label", found.labels)
    frame.to_csv(file := path / "pixels.csv", index=False)
    return file


def idx(path: Path) -> Path:
    idx2numpy = pytest.importorskip("idx2numpy")
    idx2numpy.convert_to_file(str(file := path / "rows.idx2-float"), rows().vectors)
    return file


def idx_packed(path: Path) -> Path:
    idx2numpy = pytest.importorskip("idx2numpy")
    packed = gzip.compress(idx2numpy.convert_to_string(rows().bytes), mtime=0)
    (file := path / "pictures.idx3-ubyte.gz").write_bytes(packed)
    return file


def hugging_face(path: Path) -> Path:
    """A folder as SAELens's ``CacheActivationsRunner`` writes it: 50 prompts of 8 positions, in two files."""
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    features = datasets.Features(
        {
            "blocks.0.hook_mlp_out": datasets.Array2D((8, D), "float32"),
            "token_ids": datasets.Sequence(datasets.Value("int32"), 8),
        }
    )
    content = {
        "blocks.0.hook_mlp_out": rows().vectors.reshape(50, 8, D),
        "token_ids": np.arange(N, dtype=np.int32).reshape(50, 8),
    }
    folder = path / "activations"
    datasets.Dataset.from_dict(content, features=features).save_to_disk(folder, num_shards=2)
    # What the library leaves beside them when it was asked for another order.
    (folder / "cache-1234.arrow").write_bytes(b"no rows")
    (folder / "cache_activations_runner_cfg.json").write_text(json.dumps({"d_in": D}))
    return folder


WRITERS: dict[str, Callable[[Path], Path]] = {
    write.__name__: write
    for write in (
        npy,
        npy_float16,
        npy_fortran,
        npy_big_endian,
        npy_pictures,
        npz,
        medmnist,
        safetensors,
        safetensors_bfloat16,
        parquet_columns,
        parquet_lists,
        csv,
        csv_semicolons,
        csv_pixels,
        idx,
        idx_packed,
        hugging_face,
    )
}
assert sys.byteorder == "little", "big-endian files are those of another order"
