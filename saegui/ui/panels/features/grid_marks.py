"""What is painted over the tiles: activations, selection, hover, a number being typed. Nothing is cached."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil, cos, pi, sin

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from saegui.core.runs.latent_notes import Note
from saegui.ui.theme.tokens import Tokens
from saegui.ui.widgets.text import number

FAINTEST = 0.3
"""Opacity of the frame of a weakly active latent; the strongest one's is opaque."""
RING = 2
"""px: the selection's ring, in the gap around the tile."""
FRAME, LARGE_FRAME, LARGE = 3, 4, 100
"""px: an active latent's frame, wider around tiles of at least LARGE px."""


PIN = 12
"""px: the pin's plate."""
STAR = 14
"""px: the star's plate."""
LEAST_LABEL = 24
"""px of room in which a label says something."""
_STAR = QPolygonF(
    [
        QPointF(radius * sin(pi * point / 5), -radius * cos(pi * point / 5))
        for point, radius in enumerate((6.0, 2.6) * 5)
    ]
)


def frame(painter: QPainter, rect: QRect, colour: QColor, outside: int, width: int) -> None:
    """A sharp frame ``width`` px wide that starts ``outside`` px outside ``rect``."""
    outer = rect.adjusted(-outside, -outside, outside, outside)
    x, y, w, h = outer.x(), outer.y(), outer.width(), outer.height()
    painter.fillRect(x, y, w, width, colour)
    painter.fillRect(x, y + h - width, w, width, colour)
    painter.fillRect(x, y + width, width, h - 2 * width, colour)
    painter.fillRect(x + w - width, y + width, width, h - 2 * width, colour)


@lru_cache(maxsize=512)
def _mixed(share: int, tokens: Tokens) -> QColor:
    over, under = tokens.color("active"), tokens.color("panel")
    ends = zip(over.getRgb()[:3], under.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*[round((share * a + (255 - share) * b) / 255) for a, b in ends])


def active_colour(opacity: float, tokens: Tokens) -> QColor:
    """Amber of that opacity over the panel's colour, mixed beforehand: Qt paints opaque frames ten times as fast."""
    return _mixed(round(255 * opacity), tokens)


def paint_active(
    painter: QPainter,
    rect: QRect,
    value: float,
    strongest: float,
    tokens: Tokens,
    *,
    selected: bool,
    valued: bool,
    last_line: int = 0,
) -> None:
    """An amber frame, the more opaque the larger ``value`` is, whatever its sign, and ``valued`` with the number. Where a
    tile is of texts, it has the ``last_line`` px of them for itself.

    Around a selected tile the ring has the gap, so there the frame moves inwards and both are seen.
    """
    colour = active_colour(FAINTEST + (1 - FAINTEST) * abs(value) / strongest, tokens)
    frame(painter, rect, colour, 0 if selected else RING, frame_width(rect))
    if valued:
        if last_line:
            edge, top = frame_width(rect), rect.bottom() + 1 - last_line
            line = QRect(rect.left() + edge, top, rect.width() - 2 * edge, last_line - edge)
            painter.fillRect(line, tokens.color("paper"))
        plate(painter, rect, number(value), tokens.color("active"), tokens, right=True, bottom=True)


def paint_selected(painter: QPainter, rect: QRect, tokens: Tokens) -> None:
    """The accent ring."""
    frame(painter, rect, tokens.color("accent"), RING, RING)


def paint_hovered(painter: QPainter, rect: QRect, tokens: Tokens) -> None:
    """A thin ring."""
    frame(painter, rect, tokens.color("text"), 1, 1)


def paint_focus(painter: QPainter, area: QRect, tokens: Tokens) -> None:
    """The keyboard is here."""
    frame(painter, area, tokens.color("accent"), 0, RING)


def paint_typed(painter: QPainter, area: QRect, typed: str, font: QFont, tokens: Tokens) -> None:
    """The number being typed, large, at the lower edge of ``area``."""
    font = QFont(font)
    font.setPixelSize(20)
    painter.setFont(font)
    box = QRect(0, 0, QFontMetrics(font).horizontalAdvance(f"# {typed}") + 40, 40)
    box.moveCenter(QPoint(area.center().x(), area.bottom() - 32))
    painter.fillRect(box, tokens.color("raised"))
    frame(painter, box, tokens.color("accent"), 0, RING)
    painter.setPen(tokens.color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"# {typed}")


def frame_width(rect: QRect) -> int:
    """px of the frame that an active latent's tile has."""
    return FRAME if rect.height() < LARGE else LARGE_FRAME


def within_frame(rect: QRect) -> QRect:
    """What of a tile is left inside the frame of an active latent that is selected."""
    width = frame_width(rect)
    return rect.adjusted(width, width, -width, -width)


def paint_note(
    painter: QPainter, rect: QRect, latent: int, note: Note, tokens: Tokens, *, numbered: bool
) -> None:
    """A star in the upper right corner, and the label in the upper left one, after the number where tiles have it."""
    star = STAR if note.starred else 0
    if note.label:
        metrics = QFontMetrics(painter.font())
        words = f"{latent} {note.label}" if numbered else note.label
        room = rect.width() - 6 - star
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        if room >= LEAST_LABEL:
            plate(painter, rect, text, tokens.color("text"), tokens, right=False, bottom=False)
    if star:
        box = QRect(rect.right() + 1 - star, rect.top(), star, star)
        painter.fillRect(box, tokens.color("panel"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent"))
        painter.translate(QPointF(box.center()) + QPointF(0.5, 1))
        painter.drawPolygon(_STAR)
        painter.restore()


def paint_pin(painter: QPainter, rect: QRect, tokens: Tokens) -> None:
    """A pin's head in the lower left corner of a tile that is compared with others."""
    box = QRect(rect.left(), rect.bottom() + 1 - PIN, PIN, PIN)
    painter.fillRect(box, tokens.color("panel"))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.color("text"), 1.5))
    painter.setBrush(tokens.color("accent"))
    painter.drawEllipse(QRectF(box).adjusted(3, 3, -3, -3))
    painter.restore()


def paint_index(painter: QPainter, rect: QRect, latent: int, tokens: Tokens, *, dead: bool = False) -> None:
    """The latent's number in the upper left corner of its picture."""
    font, ratio = painter.font(), painter.device().devicePixelRatio()
    painter.drawImage(rect.topLeft(), _index_plate(latent, dead, _Font(font.key(), font), ratio, tokens))


@dataclass(frozen=True)
class _Font:
    """A font that can be looked up."""

    key: str
    font: QFont = field(compare=False)


@lru_cache(maxsize=1024)
def _index_plate(latent: int, dead: bool, font: _Font, ratio: float, tokens: Tokens) -> QImage:
    """A number that is painted with every change of the weights and looks the same every time."""
    metrics, text = QFontMetrics(font.font), f"{latent}"
    width, height = metrics.horizontalAdvance(text) + 6, metrics.height()
    image = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(tokens.color("panel"))
    painter = QPainter(image)
    painter.setFont(font.font)
    colour = tokens.color("muted" if dead else "text")
    plate(painter, QRect(0, 0, width, height), text, colour, tokens, right=False, bottom=False)
    painter.end()
    return image


def plate(
    painter: QPainter, rect: QRect, text: str, colour: QColor, tokens: Tokens, *, right: bool, bottom: bool
) -> None:
    """A few characters on a plate of the panel's colour in a corner of ``rect``, so that they can be read."""
    metrics = QFontMetrics(painter.font())
    width, height = metrics.horizontalAdvance(text) + 6, metrics.height()
    x = rect.right() + 1 - width if right else rect.left()
    y = rect.bottom() + 1 - height if bottom else rect.top()
    painter.fillRect(x, y, width, height, tokens.color("panel"))
    painter.setPen(colour)
    painter.drawText(QRect(x, y, width, height), Qt.AlignmentFlag.AlignCenter, text)
