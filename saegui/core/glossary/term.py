"""What the glossary says about one term."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One entry of the glossary."""

    name: str
    """As the window writes it; unique, whatever the case of its letters."""
    text: str
    """Two sentences."""
    formula: str = ""
    """Notation: x inputs, z codes, x̂ reconstructions, dⱼ row j of W_dec. Empty where none says more than the sentences."""
    source: str = ""
    """Author and year; empty for words of statistics and computing at large."""
    figure: str = ""
    """The kind in :data:`saegui.core.figures.KINDS` that shows it; empty where none does."""
    also: tuple[str, ...] = ()
    """Other words by which it is found."""

    @property
    def words(self) -> tuple[str, ...]:
        """The name and the other words, in small letters."""
        return tuple(dict.fromkeys(word.casefold() for word in (self.name, *self.also)))
