"""Natural patches: small squares of two photographs, equal in brightness and contrast, and whitened, as in the classic of
sparse coding.

B. Olshausen, D. Field (1996), Emergence of simple-cell receptive field properties by learning a sparse code for natural
images, Nature 381; A. Bell, T. Sejnowski (1997), The "independent components" of natural scenes are edge filters, Vision
Research 37, for the symmetric whitening (ZCA); A. Coates, A. Ng, H. Lee (2011), An analysis of single-layer networks in
unsupervised feature learning, AISTATS, for the equal contrast. The photographs come with scikit-learn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo
from saegui.core.data.options import Options
from saegui.core.data.source import Source
from saegui.core.files import paths
from saegui.core.progress import Progress

Float = NDArray[np.float64]

SIDE = 12
N_TRAIN, N_TEST = 50_000, 5_000
TEST_COLUMNS = 0.2
"""Share of each photograph, at its right edge, that only test patches are taken from."""
LEAST_CONTRAST = 10 / 255**2
"""Added to a patch's variance before it is divided by its root, so that the noise of a clear sky stays small."""
FLATTENED = 0.4
"""Added to every variance before the root of its inverse is taken, as a share of their mean: it limits how much the
finest details, which are mostly noise, are enlarged."""
SEED = 0
RECIPE = 1
"""Names the cache; raised when what is below changes the patches."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""

INFO = DatasetInfo(
    "patches",
    "Natural patches",
    f"55,000 pieces of two photographs that come with scikit-learn, {SIDE}×{SIDE}, whitened; no network needed.",
    (SIDE, SIDE),
    N_TRAIN,
    N_TEST,
    credit="danielbuechele and vultilion, in scikit-learn",
    licence="CC BY 2.0",
    home="https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_sample_images.html",
    ink=False,
    dtype="float32",
)


def load(folder: Path | None, options: Options, progress: Progress) -> Arrays:
    """The cached patches, or those from scikit-learn's photographs, which are then cached; ``folder`` is not used."""
    return cache.kept_or_made(cache_folder(), INFO, "the natural patches", prepare, progress)


def cache_folder() -> Path:
    """Where the prepared patches are kept."""
    return paths.data_cache() / f"patches-{RECIPE}"


def prepare(progress: Progress) -> Arrays:
    """The patches, whitened by the statistics of those for training; equal on every call on the same machine.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    from sklearn.datasets import load_sample_images

    total = INFO.n_bytes
    progress.report(0, total, "Preparing the natural patches")
    photographs = [image @ np.array(LUMA) / 255 for image in load_sample_images().images]
    random = np.random.default_rng(SEED)
    parts = []
    for count, part in ((N_TRAIN, slice(None, -1)), (N_TEST, slice(-1, None))):
        pieces = [
            np.split(image, [round((1 - TEST_COLUMNS) * image.shape[1])], axis=1) for image in photographs
        ]
        parts.append(equalised(cut([piece[part][0] for piece in pieces], count, SIDE, random)))
        progress.report(total // 2, total, "Preparing the natural patches")
    matrix = whitening(parts[0])
    train, test = ((rows @ matrix).reshape(-1, SIDE, SIDE).astype(np.float32) for rows in parts)
    return Arrays.unlabelled(train, test)


def cut(photographs: list[Float], count: int, side: int, random: np.random.Generator) -> Float:
    """``(count, side²)``: squares from random places of the photographs, as many of each."""
    found = []
    for place, image in enumerate(photographs):
        share = count // len(photographs) + (place < count % len(photographs))
        views = np.lib.stride_tricks.sliding_window_view(image, (side, side))
        rows = random.integers(0, views.shape[0], share)
        columns = random.integers(0, views.shape[1], share)
        found.append(views[rows, columns].reshape(share, side * side))
    return np.concatenate(found)[random.permutation(count)]


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


SOURCE = Source(INFO, load)
