"""The types of arrays that the engine hands around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
"""Weights, inputs, codes."""
Floats = NDArray[np.floating[Any]]
"""Numbers of whichever precision."""
Images = NDArray[np.uint8]
"""Inputs as a data set keeps them: 0 paper, 255 ink."""
Shape = tuple[int, ...]
"""Of one input: ``(h, w)`` a grey picture, ``(h, w, 3)`` a picture in colour, ``(d,)`` a vector."""

COLOURS = 3
"""Length of the last axis of a picture in colour: red, green, blue."""


MOST_VALUES = 1 << 28
"""Of one input: no data set has inputs as large, and weights of a few latents would be gigabytes."""


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
