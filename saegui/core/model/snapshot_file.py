"""A snapshot on disk: one safetensors file, checked before it is believed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import D_IN, RunConfig, make
from saegui.core.errors import ConfigError, RunError
from saegui.core.families.registry import FAMILIES
from saegui.core.files.tensors import save_tensors
from saegui.core.model import normalisation
from saegui.core.model.snapshot import TENSORS, Snapshot


def save(snapshot: Snapshot, path: Path) -> None:
    """Write ``path`` (safetensors, replaced in one step); equal snapshots give equal files."""
    metadata = {"format": "saegui", "step": str(snapshot.step), "epoch": repr(snapshot.epoch)}
    metadata["config"] = json.dumps(snapshot.config.model_dump(), sort_keys=True)
    save_tensors(path, snapshot.tensors(), metadata)


def load(path: Path) -> Snapshot:
    """Read a snapshot that :func:`save` wrote.

    Raises:
        RunError: names the file and what is wrong with it: missing, truncated, foreign, or of impossible shapes.
    """
    tensors: dict[str, NDArray[np.generic]] = {}
    config, step, epoch = _read(path, tensors)
    _check(path, tensors, config)
    extras = {name: tensors.pop(name) for name in extra_shapes(config)}
    return Snapshot(config, step, epoch, extras=extras, **tensors)  # type: ignore[arg-type]


def extra_shapes(config: RunConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor beside :data:`TENSORS` that a snapshot of ``config`` holds."""
    family = FAMILIES[config.arch]
    fitted = {normalisation.MEAN: (D_IN,), normalisation.SCALE: (1,)}
    return {
        **dict.fromkeys(family.learnt, (config.n_latents,)),
        **dict.fromkeys(family.measured, (1,)),
        **{name: fitted[name] for name in normalisation.names(config.input)},
    }


def check_header(path: Path) -> None:
    """Whether ``path`` is a whole snapshot, as far as its header and its size tell: no weight is read.

    Raises:
        RunError: names the file that is missing, truncated or foreign.
    """
    _read(path, None)


def _read(path: Path, tensors: dict[str, NDArray[np.generic]] | None) -> tuple[RunConfig, int, float]:
    """The header of ``path``; fills ``tensors`` where it is given."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != "saegui":
                raise RunError(f"{path} holds no saegui weights; choose a run that saegui wrote.")
            config = make(json.loads(metadata["config"]))
            names = (*TENSORS, *extra_shapes(config))
            if missing := set(names) - set(file.keys()):
                raise KeyError(f"{', '.join(sorted(missing))} missing")
            if tensors is not None:
                tensors.update({name: file.get_tensor(name) for name in names})
        step, epoch = position(metadata["step"], metadata["epoch"])
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing; the run has no weights and must be trained again.") from error
    except (
        SafetensorError,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        OverflowError,
        RecursionError,
        ConfigError,
    ) as error:
        raise RunError(f"{path} cannot be read ({error}); restore the file or delete the run.") from error
    return config, step, epoch


def position(step: Any, epoch: Any) -> tuple[int, float]:
    """Step and epoch as a file says them; ``ValueError`` (or its like) for what no training ever reaches."""
    found = int(step), float(epoch)
    if found[0] < 0 or not 0 <= found[1] < math.inf:
        raise ValueError(f"step {step}, epoch {epoch}")
    return found


def step_of(path: Path) -> int | None:
    """The step of the snapshot in ``path``, of which only the header is read; None when there is no such snapshot."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return int((file.metadata() or {})["step"])
    except (SafetensorError, OSError, ValueError, KeyError):
        return None


def _check(path: Path, tensors: dict[str, NDArray[np.generic]], config: RunConfig) -> None:
    F = config.n_latents
    shapes = {"W_enc": (D_IN, F), "b_enc": (F,), "W_dec": (F, D_IN), "b_dec": (D_IN,), "density": (F,)}
    for name, shape in {**shapes, **extra_shapes(config)}.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise RunError(
                f"{path}: {name} is {tensor.dtype} {tensor.shape} where float32 {shape} belongs; "
                "restore the file or delete the run."
            )
        if not np.isfinite(tensor).all():
            raise RunError(
                f"{path}: {name} holds numbers that are not finite; delete the run and train again."
            )
