"""The panels of the window. The order here is the order of their actions in the menus; docks go by :class:`Place`."""

from __future__ import annotations

from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.compare.panel import ComparePanel
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.density.panel import DensityPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.map.panel import MapPanel
from saegui.ui.panels.panel import Panel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.panels.sweep.panel import SweepPanel
from saegui.ui.panels.train.panel import TrainPanel

PANELS: tuple[type[Panel], ...] = (
    TrainPanel,
    RunsPanel,
    FeaturesPanel,
    MapPanel,
    ComparePanel,
    SweepPanel,
    CurvesPanel,
    DensityPanel,
    DrawPanel,
    ActivePanel,
    LatentPanel,
)
