"""The panel of the feature grid: what is sorted, shown and scaled how, the tiles, and the time scrubber."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.app.state import NO_MODEL
from saegui.core.analysis.latent_order import Sort
from saegui.core.arrays import Shape
from saegui.core.numbers import no_latent, read_latent
from saegui.ui.commands import Handler, analyse_menu, view_menu
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.features import grid_layout
from saegui.ui.panels.features.captions import (
    NumbersCaption,
    count_of_latents,
    mark_order,
    nothing_shown,
    words_of_meaning,
    words_of_scale,
)
from saegui.ui.panels.features.choices import SCALE, SCALES, SHOW, SHOWS, SIDE, SORT, SORTS, explain_sorts
from saegui.ui.panels.features.choices_row import ChoicesRow, LegendRow
from saegui.ui.panels.features.filter_row import FilterRow
from saegui.ui.panels.features.grid import FeatureGrid
from saegui.ui.panels.features.latent_actions import LatentActions
from saegui.ui.panels.features.pin_strip import PinStrip
from saegui.ui.panels.features.scale_bar import ScaleBar, Words
from saegui.ui.panels.features.scrubber import Scrubber
from saegui.ui.panels.features.tile_rows import GridShow
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.empty_state import OPEN_STARTER, EmptyState
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.latent_line import LatentLine
from saegui.ui.widgets.segments import Segments
from saegui.ui.widgets.slider import Slider
from saegui.ui.widgets.weight_scales import GridScale

ZOOM_STEP = 8
BLANK = "There are no atoms yet: the tiles appear after the first step of the fit."


class FeaturesPanel(Panel):
    """Every latent as a tile, how tiles are sorted and coloured, and the scrubber through the training."""

    name = "features"
    title = "Features"
    help = "What every latent draws or looks for, in one tile each. Tiles light up when the drawing activates them."
    topics = ("latent", "step")
    place = Place("middle", 1)
    figures = ("decoder-grid", "encoder-grid", "decoder-beside-encoder", "dendrogram", "top-inputs")
    settings = (SORT, SHOW, SCALE, SIDE)
    specs = (*view_menu.FEATURES, *analyse_menu.FEATURES)

    view_changed = Signal()
    """The order, what tiles show, or their colour scale changed."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        settings = services.settings
        self.grid = FeatureGrid(services, theme)
        self.pinned = PinStrip(services, self.grid, theme, self)
        self.scrubber = Scrubber(services, theme)
        self.sorts = Combo()
        self.labels = Combo()
        self.shows = Segments("Show", SHOWS)
        self.scales = Segments("Scale", SCALES)
        self.sizes = Slider()
        self.fit = QToolButton()
        self.number = LatentLine()
        self.legend = ScaleBar(theme, self._limits, self._shape)
        self._stack = QStackedWidget()
        self._build()
        self.grid.set_side(settings.get(SIDE))
        self.set_sort(settings.get(SORT))
        self.set_show(settings.get(SHOW))
        self.set_scale(settings.get(SCALE))
        self._connect()
        Naming(self.state, self.filter.bar.name_inputs, self)
        self._sizes_changed()
        self._summarise()

    # -- building ------------------------------------------------------------------------------------------

    def _build(self) -> None:
        Naming(self.state, partial(explain_sorts, self.sorts), self)
        self.sorts.setAccessibleName("Sort")
        self.sorts.setMaxVisibleItems(len(SORTS))
        for choice in (self.sorts, self.labels):
            choice.setFixedWidth(self.sorts.sizeHint().width() + GAP)
        self.labels.setAccessibleName("Class to sort by")
        self.labels.setToolTip("Latents whose mean activations belong most to this class come first")
        self.labels.hide()
        mark_order(self.sorts, outdated=False)
        self.sizes.setRange(grid_layout.MIN_SIDE, grid_layout.MAX_SIDE)
        self.sizes.setSingleStep(4)
        self.sizes.setPageStep(ZOOM_STEP)
        self.sizes.setMinimumWidth(48)
        self.sizes.setMaximumWidth(96)
        self.sizes.setAccessibleName("Tile size")
        self.fit.setText("Fit")
        self.fit.setCheckable(True)
        self.fit.setAccessibleName("Fit tiles")
        self.fit.setToolTip("The largest tiles that show every latent at once")
        self.number.setPlaceholderText("go to #")
        self.number.setFixedWidth(80)
        self.number.setAccessibleName("Go to latent")
        self.number.setToolTip("Type a latent's number and press Enter (Ctrl+G); in the grid, just type it")
        self.empty = EmptyState(
            self.theme,
            "picture",
            f"Every latent of a model is a tile here. {NO_MODEL}",
            OPEN_STARTER,
            self.services.open_starter,
        )
        self.nothing = EmptyState(self.theme, "search", "", "Clear filter", self._loosen)
        self.blank = EmptyState(self.theme, "picture", BLANK)
        for page in (self.grid, self.empty, self.nothing, self.blank):
            self._stack.addWidget(page)
        self.filter = FilterRow(self.services, self.grid.order, self.theme, self.sizes, self.fit, self.number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, UNIT, 0, GAP)
        layout.setSpacing(UNIT)
        self.choices = ChoicesRow(self.sorts, self.labels, self.shows)
        for part in (self.choices, self.filter):
            layout.addLayout(_indented(part))
        layout.addLayout(_indented(self.pinned))
        tiles = QHBoxLayout()
        # The grid has a margin of its own, for the rings around the outermost tiles.
        margin = PAD - grid_layout.GAP
        tiles.setContentsMargins(margin, 0, margin, 0)
        tiles.addWidget(self._stack)
        layout.addLayout(tiles, 1)
        self.numbers = NumbersCaption(self.state)
        layout.addLayout(_indented(LegendRow(self.numbers, self.legend, self.scales)))
        bottom = QHBoxLayout()
        bottom.setContentsMargins(PAD - UNIT, 0, PAD, 0)
        bottom.addWidget(self.scrubber)
        layout.addLayout(bottom)

    @property
    def summary(self) -> FittedLine:
        """The line that says how many latents are shown."""
        return self.filter.summary

    @property
    def again(self) -> QToolButton:
        """*Sort again*."""
        return self.filter.again

    def _connect(self) -> None:
        self.sorts.activated.connect(self._sort_chosen)
        self.labels.activated.connect(self._sort_chosen)
        self.shows.chosen.connect(self.set_show)
        self.scales.chosen.connect(self.set_scale)
        self.sizes.valueChanged.connect(self._size_chosen)
        self.fit.clicked.connect(self._fit_chosen)
        self.number.returnPressed.connect(self._number_entered)
        self.grid.resized_tiles.connect(self._sizes_changed)
        self.grid.restyled.connect(self.legend.update)
        self.legend.meaning = lambda: words_of_meaning(self.grid.look)
        self.grid.zoomed.connect(self._zoom)
        self.grid.order.changed.connect(self._summarise)
        self.grid.order.stale_changed.connect(self._offer_to_sort)
        self.grid.order.missing_changed.connect(self._offer_to_sort)
        self.state.dataset_changed.connect(self._list_classes)
        self.again.clicked.connect(self.grid.order.apply)
        for signal in (self.state.snapshot_changed, self.state.stats_changed, self.state.phase_changed):
            signal.connect(self._summarise)
        self.services.stats.running_changed.connect(self._summarise)
        self.services.filter.changed.connect(self._summarise)

    # -- what actions ask for ------------------------------------------------------------------------------

    def handlers(self) -> Mapping[str, Handler]:
        state, scrubber, steps = self.state, self.scrubber, self.services.scrubbing
        of_model = partial(
            Handler,
            enabled=lambda: state.snapshot is not None,
            why=lambda: NO_MODEL,
            changed=(state.snapshot_changed,),
        )
        of_selected = LatentActions(self.services)
        scrubbing = partial(
            Handler,
            enabled=lambda: scrubber.can_scrub,
            why=lambda: (
                "Nothing else can be shown now: pause the training, or open a run with several snapshots."
            ),
            changed=(scrubber.changed,),
        )
        handlers = {
            "zoom-in": of_model(self.zoom_in),
            "zoom-out": of_model(self.zoom_out),
            "go-to": of_model(self.go_to),
            "next-latent": of_model(self.select_next),
            "previous-latent": of_model(self.select_previous),
            "filter": of_model(self.filter.open),
            "clear-filter": Handler(
                self.services.filter.clear,
                enabled=lambda: bool(self.services.filter.value),
                changed=(self.services.filter.changed,),
            ),
            "label-latent": Handler(
                self._label,
                enabled=of_selected.can_be_noted,
                why=lambda: "Select a latent of a run first.",
                changed=(state.selection_changed, state.run_changed),
            ),
            **of_selected.handlers(),
            "first-step": scrubbing(partial(steps.show_place, 0)),
            "play-training": scrubbing(scrubber.play.toggle),
            "previous-step": scrubbing(partial(steps.move, -1)),
            "next-step": scrubbing(partial(steps.move, 1)),
            "last-step": scrubbing(partial(steps.show_place, -1)),
        }
        for group, values in (("sort", SORTS), ("show", SHOWS), ("scale", SCALES)):
            for value in values:
                handlers[f"{group}-{value}"] = Handler(
                    partial(getattr(self, f"set_{group}"), value),
                    checked=partial(self._shows, group, value),
                    changed=(self.view_changed,),
                )
        return handlers

    def first_stop(self) -> QWidget:
        return self.grid if self.grid.isVisibleTo(self) else super().first_stop()

    def _shows(self, group: str, value: str) -> bool:
        return self.view(group) == value

    @property
    def sort(self) -> Sort:
        """What the tiles are sorted by."""
        return self.grid.order.sort

    @property
    def shown(self) -> GridShow:
        """``decoder``, ``encoder`` or ``both``."""
        return cast(GridShow, self.shows.value)

    @property
    def scale(self) -> GridScale:
        """``shared`` or ``tile``."""
        return cast(GridScale, self.scales.value)

    def view(self, group: str) -> str:
        """What is chosen of ``sort``, ``show`` or ``scale``."""
        return {"sort": self.sort, "show": self.shown, "scale": self.scale}[group]

    @Slot(str)
    def set_sort(self, name: Sort) -> None:
        """Sort by one of :data:`SORTS`; remembered."""
        self.services.settings.set(SORT, name)
        self.sorts.setCurrentIndex(self.sorts.findData(name))
        self.labels.setVisible(name == "class" and self.labels.count() > 0)
        self.choices.arrange()
        self.grid.set_sort(name, max(0, self.labels.currentIndex()))
        self._summarise()
        self.view_changed.emit()

    @Slot(str)
    def set_show(self, name: GridShow) -> None:
        """Show decoder, encoder or both; remembered."""
        self.services.settings.set(SHOW, name)
        self.shows.set_value(name)
        self.grid.set_show(name)
        self.numbers.set_show(name)
        self.view_changed.emit()

    @Slot(str)
    def set_scale(self, name: GridScale) -> None:
        """Colour on one shared scale or per tile; remembered."""
        self.services.settings.set(SCALE, name)
        self.scales.set_value(name)
        self.grid.set_scale(name)
        self.view_changed.emit()

    def set_side(self, side: int | None) -> None:
        """px of a tile, or None for the largest that show every latent at once; remembered."""
        self.services.settings.set(SIDE, side)
        self.grid.set_side(side)
        self._sizes_changed()

    def zoom_in(self) -> None:
        """Larger tiles."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Smaller tiles."""
        self._zoom(-1)

    def go_to(self) -> None:
        """Ask for a latent's number."""
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    def select_next(self) -> None:
        """Select the tile after the selected one."""
        self.grid.move_selection(1)

    def select_previous(self) -> None:
        """Select the tile before the selected one."""
        self.grid.move_selection(-1)

    def _label(self) -> None:
        self.front_asked.emit()
        if self._stack.currentWidget() is self.nothing:
            self.services.filter.clear()
        self.grid.edit_label()

    def context_menus(self) -> Sequence[ContextMenu]:
        parts = (self.grid, self.pinned)
        return tuple(ContextMenu(part, part.choose, OF_LATENT) for part in parts)

    # -- inside --------------------------------------------------------------------------------------------

    @Slot(int)
    def _zoom(self, direction: int) -> None:
        side = self.grid.places.side + direction * ZOOM_STEP
        self.set_side(max(grid_layout.MIN_SIDE, min(grid_layout.MAX_SIDE, side)))

    @Slot()
    def _sort_chosen(self) -> None:
        self.set_sort(self.sorts.currentData())

    @Slot(int)
    def _size_chosen(self, side: int) -> None:
        self.set_side(side)

    @Slot()
    def _fit_chosen(self) -> None:
        self.set_side(None if self.fit.isChecked() else self.grid.places.side)

    @Slot()
    def _sizes_changed(self) -> None:
        side = self.grid.places.side
        self.sizes.blockSignals(True)
        self.sizes.setValue(side)
        self.sizes.blockSignals(False)
        self.sizes.setToolTip(f"Tile size: {side} px (Ctrl+= and Ctrl+-, or Ctrl and the wheel)")
        self.fit.setChecked(self.grid.fits)

    @Slot()
    def _number_entered(self) -> None:
        latent = read_latent(self.number.text())
        if latent is not None and self.grid.go_to(latent):
            self.number.clear()
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if latent is None and self.number.text():
            self.state.notify("warn", no_latent(self.number.text(), self.grid.order.count), "latent")
        self.number.selectAll()

    def _limits(self) -> list[Words]:
        look, snapshot = self.grid.look, self.state.snapshot
        if look is None or snapshot is None or snapshot.is_blank:
            return []
        return words_of_scale(look, self.scale == "tile")

    def _shape(self) -> Shape:
        snapshot = self.state.snapshot
        return snapshot.shape if snapshot is not None else ()

    @Slot()
    def _offer_to_sort(self) -> None:
        order = self.grid.order
        self.again.setVisible(order.stale)
        mark_order(self.sorts, outdated=order.stale, missing=order.missing)
        self._summarise()

    @Slot()
    def _list_classes(self) -> None:
        dataset = self.state.dataset
        chosen = self.labels.currentText()
        self.labels.clear()
        self.labels.addItems(list(dataset.classes) if dataset is not None else [])
        self.labels.setCurrentIndex(max(0, self.labels.findText(chosen)))
        self.labels.setVisible(self.sort == "class" and self.labels.count() > 0)
        self.choices.arrange()

    @Slot()
    def _summarise(self) -> None:
        order, facts = self.grid.order, self.grid.order.facts()
        page: QWidget = self.grid
        if self.state.snapshot is None:
            page = self.empty
        elif self.state.snapshot.is_blank:
            page = self.blank
        elif order.count and not len(order.latents) and facts is not None:
            page = self.nothing
            sentence, button, _ = nothing_shown(self.services.filter.value, facts, self.state)
            self.nothing.label.setText(sentence)
            self.nothing.button.setText(button)
        self._stack.setCurrentWidget(page)
        self.legend.update()
        self.summary.say(*count_of_latents(self.services, order))

    @Slot()
    def _loosen(self) -> None:
        facts = self.grid.order.facts()
        if facts is not None:
            self.services.filter.set(nothing_shown(self.services.filter.value, facts, self.state)[2])


def _indented(part: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(PAD, 0, PAD, 0)
    line.addWidget(part)
    return line
