"""Where the curves of trainings stand on a page, and the ends of their axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import IN_TRAINING
from saegui.core.figures import paper
from saegui.core.figures.drawing import page_width
from saegui.core.figures.paper import MARGIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = (("loss", "Loss"), ("fvu", "FVU"), ("l0", "L0"), ("dead", f"Dead {IN_TRAINING}"))
"""Columns of a history, and what they are called."""
GAP = (40.0, 40.0)
"""Points between panels."""
LEFT = MARGIN + 22
WIDTHS = {False: 0.7, True: 1.2}
"""Points a line is wide: that of the training, and, dashed, that of the test, which mostly lies on it."""
_PANEL = (206.0, 104.0)
_WIDTH = LEFT + 2 * _PANEL[0] + GAP[0] + MARGIN
"""Points across, on a screen."""
_NARROWEST = 130.0
"""Points of a panel's width below which panels stand one below the other."""


def room() -> float:
    """Points between the margins."""
    return page_width(_WIDTH) - 2 * MARGIN


def panels() -> tuple[int, tuple[float, float]]:
    """How many panels stand beside each other, and how large they are."""
    for across in (2, 1):
        width = (room() - (LEFT - MARGIN) - (across - 1) * GAP[0]) / across
        if width >= _NARROWEST or across == 1:
            break
    return across, (width, _PANEL[1] if width >= _PANEL[0] else max(70.0, round(width / 2.2)))


def scale(
    axes: Axes, values: NDArray[np.float64], column: str, span: tuple[float, float], *, log: bool
) -> None:
    """The ends of both axes of a panel that shows ``values`` of ``column`` from the first to the last epoch of ``span``."""
    finite = values[np.isfinite(values)]
    axes.autoscale_view()
    axes.set_xlim(*span)
    paper.ticks(axes.xaxis, 6, integer=span[1] - span[0] >= 5)
    axes.grid(axis="y", color=paper.LINE, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)
    if log:
        axes.set_yscale("log")
        narrow = finite.max() < 10 * finite.min()
        paper.log_ticks(axes.yaxis, (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0) if narrow else (1.0, 2.0, 5.0))
    else:
        paper.ticks(axes.yaxis, 5, integer=column == "dead")
        if column == "l0" and len(finite):
            _at_least_a_latent(axes)
        if column == "dead":
            axes.set_ylim(bottom=0, top=max(1.0, finite.max(initial=0) * 1.08))


def _at_least_a_latent(axes: Axes) -> None:
    """One latent more or less is the least that a change of L0 means; differences far below would fill the panel."""
    low, high = axes.get_ylim()
    short = max(0.0, 1.2 - (high - low)) / 2
    axes.set_ylim(low - short, high + short)
