"""What the title of a dialog says: what it asks, and which window it belongs to."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def titled(words: str, parent: QWidget) -> str:
    """``words``, then the title of the window of ``parent``, which names the run that is open there."""
    return f"{words} · {parent.window().windowTitle()}"
