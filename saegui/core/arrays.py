"""The types of arrays that the engine hands around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import OtherShapeError
from saegui.core.on_disk import samples, stays_on_disk

Array = NDArray[np.float32]
"""Weights, inputs, codes."""
Floats = NDArray[np.floating[Any]]
"""Numbers of whichever precision."""
Images = NDArray[np.uint8 | np.float16 | np.float32]
"""Inputs as a data set keeps them: bytes, in pictures 0 paper and 255 ink, or float16 or float32 of any range."""
Span = tuple[float, float]
"""The values that are drawn as paper and as ink."""
Shape = tuple[int, ...]
"""Of one input: ``(h, w)`` a grey picture, ``(h, w, 3)`` a picture in colour, ``(d,)`` a vector."""

COLOURS = 3
"""Length of the last axis of a picture in colour: red, green, blue."""


MOST_VALUES = 1 << 28
"""Of one input: no data set has inputs as large, and weights of a few latents would be gigabytes."""
_EVERY = 31
"""Of the values of an array on disk: few enough, and no divisor of common lengths of rows."""
BYTES: Span = (0.0, 1.0)
"""What inputs that are kept as bytes reach over, once they are divided by 255."""


def full(images: Images) -> float:
    """What stored values are divided by: 255 for bytes, 1 for floating-point numbers."""
    return 255.0 if images.dtype == np.uint8 else 1.0


def span_of(images: Images) -> Span:
    """What pictures of ``images (N, …)`` and of their reconstructions are drawn over.

    Bytes have one span. Numbers have their 99.9th percentile of the magnitude on either side of zero, or from zero where
    none is negative, so that single values do not make all others grey. Of images that stay on disk
    :func:`saegui.core.on_disk.samples` speak for all.
    """
    if images.dtype == np.uint8 or not images.size:
        return BYTES
    if stays_on_disk(images):
        images = np.concatenate([sample.reshape(-1)[::_EVERY].copy() for sample in samples(images)])
    flat = np.abs(images.reshape(-1)[:: -(-images.size // 2**20)])
    high = float(np.partition(flat, place := round(0.999 * (flat.size - 1)))[place]) or 1.0
    return (-high, high) if float(images.min()) < 0 else (0.0, high)


def checked_span(value: Any) -> Span:
    """``value``, such as a list in a file, as a span.

    Raises:
        ValueError: when it is not two finite numbers, the lower one first.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"span is {value!r}")
    low, high = (float(part) for part in value)
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"span is {value!r}")
    return low, high


def checked_shape(value: Any) -> Shape:
    """``value``, such as a list in a file, as the shape of one input.

    Raises:
        ValueError: when it is not one of the three kinds of shape, or larger than any input.
    """
    if not isinstance(value, list | tuple) or not all(type(size) is int and size > 0 for size in value):
        raise ValueError(f"shape is {value!r}")
    if len(value) not in (1, 2, 3) or (len(value) == 3 and value[2] != COLOURS):
        raise ValueError(f"shape is {value!r}")
    if math.prod(value) > MOST_VALUES:
        raise ValueError(f"shape is {value!r}, of more than {MOST_VALUES:,} values")
    return tuple(value)


def shape_text(shape: Shape) -> str:
    """A shape in words: ``28×28``, ``6×8×3`` or ``30 values``."""
    return f"{shape[0]:,} values" if len(shape) == 1 else "×".join(map(str, shape))


def check_reads(own: Shape, shape: Shape, title: str) -> None:
    """Whether a run whose inputs have the shape ``own`` reads inputs of ``shape``, which come from ``title``.

    Raises:
        OtherShapeError: names both shapes and what to do.
    """
    if own != shape:
        raise OtherShapeError(
            f"The run was trained on inputs of {shape_text(own)}, but {title} has inputs of {shape_text(shape)}: "
            f"use data of {shape_text(own)}, or a run that was trained on {shape_text(shape)}."
        )


def inputs_in_words(shape: Shape) -> str:
    """Several inputs of a shape: ``12×20 pictures``, ``6×8 colour pictures``, ``vectors of 30 numbers``."""
    if len(shape) == 1:
        return f"vectors of {shape[0]:,} numbers"
    return f"{shape[0]}×{shape[1]} {'colour ' if len(shape) == 3 else ''}pictures"


def input_in_words(shape: Shape) -> str:
    """One input of a shape: ``a 12×20 picture``, ``a 6×8 colour picture``, ``a vector of 30 numbers``."""
    if len(shape) == 1:
        return f"a vector of {shape[0]:,} numbers"
    return f"a{'n' * (str(shape[0])[0] == '8' or shape[0] in (11, 18))} {inputs_in_words(shape)[:-1]}"
