"""How alike the inputs are that activate a latent most, against k."""

from __future__ import annotations

from saegui.core.figures import chart_of_runs
from saegui.core.figures.base import Drawn, Kind, Subject
from saegui.core.runs import results


def draw(subject: Subject) -> Drawn:
    """A line for runs that differ in k and the seed alone; a point is the mean over its seeds. Zero is what chance gives."""
    return chart_of_runs.against_k(
        subject,
        results.monosemanticity,
        "Monosemanticity against k",
        "mean monosemanticity of the latents",
        "monosemanticity",
        zero="as alike as any two " + subject.noun.many,
    )


def _ready(subject: Subject) -> str | None:
    if subject.alike is not None and not any(value is not None for value in subject.alike.values()):
        return (
            "no latent of these runs is active on two test inputs; choose other runs, or train them longer."
        )
    return chart_of_runs.nothing_against_k(subject)


KIND = Kind(
    "monosemanticity-by-k",
    "Monosemanticity against k",
    "Mean cosine of two of the 100 test inputs that activate a latent most, minus that of any two, as mean over the latents of several "
    "runs, against their k.",
    ("runs", "alike"),
    draw,
    _ready,
)
