"""Where panels were when the window closed, as a few bytes that are checked before anything is done with them.

Qt trusts what it restores: what was damaged, or saved while something was wrong, would be followed to the letter. So what is
saved has a limit and a checksum, and says in plain words which panels were open and where the floating ones stood.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRect

VERSION = 2
"""Raised when what is saved, or the names of docks, change: an older layout is then refused."""
LIMIT = 8192
"""Bytes. The layout of eight panels takes about 2,000."""

Box = tuple[int, int, int, int]
"""x, y, width and height of a window, px on the screen."""


class LayoutRefusedError(Exception):
    """Says in words that complete *The saved layout …* why it is not used."""


@dataclass(frozen=True)
class SavedLayout:
    """A layout; :meth:`encode` makes the bytes of it and :meth:`decode` reads them."""

    panels: dict[str, Box | bool]
    """By name: False for one that was closed, True in the window, its box where it was a window of its own."""
    columns: tuple[float, float, float]
    """See :class:`saegui.ui.window.columns.Columns`."""
    geometry: bytes
    """Of the window, as Qt writes it."""
    docks: bytes
    """Of the docks, as Qt writes it."""
    heights_chosen: bool = True
    """Whether somebody made panels as high as they are. It is not known of layouts that were saved before this was."""

    def encode(self) -> bytes:
        """The checksum, then everything as JSON.

        Raises:
            LayoutRefusedError: it is larger than :data:`LIMIT`.
        """
        content = {
            "version": VERSION,
            "panels": self.panels,
            "columns": self.columns,
            "geometry": base64.b64encode(self.geometry).decode(),
            "docks": base64.b64encode(self.docks).decode(),
            "heights_chosen": self.heights_chosen,
        }
        text = json.dumps(content, separators=(",", ":")).encode()
        made = hashlib.sha256(text).hexdigest().encode() + b" " + text
        if len(made) > LIMIT:
            raise LayoutRefusedError(f"is too large: {len(made):,} bytes, of at most {LIMIT:,}")
        return made

    @classmethod
    def decode(cls, saved: bytes) -> SavedLayout:
        """What :meth:`encode` was called on.

        Raises:
            LayoutRefusedError: too large, damaged, or of another version.
        """
        if len(saved) > LIMIT:
            raise LayoutRefusedError(f"is too large: {len(saved):,} bytes, of at most {LIMIT:,}")
        checksum, _, text = saved.partition(b" ")
        if hashlib.sha256(text).hexdigest().encode() != checksum:
            raise LayoutRefusedError("is damaged")
        try:
            content = json.loads(text)
            if content["version"] != VERSION:
                raise LayoutRefusedError("is of another version of saegui")
            width, left, right = (float(value) for value in content["columns"])
            if not all(0 <= value <= 100_000 for value in (width, left, right)):
                raise LayoutRefusedError("is damaged")
            panels = {str(name): _place(place) for name, place in content["panels"].items()}
            geometry = base64.b64decode(content["geometry"], validate=True)
            docks = base64.b64decode(content["docks"], validate=True)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise LayoutRefusedError("is damaged") from error
        return cls(panels, (width, left, right), geometry, docks, content.get("heights_chosen") is not False)

    def check_screens(self, screens: Iterable[QRect]) -> None:
        """Whether every panel that was a window of its own can be seen and taken hold of.

        Raises:
            LayoutRefusedError: one cannot.
        """
        available = tuple(screens)
        for name, place in self.panels.items():
            if isinstance(place, tuple) and not reachable(QRect(*place), available):
                raise LayoutRefusedError(f"has the panel {name!r} outside the screen")


def reachable(box: QRect, screens: Iterable[QRect]) -> bool:
    """Whether enough of a floating panel's title lies on a screen to drag it, and whether it is large enough to be seen."""
    title = QRect(box.x(), box.y(), box.width(), 24)
    seen = (title.intersected(screen) for screen in screens)
    return box.height() >= 48 and any(part.width() >= 48 and part.height() >= 12 for part in seen)


def _place(value: object) -> Box | bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no place of a panel")
    x, y, width, height = (int(part) for part in value)
    if not all(math.fabs(part) <= 100_000 for part in (x, y, width, height)):
        raise ValueError(f"{value!r} is no place of a panel")
    return x, y, width, height
