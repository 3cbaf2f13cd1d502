"""A sparse autoencoder at one moment of its training, as plain numpy arrays that nobody writes to.

Everything that looks at a model (window, metrics, figures, command line) uses a Snapshot and so needs no torch, whose
import takes seconds; only training does. Shapes: ``x (batch, d_in)``, ``z (batch, n_latents)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from saegui.core import on_disk
from saegui.core.arrays import BYTES, Array, Images, Shape, Span, check_reads, full, shape_text
from saegui.core.config.schema import RunConfig
from saegui.core.families.kl import sigmoid
from saegui.core.families.matmul import product
from saegui.core.families.refinement import refine_array
from saegui.core.families.registry import KINDS, WITH_K
from saegui.core.model import normalisation
from saegui.core.model.refit import Known, known, refit

TENSORS = ("W_enc", "b_enc", "W_dec", "b_dec", "density")
MOST_PAIRS = 2048
"""Atoms of which all products of two are kept, where many images are refitted: 32 MB."""
BATCH = 2048
BATCH_VALUES = 2**23
"""Images, and activations, encoded at once where a whole data set is: large enough for the processor, small enough for
memory."""
PIECE = 336
"""Images whose pixels and reconstructions stay in the processor's cache, where that is asked for. A multiple of 48: OpenBLAS
multiplies rows in groups, and what is left over of the last one it adds up in another order. So codes are those of a whole
batch to the last bit."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Weights, configuration and position of one moment.

    ``W_enc (d_in, n_latents)``, ``b_enc (n_latents,)``, ``W_dec (n_latents, d_in)`` whose rows are the dictionary's
    atoms, ``b_dec (d_in,)``; ``density (n_latents,)`` is the share of the images of the last epoch of training on
    which each latent was on, so an estimate: :func:`saegui.core.analysis.latent_stats.analyse` measures it. ``extras`` holds what else
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
    shape: Shape = ()
    """Shape of one input, whose product is d_in; :func:`former_shape` where it is not given."""
    span: Span = BYTES
    """What inputs and reconstructions are drawn over."""

    to_png: ClassVar[Callable[[Snapshot], bytes | None] | None] = None
    """Draws the dictionary, for notebooks; :mod:`saegui.core.api` sets it, as models know nothing of figures."""

    def __post_init__(self) -> None:
        if not self.shape:
            object.__setattr__(self, "shape", former_shape(self.d_in))
        if math.prod(self.shape) != self.d_in:
            raise ValueError(f"weights for {self.d_in} inputs cannot have the shape {self.shape}")
        # One layout, whether it was trained or read: products of another would differ in their last bits. Latent by
        # latent, as trainers keep it, so that taking a snapshot is a plain copy.
        object.__setattr__(self, "W_enc", np.asfortranarray(self.W_enc))
        for tensor in self.tensors().values():
            tensor.setflags(write=False)

    def __repr__(self) -> str:
        return (
            f"<Snapshot of step {self.step:,} (epoch {self.epoch:.2f}): {self.config.describe()} · reads "
            f"{shape_text(self.shape)}>"
        )

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows; None, and with it the text, for a dictionary of plain vectors."""
        return None if Snapshot.to_png is None else Snapshot.to_png(self)

    @property
    def n_latents(self) -> int:
        """Atoms in the dictionary."""
        return int(self.W_dec.shape[0])

    @property
    def d_in(self) -> int:
        """Values of one input."""
        return int(self.W_dec.shape[1])

    @property
    def is_blank(self) -> bool:
        """Whether nothing is learned yet: a fit has no atoms before its first step."""
        return self.step == 0 and self.config.is_fitted and not self.W_dec.any()

    @property
    def nbytes(self) -> int:
        """Memory that the weights take."""
        return sum(tensor.nbytes for tensor in self.tensors().values())

    def pre_activations(self, x: Array) -> Array:
        """``(batch, n_latents)``: (x − b_dec)·W_enc + b_enc with pre-bias, x·W_enc + b_enc without."""
        return self._pre_activations(normalisation.apply(self.config.input, x, self.fitted))

    def refined(self, x: Array) -> Array:
        """:meth:`pre_activations` after all refinements: what decides the active latents."""
        return self._refined(normalisation.apply(self.config.input, x, self.fitted))

    def encode(self, x: Array) -> Array:
        """``(batch, d_in)``, as :func:`to_input` makes it → the code ``z (batch, n_latents)``.

        Sparse and nowhere negative, but of baselines with :attr:`~saegui.core.config.schema.RunConfig.signed_codes`.
        """
        config, family = self.config, KINDS[self.config.arch]
        seen = normalisation.apply(config.input, x, self.fitted)
        extras = {"b_enc": self.b_enc, **self.extras}
        if family.uses_products(config):
            extras["products"] = self._products
        z = family.activate(self._refined(seen), extras, config)
        if config.arch not in WITH_K or not config.refit:
            return z
        many = len(x) > 1 and self.n_latents <= MOST_PAIRS
        return refit(z, seen - self.b_dec, self.W_dec, self._known if many else None)

    @property
    def as_trained(self) -> Snapshot:
        """Without what is done only after the training: its error says whether the training went well."""
        return replace(self, config=self.config.model_copy(update={"refit": False}))

    def decode(self, z: Array, x: Array, out: Array | None = None) -> Array:
        """Codes ``(batch, n_latents)`` of the images ``x (batch, d_in)`` → their reconstructions ``(batch, d_in)``.

        x̂ = z·W_dec + b_dec, in pixels. The images are needed where each of them was scaled to length one. ``out``: memory
        that may be used for what is returned.
        """
        x_hat = product(z, self.W_dec, out)
        x_hat += self.b_dec
        return self.drawn(x_hat, x)

    def drawn(self, sums: Array, x: Array) -> Array:
        """Sums b_dec + Σ zⱼ dⱼ ``(batch, d_in)``, whole or partial, as reconstructions of the images ``x``, in pixels.

        ``x`` is ``(batch, d_in)``, or one image of which all are sums. May write into ``sums``.
        """
        x_hat = sigmoid(sums) if self.config.sigmoid_output else sums
        return normalisation.undo(self.config.input, x_hat, x, self.fitted)

    def rows_at_once(self, images: Images) -> int:
        """How many of ``images`` a batch of :meth:`batches` has."""
        widest = max(self.n_latents, self.d_in) if on_disk.stays_on_disk(images) else self.n_latents
        return max(1, min(BATCH, BATCH_VALUES // widest))

    def batches(self, images: Images, *, in_cache: bool = False) -> Iterator[tuple[slice, Array, Array]]:
        """Encode ``images (N, *shape)`` in pieces: yields (which rows, x, z).

        Images that stay on disk are read piece by piece. ``in_cache``: each batch comes in several pieces where these are
        encoded faster, and the next one overwrites x; for whoever needs each of them only once.

        Raises:
            DataError: when the images have another shape than the model reads, or one on disk is no number.
        """
        self.check_reads(images.shape[1:])
        large = on_disk.stays_on_disk(images)
        batch = self.rows_at_once(images)
        if in_cache and not large and self._encodes_rows_alone:
            yield from self._pieces(images, batch)
            return
        for start in range(0, len(images), batch):
            rows = slice(start, min(start + batch, len(images)))
            x = to_input(images[rows])
            if large:
                on_disk.check_finite(images[rows], start, "The data on disk")
                on_disk.release(images[rows])
            yield rows, x, self.encode(x)

    def _pieces(self, images: Images, batch: int) -> Iterator[tuple[slice, Array, Array]]:
        memory = np.empty((min(PIECE, batch, len(images)), self.d_in), np.float32)
        for start in range(0, len(images), batch):
            end = min(start + batch, len(images))
            for first in range(start, end, PIECE):
                rows = slice(first, min(first + PIECE, end))
                x = to_input(images[rows], memory)
                yield rows, x, self.encode(x)

    @property
    def _encodes_rows_alone(self) -> bool:
        """Whether nothing is prepared for a whole batch, nor sought until all of its codes are good enough."""
        config = self.config
        return not (config.is_fitted or (config.arch in WITH_K and (config.refinements or config.refit)))

    def check_reads(self, shape: Shape, title: str = "the data") -> None:
        """Whether inputs of this ``shape`` can be encoded; ``title`` names what they come from.

        Raises:
            DataError: names both shapes and what to do.
        """
        check_reads(self.shape, shape, title)

    def _pre_activations(self, seen: Array) -> Array:
        """Of images as the autoencoder sees them."""
        pre = product(seen, self.W_enc)
        pre += self._bias
        return pre

    def _refined(self, seen: Array) -> Array:
        config, pre = self.config, self._pre_activations(seen)
        if config.arch in WITH_K and config.refinements:
            return refine_array(self.W_dec, self.W_enc, pre, config.refinements, config.k)
        return pre

    @cached_property
    def encoder_images(self) -> Array:
        """``(n_latents, *shape)``: what each latent looks for."""
        return np.ascontiguousarray(self.W_enc.T).reshape(self.n_latents, *self.shape)

    @cached_property
    def decoder_images(self) -> Array:
        """``(n_latents, *shape)``: what each latent draws."""
        return self.W_dec.reshape(self.n_latents, *self.shape)

    def tensors(self) -> dict[str, Array]:
        """All weights by name."""
        return {**{name: getattr(self, name) for name in TENSORS}, **self.extras}

    @cached_property
    def _known(self) -> Known:
        return known(self.W_dec)

    @cached_property
    def _products(self) -> Array:
        """Of all pairs of atoms ``(n_latents, n_latents)``."""
        pairs: Array = self.W_dec @ self.W_dec.T
        return pairs

    @cached_property
    def fitted(self) -> dict[str, Array]:
        return {name: self.extras[name] for name in normalisation.names(self.config.input)}

    @cached_property
    def _bias(self) -> Array:
        return (
            self.b_enc - product(self.b_dec[np.newaxis], self.W_enc)[0]
            if self.config.pre_bias
            else self.b_enc
        )


def to_input(images: Images, memory: Array | None = None) -> Array:
    """``(batch, *shape)`` bytes → ``(batch, d_in)`` float32 in [0, 1]; other numbers stay as they are.

    A new array, or the first rows of ``memory``.
    """
    # The product, because numpy cannot work out the second length of an array without rows.
    flat = images.reshape(len(images), math.prod(images.shape[1:]))
    x = np.empty(flat.shape, np.float32) if memory is None else memory[: len(flat)]
    np.copyto(x, flat)
    if (most := full(images)) > 1:
        x /= np.float32(most)
    return x


def former_shape(d_in: int) -> Shape:
    """Shape of one input of a model that was saved without its shape."""
    # Before shapes were saved every input was a square grey picture, so the side is the root. Any other number of
    # inputs was never written by saegui; as a vector it can at least be looked at.
    side = math.isqrt(d_in)
    return (side, side) if side * side == d_in else (d_in,)
