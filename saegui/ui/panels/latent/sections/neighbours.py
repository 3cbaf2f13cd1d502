"""The section *Neighbours*: the latents nearest to the selected one, by their weights or by when they are active."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from saegui.app.nouns import said
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.core.analysis.coactivation import Coactivation
from saegui.core.analysis.nearest_latents import COUNTED, Measure, nearest
from saegui.core.figures.grids import Side
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import hundredths, latent_name
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.latent.latent_thumbs import LatentThumbs, Thumb
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.text import SMALL_PX

MEASURES: dict[Measure, tuple[str, str]] = {
    "decoder": (
        "decoder cosine",
        "Cosine of the angle between the rows of the decoder: 1 where both draw the same.",
    ),
    "encoder": (
        "encoder cosine",
        "Cosine of the angle between the columns of the encoder: 1 where both look for the same.",
    ),
    "jaccard": (
        "active together (Jaccard)",
        "Of the training inputs on which one of the two latents is active, the share on which both are.",
    ),
    "pearson": (
        "active together (Pearson)",
        "Pearson's correlation of the two activations over the training inputs: 1 where they rise and fall together.",
    ),
}
"""measure → (what the choice is called, the sentence that defines it)."""
MEASURE = choice("latent/neighbours", "decoder", tuple(MEASURES))
HEAD = 26
"""px of the line above the thumbnails."""
ROWS = 2
ARROW = 40
"""px that the choice takes beside its words."""
WHO = "neighbours"
"""In :meth:`saegui.app.snapshot_work.SnapshotWork.want`."""


_Asked = tuple[Measure, int, Snapshot, Coactivation | None]


class Neighbours(Section):
    """Other latents in the order of a chosen measure, with its value below each.

    They are those of the selected latent also while another one is previewed: what is pointed at must not change places.
    """

    name = "neighbours"
    word = "Alike"
    tip = "The latents most like this one, by weights or by when they are active"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._facts: LatentFacts | None = None
        self._found: tuple[_Asked, list[tuple[int, float]]] | None = None
        self.title = label(self, muted=True, pixels=SMALL_PX)
        self.measures = Combo(self)
        self.measures.setAccessibleName("Measure of neighbours")
        self.title.setBuddy(self.measures)
        for measure, (words, _) in MEASURES.items():
            self.measures.addItem(words, measure)
        self.measures.setCurrentIndex(self.measures.findData(services.settings.get(MEASURE)))
        self.thumbs = LatentThumbs(services, theme, "Neighbours", ROWS, self)
        self.missing = label(self, muted=True, pixels=SMALL_PX)
        self.missing.setWordWrap(True)
        self.missing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.measures.activated.connect(self._chosen)
        services.coactivation.changed.connect(self._refresh)
        services.notes.changed.connect(self._refresh)

    @property
    def measure(self) -> Measure:
        """What the neighbours are sorted by."""
        found: Measure = self.services.settings.get(MEASURE)
        return found

    @property
    def latent(self) -> int | None:
        """The latent whose neighbours are shown."""
        if self._facts is None:
            return None
        selected = self.services.state.selected
        return self._facts.latent if selected is None else selected

    def show_facts(self, facts: LatentFacts) -> None:
        self._facts = facts
        self._refresh()

    @Slot()
    def _chosen(self) -> None:
        self.services.settings.set(MEASURE, self.measures.currentData())
        self.services.coactivation.want(WHO, False)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        facts, latent, state = self._facts, self.latent, self.services.state
        if facts is None or latent is None or facts.snapshot is not state.snapshot:
            return
        if latent >= facts.snapshot.n_latents or not self.isVisible():
            return
        counted = self.measure in COUNTED
        self.services.coactivation.want(WHO, counted)
        together = self.services.coactivation.found
        help = said(state, MEASURES[self.measure][1])
        self.measures.setToolTip(help)
        self.title.setText(f"Neighbours of {latent_name(latent)}")
        found = self._nearest(facts.snapshot, latent, together)
        words = MEASURES[self.measure][0]
        thumbs = [
            Thumb(other, hundredths(value), f"{words} {value:.3f}".replace("-", "−"))
            for other, value in found
        ]
        side: Side = "encoder" if self.measure == "encoder" else "decoder"
        self.thumbs.show_thumbs(thumbs, facts.snapshot, facts.scales, side)
        self.thumbs.setAccessibleName(f"Neighbours of {latent_name(latent)} by {words}")
        missing = self.services.coactivation.missing if counted else ""
        if not found and not missing:
            missing = f"No other latent is ever active together with {latent_name(latent)}."
        self.missing.setText(missing)
        self.missing.setVisible(bool(missing))
        self.thumbs.setVisible(not missing)

    def _nearest(
        self, snapshot: Snapshot, latent: int, together: Coactivation | None
    ) -> list[tuple[int, float]]:
        """Asked again and again while other latents are previewed, and found once: of 16,384 latents that takes 20 ms."""
        asked = (self.measure, latent, snapshot, together)
        # Snapshots and what was counted are equal only to themselves.
        if self._found is None or self._found[0] != asked:
            self._found = asked, nearest(self.measure, snapshot, latent, together)
        return self._found[1]

    # -- placing ------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.services.coactivation.want(WHO, False)

    def sizeHint(self) -> QSize:
        return QSize(200, HEAD + UNIT + self.thumbs.height_of_all())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        longest = max(self.fontMetrics().horizontalAdvance(words) for words, _ in MEASURES.values())
        wide = min(longest + ARROW, self.width() * 2 // 3)
        self.measures.setGeometry(self.width() - wide, 0, wide, HEAD)
        self.title.setGeometry(0, 0, self.width() - wide - GAP, HEAD)
        below = self.rect().adjusted(0, HEAD + UNIT, 0, 0)
        self.thumbs.setGeometry(below)
        self.missing.setGeometry(below)

    def context_menus(self) -> Sequence[ContextMenu]:
        return [ContextMenu(self.thumbs, self.thumbs.choose, OF_LATENT)]

    def tab_order(self) -> list[QWidget]:
        return [self.measures, self.thumbs]
