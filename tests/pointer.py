"""The mouse of a test, moved within the widget's own window.

Moving it over the screen reaches whichever window stands there, one that another test forgot to close too.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget


def move(widget: QWidget, to: QPoint) -> None:
    """Move the mouse to a point of ``widget``, which is shown."""
    window = widget.window()
    handle = window.windowHandle()
    assert handle is not None, "only a window that was shown can be pointed at"
    QTest.mouseMove(handle, widget.mapTo(window, to))
