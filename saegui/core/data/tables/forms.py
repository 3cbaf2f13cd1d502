"""What one row of an array is: a vector, a picture, or several positions; and which of these it is likely to be."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from saegui.core.arrays import COLOURS, MOST_VALUES, Shape
from saegui.core.data.tables.columns import LEAST_SIDE
from saegui.core.errors import DataError

VECTOR, POSITIONS = "vector", "positions"
MOST_LENGTHY = 8
"""How many times as long as high the pictures are that are offered."""


class Form(NamedTuple):
    """How rows ``(N, *tail)`` become inputs."""

    shape: Shape
    """Of one input."""
    per_row: int = 1
    """Inputs in one row."""
    colours_first: bool = False

    def apply(self, rows: NDArray[Any]) -> NDArray[Any]:
        """``(N, *tail)`` → ``(N · per_row, *shape)``."""
        n = len(rows) * self.per_row
        if not self.colours_first:
            return rows.reshape(n, *self.shape)
        height, width, colours = self.shape
        return rows.reshape(n, colours, height, width).transpose(0, 2, 3, 1)


class Suggestion(NamedTuple):
    """The forms that fit, the likeliest first."""

    choices: tuple[str, ...]
    sure: bool


def named(shape: Shape) -> str:
    """``28x28``."""
    return "x".join(map(str, shape))


def text_of(form: Form) -> str:
    """What names ``form``, as :func:`form` reads it."""
    if form.per_row > 1:
        return POSITIONS
    if len(form.shape) == 1:
        return VECTOR
    return named((COLOURS, *form.shape[:2]) if form.colours_first else form.shape)


def form(text: str, tail: tuple[int, ...], where: str) -> Form:
    """The form that ``text`` names, of rows of the shape ``tail``.

    Raises:
        DataError: it does not fit.
    """
    values = math.prod(tail)
    if text == VECTOR:
        found = Form((values,))
    elif text == POSITIONS and len(tail) == 2:
        found = Form(tail[1:], tail[0])
    else:
        try:
            shape = tuple(int(part) for part in text.lower().replace("×", "x").split("x"))
        except ValueError:
            shape = ()
        first = len(shape) == 3 and shape[0] == COLOURS and shape[2] != COLOURS
        found = Form((*shape[1:], COLOURS), colours_first=True) if first else Form(shape)
        kinds = len(shape) == 2 or (len(shape) == 3 and COLOURS in (shape[0], shape[2]))
        if not kinds or math.prod(shape) != values or min(shape) < 1:
            raise DataError(
                f"The option shape is '{text}', but rows of {where} have {values:,} numbers; it is {VECTOR}, or "
                "height x width of a picture, such as 28x28, 32x32x3 or 3x32x32."
            )
    if math.prod(found.shape) > MOST_VALUES:
        raise DataError(
            f"{where} has rows of {values:,} numbers; an input has at most {MOST_VALUES:,}: save smaller ones."
        )
    return found


def suggest(tail: tuple[int, ...], *, bytes_like: bool, unit_like: bool, pixels: bool) -> Suggestion:
    """What rows of the shape ``tail`` can be.

    ``bytes_like``: their numbers are whole, from 0 to 255; ``unit_like``: they are from 0 to 1; ``pixels``: nothing says
    that single numbers have names.
    """
    squeezed = tuple(size for size in tail if size != 1) or (1,)
    if len(squeezed) == 1:
        return _of_vectors(squeezed[0], likely=bytes_like and pixels)
    if len(squeezed) == 2:
        picture = named(squeezed)
        if bytes_like or unit_like:
            return Suggestion((picture, VECTOR, POSITIONS), True)
        return Suggestion((POSITIONS, picture, VECTOR), False)
    if len(squeezed) == 3 and COLOURS in (squeezed[0], squeezed[2]):
        return Suggestion((named(squeezed), VECTOR), True)
    return Suggestion((VECTOR,), False)


def _of_vectors(d: int, *, likely: bool) -> Suggestion:
    side, of_colours = math.isqrt(d), math.isqrt(d // COLOURS)
    square = [named((side, side))] if side * side == d and side > 1 else []
    colour = []
    if d % COLOURS == 0 and of_colours**2 * COLOURS == d and of_colours > 1:
        colour = [named((of_colours, of_colours, COLOURS)), named((COLOURS, of_colours, of_colours))]
    others = [
        named((h, d // h))
        for h in range(2, d // 2 + 1)
        if d % h == 0 and h * h != d and max(h, d // h) <= MOST_LENGTHY * min(h, d // h)
    ]
    if likely and colour and of_colours >= LEAST_SIDE:
        # Colour by colour or pixel by pixel: nothing tells.
        return Suggestion((*colour, *square, VECTOR, *others), False)
    if likely and square and side >= LEAST_SIDE:
        return Suggestion((*square, VECTOR, *others), True)
    return Suggestion((VECTOR, *square, *colour, *others), True)
