"""All sections of the latent inspector, in the order in which the Tab key reaches them."""

from __future__ import annotations

from saegui.ui.panels.latent.section import Section
from saegui.ui.panels.latent.sections.classes import Classes
from saegui.ui.panels.latent.sections.effects import Effects
from saegui.ui.panels.latent.sections.examples import Examples
from saegui.ui.panels.latent.sections.family import FamilySection
from saegui.ui.panels.latent.sections.histogram import Histogram
from saegui.ui.panels.latent.sections.intervals import Intervals
from saegui.ui.panels.latent.sections.nearest import Nearest
from saegui.ui.panels.latent.sections.neighbours import Neighbours
from saegui.ui.panels.latent.sections.numbers import Numbers
from saegui.ui.panels.latent.sections.pictures import Pictures

SECTIONS: tuple[type[Section], ...] = (
    Pictures,
    Numbers,
    Histogram,
    Intervals,
    Neighbours,
    FamilySection,
    Effects,
    Classes,
    Nearest,
    Examples,
)
