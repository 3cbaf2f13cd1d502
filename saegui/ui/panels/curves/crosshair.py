"""What the curves say at one place: the numbers behind the cross-hair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saegui.core.analysis.latent_order import IN_TRAINING
from saegui.core.runs.history import CurveValues, History
from saegui.ui.panels.curves.axes import CurvesAxis

METRICS = ("loss", "fvu", "l0", "dead")
TITLES = {"loss": "Loss", "fvu": "FVU", "l0": "L0", "dead": f"Dead {IN_TRAINING}"}
SHORT_TITLES = {**TITLES, "dead": "Dead in training"}
"""For where there is no room."""


@dataclass(frozen=True)
class CurveReading:
    """One run's values nearest to a place on the x axis; what was not measured is missing."""

    step: int
    epoch: float
    seconds: float
    train: Mapping[str, float]
    test: Mapping[str, float]

    @property
    def place(self) -> str:
        """``step 235 · epoch 1.00 · time 1.2 s``"""
        return f"step {self.step:,} · epoch {self.epoch:.2f} · time {self.seconds:.1f} s"

    @property
    def text(self) -> str:
        """Everything in one line."""
        return " · ".join([self.place, *filter(None, map(self.text_of, METRICS))])

    def text_of(self, metric: str) -> str:
        """``FVU train 0.312, test 0.301``; empty where neither was measured."""
        if metric == "dead":
            # That it is the training's its title says.
            return (
                f"{TITLES[metric]}: {metric_text(metric, self.train[metric])}" if metric in self.train else ""
            )
        values = [
            f"{kind} {metric_text(metric, column[metric])}"
            for kind, column in (("train", self.train), ("test", self.test))
            if metric in column
        ]
        return f"{TITLES[metric]} {', '.join(values)}" if values else ""


def metric_text(metric: str, value: float) -> str:
    """A value with as many digits as say something, always equally wide where possible."""
    if not np.isfinite(value):
        return "–"
    if metric == "dead":
        return f"{value:,.0f}"
    if metric == "l0":
        return f"{value:.2f}"
    if not 1e-3 <= abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}"


def nearest(column: CurveValues, x: float) -> int | None:
    """Index of the entry of an ascending ``column`` that is nearest to ``x``; None when it is empty."""
    if not len(column):
        return None
    right = int(np.searchsorted(column, x))
    if right == 0:
        return 0
    if right == len(column) or x - column[right - 1] <= column[right] - x:
        return right - 1
    return right


def read(history: History, axis: CurvesAxis, x: float) -> CurveReading | None:
    """The training and the test point nearest to ``x`` on ``axis``; None when the run has neither."""
    train, test = history.train, history.test
    here, there = nearest(train[axis], x), nearest(test[axis], x)
    source, index = (train, here) if here is not None else (test, there)
    if index is None:
        return None
    return CurveReading(
        step=int(source["step"][index]),
        epoch=float(source["epoch"][index]),
        seconds=float(source["seconds"][index]),
        train={name: float(train[name][here]) for name in METRICS} if here is not None else {},
        test={name: float(test[name][there]) for name in METRICS if name in test}
        if there is not None
        else {},
    )


def place_of(history: History, axis: CurvesAxis, step: int) -> float | None:
    """Where ``step`` is on ``axis``; None when it is the newest of the curves, or they have no points."""
    tables = [table for table in (history.train, history.test) if len(table["step"])]
    if not tables or step >= max(table["step"][-1] for table in tables):
        return None
    if step == 0:
        return 0.0
    # Kept steps are mostly ends of epochs, where there are test points; training points are the finer ones.
    index = nearest(tables[0]["step"], step)
    assert index is not None
    return float(tables[0][axis][index])
