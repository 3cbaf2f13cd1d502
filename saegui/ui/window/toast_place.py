"""Where the toasts go: over the panel that matters least at the moment, never over what they speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QRect

WIDTH = 335
"""px: at 1280 no more than the right column."""
LEAST_WIDTH = 240
MARGIN = 8
"""px: between the toasts and the edges of the panel that they lie on."""


def choose(
    panels: Sequence[QRect],
    height_for: Callable[[int], int],
    clear: Sequence[QRect],
    spoken_of: Sequence[QRect],
    now: QRect,
) -> QRect | None:
    """The rectangle for toasts that are ``height_for(width)`` high; None where there are no panels.

    It is in a corner of one of ``panels``: the one that covers least of ``clear``, which nothing should cover, and
    then least of ``spoken_of``. Of equally good ones it is where the toasts are ``now``, else as far to the lower
    right as it can be.
    """
    found = list(_corners(sorted(panels, key=_from_lower_right), height_for))
    if not found:
        return None

    def covered(box: QRect) -> tuple[int, int, bool]:
        return _overlap(box, clear), _overlap(box, spoken_of), box.bottomRight() != now.bottomRight()

    return min(found, key=covered)


def _from_lower_right(panel: QRect) -> tuple[int, int]:
    return -panel.right(), -panel.bottom()


def _corners(panels: Sequence[QRect], height_for: Callable[[int], int]) -> Iterator[QRect]:
    """The corners of every panel, those at the bottom first; what is higher than its panel may stand out of it."""
    top = min((panel.top() for panel in panels), default=0)
    bottom = max((panel.bottom() for panel in panels), default=0)
    for panel in panels:
        inside = panel.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        width = max(LEAST_WIDTH, min(WIDTH, inside.width()))
        height = height_for(width)
        left = max(inside.left(), inside.right() + 1 - width)
        for y in (inside.bottom() + 1 - height, inside.top()):
            y = max(top, min(y, bottom + 1 - height))
            yield QRect(left, y, width, height)
            if left > inside.left():
                yield QRect(inside.left(), y, width, height)


def _overlap(box: QRect, others: Sequence[QRect]) -> int:
    return sum(
        common.width() * common.height() for common in map(box.intersected, others) if not common.isEmpty()
    )
