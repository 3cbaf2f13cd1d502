"""Which entry of a list is meant by letters that are typed: one with exactly this name, else one that begins so."""

from __future__ import annotations

from collections.abc import Sequence


def meant(typed: str, entries: Sequence[str], current: int) -> int | None:
    """The place of the entry that ``typed`` means where the entry at ``current`` is chosen; None where no name begins so.

    A letter that is typed again goes on to the next entry that begins with it.
    """
    plain = [entry.casefold() for entry in entries]
    for place in (_place_of(typed, entries), _place_of(typed.casefold(), plain)):
        if place is not None and place != current:
            return place
    again = len(set(typed.casefold())) == 1
    start, letters = (current + 1, typed[:1]) if again else (max(0, current), typed)
    for place in (*range(start, len(entries)), *range(start)):
        if place < len(plain) and plain[place].startswith(letters.casefold()):
            return place
    return None


def _place_of(name: str, entries: Sequence[str]) -> int | None:
    return entries.index(name) if name in entries else None
