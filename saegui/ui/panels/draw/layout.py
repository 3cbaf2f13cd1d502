"""Where canvas, previews and readings go, for every size the draw panel may be given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRect

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


@dataclass(frozen=True)
class DrawLayout:
    """One rectangle a part; a preview's caption lies in the ``CAPTION`` px above it."""

    canvas: QRect
    previews: tuple[QRect, QRect]
    readings: tuple[QRect, QRect, QRect]

    @property
    def score(self) -> int:
        """What is worth having: a large canvas, then large previews."""
        return self.canvas.width() + self.previews[0].width()


@lru_cache(maxsize=16)
def arrange(width: int, height: int, pixels: int = 1) -> DrawLayout:
    """Fill ``width`` × ``height`` px: canvas left, previews to its right beside or below each other.

    ``pixels`` are those of a picture's longer side.
    """
    best: DrawLayout | None = None
    # The smallest last: of layouts that are worth the same it is taken.
    for side in reversed(range(_SMALLEST, max(_SMALLEST, min(height, width - 64)) + 1, 2)):
        # No preview is larger than the canvas.
        if best is not None and 2 * side < best.score:
            break
        for stacked, column in ((True, True), (True, False), (False, True), (False, False)):
            layout = _arranged(width, height, side, stacked, column, pixels)
            if layout is not None and (best is None or layout.score >= best.score):
                best = layout
    return best or _fallback(width, height)


def _arranged(
    width: int, height: int, side: int, stacked: bool, column: bool, pixels: int
) -> DrawLayout | None:
    """Previews ``stacked`` or side by side, readings below them in their ``column`` or in a line below all."""
    left = side + GAP
    room = width - left
    if column and room < COLUMN:
        return None
    if not column and (side + READING + UNIT > height or width < LINE):
        return None
    free = side - (3 * READING + GAP if column else 0)
    if stacked:
        preview = _whole(min(room, (free - GAP) // 2 - CAPTION), pixels)
        places = ((left, CAPTION), (left, CAPTION + preview + GAP + CAPTION))
        bottom = 2 * (CAPTION + preview) + GAP
    else:
        preview = _whole(min((room - GAP) // 2, free - CAPTION), pixels)
        places = ((left, CAPTION), (left + preview + GAP, CAPTION))
        bottom = CAPTION + preview
    if preview < 36:
        return None
    if column:
        top = max(bottom + GAP, side - 3 * READING)
        readings = [QRect(left, top + i * READING, min(room, 168), READING) for i in range(3)]
    else:
        readings = _line(width, side + UNIT)
    first, second = (QRect(x, y, preview, preview) for x, y in places)
    return DrawLayout(QRect(0, 0, side, side), (first, second), (readings[0], readings[1], readings[2]))


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


def _fallback(width: int, height: int) -> DrawLayout:
    """Too small for everything: a canvas."""
    side = max(1, min(width, height))
    nothing = QRect()
    return DrawLayout(QRect(0, 0, side, side), (nothing, nothing), (nothing, nothing, nothing))
