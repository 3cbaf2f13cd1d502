"""What a user's pictures are like, from some of them: sizes, formats, colours, and whether they show ink on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log2
from statistics import median

import numpy as np

from saegui.core.data import picture_folder, picture_rows
from saegui.core.data.options import Options, Value
from saegui.core.data.picture_folder import Division, Entry, Listing, named
from saegui.core.data.picture_rows import BRIGHT, DARK, PHOTOGRAPHS, WHITE, Glance
from saegui.core.files import picture_file
from saegui.core.files.picture_file import PictureFault
from saegui.core.progress import Progress

KEPT_SIDE, SMALL_SIDE = 64, 32
"""Pixels: pictures of one size keep it up to the first; others are reduced until the longer side has the second."""
HEADERS, GLANCES = 4_000, 60
"""Pictures whose sizes are read, and whose pixels are looked at."""


@dataclass
class Survey:
    """What was seen."""

    headers: list[Glance] = field(default_factory=list)
    """Of all pictures that were looked at and can be read."""
    glances: list[Glance] = field(default_factory=list)
    """Of those of them whose pixels were looked at."""
    faults: list[str] = field(default_factory=list)
    """``NAME why`` for each of those that cannot be read."""
    pages: list[str] = field(default_factory=list)
    """Names of files that hold several pictures."""

    @property
    def sizes(self) -> Counter[tuple[int, int]]:
        """How many pictures have which height and width."""
        return Counter((glance.height, glance.width) for glance in self.headers)

    def suggested(self) -> dict[str, Value]:
        """Values for the options ``height``, ``width``, ``colour``, ``kind``, and ``white`` where it matters."""
        height, width = self._size()
        found: dict[str, Value] = {
            "height": height,
            "width": width,
            "colour": "colour" if self._colourful > 0.1 else "grey",
            "kind": self._kind(),
        }
        deep = [glance.most for glance in self.glances if glance.most is not None]
        return {**found, "white": picture_rows.usual_white(max(deep))} if deep else found

    def to_ask(self, chosen: Options) -> tuple[str, ...]:
        """Names of the options that the pictures do not answer themselves."""
        ask = []
        if set(self.sizes) != {(chosen["height"], chosen["width"])}:
            ask += ["height", "width"]
        if 0.05 < self._colourful < 0.7:
            ask.append("colour")
        if len({round(log2(height / width), 1) for height, width in self.sizes}) > 1:
            ask.append("fit")
        plain = [glance for glance in self.glances if glance.paper is not None]
        if len(plain) > 0.2 * len(self.glances) and chosen["colour"] == "grey":
            ask.append("kind")
        if chosen.get("white", WHITE) not in (1.0, 255.0, WHITE):
            ask.append("white")
        return tuple(ask)

    def facts(self, division: Division) -> list[tuple[str, str]]:
        """As a description has them: classes, sizes and formats."""
        found = [("pictures", f"{len(division.used):,}")]
        if division.classes:
            found.append(("classes", classes_text(division)))
        if division.test is not None:
            found.append(("for testing", f"{int(division.test.sum()):,}, as its folders say"))
        found.append(("height×width", self._sizes_in_words()))
        formats = Counter(glance.format for glance in self.headers).most_common()
        each = [f"{name} ({count:,})" if len(formats) > 1 else name for name, count in formats]
        found.append(("formats", ", ".join(each)))
        if self.faults:
            found.append(("cannot be read", f"{len(self.faults):,}"))
        return found

    @property
    def _colourful(self) -> float:
        """Share of pictures that are in colour."""
        return sum(glance.colourful for glance in self.glances) / max(1, len(self.glances))

    def _size(self) -> tuple[int, int]:
        """Height and width that suit most pictures: their own where they are small and alike, else a few pixels."""
        sizes = self.sizes
        if len(sizes) == 1 and max(next(iter(sizes))) <= KEPT_SIDE:
            return next(iter(sizes))
        shares = [glance.height / glance.width for glance in self.headers]
        share, side = median(shares), min(SMALL_SIDE, max(max(size) for size in sizes))
        if max(shares) > 1.05 * share or min(shares) < share / 1.05:
            share = 1.0
        if share >= 1:
            return side, max(1, round(side / share))
        return max(1, round(side * share)), side

    def _kind(self) -> str:
        """Ink where nearly all pictures are grey with a plain background of the same brightness."""
        papers = [
            glance.paper for glance in self.glances if glance.paper is not None and not glance.colourful
        ]
        for kind, count in (
            (DARK, sum(paper > 200 for paper in papers)),
            (BRIGHT, sum(paper < 55 for paper in papers)),
        ):
            if count > 0.8 * len(self.glances):
                return kind
        return PHOTOGRAPHS

    def _sizes_in_words(self) -> str:
        sizes = self.sizes
        (height, width), _ = sizes.most_common(1)[0]
        if len(sizes) == 1:
            return f"{height:,}×{width:,}"
        small, large = (choose(sizes, key=lambda size: (size[0] * size[1], size)) for choose in (min, max))
        return f"{small[0]:,}×{small[1]:,} to {large[0]:,}×{large[1]:,}, most often {height:,}×{width:,}"


def classes_text(division: Division) -> str:
    """The names of a few classes, each with the number of its pictures, and how many classes there are."""
    counts = np.bincount(division.labels, minlength=len(division.classes))
    some = [f"{name} ({count:,})" for name, count in zip(division.classes, counts, strict=True)]
    return f"{len(some):,}: {named(some, 8)}"


def surveyed(listing: Listing, progress: Progress) -> Survey:
    """Look at some of the pictures of ``listing``, evenly from all of them.

    Raises:
        Cancelled: ``progress`` gave the work up.
    """
    picture_file.guard()
    found = Survey()
    entries = spread(listing.pictures, HEADERS)
    # In bytes of the files, as all progress with data.
    done, total, words = 0, sum(entry.size for entry in entries), f"Looking at {len(entries):,} pictures"
    closely = {entry.name for entry in spread(entries, GLANCES)}
    with picture_folder.opener(listing) as opened:
        for place, entry in enumerate(entries):
            if place % 50 == 0:
                progress.report(done, total, words)
            done += entry.size
            look = picture_rows.glance if entry.name in closely else picture_rows.header
            try:
                found.headers.append(glance := look(opened(entry)))
            except PictureFault as fault:
                found.faults.append(f"{entry.name} {fault.why}")
                continue
            if entry.name in closely:
                found.glances.append(glance)
            if glance.pages > 1:
                found.pages.append(entry.name)
    return found


def spread(entries: Sequence[Entry], most: int) -> list[Entry]:
    """At most ``most`` of ``entries``, evenly from all of them."""
    if len(entries) <= most:
        return list(entries)
    return [entries[round(place)] for place in np.linspace(0, len(entries) - 1, most)]
