"""Canvas, previews and readings on one stage."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from saegui.ui.panels.draw.canvas import Canvas
from saegui.ui.panels.draw.layout import CAPTION, arrange
from saegui.ui.panels.draw.readings import InkGauge, Reading
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.picture_view import PictureView

_CAPTIONS = (("model sees", "sees"), ("reconstruction", "reconstr."))
"""What stands above the previews, and in fewer letters where they are small."""


class Stage(QWidget):
    """Canvas, previews and readings; they share whatever room there is."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.canvas = Canvas(theme, self)
        self.sees, self.reconstruction = PictureView(theme, parent=self), PictureView(theme, parent=self)
        self._captions = [QLabel(words[0], self) for words in _CAPTIONS]
        self.ink = InkGauge(theme, self)
        self.l0 = Reading(theme, "L0", "Latents that are on for this image.", self)
        self.mse = Reading(
            theme,
            "MSE",
            "Mean squared error of the reconstruction over the 784 pixels, ink from 0 to 1.",
            self,
        )
        tips = (
            "The 28×28 image that is encoded.",
            "What the model makes of it: the sum of activation × decoder.",
        )
        for view, caption, tip in zip((self.sees, self.reconstruction), self._captions, tips, strict=True):
            view.setAccessibleName(caption.text())
            view.setAccessibleDescription(tip)
            view.setToolTip(tip)
            caption.setProperty("muted", True)
            caption.setStyleSheet("font-size: 11px")

    def sizeHint(self) -> QSize:
        return QSize(324, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 136)

    def resizeEvent(self, event: QResizeEvent) -> None:
        layout = arrange(self.width(), self.height())
        self.canvas.setGeometry(layout.canvas)
        views = (self.sees, self.reconstruction)
        for view, caption, place in zip(views, self._captions, layout.previews, strict=True):
            view.set_side(place.width())
            view.setGeometry(place)
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
