"""The density panel: when latents are born, die and come back, over all kept moments of the training."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QHideEvent, QLinearGradient, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.core.analysis.latent_order import Indices
from saegui.core.figures import paper
from saegui.core.numbers import counted_latents
from saegui.core.runs.densities import Densities, Limits, by_birth, limits, lives
from saegui.ui.panels.density.raster import Raster, Spot, is_in
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.text import number

ORDERS = {"grid": "grid order", "birth": "by birth"}
"""How latents may stand one below the other, in words."""
ORDER = choice("density/order", "grid", tuple(ORDERS))
FEW = 2
"""Moments that make a raster, at least."""
NO_RUN = (
    "How often every latent is active, at each kept step of a training, is drawn here. Open or train a run."
)
ONE_STEP = "Only one step of this run is kept. Train a run: its births, deaths and revivals of latents are drawn here."
FIRST_STEPS = (
    "Births, deaths and revivals of latents are drawn here when two steps of this training are kept."
)
FILTERED = "The filter of Features shows no latent. Clear it, or show latents by birth."
TRAINING = "Pause the training to go back in time."


class DensityPanel(Panel):
    """Shows what :class:`saegui.app.densities.DensitiesControl` reads, which it does while this is in sight."""

    name = "density"
    title = "Density"
    help = "How often each latent is active at every kept step of the training: births, deaths and revivals"
    topics = ("step",)
    place = Place("left", 2.5, tabbed=True)
    figures = ("density-raster",)
    settings = (ORDER,)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.raster = Raster(theme)
        self.raster.setAccessibleName("Densities of latents during the training")
        self.orders = Combo()
        self.reading = FittedLine()
        self.scale = _Scale(theme)
        self.empty = EmptyState(theme, "curves", NO_RUN, "Train", services.training.train)
        self._spot: Spot | None = None
        self._births: Indices = np.empty(0, np.intp)
        self._whole: tuple[str, ...] = ("",)
        """What happened in the whole training, in fewer and fewer words."""
        self._stale = True
        self._page = QWidget()
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._page)
        self._build()
        services.exporter.listed = self._listed
        control = services.densities
        control.changed.connect(self._read_anew)
        control.listed_changed.connect(self._relisted)
        self.state.snapshot_changed.connect(self._mark)
        self.state.selection_changed.connect(self._mark)
        self.state.phase_changed.connect(self._choose_page)
        self.raster.pointed.connect(self._pointed)
        self.raster.chosen.connect(self._chosen)
        self._choose_page()

    def _build(self) -> None:
        for value, words in ORDERS.items():
            self.orders.addItem(words, value)
        self.orders.setCurrentIndex(self.orders.findData(self.services.settings.get(ORDER)))
        self.orders.setAccessibleName("Order of latents")
        self.orders.setToolTip(
            "Rows stand as the tiles of Features do, or the latents that were born first stand on top"
        )
        self.orders.activated.connect(self._order_chosen)
        # On Linux a screen reader takes the name of a combo box from its label alone.
        caption = QLabel("Order of latents")
        caption.setBuddy(self.orders)
        caption.hide()
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(caption)
        row.addWidget(self.orders)
        row.addStretch(1)
        row.addWidget(self.scale)
        column = QVBoxLayout(self._page)
        column.setContentsMargins(PAD - 2, GAP, PAD - 2, GAP)
        column.setSpacing(UNIT)
        column.addLayout(row)
        column.addWidget(self.reading)
        column.addWidget(self.raster, 1)

    # -- public ---------------------------------------------------------------------------------------------------

    @property
    def densities(self) -> Densities | None:
        """Those of the current run, once they were read."""
        found, snapshot = self.services.densities.value, self.state.snapshot
        fits = found is not None and snapshot is not None and found.values.shape[1] == snapshot.n_latents
        return found if fits else None

    @property
    def latents(self) -> Indices:
        """The latents of the rows, from top to bottom."""
        listed, found = self._listed(), self.densities
        if listed is None or found is None:
            return self._births
        # The grid may still list those of a larger model.
        return listed[listed < found.values.shape[1]]

    def set_order(self, order: str) -> None:
        """``grid``: as in Features; ``birth``: the earliest birth first. From now on.

        Raises:
            ValueError: for any other name.
        """
        self.services.settings.set(ORDER, order)
        self.orders.setCurrentIndex(self.orders.findData(order))
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw the raster again, now or when the panel is shown next."""
        found = self.densities
        self._stale = not self.isVisible()
        if found is not None and not self._stale:
            self.raster.show_densities(found, self.latents)
            self.scale.show_limits(limits(found.values))
        self._choose_page()
        self._mark()

    @Slot()
    def _read_anew(self) -> None:
        found = self.services.densities.value
        self._births = by_birth(found.values) if found is not None else np.empty(0, np.intp)
        self._whole = _summary(found) if found is not None else ("",)
        self.refresh()

    # -- what changes ---------------------------------------------------------------------------------------------

    def _listed(self) -> Indices | None:
        grid = self.services.settings.get(ORDER) == "grid"
        return self.services.densities.listed if grid else None

    @Slot()
    def _relisted(self) -> None:
        if self._listed() is not None:
            self.refresh()

    @Slot(int)
    def _order_chosen(self, index: int) -> None:
        self.set_order(self.orders.itemData(index))

    @Slot()
    def _choose_page(self) -> None:
        found = self.densities
        shown = found is not None and len(found.steps) >= FEW and len(self.latents) > 0
        self._pages.setCurrentWidget(self._page if shown else self.empty)
        few = found is not None and len(found.steps) < FEW
        nothing = FIRST_STEPS if self.state.busy else ONE_STEP if few else NO_RUN
        self.empty.label.setText(nothing if few or found is None else FILTERED)
        self.empty.button.setVisible((few or found is None) and not self.state.busy)

    @Slot()
    def _mark(self) -> None:
        snapshot = self.state.snapshot
        self.raster.mark(None if snapshot is None else snapshot.step, self.state.selected)
        self._read()

    @Slot(object)
    def _pointed(self, spot: Spot | None) -> None:
        self._spot = spot
        self.state.hover(None if spot is None else spot.latent)
        self._read()

    @Slot(object)
    def _chosen(self, spot: Spot) -> None:
        found = self.densities
        if found is None or not is_in(found, spot):
            return
        self.state.select(spot.latent)
        snapshot, step = self.state.snapshot, int(found.steps[spot.moment])
        if snapshot is not None and snapshot.step != step:
            if self.state.phase in ("training", "stopping"):
                self.state.notify("warn", TRAINING, "step")
            else:
                self.services.scrubbing.show_step(step)
        announce(self.raster, self.words_of(spot))

    def words_of(self, spot: Spot) -> str:
        """``#12 · step 470 · density 0.13``, or ``dead`` in place of the number."""
        found = self.densities
        if found is None:
            return ""
        density = float(found.values[spot.moment, spot.latent])
        step, title = int(found.steps[spot.moment]), self.services.notes.title(spot.latent)
        return f"{title} · step {step:,} · {f'density {number(density)}' if density else 'dead'}"

    def _read(self) -> None:
        """Say what is under the pointer, else the selected latent at the shown step, else what there is."""
        found = self.densities
        if found is None or not len(found.steps):
            return
        spot = self._spot or self._current(found)
        if spot is not None and not is_in(found, spot):
            spot = None
        whole, *shorter = self._whole
        if spot is not None:
            self.reading.say(self.words_of(spot), whole)
        else:
            self.reading.say(whole, "", *shorter)
        said = f"{self.words_of(spot)}. {whole}" if spot is not None else whole
        self.raster.setAccessibleDescription(
            f"{said} Up and Down select a latent, Left and Right go to another step."
        )

    def _current(self, found: Densities) -> Spot | None:
        selected, snapshot = self.state.selected, self.state.snapshot
        at = [] if snapshot is None else (found.steps == snapshot.step).nonzero()[0].tolist()
        return Spot(selected, at[0]) if selected is not None and at else None

    # -- events ---------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.services.densities.watch(True)
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.services.densities.watch(False)


def _summary(found: Densities) -> tuple[str, ...]:
    """What happened in the whole training, in fewer and fewer words."""
    known, count = lives(found.values), found.values.shape[1]
    born = int((known.birth < len(found.steps)).sum())
    deaths, revivals = int(known.deaths.sum()), int(known.revivals.sum())
    died = f"{deaths:,} {'death' if deaths == 1 else 'deaths'}"
    back = f"{revivals:,} {'revival' if revivals == 1 else 'revivals'}"
    verb = "was" if born == 1 else "were"
    few = f"{born:,} of {count:,} born"
    return (
        f"{born:,} of {counted_latents(count)} {verb} born; {died}, {back}.",
        f"{few}; {died}, {back}",
        f"{few}; {died}",
        few,
    )


class _Scale(QWidget):
    """What the colours mean: empty for dead, then the smallest to the largest density."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._ends: Limits = (0.0, 1.0)
        theme.changed.connect(self.update)

    def show_limits(self, ends: Limits) -> None:
        self._ends = ends
        words = f"Empty: dead. Colours: densities from {number(ends[0])} to {number(ends[1])}, logarithmic."
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def _words(self) -> tuple[str, str]:
        return paper.percent(self._ends[0]), paper.percent(self._ends[1])

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            sum(metrics.horizontalAdvance(words) for words in self._words()) + 48 + 2 * UNIT, metrics.height()
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), self._theme.tokens
        low, high = self._words()
        metrics = painter.fontMetrics()
        width, top = metrics.horizontalAdvance(low), (self.height() - 8) // 2
        painter.setPen(tokens.color("muted"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(self.rect(), middle | Qt.AlignmentFlag.AlignRight, high)
        left, right = width + UNIT, self.width() - metrics.horizontalAdvance(high) - UNIT
        gradient = QLinearGradient(left, 0, right, 0)
        for place, colour in enumerate(tokens.sequential):
            gradient.setColorAt(place / (len(tokens.sequential) - 1), colour)
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.setBrush(gradient)
        painter.drawRect(left, top, right - left, 8)
        painter.end()
