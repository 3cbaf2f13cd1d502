"""A hidden layer of a small network that was trained to classify pictures: the activations are the data.

The network is trained once, in seconds, and kept; :mod:`saegui.core.networks` says how. Its pictures stay with the
activations, so that a latent can be shown by them, and the rest of the network says what an atom does to the output.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from saegui.core.arrays import Images, input_in_words
from saegui.core.data import cache
from saegui.core.data.dataset import Arrays, DatasetInfo, Found, Items
from saegui.core.data.noun import IMAGE
from saegui.core.data.options import Option, Options
from saegui.core.data.source import Source
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.networks.classifier import HIDDEN, KIND_TITLES, KINDS, MLP_UNITS, Classifier
from saegui.core.networks.network_file import kept_or_trained
from saegui.core.networks.train import STEPS, trained
from saegui.core.progress import Progress

NAME = "layer"
RECIPE = 1
"""Names the cache; raised when a network is trained differently."""
MOST_STEPS = 100_000

PicturesOf = Callable[[str, Path | None, Progress], Found]
"""``(name, folder, progress)``: the pictures of a data set, with the names of its classes."""


def source(sets: Mapping[str, DatasetInfo], pictures_of: PicturesOf) -> Source:
    """The source, for networks that classify the pictures of one of ``sets``; the first of them is the usual one."""
    usual = next(iter(sets.values()))
    info = DatasetInfo(
        NAME,
        "Layer of a network",
        "What the units in one layer of a small network do for each picture; the network is trained in seconds.",
        (MLP_UNITS,),
        usual.n_train,
        usual.n_test,
        usual.classes,
        download_bytes=usual.download_bytes,
        credit=usual.credit,
        licence=usual.licence,
        home=usual.home,
        dtype="float32",
        called=IMAGE,
    )
    return Source(
        info,
        partial(_load, pictures_of),
        folder="the files of its pictures",
        options=options(sets),
        made_of="images",
    )


def options(sets: Mapping[str, DatasetInfo]) -> tuple[Option, ...]:
    """What can be chosen."""
    return (
        Option(
            "images",
            "Images",
            "The pictures that the network learns to classify.",
            next(iter(sets)),
            tuple(sets),
            tuple(info.title for info in sets.values()),
        ),
        Option("network", "Network", "How the network is built.", "mlp", KINDS, KIND_TITLES),
        Option(
            "layer",
            "Hidden layer",
            "Which hidden layer gives the activations; the first is 1. The MLP has 2, the CNN 3.",
            2,
            low=1,
            high=max(HIDDEN.values()),
        ),
        Option(
            "steps",
            "Training steps",
            "Batches of 128 pictures that the network is trained on; 0 leaves its weights random.",
            STEPS,
            low=0,
            high=MOST_STEPS,
        ),
        Option("seed", "Network seed", "Random weights and order of the pictures.", 0, low=0, high=2**31 - 1),
    )


def _load(pictures_of: PicturesOf, folder: Path | None, options: Options, progress: Progress) -> Found:
    kind, layer = str(options["network"]), int(options["layer"])
    if layer > HIDDEN[kind]:
        raise DataError(
            f"The network {kind} has the hidden layers 1 to {HIDDEN[kind]}; the option layer is {layer}."
        )
    pictures = pictures_of(str(options["images"]), folder, progress)
    classes = pictures.classes or ()
    network = network_for(
        pictures.arrays, kind, len(classes), int(options["steps"]), int(options["seed"]), progress
    )
    path = network_path(pictures.arrays, kind, int(options["steps"]), int(options["seed"]))
    return Found(
        kept_activations(path.with_name(f"{path.stem}-layer-{layer}"), network, layer, pictures, progress),
        f"{pictures.title}, hidden layer {layer} of the {kind.upper()} ({network.accuracy:.1%} correct)".replace(
            "%", " %"
        ),
        pictures.notes,
        classes,
        Items(
            pictures.arrays.train_images,
            pictures.arrays.test_images,
            partial(encode, network, layer),
        ),
        network.unit_names(layer),
        ink=pictures.ink,
        readout=network.readout(layer, classes),
    )


def network_for(
    arrays: Arrays, kind: str, n_classes: int, steps: int, seed: int, progress: Progress
) -> Classifier:
    """The network that was trained on these pictures before, or a new one, which is kept.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    shape = arrays.train_images.shape[1:]
    return kept_or_trained(
        network_path(arrays, kind, steps, seed),
        kind,
        shape,
        n_classes,
        lambda: trained(
            kind,
            (arrays.train_images, arrays.train_labels),
            (arrays.test_images, arrays.test_labels),
            n_classes,
            steps=steps,
            seed=seed,
            progress=progress,
        ),
        progress,
    )


def network_path(arrays: Arrays, kind: str, steps: int, seed: int) -> Path:
    """Where a network is kept: one for each set of pictures, kind, number of steps and seed."""
    checksum = 0
    for array in arrays:
        checksum = zlib.crc32(np.ascontiguousarray(array).data, checksum)
    return paths.data_cache() / f"networks-{RECIPE}" / f"{kind}-{checksum:08x}-{steps}-{seed}.safetensors"


def kept_activations(
    folder: Path, network: Classifier, layer: int, pictures: Found, progress: Progress
) -> Arrays:
    """The activations in ``folder``, or those that the network gives now, which are then kept there.

    Kept, because another number of threads may change the last bits, and a training goes on only with equal inputs.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    train, train_labels, test, test_labels = pictures.arrays
    info = DatasetInfo(
        NAME,
        pictures.title,
        "",
        (math.prod(network.unit_shape(layer)),),
        len(train),
        len(test),
        pictures.classes or (),
        dtype="float32",
    )

    def make(progress: Progress) -> Arrays:
        found = [activations(network, images, layer, progress) for images in (train, test)]
        return Arrays(found[0], train_labels, found[1], test_labels)

    return cache.kept_or_made(folder, info, "the activations", make, progress)


def activations(network: Classifier, images: Images, layer: int, progress: Progress) -> Any:
    """``(n, units)``, float32; ``progress`` counts pictures.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    units = math.prod(network.unit_shape(layer))
    found = np.empty((len(images), units), np.float32)
    for start in range(0, len(images), 5000):
        progress.report(start, len(images), "Pictures through the network")
        found[start : start + 5000] = network.activations(images[start : start + 5000], layer)
    return found


def encode(network: Classifier, layer: int, pictures: Images) -> Any:
    """``(n, units)``: the activations for new pictures ``(n, *shape)``.

    Raises:
        DataError: the pictures have another shape than the network reads.
    """
    if pictures.shape[1:] != network.shape:
        raise DataError(
            f"The network reads {input_in_words(network.shape)}, not {input_in_words(pictures.shape[1:])}."
        )
    return network.activations(pictures, layer)
