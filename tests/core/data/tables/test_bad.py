"""Files that are damaged, foreign or unclear: each is refused in one sentence or two, with the file, the reason and what to do."""

from __future__ import annotations

import io
import json
import pickle
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saegui.core import data
from saegui.core.data import adding, registry
from saegui.core.errors import DataError
from tests.core.data.tables.writers import WRITERS

RANDOM = np.random.default_rng(3)
GOOD = RANDOM.normal(size=(40, 6)).astype(np.float32)
PIXELS = RANDOM.integers(0, 256, (40, 64), dtype=np.uint8)
Write = Callable[[Path], Path]
opened: list[str] = []
"""What a pickle did that was run."""


class Trap:
    """A pickle of it says so when it is opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        return opened.append, ("a pickle was run",)


@pytest.fixture(autouse=True)
def _forget(own_home: Path) -> Iterator[None]:
    before = set(registry.SOURCES)
    yield
    for name in set(registry.SOURCES) - before:
        registry.forget(name)


def npy(array: Any, cut: int | None = None) -> Write:
    def write(folder: Path) -> Path:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=True)
        (path := folder / "rows.npy").write_bytes(buffer.getvalue()[:cut])
        return path

    return write


def npz(compression: int = zipfile.ZIP_STORED, **arrays: Any) -> Write:
    def write(folder: Path) -> Path:
        with zipfile.ZipFile(path := folder / "rows.npz", "w", compression) as archive:
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=True)
                archive.writestr(f"{name}.npy", buffer.getvalue())
        return path

    return write


def bytes_of(name: str, content: bytes) -> Write:
    def write(folder: Path) -> Path:
        (path := folder / name).write_bytes(content)
        return path

    return write


def text(content: str, name: str = "rows.csv", encoding: str = "utf-8") -> Write:
    return bytes_of(name, content.encode(encoding))


def cut(writer: str, share: float, name: str = "") -> Write:
    """A good file that ends early."""

    def write(folder: Path) -> Path:
        path = WRITERS[writer](folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        return path

    return write


def spoilt(writer: str, place: int, content: bytes) -> Write:
    """A good file with other bytes somewhere, from the end where ``place`` is negative."""

    def write(folder: Path) -> Path:
        path = WRITERS[writer](folder)
        found = bytearray(path.read_bytes())
        start = place % len(found)
        found[start : start + len(content)] = content
        path.write_bytes(found)
        return path

    return write


def tensors(header: Any, n_bytes: int = 96) -> Write:
    described = json.dumps(header).encode()
    return bytes_of("rows.safetensors", len(described).to_bytes(8, "little") + described + bytes(n_bytes))


def parquet(**columns: Any) -> Write:
    def write(folder: Path) -> Path:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(columns), path := folder / "rows.parquet")
        return path

    return write


def zipped(**members: bytes) -> Write:
    def write(folder: Path) -> Path:
        with zipfile.ZipFile(path := folder / "rows.npz", "w") as archive:
            for name, content in members.items():
                archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
        return path

    return write


def stream(folder: Path, name: str, columns: dict[str, Any]) -> None:
    import pyarrow

    table = pyarrow.table(columns)
    with pyarrow.ipc.new_stream(str(folder / name), table.schema) as file:
        file.write_table(table)


def hugging_face(state: Any, **streams: dict[str, Any]) -> Write:
    """A folder with ``state.json`` and streams of these columns."""

    def write(folder: Path) -> Path:
        (path := folder / "rows").mkdir()
        for name, columns in streams.items():
            stream(path, f"{name}.arrow", columns)
        (path / "state.json").write_text(state if isinstance(state, str) else json.dumps(state))
        return path

    return write


def files(*names: str) -> dict[str, Any]:
    return {"_data_files": [{"filename": name} for name in names]}


def parts(folder: Path) -> Path:
    (path := folder / "rows").mkdir()
    (path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    return path


def damaged_stream(folder: Path) -> Path:
    path = hugging_face(files("a.arrow"), a={"x": list(GOOD)})(folder)
    (path / "a.arrow").write_bytes((path / "a.arrow").read_bytes()[:90])
    return path


def link_to_nothing(folder: Path) -> Path:
    (path := folder / "rows.npy").symlink_to(folder / "gone.npy")
    return path


def with_one(value: float, kind: str = "<f4") -> np.ndarray:
    found = GOOD.astype(kind)
    found[12, 3] = value
    return found


LISTS = [[1.0, 2.0]] * 20 + [[1.0, 2.0, 3.0]] + [[3.0, 4.0]] * 19
COLUMNS = {name: list(GOOD[:, place].astype(float)) for place, name in enumerate("abc")}
HEAD = "a,b,c\n"
LINES = "".join(f"{a:.3f},{b:.3f},{c:.3f}\n" for a, b, c in GOOD[:, :3])
TENSOR = {"dtype": "F32", "shape": [4, 6], "data_offsets": [0, 96]}

DAMAGED: dict[str, tuple[Write, str]] = {
    "an empty .npy": (bytes_of("rows.npy", b""), "is empty; choose a file with rows"),
    "a text called .npy": (bytes_of("rows.npy", b"1 2 3"), "does not begin as numpy's files do.*numpy.save"),
    "a pickled array": (npy(np.array([[Trap(), 1]], object)), "Python objects, which are never read.*save it as"),
    "a pickle called .npy": (bytes_of("rows.npy", pickle.dumps(Trap())), "cannot be read as a NumPy array"),
    "a pickle called .npz": (bytes_of("rows.npz", pickle.dumps(Trap())), "cannot be read as NumPy arrays"),
    "a .npy that ends early": (npy(GOOD, 500), r"ends early.*960 bytes, of which 372 are there; copy"),
    "a .npy that ends in its header": (npy(GOOD, 40), "cannot be read as a NumPy array"),
    "a .npy whose header is garbage": (spoilt("npy", 12, b"{{{{{"), "cannot be read as a NumPy array"),
    "a .npy of a negative length": (spoilt("npy", 10, b"{'descr': '<f4', 'fortran_order': False, 'shape': (-9, 6), }"), "rows.npy"),
    "one number": (npy(np.float32(3)), r"nothing to train on.*\(N, d\)"),
    "a row of numbers": (npy(GOOD[0]), "nothing to train on.*at least two numbers"),
    "rows of one number": (npy(GOOD[:, :1]), "nothing to train on"),
    "a single row": (npy(GOOD[:1]), "nothing to train on"),
    "no rows": (npy(GOOD[:0]), r"an empty array \(0, 6\); save one with rows"),
    "a record array": (npy(np.zeros(9, [("a", "f4"), ("b", "i4")])), "nothing to train on: it holds array .other"),
    "complex numbers": (npy(GOOD + 1j), "nothing to train on: it holds array .other"),
    "dates": (npy(np.zeros((9, 9), "datetime64[s]")), "nothing to train on"),
    "texts": (npy(np.array([["a", "b"]] * 9)), "nothing to train on: it holds array .text"),
    "bytes without a meaning": (npy(np.zeros((9, 4), "V3")), "nothing to train on"),
    "a gap": (npy(with_one(np.nan)), "holds no number in row 13; remove these rows, or fill them in"),
    "infinity": (npy(with_one(-np.inf)), "holds infinity in row 13; remove"),
    "nothing but gaps": (npy(np.full((9, 4), np.nan)), "holds no number in row 1, as 8 of the next rows do"),
    "numbers that are all equal": (npy(np.full((9, 4), 2.5)), r"all numbers are 2.5, so there is nothing to learn"),
    "numbers too large for float32": (npy(with_one(1e300, "<f8")), r"1e\+300, which float32 cannot hold; choose scale=range"),
    "an array and nothing it links to": (link_to_nothing, "cannot be read .*; choose a file or folder"),
    "a .npz that is none": (bytes_of("rows.npz", b"PK or not"), "not a zip file.*copy it again"),
    "a .npz that ends early": (cut("npz", 0.5), "cannot be read as NumPy arrays.*copy it again"),
    "a .npz with other bytes inside": (spoilt("npz", 3000, b"\1\2\3\4\5\6\7\10" * 40), "cannot be read as NumPy arrays"),
    "an empty .npz": (npz(), r"holds no array that can be read; save numbers with numpy.savez"),
    "a .npz of pickled arrays": (npz(x=np.array([Trap()] * 9, object)), "Python objects, which are not read.*save numbers"),
    "what torch.save writes": (zipped(archive__data_dot_pkl=pickle.dumps(Trap())), "a Python pickle, as torch.save.*safetensors"),
    "a .npz packed by another program": (npz(zipfile.ZIP_LZMA, x=GOOD), "packed in a way numpy does not use"),
    "a .npz of labels": (npz(y=np.arange(9)), r"nothing to train on: it holds y \(int64 9\)"),
    "a model": (npz(W_enc=GOOD, W_dec=GOOD), "a model, not data; open it with 'saegui import'"),
    "pen strokes": (npz(points=GOOD[:, :2], stroke_offsets=np.arange(3), digit_offsets=np.arange(2)), "pen strokes.*--strokes"),
    "labels with fractions": (npz(x=GOOD, y=GOOD[:, 0]), "y holds .*classes are whole numbers or texts; choose another"),
    "labels with gaps": (npz(x=GOOD, y=np.where(GOOD[:, 0] > 0, 1.0, np.nan)), r"y says nothing for \d+ of 40 rows; fill them in"),
    "too many classes": (npz(x=np.tile(GOOD, (1639, 1)), y=np.arange(1639 * 40)), "65,560 different values; at most 65,536"),
    "a safetensors file that is none": (bytes_of("rows.safetensors", b"nothing of the kind"), "cannot be read as safetensors"),
    "a safetensors file that ends early": (cut("safetensors", 0.5), "cannot be read as safetensors.*copy it again"),
    "a header longer than its file": (bytes_of("rows.safetensors", b"\xff" * 8 + b"{}"), "cannot be read as safetensors"),
    "tensors on top of each other": (tensors({"a": TENSOR, "b": TENSOR}), "cannot be read as safetensors"),
    "a tensor outside of its file": (tensors({"a": TENSOR}, 50), "cannot be read as safetensors"),
    "a model in safetensors": (tensors({"W_enc": TENSOR, "W_dec": {**TENSOR, "data_offsets": [96, 192]}}, 192), "saegui import"),
    "tensors of one number": (tensors({"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}, 4), "a holds no rows"),
    "a Parquet file that is none": (bytes_of("rows.parquet", b"PAR1 and so on PAR1"), "cannot be read .*; copy it again"),
    "a Parquet file that ends early": (cut("parquet_columns", 0.6), "cannot be read .*; copy it again"),
    "a Parquet file with other bytes inside": (spoilt("parquet_lists", 400, b"\7" * 900), "cannot be read"),
    "lists of several lengths": (parquet(x=LISTS), "the lists of 'x' differ in their length, which is 2.*save rows of one"),
    "a list that is missing": (parquet(x=[*LISTS[:9], None]), "the lists of 'x' differ in their length"),
    "a number that is missing": (parquet(**COLUMNS, d=[None, *COLUMNS["a"][1:]]), r"no number in row 1 \(d\); remove"),
    "a label that is missing": (parquet(**COLUMNS, label=["x", None] * 20), "label says nothing for 20 of 40 rows"),
    "columns of texts": (parquet(a=["x"] * 9, b=["y"] * 9), "nothing to train on: it holds a .text 9"),
    "a Parquet table without rows": (parquet(a=np.zeros(0), b=np.zeros(0)), "holds no rows; choose a file with some"),
    "an empty .csv": (text(""), "is empty; choose a file with rows"),
    "a .csv of blanks": (text("\n \n"), "is empty; choose a file with rows"),
    "a .csv of names": (text(HEAD), "rows.csv.*; .*"),
    "a .csv in UTF-16": (text(HEAD + LINES, encoding="utf-16"), "no text in UTF-8; save it as CSV in UTF-8"),
    "a .csv in Latin-1": (text("größe,b\n1,2\n2,3\n", encoding="latin-1"), "no text in UTF-8.*save it as CSV in UTF-8"),
    "a spreadsheet called .csv": (bytes_of("rows.csv", b"\xd0\xcf\x11\xe0\0\0" * 9), "no text in UTF-8"),
    "a line that is too short": (text(HEAD + LINES + "1,2\n"), "cannot be read as a table.*3 columns, got 2.*correct this line"),
    "a line that is too long": (text(HEAD + LINES + "1,2,3,4\n"), "cannot be read as a table.*3 columns, got 4"),
    "a word among numbers": (text(HEAD + LINES * 40 + "1,two,3\n"), "cannot be read as a table.*'two'"),
    "a cell that is empty": (text(HEAD + LINES + "1,,3\n"), r"no number in row 41 \(b\)"),
    "two columns of one name": (text("a,b,a\n" + LINES), "two columns named 'a'; give each a name of its own"),
    "a single column": (text("a\n1\n2\n3\n"), "nothing to train on"),
    "numbers with commas in a .csv": (text('a,b\n"1,5","2,5"\n' * 9), "nothing to train on: it holds a .text"),
    "an IDX file that ends early": (cut("idx", 0.5), "is truncated: 4,.* of 9,600 values; fetch"),
    "a packed IDX file that ends early": (cut("idx_packed", 0.5), "is truncated or damaged.*; fetch"),
    "an IDX file with bytes behind": (bytes_of("a.idx", b"\0\0\x08\1\0\0\0\2abc"), "is longer than the 2 values"),
    "an IDX file of a type there is not": (bytes_of("a.idx", b"\0\0\x0a\1\0\0\0\2ab"), "is not an IDX file.*; fetch"),
    "an IDX file of 9 dimensions": (bytes_of("a.idx", b"\0\0\x08\x09" + b"\0\0\0\1" * 9 + b"a"), "9 dimensions.*at most 8.*; convert"),
    "an IDX file without sizes": (bytes_of("a.idx", b"\0\0\x08\2\0\0"), "ends within its header; fetch"),
    "an IDX file of numbers in a row": (bytes_of("a.idx", b"\0\0\x08\1\0\0\0\2ab"), "nothing to train on"),
    "an IDX file with a gap": (bytes_of("a.idx", b"\0\0\x0d\2\0\0\0\2\0\0\0\2" + np.array([-1, 2, np.nan, 3], ">f4").tobytes()), "no number in row 2"),
    "a folder without its rows": (hugging_face(files("a.arrow")), "lacks a.arrow, which state.json names; copy the whole"),
    "a folder whose list is damaged": (hugging_face("{"), "state.json is damaged.*save the data set again"),
    "a folder whose list is something else": (hugging_face([1]), "state.json is damaged"),
    "a folder that names a file elsewhere": (hugging_face(files("../a.arrow")), "which is not beside it"),
    "a folder without rows": (hugging_face(files()), "holds no rows; choose a folder with some"),
    "a folder in another order": (
        hugging_face({**files("a.arrow"), "_indices_data_files": [{"filename": "i.arrow"}]}, a={"x": list(GOOD)}),
        "kept in another order; save it after flatten_indices",
    ),
    "a folder of folders": (parts, "several data sets; choose one of its folders train, test"),
    "a stream that ends early": (damaged_stream, "cannot be read .*; copy it again"),
    "streams of several columns": (
        hugging_face(files("a.arrow", "b.arrow"), a={"x": list(GOOD)}, b={"y": list(GOOD)}),
        "its files differ in their columns; save",
    ),
}  # fmt: skip
UNCLEAR: dict[str, tuple[Write, dict[str, object], str]] = {
    "two bytes a number": (npy(np.zeros((9, 4), "V2")), {}, "stored_as; it is one of bfloat16"),
    "one byte a number": (npy(np.zeros((9, 4), "V1")), {}, "stored_as; it is one of float8_e4m3fn, float8_e5m2"),
    "volumes": (npy(np.zeros((9, 8, 8, 8), np.uint8)), {}, "Rows of 8 × 8 × 8 numbers are no pictures.*shape.*vector"),
    "pictures with transparency": (npy(PIXELS.reshape(40, 4, 4, 4)), {}, "are no pictures.*save slices"),
    "prompts or pictures": (npy(9 * GOOD.reshape(10, 4, 6)), {}, "option shape; it is one of positions, 4x6, vector"),
    "colours first or last": (npy(np.tile(PIXELS, 3)), {}, "shape; it is one of 8x8x3, 3x8x8"),
    "few levels": (npy(PIXELS % 17), {}, "Scale: .*option scale; it is one of stored, bytes, range, columns"),
    "columns in several units": (text(HEAD + "1,2,3000\n2,1,9000\n" * 20), {}, "option scale"),
    "two arrays": (npz(a=GOOD, b=GOOD[:, :4]), {}, "option array; it is one of a, b"),
    "parts of several widths": (npz(x_train=GOOD, x_test=GOOD[:, :4]), {}, "array; it is one of x_train, x_test"),
    "pixels and one more": (
        text("\n".join(",".join(map(str, [7, *row])) for row in PIXELS)), {}, "options labels=column 1, scale=bytes"
    ),
    "another array's picture": (npz(a=PIXELS % 17, b=GOOD), {"array": "a"}, "option scale"),
    "a picture of another size": (npy(GOOD), {"shape": "5x5"}, "shape is '5x5'"),
    "a shape that is none": (npy(GOOD), {"shape": "wide"}, "shape is 'wide'; it is one of auto, vector, 2x3"),
    "bytes below zero": (npy(GOOD), {"scale": "bytes"}, "holds -[0-9.]+, but bytes are from 0 to 255; choose another"),
    "bytes above 255": (npy(300 * np.abs(GOOD)), {"scale": "bytes"}, "but bytes are from 0 to 255"),
    "a scale that is none": (npy(GOOD), {"scale": "log"}, "scale is 'log'; it is one of auto, stored"),
    "an option that is none": (npy(GOOD), {"colour": "red"}, "There is no option 'colour'; there are"),
    "a share that is too large": (npy(GOOD), {"share": 0.9}, "share is '0.9'; it is a number from 0 to 0.5"),
    "a share in words": (npy(GOOD), {"share": "some"}, "share is 'some'; it is a number"),
    "labels of another length": (npz(x=GOOD, y=np.arange(9)), {"labels": "y"}, "no option 'labels'"),
    "labels that are not there": (npz(x=GOOD, y=np.arange(40) % 2), {"labels": "z"}, "labels is 'z'; it is one of auto, none, y"),
    "an array that is not there": (npz(a=GOOD, b=GOOD), {"array": "c"}, "array is 'c'; it is one of a, b"),
    "a column that is not there": (parquet(**COLUMNS), {"columns": "a:d"}, "names 'd', which is no column.*there are a, b, c"),
    "one column": (parquet(**COLUMNS), {"columns": "b"}, "has 1 columns of numbers.*choose others"),
}  # fmt: skip


def refused(write: Write, folder: Path, given: dict[str, object]) -> str:
    """What is said of a file; nothing was trained on, run or left."""
    path = write(folder)
    with pytest.raises(DataError) as refusal:
        data.load(adding.name_of(str(path), given))
    sentence = str(refusal.value)
    assert "\n" not in sentence and sentence.endswith("."), sentence
    assert len(sentence) < 600 and (given or str(path) in sentence), sentence
    assert opened == []
    return sentence


@pytest.mark.parametrize(("write", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_cannot_be_trained_on_is_named_with_the_reason_and_the_remedy(
    write: Write, words: str, tmp_path: Path
) -> None:
    sentence = refused(write, tmp_path, {})
    assert re.search(words, sentence), sentence
    assert re.search(
        r"; |, or |open it with|encode them|Rows of at least|save one|give each|choose", sentence
    ), f"a remedy: {sentence}"


@pytest.mark.parametrize(("write", "given", "words"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_cannot_be_told_or_does_not_fit_names_the_option(
    write: Write, given: dict[str, object], words: str, tmp_path: Path
) -> None:
    sentence = refused(write, tmp_path, given)
    assert re.search(words, sentence), sentence


def test_bytes_after_the_array_are_said(tmp_path: Path) -> None:
    path = npy(GOOD)(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(7))
    assert (
        "rows.npy has 7 bytes after its array, which are not read."
        in data.load(adding.name_of(str(path), {})).notes
    )


def test_without_the_package_for_tables_a_sentence_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = text(HEAD + LINES)(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r'rows.csv is read with pyarrow.* pip install "saegui\[arrays\]"'):
        adding.inspect(path)


def test_there_are_as_many_cases_as_there_are_ways_to_be_wrong() -> None:
    assert len(DAMAGED) + len(UNCLEAR) >= 100
