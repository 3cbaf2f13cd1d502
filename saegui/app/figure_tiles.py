"""FigureTiles: which latents the figure of a grid shows: the first, all, or those that the window shows or marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QObject, Signal

from saegui.app.latent_notes import NotesControl
from saegui.app.pins import Pins
from saegui.core.analysis.latent_order import Indices
from saegui.core.errors import ExportError
from saegui.core.figures.made_for import MadeFor

Tiles = Literal["fit", "first", "all", "features", "sight", "starred", "pinned"]
TILES: dict[Tiles, tuple[str, str]] = {
    "fit": ("As many as have room", "The most often active first, on one page"),
    "first": ("The first…", "So many, the most often active first"),
    "all": ("All, on several pages", "The most often active first, on as many pages as they need"),
    "features": (
        "All that Features shows",
        "With its filter and in its order, on as many pages as they need",
    ),
    "sight": ("In sight in Features", "The tiles that can be seen there now, in its order"),
    "starred": ("Starred", "The latents with a star, by their numbers"),
    "pinned": ("Pinned", "The latents that are pinned above the tiles of Features, in the same order"),
}
_EMPTY: dict[Tiles, str] = {
    "features": "Features shows no latent; clear its filter.",
    "sight": "No tile of Features is in sight; open that panel.",
    "starred": "No latent has a star; press S on a tile of Features to give it one.",
    "pinned": "No latent is pinned; hold Ctrl and click a tile of Features to pin it.",
}


def _none() -> Indices | None:
    return None


class FigureTiles(QObject):
    """What the window shows and marks of the latents, as content of figures."""

    changed = Signal()
    """One of the choices may mean other latents now."""

    def __init__(self, pins: Pins, notes: NotesControl, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pins, self._notes = pins, notes
        self.ordered: Callable[[], Indices | None] = _none
        """The latents that have a tile, in their order; the panel that shows them sets this."""
        self.in_sight: Callable[[], Indices | None] = _none
        """Those of them that can be seen without scrolling, likewise."""
        pins.changed.connect(self.changed)
        notes.changed.connect(self.changed)

    def chosen(self, tiles: Tiles, first: int, made_for: MadeFor) -> MadeFor:
        """``made_for`` with these latents; ``first`` is how many, where it is the first.

        Raises:
            ExportError: there are none; what to do.
        """
        if tiles not in _EMPTY:
            return replace(made_for, tiles=first if tiles == "first" else None, pages=tiles == "all")
        if tiles == "starred":
            found = [latent for latent, note in sorted(self._notes.all.items()) if note.starred]
        elif tiles == "pinned":
            found = list(self._pins.latents)
        else:
            shown = (self.ordered if tiles == "features" else self.in_sight)()
            found = [] if shown is None else shown.tolist()
        if not found:
            raise ExportError(_EMPTY[tiles])
        # What has no room on the first page follows on others.
        return replace(made_for, latents=tuple(found), pages=True)
