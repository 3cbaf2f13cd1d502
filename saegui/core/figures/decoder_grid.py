"""The dictionary: every latent's decoder weights as a tile."""

from __future__ import annotations

from saegui.core.figures import grids
from saegui.core.figures.base import Drawn, Kind, Subject


def draw(subject: Subject) -> Drawn:
    """A tile for every latent, the most often active first."""
    return grids.draw(subject, "decoder")


KIND = Kind(
    "decoder-grid",
    "Decoder grid",
    "What every latent draws: the vectors of the decoder, which are the dictionary.",
    (),
    draw,
    prefers=("stats",),
    cells=grids.cells,
    of_weights=True,
    of_tiles=True,
)
