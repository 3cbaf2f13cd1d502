"""A text file of the user's own: every line is one input, embedded by ``wordllama`` without any network.

D. L. Miller (2024), WordLlama: recycled token embeddings from large language models. A line is the mean of its tokens'
256 numbers; here it is scaled to the length 16, so that single numbers vary by about one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache as remembered
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.data import cache, extras, split
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, Items
from saegui.core.data.facts import Facts, counts_text
from saegui.core.data.noun import TEXT
from saegui.core.data.options import Option, Options, checked
from saegui.core.data.source import Description, Preview, Source
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress

PACKAGE = "wordllama"
DIMENSIONS = 256
LENGTH = 16.0
"""Of every row: the root of :data:`DIMENSIONS`."""
LONGEST = 10_000
"""Letters of a line; what follows them is not embedded."""
MOST_LINES = 1_000_000
"""Whose rows take 1 GB."""
MOST_BYTES = 1 << 30
PIECE = 2_000
"""Lines that are embedded between two reports."""
SHOWN = 6
RECIPE = 1
"""Names the cache; raised when what is below changes the rows."""
UTF_8, UTF_16 = "utf-8", "utf-16"
OTHER_ENDINGS = frozenset(
    {
        ".c",
        ".cpp",
        ".css",
        ".go",
        ".h",
        ".hpp",
        ".ipynb",
        ".java",
        ".js",
        ".py",
        ".r",
        ".rs",
        ".sh",
        ".sql",
        ".tex",
        ".ts",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".xml",
        ".html",
        ".htm",
        ".svg",
        ".yaml",
        ".yml",
        ".toml",
        ".pgm",
        ".ppm",
    }
)
"""Files of text whose lines are no sentences."""

OPTIONS = (
    Option(
        "encoding",
        "Encoding",
        "How the file's bytes stand for letters.",
        UTF_8,
        choices=(UTF_8, UTF_16, "cp1252", "latin-1"),
        titles=("UTF-8", "UTF-16", "Windows (Western Europe)", "Latin-1"),
    ),
    Option("test_share", "For testing", "Share of the lines that is for testing.", 0.1, low=0.01, high=0.9),
    Option("seed", "Seed", "Decides which lines are for testing.", 0, low=0, high=2**31 - 1),
)

INFO = DatasetInfo(
    "text",
    "Text",
    "Your own text file; each line is one input.",
    (DIMENSIONS,),
    0,
    0,
    credit="embedded by WordLlama, D. L. Miller",
    licence="MIT",
    home="https://github.com/dleemiller/WordLlama",
    ink=False,
    dtype="float32",
    called=TEXT,
)


class Lines(NamedTuple):
    """What a text file holds."""

    texts: list[str]
    """Each once, in their order, without spaces around them."""
    empty: int
    repeated: int
    long: int
    """How many are longer than :data:`LONGEST`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, a sentence each."""
        notes = []
        if self.repeated:
            which = "it repeats" if self.repeated == 1 else "each repeats"
            notes.append(f"{_counted(self.repeated, 'line')} left out: {which} an earlier one.")
        if self.long:
            notes.append(
                f"{_counted(self.long, 'line')} longer than {LONGEST:,} letters; only these are embedded."
            )
        return tuple(notes)


def load(path: Path | None, options: Options, progress: Progress) -> Found:
    """The lines of ``path`` and their rows, which are kept until the file's content changes.

    Raises:
        DataError: the file cannot be read in this encoding or holds too few lines, or a package is missing; says what to do.
        Cancelled: ``progress`` gave the work up.
    """
    assert path is not None
    _model()  # a missing package is said before the file is read
    data = _bytes(path)
    lines = lines_of(_decoded(data, path, str(options["encoding"])))
    _check_count(path, lines)
    one_class = np.zeros(len(lines.texts), np.uint8)
    divided = split.at_least_one_each(one_class, float(options["test_share"]), int(options["seed"]))
    parts = [[lines.texts[i] for i in np.sort(part)] for part in divided]
    info = replace(INFO, title=path.name, n_train=len(parts[0]), n_test=len(parts[1]))
    known = hashlib.blake2b(data, digest_size=8)
    known.update(f"{sorted(options.items())}".encode())
    arrays = cache.kept_or_made(
        paths.data_cache() / f"text-{RECIPE}-{known.hexdigest()}",
        info,
        f"the lines of {path.name}",
        lambda watched: _embedded(parts, watched),
        progress,
    )
    return Found(arrays, path.name, lines.notes, items=Items(parts[0], parts[1], embed))


def available(path: Path | None) -> bool:
    """Whether there is such a file; what it holds, :func:`load` finds out."""
    return path is not None and path.is_file()


def sniff(path: Path) -> bool:
    """Whether ``path`` is a file of text that is no table."""
    try:
        if not path.is_file() or path.suffix.lower() in OTHER_ENDINGS:
            return False
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return False
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    # Control characters that no text has.
    return bool(start) and not any(byte < 9 or 13 < byte < 27 for byte in start)


def inspect(path: Path, progress: Progress) -> Description:
    """How many lines there are, and the encoding, which must be asked where the file is not UTF-8 or UTF-16.

    Raises:
        DataError: the file cannot be read, or holds too few lines.
        Cancelled: ``progress`` gave the work up.
    """
    data = _bytes(path)
    progress.report(0, 1, f"Reading {path.name}")
    encoding, sure = _told(data)
    lines = lines_of(_decoded(data, path, encoding))
    _check_count(path, lines)
    return Description(
        "a text file",
        _facts(lines, {option.name: option.default for option in OPTIONS}),
        tuple(replace(each, default=encoding) if each.name == "encoding" else each for each in OPTIONS),
        ask=() if sure else ("encoding",),
        preview=tuple(lines.texts[:SHOWN]),
        notes=lines.notes,
    )


def preview(path: Path | None, options: Options, progress: Progress) -> Preview:
    """The first lines in this encoding, and how many there are for training.

    Raises:
        DataError: the file cannot be read in this encoding, or holds too few lines.
    """
    assert path is not None
    progress.report(0, 1, f"Reading {path.name}")
    lines = lines_of(_decoded(_bytes(path), path, str(options["encoding"])))
    _check_count(path, lines)
    return Preview(tuple(lines.texts[:SHOWN]), _facts(lines, options))


def _facts(lines: Lines, options: Options) -> Facts:
    count = len(lines.texts)
    n_test = split.count_for_testing(count, float(options["test_share"]))
    return (
        ("lines", f"{count:,}"),
        ("left out", f"{lines.empty:,} empty, {lines.repeated:,} repeated"),
        ("longest line", f"{max(map(len, lines.texts)):,} letters"),
        ("rows", counts_text(count - n_test, n_test)),
        ("one input", f"{DIMENSIONS} numbers"),
    )


def numbered_lines(path: Path, given: Mapping[str, str]) -> tuple[NDArray[np.intp], list[str]]:
    """The lines of ``path`` that are not empty, in their order, also repeated ones, and which lines these are, the first is 1.

    ``given`` may name the encoding.

    Raises:
        DataError: the file cannot be read, holds no line or too many, or its encoding has to be given.
    """
    options = checked(OPTIONS[:1], given)
    data = _bytes(path)
    encoding, sure = _told(data)
    if given:
        encoding = str(options["encoding"])
    elif not sure:
        raise DataError(
            f"{path} is not UTF-8; choose the option encoding, which is {OPTIONS[0].allowed}: encoding={encoding} would suit."
        )
    stripped = _stripped(_decoded(data, path, encoding))
    filled = [place for place, line in enumerate(stripped) if line]
    if not filled:
        raise DataError(f"{path} holds no line of text; choose a file with one text a line.")
    if len(filled) > MOST_LINES:
        raise DataError(
            f"{path} holds {len(filled):,} lines, and at most {MOST_LINES:,} are encoded at once; cut the file into pieces."
        )
    return np.array(filled, np.intp) + 1, [stripped[place] for place in filled]


def _stripped(text: str) -> list[str]:
    stripped = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if stripped and not stripped[-1]:
        stripped.pop()  # what ends the last line begins none
    return stripped


def lines_of(text: str) -> Lines:
    """The lines of ``text``: without empty ones, and each once."""
    stripped = _stripped(text)
    filled = [line for line in stripped if line]
    texts = list(dict.fromkeys(filled))
    long = sum(len(line) > LONGEST for line in texts)
    return Lines(texts, len(stripped) - len(filled), len(filled) - len(texts), long)


def embed(texts: Sequence[str]) -> Array:
    """``(n, 256)``: the rows of any texts; zeros for one without a token."""
    shortened = [text[:LONGEST] for text in texts]
    rows = np.asarray(_model().embed(shortened, norm=False), np.float32).reshape(len(texts), DIMENSIONS)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # Not its own norm=True, which divides by zero where a text is empty.
    scaled: Array = np.where(lengths > 0, rows * (LENGTH / np.maximum(lengths, 1e-12)), 0).astype(np.float32)
    return scaled


def _embedded(parts: Sequence[Sequence[str]], progress: Progress) -> Arrays:
    total = sum(map(len, parts))
    found, done = [], 0
    for texts in parts:
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(texts), PIECE):
            progress.report(done + start, total, f"Embedding lines: {done + start:,} of {total:,}")
            rows[start : start + PIECE] = embed(texts[start : start + PIECE])
        done += len(texts)
        found.append(rows)
    progress.report(total, total, "Embedding lines")
    return Arrays.unlabelled(found[0], found[1])


@remembered
def _model() -> Any:
    """The embedder, with the weights that its package brings along."""
    extras.require("text", "Embedding text", PACKAGE)
    from wordllama import WordLlama

    try:
        return WordLlama.load(cache_dir=extras.folder_of(PACKAGE), disable_download=True)
    except (OSError, ValueError) as error:
        raise DataError(
            f"The package {PACKAGE} lacks its weights ({error}); install wordllama 0.4.0.post1 again."
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        paths.check_file(path)
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DataError(
                f"{path} has {size / 1e9:.1f} GB, and at most {MOST_BYTES / 1e9:.1f} GB of text are read; cut it into pieces."
            )
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}); choose another text file."
        ) from error


def _told(data: bytes) -> tuple[str, bool]:
    """(the encoding, whether that is certain)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return UTF_16, True
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError:
        return "cp1252" if _decodes(data, "cp1252") else "latin-1", False
    return UTF_8, True


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes, path: Path, encoding: str) -> str:
    try:
        return data.decode("utf-8-sig" if encoding == UTF_8 else encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        others = [each for each in OPTIONS[0].choices if each != encoding and _decodes(data, each)]
        raise DataError(
            f"{path} is not {encoding}: line {line:,} holds the byte {data[error.start]:#04x}, which means no letter there; "
            f"choose another encoding, such as {others[0] if others else 'latin-1'}."
        ) from error


def _check_count(path: Path, lines: Lines) -> None:
    count = len(lines.texts)
    if count < 2:
        raise DataError(
            f"{path} holds {'no line' if not count else 'one line'} of text, and a data set needs two or more; "
            "choose a file with one text a line."
        )
    if count > MOST_LINES:
        raise DataError(
            f"{path} holds {count:,} different lines, and at most {MOST_LINES:,} are read; cut the file into pieces."
        )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what} is" if count == 1 else f"{count:,} {what}s are"


SOURCE = Source(
    INFO,
    load,
    available,
    folder="a text file, each line one input",
    needs_folder=True,
    options=OPTIONS,
    sniff=sniff,
    inspect=inspect,
    preview=preview,
    of_texts=lambda options: embed,
    extra="text",
)
