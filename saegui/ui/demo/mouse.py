"""A hand that draws on the canvas with real mouse events: for the demo and the benchmarks."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from saegui.ui.panels.draw.canvas import Canvas


class SyntheticMouse:
    """Places are canvas units, 0…1."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def press(self, x: float, y: float) -> None:
        """Put the pen down."""
        self._send(QEvent.Type.MouseButtonPress, x, y, Qt.MouseButton.LeftButton)

    def move(self, x: float, y: float) -> None:
        """Draw on."""
        self._send(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)

    def release(self, x: float, y: float) -> None:
        """Lift the pen."""
        self._send(QEvent.Type.MouseButtonRelease, x, y, Qt.MouseButton.LeftButton)

    def _send(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton) -> None:
        sheet = self._canvas.sheet
        at = QPointF(sheet.x() + x * sheet.width(), sheet.y() + y * sheet.height())
        lifted = kind == QEvent.Type.MouseButtonRelease
        buttons = Qt.MouseButton.NoButton if lifted else Qt.MouseButton.LeftButton
        where = self._canvas.mapToGlobal(at)
        event = QMouseEvent(kind, at, where, button, buttons, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(self._canvas, event)
