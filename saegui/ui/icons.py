"""Line icons from ``resources/icons``, drawn in the theme's colours."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from saegui.core import paths
from saegui.ui.theme import Tokens

SIZES = (20, 40)
"""px: once for ordinary screens, once for high-DPI ones."""


@lru_cache(maxsize=256)
def icon(name: str, tokens: Tokens) -> QIcon:
    """The icon ``resources/icons/<name>.svg``; its ``currentColor`` becomes the text colour, muted when disabled.

    Raises:
        FileNotFoundError: there is no icon of that name (a bug; a test asks for every one that is used).
    """
    source = paths.resource(f"icons/{name}.svg").read_text()
    made = QIcon()
    for mode, token in (
        (QIcon.Mode.Normal, "text"),
        (QIcon.Mode.Disabled, "muted"),
        (QIcon.Mode.Selected, "on_accent"),
    ):
        for size in SIZES:
            made.addPixmap(_draw(source.replace("currentColor", getattr(tokens, token)), size), mode)
    return made


def _draw(source: str, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source.encode())).render(painter)
    painter.end()
    return pixmap
