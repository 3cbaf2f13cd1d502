"""Trains a :class:`~saegui.core.networks.classifier.Classifier` in seconds on a processor: Adam, cross-entropy, batches of 128.

D. Kingma, J. Ba (2015), Adam: a method for stochastic optimization; initial weights as in K. He et al. (2015), Delving deep
into rectifiers. The learning rate falls linearly to zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Array, Images
from saegui.core.networks.classifier import STRIDE, Classifier, measured_accuracy, pixels, weight_shapes
from saegui.core.progress import UNWATCHED, Progress

if TYPE_CHECKING:
    import torch

STEPS = 1500
"""Three passes over MNIST: 98 % of its test digits."""
BATCH = 128
LEARNING_RATE = 2e-3


def untrained(kind: str, shape: tuple[int, ...], n_classes: int, seed: int) -> Classifier:
    """A network with random weights, drawn from ``seed``."""
    random = np.random.default_rng(seed)
    shapes = weight_shapes(kind, shape, n_classes)
    weights = [
        (random.standard_normal(each) * math.sqrt(2 / math.prod(each[:-1]))).astype(np.float32)
        for each in shapes
    ]
    return Classifier(kind, shape, weights, [np.zeros(each[-1], np.float32) for each in shapes])


def trained(
    kind: str,
    train: tuple[Images, NDArray[np.integer]],
    test: tuple[Images, NDArray[np.integer]],
    n_classes: int,
    *,
    steps: int = STEPS,
    seed: int = 0,
    progress: Progress = UNWATCHED,
) -> Classifier:
    """A network that was trained on the pictures and labels ``train``, with its accuracy on ``test``.

    Equal pictures, options and seed give an equal network. ``progress`` counts steps.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    images, labels = train
    network = untrained(kind, images.shape[1:], n_classes, seed)
    if steps:
        with _one_thread():
            network = _fitted(network, images, labels, steps, seed, progress)
    return replace(network, accuracy=measured_accuracy(network.logits(test[0]), test[1]))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Layers this small are no faster with several threads, and many times slower where these wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fitted(
    network: Classifier,
    images: Images,
    labels: NDArray[np.integer],
    steps: int,
    seed: int,
    progress: Progress,
) -> Classifier:
    import torch

    parameters = [
        torch.from_numpy(array.copy()).requires_grad_() for array in (*network.weights, *network.biases)
    ]
    optimiser = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    random = np.random.default_rng((seed, 1))
    order = np.empty(0, np.int64)
    for step in range(steps):
        if step % 50 == 0:
            progress.report(step, steps, "Training the network")
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * (1 - step / steps)
        while len(order) < BATCH:
            order = np.concatenate([order, random.permutation(len(images))])
        # Sorted, so that files that are read from a disk are read forwards.
        rows, order = np.sort(order[:BATCH]), order[BATCH:]
        logits = _logits(torch.from_numpy(pixels(images[rows])), parameters)
        targets = torch.from_numpy(labels[rows].astype(np.int64))
        loss = torch.nn.functional.cross_entropy(logits, targets)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    arrays: list[Array] = [parameter.detach().numpy().copy() for parameter in parameters]
    count = len(network.weights)
    return replace(network, weights=arrays[:count], biases=arrays[count:])


def _logits(x: torch.Tensor, parameters: list[torch.Tensor]) -> torch.Tensor:
    """As :meth:`Classifier.logits`, of pixels, in torch."""
    import torch

    count = len(parameters) // 2
    for index, (weights, bias) in enumerate(zip(parameters[:count], parameters[count:], strict=True)):
        if weights.ndim == 4:
            x = x.unsqueeze(-1) if x.ndim == 3 else x
            found = torch.nn.functional.conv2d(
                x.permute(0, 3, 1, 2), weights.permute(3, 2, 0, 1), bias, stride=STRIDE, padding=1
            )
            x = found.permute(0, 2, 3, 1)
        else:
            x = x.flatten(1) @ weights + bias
        if index < count - 1:
            x = torch.relu(x)
    return x
