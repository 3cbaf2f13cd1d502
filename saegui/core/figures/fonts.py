"""Which fonts a line of text is drawn with: the usual one, and installed ones for letters that it lacks.

Importing this module imports no matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry
    from matplotlib.ft2font import FT2Font

USUAL = "DejaVu Sans"
"""The font of every figure; matplotlib brings it along."""
NOTE = "Numbers such as U+6F22 stand for letters that no font on this computer has; install a font that has them."
_OPEN, _CLOSE = "⟦", "⟧"
"""Around the Unicode numbers of letters that no font has."""
_WEIGHTS = {"normal": 400, "bold": 700}
_NO_LETTERS = (
    *("Last Resort", "STIXNonUnicode", "STIXSize"),
    *("cmb10", "cmex10", "cmmi10", "cmr10", "cmss10", "cmsy10", "cmti10", "cmtt10"),
)
"""Fonts, named by how they begin, that have boxes or parts of formulas where other fonts have letters."""


class Written(NamedTuple):
    """A text as it is drawn."""

    text: str
    families: tuple[str, ...]
    """Fonts, the usual one first; a letter is drawn with the first one that has it."""
    numbered: bool
    """Whether letters were replaced by their Unicode numbers, because no font has them."""


@lru_cache(4096)
def written(words: str, weight: str = "normal") -> Written:
    """``words`` on one line, with the installed fonts that have its letters; ``weight`` is normal or bold.

    Letters that no font has become their Unicode numbers, as in ``⟦U+6F22 U+5B57⟧``, so that texts which
    differ are drawn differently. On one machine the same words always get the same fonts: as few as have all
    letters, and of equally good ones the first by name.
    """
    words = " ".join(words.split())
    # Brackets that are part of a name are numbered too, or two names could look alike.
    lost = {letter for letter in words if letter in _OPEN + _CLOSE or not _visible(letter)}
    usual = _usual()
    wanted = {letter for letter in words if not usual.get_char_index(ord(letter))} - lost
    families, left = _chosen(wanted, weight)
    if left and _found_new():
        families, left = _chosen(wanted, weight)
    return Written("".join(_numbered(words, lost | left)), (USUAL, *families), bool(left | lost))


def _visible(letter: str) -> bool:
    """False for what changes a text and leaves no trace; the joiners change the letters beside them."""
    return letter.isprintable() or letter in "\u200c\u200d"


def _numbered(words: str, lost: set[str]) -> Iterator[str]:
    """``words`` in parts, each run of ``lost`` letters as numbers in brackets."""
    pending: list[str] = []
    for letter in words:
        if letter in lost:
            pending.append(f"U+{ord(letter):04X}")
            continue
        if pending:
            yield f"{_OPEN}{' '.join(pending)}{_CLOSE}"
            pending = []
        yield letter
    if pending:
        yield f"{_OPEN}{' '.join(pending)}{_CLOSE}"


def _chosen(wanted: set[str], weight: str) -> tuple[tuple[str, ...], set[str]]:
    """The fonts for ``wanted`` letters, and the letters that no font has."""
    found: list[str] = []
    left = set(wanted)
    entries = _entries(weight) if wanted else ()
    having = {entry.name: {letter for letter in left if _has(entry, letter)} for entry in entries}
    while left and having:
        best = min(having, key=lambda family: (-len(having[family] & left), family))
        drawn = having.pop(best) & left
        if not drawn:
            break
        found.append(best)
        left -= drawn
    _offer([entry for entry in entries if entry.name in found], weight)
    return tuple(found), left


@cache
def _entries(weight: str) -> tuple[FontEntry, ...]:
    """For each installed family but the usual one, by name, the upright font that is nearest to ``weight``."""
    from matplotlib import font_manager

    best: dict[str, tuple[tuple[int, bool, str], FontEntry]] = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.style != "normal" or entry.name == USUAL or entry.name.startswith(_NO_LETTERS):
            continue
        key = (abs(_weight(entry) - _WEIGHTS[weight]), entry.stretch != "normal", entry.fname)
        if entry.name not in best or key < best[entry.name][0]:
            best[entry.name] = key, entry
    return tuple(best[name][1] for name in sorted(best))


def _weight(entry: FontEntry) -> int:
    """The weight of a font in CSS's numbers; matplotlib lists some by a word."""
    from matplotlib import font_manager

    return font_manager.weight_dict.get(entry.weight, 400) if isinstance(entry.weight, str) else entry.weight


def _offer(entries: list[FontEntry], weight: str) -> None:
    """List fonts as ones of ``weight`` too: matplotlib warns of every text for which a family has no such font."""
    from matplotlib import font_manager

    listed = font_manager.fontManager.ttflist
    for entry in entries:
        same = replace(entry, weight=_WEIGHTS[weight])
        if _weight(entry) != _WEIGHTS[weight] and same not in listed:
            listed.append(same)


@cache
def _has(entry: FontEntry, letter: str) -> bool:
    """Whether a font draws ``letter``: fonts of pictures in colour have empty outlines."""
    font = _font(entry)
    if not font.get_char_index(ord(letter)):
        return False
    font.set_size(12, 72)
    return any(font.load_char(ord(letter)).bbox)


def _font(entry: FontEntry) -> FT2Font:
    from matplotlib import font_manager

    # Of a file with several fonts, older versions of matplotlib list the first only, without a number.
    face = getattr(entry, "index", 0)
    return font_manager.get_font(font_manager.FontPath(entry.fname, face) if face else entry.fname)


def _usual() -> FT2Font:
    from matplotlib import font_manager

    return font_manager.get_font(font_manager.findfont(USUAL))


@cache
def _found_new() -> bool:
    """Whether fonts are installed that matplotlib does not list yet: its list is as old as its first start."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    before = len(manager.ttflist)
    for path in sorted(set(font_manager.findSystemFonts()) - {entry.fname for entry in manager.ttflist}):
        try:
            manager.addfont(path)
        except (OSError, RuntimeError, ValueError, KeyError):
            # Damaged, or of pictures of one size only: there is nothing in it to draw letters with.
            continue
    _entries.cache_clear()
    return len(manager.ttflist) > before
