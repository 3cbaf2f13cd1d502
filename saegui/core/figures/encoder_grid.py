"""What the latents look for: every latent's encoder weights as a tile."""

from __future__ import annotations

from saegui.core.figures import grids
from saegui.core.figures.base import Drawn, Kind, Subject


def draw(subject: Subject) -> Drawn:
    """A tile for every latent, the most often active first."""
    return grids.draw(subject, "encoder")


KIND = Kind(
    "encoder-grid",
    "Encoder grid",
    "What every latent looks for: the vectors of the encoder.",
    (),
    draw,
    prefers=("stats",),
    cells=grids.cells,
    of_weights=True,
    of_tiles=True,
)
