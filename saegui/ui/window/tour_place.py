"""Where the card of the tour goes: beside the widget that it speaks of, never over it where there is other room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRect, QSize

GAP = 10
"""px between the card and what it speaks of, and between the card and the edge of the window."""


def choose(card: QSize, target: QRect, panel: QRect, window: QRect, also: Sequence[QRect] = ()) -> QRect:
    """The rectangle of a card of this size, inside ``window``, beside ``target`` or beside the ``panel`` that it is in.

    It covers as little of the target as possible, then as little of the panel, then of ``also``, and is then as near to the
    target as it can be.
    """
    room = window.adjusted(GAP, GAP, -GAP, -GAP)

    def cost(box: QRect) -> tuple[int, int, int, int]:
        away = box.center() - target.center()
        beside = sum(_common(box, other) for other in also)
        return _common(box, target), _common(box, panel), beside, away.manhattanLength()

    beside = [*_places(card, target, target, room), *_places(card, panel, target, room)]
    best = min(beside, key=cost)
    return best if not _common(best, target) else min((best, *_corners(card, room)), key=cost)


def _places(card: QSize, outside: QRect, target: QRect, room: QRect) -> Iterator[QRect]:
    """To the right and the left of ``outside``, below and above it, at the middle and at both ends of the target."""
    right, below = outside.right() + 1 + GAP, outside.bottom() + 1 + GAP
    left, above = outside.left() - GAP - card.width(), outside.top() - GAP - card.height()
    centre = target.center()
    across = (centre.x() - card.width() // 2, target.left(), target.right() + 1 - card.width())
    down = (centre.y() - card.height() // 2, target.top(), target.bottom() + 1 - card.height())
    for x in (right, left):
        yield from (_inside(x, y, card, room) for y in down)
    for y in (below, above):
        yield from (_inside(x, y, card, room) for x in across)


def _corners(card: QSize, room: QRect) -> Iterator[QRect]:
    for x in (room.left(), room.right()):
        yield from (_inside(x, y, card, room) for y in (room.top(), room.bottom()))


def _inside(x: int, y: int, card: QSize, room: QRect) -> QRect:
    x = max(room.left(), min(x, room.right() + 1 - card.width()))
    y = max(room.top(), min(y, room.bottom() + 1 - card.height()))
    return QRect(x, y, card.width(), card.height())


def _common(box: QRect, other: QRect) -> int:
    common = box.intersected(other)
    return 0 if common.isEmpty() else common.width() * common.height()
