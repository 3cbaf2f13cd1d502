"""Two inputs side by side, the current one and one that was kept: both reconstructed, and how their codes differ."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QWidget

from saegui.app.code import Code
from saegui.app.nouns import Naming, noun_of, said
from saegui.app.services import Services
from saegui.core.analysis.named_axes import axes_of
from saegui.core.arrays import Images, Shape
from saegui.core.data.noun import Noun
from saegui.core.strokes import Drawing
from saegui.ui.panels.active.difference_list import DifferenceList
from saegui.ui.panels.active.places import LEAST
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import proportions, shades_of, side_within, size_in, whole
from saegui.ui.widgets.text import SMALL_PX

NOTHING_KEPT = "Keep this input: the next one is compared with it here."
KEEP = "Keep this input"
OTHER_SHAPE = "The model that is shown cannot read the input that was kept. Press End, and keep another one."
SAME = "Both inputs have the same code: draw or load another one."
_CAPTION = SMALL_PX + 3
_NARROWEST = 50
"""px that a caption needs."""
_MOST = 224
"""px of the longer side of a picture."""


class Pair(QWidget):
    """Two inputs, each above its reconstruction."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = {
            (which, what): PictureView(theme, parent=self)
            for which in ("current", "kept")
            for what in ("input", "reconstruction")
        }
        for (which, what), view in self.views.items():
            view.setAccessibleName(f"{which} {what}")
        # The signs of the bars: the legend of the header is left out where it has no room.
        signs = {"current": "+", "kept": "−"}
        self.captions = {which: QLabel(f"{which} {sign}", self) for which, sign in signs.items()}
        for caption in self.captions.values():
            caption.setProperty("muted", True)
            caption.setStyleSheet("font-size: 11px")
        self._shape: Shape = (1, 1)
        self._room = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.fit(0)

    def show_input(
        self,
        which: str,
        values: Images | None,
        code: Code | None,
        services: Services,
        drawing: Drawing | None,
    ) -> None:
        """Show an input and its reconstruction; None clears them."""
        state = services.state
        given, made = self.views[which, "input"], self.views[which, "reconstruction"]
        if values is None or code is None:
            given.clear()
            made.clear()
        else:
            axes = axes_of(state.dataset, values.shape)
            given.show_ink(values, shades_of(state.snapshot), axes)
            made.show_ink(code.reconstruction, shades_of(state.snapshot), axes)
            if values.shape != self._shape:
                self._shape = values.shape
                self.fit(self._room)
        name = "" if drawing is None else drawing.title or drawing.text or "drawing"
        error = "" if code is None else f"\nL0 {code.l0}, MSE {code.mse:.4f}"
        for what, view in (("", given), ("Reconstruction of the ", made)):
            words = f"{what}{which} {noun_of(state).one}"
            view.setToolTip(f"{words[0].upper()}{words[1:]}{f': {name}' if name else ''}{error}")
            view.setAccessibleDescription(view.toolTip())

    def fit(self, height: int) -> None:
        """Be as wide as the pictures are in ``height`` px."""
        self._room = height
        self.setFixedWidth(2 * max(self._size(height).width(), _NARROWEST) + GAP)
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * _NARROWEST + GAP, _CAPTION + 2 * 24 + UNIT)

    def _size(self, height: int) -> QSize:
        proportion = proportions(self._shape)
        most = min(_MOST, side_within(proportion, 10_000, max(24, (height - _CAPTION - UNIT) // 2)))
        return size_in(proportion, whole(most, self._shape))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        size = self._size(self._room)
        step = max(size.width(), _NARROWEST) + GAP
        for column, which in enumerate(("current", "kept")):
            self.captions[which].setGeometry(column * step, 0, step - UNIT, _CAPTION)
            for row, what in enumerate(("input", "reconstruction")):
                view = self.views[which, what]
                view.set_side(max(size.width(), size.height()))
                top = _CAPTION + row * (size.height() + UNIT)
                view.setGeometry(QRect(column * step, top, size.width(), size.height()))


class CompareView(QWidget):
    """Shows :class:`~saegui.app.second_input.SecondInput`; ``keep_asked``: the current input is to be kept."""

    keep_asked = Signal()

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._state = services, services.state
        self.pair = Pair(theme)
        self.list = DifferenceList(self._state, theme)
        self.empty = EmptyState(theme, "", NOTHING_KEPT, KEEP, self.keep_asked.emit)
        self.note = QLabel("")
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        both = QWidget()
        beside = QHBoxLayout(both)
        beside.setContentsMargins(UNIT, 0, 0, 0)
        beside.setSpacing(GAP)
        beside.addWidget(self.pair)
        beside.addWidget(self.list, 1)
        beside.addWidget(self.note, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(both)
        self._shown_for: tuple[object, ...] = ()
        services.second.changed.connect(self.refresh)
        Naming(self._state, self._name_inputs, self)
        self.refresh()

    def _name_inputs(self, noun: Noun) -> None:
        self.empty.label.setText(noun.instead_of_input(NOTHING_KEPT))
        self.empty.button.setText(noun.instead_of_input(KEEP))
        self.refresh()

    def minimumSizeHint(self) -> QSize:
        return LEAST

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Half of the width is for the bars.
        self.pair.fit(min(self.height(), self.width() // 2))

    @property
    def words(self) -> tuple[str, ...]:
        """How alike the two codes are, the longest first; empty where there are no two."""
        found = self._services.second.difference
        if found is None:
            return ()
        cosine = f"cosine {found.cosine:.2f}"
        return f"{found.shared} shared · {cosine}", cosine

    @Slot()
    def refresh(self) -> None:
        """The current input, the kept one or the model is another."""
        second, state = self._services.second, self._state
        self._pages.setCurrentIndex(1 if second.on else 0)
        if not second.on:
            self.list.show_difference(None, None, from_the_top=True)
            self._shown_for = ()
            return
        kept, found = second.code, second.difference
        self.pair.show_input("current", state.model_input, state.code, self._services, state.drawing)
        self.pair.show_input("kept", second.values, kept, self._services, second.drawing)
        values = None if state.code is None or kept is None else (state.code.z, kept.z)
        shown_for = state.drawing, second.drawing
        another = any(a is not b for a, b in zip(self._shown_for or (None, None), shown_for, strict=True))
        self._shown_for = shown_for
        self.list.show_difference(found, values, from_the_top=another)
        sentence = (
            OTHER_SHAPE if kept is None else SAME if found is not None and not len(found.latents) else ""
        )
        self.note.setText(said(state, sentence))
        self.note.setVisible(bool(sentence))
        self.list.setVisible(not sentence)
