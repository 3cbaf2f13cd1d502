"""A snapshot on disk: one safetensors file, checked before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import BYTES, Shape, Span, checked_shape, checked_span
from saegui.core.config.schema import RunConfig, from_file
from saegui.core.errors import ConfigError, RunError, reason
from saegui.core.families.registry import KINDS
from saegui.core.files import paths
from saegui.core.files.tensors import save_tensors
from saegui.core.model import normalisation
from saegui.core.model.snapshot import TENSORS, Snapshot

HALVED = ("W_enc", "W_dec")
"""The tensors that :func:`save_kept` writes as float16: nearly all of the file."""


def save(snapshot: Snapshot, path: Path, *, staged: bool = False) -> None:
    """Write ``path`` (safetensors, replaced in one step); equal snapshots give equal files.

    ``staged`` as in :func:`saegui.core.files.paths.replacing`.
    """
    _save(snapshot, path, snapshot.tensors(), staged)


def _save(snapshot: Snapshot, path: Path, tensors: Mapping[str, NDArray[Any]], staged: bool) -> None:
    metadata = {"format": "saegui", "step": str(snapshot.step), "epoch": repr(snapshot.epoch)}
    metadata["shape"] = json.dumps(snapshot.shape)
    if snapshot.span != BYTES:
        metadata["span"] = json.dumps(snapshot.span)
    metadata["config"] = json.dumps(snapshot.config.model_dump(), sort_keys=True)
    save_tensors(path, tensors, metadata, staged=staged)


def save_kept(snapshot: Snapshot, path: Path, *, staged: bool = False) -> None:
    """Write ``path`` as :func:`save` does, with both weight matrices in half precision: for looking back.

    Weights that half precision cannot hold stay as they are.
    """
    halves = {name: getattr(snapshot, name) for name in HALVED}
    if all(np.abs(weights).max(initial=0) < np.finfo(np.float16).max for weights in halves.values()):
        halves = {name: weights.astype(np.float16) for name, weights in halves.items()}
    _save(snapshot, path, {**snapshot.tensors(), **halves}, staged)


def kept_bytes(n_latents: int, d_in: int) -> int:
    """About how many bytes :func:`save_kept` writes."""
    return 2 * len(HALVED) * n_latents * d_in + 4 * (2 * n_latents + d_in) + 4096


def load(path: Path) -> Snapshot:
    """Read a snapshot that :func:`save` wrote.

    Raises:
        RunError: names the file and what is wrong with it: missing, truncated, foreign, or of impossible shapes.
    """
    tensors: dict[str, NDArray[Any]] = {}
    header = _read(path, tensors)
    _check(path, tensors, header)
    extras = {name: tensors.pop(name) for name in extra_names(header.config)}
    return Snapshot(
        header.config,
        header.step,
        header.epoch,
        extras=extras,
        shape=header.shape,
        span=header.span,
        **tensors,
    )


def extra_names(config: RunConfig) -> tuple[str, ...]:
    """Every tensor beside :data:`TENSORS` that a snapshot of ``config`` holds."""
    return tuple(extra_shapes(config, 0))


def extra_shapes(config: RunConfig, d_in: int) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor beside :data:`TENSORS` that a snapshot of ``config`` holds."""
    family = KINDS[config.arch]
    fitted = {normalisation.MEAN: (d_in,), normalisation.SCALE: (1,)}
    return {
        **dict.fromkeys(family.learnt, (config.n_latents,)),
        **dict.fromkeys(family.measured, (1,)),
        **{name: fitted[name] for name in normalisation.names(config.input)},
    }


def check_header(path: Path, expected: RunConfig | None = None) -> None:
    """Whether ``path`` is a whole snapshot, as far as its header and its size tell: no weight is read.

    ``expected``: the configuration that it probably has; then this is quicker.

    Raises:
        RunError: names the file that is missing, truncated or foreign.
    """
    _read(path, None, expected)


class DensityAt(NamedTuple):
    """What one snapshot says of how often its latents were active."""

    step: int
    epoch: float
    density: NDArray[np.float32]
    """(n_latents,)"""


def density_of(path: Path, expected: RunConfig | None = None) -> DensityAt:
    """The densities of the snapshot in ``path``; no weight is read. ``expected`` as in :func:`check_header`.

    Raises:
        RunError: names the file that is missing, truncated or foreign.
    """
    tensors: dict[str, NDArray[Any]] = {}
    header = _read(path, tensors, expected, only=("density",))
    _check_one(path, "density", tensors["density"], (header.config.n_latents,))
    return DensityAt(header.step, header.epoch, tensors["density"])


class _Header(NamedTuple):
    """What a file says beside its weights."""

    config: RunConfig
    step: int
    epoch: float
    shape: Shape
    """Empty in files from before shapes were saved."""
    span: Span


def _read(
    path: Path,
    tensors: dict[str, NDArray[Any]] | None,
    expected: RunConfig | None = None,
    only: tuple[str, ...] = (),
) -> _Header:
    """The header of ``path``; fills ``tensors`` where it is given, with those named in ``only``, or all where none is."""
    from safetensors import SafetensorError, safe_open

    try:
        paths.check_file(path)
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != "saegui":
                raise RunError(f"{path} holds no saegui weights; choose a run that saegui wrote.")
            said = json.loads(metadata["config"])
            config = expected if expected and said == expected.model_dump() else from_file(said)
            names = (*TENSORS, *extra_names(config))
            if missing := set(names) - set(file.keys()):
                raise KeyError(" and no ".join(sorted(missing)))
            if tensors is not None:
                tensors.update({name: file.get_tensor(name) for name in only or names})
        step, epoch = position(metadata["step"], metadata["epoch"])
        shape = checked_shape(json.loads(metadata["shape"])) if "shape" in metadata else ()
        span = checked_span(json.loads(metadata["span"])) if "span" in metadata else BYTES
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
        raise RunError(
            f"{path} cannot be read ({reason(error)}); put the file back from a copy, or delete the run."
        ) from error
    return _Header(config, step, epoch, shape, span)


def position(step: Any, epoch: Any) -> tuple[int, float]:
    """Step and epoch as a file says them; ``ValueError`` for what no training ever reaches."""
    try:
        found = int(step), float(epoch)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"step {step}, epoch {epoch}") from error
    if found[0] < 0 or not 0 <= found[1] < math.inf:
        raise ValueError(f"step {step}, epoch {epoch}")
    return found


def step_of(path: Path) -> int | None:
    """The step of the snapshot in ``path``, of which only the header is read; None when there is no such snapshot."""
    from safetensors import SafetensorError, safe_open

    try:
        paths.check_file(path)
        with safe_open(path, framework="numpy") as file:
            return int((file.metadata() or {})["step"])
    except (SafetensorError, OSError, ValueError, KeyError):
        return None


def _check(path: Path, tensors: dict[str, NDArray[Any]], header: _Header) -> None:
    F = header.config.n_latents
    d = math.prod(header.shape) if header.shape else tensors["b_dec"].size
    shapes = {"W_enc": (d, F), "b_enc": (F,), "W_dec": (F, d), "b_dec": (d,), "density": (F,)}
    for name, shape in {**shapes, **extra_shapes(header.config, d)}.items():
        tensor = tensors[name]
        if name in HALVED and tensor.dtype == np.float16:
            tensor = tensors[name] = tensor.astype(np.float32)
        _check_one(path, name, tensor, shape)


def _check_one(path: Path, name: str, tensor: NDArray[Any], shape: tuple[int, ...]) -> None:
    if tensor.shape != shape or tensor.dtype != np.float32:
        raise RunError(
            f"{path}: {name} is {tensor.dtype} {tensor.shape}, but must be float32 {shape}; "
            "put the file back from a copy, or delete the run."
        )
    if not np.isfinite(tensor).all():
        raise RunError(f"{path}: {name} holds numbers that are not finite; delete the run and train again.")
