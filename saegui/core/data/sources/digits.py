"""scikit-learn's 1,797 handwritten digits, 8×8, brought to the way MNIST shows a digit.

E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI. A pixel counts, from 0 to 16,
the ink in a 4×4 block of a 32×32 bitmap.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core import strokes
from saegui.core.arrays import shape_text
from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.data.split import stratified
from saegui.core.files import paths
from saegui.core.progress import Progress

Float = NDArray[np.float32]

INFO = DatasetInfo(
    "digits",
    "Built-in digits",
    "1,797 handwritten digits that come with scikit-learn, 8×8 enlarged to "
    f"{shape_text(strokes.IMAGE_SHAPE)}; no network needed.",
    # The shape of a drawing, so that a model of these digits can read drawings.
    strokes.IMAGE_SHAPE,
    1_438,
    359,
    tuple("0123456789"),
    credit="scikit-learn (Alpaydin and Kaynak)",
    licence="CC BY 4.0",
    home="https://archive.ics.uci.edu/dataset/80",
)
RECIPE = 1
"""Names the cache; raised when :func:`enlarge`, the split or the placing changes the images."""
FILE = "datasets/data/digits.csv.gz"
"""Where scikit-learn keeps the digits: a row each, its pixels and its label."""
SIDE, FULL = 8, 16
UPSCALE = 8
PAPER, CONTRAST = 0.33, 2.0
"""Ink below PAPER becomes paper, the rest is stretched: it gives back the edge that counting in blocks
blurred, and the images MNIST's amount of ink (median of the sum/255: 100 here, 101 there)."""
BOX = 20
TEST_SHARE = 0.2
SPLIT_SEED = 0


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays:
    """The cached arrays, or those from scikit-learn, which are then cached; ``folder`` is not used.

    A damaged cache is made again, and ``progress`` says so; so it does where no cache can be written.
    """
    return cache.kept_or_made(cache_folder(), INFO, "the built-in digits", prepare, progress)


def cache_folder() -> Path:
    """Where the prepared digits are kept."""
    return paths.data_cache() / f"digits-{RECIPE}"


def prepare(progress: Progress) -> Arrays:
    """The images from scikit-learn, enlarged and split; equal on every call.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    small, labels = _of_scikit_learn()
    small = small / np.float32(FULL)
    images = np.empty((len(small), *strokes.IMAGE_SHAPE), np.uint8)
    for index, image in enumerate(small):
        if index % 100 == 0:
            progress.report(index * images[0].size, images.size, "Preparing the built-in digits")
        images[index] = strokes.place(enlarge(image))
    train, test = stratified(labels, TEST_SHARE, SPLIT_SEED)
    return Arrays(images[train], labels[train], images[test], labels[test])


def _of_scikit_learn() -> tuple[Float, NDArray[np.uint8]]:
    """Pixels ``(1797, 8, 8)`` from 0 to 16, and labels. The file is read without scikit-learn, which takes seconds to import."""
    package = find_spec("sklearn")
    for place in (package and package.submodule_search_locations) or ():
        file = Path(place) / FILE
        if file.is_file():
            rows = np.loadtxt(file, np.float32, delimiter=",")
            return rows[:, :-1].reshape(-1, SIDE, SIDE), rows[:, -1].astype(np.uint8)
    # A version that keeps its file elsewhere.
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images.astype(np.float32), found.target.astype(np.uint8)


def enlarge(small: Float) -> Float:
    """``(8, 8)`` ink in [0, 1] → ``(20, 20)`` in [0, 255]; the ink fills one side, centred on the other."""
    from PIL import Image

    padded = np.pad(small, 1)
    side = len(padded) * UPSCALE
    fine = np.asarray(Image.fromarray(padded).resize((side, side), Image.Resampling.BICUBIC))
    fine = np.clip((fine - PAPER) * CONTRAST, 0, 1)
    ink = _crop(fine)
    height, width = (max(1, round(length * BOX / max(ink.shape))) for length in ink.shape)
    fitted = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS))
    box = np.zeros((BOX, BOX), np.float32)
    top, left = (BOX - height) // 2, (BOX - width) // 2
    box[top : top + height, left : left + width] = np.clip(fitted, 0, 1) * 255
    return box


def _crop(ink: Float) -> Float:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


SOURCE = Source(INFO, load)
