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
_WIDE, _NARROW = (110, 52, 84, 70), (58, 54, 78, 70)
"""px of the four readings side by side, and without the gauge of the ink."""
_PAIR = (80, 66)
"""And where two stand above two."""
LINE = sum(_NARROW)
"""px: what the four readings need side by side."""
_PREVIEWS, _READINGS = 3, 4
_LEAST_PREVIEW = {1: 36, 2: 44, 3: 42}
"""px of a preview by how many stand side by side: each then needs the room of its caption."""
_SMALLEST = 100
_APART = 2
"""px between two buttons of a group, and between two rows of buttons."""


@dataclass(frozen=True)
class Tools:
    """The buttons: px of their widths, group by group, and of their height."""

    widths: tuple[tuple[int, ...], ...] = ()
    height: int = 0

    @lru_cache(maxsize=1024)  # noqa: B019 - of values, of which there are few
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
    previews: tuple[QRect, QRect, QRect]
    """The input, the reconstruction and the error."""
    readings: tuple[QRect, QRect, QRect, QRect]
    """Ink, L0, MSE and FVU."""
    tools: tuple[QRect, ...] = ()
    """One for each button."""

    @property
    def without_ink(self) -> tuple[QRect, QRect, QRect]:
        """L0, MSE and FVU where there is no ink: the room of it is not left empty."""
        ink, l0, mse, fvu = self.readings
        if mse.y() == ink.y():
            left = ink.x() - l0.x()
            return l0.translated(left, 0), mse.translated(left, 0), fvu.translated(left, 0)
        return (ink, mse, fvu) if l0.y() == ink.y() else (ink, l0, mse)

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
        # No preview is larger than the canvas, or than the room beside it.
        if best is not None and 2 * side + min(side, width - side - GAP) < best.score:
            break
        for across, readings, beside in product((1, 2, 3), (4, 2, 1), (True, False)):
            room = height if beside or not below else height - below - GAP
            layout = _arranged(width, room, side, across, readings, pixels, tools if beside else Tools())
            if layout is not None and not beside:
                layout = _with(layout, tools.flow(width), QPoint(0, height - below))
            if layout is not None and (best is None or layout.score >= best.score):
                best = layout
    return best or _fallback(width, height, tools)


def _with(layout: DrawLayout, tools: tuple[QRect, ...], at: QPoint) -> DrawLayout:
    moved = tuple(place.translated(at) for place in tools)
    return DrawLayout(layout.canvas, layout.previews, layout.readings, moved)


def _arranged(
    width: int, height: int, side: int, across: int, abreast: int, pixels: int, tools: Tools
) -> DrawLayout | None:
    """So many previews ``across``, and so many readings ``abreast``: one or two below the previews, or four below all.

    ``tools`` stand at the foot of the right side.
    """
    left = side + GAP
    room = width - left
    if side > height or room < {1: COLUMN, 2: sum(_PAIR), 4: 0}[abreast] or room < tools.widest():
        return None
    if abreast == _READINGS and (side + READING + UNIT > height or width < LINE):
        return None
    taken = tools.room(room) + GAP if tools.widths else 0
    foot = side - taken
    high = 0 if abreast == _READINGS else _READINGS // abreast * READING
    free = foot - (high + GAP if high else 0)
    lines = -(-_PREVIEWS // across)
    preview = _whole(
        min((room - GAP * (across - 1)) // across, (free - GAP * (lines - 1)) // lines - CAPTION), pixels
    )
    bottom = lines * (CAPTION + preview) + GAP * (lines - 1)
    if preview < _LEAST_PREVIEW[across]:
        return None
    if high:
        top = max(bottom + GAP, foot - high)
        more = min(room - sum(_PAIR), 44)
        wide = (min(room, 168),) if abreast == 1 else (_PAIR[0] + more, _PAIR[1])
        readings = [
            QRect(left + x * wide[0], top + y * READING, wide[x], READING)
            for y, x in (divmod(place, abreast) for place in range(_READINGS))
        ]
    else:
        readings = _line(width, side + UNIT)
    steps = [divmod(place, across) for place in range(_PREVIEWS)]
    first, second, third = (
        QRect(left + x * (preview + GAP), CAPTION + y * (preview + GAP + CAPTION), preview, preview)
        for y, x in steps
    )
    layout = DrawLayout(
        QRect(0, 0, side, side),
        (first, second, third),
        (readings[0], readings[1], readings[2], readings[3]),
    )
    return _with(layout, tools.flow(room), QPoint(left, foot + GAP))


def _line(width: int, top: int) -> list[QRect]:
    widths = _WIDE if width >= sum(_WIDE) else _NARROW
    gap = min(24, max(0, (width - sum(widths)) // (len(widths) - 1)))
    found, left = [], 0
    for each in widths:
        found.append(QRect(left, top, each, READING))
        left += each + gap
    return found


def _whole(side: int, pixels: int) -> int:
    """The largest side at which all pixels of a picture are equally large, frame included; small ones as they are."""
    return (side - 1) // pixels * pixels + 1 if side > 3 * pixels else side


def _fallback(width: int, height: int, tools: Tools) -> DrawLayout:
    """Too small for everything: a canvas, and the tools below it as far as they have room."""
    below = tools.room(width)
    side = max(1, min(width, height - below - GAP if below else height))
    nothing = QRect()
    layout = DrawLayout(
        QRect(0, 0, side, side), (nothing, nothing, nothing), (nothing, nothing, nothing, nothing)
    )
    return _with(layout, tools.flow(width), QPoint(0, max(side + GAP, height - below)))
