"""Which latents draw alike: their decoder vectors on a plane."""

from __future__ import annotations

from saegui.core.analysis.latent_map import by_decoder
from saegui.core.figures import scatter
from saegui.core.figures.base import Drawn, Kind, Subject, Table


def draw(subject: Subject) -> Drawn:
    """A dot for each latent that is not dead: the first two principal components of decoder vectors of norm 1."""
    vectors = subject.snapshot.decoder_images.reshape(subject.snapshot.n_latents, -1)
    places = by_decoder(vectors, subject.dead)
    first, second = (f"{100 * share:.3g} %" for share in places.shares)
    words = (f"first component ({first} of the variance)", f"second component ({second})")
    figure = scatter.draw(subject, "Map of the decoder vectors", places, words)
    rows = zip(places.latents.tolist(), places.x.tolist(), places.y.tolist(), strict=True)
    return Drawn(figure, Table(("latent", "component_1", "component_2"), [list(row) for row in rows]))


KIND = Kind(
    "latent-map",
    "Map of latents",
    "Decoder vectors of norm 1 along their first two principal components; dead latents are left out.",
    (),
    draw,
    prefers=("stats",),
)
