"""What the glossary says about one term."""

from __future__ import annotations

from dataclasses import dataclass

from saegui.core.analysis.embedding import Method
from saegui.core.glossary import sources


@dataclass(frozen=True)
class Term:
    """One entry of the glossary."""

    name: str
    """As the window writes it; unique, whatever the case of its letters."""
    text: str
    """Two sentences."""
    formula: str = ""
    """Notation: x inputs, z codes, x̂ reconstructions, dⱼ row j of W_dec."""
    source: str = ""
    """Author and year."""
    figure: str = ""
    """The kind in :data:`saegui.core.figures.KINDS` that shows it."""
    also: tuple[str, ...] = ()
    """Other words by which it is found."""

    method: Method | None = None
    """Of a map of latents: how they are placed, where it is not by PCA."""

    @property
    def cited(self) -> str:
        """The source in full: authors, title, where and when."""
        return sources.cited(self.name, self.source)

    @property
    def words(self) -> tuple[str, ...]:
        """The name and the other words, in small letters."""
        return tuple(dict.fromkeys(word.casefold() for word in (self.name, *self.also)))
