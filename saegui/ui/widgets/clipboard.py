"""Several forms of one thing on the clipboard."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMimeData, QStringListModel
from PySide6.QtGui import QGuiApplication, QImage


def copy_forms(image: QImage, forms: Mapping[str, bytes]) -> None:
    """Put ``image`` on the clipboard, and beside it the same in other ``forms``, by media type."""
    copied = _made_by_qt()
    copied.setImageData(image)
    for media_type, content in forms.items():
        copied.setData(media_type, content)
    QGuiApplication.clipboard().setMimeData(copied)


def copy_text(text: str, forms: Mapping[str, bytes]) -> None:
    """Put ``text`` on the clipboard, and beside it the same in other ``forms``, by media type."""
    copied = _made_by_qt()
    copied.setText(text)
    for media_type, content in forms.items():
        copied.setData(media_type, content)
    QGuiApplication.clipboard().setMimeData(copied)


def _made_by_qt() -> QMimeData:
    """An empty one. Qt keeps what is on the clipboard until the process ends, longer than there is a Python: made by Python, it
    would then crash."""
    model = QStringListModel([""])
    found = model.mimeData([model.index(0)])
    found.clear()
    return found
