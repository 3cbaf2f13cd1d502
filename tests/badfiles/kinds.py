"""Every kind of file that saegui reads: a good one of it, how it is read, and what can be wrong with it alone."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from saegui.core import data, strokes
from saegui.core.config.schema import RunConfig
from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.data.idx_set import MNIST_FILES
from saegui.core.data.options import checked
from saegui.core.data.sources import olivetti, pictures, usps
from saegui.core.data.sources.mnist_family import QMNIST
from saegui.core.formats.registry import export_model, look
from saegui.core.progress import UNWATCHED
from saegui.core.runs import latent_notes, resume_state
from saegui.core.runs.latent_notes import Note
from saegui.core.runs.run import open_run
from saegui.ui.panels.draw import picture_files
from tests import image_sets
from tests.badfiles.damage import Change, Damage, cuts, everywhere, flipped
from tests.core.data.conftest import _idx_bytes as idx_bytes

TINY = DatasetInfo("tiny", "Tiny", "", (28, 28), 12, 3, ("0", "1"))


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    name: str
    make: Callable[[Path, Path], None]
    """``make(folder, run)``: fill ``folder`` with good files; ``run`` is a trained run."""
    file: str
    """The one that is damaged."""
    read: Callable[[Path], object]
    """Read it as the program does; the argument is its path."""
    special: tuple[Damage, ...] = ()
    without: frozenset[str] = field(default_factory=frozenset)
    """Names of general damages after which the file is as good as before, or is not needed."""
    seeds: int = 4
    says_what_to_do: bool = True
    """False where the caller does: what a cache held is made or fetched again."""

    def cases(self) -> Iterator[Damage]:
        """All damages of it."""
        for damage in (*everywhere(), *flipped(range(self.seeds)), *self.special):
            if damage.name not in self.without:
                yield damage


# -- data sets ------------------------------------------------------------------------------------------------


def _mnist(folder: Path, run: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype=np.uint8)
    labels = np.arange(12, dtype=np.uint8) % 10
    for name, array in zip(MNIST_FILES, (images, labels, images[:4], labels[:4]), strict=True):
        (folder / name).write_bytes(idx_bytes(array))


def _packed_mnist(folder: Path, run: Path) -> None:
    _mnist(folder, run)
    for path in list(folder.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1, mtime=0))
        path.unlink()


def _load_mnist(path: Path) -> object:
    return data.load("mnist", path.parent)


def _header(code: int, *sizes: int) -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, code, len(sizes), *sizes)


def _as_packed(change: Change) -> Change:
    return lambda content: gzip.compress(change(gzip.decompress(content)), 1, mtime=0)


_MOST = 2**32 - 1
_IDX: tuple[tuple[str, Change, bool], ...] = (
    ("sizes of gigabytes", lambda content: _header(8, _MOST, 28, 28) + content[16:], True),
    (
        "sizes of more than there is memory",
        lambda content: _header(8, _MOST, _MOST, _MOST) + content[16:],
        True,
    ),
    ("no images", lambda content: _header(8, 0, 28, 28), False),
    ("rank 0", lambda content: b"\0\0\x08\0" + content[16:], False),
    ("rank 4", lambda content: _header(8, 12, 1, 28, 28) + content[16:], False),
    ("rank 255", lambda content: b"\0\0\x08\xff" + content[4:], False),
    ("signed bytes", lambda content: _header(9, 12, 28, 28) + content[16:], False),
    ("int16", lambda content: _header(11, 12, 28, 28) + bytes(2 * 12 * 784), False),
    ("int32", lambda content: _header(12, 12, 28, 28) + bytes(4 * 12 * 784), False),
    ("float32", lambda content: _header(13, 12, 28, 28) + bytes(4 * 12 * 784), False),
    ("float64", lambda content: _header(14, 12, 28, 28) + bytes(8 * 12 * 784), False),
    ("a type that does not exist", lambda content: _header(10, 12, 28, 28) + content[16:], False),
    ("fewer images than labels", lambda content: _header(8, 11, 28, 28) + content[16 : 16 + 11 * 784], False),
    ("images of another size", lambda content: _header(8, 12, 14, 56) + content[16:], False),
)
_LABELS: tuple[tuple[str, Change], ...] = (
    ("a label beyond the classes", lambda content: content[:-1] + b"\x0a"),
    ("label 255", lambda content: content[:-1] + b"\xff"),
    ("labels as a table", lambda content: _header(8, 12, 1) + content[8:]),
    ("one label more", lambda content: _header(8, 13) + content[8:] + b"\0"),
    ("int32 labels", lambda content: _header(12, 12) + bytes(48)),
)


def _cache(folder: Path, run: Path) -> None:
    cache.store(folder / "tiny", TINY, Arrays(*(np.zeros(shape, np.uint8) for shape in TINY.shapes.values())))


def _npy(array: Any, content: bytes) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _npy_header(shape: str, dtype: str = "|u1") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (117 - len(text)) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def _usps(folder: Path, run: Path) -> None:
    text = "".join(f"{1 + place % 10} 1:-1 {place + 2}:0.5\n" for place in range(20)).encode()
    for name in usps.FILES:
        (folder / name).write_bytes(bz2.compress(text))


def _emnist(folder: Path, run: Path) -> None:
    image_sets.write_archive(folder / "gzip.zip", "emnist-digits")


def _qmnist(folder: Path, run: Path) -> None:
    image_sets.write("qmnist", folder)


def _olivetti(folder: Path, run: Path) -> None:
    (folder / olivetti.PACKED).write_bytes(zlib.compress(bytes(range(256)) * 40))


# -- runs -----------------------------------------------------------------------------------------------------


def _run(folder: Path, run: Path) -> None:
    for path in run.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(run)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    arrays = {"weights": np.arange(6.0).reshape(2, 3), "images": np.array([7], np.int64)}
    resume_state.save(folder, RunConfig(), arrays)


def _json(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(content: bytes) -> bytes:
        found = json.loads(content)
        change(found)
        return json.dumps(found).encode()

    return changed


def _set(name: str, value: object) -> tuple[str, Change]:
    return f"{name} is {value!r:.60}", _json(lambda found: found.update({name: value}))


_RUN_JSON: tuple[tuple[str, Change], ...] = (
    _set("format", "another program's"),
    _set("version", 99),
    _set("version", "1"),
    _set("status", "dreaming"),
    _set("status", []),
    _set("step", -1),
    _set("step", "many"),
    _set("epoch", float("nan")),
    _set("epoch", float("inf")),
    _set("epoch", None),
    _set("shape", []),
    _set("shape", [28, -28]),
    _set("shape", [2**40, 2**40]),
    _set("shape", "28×28"),
    _set("metrics", 5),
    _set("config", []),
    _set("config", {"arch": "unheard of"}),
    _set("config", {"n_latents": 10**12}),
    _set("config", {"lr": "fast"}),
    _set("data", {"title": "x"}),
    ("no name", _json(lambda found: found.pop("name"))),
    ("a list", lambda content: b"[1, 2, 3]"),
    ("nested without end", lambda content: b"[" * 200_000),
    ("numbers without end", lambda content: b'{"format": "saegui run", "version": ' + b"9" * 5_000 + b"}"),
    ("not UTF-8", lambda content: content.replace(b"saegui", b"sa\xe9gui", 1)),
    ("megabytes", lambda content: content + b" " * 2_000_000),
)


def _notes(folder: Path, run: Path) -> None:
    (folder / "run.json").write_bytes((run / "run.json").read_bytes())
    latent_notes.change(folder, 24, 3, Note(True, "lower loop"))
    latent_notes.change(folder, 24, 17, Note(False, "bar"))


_NOTES: tuple[tuple[str, Change], ...] = (
    _set("format", "another program's"),
    _set("version", 99),
    _set("version", "1"),
    _set("latents", {}),
    _set("latents", [7]),
    _set("latents", [{"latent": 24, "star": True, "label": ""}]),
    _set("latents", [{"latent": -1, "star": True, "label": ""}]),
    _set("latents", [{"latent": True, "star": True, "label": ""}]),
    _set("latents", [{"latent": 2.0, "star": True, "label": ""}]),
    _set("latents", [{"latent": 2, "star": 1, "label": ""}]),
    _set("latents", [{"latent": 2, "star": True, "label": None}]),
    _set("latents", [{"latent": 2, "star": True, "label": "a\nb"}]),
    _set("latents", [{"latent": 2, "star": True, "label": "long " * 20}]),
    _set("latents", [{"latent": 2, "star": True, "label": ""}] * 2),
    _set("latents", [{"latent": 2, "star": True}]),
    ("a list", lambda content: b"[1, 2, 3]"),
    ("nested without end", lambda content: b"[" * 200_000),
    ("not UTF-8", lambda content: content.replace(b"loop", b"l\xe9op", 1)),
    ("megabytes", lambda content: content + b" " * 2_000_000),
)


def _tensors(content: bytes) -> tuple[dict[str, Any], bytes]:
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def _with_header(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(content: bytes) -> bytes:
        header, values = _tensors(content)
        change(header)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text + values

    return changed


def _with_value(name: str, value: float) -> Change:
    def changed(content: bytes) -> bytes:
        header, values = _tensors(content)
        start = len(content) - len(values) + header[name]["data_offsets"][0]
        return content[:start] + struct.pack("<f", value) + content[start + 4 :]

    return changed


_SAFETENSORS: tuple[tuple[str, Change, bool], ...] = (
    ("a header of gigabytes", lambda content: (2**40).to_bytes(8, "little") + content[8:], True),
    ("a header of all bytes there are", lambda content: (2**64 - 1).to_bytes(8, "little") + content[8:], True),
    ("an empty header", lambda content: bytes(8), False),
    ("nothing after the header's length", lambda content: content[:8], False),
    ("half a header", lambda content: content[:80], False),
    ("a header without values", lambda content: content[: 8 + int.from_bytes(content[:8], "little")], False),
    ("a header that is no JSON", lambda content: content[:8] + b"x" + content[9:], False),
    ("no metadata", _with_header(lambda header: header.pop("__metadata__")), False),
    ("foreign metadata", _with_header(lambda header: header["__metadata__"].update(format="pt")), False),
    ("a configuration that is no JSON", _with_header(lambda header: header["__metadata__"].update(config="{")), False),
    ("a configuration without end", _with_header(lambda header: header["__metadata__"].update(config="[" * 90_000)), False),
    ("a configuration of nothing known", _with_header(lambda header: header["__metadata__"].update(config='{"a": 1}')), False),
)  # fmt: skip
_WEIGHTS: tuple[tuple[str, Change, bool], ...] = (
    *_SAFETENSORS,
    ("W_dec missing", _with_header(lambda header: header.update(other=header.pop("W_dec"))), False),
    ("b_enc as float16", _with_header(lambda header: header["b_enc"].update(dtype="F16")), False),
    ("b_enc as whole numbers", _with_header(lambda header: header["b_enc"].update(dtype="I32")), False),
    ("W_enc of another shape", _with_header(lambda header: header["W_enc"].update(shape=header["W_enc"]["shape"][::-1])), False),
    ("W_enc of gigabytes", _with_header(lambda header: header["W_enc"].update(shape=[2**20, 2**20])), True),
    ("values beyond the end", _with_header(lambda header: header["W_enc"].update(data_offsets=[0, 2**40])), True),
    ("no number", _with_value("W_enc", float("nan")), False),
    ("an infinite number", _with_value("b_dec", float("inf")), False),
    ("a negative step", _with_header(lambda header: header["__metadata__"].update(step="-5")), False),
    ("an epoch that is no number", _with_header(lambda header: header["__metadata__"].update(epoch="nan")), False),
    ("a shape that is no shape", _with_header(lambda header: header["__metadata__"].update(shape='"wide"')), False),
)  # fmt: skip


def _npz(change: Callable[[dict[str, bytes]], object], compression: int = zipfile.ZIP_STORED) -> Change:
    """The same archive after a change of its members."""

    def changed(content: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as archive:
            for name, member in members.items():
                archive.writestr(name, member)
        return buffer.getvalue()

    return changed


def _members(first: str, wrong: Any) -> tuple[tuple[str, Change, bool], ...]:
    """What can be wrong with an archive whose array ``first`` is needed; ``wrong`` is an array that it cannot be."""
    name = f"{first}.npy"
    objects = np.array([{}, {}], dtype=object)
    return (
        (f"{first} missing", _npz(lambda found: found.pop(name)), False),
        (f"{first} of gigabytes", _npz(lambda found: found.update({name: _npy_header(f"({2**40},)", "<f8")})), True),
        (f"{first} of zeros without end", _npz(lambda found: found.update({name: _npy_header("(1, " * 60)})), False),
        (f"{first} without values", _npz(lambda found: found.update({name: found[name][:128]})), False),
        (f"{first} with half a header", _npz(lambda found: found.update({name: found[name][:40]})), False),
        (f"{first} as something else", _npz(lambda found: found.update({name: _npy(wrong, b"")})), False),
        (f"{first} as Python objects", _npz(lambda found: found.update({name: _npy(objects, b"")})), False),
        (f"{first} as text", _npz(lambda found: found.update({name: b"1,2,3\n"})), False),
        ("members packed in an unusual way", _npz(lambda found: None, zipfile.ZIP_BZIP2), False),
        ("no members", _npz(dict.clear), False),
        ("a list of members alone", lambda content: content[content.rindex(b"PK\x01\x02") :], False),
    )  # fmt: skip


# -- strokes and pictures -------------------------------------------------------------------------------------


def _strokes(folder: Path, run: Path) -> None:
    strokes.save_npz(
        folder / "drawings.npz", strokes.collect([[[[0, 0], [1, 1]]], [[[0, 1], [1, 0]]]], [1, 7])
    )


def _array(name: str, values: Any) -> tuple[str, Change, bool]:
    wrong = np.array(values)
    return (
        f"{name} is {values!r:.40}",
        _npz(lambda found: found.update({f"{name}.npy": _npy(wrong, b"")})),
        False,
    )


_STROKES = (
    *_members("points", np.arange(3)),
    _array("points", [[0.0, float("nan")]] * 4),
    _array("points", [[0.0, float("inf")]] * 4),
    _array("points", [["a", "b"]] * 4),
    _array("stroke_offsets", [0, 4, 2]),
    _array("stroke_offsets", [0, 2, 99]),
    _array("stroke_offsets", [0.0, 2.0, 4.0]),
    _array("digit_offsets", [0]),
    _array("digit_offsets", [-1, 1, 2]),
    _array("labels", [1, 2, 3]),
    _array("labels", [1, 300]),
)


def _picture(suffix: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, run: Path) -> None:
        grey = np.full((40, 40), 255, np.uint8)
        grey[8:32, 18:22] = 0
        grey[10:14, 8:30] = np.arange(22) * 5
        Image.fromarray(grey).convert("RGB").save(folder / f"digit.{suffix}")

    return make


def _read_picture(path: Path) -> object:
    return picture_files.from_file(path)


def _png(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk, b"IDAT" + zlib.compress(bytes(64)), b"IEND"]
    chunks = b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


_PNG: tuple[tuple[str, Change, bool], ...] = (
    ("pixels of gigabytes", lambda content: _png(100_000, 100_000), True),
    ("more pixels than there are", lambda content: _png(2**31 - 1, 2**31 - 1), True),
    ("no pixels", lambda content: _png(0, 0), False),
    ("fewer pixels than it says", lambda content: _png(300, 300), False),
    ("blank", lambda content: _png(7, 8), False),
)


def _two_pictures(folder: Path, run: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(np.arange(140, dtype=np.uint8).reshape(10, 14)).save(folder / name)


def _zipped_pictures(folder: Path, run: Path) -> None:
    _two_pictures(folder, run)
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for name in ("a.png", "b.png"):
            archive.write(folder / name, name)
            (folder / name).unlink()


def _load_pictures(place: Path) -> object:
    return pictures.load(place, checked(pictures.OPTIONS, {}), UNWATCHED)


# -- models ---------------------------------------------------------------------------------------------------


def _model(name: str, file: str) -> Callable[[Path, Path], None]:
    return lambda folder, run: export_model(open_run(run).latest(), name, folder / file)


def _import(path: Path) -> object:
    return look(path).model


def _damages(found: tuple[tuple[Any, ...], ...]) -> tuple[Damage, ...]:
    return tuple(Damage(name, change, huge=bool(huge and huge[0])) for name, change, *huge in found)


_END_MEANS_NOTHING = frozenset({"last byte missing"})
"""It is the end of the last line, or of a mark after the last pixel."""

KINDS: tuple[Kind, ...] = (
    Kind(
        "MNIST images", _mnist, MNIST_FILES[0], _load_mnist, (*cuts((4, 8, 15, 16, 17, 800)), *_damages(_IDX))
    ),
    Kind(
        "MNIST labels",
        _mnist,
        MNIST_FILES[1],
        _load_mnist,
        (*cuts((4, 7, 8, 9)), *_damages(_LABELS)),
        seeds=2,
    ),
    Kind(
        "packed MNIST images",
        _packed_mnist,
        f"{MNIST_FILES[0]}.gz",
        _load_mnist,
        (
            *cuts((2, 9, 10, 40)),
            *(Damage(name, _as_packed(change), huge=huge) for name, change, huge in _IDX),
            Damage("a false checksum", lambda content: content[:-8] + bytes(4) + content[-4:]),
            Damage("a false length", lambda content: content[:-4] + bytes(4)),
            Damage("packed twice", lambda content: gzip.compress(content)),
        ),
    ),
    Kind(
        "cached data set",
        _cache,
        "tiny/train_images.npy",
        lambda path: cache.read(path.parent, TINY),
        says_what_to_do=False,
        special=(
            *cuts((6, 8, 10, 60, 127, 128)),
            *_damages(
                (
                    ("Python objects", lambda content: _npy(np.array([{}] * 12, dtype=object), content)),
                    ("floats", lambda content: _npy(np.zeros((12, 28, 28), np.float32), content)),
                    ("another shape", lambda content: _npy(np.zeros((12, 784), np.uint8), content)),
                    ("terabytes", lambda content: _npy_header(f"({2**40}, 28, 28)") + content[128:], True),
                )
            ),
        ),
    ),
    Kind("USPS", _usps, usps.FILES[0], lambda path: data.load("usps", path.parent), seeds=1),
    Kind(
        "EMNIST as one file",
        _emnist,
        "gzip.zip",
        lambda path: data.load("emnist-digits", path.parent),
        seeds=2,
    ),
    Kind(
        "labels with writers",
        _qmnist,
        QMNIST.files[1],
        lambda path: data.load("qmnist", path.parent),
        seeds=2,
    ),
    Kind(
        "Olivetti faces", _olivetti, olivetti.PACKED, lambda path: data.load("olivetti", path.parent), seeds=2
    ),
    Kind(
        "run.json",
        _run,
        "run.json",
        lambda path: open_run(path.parent),
        (*cuts((1, 2, 40, 200)), *_damages(_RUN_JSON)),
        without=_END_MEANS_NOTHING,
    ),
    Kind(
        "stars and labels",
        _notes,
        latent_notes.NAME,
        lambda path: latent_notes.read(path.parent, 24),
        (*cuts((1, 2, 40, 100)), *_damages(_NOTES)),
        # Without the file, nothing was said of any latent.
        without=_END_MEANS_NOTHING | {"missing", "dangling link"},
    ),
    Kind(
        "curves",
        _run,
        "history.npz",
        lambda path: open_run(path.parent).history(),
        (*cuts((4, 30, 60, 200)), *_damages(_members("train", np.zeros((3, 3))))),
    ),
    Kind(
        "weights",
        _run,
        "weights.safetensors",
        lambda path: open_run(path.parent).latest(),
        (*cuts((4, 9, 400)), *_damages(_WEIGHTS)),
    ),
    Kind(
        "snapshot",
        _run,
        "snapshots/step-000000000.safetensors",
        lambda path: open_run(path.parents[1]).at(0),
        _damages(_WEIGHTS[-6:]),
    ),
    Kind(
        "resume state",
        _run,
        "resume.safetensors",
        lambda path: resume_state.load(path.parent),
        (*cuts((4, 9, 100)), *_damages(_SAFETENSORS)),
    ),
    Kind(
        "strokes", _strokes, "drawings.npz", strokes.load_npz, (*cuts((4, 30, 60, 200)), *_damages(_STROKES))
    ),
    Kind(
        "PNG picture",
        _picture("png"),
        "digit.png",
        _read_picture,
        (*cuts((8, 16, 33, 41, 60)), *_damages(_PNG)),
        without=_END_MEANS_NOTHING,
        seeds=6,
    ),
    *(
        Kind(
            f"{suffix} picture",
            _picture(suffix),
            f"digit.{suffix}",
            _read_picture,
            without=_END_MEANS_NOTHING,
            seeds=2,
        )
        for suffix in ("jpg", "gif", "bmp", "tiff", "webp")
    ),
    Kind(
        "one of two pictures of a folder",
        _two_pictures,
        "a.png",
        lambda path: _load_pictures(path.parent),
        (*cuts((8, 16, 33, 41)), *_damages(_PNG[:-1])),
        without=_END_MEANS_NOTHING,
    ),
    Kind(
        "pictures in a zip file",
        _zipped_pictures,
        "set.zip",
        _load_pictures,
        cuts((2, 4, 30, 60, 200)),
        seeds=12,
    ),
    Kind(
        "saegui weights to import",
        _model("saegui", "model.safetensors"),
        "model.safetensors",
        _import,
        _damages(_WEIGHTS),
    ),
    Kind(
        "NumPy arrays to import",
        _model("npz", "model.npz"),
        "model.npz",
        _import,
        (
            *cuts((4, 30, 60, 400)),
            *_damages(_members("W_enc", np.zeros((3, 3), np.float32))),
            *_damages(
                (
                    _array("config", "{"),
                    _array("config", '{"arch": "unheard of"}'),
                    _array("step", [1, 2, 3]),
                    _array("shape", [2**40, 2**40]),
                    _array("format", "saegui model 99"),
                    _array("b_dec", [float("nan")] * 784),
                )
            ),
        ),
    ),
)
