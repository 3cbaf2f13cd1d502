"""What one input of a data set is called, in the singular and the plural: said wherever inputs are spoken of."""

from __future__ import annotations

import re
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

    @property
    def with_article(self) -> str:
        """Such as ``a word`` and ``an image``."""
        return f"{'an' if self.one[0] in 'aeiou' else 'a'} {self.one}"

    def instead_of_input(self, text: str) -> str:
        """``text`` as it is read where inputs are called so: ``an input``, ``input`` and ``inputs`` give way to this noun.

        So does ``drawing``, the input that is shown, unless inputs are images, which are drawn.
        """

        def named(found: re.Match[str]) -> str:
            article, capital, plural = found.groups()
            word = self.many if plural else self.with_article if article else self.one
            first = article or capital
            return word[:1].upper() + word[1:] if first[0].isupper() else word

        if self not in (INPUT, IMAGE):
            text = re.sub(r"\b([Aa]) drawing\b", r"\1n input", text)
            text = re.sub(r"\b([Dd])rawing\b", lambda found: "Input" if found[1] == "D" else "input", text)
        return re.sub(r"\b([Aa]n )?([Ii])nput(s?)\b", named, text)


INPUT = Noun("input", "inputs")
"""Where nothing is known of the data."""
IMAGE = Noun("image", "images")
PATCH = Noun("patch", "patches")
WORD = Noun("word", "words")
TEXT = Noun("text", "texts")
ROW = Noun("row", "rows")


def noun_of_shape(shape: Shape) -> Noun:
    """What inputs are called of which nothing but their shape is known: vectors are rows, all others images."""
    return ROW if len(shape) == 1 else IMAGE
