"""Each metric once, with its formula. Notation: x inputs, z codes, x̂ reconstructions, e = x − x̂."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.analysis import effects
from saegui.core.analysis.latent_filter import DENSE
from saegui.core.arrays import Array, Images, full
from saegui.core.data import Dataset
from saegui.core.families.registry import WITH_K
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.progress import UNWATCHED, Progress

HELP: dict[str, str] = {
    "mse": "Mean squared error: the mean of e² over all inputs and their numbers.",
    "fvu": "Fraction of variance unexplained: Σe² / Σ(x − mean input)². 0 is a perfect reconstruction, 1 is the mean input.",
    "fvu_pooled": "FVU with one mean for all pixels: Σe² / Σ(x − mean of all pixels)². It is never higher than FVU.",
    "explained_variance": "1 − FVU.",
    "loss_recovered": "How much of a network's cross-entropy is kept when reconstructions replace the activations of its layer: (CE with zeros − CE with reconstructions) / (CE with zeros − CE with the activations). 1 is all, 0 is no better than zeros. On test inputs (Bricken et al. 2023).",
    "accuracy": "Share of the test inputs that the network classifies correctly.",
    "accuracy_reconstruction": "Share of the test inputs that the network classifies correctly when reconstructions replace the activations of its layer.",
    "l0": "Mean number of active latents (z ≠ 0) per input.",
    "dead": "Number of latents with density 0 over the training inputs. During training: latents that were inactive for one epoch.",
    "dense": "Number of latents with density above 0.5 over the training inputs.",
    "density": "Share of inputs on which the latent is active (z ≠ 0).",
    "amortisation_gap": "MSE of the encoder minus the MSE of a search: orthogonal matching pursuit with the same atoms and as many of them per input.",
    "loss": "The number that training minimises: the sum of all named losses. On test inputs: the MSE.",
}
"""The definition of each metric: in the window's tooltips, in ``saegui eval`` and in docs/reference.md."""


@dataclass(frozen=True)
class Variation:
    """How much a set of images varies: the denominators of both FVUs."""

    n_images: int
    around_mean_image: float
    """Σ(x − mean input)²."""
    around_mean_pixel: float
    """Σ(x − mean of all pixels)²."""

    @staticmethod
    def of(images: Images) -> Variation:
        """Of ``images (N, *shape)``: bytes in [0, 1], summed exactly in integers; numbers in double precision."""
        return moments(images).variation


class Moments(NamedTuple):
    """What a set of images is like on average."""

    mean: NDArray[np.float64]
    """The mean image ``(d_in,)``, in pixels."""
    variation: Variation


def moments(images: Images) -> Moments:
    """Of ``images (N, *shape)``; those that stay on disk are read once, with little memory."""
    flat = images.reshape(len(images), -1)
    if flat.dtype == np.uint8:
        return _of_bytes(flat)
    return _of_numbers_on_disk(flat) if on_disk.stays_on_disk(flat) else _of_numbers(flat)


def _of_bytes(flat: Images) -> Moments:
    total = np.zeros(flat.shape[1], np.int64)
    squares = 0
    pieces = on_disk.pieces if on_disk.stays_on_disk(flat) else _pieces
    for piece in pieces(flat):
        wide = piece.astype(np.int32)
        total += wide.sum(0, dtype=np.int64)
        squares += int(np.square(wide).sum(dtype=np.int64))
    sums = total.tolist()
    n, size = flat.shape[0], flat.size
    # Python's integers have no largest one: images that are all alike get exactly zero, not a rounding error.
    around_image = n * squares - sum(value * value for value in sums)
    around_pixel = size * squares - sum(sums) ** 2
    variation = Variation(n, around_image / (n * 255**2), around_pixel / (size * 255**2))
    return Moments(total / n / full(flat), variation)


def _of_numbers(flat: Images) -> Moments:
    """Around means that are known first: differences of large sums would be rounding errors."""
    mean = np.sum([piece.sum(0, dtype=np.float64) for piece in _pieces(flat)], axis=0) / max(1, len(flat))
    around_image = around_value = 0.0
    for piece in _pieces(flat):
        around_image += float(np.square(piece - mean).sum())
        around_value += float(np.square(piece - mean.mean()).sum())
    return Moments(mean, Variation(len(flat), around_image, around_value))


def _of_numbers_on_disk(flat: Images) -> Moments:
    """In one pass, around the mean of the first piece, which is near enough to that of all: it only keeps sums small.

    With s that mean, D = Σ(x − s) and N rows: Σ(x − mean)² = Σ(x − s)² − Σ D²/N.
    """
    shift = next(on_disk.pieces(flat)).mean(0, dtype=np.float64).astype(np.float32)
    sums, squares = np.zeros(flat.shape[1]), 0.0
    for piece in on_disk.pieces(flat):
        x = piece.astype(np.float32)
        x -= shift
        sums += x.sum(0, dtype=np.float64)
        squares += float(np.einsum("ij,ij->i", x, x).sum(dtype=np.float64))
    mean = shift + sums / len(flat)
    around_image = max(0.0, squares - float(np.square(sums).sum()) / len(flat))
    around_value = around_image + len(flat) * float(np.square(mean - mean.mean()).sum())
    return Moments(mean, Variation(len(flat), around_image, around_value))


def _pieces(flat: Images) -> Iterator[Images]:
    return (flat[start : start + 4096] for start in range(0, len(flat), 4096))


Reading = Callable[[Images, Progress], tuple[NDArray[np.float32], NDArray[np.int64]]]
"""Of ``images (N, *shape)``: Σe² of each ``(N,)``, in pixels, and on how many of them each latent is active ``(n_latents,)``."""


@dataclass(frozen=True)
class Reconstruction:
    """How well a snapshot reconstructs a set of images."""

    mse: float
    fvu: float
    fvu_pooled: float
    explained_variance: float
    l0: float


@dataclass(frozen=True)
class Metrics(Reconstruction):
    """The full measurement of a run: reconstruction on test images, dead and dense latents on training inputs."""

    dead: int
    dense: int
    n_latents: int
    k: int | None
    """None where no k limits the code."""
    dataset: str
    n_test_images: int
    n_train_images: int
    step: int
    epoch: float
    loss_recovered: float | None = None
    """This and what follows are None where the inputs are no activations of a network that classifies them."""
    accuracy: float | None = None
    accuracy_reconstruction: float | None = None

    def to_dict(self) -> dict[str, float | int | str | None]:
        """Plain numbers for JSON; without those that there are none of."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def input_fvu(values: Images, mse: float, mean: NDArray[np.float64]) -> float:
    """FVU of one input ``(*shape)`` whose reconstruction has the error ``mse``: Σe² / Σ(x − mean)² with the ``mean (d_in,)`` of
    other inputs, in pixels."""
    x = to_input(values[np.newaxis])[0]
    return unexplained(mse * x.size, float(np.square(x - mean).sum()))


def reconstruction(
    snapshot: Snapshot,
    images: Images,
    variation: Variation | None = None,
    progress: Progress = UNWATCHED,
    reading: Reading | None = None,
) -> Reconstruction:
    """MSE, both FVUs, explained variance and L0 on ``images (N, *shape)``; pass ``variation`` to reuse it.

    ``reading``: what finds the same as ``snapshot`` does, up to rounding, but sooner.
    """
    variation = variation or Variation.of(images)
    errors, on = (reading or partial(_read, snapshot))(images, progress)
    size = snapshot.rows_at_once(images)
    # Batch by batch, whatever pieces they came in: the order of a sum decides its last digit.
    squared = sum(
        float(errors[start : start + size].sum(dtype=np.float64)) for start in range(0, len(images), size)
    )
    return Reconstruction(
        mse=squared / images.size,
        fvu=unexplained(squared, variation.around_mean_image),
        fvu_pooled=unexplained(squared, variation.around_mean_pixel),
        explained_variance=1 - unexplained(squared, variation.around_mean_image),
        l0=int(on.sum()) / len(images),
    )


def _read(
    snapshot: Snapshot, images: Images, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """See :data:`Reading`."""
    errors, on = np.empty(len(images), np.float32), np.zeros(snapshot.n_latents, np.int64)
    memory: Array | None = None
    for rows, x, z in snapshot.batches(images, in_cache=True):
        progress.report(rows.start, len(images))
        if memory is None:
            memory = np.empty_like(x)
        error = snapshot.decode(z, x, memory[: len(x)])
        error -= x
        # One single-precision sum over millions of pixels would be off by 1 in 20,000; over one image it is exact enough.
        errors[rows] = np.einsum("ij,ij->i", error, error)
        on += np.count_nonzero(z, axis=0)
    return errors, on


def density(
    snapshot: Snapshot, images: Images, progress: Progress = UNWATCHED, reading: Reading | None = None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """``(n_latents,)``: share of ``images`` on which z ≠ 0; ``reading`` as in :func:`reconstruction`."""
    if reading is not None:
        _, on = reading(images, progress)
        return on / len(images)
    counts = np.zeros(snapshot.n_latents, np.int64)
    for rows, _, z in snapshot.batches(images, in_cache=True):
        progress.report(rows.start, len(images))
        counts += np.count_nonzero(z, axis=0)
    return counts / len(images)


def evaluate(
    snapshot: Snapshot,
    dataset: Dataset,
    progress: Progress = UNWATCHED,
    *,
    shares: np.ndarray[tuple[int], np.dtype[np.floating]] | None = None,
    reading: Reading | None = None,
) -> Metrics:
    """Everything ``saegui eval`` prints: reconstruction on the test inputs, dead and dense over the training inputs.

    ``shares`` is the :func:`density` over these, where it is known already. With thousands of latents finding it takes
    many seconds; ``progress`` counts images. ``reading`` as in :func:`reconstruction`.

    Raises:
        DataError: when the data set's inputs have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    snapshot.check_reads(dataset.shape, dataset.title)
    to_count = 0 if shares is not None else len(dataset.train_images)
    total = to_count + len(dataset.test_images)
    if shares is None:
        shares = density(snapshot, dataset.train_images, progress.part(0, total), reading)
    found = reconstruction(
        snapshot, dataset.test_images, progress=progress.part(to_count, total), reading=reading
    )
    readout = effects.readout_of(dataset)
    recovered = (
        effects.recovery(snapshot, readout, dataset.test_images, dataset.test_labels) if readout else None
    )
    return Metrics(
        **asdict(found),
        dead=int(np.count_nonzero(shares == 0)),
        dense=int(np.count_nonzero(shares > DENSE)),
        n_latents=snapshot.n_latents,
        k=snapshot.config.k if snapshot.config.arch in WITH_K else None,
        dataset=dataset.name,
        n_test_images=len(dataset.test_images),
        n_train_images=len(dataset.train_images),
        step=snapshot.step,
        epoch=snapshot.epoch,
        loss_recovered=recovered.loss_recovered if recovered else None,
        accuracy=recovered.accuracy if recovered else None,
        accuracy_reconstruction=recovered.accuracy_reconstruction if recovered else None,
    )


def amortisation_gap(
    snapshot: Snapshot,
    images: Images,
    *,
    progress: Progress = UNWATCHED,
) -> float | None:
    """MSE on ``images (N, *shape)`` less :func:`saegui.core.analysis.pursuit.pursuit_mse`; None where pursuit cannot be used.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    from saegui.core.analysis.pursuit import pursuit_mse

    searched = pursuit_mse(snapshot, images, progress=progress)
    return None if searched is None else reconstruction(snapshot, images).mse - searched


def image_errors(snapshot: Snapshot, images: Images) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per image: reconstructions ``(N, *shape)`` float32, L0 ``(N,)``, MSE ``(N,)``."""
    x = to_input(images)
    z = snapshot.encode(x)
    x_hat = snapshot.decode(z, x)
    return x_hat.reshape(-1, *images.shape[1:]), np.count_nonzero(z, axis=1), np.square(x_hat - x).mean(1)


def unexplained(squared: float, variation: float) -> float:
    """``squared / variation``, for images without any variation 0 when there is no error and infinite otherwise."""
    # Images that are all alike have no variance to explain; a perfect reconstruction of them leaves none unexplained.
    return squared / variation if variation > 0 else (0.0 if squared == 0 else float("inf"))
