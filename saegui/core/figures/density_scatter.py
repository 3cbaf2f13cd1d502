"""How often each latent is active, against how strongly."""

from __future__ import annotations

from saegui.core.analysis.latent_map import by_activity
from saegui.core.figures import scatter
from saegui.core.figures.base import Drawn, Kind, Subject, Table


def draw(subject: Subject) -> Drawn:
    """A dot for each latent that is not dead: log10 of its density, and its mean activation when active."""
    assert subject.stats is not None
    places = by_activity(subject.density, subject.stats.mean_active, subject.dead)
    words = ("log10 density", "mean activation when active")
    figure = scatter.draw(subject, "Density and mean activation of latents", places, words)
    density = subject.density[places.latents].tolist()
    rows = zip(places.latents.tolist(), density, places.x.tolist(), places.y.tolist(), strict=True)
    return Drawn(
        figure, Table(("latent", "density", "log10_density", "mean_active"), [list(row) for row in rows])
    )


KIND = Kind(
    "density-scatter",
    "Density and mean activation",
    "How often each latent is active on the training inputs, against how strongly; dead latents are left out.",
    ("stats",),
    draw,
)
