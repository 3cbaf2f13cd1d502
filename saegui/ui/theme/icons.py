"""Line icons from ``resources/icons``, drawn in the theme's colours, in the size and mode that is asked for."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from saegui.core.files import paths
from saegui.ui.theme.tokens import Tokens

_TOKENS = {QIcon.Mode.Disabled: "muted", QIcon.Mode.Selected: "on_accent"}


@lru_cache(maxsize=256)
def icon(name: str, tokens: Tokens) -> QIcon:
    """The icon ``resources/icons/<name>.svg``; its ``currentColor`` becomes the text colour, muted when disabled.

    Raises:
        FileNotFoundError: there is no icon of that name (a bug; a test asks for every one that is used).
    """
    return QIcon(_Engine(paths.resource(f"icons/{name}.svg").read_text(), tokens))


class _Engine(QIconEngine):
    """Draws when a picture is needed: a window has a hundred icons and shows thirty, each in one size."""

    def __init__(self, source: str, tokens: Tokens) -> None:
        super().__init__()
        self._source, self._tokens = source, tokens

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = getattr(self._tokens, _TOKENS.get(mode, "text"))
        renderer = QSvgRenderer(QByteArray(self._source.replace("currentColor", color).encode()))
        renderer.render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if size.isEmpty():
            # A button that is too narrow for its icon asks for a picture of nothing, which nobody can paint on.
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._source, self._tokens)
