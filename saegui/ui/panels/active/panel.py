"""The panel of active latents: which the drawing activates, how strongly, and what each adds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from saegui.app.services import Services
from saegui.core.arrays import inputs_in_words
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.active.active_list import ActiveList
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.theme.colour_map import FULL_COLOUR
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.pictures import zero_in_words

NOTHING_DRAWN = "Draw a digit: the active latents are listed here."
NOTHING_TYPED = "Type a word or a sentence: the active latents are listed here."
NOT_READABLE = "This model reads {}: load a test image to see which latents it activates."
NOTHING_ON = "No latent is active on this image."


class ActivePanel(Panel):
    """The latents that are active on the current image, strongest first."""

    name = "active"
    title = "Active latents"
    help = "The latents that are active on the drawing, strongest first, and what each adds to the reconstruction."
    place = Place("right", 2, least=150, enough=210, height=0.15)
    figures = ("activation-pattern",)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.list = ActiveList(self.state, theme, self)
        self.count, self.contribution = QLabel(), QLabel("activation, contribution")
        header = QHBoxLayout()
        header.setContentsMargins(UNIT, 0, UNIT + 10, 0)
        header.addWidget(self.count)
        header.addStretch(1)
        header.addWidget(self.contribution)
        for label in (self.count, self.contribution):
            label.setProperty("muted", True)
            label.setStyleSheet("font-size: 11px")
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(PAD - UNIT, UNIT, 2, UNIT)
        column.setSpacing(UNIT)
        column.addLayout(header)
        column.addWidget(self.list, 1)
        self.empty = EmptyState(theme, "pen", NOTHING_DRAWN)
        self._colours = self._unit = ""
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(filled)
        self.state.code_changed.connect(self._code_changed)
        self.state.image_changed.connect(self._say_why_empty)
        self.state.dataset_changed.connect(self._say_why_empty)
        self.state.snapshot_changed.connect(self._snapshot_changed)
        self._snapshot_changed()
        self._code_changed()

    def context_menus(self) -> Sequence[ContextMenu]:
        return (ContextMenu(self.list, self.list.choose, OF_LATENT),)

    @Slot()
    def _code_changed(self) -> None:
        code = self.state.code
        self.list.refresh()
        if code is not None and code.l0:
            self.count.setText(f"{code.l0:,} of {len(code.z):,} active")
            self._pages.setCurrentIndex(1)
        else:
            self._say_why_empty()
            self._pages.setCurrentIndex(0)
        self._explain()

    @Slot()
    def _say_why_empty(self) -> None:
        snapshot, code = self.state.snapshot, self.state.code
        nothing = NOTHING_TYPED if self.state.writes else NOTHING_DRAWN
        sentence = self.state.input_problem or (nothing if code is None else NOTHING_ON)
        if snapshot is not None and not self.state.readable:
            sentence = NOT_READABLE.format(inputs_in_words(snapshot.shape))
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
        tip = (
            "The number and the bar are the activation z.\nThe picture at the right is the contribution, activation × decoder: "
            f"what the latent adds to the reconstruction. {self._colours} {full:g} of {self._unit}."
        )
        if tip != self.contribution.toolTip():
            self.contribution.setToolTip(tip)
