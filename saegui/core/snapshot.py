"""A sparse autoencoder at one moment of its training, as plain numpy arrays that nobody writes to.

Everything that looks at a model (window, metrics, figures, command line) uses a Snapshot and so needs no torch, whose
import takes seconds; only training does. Shapes: ``x (batch, d_in)``, ``z (batch, n_latents)``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.config import D_IN, IMAGE_SIDE, WITH_K, RunConfig, make
from saegui.core.errors import ConfigError, RunError
from saegui.core.products import product
from saegui.core.sae import inputs
from saegui.core.sae.families import FAMILIES
from saegui.core.sae.kl import sigmoid
from saegui.core.sae.refine import refine_array
from saegui.core.sae.refit import Known, known, refit
from saegui.core.tensors import save_tensors

Array = NDArray[np.float32]
Images = NDArray[np.uint8]

IMAGE_SHAPE = (IMAGE_SIDE, IMAGE_SIDE)
TENSORS = ("W_enc", "b_enc", "W_dec", "b_dec", "density")
MOST_PAIRS = 2048
"""Atoms of which all products of two are kept, where many images are refitted: 32 MB."""
BATCH = 2048
BATCH_VALUES = 2**23
"""Images, and activations, encoded at once where a whole data set is: large enough for the processor, small enough for
memory."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Weights, configuration and position of one moment.

    ``W_enc (d_in, n_latents)``, ``b_enc (n_latents,)``, ``W_dec (n_latents, d_in)`` whose rows are the dictionary's
    atoms, ``b_dec (d_in,)``; ``density (n_latents,)`` is the share of the images of the last epoch of training on
    which each latent was on, so an estimate: :func:`saegui.core.analysis.analyse` measures it. ``extras`` holds what else
    the family learns or measures (:func:`extra_shapes`) and what the input is shifted and scaled by.
    """

    config: RunConfig
    step: int
    epoch: float
    W_enc: Array
    b_enc: Array
    W_dec: Array
    b_dec: Array
    density: Array
    extras: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # One layout, whether it was trained or read: products of another would differ in their last bits. Latent by
        # latent, as trainers keep it, so that taking a snapshot is a plain copy.
        object.__setattr__(self, "W_enc", np.asfortranarray(self.W_enc))
        for tensor in self._tensors().values():
            tensor.setflags(write=False)

    @property
    def n_latents(self) -> int:
        """Atoms in the dictionary."""
        return int(self.W_dec.shape[0])

    @property
    def nbytes(self) -> int:
        """Memory that the weights take."""
        return sum(tensor.nbytes for tensor in self._tensors().values())

    def pre_activations(self, x: Array) -> Array:
        """``(batch, n_latents)``: (x − b_dec)·W_enc + b_enc with pre-bias, x·W_enc + b_enc without."""
        return self._pre_activations(inputs.apply(self.config.input, x, self.fitted))

    def encode(self, x: Array) -> Array:
        """``(batch, d_in)`` in [0, 1] → the sparse code ``z ≥ 0 (batch, n_latents)``."""
        config, family = self.config, FAMILIES[self.config.arch]
        seen = inputs.apply(config.input, x, self.fitted)
        pre = self._pre_activations(seen)
        if config.arch in WITH_K and config.refinements:
            pre = refine_array(self.W_dec, self.W_enc, pre, config.refinements, config.k)
        z = family.activate(pre, {"b_enc": self.b_enc, **self.extras}, config)
        if config.arch not in WITH_K or not config.refit:
            return z
        many = len(x) > 1 and self.n_latents <= MOST_PAIRS
        return refit(z, seen - self.b_dec, self.W_dec, self._known if many else None)

    @property
    def as_trained(self) -> Snapshot:
        """Without what is done only after the training: its error says whether the training went well."""
        return replace(self, config=self.config.model_copy(update={"refit": False}))

    def decode(self, z: Array, x: Array) -> Array:
        """Codes ``(batch, n_latents)`` of the images ``x (batch, d_in)`` → their reconstructions ``(batch, d_in)``.

        x̂ = z·W_dec + b_dec, in pixels. The images are needed where each of them was scaled to length one.
        """
        x_hat = product(z, self.W_dec)
        x_hat += self.b_dec
        x_hat = sigmoid(x_hat) if self.config.sigmoid_output else x_hat
        return inputs.undo(self.config.input, x_hat, x, self.fitted)

    def batches(self, images: Images) -> Iterator[tuple[slice, Array, Array]]:
        """Encode ``images`` in pieces: yields (which rows, x, z)."""
        batch = max(1, min(BATCH, BATCH_VALUES // self.n_latents))
        for start in range(0, len(images), batch):
            rows = slice(start, min(start + batch, len(images)))
            x = to_input(images[rows])
            yield rows, x, self.encode(x)

    def _pre_activations(self, seen: Array) -> Array:
        """Of images as the autoencoder sees them."""
        pre = product(seen, self.W_enc)
        pre += self._bias
        return pre

    @cached_property
    def encoder_images(self) -> Array:
        """``(n_latents, 28, 28)``: what each latent looks for."""
        return np.ascontiguousarray(self.W_enc.T).reshape(self.n_latents, *IMAGE_SHAPE)

    @cached_property
    def decoder_images(self) -> Array:
        """``(n_latents, 28, 28)``: what each latent draws."""
        return self.W_dec.reshape(self.n_latents, *IMAGE_SHAPE)

    def _tensors(self) -> dict[str, Array]:
        return {**{name: getattr(self, name) for name in TENSORS}, **self.extras}

    @cached_property
    def _known(self) -> Known:
        return known(self.W_dec)

    @cached_property
    def fitted(self) -> dict[str, Array]:
        return {name: self.extras[name] for name in inputs.names(self.config.input)}

    @cached_property
    def _bias(self) -> Array:
        return (
            self.b_enc - product(self.b_dec[np.newaxis], self.W_enc)[0]
            if self.config.pre_bias
            else self.b_enc
        )

    def save(self, path: Path) -> None:
        """Write ``path`` (safetensors, replaced in one step); equal snapshots give equal files."""
        metadata = {"format": "saegui", "step": str(self.step), "epoch": repr(self.epoch)}
        metadata["config"] = json.dumps(self.config.model_dump(), sort_keys=True)
        save_tensors(path, self._tensors(), metadata)


def load(path: Path) -> Snapshot:
    """Read a snapshot that :meth:`Snapshot.save` wrote.

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
    fitted = {inputs.MEAN: (D_IN,), inputs.SCALE: (1,)}
    return {
        **dict.fromkeys(family.learnt, (config.n_latents,)),
        **dict.fromkeys(family.measured, (1,)),
        **{name: fitted[name] for name in inputs.names(config.input)},
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


def to_input(images: Images) -> Array:
    """``(batch, 28, 28)`` or ``(28, 28)`` uint8 → ``(batch, d_in)`` float32 in [0, 1]."""
    return images.reshape(-1, D_IN).astype(np.float32) / np.float32(255)


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
