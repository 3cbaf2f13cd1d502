"""Canvas, previews, readings and tools on one stage."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from saegui.core.arrays import BYTES, Shape, input_in_words
from saegui.core.data.noun import Noun
from saegui.core.glossary import OF_METRIC
from saegui.core.strokes import IMAGE_SHAPE
from saegui.ui.panels.draw.canvas import Canvas
from saegui.ui.panels.draw.layout import CAPTION, Tools, arrange
from saegui.ui.panels.draw.readings import InkGauge, Reading
from saegui.ui.panels.draw.write import WritePage
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import SHADES, Shades, pixels, proportions, size_in
from saegui.ui.widgets.styled import set_styled

_CAPTIONS = (("model input", "input"), ("reconstruction", "reconstr.", "recon."), ("error",))
"""What stands above the previews, and in fewer letters where they are small."""
STEERED = ("steered reconstruction", "steered")
"""Above the second, while latents are set by hand."""
_FVU = "Fraction of variance unexplained of this input: Σ(x − x̂)² / Σ(x − mean training input)². 0 is perfect, 1 is no better than showing the mean training input."

_L0 = "Latents that are active on this input."


class Stage(QWidget):
    """Canvas, previews, readings and tools; they share whatever room there is."""

    def __init__(self, theme: Theme, parent: QWidget, undo: QUndoStack | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas(theme, self, undo)
        self.write = WritePage(theme, self)
        self.write.hide()
        self.sees, self.reconstruction, self.error = (PictureView(theme, parent=self) for _ in _CAPTIONS)
        self._captions = [QLabel(words[0], self) for words in _CAPTIONS]
        self.ink = InkGauge(theme, self)
        self.l0 = Reading(theme, "L0", _L0, self)
        self.mse = Reading(theme, "MSE", "", self)
        self.fvu = Reading(theme, "FVU", _FVU, self)
        self.l0.setProperty("term", OF_METRIC["l0"])
        self.mse.setProperty("term", OF_METRIC["mse"])
        self.fvu.setProperty("term", OF_METRIC["fvu"])
        self._shape: Shape = ()
        self._shades, self._counted = SHADES, True
        self._buttons: Sequence[Sequence[QToolButton]] = ()
        self._said: tuple[str, str] = ("", "")
        self._steered = False
        for view, caption in zip(self._views, self._captions, strict=True):
            view.setAccessibleName(caption.text())
            caption.setProperty("muted", True)
            caption.setStyleSheet("font-size: 11px")

    @property
    def _views(self) -> tuple[PictureView, PictureView, PictureView]:
        return self.sees, self.reconstruction, self.error

    def set_tools(self, groups: Sequence[Sequence[QToolButton]]) -> None:
        """Place these buttons too."""
        self._buttons = groups
        for button in (button for group in groups for button in group):
            button.setParent(self)
        self._place()

    def _tools(self) -> Tools:
        # Asked anew each time: a button is as large as the icon and the style sheet that it gets later.
        sizes = [[button.sizeHint() for button in group] for group in self._shown]
        widths = tuple(tuple(size.width() for size in group) for group in sizes)
        return Tools(widths, max((size.height() for group in sizes for size in group), default=0))

    @property
    def _shown(self) -> list[list[QToolButton]]:
        """The buttons that are not hidden, group by group."""
        groups = [[button for button in group if not button.isHidden()] for group in self._buttons]
        return [group for group in groups if group]

    @property
    def writing(self) -> bool:
        """Whether texts are typed in place of drawing."""
        return not self.write.isHidden()

    def set_writing(self, on: bool) -> None:
        """Type texts, or draw."""
        if on == self.writing:
            return
        had = self.canvas.hasFocus() or self.write.field.hasFocus()
        self.write.setVisible(on)
        self.canvas.setVisible(not on)
        if had:
            (self.write.field if on else self.canvas).setFocus()
        self._place()

    def hide_tools(self, hidden: Sequence[QToolButton]) -> None:
        """Show all tools but these."""
        for button in (button for group in self._buttons for button in group):
            button.setHidden(button in hidden)
        self._place()

    def set_shape(self, shape: Shape, shades: Shades = SHADES) -> None:
        """Make room for inputs of this shape, drawn in these shades, and say it in the explanations."""
        if (shape, shades) == (self._shape, self._shades):
            return
        self._shape, self._shades = shape, shades
        tips = (
            f"{input_in_words(shape).capitalize()}: exactly what the model is given.",
            "The model's reconstruction of it: the sum of activation × decoder over all active latents, plus the bias.",
            f"Input less reconstruction, on the scale of both: {_signs(shape)}",
        )
        for view, tip in zip(self._views, tips, strict=True):
            view.setAccessibleDescription(tip)
            view.setToolTip(tip)
        each = ", each from 0 to 1" if shades.span == BYTES else ""
        self.mse.set_help(f"Mean squared error of the reconstruction over {_values(shape)}{each}.")
        self._counted = len(shape) == 2 and shades == SHADES
        self.ink.set_range(self._counted and shape == IMAGE_SHAPE, self._counted)
        self._place()

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in explanations."""
        self.l0.set_help(noun.instead_of_input(_L0))
        self.fvu.set_help(noun.instead_of_input(_FVU))

    def set_steered(self, on: bool) -> None:
        """Say whether the reconstruction is of a code in which latents are set by hand."""
        if on != self._steered:
            self._steered = on
            self.reconstruction.set_ring(on)
            self.reconstruction.setAccessibleName((STEERED if on else _CAPTIONS[1])[0])
            caption = self._captions[1]
            set_styled(caption, steered=on, muted=not on)
            self._name_previews()

    def say(self, before: str, after: str) -> None:
        """What a network takes the input for, and what it takes the reconstruction for; empty for nothing."""
        if (before, after) != self._said:
            self._said = before, after
            self._name_previews()

    def sizeHint(self) -> QSize:
        return QSize(420, 250)

    def minimumSizeHint(self) -> QSize:
        return QSize(264, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        shape = self._shape or IMAGE_SHAPE
        layout = arrange(self.width(), self.height(), pixels(shape), self._tools())
        self.canvas.setGeometry(layout.canvas)
        self.write.setGeometry(layout.canvas)
        for view, caption, place in zip(self._views, self._captions, layout.previews, strict=True):
            view.set_side(place.width())
            view.setGeometry(QRect(place.topLeft(), size_in(proportions(shape), place.width())))
            caption.setVisible(not place.isEmpty())
        for caption, place in zip(self._captions, layout.previews, strict=True):
            beside = [
                other.x() for other in layout.previews if other.x() > place.x() and other.y() == place.y()
            ]
            room = min([self.width(), *(x - UNIT for x in beside)]) - place.x()
            caption.setGeometry(place.x(), place.y() - CAPTION, room, CAPTION - 2)
        self._name_previews()
        self.ink.setVisible(self._counted and not self.writing)
        self.ink.setGeometry(layout.readings[0])
        others = layout.without_ink if self.ink.isHidden() else layout.readings[1:]
        for reading, place in zip((self.l0, self.mse, self.fvu), others, strict=True):
            reading.setGeometry(place)
        buttons = [button for group in self._shown for button in group]
        for button, place in zip(buttons, layout.tools, strict=True):
            button.setGeometry(place)

    def _name_previews(self) -> None:
        """The captions, in as many words as they have room for; what the network says comes first."""
        names = (_CAPTIONS[0], STEERED if self._steered else _CAPTIONS[1], _CAPTIONS[2])
        for caption, words, said in zip(self._captions, names, (*self._said, ""), strict=True):
            caption.ensurePolished()
            wide = caption.fontMetrics().horizontalAdvance
            # Which of the two it is says more than how certain the network is, which the tooltip says in any case.
            taken = said.rpartition(", ")[0]
            both = [f"{word}: {what}" for what in (said, taken) for word in words]
            tried = (*both, said, taken) if said else words
            caption.setText(next((text for text in tried if wide(text) <= caption.width()), tried[-1]))
            caption.setToolTip(f"The network takes it for: {said}." if said else "")


def _signs(shape: Shape) -> str:
    """What the colours, or the plot, of an error say."""
    if len(shape) == 1:
        return "above 0 where the reconstruction is too small, below 0 where it is too large."
    if len(shape) == 2:
        return "red where the reconstruction has too little, blue where it has too much; full colour is the step from one end to the other."
    return "mid grey is no error, in each of red, green and blue; the ends are the step from none to all."


def _values(shape: Shape) -> str:
    """What a mean over one input is taken over."""
    if len(shape) == 1:
        return f"its {shape[0]:,} numbers"
    count = shape[0] * shape[1]
    return f"its {count:,} pixels" if len(shape) == 2 else f"its {count:,} pixels in red, green and blue"
