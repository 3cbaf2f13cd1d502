"""The section *Pictures*: what the latent looks for and what it draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from saegui.app.services import Services
from saegui.core.analysis.named_axes import axes_of, largest_in_words
from saegui.ui.commands.analyse_menu import OF_LATENT
from saegui.ui.panels.latent.layout import CAPTION
from saegui.ui.panels.latent.parts import label
from saegui.ui.panels.latent.section import LatentFacts, Section
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from saegui.ui.widgets.context_menu import ContextMenu
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import zero_in_words
from saegui.ui.widgets.text import SMALL_PX, fit_words
from saegui.ui.widgets.weight_scales import Scales, Side, weights_of

_HELP: dict[Side, str] = {
    "encoder": "What the latent looks for: its column of the encoder.",
    "decoder": "What the latent draws: its row of the decoder.",
}
_WORDS = (("encoder", "enc.", "e"), ("decoder", "dec.", "d"))
"""What stands below a picture, and in fewer letters where it is narrow."""


class Pictures(Section):
    """What the latent looks for (encoder) and what it draws (decoder), in the colours of its tile."""

    name = "pictures"

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._shown: tuple[Scales, int, tuple[str, ...]] | None = None
        self.encoder, self.decoder = PictureView(theme, parent=self), PictureView(theme, parent=self)
        self._views: dict[Side, PictureView] = {"encoder": self.encoder, "decoder": self.decoder}
        self._captions: list[QLabel] = []
        for side, view in self._views.items():
            view.setAccessibleName(f"{side} weights")
            self._captions.append(label(self, side, muted=True, pixels=SMALL_PX))

    def context_menus(self) -> Sequence[ContextMenu]:
        return [ContextMenu(view, _anywhere(view), OF_LATENT) for view in self._views.values()]

    def show_facts(self, facts: LatentFacts) -> None:
        # Whoever points at tiles asks for the same pictures again with each measurement.
        dataset = self.services.state.dataset
        axes = axes_of(dataset, facts.snapshot.shape)
        shown = facts.scales, facts.latent, axes
        if self._shown is not None and self._shown[0] is shown[0] and self._shown[1:] == shown[1:]:
            return
        self._shown = shown
        zero = zero_in_words(facts.snapshot.shape)
        for side, view in self._views.items():
            weights, scale = weights_of(facts.snapshot, side, [facts.latent])[0], facts.scales.shared(side)
            view.show_weights(weights, scale, axes)
            named = largest_in_words(weights, axes)
            largest = f" The largest weights: {named}." if named else ""
            view.setToolTip(f"{_HELP[side]}{largest} {zero} All latents share one scale, ±{scale:.2g}.")
            view.setAccessibleDescription(named)

    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = (self.width() - GAP) // 2, self.height() - CAPTION
        shown = zip(self._views.values(), self._captions, _WORDS, strict=True)
        for i, (view, caption, words) in enumerate(shown):
            left = i * (width + GAP)
            view.setGeometry(left, 0, width, height)
            fit_words(caption, words, width)
            caption.setGeometry(left, height, width, CAPTION)
            narrow = view.frame().width() < 0.8 * width
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter if narrow else Qt.AlignmentFlag.AlignLeft)


def _anywhere(view: QWidget) -> Callable[[QPoint | None], QPoint | None]:
    return lambda at: at if at is not None else view.rect().center()
