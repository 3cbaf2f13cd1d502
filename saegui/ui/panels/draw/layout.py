"""Where canvas, previews, readings and tools go, for every size the draw panel may be given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from PySide6.QtCore import QPoint, QRect

from saegui.ui.theme.tokens import GAP, UNIT

CAPTION = 16
"""px: the line above a preview."""
READING = 18
"""px: one reading."""
COLUMN = 112
"""px: what the longest reading needs."""
LINE = 244
"""px: what the three readings need side by side."""
_SMALLEST = 100
_APART = 2
"""px between two buttons of a group, and between two rows of buttons."""


@dataclass(frozen=True)
class Tools:
    """The buttons: px of their widths, group by group, and of their height."""

    widths: tuple[tuple[int, ...], ...] = ()
    height: int = 0

    def flow(self, width: int) -> tuple[QRect, ...]:
        """A rectangle for each button from (0, 0) on: as many groups in a row as ``width`` px have room for."""
        found: list[QRect] = []
        x = y = 0
        for group in self.widths:
            length = sum(group) + _APART * (len(group) - 1)
            if x and x + GAP + length > width:
                x, y = 0, y + self.height + _APART
            elif x:
                x += GAP
            for each in group:
                found.append(QRect(x, y, each, self.height))
                x += each + _APART
            x -= _APART
        return tuple(found)

    def room(self, width: int) -> int:
        """px of height that they take in ``width`` px."""
        return max((place.bottom() + 1 for place in self.flow(width)), default=0)

    def widest(self) -> int:
        """px that the widest group takes."""
        return max((sum(group) + _APART * (len(group) - 1) for group in self.widths), default=0)


@dataclass(frozen=True)
class DrawLayout:
    """One rectangle a part; a preview's caption lies in the ``CAPTION`` px above it."""

    canvas: QRect
    previews: tuple[QRect, QRect]
    readings: tuple[QRect, QRect, QRect]
    tools: tuple[QRect, ...] = ()
    """One for each button."""

    @property
    def score(self) -> int:
        """What is worth having: a large canvas above all, then large previews."""
        return 2 * self.canvas.width() + self.previews[0].width()


@lru_cache(maxsize=16)
def arrange(width: int, height: int, pixels: int = 1, tools: Tools = Tools()) -> DrawLayout:
    """Fill ``width`` × ``height`` px: canvas left, previews and readings to its right; tools there too, or below all.

    ``pixels`` are those of a picture's longer side.
    """
    below = tools.room(width)
    best: DrawLayout | None = None
    # The smallest last: of layouts that are worth the same it is taken.
    for side in reversed(range(_SMALLEST, max(_SMALLEST, min(height, width - 64)) + 1, 2)):
        # No preview is larger than the canvas.
        if best is not None and 3 * side < best.score:
            break
        for stacked, column, beside in product((True, False), repeat=3):
            room = height if beside or not below else height - below - GAP
            layout = _arranged(width, room, side, stacked, column, pixels, tools if beside else Tools())
            if layout is not None and not beside:
                layout = _with(layout, tools.flow(width), QPoint(0, height - below))
            if layout is not None and (best is None or layout.score >= best.score):
                best = layout
    return best or _fallback(width, height, tools)


def _with(layout: DrawLayout, tools: tuple[QRect, ...], at: QPoint) -> DrawLayout:
    moved = tuple(place.translated(at) for place in tools)
    return DrawLayout(layout.canvas, layout.previews, layout.readings, moved)


def _arranged(
    width: int, height: int, side: int, stacked: bool, column: bool, pixels: int, tools: Tools
) -> DrawLayout | None:
    """Previews ``stacked`` or side by side, readings below them in their ``column`` or in a line below all.

    ``tools`` stand at the foot of the right side.
    """
    left = side + GAP
    room = width - left
    if side > height or (column and room < COLUMN) or room < tools.widest():
        return None
    if not column and (side + READING + UNIT > height or width < LINE):
        return None
    taken = tools.room(room) + GAP if tools.widths else 0
    foot = side - taken
    free = foot - (3 * READING + GAP if column else 0)
    if stacked:
        preview = _whole(min(room, (free - GAP) // 2 - CAPTION), pixels)
        places = ((left, CAPTION), (left, CAPTION + preview + GAP + CAPTION))
        bottom = 2 * (CAPTION + preview) + GAP
    else:
        preview = _whole(min((room - GAP) // 2, free - CAPTION), pixels)
        places = ((left, CAPTION), (left + preview + GAP, CAPTION))
        bottom = CAPTION + preview
    # Side by side, each needs the room of its caption.
    if preview < (36 if stacked else 48):
        return None
    if column:
        top = max(bottom + GAP, foot - 3 * READING)
        readings = [QRect(left, top + i * READING, min(room, 168), READING) for i in range(3)]
    else:
        readings = _line(width, side + UNIT)
    first, second = (QRect(x, y, preview, preview) for x, y in places)
    layout = DrawLayout(QRect(0, 0, side, side), (first, second), (readings[0], readings[1], readings[2]))
    return _with(layout, tools.flow(room), QPoint(left, foot + GAP))


def _line(width: int, top: int) -> list[QRect]:
    ink, l0, mse = 112, 48, 84
    gap = min(24, max(0, (width - ink - l0 - mse) // 2))
    return [
        QRect(0, top, ink, READING),
        QRect(ink + gap, top, l0, READING),
        QRect(ink + l0 + 2 * gap, top, mse, READING),
    ]


def _whole(side: int, pixels: int) -> int:
    """The largest side at which all pixels of a picture are equally large, frame included; small ones as they are."""
    return (side - 1) // pixels * pixels + 1 if side > 3 * pixels else side


def _fallback(width: int, height: int, tools: Tools) -> DrawLayout:
    """Too small for everything: a canvas, and the tools below it as far as they have room."""
    below = tools.room(width)
    side = max(1, min(width, height - below - GAP if below else height))
    nothing = QRect()
    layout = DrawLayout(QRect(0, 0, side, side), (nothing, nothing), (nothing, nothing, nothing))
    return _with(layout, tools.flow(width), QPoint(0, max(side + GAP, height - below)))
