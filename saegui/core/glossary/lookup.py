"""Finding terms by what was typed."""

from __future__ import annotations

from saegui.core.errors import GlossaryError
from saegui.core.glossary.term import Term
from saegui.core.glossary.terms import TERMS


def found(typed: str) -> list[Term]:
    """The terms that ``typed`` is a part of: first those so called, then those whose explanation has it; all for nothing.

    Case and spaces at the ends have no effect.
    """
    wanted = typed.strip().casefold()
    named = [each for each in TERMS.values() if any(wanted in word for word in each.words)]
    named.sort(key=lambda each: wanted not in each.words)
    mentioned = [each for each in TERMS.values() if each not in named and wanted in each.text.casefold()]
    return [*named, *mentioned]


def term(name: str) -> Term:
    """The term called ``name``, or one of its other words; case has no effect.

    Raises:
        GlossaryError: there is none; the message lists those there are.
    """
    wanted = name.strip().casefold()
    for each in TERMS.values():
        if wanted in each.words:
            return each
    raise GlossaryError(f"The glossary has no '{name}'; choose one of {', '.join(TERMS)}.")
