"""A slider that goes where it is clicked."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget


class Slider(QSlider):
    """Lies flat. A click in its groove moves the handle there, and it can be dragged on from there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._on_handle(event.position()):
            super().mousePressEvent(event)
            return
        self.setValue(self.value_at(event.position()))
        # The nearest value lies beside the pointer where values are few: Qt takes hold of the handle there.
        handle = QPointF(self._part(QStyle.SubControl.SC_SliderHandle).center())
        shift = handle - event.position()
        grab = QMouseEvent(
            event.type(),
            handle,
            event.scenePosition() + shift,
            event.globalPosition() + shift,
            event.button(),
            event.buttons(),
            event.modifiers(),
            event.pointingDevice(),
        )
        super().mousePressEvent(grab)
        event.setAccepted(grab.isAccepted())

    def value_at(self, at: QPointF) -> int:
        """The value whose handle is nearest to a point of the widget (px)."""
        groove = self._part(QStyle.SubControl.SC_SliderGroove)
        handle = self._part(QStyle.SubControl.SC_SliderHandle).width()
        return QStyle.sliderValueFromPosition(
            self.minimum(),
            self.maximum(),
            round(at.x() - groove.x() - handle / 2),
            groove.width() - handle,
            self._option().upsideDown,
        )

    def _on_handle(self, at: QPointF) -> bool:
        return self._part(QStyle.SubControl.SC_SliderHandle).contains(at.toPoint())

    def _option(self) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return option

    def _part(self, part: QStyle.SubControl) -> QRect:
        return self.style().subControlRect(QStyle.ComplexControl.CC_Slider, self._option(), part, self)
