"""The latent panel: what one latent looks for, what it draws, and the images on which it is active."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from saegui.app.nouns import noun_of
from saegui.app.services import Services
from saegui.core.analysis.latent_order import IN_TRAINING, dead_latents, dead_where
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.arrays import Shape, inputs_in_words
from saegui.core.data.registry import noun_of as noun_of_name
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import no_latent, read_latent
from saegui.ui.commands import Handler, analyse_menu
from saegui.ui.panels.latent.example_section import ExampleSection
from saegui.ui.panels.latent.layout import Layout, arrange, least_height
from saegui.ui.panels.latent.parts import NO_LATENT, NONE_CHOSEN, OVERVIEW, Header, Notice
from saegui.ui.panels.latent.section import LatentFacts, Measured, Section, extra_room, stacked
from saegui.ui.panels.latent.sections import registry
from saegui.ui.panels.latent.sections.examples import Examples
from saegui.ui.panels.latent.sections.histogram import Histogram
from saegui.ui.panels.latent.sections.neighbours import MEASURE
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.pictures import ink_copy, shades_of, weight_copy
from saegui.ui.widgets.weight_scales import Scales, weights_of

ROOMY = 560
"""px of height that the sections of the layout keep when others are shown below them; where less is left, each of the others
is a page of its own."""


class LatentPanel(Panel):
    """Shows the latent under the pointer, else the selected one.

    It is made of sections, a file each in ``sections``. They are placed by
    :func:`saegui.ui.panels.latent.layout.arrange`, not by Qt's layouts: what changes under a moving pointer must not make
    the window lay itself out again.
    """

    name = "latent"
    title = "Latent"
    help = "What one latent looks for, what it draws, and the inputs that activate it"
    topics = ("latent",)
    place = Place("right", 3, least=244, height=0.35)
    figures = ("latent",)
    settings = (MEASURE,)
    specs = analyse_menu.LATENT

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._facts: LatentFacts | None = None
        self._scales: tuple[Snapshot, LatentStats | None, Scales] | None = None
        self._shape: Shape = (1, 1)
        self._writes = False
        self._stale = True
        self._given: list[int] = []
        self._pointed: ExampleSection | None = None
        self.empty = EmptyState(theme, "search", NONE_CHOSEN, parent=self)
        self.body = QWidget()
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.viewport().setAutoFillBackground(False)
        self.area.setWidget(self.body)
        self.body.setAutoFillBackground(False)
        known = arrange(self.width(), self.height()).sections
        pages = {
            kind.name: (kind.word or kind.name, kind.tip)
            for kind in registry.SECTIONS
            if kind.name not in known
        }
        self.header = Header(theme, pages, self.body)
        self.sections: dict[str, Section] = {
            kind.name: kind(services, theme, self.body) for kind in registry.SECTIONS
        }
        self._placed = [section for name, section in self.sections.items() if name in known]
        self._further = [section for name, section in self.sections.items() if name in pages]
        self.hint = Notice(self.body)
        self.area.hide()
        self._set_tab_order()
        self._connect()

    def _set_tab_order(self) -> None:
        header = self.header
        order: list[QWidget] = [header.back, header.forward, header.previous, header.field, header.next]
        order += [header.pages.button(name) for name in header.pages.values]
        for section in (*self._placed, *self._further):
            order += section.tab_order()
        for first, second in pairwise((*order, self.hint.button)):
            QWidget.setTabOrder(first, second)

    def _connect(self) -> None:
        state = self.state
        for signal in (
            state.selection_changed,
            state.hover_changed,
            state.snapshot_changed,
            state.stats_changed,
            state.dataset_changed,
            state.phase_changed,
            self.services.stats.running_changed,
            self.services.data.changed,
            self.services.notes.changed,
            self.header.field.left,
        ):
            signal.connect(self.refresh)
        state.code_changed.connect(self._show_drawing)
        histogram = self.sections[Histogram.name]
        assert isinstance(histogram, Histogram)
        for section in self._with_examples:
            section.looked_at.connect(histogram.mark_example)
            section.pointed_at.connect(self._point_at)
        looked_at = self.services.looked_at
        self.header.back.clicked.connect(partial(looked_at.go, -1))
        self.header.forward.clicked.connect(partial(looked_at.go, 1))
        looked_at.changed.connect(self._show_way)
        self._show_way()
        self.header.previous.clicked.connect(self._go_back)
        self.header.next.clicked.connect(self._go_on)
        self.header.pages.chosen.connect(self._place)
        self.header.field.stepped.connect(self._go)
        self.header.field.returnPressed.connect(self._typed)
        self.hint.button.clicked.connect(self._help_out)

    def handlers(self) -> Mapping[str, Handler]:
        state = self.state
        of_latent = partial(
            Handler, enabled=lambda: state.selected is not None, changed=(state.selection_changed,)
        )
        of_example = partial(
            Handler,
            enabled=lambda: self._examples.pointed is not None,
            changed=(state.selection_changed, state.hover_changed, state.stats_changed),
        )
        return {
            "show-latent": of_latent(self.front_asked.emit),
            "copy-latent": of_latent(self.copy_picture),
            "export-latent": of_latent(partial(self.export_asked.emit, "latent")),
            "draw-example": of_example(lambda: self._examples.draw_pointed()),
            "copy-example": of_example(self.copy_example),
        }

    @property
    def _with_examples(self) -> list[ExampleSection]:
        """The first of them are the examples with the highest activations."""
        found = [section for section in self.sections.values() if isinstance(section, ExampleSection)]
        return sorted(found, key=lambda section: section.name != Examples.name)

    @property
    def _examples(self) -> ExampleSection:
        """Those that were pointed at last."""
        return self._pointed or self._with_examples[0]

    @Slot(object)
    def _point_at(self, section: ExampleSection) -> None:
        self._pointed = section

    def context_menus(self) -> Sequence[ContextMenu]:
        return [menu for section in self.sections.values() for menu in section.context_menus()]

    def copy_picture(self) -> None:
        """What the selected latent draws, on the clipboard."""
        snapshot, latent = self.state.snapshot, self.state.selected
        if snapshot is not None and latent is not None and latent < snapshot.n_latents:
            scale = self._facts_of(snapshot, latent).scales.shared("decoder")
            weights = weights_of(snapshot, "decoder", [latent])[0]
            QGuiApplication.clipboard().setImage(weight_copy(weights, scale, self.theme.tokens))
            self.state.notify("good", f"The picture of latent #{latent} is on the clipboard.")

    def copy_example(self) -> None:
        """The example that was pointed at last, on the clipboard."""
        if self._examples.pointed is not None:
            example, image = self._examples.pointed
            if example.text:
                QGuiApplication.clipboard().setText(example.text)
                self.state.notify("good", f"The text of {example.title} is on the clipboard.")
                return
            QGuiApplication.clipboard().setImage(
                ink_copy(image, self.theme.tokens, shades_of(self.state.snapshot))
            )
            self.state.notify("good", f"The picture of {example.title} is on the clipboard.")

    # -- showing ------------------------------------------------------------------------------------------------------

    @property
    def latent(self) -> int | None:
        """The latent that is shown, or None."""
        return self._facts.latent if self._facts is not None else None

    @Slot()
    def refresh(self) -> None:
        """Show what the state says now; a panel that cannot be seen waits until it can."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        snapshot, latent = self.state.snapshot, self.state.previewed
        # A selection outlives its snapshot for the moment in which a smaller dictionary is opened.
        there = snapshot is not None and latent is not None and latent < snapshot.n_latents
        self._facts = None
        if snapshot is not None and latent is not None and there:
            self._show_header(snapshot, latent)
            self._facts = facts = self._facts_of(snapshot, latent)
            for section in self.sections.values():
                section.show_facts(facts)
            missing = self._what_is_missing() if facts.missing else ("", "")
            rooms, writes = self._rooms(), self.state.writes
            told = self._shape, self._writes, self.hint.text, self.hint.button.text()
            if (snapshot.shape, writes, *missing) != told or rooms != self._given:
                self._shape, self._writes = snapshot.shape, writes
                self.hint.show_sentence(*missing)
                self._place()
        self.empty.label.setText(NO_LATENT if snapshot is None else NONE_CHOSEN)
        self.empty.setVisible(not there)
        self.area.setVisible(there)

    def _facts_of(self, snapshot: Snapshot, latent: int) -> LatentFacts:
        stats, dataset = self.state.stats, self.state.dataset
        if self._scales is None or self._scales[0] is not snapshot or self._scales[1] is not stats:
            # The grid's own scale, which leaves out the dead: one colour means one weight in both.
            self._scales = snapshot, stats, Scales(snapshot, dead_latents(snapshot, stats), "shared")
        measured = Measured(stats, dataset) if stats is not None and dataset is not None else None
        facts = LatentFacts(latent, snapshot, self._scales[2], measured, "", self._activation(latent))
        return facts if facts.alive is not None else replace(facts, missing=self._what_is_missing()[0])

    def _activation(self, latent: int) -> float | None:
        code = self.state.code
        return float(code.z[latent]) if code is not None and latent < len(code.z) else None

    def _show_header(self, snapshot: Snapshot, latent: int) -> None:
        stats, dataset, state = self.state.stats, self.state.dataset, self.state
        noun = noun_of(state)
        dead = " · dead" if dead_latents(snapshot, stats)[latent] else ""
        if stats is None or dataset is None:
            origin = IN_TRAINING
            tip = "The density is the training's own estimate over its last epoch; the rest is not measured."
        else:
            origin = f"measured over {noun.counted(stats.n_images)}"
            tip = f"Measured over the {stats.n_images:,} training {noun.many} of {dataset.title}."
            if not self.state.own_images:
                origin = f"measured on {dataset.title}"
                tip += f" The run was trained on other {noun.many}."
        preview = "preview · " if state.hovered is not None and state.hovered != state.selected else ""
        self.header.show_latent(latent, self.services.notes.title(latent) + dead, preview + origin, tip)

    def _what_is_missing(self) -> tuple[str, str]:
        """(why there are no statistics, the button that helps)."""
        snapshot, stats = self.state.snapshot, self.state.stats
        dataset, data, noun = self.state.dataset, self.services.data, noun_of(self.state)
        if stats is not None:
            return f"This latent is dead {dead_where(stats, noun)}.", ""
        if dataset is None and data.loading:
            return f"Examples appear when the {noun.many} are loaded.", ""
        if dataset is None:
            return (
                data.problem or f"Examples and statistics need the training {noun.many}.",
                f"Load {noun.many}",
            )
        if snapshot is not None and not self.state.data_readable and data.problem_of_run:
            return data.problem_of_run, ""
        if snapshot is not None and not self.state.data_readable:
            needed, there = inputs_in_words(snapshot.shape), inputs_in_words(dataset.shape)
            return (
                f"The model reads {needed}, but the data set {dataset.title} has {there}.",
                f"Load its {noun_of_name(snapshot.config.dataset, snapshot.shape).many}",
            )
        if self.state.phase in ("training", "stopping"):
            return "Examples appear when the training pauses.", ""
        if self.services.stats.running:
            return f"Measuring over {noun.counted(len(dataset.train_images))}…", ""
        return "The latents could not be measured.", "Try again"

    @Slot()
    def _show_drawing(self) -> None:
        """What the latent does on the drawing: all that changes while the pen moves."""
        if not self.isVisible() or self._facts is None:
            return
        self._facts = facts = replace(self._facts, activation=self._activation(self._facts.latent))
        for section in self.sections.values():
            section.show_activation(facts)

    # -- acting -------------------------------------------------------------------------------------------------------

    @Slot()
    def _show_way(self) -> None:
        """Whether there is a way back, and forward."""
        self.header.back.setEnabled(self.services.looked_at.can_go(-1))
        self.header.forward.setEnabled(self.services.looked_at.can_go(1))

    @Slot()
    def _go_back(self) -> None:
        self._go(-1)

    @Slot()
    def _go_on(self) -> None:
        self._go(1)

    @Slot(int)
    def _go(self, by: int) -> None:
        start = self.state.selected if self.state.selected is not None else self.latent
        if start is not None and self.state.snapshot is not None:
            self.state.select((start + by) % self.state.snapshot.n_latents)

    @Slot()
    def _typed(self) -> None:
        snapshot, text = self.state.snapshot, self.header.field.text()
        if snapshot is None or self.latent is None:
            return
        latent, count = read_latent(text), snapshot.n_latents
        if latent is not None and 0 <= latent < count:
            self.state.select(latent)
        elif text:
            self.state.notify("warn", no_latent(text, count), "latent")
        self.header.field.reset(self.latent)

    @Slot()
    def _help_out(self) -> None:
        if self.state.dataset is not None and self.state.data_readable:
            self.services.stats.refresh()
        elif self.state.snapshot is not None:
            self.services.data.show(self.state.snapshot.config.dataset)

    # -- placing ------------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 180)

    def sizeHint(self) -> QSize:
        return QSize(340, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.empty.setGeometry(self.rect())
        self.area.setGeometry(self.rect())
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.state.inspector_shown = True
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.state.inspector_shown = False

    @Slot()
    def _place(self) -> None:
        width, height = self.width(), self.height()
        inner = width - 2 * PAD
        self._given = self._rooms()
        shown = [section for section, tall in zip(self._further, self._given, strict=True) if tall]
        further = sum(GAP + extra_room(inner, section) for section in shown)
        paged = bool(further) and height - further < ROOMY
        names = [section.name for section in shown] if paged else []
        chosen = self.header.pages.value
        page = chosen if chosen in names else OVERVIEW
        # What was chosen is shown again when there are pages again.
        self.header.show_pages(names, page if paged else chosen)
        head, below = self.header.height_for(inner), 0 if paged else further
        least = least_height(width, head)
        if height - below < least:
            width -= self.area.verticalScrollBar().sizeHint().width()
        main = max(height - below, least)
        places = arrange(width, main, self._shape, head)
        if self._writes:
            places = places.for_texts()
        self.body.resize(width, main + below)
        self.header.setGeometry(places.header)
        for section in self._placed:
            section.place(places)
        if not paged:
            stacked(QRect(PAD, main, width - 2 * PAD, further), shown, GAP)
        elif page != OVERVIEW:
            self._place_page(
                self.sections[page],
                QRect(PAD, GAP + head + UNIT, width - 2 * PAD, height - 2 * GAP - head - UNIT),
            )
        self._place_hint(places, page if paged else "")

    def _place_page(self, section: Section, room: QRect) -> None:
        room.setHeight(max(room.height(), section.minimumSizeHint().height()))
        section.setGeometry(room)
        self.body.resize(self.body.width(), max(self.height(), room.bottom() + 1 + GAP))

    def _rooms(self) -> list[int]:
        """px of height that each section takes which the layout does not know."""
        return [extra_room(self.width() - 2 * PAD, section) for section in self._further]

    def _place_hint(self, places: Layout, page: str) -> None:
        """``page``: the one that is shown; empty where all sections are."""
        missing = bool(self.hint.text)
        head = places.heads
        # Nothing will come by itself: then empty frames promise too much, and the words take their place. So they do
        # where the line above the frames is too short for them.
        waits = self.state.stats is None and not self.hint.button.text()
        instead = missing and not (waits and self.hint.line_width <= head.width())
        empty = {
            section.name for section, tall in zip(self._further, self._given, strict=True) if not tall
        } | {name for name, room in places.sections.items() if room.isEmpty()}
        empty |= {section.name for section in self.sections.values() if not section.suits(self._writes)}
        overview = page in ("", OVERVIEW)
        if page:
            on_page = self._placed if overview else [self.sections[page]]
            empty |= {section.name for section in self.sections.values() if section not in on_page}
        for section in self.sections.values():
            section.setVisible(not (instead and section.needs_measurement) and section.name not in empty)
        every = places.histogram.united(places.classes).united(places.strips[0]).united(places.strips[1])
        if not overview:
            every, instead = self.sections[page].geometry(), True
        self.hint.setGeometry(every if instead else head)
        self.hint.setVisible(missing and (overview or self.sections[page].needs_measurement))
        self.hint.raise_()
