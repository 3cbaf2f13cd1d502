"""The section *Nearest texts*: the words or sentences whose rows point where the latent's atom points."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import noun_of
from saegui.app.services import Services
from saegui.ui.panels.latent.layout import CAPTION
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import SMALL_PX, fit_words
from saegui.ui.widgets.text_list import TextList, entries_of

_CAPTIONS = ("nearest to the decoder", "nearest texts", "nearest")
"""What stands above the texts, and in fewer letters where it is narrow."""
_HELP = (
    "The training texts with the largest cosine between their row, less the mean of all rows, and the latent's row "
    "of the decoder."
)


class Nearest(Section):
    """For texts, in place of the classes: the words or lines whose rows are nearest to the decoder, with their cosines."""

    name = "nearest"
    needs_measurement = True

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._latent: int | None = None
        self.caption = label(self, _CAPTIONS[0], muted=True, pixels=SMALL_PX)
        self.caption.setToolTip(_HELP)
        self.caption.setProperty("term", "cosine")
        self.texts = TextList(theme, self)
        self.texts.setAccessibleName("Texts nearest to the decoder")
        self.texts.setAccessibleDescription(_HELP)
        self.texts.chosen.connect(self._choose)
        services.nearest.changed.connect(self._refresh)

    def suits(self, writes: bool) -> bool:
        return writes

    def show_facts(self, facts: LatentFacts) -> None:
        self._latent = facts.latent
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        found = () if self._latent is None else self.services.nearest.of_atom(self._latent)
        self.texts.show_entries(entries_of(found))

    @Slot(int)
    def _choose(self, place: int) -> None:
        assert self._latent is not None
        found = self.services.nearest.of_atom(self._latent)
        if place < len(found):
            row = found[place].row
            self.services.state.show_input(
                "train", row, f"training {noun_of(self.services.state).one} {row:,}"
            )

    def tab_order(self) -> list[QWidget]:
        return [self.texts]

    def resizeEvent(self, event: QResizeEvent) -> None:
        fit_words(self.caption, _CAPTIONS, self.width(), _HELP)
        self.caption.setGeometry(0, 0, self.width(), CAPTION)
        self.texts.setGeometry(0, CAPTION + UNIT // 2, self.width(), self.height() - CAPTION - UNIT // 2)
