"""The line above the active latents: the views, how many latents there are, what ranks them, and whether latents are set."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from saegui.core.analysis.steering import Steered
from saegui.core.data.noun import Noun
from saegui.ui.panels.active.rank_button import NARROWEST, RankButton
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.segments import Segments
from saegui.ui.widgets.text import error, number

VIEWS = {
    "list": ("List", "The active latents, one below the other"),
    "sum": ("Sum", "The reconstruction as a sum: the bias, and one latent after the other"),
    "steer": ("Steer", "Set latents by hand, and see what the reconstruction becomes"),
    "near": ("Near", "The training inputs whose codes are most like that of this input"),
    "compare": ("Pair", "This input beside another one that was kept, and how their codes differ"),
}


LEGENDS = {
    "list": "contribution",
    "sum": "terms, partial sums, MSE left",
    "steer": "▴ re-encoded",
    "near": "class · cosine of codes",
    "compare": "← kept | current →",
}
"""What is shown in each view, in few words."""
HEIGHT = 18
"""px"""
LEAST_RANK = 26
"""px that the button of ranks needs beside its words, with the space beside it."""


class Header(QWidget):
    """Shows what there is room for: the views always, and before all else that latents are set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count, self.columns, self.steered = QLabel(), QLabel(LEGENDS["list"]), QLabel()
        self.views = Segments("View of active latents", VIEWS)
        self.reset = QToolButton()
        self.reset.setText("Reset all")
        self.everywhere = QToolButton()
        self.everywhere.setText("Set in all…")
        self.end = QToolButton()
        self.end.setText("End")
        self.end.setAccessibleName("End comparison")
        self.end.hide()
        self.rank = RankButton()
        self.count.setProperty("term", "L0")
        self.steered.setProperty("term", "steering")
        self._set = self._compared = False
        self._counts: tuple[str, ...] = ("",)
        self._words: tuple[str, ...] = ()
        """That latents are set, the longest first."""
        for label, mark in ((self.count, "muted"), (self.columns, "muted"), (self.steered, "steered")):
            label.setProperty(mark, True)
            label.setStyleSheet("font-size: 11px")
        for button in (
            *(self.views.button(value) for value in VIEWS),
            self.rank,
            self.everywhere,
            self.reset,
            self.end,
        ):
            button.setProperty("compact", True)
        for button in (self.rank, self.everywhere, self.reset, self.end):
            button.setProperty("bordered", True)
        self.steered.setAccessibleName("Steering")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(UNIT, 0, UNIT, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.views)
        layout.addWidget(self.count)
        layout.addWidget(self.steered)
        layout.addStretch(1)
        layout.addWidget(self.rank)
        layout.addWidget(self.columns)
        layout.addWidget(self.everywhere)
        layout.addWidget(self.reset)
        layout.addWidget(self.end)
        self.setFixedHeight(HEIGHT)
        self.say_steered(None, 0)

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in explanations."""
        self.rank.name_inputs(noun)
        self.end.setToolTip(noun.instead_of_input("Forget the input that was kept (Esc)"))
        for view, (_, help) in VIEWS.items():
            self.views.button(view).setToolTip(noun.instead_of_input(help))

    def set_view(self, view: str) -> None:
        """Mark a view as chosen, and say what it shows."""
        self.views.set_value(view)
        self.columns.setText(LEGENDS[view])
        self.rank.setVisible(view == "list")
        self.end.setVisible(view == "compare" and self._compared)
        self._fit()

    def say_steered(self, result: Steered | None, count: int) -> None:
        """Say that ``count`` latents are set, and the error before and after; None: none is."""
        self._set = result is not None
        if result is not None:
            errors = f"MSE {error(result.mse_before)} → {error(result.mse)}"
            self._words = (
                f"steered: {count} set · {errors}",
                f"{count} set · {errors}",
                f"steered: {count} set",
                "steered",
            )
            self.steered.setToolTip(
                f"{count} {'latent is' if count == 1 else 'latents are'} set by hand. Mean squared error of the reconstruction: "
                f"{number(result.mse_before)} before, {number(result.mse)} now."
            )
        self._fit()

    def say_count(self, *words: str) -> None:
        """How many latents are active, or how alike two codes are: the first of ``words`` that has room."""
        self._counts = words
        self._fit()

    def say_compared(self, on: bool) -> None:
        """Whether an input is kept that the comparison can be ended with."""
        self._compared = on
        self.end.setVisible(on and self.views.value == "compare")
        self._fit()

    def minimumSizeHint(self) -> QSize:
        # Labels that have no room are left out.
        arrow = self.rank.fontMetrics().horizontalAdvance(NARROWEST)
        return QSize(self.views.sizeHint().width() + LEAST_RANK + arrow + 2 * UNIT, HEIGHT)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self.views.sizeHint().width() - 2 * UNIT
        if not self.rank.isHidden():
            self.rank.set_room(room - LEAST_RANK)
        for button in (self.rank, self.end):
            room -= 0 if button.isHidden() else button.sizeHint().width() + GAP
        self.reset.setVisible(self._set)
        self.steered.setVisible(self._set)
        if self._set:
            room -= self.reset.sizeHint().width() + 2 * GAP
            _say_first(self.steered, self._words, room)
            room -= self.steered.sizeHint().width()
        # The menus have it, too.
        needed = self.everywhere.sizeHint().width() + GAP
        self.everywhere.setVisible(self._set and needed <= room)
        room -= needed if self._set and needed <= room else 0
        _say_first(self.count, self._counts, room - GAP)
        for label in (self.count, self.columns):
            needed = label.sizeHint().width() + GAP
            label.setVisible(needed <= room and not (self._set and label is self.columns))
            room -= needed


def _say_first(label: QLabel, words: tuple[str, ...], room: int) -> None:
    """The first of ``words`` that has room, or the last of them."""
    label.ensurePolished()
    wide = label.fontMetrics().horizontalAdvance
    label.setText(next((each for each in words if wide(each) <= room), words[-1]))
