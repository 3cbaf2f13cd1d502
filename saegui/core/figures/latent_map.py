"""Which latents draw alike: their decoder vectors on a plane."""

from __future__ import annotations

from saegui.core.analysis.embedding import TITLES
from saegui.core.analysis.latent_map import Mapped, by_decoder
from saegui.core.figures import scatter
from saegui.core.figures.base import Drawn, Kind, Subject, Table


def draw(subject: Subject) -> Drawn:
    """A dot for each latent that is not dead: by decoder vectors of norm 1, along their principal components unless another map is shown."""
    mapped = subject.mapped or Mapped("pca", by_decoder(subject.snapshot.W_dec, subject.dead))
    places = mapped.places
    if mapped.method == "pca":
        first, second = (f"{100 * share:.3g} %" for share in places.shares)
        words = (f"first component ({first} of the variance)", f"second component ({second})")
        names = ("component_1", "component_2")
    else:
        title = TITLES[mapped.method]
        words, names = (
            (f"{title}: alike latents are near; distances between groups say little", ""),
            ("x", "y"),
        )
    figure = scatter.draw(subject, "Map of the decoder vectors", places, words, mapped.note)
    rows = zip(places.latents.tolist(), places.x.tolist(), places.y.tolist(), strict=True)
    return Drawn(figure, Table(("latent", *names), [list(row) for row in rows]))


KIND = Kind(
    "latent-map",
    "Map of latents",
    "Decoder vectors of norm 1 along their first two principal components; dead latents are left out.",
    (),
    draw,
    prefers=("stats",),
)
