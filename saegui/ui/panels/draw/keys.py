"""Drawing with the keyboard: what its keys do on the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt

KEY_STEP = 1 / 56
"""Canvas units an arrow key moves the cross-hair: half a pixel of the image; with Shift four times that."""
HELP = (
    "Draw with the mouse or a pen. With the keyboard: arrow keys move the cross-hair, Space puts the pen down "
    "and lifts it, Escape takes back the stroke that is being drawn."
)
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
