"""The compare panel: the latents of the shown model beside those of another run, or of another moment, matched one to one."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from saegui.app.compare import Found
from saegui.app.services import Services
from saegui.app.settings import Setting, choice
from saegui.core.analysis.matching import EITHER_SIGN, FOUND
from saegui.core.analysis.named_axes import axes_of
from saegui.core.runs.moments import position
from saegui.core.runs.run import Run
from saegui.ui.panels.compare.drawing_pane import DrawingPane
from saegui.ui.panels.compare.histogram import MatchHistogram
from saegui.ui.panels.compare.pair_view import Pair, PairView
from saegui.ui.panels.compare.words import (
    METHODS,
    NEWEST,
    NO_OTHER,
    NO_RUN,
    VIEWS,
    listed,
    matching,
    means_in_words,
    none_to_choose,
    summary,
)
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.meanings import meaning_beside, meaning_of
from saegui.ui.widgets.run_rows import starter_if_there
from saegui.ui.widgets.segments import Segments

LEAST = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
VIEW = choice("compare/view", "pairs", tuple(VIEWS))
METHOD = choice("compare/method", "auto", tuple(METHODS))
SIDE, WIDEST_SIDE = 212, 340
"""px of the drawing and the histogram beside the pairs, in a narrow panel and in a wide one."""


def _least(text: str) -> float:
    value = float(text)
    if value not in LEAST:
        raise ValueError(f"{text} is none of {LEAST}")
    return value


FROM: Setting[float] = Setting("compare/least", FOUND, _least)


class ComparePanel(Panel):
    """Shows what :class:`saegui.app.compare.ComparisonControl` finds, which it does while this is in sight."""

    name = "compare"
    title = "Compare"
    help = "Which latent of one run is which of another: pairs by the cosine of their decoder vectors"
    topics = ("comparison",)
    place = Place("middle", 1.7, tabbed=True)
    figures = ("matches", "stability")
    settings = (VIEW, METHOD, FROM)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.control = services.comparison
        self.control.set_method(services.settings.get(METHOD))
        self.control.set_least(services.settings.get(FROM))
        self.own = FittedLine(Qt.TextElideMode.ElideMiddle)  # The step at its end tells moments apart.
        self.runs, self.moments, self.methods, self.least = Combo(), Combo(), Combo(), Combo()
        self.views = Segments("Latents", VIEWS)
        self.summary = FittedLine()
        self.pairs = PairView(theme)
        self.drawing = DrawingPane(theme)
        self.histogram = MatchHistogram(theme)
        self.means = QLabel()
        self.empty = EmptyState(theme, "copy", NO_RUN, "Train", self._next_step)
        self._choices, self._page, self._pages = QWidget(), QWidget(), QStackedLayout()
        self._shown: tuple[Found, str, float] | None = None
        self._build()
        self.control.changed.connect(self.refresh)
        self.control.progressed.connect(self._progressed)
        self.control.code_changed.connect(self._show_drawing)
        self.state.selection_changed.connect(self._mark)
        self.state.code_changed.connect(self._show_drawing)
        self.state.run_changed.connect(self.refresh)
        self.state.snapshot_changed.connect(self._name)
        services.library.changed.connect(self.refresh)
        for signal in (services.nearest.changed, services.other_atoms.changed, self.state.stats_changed):
            signal.connect(self._show_meanings)
        self.runs.activated.connect(self._run_chosen)
        self.moments.activated.connect(self._moment_chosen)
        self.methods.activated.connect(self._method_chosen)
        self.least.activated.connect(self._least_chosen)
        self.views.chosen.connect(self._view_chosen)
        self.pairs.chosen.connect(self._pair_chosen)
        self.pairs.pointed.connect(self._pointed)
        self.drawing.codes.chosen.connect(self._code_chosen)
        self.refresh()

    def _build(self) -> None:
        settings = self.services.settings
        for value, words in METHODS.items():
            self.methods.addItem(words, value)
        for least in LEAST:
            self.least.addItem(f"cosine ≥ {least:g}", least)
        self.methods.setCurrentIndex(self.methods.findData(settings.get(METHOD)))
        self.least.setCurrentIndex(self.least.findData(settings.get(FROM)))
        self.views.set_value(settings.get(VIEW))
        named = {
            self.runs: ("Compare with", "The run whose latents are B"),
            self.moments: ("Step of B", "The moment of its training at which B is taken"),
            self.methods: (
                "Matching",
                "Which latents belong together. Exact: the pairs with the largest sum of cosines (Hungarian method). "
                "Greedy: the most alike first, which is faster. Automatic: exact where that takes less than a minute, else greedy.",
            ),
            self.least: (
                "Found again from",
                "The cosine from which a latent counts as found in the other run",
            ),
        }
        for combo, (name, tip) in named.items():
            combo.setAccessibleName(name)
            combo.setToolTip(tip)
            # On Linux a screen reader takes the name of a combo box from its label alone.
            caption = QLabel(name, self)
            caption.setBuddy(combo)
            caption.hide()
        self.own.setProperty("muted", False)
        # A long sentence must not make the panel wider.
        self.means.setMinimumWidth(1)
        self.means.setProperty("muted", True)
        self.means.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD - 2, GAP, PAD - 2, GAP)
        column.setSpacing(UNIT)
        self._fill_choices()
        column.addWidget(self._choices)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._page)
        column.addLayout(self._pages, 1)
        held = QWidget()
        side = QVBoxLayout(held)
        side.setSpacing(GAP)
        side.addWidget(self.drawing, 3)
        side.addWidget(self.means)
        side.addWidget(self.histogram, 1)
        side.setContentsMargins(0, 0, 0, 0)
        held.setMinimumWidth(SIDE)
        held.setMaximumWidth(WIDEST_SIDE)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.pairs, 3)
        row.addWidget(held, 1)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(UNIT)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.views)
        line.addStretch(1)
        for combo, width in ((self.methods, 160), (self.least, 130)):
            combo.setMinimumWidth(50)
            combo.setMaximumWidth(width)
            # As wide as its longest choice, where there is room.
            line.addWidget(combo, width)
        page.addLayout(line)
        page.addWidget(self.summary)
        page.addLayout(row, 1)

    def _fill_choices(self) -> None:
        grid = QGridLayout(self._choices)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(UNIT)
        for row, letter in enumerate("AB"):
            grid.addWidget(QLabel(letter), row, 0)
        chosen = QHBoxLayout()
        chosen.setSpacing(GAP)
        chosen.addWidget(self.runs, 3)
        chosen.addWidget(self.moments, 2)
        grid.addWidget(self.own, 0, 1)
        grid.addLayout(chosen, 1, 1)
        grid.setColumnStretch(1, 1)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def shown_view(self) -> str:
        """``pairs``, ``a`` or ``b``."""
        return self.services.settings.get(VIEW)

    def set_view(self, view: str) -> None:
        """Show pairs, or what only one of the runs has; from now on.

        Raises:
            ValueError: there is no such view.
        """
        if view not in VIEWS:
            raise ValueError(f"there is no view {view!r}")
        self.services.settings.set(VIEW, view)
        self.views.set_value(view)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what was found, or why there is nothing."""
        if not self.isVisible():
            return
        self._name()
        self._list_runs()
        self._list_moments()
        self._choices.setVisible(self.state.snapshot is not None)
        found = self.control.found
        if found is None:
            self._shown = None
            self._show_empty()
            return
        least = self.control.least
        shown = found, self.shown_view, least
        if self._shown is None or self._shown[0] is not found or self._shown[1:] != shown[1:]:
            self._shown = shown
            self.pairs.show_pairs(found.a, found.b, listed(found.matching, self.shown_view, least))
            self.histogram.show_matching(found.matching, least)
            self.pairs.setAccessibleName(VIEWS[self.shown_view][0])
        self._say_summary(found)
        self.means.setText(means_in_words(found.matching))
        self.means.setToolTip(EITHER_SIGN if found.matching.either_sign else "")
        self._pages.setCurrentWidget(self._page)
        self._show_meanings()
        self._mark()
        self._show_drawing()

    def _say_summary(self, found: Found, done: float = 0.0) -> None:
        whole, *shorter = summary(self.control, found.matching, done)
        self.summary.say(whole, "", *shorter)

    @Slot()
    def _show_meanings(self) -> None:
        found = self.control.found
        if found is not None and self.isVisible():
            own = meaning_of(self.services) if found.a is self.state.snapshot else None
            self.pairs.show_meanings(own, meaning_beside(self.services))

    def _show_empty(self) -> None:
        control, snapshot = self.control, self.state.snapshot
        sentence, button = NO_OTHER, ""
        if snapshot is None:
            sentence, button = NO_RUN, "Train"
        elif control.reading is not None:
            sentence, button = f"Reading {control.reading.name}…", "Cancel"
        elif control.other is None and self._first_other() is not None:
            button = NEWEST
        elif control.other is None:
            sentence, button = none_to_choose(self.services), "Train"
        elif control.problem:
            sentence = control.problem
        elif control.given_up:
            sentence, button = "The latents are not matched: it was cancelled.", "Match latents"
        elif control.running:
            sentence, button = f"{matching(snapshot.n_latents, control.other.snapshot.n_latents)}…", "Cancel"
        self.empty.say(sentence, button)
        self.empty.button.setEnabled(button != "Train" or self.state.phase == "idle")
        self._pages.setCurrentWidget(self.empty)

    def _next_step(self) -> None:
        control, first = self.control, self._first_other()
        if control.running or control.reading is not None:
            control.cancel()
        elif control.given_up:
            control.again()
        elif self.state.snapshot is not None and control.other is None and first is not None:
            self.control.choose(first)
        else:
            self.services.training.train()

    @Slot(object, object, str)
    def _progressed(self, done: int, total: int, text: str) -> None:
        found, other, snapshot = self.control.found, self.control.other, self.state.snapshot
        if not (self.control.running and total and other is not None and snapshot is not None):
            return
        if found is not None:
            self._say_summary(found, done / total)
            return
        words = matching(snapshot.n_latents, other.snapshot.n_latents)
        self.empty.label.setText(f"{words}: {done / total:.0%}")

    # -- choices --------------------------------------------------------------------------------------------------

    def _candidates(self) -> list[Run]:
        """The runs that can be compared: those that read inputs of the same size, the starter run and this one included."""
        snapshot = self.state.snapshot
        if snapshot is None:
            return []
        starter = starter_if_there()
        runs = [run for run in self.services.library.runs if isinstance(run, Run)]
        known = [*runs, *([starter] if starter is not None else [])]
        own = self.state.run
        if own is not None and all(run.path != own.path for run in known):
            known.insert(0, own)
        return [run for run in known if math.prod(run.shape) == snapshot.d_in]

    def _first_other(self) -> Run | None:
        return next((run for run in self._candidates() if not self.state.is_current(run.path)), None)

    @Slot()
    def _name(self) -> None:
        run, snapshot = self.state.run, self.state.snapshot
        words = "" if run is None else run.name, "" if snapshot is None else position(snapshot)
        self.own.say(" · ".join(filter(None, words)))

    def _list_runs(self) -> None:
        other, found = self.control.other, self._candidates()
        names = [run.name + (" (this run)" if self.state.is_current(run.path) else "") for run in found]
        path = None if other is None else other.run.path
        chosen = next((i for i, run in enumerate(found) if run.path == path), None)
        if chosen is None:
            # Nothing is chosen yet, or what is chosen is not in the list any more.
            names.insert(0, "Choose a run…" if other is None else other.run.name)
        offset = int(chosen is None)
        if names != [self.runs.itemText(i) for i in range(self.runs.count())]:
            self.runs.clear()
            self.runs.addItems(names)
        for place, run in enumerate(found):
            self.runs.setItemData(place + offset, run)
        self.runs.setCurrentIndex(chosen or 0)

    def _list_moments(self) -> None:
        other = self.control.other
        self.moments.setVisible(other is not None)
        steps = () if other is None else other.steps[::-1]
        known = tuple(self.moments.itemData(i) for i in range(self.moments.count()))
        if steps != known:
            self.moments.clear()
            for place, step in enumerate(steps):
                self.moments.addItem(f"step {step:,}" + (" (last)" if place == 0 else ""), step)
        if other is not None:
            self.moments.setCurrentIndex(max(0, self.moments.findData(other.snapshot.step)))

    @Slot(int)
    def _run_chosen(self, index: int) -> None:
        run = self.runs.itemData(index)
        if isinstance(run, Run):
            self.control.choose(run)

    @Slot(int)
    def _moment_chosen(self, index: int) -> None:
        if (other := self.control.other) is not None:
            self.control.choose(other.run, self.moments.itemData(index))

    @Slot(int)
    def _method_chosen(self, index: int) -> None:
        self.services.settings.set(METHOD, self.methods.itemData(index))
        self.control.set_method(self.methods.itemData(index))

    @Slot(int)
    def _least_chosen(self, index: int) -> None:
        self.services.settings.set(FROM, self.least.itemData(index))
        self.control.set_least(self.least.itemData(index))

    @Slot(str)
    def _view_chosen(self, view: str) -> None:
        self.set_view(view)

    # -- selection and drawing ------------------------------------------------------------------------------------

    @Slot(object)
    def _pair_chosen(self, pair: Pair) -> None:
        self._select(pair.a, pair.b)

    @Slot(object, object)
    def _code_chosen(self, a: int | None, b: int | None) -> None:
        self._select(a, b)

    def _select(self, a: int | None, b: int | None) -> None:
        if a is not None:
            self.state.select(a)
        elif b is None or not self.control.select_other(b):
            self.state.select(None)

    @Slot(object)
    def _pointed(self, pair: Pair | None) -> None:
        self.state.hover(pair.a if pair is not None else None)

    @Slot()
    def _mark(self) -> None:
        if not self.isVisible():
            return
        selected = self.state.selected
        if self.shown_view == "b":
            partner = self.control.partner(selected)
            if partner is not None:
                self.pairs.mark_other(partner)
        else:
            self.pairs.mark(selected)
        self.drawing.codes.mark(selected)

    @Slot()
    def _show_drawing(self) -> None:
        if not self.isVisible():
            return
        found, a, b = self.control.found, self.state.code, self.control.code
        axes = axes_of(self.state.dataset, found.b.shape) if found is not None else ()
        self.drawing.show_drawing(found, a, b, axes, self.services.nearest.at_once)
        on = [frozenset(code.active.tolist()) if code is not None else frozenset() for code in (a, b)]
        self.pairs.show_active(on[0], on[1])

    # -- events ---------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.control.watch(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.control.watch(False)
