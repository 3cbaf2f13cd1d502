"""A trained network as one safetensors file, whose header says in JSON what it is; nothing is unpickled."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from saegui.core.arrays import Array, Shape
from saegui.core.errors import DataError, reason
from saegui.core.files import paths, tensors
from saegui.core.networks.classifier import Classifier, weight_shapes
from saegui.core.progress import Progress

FORMAT = 1
MOST_BYTES = 1 << 28
"""No network of ours is larger."""


def save(path: Path, network: Classifier) -> None:
    """Replace ``path`` in one step.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    arrays = _by_name(network)
    known = {
        "format": FORMAT,
        "kind": network.kind,
        "shape": list(network.shape),
        "n_classes": len(network.biases[-1]),
        "accuracy": network.accuracy,
        "checksum": _checksum(arrays),
    }
    tensors.save_tensors(path, arrays, {"network": json.dumps(known, sort_keys=True)})


def read(path: Path, kind: str, shape: Shape, n_classes: int) -> Classifier:
    """The network in ``path``, which has to be of this kind, for pictures of this shape.

    Raises:
        DataError: names the file and what is wrong with it.
        FileNotFoundError: it is not there.
    """
    import safetensors

    try:
        if (size := paths.check_file(path).st_size) > MOST_BYTES:
            raise ValueError(f"it has {size:,} bytes, of at most {MOST_BYTES:,}")
        with safetensors.safe_open(path, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            known = json.loads((file.metadata() or {})["network"])
        return _checked(known, arrays, kind, shape, n_classes)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError, safetensors.SafetensorError) as error:
        raise DataError(f"{path} is damaged ({reason(error)}).") from error


def kept_or_trained(
    path: Path,
    kind: str,
    shape: Shape,
    n_classes: int,
    train: Callable[[], Classifier],
    progress: Progress,
) -> Classifier:
    """The network in ``path``, or the one that ``train`` gives, which is then kept there.

    A damaged file is replaced, and ``progress`` says so; so it does where nothing can be kept.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    try:
        return read(path, kind, shape, n_classes)
    except FileNotFoundError:
        pass
    except DataError as error:
        progress.report(0, 1, f"{error} Training the network again.")
    network = train()
    try:
        save(path, network)
    except OSError as error:
        progress.report(
            1, 1, f"{path} cannot be written ({reason(error)}). The network is trained again next time."
        )
    return network


def _by_name(network: Classifier) -> dict[str, Array]:
    return {
        f"{letter}{index}": array
        for letter, arrays in (("W", network.weights), ("b", network.biases))
        for index, array in enumerate(arrays)
    }


def _checksum(arrays: dict[str, Array]) -> int:
    found = 0
    for name in sorted(arrays):
        found = zlib.crc32(np.ascontiguousarray(arrays[name]).tobytes(), found)
    return found


def _checked(known: object, arrays: dict[str, Array], kind: str, shape: Shape, n_classes: int) -> Classifier:
    """Raises ValueError, KeyError or TypeError for what is not such a network."""
    wanted = {"format": FORMAT, "kind": kind, "shape": list(shape), "n_classes": n_classes}
    if not isinstance(known, dict):
        raise ValueError("its header describes no network")
    for name, value in wanted.items():
        if known[name] != value:
            raise ValueError(f"its {name} is {known[name]!r} instead of {value!r}")
    accuracy = known["accuracy"]
    if type(accuracy) not in (int, float) or not 0 <= accuracy <= 1:
        raise ValueError(f"its accuracy is {accuracy!r}")
    shapes = weight_shapes(kind, shape, n_classes)
    expected = {f"W{i}": each for i, each in enumerate(shapes)}
    expected |= {f"b{i}": each[-1:] for i, each in enumerate(shapes)}
    if {name: array.shape for name, array in arrays.items()} != expected:
        raise ValueError("its arrays are not those of the network")
    if any(array.dtype != np.float32 or not np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("its weights are no finite float32 numbers")
    if _checksum(arrays) != known["checksum"]:
        raise ValueError("its weights are not those that were saved")
    count = len(shapes)
    weights, biases = ([arrays[f"{letter}{i}"] for i in range(count)] for letter in "Wb")
    assert not math.isnan(accuracy)
    return Classifier(kind, shape, weights, biases, float(accuracy))
