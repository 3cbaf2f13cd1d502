"""The button that chooses what ranks the active latents; it always says what the numbers beside the rows are."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from saegui.core.analysis.ranking import HELP, RANKS, TITLES, Rank
from saegui.core.data.noun import INPUT, Noun
from saegui.ui.panels.active.row_paint import RANKED_BY

_SHORT: dict[Rank, str] = {"activation": "act.", "quantile": "quant.", "effect": "Δ"}
"""What ranks the rows, where the word itself has no room."""
NARROWEST = "↓"
"""Where nothing of that has: the largest first."""


class RankButton(QToolButton):
    """A menu of the ranks; ``chosen`` says which the user took."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._noun = INPUT
        self._shown: Rank = "activation"
        self._waits = self._note = ""
        self._room: int | None = None
        """px for words; None before that is known."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        self.actions_of: dict[Rank, QAction] = {}
        for rank in RANKS:
            action = QAction(TITLES[rank], group, checkable=True)
            action.setData(rank)
            menu.addAction(action)
            self.actions_of[rank] = action
        menu.triggered.connect(self._triggered)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet(
            "QToolButton { padding-right: 14px; } QToolButton::menu-indicator { width: 10px; right: 2px; subcontrol-position: right center; }"
        )
        self.name_inputs(INPUT)
        self.set_rank("activation")

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in explanations."""
        self._noun = noun
        for rank, action in self.actions_of.items():
            action.setToolTip(f"{noun.instead_of_input(HELP[rank])}.")
        self._explain()

    def set_rank(self, rank: Rank) -> None:
        """Mark a rank as chosen, without announcing it."""
        self.actions_of[rank].setChecked(True)

    def say(self, shown: Rank, waits: str, note: str = "") -> None:
        """``shown``: what the numbers are now; ``waits``: a sentence, what the chosen one waits for, or nothing; ``note``: a
        sentence about the numbers."""
        if (shown, waits, note) != (self._shown, self._waits, self._note):
            self._shown, self._waits, self._note = shown, waits, note
            self._explain()

    @property
    def words(self) -> str:
        """What it says where there is room."""
        return f"by {RANKED_BY[self._shown]}{' (waits)' if self._waits else ''}"

    def set_room(self, room: int) -> None:
        """Say as much as has ``room`` px; the tooltip says it in any case."""
        if room != self._room:
            self._room = room
            self._write()

    def _write(self) -> None:
        wide = self.fontMetrics().horizontalAdvance
        texts = (self.words, RANKED_BY[self._shown], _SHORT[self._shown])
        room = self._room
        self.setText(next((text for text in texts if room is None or wide(text) <= room), NARROWEST))

    def _explain(self) -> None:
        shown = self._shown
        self._write()
        self.setAccessibleName(f"Ranked by {RANKED_BY[shown]}")
        help = f"{TITLES[shown]}. {self._noun.instead_of_input(HELP[shown])}."
        lines = ("What ranks the active latents, and is shown beside each.", help, self._note, self._waits)
        self.setToolTip("\n".join(filter(None, lines)))
        self.setAccessibleDescription(self.toolTip())

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
