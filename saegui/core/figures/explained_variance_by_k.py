"""How much of the variance runs explain, against k."""

from __future__ import annotations

from saegui.core.figures import chart_of_runs
from saegui.core.figures.base import Drawn, Kind, Subject
from saegui.core.runs import results


def draw(subject: Subject) -> Drawn:
    """A line for runs that differ in k and the seed alone; a point is the mean over its seeds."""
    return chart_of_runs.against_k(
        subject,
        results.explained_variance,
        "Explained variance against k",
        "explained variance of test " + subject.noun.many,
        "explained_variance",
    )


KIND = Kind(
    "explained-variance-by-k",
    "Explained variance against k",
    "Explained variance (1 − FVU) on the test inputs of several runs against their k, as mean ± standard deviation over seeds.",
    ("runs",),
    draw,
    chart_of_runs.nothing_against_k,
)
