"""A model as other libraries know it: without pre-bias, refinements or anything that its input is shifted or scaled by.

z = f(x·W + b), x̂ = z·D + c. With m and s what the input is shifted and scaled by: W = W_enc/s, b = b_enc − b_dec·W_enc −
(m/s)·W_enc (the second term with pre-bias), D = W_dec·s, c = b_dec·s + m; computed in float64. Shapes: ``W (d_in, n_latents)``,
``b (n_latents,)``, ``D (n_latents, d_in)``, ``c (d_in,)``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import MOST_VALUES, Array, Floats, checked_shape, checked_span
from saegui.core.config.schema import RunConfig, from_file
from saegui.core.errors import ConfigError
from saegui.core.families.matryoshka import prefixes
from saegui.core.families.registry import FAMILIES, KINDS, WITH_K
from saegui.core.formats.base import Found, damaged
from saegui.core.model import normalisation
from saegui.core.model.snapshot import Snapshot
from saegui.core.model.snapshot_file import extra_shapes, position

MOST_LATENTS = 65_536
"""As many as a configuration allows."""
UNKNOWN_DATA = "unknown"
"""The data set of a model of which no file says what it was trained on."""
_LEAST_THRESHOLD = float(np.finfo(np.float32).tiny)
"""A threshold of zero has no logarithm; all activations above zero are above this, too, as far as they are not denormal."""
_SAME_CODE = {"multi_topk": "topk", "matryoshka": "batch_topk", "kl": "relu_l1"}
"""Families that are trained otherwise, and encode as another one does."""


@dataclass(frozen=True)
class Plain:
    """One model."""

    arch: str
    """Of ``topk``, ``batch_topk``, ``matryoshka``, ``jumprelu``, ``gated`` and ``relu_l1``, what its code is made by."""
    W: Floats
    b: Floats
    D: Floats
    c: Floats
    k: float | None = None
    threshold: Floats | None = None
    """Of ``batch_topk``: ``(1,)``, reached by what is active. Of ``jumprelu``: ``(n_latents,)``, exceeded by it."""
    r_mag: Floats | None = None
    """Of ``gated``, as :attr:`b_mag`: z = [x·W + b > 0] · ReLU(eʳ · x·W + b_mag)."""
    b_mag: Floats | None = None
    input: str = "raw"
    """``layer_norm``, or ``unit`` without a mean: what x and x̂ are then, each input by itself, is normalised."""

    @property
    def d_in(self) -> int:
        """Values of one input."""
        return int(self.D.shape[1])

    @property
    def n_latents(self) -> int:
        """Atoms in the dictionary."""
        return int(self.D.shape[0])

    @property
    def b_moved(self) -> Floats:
        """b + c·W: the bias of a library that subtracts c from its input."""
        moved: Floats = self.b + self.c @ self.W
        return moved

    @property
    def b_mag_moved(self) -> Floats:
        """The same for the magnitudes of ``gated``: b_mag + eʳ · c·W."""
        assert self.r_mag is not None and self.b_mag is not None
        moved: Floats = self.b_mag + np.exp(self.r_mag) * (self.c @ self.W)
        return moved


def kind(model: Snapshot) -> str:
    """The family whose code the model computes; BatchTopK that was never calibrated keeps the k largest of each input."""
    family = model.config.arch
    if family in ("batch_topk", "matryoshka") and model.extras["threshold"][0] < 0:
        return "topk"
    return family


def why_not(model: Snapshot, title: str, holds: Mapping[str, str], *, layer_norm: bool = False) -> str:
    """Why a library that is called ``title`` and holds these families cannot hold ``model``, and what could be exported.

    ``layer_norm``: whether it can normalise each input by itself.
    """
    config = model.config
    limited = config.arch in WITH_K
    if limited and config.refinements:
        return (
            f"{title} has no encoder that refines its choice; train with --refinements 0 to export the model"
        )
    if limited and config.refit:
        return (
            f"{title} has no encoder that refits the activations; train with --no-refit to export the model"
        )
    if config.input == "unit":
        return f"{title} does not scale every input to length one; train with another --input to export the model"
    if config.input == normalisation.LAYER_NORM and not layer_norm:
        return f"{title} does not normalise every input by itself; train with another --input to export the model"
    if config.sigmoid_output:
        return f"{title} has no sigmoid after its decoder; train with --output linear to export the model"
    if config.arch == "kl" and config.code == "sigmoid":
        return f"{title} has no sigmoid code; train with --code relu to export the model"
    if kind(model) not in holds:
        names = ", ".join(FAMILIES[name].title for name in holds)
        return f"{title} has no autoencoder of the kind {KINDS[config.arch].title}; it holds {names}"
    return ""


def of(model: Snapshot) -> Plain:
    """``model``, which :func:`why_not` has nothing against, in float64."""
    W, b = model.W_enc.astype(np.float64), model.b_enc.astype(np.float64)
    D, c = model.W_dec.astype(np.float64), model.b_dec.astype(np.float64)
    shift = -(c @ W) if model.config.pre_bias else np.zeros_like(b)
    if model.fitted:
        mean, scale = (
            model.fitted[name].astype(np.float64) for name in (normalisation.MEAN, normalisation.SCALE)
        )
        W = W / scale
        shift = shift - mean @ W
        D, c = D * scale, c * scale + mean
    arch = kind(model)
    extras = model.extras
    threshold = r_mag = b_mag = None
    if arch == "jumprelu":
        threshold = np.exp(extras["log_threshold"]).astype(np.float64)
    elif arch in ("batch_topk", "matryoshka"):
        threshold = extras["threshold"].astype(np.float64)
    elif arch == "gated":
        r_mag = extras["r_mag"].astype(np.float64)
        b_mag = extras["b_mag"] + np.exp(r_mag) * shift
    k = model.config.k if arch in WITH_K else None
    return Plain(
        _SAME_CODE.get(arch, arch) if arch != "matryoshka" else arch,
        W,
        b + shift,
        D,
        c,
        k,
        threshold,
        r_mag,
        b_mag,
        normalisation.LAYER_NORM if model.config.input == normalisation.LAYER_NORM else "raw",
    )


def notes_of(model: Snapshot) -> dict[str, Any]:
    """What a file keeps beside the weights so that the run that it becomes again knows what it was: plain JSON."""
    return {
        "config": model.config.model_dump(),
        "step": model.step,
        "epoch": model.epoch,
        "shape": list(model.shape),
        "span": list(model.span),
    }


def check_sizes(path: Path, d_in: int, n_latents: int) -> None:
    """Raises :class:`FormatError` for a model that is larger than any that can be opened, before its weights are read."""
    if not 1 <= n_latents <= MOST_LATENTS:
        raise damaged(path, f"it has {n_latents:,} latents, and saegui opens models of 1 to {MOST_LATENTS:,}")
    if not 1 <= d_in <= MOST_VALUES:
        raise damaged(
            path, f"its inputs have {d_in:,} values, and saegui opens models of 1 to {MOST_VALUES:,}"
        )


def found(
    path: Path, plain: Plain, kept: Any = None, notes: tuple[str, ...] = (), *, says_k: float | None = None
) -> Found:
    """``plain`` as a snapshot. ``kept``: what :func:`notes_of` wrote, or None for a file that another program wrote.

    ``says_k``: how many latents the file says are active, where the family has no k.

    Raises:
        FormatError: names ``path`` and what cannot be: shapes, numbers that are not finite, a k, or ``kept``.
    """
    d_in, n_latents = plain.d_in, plain.n_latents
    check_sizes(path, d_in, n_latents)
    config, step, epoch = _config(path, plain), 0, 0.0
    extra: dict[str, Any] = {"shape": (d_in,)}
    if kept is not None:
        try:
            before = from_file(dict(kept["config"]))
            step, epoch = position(kept["step"], kept["epoch"])
            extra = {"shape": checked_shape(kept["shape"]), "span": checked_span(kept["span"])}
        except (KeyError, TypeError, ValueError, OverflowError, ConfigError) as error:
            raise damaged(path, f"what saegui noted in it cannot be read: {error}") from error
        if math.prod(extra["shape"]) != d_in:
            raise damaged(
                path, f"it notes inputs of the shape {extra['shape']} and has weights for {d_in:,} values"
            )
        config = _as_before(config, before)
    weights = {"W_enc": plain.W, "b_enc": plain.b, "W_dec": plain.D, "b_dec": plain.c}
    shapes = {"W_enc": (d_in, n_latents), "b_enc": (n_latents,), "W_dec": (n_latents, d_in), "b_dec": (d_in,)}
    extras = _extras(plain)
    shapes |= extra_shapes(config, d_in)
    for name, values in {**weights, **extras}.items():
        if values.shape != shapes[name]:
            raise damaged(path, f"{name} has the shape {values.shape}, but must have {shapes[name]}")
    with np.errstate(over="ignore", invalid="ignore"):
        tensors: dict[str, Any] = {name: _single(values) for name, values in weights.items()}
        extras = {name: _single(values) for name, values in extras.items()}
    for name, values in {**tensors, **extras}.items():
        if not np.isfinite(values).all():
            raise damaged(path, f"{name} holds numbers that are not finite")
    share = min(1.0, (plain.k or says_k or 0.1 * n_latents) / n_latents)
    density = np.full(n_latents, share, np.float32)
    model = Snapshot(config, step, epoch, **tensors, density=density, extras=extras, **extra)
    k = plain.k if plain.k is not None else says_k
    known = kept is not None
    return Found(model, notes, knows_shape=known, knows_data=known, k=k)


def _single(values: NDArray[Any]) -> Array:
    return np.array(values, np.float32, order="C")


def _extras(plain: Plain) -> dict[str, Any]:
    if plain.input == "unit":
        fitted = {normalisation.MEAN: np.zeros(plain.d_in), normalisation.SCALE: np.ones(1)}
        return {**fitted, **_learnt(plain)}
    return _learnt(plain)


def _learnt(plain: Plain) -> dict[str, Any]:
    if plain.arch == "jumprelu":
        assert plain.threshold is not None
        with np.errstate(invalid="ignore"):
            above = np.maximum(plain.threshold, _LEAST_THRESHOLD)
        return {"log_threshold": log_of(above)}
    if plain.arch in ("batch_topk", "matryoshka"):
        assert plain.threshold is not None
        return {"threshold": plain.threshold}
    if plain.arch == "gated":
        assert plain.r_mag is not None and plain.b_mag is not None
        return {"r_mag": plain.r_mag, "b_mag": plain.b_mag}
    return {}


def log_of(threshold: Floats) -> Array:
    """The float32 numbers whose exponential in float32 comes nearest to ``threshold``: the same again, where there is one."""
    wanted = threshold.astype(np.float32)
    best: Array = np.log(threshold.astype(np.float64)).astype(np.float32)
    for direction in (-np.inf, np.inf):
        near = best
        for _ in range(2):
            near = np.nextafter(near, np.float32(direction), dtype=np.float32)
            with np.errstate(over="ignore"):
                closer = np.abs(np.exp(near) - wanted) < np.abs(np.exp(best) - wanted)
            best = np.where(closer, near, best)
    return best


def _config(path: Path, plain: Plain) -> RunConfig:
    values: dict[str, Any] = {
        **RunConfig().model_dump(),
        "arch": plain.arch,
        "n_latents": plain.n_latents,
        "dataset": UNKNOWN_DATA,
        "input": plain.input,
    }
    if plain.k is not None:
        values["k"] = _whole(path, plain.k)
    try:
        return from_file(values)
    except ConfigError as error:
        raise damaged(path, str(error)) from error


def _whole(path: Path, k: float) -> int:
    if isinstance(k, bool) or not isinstance(k, int | float) or not 0.5 <= k < math.inf:
        raise damaged(path, f"k is {k!r:.40}, but must be at least 1")
    # BatchTopK of SAELens may have half a latent more: it says how many are active on average.
    return max(1, round(k))


def _as_before(config: RunConfig, before: RunConfig) -> RunConfig:
    """What was trained, with what is in the weights now: no pre-bias, and inputs as they are."""
    same = _SAME_CODE.get(before.arch, before.arch) == _SAME_CODE.get(config.arch, config.arch)
    if not same or before.n_latents != config.n_latents:
        # The weights are another program's by now.
        return config.model_copy(update={"dataset": before.dataset})
    changed: dict[str, Any] = {"pre_bias": False, "input": config.input, "refinements": 0, "refit": False}
    changed |= {"code": "relu", "output": "linear", "k": config.k if before.arch in WITH_K else before.k}
    return before.model_copy(update=changed)


def groups(n_latents: int) -> list[int]:
    """Sizes of the parts by which the nested dictionaries of Matryoshka grow."""
    ends = [0, *prefixes(n_latents)]
    return [end - start for start, end in pairwise(ends)]


def text(value: Any) -> str:
    """JSON that is the same for the same value."""
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
