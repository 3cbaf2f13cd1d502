"""What a figure is drawn of, and what drawing one gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.code_map import CodeMap
from saegui.core.analysis.latent_map import Mapped
from saegui.core.analysis.latent_order import Indices, Mask, dead_latents, order
from saegui.core.analysis.matching import FOUND
from saegui.core.analysis.named_axes import axes_of
from saegui.core.arrays import Images
from saegui.core.data.noun import Noun
from saegui.core.data.registry import noun_of
from saegui.core.figures.made_for import SCREEN, MadeFor
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.latent_notes import Notes
from saegui.core.runs.overlay import Overlay

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from saegui.core.analysis.latent_stats import LatentStats
    from saegui.core.analysis.matching import Matching
    from saegui.core.analysis.stability import Stability
    from saegui.core.data import Dataset
    from saegui.core.runs.densities import Densities
    from saegui.core.runs.history import History
    from saegui.core.runs.run import Run

Cell = str | int | float | None
Span = tuple[float, float]
"""A part of the curves, in epochs: from the first, which is the smaller, to the second."""


class Other(NamedTuple):
    """A model that the subject's is compared with."""

    title: str
    snapshot: Snapshot


@dataclass(frozen=True, eq=False)
class Subject:
    """What figures are drawn of. A field that is None makes the kinds that need it unavailable."""

    title: str
    """Name of the run."""
    snapshot: Snapshot
    history: History | None = None
    """Training curves of the run."""
    dataset: Dataset | None = None
    """Test images for reconstructions, training images for a latent's top examples."""
    stats: LatentStats | None = None
    """What the latents of ``snapshot`` do on the training images of ``dataset``."""
    drawing: Images | None = None
    """uint8, an input of the model's shape: its activation pattern is drawn."""
    latent: int | None = None
    """Index of the latent that the ``latent`` figure shows."""
    overlays: tuple[Overlay, ...] = ()
    """Other runs, whose curves are drawn faintly behind the run's own."""
    short_titles: tuple[str, ...] = ()
    """What tells the run and ``overlays`` apart, as ``k 5`` and ``k 10``, for legends; without it they have their names."""
    notes: Notes = field(default_factory=dict)
    """Stars and labels of the latents."""
    epochs: Span | None = None
    """What part of the curves is drawn; all of every run when None."""
    run: Run | None = None
    """The run on disk, whose :attr:`densities` can be read."""
    densities: Densities | None = None
    """How often each latent was active at every kept moment of the run."""
    mapped: Mapped | None = None
    """The map of decoder vectors that is shown; their principal components when None."""
    coded: CodeMap | None = None
    """The map of test inputs that is shown; principal components of their codes when None."""
    listed: Indices | None = None
    """The latents that are drawn one below the other, in this order; all by their births when None."""

    other: Other | None = None
    """The model whose latents the subject's are matched with."""
    matching: Matching | None = None
    """Of ``snapshot`` and ``other``; found while the figure is drawn when None."""
    found_from: float = FOUND
    """Cosine from which a latent counts as found again in another model."""
    seeds: tuple[Run, ...] = ()
    """Runs that differ from the subject's in the seed alone."""
    stability: Stability | None = None
    """How well the latents are found in ``seeds``; looked for while the figure is drawn when None."""
    runs: tuple[Run, ...] = ()
    """Runs that are looked at together, such as those of a sweep; the subject's own is one of them."""
    alike: Mapping[Path, float | None] | None = None
    """Monosemanticity of ``runs``, by their folders, where it was measured."""
    histories: tuple[tuple[Run, History], ...] = ()
    """Training curves of ``runs``."""
    models: tuple[tuple[Run, Snapshot], ...] = ()
    """The models of those of ``runs`` whose atoms are drawn."""
    made_for: MadeFor = SCREEN
    """Where the figure will be seen."""

    @property
    def dead(self) -> Mask:
        """(n_latents,): on for no training image; without ``stats``, in the training's last whole epoch."""
        return dead_latents(self.snapshot, self.stats)

    @property
    def density(self) -> NDArray[np.float32]:
        """(n_latents,): share of the training images on which each latent is active."""
        return self.snapshot.density if self.stats is None else self.stats.density

    @property
    def noun(self) -> Noun:
        """What an input is called."""
        known = self.snapshot.config.dataset
        return noun_of(known, self.snapshot.shape) if self.dataset is None else self.dataset.noun

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of a vector's numbers; empty where they have none, or the data set is another."""
        return axes_of(self.dataset, self.snapshot.shape)

    def order(self) -> Indices:
        """Latents as figures list them: most often active first, dead last, equals by index."""
        return order("density", self.density, self.dead)


@dataclass(frozen=True)
class Table:
    """The numbers behind a picture: the columns' names, and rows of as many cells; None is an empty cell."""

    header: tuple[str, ...]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Caption:
    """What is said of a figure where its own header is missing: kept inside the file, and beside it."""

    title: str
    words: str
    """What is shown."""
    parameters: str
    """Of the run."""
    beside: bool = False
    """Whether it is also written to files of its own."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure and the numbers it shows."""

    figure: Figure
    table: Table
    more: tuple[Figure, ...] = ()
    """Further pages."""
    caption: Caption | None = None
    """What stands below it in a paper; :func:`saegui.core.figures.draw` writes it."""


def _always(subject: Subject) -> str | None:
    return None


def _few(subject: Subject) -> int:
    return 0


@dataclass(frozen=True)
class Kind:
    """One kind of figure: a file of this folder ends with its own, ``KIND = Kind(…)``."""

    name: str
    """As on the command line and in file names."""
    title: str
    """For menus."""
    about: str
    """One sentence: what it shows."""
    needs: tuple[str, ...]
    """Names in :data:`saegui.core.figures.needs.NEEDS`: it cannot be drawn without these parts of a subject."""
    draw: Callable[[Subject], Drawn]
    """Call :func:`saegui.core.figures.draw` instead, which checks first whether the kind can be drawn."""
    ready: Callable[[Subject], str | None] = _always
    """What else is missing of a subject that has all ``needs``, and what to do: one sentence. None when nothing is."""
    prefers: tuple[str, ...] = ()
    """What makes it better, of a kind that can be drawn without: ``stats`` are measured where there is a data set, ``history`` and
    ``dataset`` are read where they are there."""
    cells: Callable[[Subject], int] = _few
    """How many cells the table has, of a kind whose table may be large; known before it is drawn."""
    of_weights: bool = False
    """Whether nearly all of these cells are weights of the model."""
    of_tiles: bool = False
    """Whether it shows the latents that :class:`MadeFor` names, or its first ones; the grids also all on several pages."""
