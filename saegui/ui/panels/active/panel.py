"""The panel of active latents: which the drawing activates, how strongly, and what each adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from saegui.app.model_input import drawn_from
from saegui.app.nouns import Naming, first_step, noun_of, said
from saegui.app.services import Services
from saegui.app.settings import Setting, choice
from saegui.app.state import NO_MODEL
from saegui.core.analysis.named_axes import axes_of
from saegui.core.analysis.ranking import RANKS, Rank
from saegui.core.arrays import inputs_in_words
from saegui.core.data.noun import Noun
from saegui.core.numbers import no_latent
from saegui.core.runs.latent_notes import labelled
from saegui.core.strokes import Drawing
from saegui.ui.commands import Handler, analyse_menu
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.active.active_list import ActiveList
from saegui.ui.panels.active.compare_view import CompareView
from saegui.ui.panels.active.header import VIEWS, Header
from saegui.ui.panels.active.list_view import ListView
from saegui.ui.panels.active.near_view import NearView
from saegui.ui.panels.active.steer_pane import SteerPane
from saegui.ui.panels.active.sum_strip import SumStrip
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.colour_map import FULL_COLOUR
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.meanings import meaning_of
from saegui.ui.widgets.pictures import zero_in_words

NOTHING_YET = "{}: the active latents are listed here."
NOT_READABLE = "This model reads {}: load a test input to see which latents it activates."
NOTHING_ON = "No latent is active on this {}."
NOT_ENCODED = "Nothing is encoded yet. {}."
NOT_LISTED = f"The active latents are listed here. {NO_MODEL}"
NOT_SET = "No latent is set by hand: every activation is the input's own."
NO_TEST_INPUTS = "There are no test data that this model reads: load its data first."
NONE_SELECTED = "Select a latent first: click its tile."
VIEW = choice("active/view", "list", tuple(VIEWS))
RANK: Setting[Rank] = choice("active/rank", "activation", RANKS)


class ActivePanel(Panel):
    """The latents that are active on the current image: the strongest first, or ranked otherwise."""

    name = "active"
    title = "Active latents"
    help = (
        "The latents that are active on the drawing, ranked by activation, quantile or ΔMSE, what each adds to the reconstruction, and what changes when "
        "they are set by hand."
    )
    topics = ("latent",)
    settings = (VIEW, RANK)
    specs = (*analyse_menu.ACTIVE, *analyse_menu.COMPARE)
    place = Place("right", 2, least=150, enough=210, height=0.15)
    figures = ("activation-pattern",)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        steering = services.steering
        self.list = ActiveList(self.state, steering, theme, self)
        self.list.notes = lambda: services.notes.all
        self.list.meaning = lambda: meaning_of(services)
        self.list.codes = lambda: services.input_codes.codes
        self.list.rank = services.settings.get(RANK)
        for changed in (services.notes.changed, services.nearest.changed, self.state.stats_changed):
            changed.connect(self.list.refresh)
        self.sum = SumStrip(self.state, steering, theme)
        self.pane = SteerPane(theme)
        self.header = Header()
        self.count, self.contribution = self.header.count, self.header.columns
        self._rows = ListView(self.list, self.pane)
        self.near, self.compare = NearView(services, theme), CompareView(services, theme)
        self.compare.list.notes, self.compare.list.meaning = self.list.notes, self.list.meaning
        self._views = QStackedLayout()
        self._pages_of = {"sum": self.sum, "near": self.near, "compare": self.compare}
        self._views.addWidget(self._rows)
        for page in self._pages_of.values():
            self._views.addWidget(page)
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(PAD - UNIT, UNIT, PAD - UNIT, UNIT)
        column.setSpacing(UNIT)
        column.addWidget(self.header)
        column.addLayout(self._views, 1)
        self.empty = EmptyState(theme, "pen", NOTHING_YET.format(first_step(self.state)))
        self._colours = self._unit = ""
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(filled)
        Naming(self.state, self._name_inputs, self)
        self.state.code_changed.connect(self._code_changed)
        self.state.image_changed.connect(self._say_why_empty)
        self.state.dataset_changed.connect(self._say_why_empty)
        self.state.snapshot_changed.connect(self._snapshot_changed)
        steering.changed.connect(self._code_changed)
        self.header.views.chosen.connect(self.set_view)
        self.header.rank.set_rank(self.list.rank)
        self.header.rank.chosen.connect(self.set_rank)
        services.input_codes.changed.connect(self._codes_changed)
        services.second.changed.connect(self._second_changed)
        self.header.end.clicked.connect(services.second.end)
        self.near.keep_asked.connect(self._keep_row)
        self.compare.keep_asked.connect(self.keep_input)
        self.header.reset.clicked.connect(self.reset)
        self.header.everywhere.clicked.connect(services.steering_all.start)
        self.pane.asked.connect(self._set_sought)
        self.set_view(services.settings.get(VIEW))
        self._snapshot_changed()
        self._code_changed()

    def context_menus(self) -> Sequence[ContextMenu]:
        return (
            ContextMenu(self.list, self.list.choose, OF_LATENT),
            ContextMenu(self.compare.list, self.compare.list.choose, OF_LATENT),
            ContextMenu(self.near.strip, self.near.strip.choose, ("keep-near", "", "export", "copy-figure")),
        )

    def handlers(self) -> Mapping[str, Handler]:
        state, steering = self.state, self.services.steering
        changed = (state.code_changed, state.selection_changed, steering.changed)

        def ready() -> bool:
            return state.code is not None and state.selected is not None

        def why() -> str:
            return NOT_ENCODED.format(first_step(state)) if state.code is None else NONE_SELECTED

        return {
            "steer-latent": Handler(self.steer_selected, enabled=ready, why=why, changed=changed),
            "ablate-latent": Handler(
                self.ablate_selected,
                enabled=ready,
                why=why,
                title=lambda: "Reset latent" if self._ablated else "Switch latent off",
                changed=changed,
            ),
            "reset-steering": Handler(
                self.reset,
                enabled=lambda: steering.on,
                why=lambda: said(state, NOT_SET),
                changed=(steering.changed,),
            ),
            "steer-all": Handler(
                self.services.steering_all.start,
                enabled=lambda: self.services.steering_all.ready,
                why=lambda: NO_TEST_INPUTS if steering.on else said(state, NOT_SET),
                title=lambda: f"Steer all test {noun_of(state).many}",
                changed=(steering.changed, state.dataset_changed, state.snapshot_changed),
            ),
            **self._compare_handlers(),
        }

    def _compare_handlers(self) -> dict[str, Handler]:
        state, second = self.state, self.services.second
        return {
            "keep-input": Handler(
                self.keep_input,
                enabled=lambda: state.has_image,
                why=lambda: NOT_ENCODED.format(first_step(state)),
                title=lambda: f"Keep {noun_of(state).one} for comparison",
                changed=(state.image_changed, state.dataset_changed, state.snapshot_changed),
            ),
            "keep-near": Handler(
                self.keep_near,
                enabled=lambda: self.near.current is not None,
                why=lambda: "Choose the view Near in Active latents first.",
                changed=(self.services.near_inputs.changed,),
            ),
            "end-comparison": Handler(
                second.end,
                enabled=lambda: second.on,
                why=lambda: said(state, "No input is kept."),
                title=lambda: f"End comparison of {noun_of(state).many}",
                changed=(second.changed, state.dataset_changed, state.snapshot_changed),
            ),
        }

    # -- views and steering ---------------------------------------------------------------------------

    @Slot(str)
    def set_view(self, view: str) -> None:
        """``list``, ``sum`` or ``steer``; remembered."""
        self.header.set_view(view)
        self.services.settings.set(VIEW, view)
        self.list.set_sliders(view == "steer")
        self.pane.setVisible(view == "steer")
        self._views.setCurrentIndex(1 + list(self._pages_of).index(view) if view in self._pages_of else 0)
        self._want_codes()
        self._code_changed()

    @Slot()
    def keep_input(self) -> None:
        """Keep the current input, and show how the next ones differ from it."""
        self._keep(self.state.drawing)

    @Slot()
    def keep_near(self) -> None:
        """Compare the current input with the nearest training input that was pointed at last."""
        if self.near.current is not None:
            self._keep_row(self.near.current.row)

    @Slot(int)
    def _keep_row(self, row: int) -> None:
        dataset = self.state.dataset
        if dataset is not None:
            self._keep(drawn_from(dataset, "train", row, f"training {dataset.noun.one} {row:,}"))

    def _keep(self, drawing: Drawing) -> None:
        self.services.second.keep(drawing)
        self.set_view("compare")
        self.front_asked.emit()

    @Slot()
    def _second_changed(self) -> None:
        self.header.say_compared(self.services.second.on)
        self._code_changed()

    @Slot(str)
    def set_rank(self, rank: Rank) -> None:
        """Rank the rows of the list by ``activation``, ``quantile`` or ``effect``; remembered."""
        self.list.rank = rank
        self.header.rank.set_rank(rank)
        self.services.settings.set(RANK, rank)
        self._want_codes()
        self._code_changed()
        codes = self.services.input_codes
        if rank == "quantile" and codes.missing and not codes.running:
            self.state.notify("info", codes.missing, "latent")

    def _want_codes(self) -> None:
        """Have the training inputs encoded while quantiles are shown."""
        quantiles = self.list.rank == "quantile" and self.header.views.value == "list"
        self.services.input_codes.want(self.name, quantiles and self.isVisible())
        self.services.near_inputs.show(self.header.views.value == "near" and self.isVisible())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._want_codes()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._want_codes()

    @Slot()
    def _codes_changed(self) -> None:
        if self.list.rank == "quantile":
            self._code_changed()

    @property
    def _ablated(self) -> bool:
        """Whether the selected latent is switched off by hand."""
        selected = self.state.selected
        return selected is not None and self.services.steering.values.get(selected) == 0

    def steer_selected(self) -> None:
        """Give the selected latent a bar that can be dragged."""
        if self.state.selected is not None:
            self._steer(self.state.selected)
            self.front_asked.emit()

    def ablate_selected(self) -> None:
        """Switch the selected latent off on this image, or let the image decide again."""
        selected = self.state.selected
        if selected is not None and self._ablated:
            self.services.steering.release(selected)
        elif selected is not None:
            self.services.steering.set(selected, 0.0)

    @Slot()
    def reset(self) -> None:
        """Let the image decide about every latent again."""
        self.services.steering.reset()

    def _steer(self, latent: int) -> None:
        self.set_view("steer")
        if latent not in self.list.latents:
            self.services.steering.hold(latent)
        self.state.select(latent)
        self.list.go_to(latent)

    @Slot(object)
    def _set_sought(self, typed: int | str) -> None:
        code = self.state.code
        if code is None:
            return
        if isinstance(typed, str):
            found = labelled(self.services.notes.all, typed)
            typed = typed if found is None else found
        if isinstance(typed, str) or not 0 <= typed < len(code.z):
            self.state.notify("warn", no_latent(typed, len(code.z)), "latent")
            self.pane.field.selectAll()
            return
        self.pane.field.clear()
        self._steer(typed)

    # -- showing --------------------------------------------------------------------------------------

    def _name_inputs(self, noun: Noun) -> None:
        self.pane.name_inputs(noun)
        tip = noun.instead_of_input("Set the same latents in every test input, and see what changes")
        self.header.everywhere.setToolTip(tip)
        self.header.name_inputs(noun)

    @Slot()
    def _code_changed(self) -> None:
        code, steering = self.state.code, self.services.steering
        self.list.refresh()
        if self.header.views.value == "compare":
            self.compare.refresh()
        if code is not None and (code.l0 or steering.on or self.list.sliders):
            compared = self.compare.words if self.header.views.value == "compare" else ()
            self.header.say_count(*(compared or (f"{code.l0:,} of {len(code.z):,} active",)))
            self._pages.setCurrentIndex(1)
        else:
            self._say_why_empty()
            self._pages.setCurrentIndex(0)
        self.header.everywhere.setEnabled(self.services.steering_all.ready)
        self.header.say_steered(steering.result if steering.on else None, len(steering.values))
        shown = self.list.shown
        if self.list.sliders:
            self._rows.fit()
            full = shown.full_colour if shown is not None else FULL_COLOUR
            model = self.state.snapshot
            axes = () if model is None else axes_of(self.state.dataset, model.shape)
            self.pane.show_result(steering.result, model, steering.on, full, axes)
        self._explain()

    @Slot()
    def _say_why_empty(self) -> None:
        snapshot, code = self.state.snapshot, self.state.code
        nothing = NOTHING_YET.format(first_step(self.state))
        sentence = self.state.input_problem or (
            nothing if code is None else NOTHING_ON.format(noun_of(self.state).one)
        )
        if snapshot is None:
            sentence = NOT_LISTED
        elif not self.state.readable and not self.state.writes:
            sentence = said(self.state, NOT_READABLE).format(inputs_in_words(snapshot.shape))
        if sentence != self.empty.label.text():
            self.empty.label.setText(sentence)

    @Slot()
    def _snapshot_changed(self) -> None:
        """Explain the colours of the model's own kind of inputs."""
        snapshot = self.state.snapshot
        shape = snapshot.shape if snapshot is not None else (1, 1)
        colours = (
            "Red adds ink, blue takes it away; the ends of the colours are"
            if len(shape) == 2
            else f"{zero_in_words(shape)} The ends of the scale are"
        )
        unit = "the step from paper to full ink" if len(shape) == 2 else "the input's range"
        self._colours, self._unit = colours, unit
        self._explain()
        self._say_why_empty()

    def _explain(self) -> None:
        """Say which number the bars have, and what the colours stand for now."""
        shown = self.list.shown
        full = shown.full_colour if shown is not None else FULL_COLOUR
        rank = shown.rank if shown is not None else self.list.rank
        codes = self.services.input_codes
        waits = codes.missing if rank != self.list.rank and not self.list.sliders else ""
        self.header.rank.say(rank, waits, codes.note if rank == "quantile" else "")
        tip = (
            "At the right is the contribution, activation × decoder: "
            f"what the latent adds to the reconstruction. {self._colours} {full:g} of {self._unit}."
        )
        if tip != self.contribution.toolTip():
            self.contribution.setToolTip(tip)
