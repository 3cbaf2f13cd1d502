"""The section *Family*: the latents that are often active together with the selected one, and with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from saegui.app.services import Services
from saegui.core.analysis import latent_filter
from saegui.core.analysis.coactivation import LEAST_SHARED
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import counted_latents, latent_name
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.latent.latent_thumbs import LatentThumbs, Thumb
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.text import SMALL_PX

HEAD = 26
"""px of the line above the thumbnails."""
WHO = "family"
"""In :meth:`saegui.app.snapshot_work.SnapshotWork.want`."""
HELP = (
    f"Each latent is linked to the one with which it is most often active (Jaccard index, at least {LEAST_SHARED}); a family is what "
    "these links connect."
)
FIND, SHOW, SHOW_ALL = "Find families", "Show only these", "Show all latents"


class FamilySection(Section):
    """The members of the selected latent's family, and a button that shows only them in *Features*. No room without inputs.

    As its neighbours, they are those of the selected latent while another one is previewed.
    """

    name = "family"
    word = "Family"
    tip = "The latents that are often active together with this one"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._facts: LatentFacts | None = None
        self._asked: Snapshot | None = None
        self._offered = False
        self.title = label(self, muted=True, pixels=SMALL_PX)
        self.title.setToolTip(HELP)
        self.title.setWordWrap(True)
        self.button = QPushButton(FIND, self)
        self.button.setAccessibleName(FIND)
        self.button.setToolTip(HELP)
        self.thumbs = LatentThumbs(services, theme, "Family", 1, self)
        self.button.clicked.connect(self._act)
        services.coactivation.changed.connect(self._refresh)
        services.filter.changed.connect(self._refresh)
        services.notes.changed.connect(self._refresh)

    @property
    def latent(self) -> int | None:
        """The latent whose family is shown."""
        if self._facts is None:
            return None
        selected = self.services.state.selected
        return self._facts.latent if selected is None else selected

    @property
    def members(self) -> list[int]:
        """Of the family, itself included, those that are active most often first; none until families are known."""
        together, latent, density = self.services.coactivation.found, self.latent, self.services.state.density
        if together is None or latent is None or latent >= len(together.family) or density is None:
            return []
        found = together.members(latent)
        members: list[int] = found[np.argsort(-density[found], kind="stable")].tolist()
        return members

    def show_facts(self, facts: LatentFacts) -> None:
        self._facts = facts
        self._offered = self.services.state.dataset is not None and self.services.state.data_readable
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        facts, latent, control = self._facts, self.latent, self.services.coactivation
        if facts is None or latent is None or facts.snapshot is not self.services.state.snapshot:
            return
        if latent >= facts.snapshot.n_latents or not self.isVisible():
            return
        control.want(WHO, control.quick or self._asked is facts.snapshot)
        members, name = self.members, latent_name(latent)
        if members:
            several = f"Family of {name}: {counted_latents(len(members))}"
            self.title.setText(several if len(members) > 1 else f"{name} is in no family.")
            self.button.setText(SHOW_ALL if self._filters(members) else SHOW)
        else:
            asked = control.quick or self._asked is facts.snapshot
            self.title.setText(control.missing if asked else f"Family of {name}")
            self.button.setText(FIND)
        self.button.setAccessibleName(self.button.text())
        self.button.setToolTip(
            HELP if not members else f"Show only the members of this family in Features. {HELP}"
        )
        self.button.setVisible(
            len(members) > 1 or (not members and not control.quick and not control.running)
        )
        self.thumbs.show_thumbs(
            [Thumb(member) for member in members] if len(members) > 1 else [],
            facts.snapshot,
            facts.scales,
            "decoder",
            counts_rest=True,
        )
        self._lay_out()

    def _filters(self, members: list[int]) -> bool:
        family = self.services.filter.value.family
        return family is not None and family.members == frozenset(members)

    @Slot()
    def _act(self) -> None:
        members, latent, control = self.members, self.latent, self.services.filter
        if latent is None or self._facts is None:
            return
        if not members:
            self._asked = self._facts.snapshot
            self.services.coactivation.want(WHO, False)
            self._refresh()
        elif self._filters(members):
            control.set(replace(control.value, family=None))
        else:
            family = latent_filter.Family(latent, frozenset(members))
            control.set(replace(control.value, family=family))

    # -- placing ------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.services.coactivation.want(WHO, False)

    def sizeHint(self) -> QSize:
        return QSize(200, (HEAD + UNIT + self.thumbs.height_of_all()) * self._offered)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        wide = 0 if self.button.isHidden() else self.button.sizeHint().width()
        self.button.setGeometry(self.width() - wide, 0, wide, HEAD)
        room = self.width() - wide - GAP
        # Why there are none may take two lines.
        self.title.setGeometry(0, 0, room, max(HEAD, self.title.heightForWidth(room)))
        self.thumbs.setGeometry(self.rect().adjusted(0, HEAD + UNIT, 0, 0))

    def context_menus(self) -> Sequence[ContextMenu]:
        return [ContextMenu(self.thumbs, self.thumbs.choose, OF_LATENT)]

    def tab_order(self) -> list[QWidget]:
        return [self.button, self.thumbs]
