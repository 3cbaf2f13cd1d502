"""How many latents are how often active."""

from __future__ import annotations

from saegui.core.analysis.distributions import of_density
from saegui.core.figures import histogram
from saegui.core.figures.base import Drawn, Kind, Subject
from saegui.core.numbers import counted_latents


def draw(subject: Subject) -> Drawn:
    """A bar for each range of densities of living latents, evenly spaced by their logarithms."""
    found = of_density(subject.density, subject.dead)
    alive = int(found.counts.sum())
    note = counted_latents(alive) + (f", {found.left_out:,} dead left out" if found.left_out else "")
    words = ("latents", "density, logarithmic")
    return histogram.draw(subject, "Densities of the latents", found, words, note, "latents")


KIND = Kind(
    "density-histogram",
    "Densities of the latents",
    "How many latents are active how often on the training inputs; dead latents are left out.",
    (),
    draw,
    prefers=("stats",),
)
