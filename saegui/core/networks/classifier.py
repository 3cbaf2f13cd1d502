"""A small classifier in numpy: its layers, their activations, and its logits.

Two kinds: ``mlp``, two hidden layers of 128 units; ``cnn``, two convolutions of 3×3 with stride 2 and a hidden layer of 64
units. Every hidden layer is followed by ReLU. Looking at a network needs no PyTorch; training one does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images, Shape, full
from saegui.core.networks.readout import Readout

KINDS = ("mlp", "cnn")
KIND_TITLES = ("MLP, two hidden layers", "CNN, two convolutions and one hidden layer")
HIDDEN = {"mlp": 2, "cnn": 3}
"""Hidden layers of each kind."""
MLP_UNITS = 128
CNN_CHANNELS = (8, 16)
CNN_UNITS = 64
SIDE, STRIDE = 3, 2
"""Of a convolution's kernel; pictures are padded by one pixel of zeros."""
BATCH = 1000


def weight_shapes(kind: str, shape: Shape, n_classes: int) -> list[tuple[int, ...]]:
    """Shapes of the weights of each layer for pictures of ``shape``: ``(3, 3, in, out)`` a convolution, ``(in, out)`` a dense layer."""
    if kind == "mlp":
        sizes = (math.prod(shape), MLP_UNITS, MLP_UNITS, n_classes)
        return [(sizes[i], sizes[i + 1]) for i in range(3)]
    height, width = shape[:2]
    channels = (*shape[2:], *([1] if len(shape) == 2 else []), *CNN_CHANNELS)
    shapes: list[tuple[int, ...]] = [(SIDE, SIDE, *channels[i : i + 2]) for i in range(2)]
    for _ in CNN_CHANNELS:
        height, width = -(-height // STRIDE), -(-width // STRIDE)
    return [*shapes, (height * width * channels[-1], CNN_UNITS), (CNN_UNITS, n_classes)]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A network: layer i is ``weights[i]`` and ``biases[i]``, the last gives the logits."""

    kind: str
    shape: Shape
    """Of one picture."""
    weights: Sequence[Array]
    biases: Sequence[Array]
    accuracy: float = math.nan
    """Share of the test pictures that it classifies correctly."""

    def __post_init__(self) -> None:
        for array in (*self.weights, *self.biases):
            array.setflags(write=False)

    @property
    def n_hidden(self) -> int:
        """Hidden layers."""
        return len(self.weights) - 1

    def activations(self, images: Images, layer: int) -> Array:
        """``(n, units)`` of hidden layer ``layer`` (the first is 1) for ``images (n, *shape)``; 0 gives the pixels."""
        pieces = [
            self._run(pixels(images[start : start + BATCH]), 0, layer).reshape(
                len(images[start : start + BATCH]), -1
            )
            for start in range(0, len(images), BATCH)
        ]
        return (
            np.concatenate(pieces) if pieces else np.empty((0, math.prod(self.unit_shape(layer))), np.float32)
        )

    def logits(self, images: Images) -> Array:
        """``(n, C)`` for ``images (n, *shape)``."""
        return self.activations(images, len(self.weights))

    def after(self, activations: Array, layer: int) -> Array:
        """``(n, C)``: the logits that follow from ``activations (n, units)`` of hidden layer ``layer``."""
        pieces = [
            self._run(part.reshape(len(part), *self.unit_shape(layer)), layer, len(self.weights))
            for part in (activations[start : start + BATCH] for start in range(0, len(activations), BATCH))
        ]
        return np.concatenate(pieces) if pieces else np.empty((0, len(self.biases[-1])), np.float32)

    def readout(self, layer: int, classes: tuple[str, ...]) -> Readout:
        """What follows hidden layer ``layer``."""
        last = layer == self.n_hidden
        return Readout(
            lambda activations: self.after(activations, layer),
            classes,
            self.accuracy,
            f"the {self.kind.upper()}",
            self.weights[-1] if last else None,
        )

    def unit_shape(self, layer: int) -> Shape:
        """Shape of a layer's activations for one picture: ``(units,)``, or ``(rows, columns, channels)`` after a convolution."""
        if layer == 0:
            return self.shape
        weights = self.weights[layer - 1]
        if weights.ndim == 2:
            return (weights.shape[1],)
        height, width = self.shape[:2]
        for _ in range(layer):
            height, width = -(-height // STRIDE), -(-width // STRIDE)
        return (height, width, weights.shape[3])

    def unit_names(self, layer: int) -> tuple[str, ...]:
        """A name for each activation of a layer, in their order."""
        shape = self.unit_shape(layer)
        if len(shape) == 1:
            return tuple(f"unit {index + 1}" for index in range(shape[0]))
        return tuple(
            f"channel {channel + 1}, row {row + 1}, column {column + 1}"
            for row in range(shape[0])
            for column in range(shape[1])
            for channel in range(shape[2])
        )

    def _run(self, x: Array, first: int, last: int) -> Array:
        """Through the layers after ``first``, up to ``last``."""
        for index in range(first, last):
            weights = self.weights[index]
            if weights.ndim == 4:
                x = _windows(x) @ weights.reshape(-1, weights.shape[3])
            else:
                x = x.reshape(len(x), -1) @ weights
            x = x + self.biases[index]
            if index < self.n_hidden:
                np.maximum(x, 0, out=x)
        return x


def pixels(images: Images) -> Array:
    """``images`` as the network reads them: bytes in [0, 1], other numbers as they are."""
    return np.asarray(images).astype(np.float32) / np.float32(full(images))


def measured_accuracy(logits: Array, labels: NDArray[np.integer]) -> float:
    """Share of the labels that have the largest logit."""
    return float((logits.argmax(axis=1) == labels).mean())


def _windows(x: Array) -> Array:
    """``(n, h, w[, c])`` → ``(n, rows, columns, 9·c)``: what each place of a convolution sees."""
    if x.ndim == 3:
        x = x[..., np.newaxis]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    strided = views[:, ::STRIDE, ::STRIDE]
    found: Array = strided.transpose(0, 1, 2, 4, 5, 3).reshape(*strided.shape[:3], -1)
    return found
