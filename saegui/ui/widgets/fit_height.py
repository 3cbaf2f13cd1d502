"""The height of a dialog whose lines wrap."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


def fit_height(dialog: QDialog) -> None:
    """Make it as high as its contents need at its width: lines that wrap have no height of their own."""
    layout = dialog.layout()
    assert layout is not None
    layout.activate()
    height = max(layout.totalHeightForWidth(dialog.width()), dialog.minimumSizeHint().height())
    dialog.resize(dialog.width(), height)
