"""What latents are sorted by: one number for each, the largest first."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Mask
from saegui.core.arrays import Array, Images
from saegui.core.families.kl import sigmoid
from saegui.core.families.matmul import product
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

MOST_CLUSTERED = 8192
"""Living latents that can be put into cluster order: their distances take 700 MB and 3 s."""
MOST_LEAVES = 512
"""Up to so many the leaves of the tree are turned so that neighbours are alike; beyond, that takes minutes."""
_LEAST = 1e-12


def decoder_norms(snapshot: Snapshot) -> Array:
    """``(F,)``: the Euclidean length of each row of the decoder, ‖dⱼ‖."""
    norms: Array = np.linalg.norm(snapshot.W_dec, axis=1)
    return norms


def cosines(snapshot: Snapshot, latent: int, side: Literal["encoder", "decoder"] = "decoder") -> Array:
    """``(F,)``: cos θ = a·b / (‖a‖ ‖b‖) of each latent's row of the decoder, or column of the encoder, and that of ``latent``;
    0 for zeros. Takes 10 ms for 16,384 latents of 784 weights.
    """
    rows = snapshot.W_dec if side == "decoder" else snapshot.W_enc.T
    # Not with the library behind numpy's products: it serves one thread at a time, and another may be measuring.
    along = np.einsum("fd,d->f", rows, rows[latent])
    lengths = np.sqrt(np.einsum("fd,fd->f", rows, rows))
    size = np.maximum(lengths * lengths[latent], _LEAST)
    found: Array = np.clip(along / size, -1, 1).astype(np.float32)
    return found


def cluster_keys(snapshot: Snapshot, dead: Mask, progress: Progress = UNWATCHED) -> Array:
    """``(F,)``: minus each latent's place among the leaves of a tree, so that latents that draw alike stand together.

    Average linkage (R. R. Sokal & C. D. Michener 1958) on the distances 1 − cosine of the decoder rows. The ``dead`` are left
    out, and are −F. Up to :data:`MOST_LEAVES` latents the leaves are ordered optimally (Z. Bar-Joseph et al. 2001).

    Raises:
        ValueError: more than :data:`MOST_CLUSTERED` latents are alive.
        Cancelled: ``progress`` gave the work up.
    """
    alive = np.flatnonzero(~dead)
    keys = np.full(snapshot.n_latents, -snapshot.n_latents, np.float32)
    if len(alive) > MOST_CLUSTERED:
        raise ValueError(f"{len(alive):,} latents are alive; cluster order is for at most {MOST_CLUSTERED:,}")
    if len(alive) < 3:
        keys[alive] = -np.arange(len(alive))
        return keys
    # Large, and seldom needed.
    from scipy.cluster.hierarchy import leaves_list

    tree = linkage_of(snapshot.W_dec[alive], progress)
    keys[alive[leaves_list(tree)]] = -np.arange(len(alive))
    progress.report(3, 3)
    return keys


def linkage_of(rows: Array, progress: Progress = UNWATCHED) -> NDArray[np.float64]:
    """The tree of ``rows (n, d)`` by average linkage on 1 − cosine, as :func:`scipy.cluster.hierarchy.linkage` writes it: ``(n − 1, 4)``.

    Up to :data:`MOST_LEAVES` leaves are ordered optimally. The distance of a row of zeros to any other is 1.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    directions = _directions(rows)
    distances = np.clip(1 - directions @ directions.T, 0, 2)
    progress.report(1, 3)
    pairs = squareform(distances, checks=False).astype(np.float64)
    del distances
    progress.report(2, 3)
    found: NDArray[np.float64] = linkage(pairs, "average", optimal_ordering=len(rows) <= MOST_LEAVES)
    return found


def ablation_errors(
    snapshot: Snapshot, images: Images, progress: Progress = UNWATCHED
) -> NDArray[np.float64]:
    """``(F,)``: by how much the MSE of the reconstructions of ``images (N, *shape)`` grows when each latent is set to 0.

    Mean over all images, those on which the latent is inactive included; the other activations stay as they are. Below 0
    where the model would do better without the latent.

    Raises:
        DataError: the images have another shape than the model reads.
        Cancelled: ``progress`` gave the work up.
    """
    total = np.zeros(snapshot.n_latents)
    for rows, x, z in snapshot.batches(images):
        progress.report(rows.start, len(images))
        total += (
            _through_sigmoid(snapshot, x, z) if snapshot.config.sigmoid_output else _linear(snapshot, x, z)
        )
    progress.report(len(images), len(images))
    return total / (max(1, len(images)) * snapshot.d_in)


def _linear(snapshot: Snapshot, x: Array, z: Array) -> NDArray[np.float64]:
    """``(F,)``: Σ over images of ‖e + s·zⱼ·dⱼ‖² − ‖e‖², where e = x − x̂ and s is what the image was divided by."""
    from scipy.sparse import csr_matrix

    error = x - snapshot.decode(z, x)
    weights = z * normalisation.scales(snapshot.config.input, x, snapshot.fitted)
    # Few latents are active on an image: a sparse product costs hundreds of times less than a full one.
    along = np.einsum("fd,fd->f", csr_matrix(weights.T) @ error, snapshot.W_dec, dtype=np.float64)
    energy = np.einsum("nf,nf->f", weights, weights, dtype=np.float64)
    lengths = np.einsum("fd,fd->f", snapshot.W_dec, snapshot.W_dec, dtype=np.float64)
    change: NDArray[np.float64] = 2 * along + energy * lengths
    return change


def _through_sigmoid(snapshot: Snapshot, x: Array, z: Array) -> NDArray[np.float64]:
    """As :func:`_linear`, where a sigmoid follows the decoder: each latent's images are decoded again."""
    kind = snapshot.config.input
    before = product(z, snapshot.W_dec) + snapshot.b_dec

    def errors(decoded: Array, seen: Array) -> NDArray[np.float64]:
        made = normalisation.undo(kind, sigmoid(decoded), seen, snapshot.fitted)
        squares: NDArray[np.float64] = np.square(seen - made).sum(axis=1, dtype=np.float64)
        return squares

    whole = errors(before, x)
    change = np.zeros(snapshot.n_latents)
    for latent in range(snapshot.n_latents):
        on = np.flatnonzero(z[:, latent])
        if len(on):
            less = before[on] - z[on, latent, np.newaxis] * snapshot.W_dec[latent]
            change[latent] = (errors(less, x[on]) - whole[on]).sum()
    return change


def _directions(rows: Array) -> Array:
    """``rows (n, d)`` at length one; rows of zeros stay."""
    scaled: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _LEAST)
    return scaled
