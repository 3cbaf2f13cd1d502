"""What one input of a data set is called, in the singular and the plural: said wherever inputs are spoken of."""

from __future__ import annotations

from typing import NamedTuple

from saegui.core.arrays import Shape


class Noun(NamedTuple):
    """Such as ``word`` and ``words``."""

    one: str
    many: str

    def counted(self, count: int) -> str:
        """Such as ``1 word`` and ``19,000 words``."""
        return f"{count:,} {self.of(count)}"

    def of(self, count: int) -> str:
        """The singular for one, else the plural."""
        return self.one if count == 1 else self.many


IMAGE = Noun("image", "images")
PATCH = Noun("patch", "patches")
WORD = Noun("word", "words")
TEXT = Noun("text", "texts")
ROW = Noun("row", "rows")


def noun_of_shape(shape: Shape) -> Noun:
    """What inputs are called of which nothing but their shape is known: vectors are rows, all others images."""
    return ROW if len(shape) == 1 else IMAGE
