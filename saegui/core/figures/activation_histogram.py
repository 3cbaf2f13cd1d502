"""How strongly latents are active."""

from __future__ import annotations

from saegui.core.analysis.distributions import of_strength
from saegui.core.figures import histogram
from saegui.core.figures.base import Drawn, Kind, Subject


def draw(subject: Subject) -> Drawn:
    """A bar for each range of activations above 0, of all latents on all training inputs."""
    assert subject.stats is not None
    found = of_strength(subject.stats)
    note = (
        f"{int(found.counts.sum()):,} activations above 0 on {subject.noun.counted(subject.stats.n_images)}"
    )
    words = ("activations", "activation, logarithmic")
    return histogram.draw(subject, "Activations of all latents", found, words, note, "activations")


KIND = Kind(
    "activation-histogram",
    "Activations of all latents",
    "How strongly latents are active on the training inputs, all latents together; zeros are left out.",
    ("stats",),
    draw,
)
