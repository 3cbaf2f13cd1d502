"""Canvas, previews and readings on one stage."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent, QUndoStack
from PySide6.QtWidgets import QLabel, QWidget

from saegui.core.arrays import Shape, input_in_words
from saegui.core.strokes import IMAGE_SHAPE
from saegui.ui.panels.draw.canvas import Canvas
from saegui.ui.panels.draw.layout import CAPTION, arrange
from saegui.ui.panels.draw.readings import InkGauge, Reading
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import pixels, proportions, size_in

_CAPTIONS = (("model sees", "sees"), ("reconstruction", "reconstr."))
"""What stands above the previews, and in fewer letters where they are small."""


class Stage(QWidget):
    """Canvas, previews and readings; they share whatever room there is."""

    def __init__(self, theme: Theme, parent: QWidget, undo: QUndoStack | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas(theme, self, undo)
        self.sees, self.reconstruction = PictureView(theme, parent=self), PictureView(theme, parent=self)
        self._captions = [QLabel(words[0], self) for words in _CAPTIONS]
        self.ink = InkGauge(theme, self)
        self.l0 = Reading(theme, "L0", "Latents that are active on this image.", self)
        self.mse = Reading(theme, "MSE", "", self)
        self._shape: Shape = ()
        for view, caption in zip((self.sees, self.reconstruction), self._captions, strict=True):
            view.setAccessibleName(caption.text())
            caption.setProperty("muted", True)
            caption.setStyleSheet("font-size: 11px")

    def set_shape(self, shape: Shape) -> None:
        """Make room for inputs of this shape, and say it in the explanations."""
        if shape == self._shape:
            return
        self._shape = shape
        tips = (
            f"{input_in_words(shape).capitalize()}: exactly what the model is given.",
            "The model's reconstruction of it: the sum of activation × decoder over all active latents, plus the bias.",
        )
        for view, tip in zip((self.sees, self.reconstruction), tips, strict=True):
            view.setAccessibleDescription(tip)
            view.setToolTip(tip)
        self.mse.set_help(
            f"Mean squared error of the reconstruction over {_values(shape)}, each from 0 to 1."
        )
        self.ink.set_range(shape == IMAGE_SHAPE, len(shape) == 2)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(324, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 136)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        shape = self._shape or IMAGE_SHAPE
        layout = arrange(self.width(), self.height(), pixels(shape))
        self.canvas.setGeometry(layout.canvas)
        views = (self.sees, self.reconstruction)
        for view, caption, place in zip(views, self._captions, layout.previews, strict=True):
            view.set_side(place.width())
            view.setGeometry(QRect(place.topLeft(), size_in(proportions(shape), place.width())))
            caption.setVisible(not place.isEmpty())
        for caption, words, place in zip(self._captions, _CAPTIONS, layout.previews, strict=True):
            beside = [other.x() for other in layout.previews if other.x() > place.x()]
            room = min([self.width(), *(x - UNIT for x in beside)]) - place.x()
            caption.ensurePolished()
            wide = caption.fontMetrics().horizontalAdvance
            caption.setText(next((text for text in words if wide(text) <= room), words[-1]))
            caption.setGeometry(place.x(), place.y() - CAPTION, room, CAPTION - 2)
        for reading, place in zip((self.ink, self.l0, self.mse), layout.readings, strict=True):
            reading.setGeometry(place)


def _values(shape: Shape) -> str:
    """What a mean over one input is taken over."""
    if len(shape) == 1:
        return f"its {shape[0]:,} numbers"
    count = shape[0] * shape[1]
    return f"its {count:,} pixels" if len(shape) == 2 else f"its {count:,} pixels in red, green and blue"
