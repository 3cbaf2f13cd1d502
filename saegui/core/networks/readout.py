"""What the rest of a network makes of the activations of one of its layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array


@dataclass(frozen=True, eq=False)
class Readout:
    """The part of a network that follows a layer; d values in the layer, C classes."""

    logits: Callable[[Array], Array]
    """Activations ``(n, d)`` → logits ``(n, C)``, float32."""
    classes: tuple[str, ...]
    """Names of the C logits, in the order of the labels."""
    accuracy: float
    """Share of the test inputs that the unchanged network classifies correctly."""
    title: str = "the network"
    """What sentences call the network."""
    weights: Array | None = None
    """``(d, C)`` where the rest is linear, so that an atom times the weights is what it adds to the logits."""


def log_softmax(logits: Array) -> NDArray[np.float64]:
    """``(n, C)``: logarithms of the probabilities of the classes."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))
    return found


def probabilities(logits: Array) -> NDArray[np.float64]:
    """``(n, C)``: the softmax of the logits."""
    found: NDArray[np.float64] = np.exp(log_softmax(logits))
    return found


def cross_entropies(logits: Array, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """``(n,)``: −log of the probability of each right class, in nats."""
    found: NDArray[np.float64] = -log_softmax(logits)[np.arange(len(labels)), labels]
    return found
