"""Natural patches: small squares of photographs, equal in brightness and contrast, and whitened, as in the classic of
sparse coding.

B. Olshausen, D. Field (1996), Emergence of simple-cell receptive field properties by learning a sparse code for natural
images, Nature 381; A. Bell, T. Sejnowski (1997), The "independent components" of natural scenes are edge filters, Vision
Research 37, for the symmetric whitening (ZCA); A. Coates, A. Ng, H. Lee (2011), An analysis of single-layer networks in
unsupervised feature learning, AISTATS, for the equal contrast. Two photographs come with scikit-learn; a folder of the
user's own can take their place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import cache, picture_folder, picture_rows, picture_store
from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.data.facts import counts_text, range_text, size_text
from saegui.core.data.noun import PATCH
from saegui.core.data.options import Option, Options, checked
from saegui.core.data.picture_folder import Entry, Listing, named
from saegui.core.data.picture_survey import spread
from saegui.core.data.source import Preview, Source
from saegui.core.errors import DataError
from saegui.core.files import paths, picture_file
from saegui.core.files.picture_file import LUMA, PictureFault
from saegui.core.progress import Progress

Float = NDArray[np.float64]

SIDE = 12
N_TRAIN, N_TEST = 50_000, 5_000
TEST_SHARE = N_TEST / N_TRAIN
"""Patches for testing, for each one for training."""
TEST_COLUMNS = 0.2
"""Share of each photograph, at its right edge, that only test patches are taken from; of many pictures, that share of them."""
MANY = 5
"""Of so many pictures whole ones are for testing."""
MOST_PICTURES = 2_000
"""More are not read: those that are read come evenly from all of them."""
MOST_VALUES = 60_000_000
"""Of all patches for training: a few GB of memory while they are whitened."""
LEAST_CONTRAST = 10 / 255**2
"""Added to a patch's variance before it is divided by its root, so that the noise of a clear sky stays small."""
FLATTENED = 0.4
"""Added to every variance before the root of its inverse is taken, as a share of their mean: it limits how much the
finest details, which are mostly noise, are enlarged."""
SEED = 0
PREVIEWED, PREVIEWED_PICTURES = 2_000, 8
"""Patches that are whitened for a preview, at least, and pictures of the user's that they are taken from, at most."""
SHOWN = 8
RECIPE = 1
"""Names the cache; raised when what is below changes the patches."""

LONGEST = "longest"
OPTIONS = (
    Option("side", "Side", "Pixels of a patch's side.", SIDE, low=4, high=32),
    Option(
        "number",
        "Number",
        "Patches for training; a tenth as many are for testing.",
        N_TRAIN,
        low=1_000,
        high=500_000,
    ),
    Option(
        "contrast",
        "Equal contrast",
        "Whether each patch is divided by its own contrast. Its mean is taken away in any case.",
        True,
    ),
    Option(
        "whitening",
        "Whitening",
        "ZCA makes all directions vary alike, so that edges are learnt and not what is bright; none leaves them.",
        "zca",
        choices=("zca", "none"),
        titles=("ZCA", "none"),
    ),
    Option(
        "epsilon",
        "ZCA ε",
        "Added to every variance before whitening, as a share of their mean: the less, the stronger the finest details.",
        FLATTENED,
        low=0.001,
        high=100,
    ),
    Option("seed", "Seed", "Decides which places patches are taken from.", SEED, low=0, high=2**31 - 1),
    Option(
        LONGEST,
        "Reduce to",
        "Your own pictures are reduced until their longer side has so many pixels; 0 leaves them as they are.",
        640,
        low=0,
        high=8_000,
    ),
)
DEFAULTS = checked(OPTIONS, {})


def _about(count: int, side: int, options: Options) -> str:
    whitened = ", whitened" if options["whitening"] == "zca" else ""
    return f"{count:,} pieces of two photographs that come with scikit-learn, {side}×{side}{whitened}; no network needed."


INFO = DatasetInfo(
    "patches",
    "Natural patches",
    _about(N_TRAIN + N_TEST, SIDE, DEFAULTS),
    (SIDE, SIDE),
    N_TRAIN,
    N_TEST,
    credit="danielbuechele and vultilion, in scikit-learn",
    licence="CC BY 2.0",
    home="https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_sample_images.html",
    ink=False,
    dtype="float32",
    called=PATCH,
)


def info_of(options: Options) -> DatasetInfo:
    """What is known of the patches with these options."""
    side, number = int(options["side"]), int(options["number"])
    test = _for_testing(number)
    return replace(
        INFO, about=_about(number + test, side, options), shape=(side, side), n_train=number, n_test=test
    )


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays | Found:
    """The patches of the pictures in ``folder``, or of scikit-learn's photographs where there is none; kept for the next time.
    ``folder`` is a folder of pictures, a zip file of one, or a single picture.
    """
    if folder is not None:
        return _of_pictures(folder, options, progress)
    _check_size(options)
    info = info_of(options)
    make = partial(prepare, options=options)
    place = cache_folder(options)
    arrays = cache.kept_or_made(place, info, "the natural patches", make, progress)
    if options != DEFAULTS:
        picture_store.forget_old(place)
    if options[LONGEST] != DEFAULTS[LONGEST]:
        note = f"The option {LONGEST} changes nothing here: only pictures of your own, which --data-dir names, are reduced."
        return Found(arrays, INFO.title, (note,))
    return arrays


def preview(folder: Path | None, options: Options, progress: Progress) -> Preview:
    """A few patches, whitened by the statistics of only some; raises as :func:`load` does."""
    _check_size(options)
    number, side = int(options["number"]), int(options["side"])
    few = {**options, "number": min(number, max(PREVIEWED, 4 * side**2))}
    if folder is None:
        arrays = prepare(progress, few)
    else:
        listing = picture_folder.listed(folder, progress)
        arrays, _ = _made_of(listing, few, progress, PREVIEWED_PICTURES)
    facts = (
        ("rows", counts_text(number, _for_testing(number))),
        ("shape", f"{side}×{side}"),
        ("range", range_text(arrays.train_images)),
        ("size", size_text((number + _for_testing(number)) * side**2 * 4)),
    )
    return Preview(arrays.train_images[:SHOWN].copy(), facts, ink=INFO.ink)


def available(folder: Path | None) -> bool:
    """Whether there is anything to take patches from."""
    return folder is None or (folder.is_file() or picture_folder.holds_pictures(folder))


def cache_folder(options: Options = DEFAULTS) -> Path:
    """Where the prepared patches are kept."""
    if options == DEFAULTS:
        return paths.data_cache() / f"patches-{RECIPE}"
    words = json.dumps({name: options[name] for name in sorted(options)})
    return (
        paths.data_cache() / f"patches-{RECIPE}-{hashlib.blake2b(words.encode(), digest_size=6).hexdigest()}"
    )


def prepare(progress: Progress, options: Options = DEFAULTS) -> Arrays:
    """The patches, whitened by the statistics of those for training; equal on every call on the same machine.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    from sklearn.datasets import load_sample_images

    number = int(options["number"])
    total = (number + _for_testing(number)) * int(options["side"]) ** 2 * np.dtype(INFO.dtype).itemsize
    progress.report(0, total, "Preparing the natural patches")
    photographs = [image @ np.array(LUMA) / 255 for image in load_sample_images().images]
    halves = [_halves(image) for image in photographs]
    random = np.random.default_rng(int(options["seed"]))
    parts = []
    for count, part in ((number, 0), (_for_testing(number), 1)):
        parts.append(cut([half[part] for half in halves], count, int(options["side"]), random))
        progress.report(total // 2, total, "Preparing the natural patches")
    return finished(parts, options)


def cut(photographs: Sequence[Float], count: int, side: int, random: np.random.Generator) -> Float:
    """``(count, side²)``: squares from random places of the photographs, as many of each."""
    found = []
    for place, image in enumerate(photographs):
        share = count // len(photographs) + (place < count % len(photographs))
        found.append(_squares(image, share, side, random))
    return np.concatenate(found)[random.permutation(count)]


def finished(parts: Sequence[Float], options: Options, pictures: str = "the photographs") -> Arrays:
    """Patches ``(n, side²)`` for training and for testing, as they were cut → as a model is given them.

    Raises:
        DataError: nothing is on them.
    """
    rows = [
        equalised(part) if options["contrast"] else part - part.mean(axis=1, keepdims=True) for part in parts
    ]
    if not rows[0].any():
        raise DataError(f"All patches of {pictures} are of one grey each; choose other pictures.")
    if options["whitening"] == "zca":
        matrix = whitening(rows[0], float(options["epsilon"]))
        rows = [part @ matrix for part in rows]
    else:
        rows = [part / rows[0].std() for part in rows]
    side = int(options["side"])
    train, test = (part.reshape(-1, side, side).astype(np.float32) for part in rows)
    return Arrays.unlabelled(train, test)


def equalised(rows: Float) -> Float:
    """Each patch less its own mean, and divided by its own contrast."""
    found: Float = rows - rows.mean(axis=1, keepdims=True)
    found /= np.sqrt(found.var(axis=1, keepdims=True) + LEAST_CONTRAST)
    return found


def whitening(rows: Float, flattened: float = FLATTENED) -> Float:
    """``(d, d)``, symmetric: what makes all directions of ``rows (n, d)`` vary alike, and single values by about one."""
    variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    scales = 1 / np.sqrt(variances.clip(0) + flattened * variances.mean())
    matrix: Float = (directions * scales) @ directions.T
    matrix /= (rows @ matrix).std()
    return matrix


def _of_pictures(place: Path, options: Options, progress: Progress) -> Found:
    _check_size(options)
    listing = picture_folder.listed(place, progress)
    folder = picture_store.folder_for("patches", place, options)

    def make() -> tuple[Arrays, dict[str, Any]]:
        arrays, made_notes = _made_of(listing, options, progress)
        about = {"fingerprint": listing.fingerprint, "notes": made_notes}
        picture_store.keep(folder, "the patches", arrays, about, progress)
        return arrays, about

    arrays, _, notes = picture_store.kept_or_made(folder, listing, make)
    return Found(arrays, f"{INFO.title} of {picture_folder.title_of(place)}", notes)


def _made_of(
    listing: Listing, options: Options, progress: Progress, most: int = MOST_PICTURES
) -> tuple[Arrays, list[str]]:
    """The patches of at most ``most`` of the pictures that are listed, and what the user should know."""
    picture_file.guard()
    with picture_folder.opener(listing) as opened:
        pictures = _Pictures(listing, opened, options, progress)
        parts = pictures.cut(most)
    return finished(parts, options, f"the pictures in {listing.place}"), pictures.notes


class _Pictures:
    """The user's own, one of which is in memory at a time."""

    def __init__(
        self,
        listing: Listing,
        opened: Callable[[Entry], Path | BinaryIO],
        options: Options,
        progress: Progress,
    ) -> None:
        self._listing, self._opened, self._progress = listing, opened, progress
        self._side, self._longest = int(options["side"]), int(options["longest"])
        self._counts = int(options["number"]), _for_testing(int(options["number"]))
        self._random = np.random.default_rng(int(options["seed"]))
        self._faults: list[str] = []
        self._readable = self._shrunk = False
        """Whether there is a picture, and one that is only too small because it is reduced."""

    @property
    def notes(self) -> list[str]:
        """What the user should know, once they were cut."""
        found = []
        if self._faults:
            found.append(f"{len(self._faults):,} pictures give no patches: {named(self._faults)}.")
        if (there := len(self._listing.pictures)) > MOST_PICTURES:
            found.append(
                f"Patches are of {MOST_PICTURES:,} of the {there:,} pictures in {self._listing.place}."
            )
        return found

    def cut(self, most: int = MOST_PICTURES) -> list[Float]:
        """Patches ``(n, side²)`` for training and for testing; of :data:`MANY` pictures whole ones are for testing."""
        entries = [entry for entry in spread(self._listing.pictures, MOST_PICTURES) if self._is_large(entry)]
        entries = spread(entries, most)
        if len(entries) >= MANY:
            order = self._random.permutation(len(entries))
            count = max(1, round(TEST_COLUMNS * len(entries)))
            chosen = [[entries[place] for place in np.sort(part)] for part in (order[count:], order[:count])]
            sets = [(self._levels(some), len(some)) for some in chosen]
        else:
            halves = [_halves(image) for image in self._levels(entries) if image is not None]
            large = [half for half in halves if min(*half[0].shape, *half[1].shape) >= self._side]
            sets = [(iter([half[part] for half in large]), len(large)) for part in (0, 1)]
        found = [
            _cut_some(images, size, count, self._side, self._random)
            for (images, size), count in zip(sets, self._counts, strict=True)
        ]
        parts = [part for part in found if part is not None]
        if len(parts) < 2:
            raise DataError(self._no_patches())
        return parts

    def _no_patches(self) -> str:
        place, why = self._listing.place, f": {named(self._faults)}" if self._faults else ""
        if not self._readable:
            return (
                f"{place} holds no picture that can be read{why}; patches are cut from pictures: give a folder of them, a zip "
                "file of one, or one picture."
            )
        raise_longest = f"raise the option longest (now {self._longest:,}), " if self._shrunk else ""
        return (
            f"{place} holds no pictures that are large enough for patches of {self._side}×{self._side}{why}; "
            f"{raise_longest}choose a smaller side, or other pictures."
        )

    def _is_large(self, entry: Entry) -> bool:
        try:
            size = picture_rows.header(self._opened(entry))
        except PictureFault as fault:
            self._faults.append(f"{entry.name} {fault.why}")
            return False
        self._readable = True
        height, width = picture_rows.reduced(size.height, size.width, self._longest)
        if min(height, width) >= self._side:
            return True
        shrunk = min(size.height, size.width) >= self._side
        self._shrunk |= shrunk
        reduced = f" once it is reduced from {size.height:,}×{size.width:,}" if shrunk else ""
        self._faults.append(f"{entry.name} has only {height}×{width} pixels{reduced}")
        return False

    def _levels(self, entries: Sequence[Entry]) -> Iterator[Float | None]:
        """Grey levels ``(h, w)`` from 0 to 1 of each; None for one that cannot be read."""
        done, total = 0, sum(entry.size for entry in entries)
        for entry in entries:
            self._progress.report(done, total, f"Cutting patches from {len(entries):,} pictures")
            done += entry.size
            try:
                yield picture_rows.grey(self._opened(entry), self._longest) / 255
            except PictureFault as fault:
                self._faults.append(f"{entry.name} {fault.why}")
                yield None


def _cut_some(
    images: Iterator[Float | None], size: int, count: int, side: int, random: np.random.Generator
) -> Float | None:
    """``(count, side²)`` of ``size`` images, one of which is in memory at a time; those that are None give none."""
    found, left, last = [], count, None
    for place, image in enumerate(images):
        if image is not None:
            last = image
            share = round(left / (size - place))
            found.append(_squares(image, share, side, random))
            left -= share
    if last is None:
        return None
    found.append(_squares(last, left, side, random))
    return np.concatenate(found)[random.permutation(count)]


def _squares(image: Float, count: int, side: int, random: np.random.Generator) -> Float:
    """``(count, side²)`` from random places of one image."""
    views = np.lib.stride_tricks.sliding_window_view(image, (side, side))
    rows = random.integers(0, views.shape[0], count)
    columns = random.integers(0, views.shape[1], count)
    found: Float = views[rows, columns].reshape(count, side * side)
    return found


def _halves(image: Float) -> list[Float]:
    """The part of an image for training, and that for testing."""
    return np.split(image, [round((1 - TEST_COLUMNS) * image.shape[1])], axis=1)


def _for_testing(number: int) -> int:
    return round(TEST_SHARE * number)


def _check_size(options: Options) -> None:
    side, number = int(options["side"]), int(options["number"])
    if number * side**2 > MOST_VALUES:
        raise DataError(
            f"{number:,} patches of {side}×{side} are too many to be whitened in memory; choose a number of at most "
            f"{MOST_VALUES // side**2:,}, or a smaller side."
        )


SOURCE = Source(
    INFO, load, available, folder="pictures of your own", options=OPTIONS, preview=preview, info_of=info_of
)
