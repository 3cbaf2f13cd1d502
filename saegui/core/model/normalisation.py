"""What an autoencoder sees of an image: pixels, or pixels shifted and scaled by what the training images are like.

One rule for all choices of :attr:`RunConfig.input`: x_in = (x − mean) / scale and x̂ = x̂_in · scale + mean, where scale
is one number, or with ``unit`` one per image. With ``layer_norm`` mean and scale are those of each image's own numbers, as
OpenAI's sparse_autoencoder and SAELens have it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from saegui.core.arrays import Array

MEAN, SCALE = "input_mean", "input_scale"
LEAST = 1e-6
"""An image that equals the mean has no direction; dividing by its length would make noise of it."""
LAYER_NORM = "layer_norm"
SMALL = 1e-5
"""Added to the standard deviation by which layer norm divides; the reconstruction is multiplied without it."""


def fit(kind: str, mean: Array, variance: float) -> dict[str, Array]:
    """What has to be kept to treat other images alike; nothing for raw pixels, and where each image has its own mean.

    ``mean (d_in,)`` is the mean training image, ``variance`` the mean over images and pixels of (x − mean)².
    """
    if not names(kind):
        return {}
    scale = max(float(np.sqrt(variance)), LEAST) if kind == "standardised" else 1.0
    return {MEAN: mean.astype(np.float32), SCALE: np.array([scale], np.float32)}


def names(kind: str) -> tuple[str, ...]:
    """The keys of what :func:`fit` returns."""
    return () if kind in ("raw", LAYER_NORM) else (MEAN, SCALE)


def scales(kind: str, x: Array, fitted: Mapping[str, Array]) -> Array:
    """What the reconstruction of each image of ``x (batch, d_in)`` is multiplied by, ``(batch, 1)`` or ``(1,)``."""
    if kind == LAYER_NORM:
        deviations: Array = np.std(x, axis=1, keepdims=True, ddof=min(1, x.shape[1] - 1), dtype=np.float32)
        return deviations
    if kind == "unit":
        lengths: Array = np.linalg.norm(x - fitted[MEAN], axis=1, keepdims=True)
        return np.maximum(lengths, np.float32(LEAST))
    return fitted[SCALE] if fitted else np.ones(1, np.float32)


def apply(kind: str, x: Array, fitted: Mapping[str, Array]) -> Array:
    """Pixels ``x (batch, d_in)`` as the autoencoder sees them."""
    if kind == LAYER_NORM:
        own: Array = (x - x.mean(axis=1, keepdims=True)) / (scales(kind, x, fitted) + np.float32(SMALL))
        return own
    return (x - fitted[MEAN]) / scales(kind, x, fitted) if fitted else x


def undo(kind: str, x_hat: Array, x: Array, fitted: Mapping[str, Array]) -> Array:
    """Reconstructions of the images ``x`` as pixels; may write into ``x_hat``."""
    if not fitted and kind != LAYER_NORM:
        return x_hat
    x_hat *= scales(kind, x, fitted)
    x_hat += x.mean(axis=1, keepdims=True) if kind == LAYER_NORM else fitted[MEAN]
    return x_hat
