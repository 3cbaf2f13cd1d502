"""Where the parts of the latent panel go, for every size it may be given."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect

from saegui.core.analysis.latent_stats import N_EXAMPLES
from saegui.ui.panels.latent.examples import CAPTION_FROM, LARGEST, Grid
from saegui.ui.panels.latent.examples import GAP as TILE_GAP
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.text import SMALL_PX

HEADER = 34
CAPTION = SMALL_PX + 4
STRIP_HEAD = 22
"""px: the line above a strip of examples."""
NUMBER_ROW = 16
NUMBERS = 5
NUMBERS_WIDTH = 136
"""px: what the longest number needs beside its caption."""
SIDES = (393, 337, 281, 225, 197, 169, 141, 113, 85, 64)
"""px, frame included: from 85 on, all pixels of a picture are equally large."""
CHARTS = 56
"""px: less is no chart."""
LARGE_CHARTS = 96
"""px: pictures grow only while the charts keep this."""
WIDE = 600
"""px: from here on a flat panel puts its charts beside the pictures."""


@dataclass(frozen=True)
class Layout:
    """One rectangle a part."""

    header: QRect
    encoder: QRect
    decoder: QRect
    numbers: QRect
    histogram: QRect
    classes: QRect
    strips: tuple[QRect, ...]
    """One that can be switched, or two; each with its line above."""


def arrange(width: int, height: int) -> Layout:
    """Fill ``width`` × ``height`` px: pictures grow in steps, both strips show where they fit, charts take the rest."""
    inner = QRect(PAD, GAP, max(width - 2 * PAD, 200), max(height - 2 * GAP, 200))
    header = QRect(inner.left(), inner.top(), inner.width(), HEADER)
    below = inner.adjusted(0, HEADER + UNIT, 0, 0)
    wide = inner.width() >= WIDE and below.height() < 0.6 * inner.width()
    strips = _strips(below, N_EXAMPLES if wide else N_EXAMPLES // 2, wide)
    upper = QRect(below.left(), below.top(), below.width(), strips[0].top() - below.top() - GAP)
    if wide:
        block = QRect(upper.left(), upper.top(), upper.width() // 2 - PAD, upper.height())
        charts = QRect(block.right() + PAD, upper.top(), upper.right() - block.right() - PAD, upper.height())
        side = _side(block.width(), block.height() - CAPTION)
    else:
        side = _side(
            upper.width(), min(int(0.3 * below.height()), upper.height() - CAPTION - UNIT - LARGE_CHARTS)
        )
        tall = max(side + CAPTION, NUMBERS * NUMBER_ROW)
        block = QRect(upper.left(), upper.top(), upper.width(), tall)
        charts = upper.adjusted(0, tall + UNIT, 0, 0)
    encoder = QRect(block.left(), block.top(), side, side)
    decoder = encoder.translated(side + GAP, 0)
    half = (charts.width() - PAD) // 2
    return Layout(
        header=header,
        encoder=encoder,
        decoder=decoder,
        numbers=block.adjusted(2 * (side + GAP) + UNIT, 0, 0, 0),
        histogram=QRect(charts.left(), charts.top(), half, charts.height()),
        classes=charts.adjusted(half + PAD, 0, 0, 0),
        strips=strips,
    )


def _side(width: int, height: int) -> int:
    fits = (side for side in SIDES if side <= height and 2 * (side + GAP) + UNIT + NUMBERS_WIDTH <= width)
    return next(fits, SIDES[-1])


def _strips(below: QRect, per_row: int, wide: bool) -> tuple[QRect, ...]:
    """The strips at the foot of ``below``: two, or with captions, where the rest stays large enough."""
    side = min((below.width() + TILE_GAP) // per_row - TILE_GAP, LARGEST)
    plain, told = (
        STRIP_HEAD + Grid(per_row, side, captions).height(N_EXAMPLES) for captions in (False, True)
    )
    numbers = NUMBERS * NUMBER_ROW
    least = numbers if wide else numbers + UNIT + CHARTS
    roomy = numbers if wide else numbers + UNIT + 2 * CHARTS
    for count, tall, needed in ((2, told, 2 * roomy), (2, plain, roomy), (1, told, 2 * roomy), (1, plain, 0)):
        if below.height() - count * (tall + GAP) >= needed and (tall == plain or side >= CAPTION_FROM):
            break
    # In a very low panel the examples become smaller before numbers and charts are cut.
    tall = min(tall, max(below.height() - least - GAP, STRIP_HEAD + 30)) if count == 1 else tall
    top = below.bottom() + 1 - count * tall - (count - 1) * GAP
    return tuple(QRect(below.left(), top + i * (tall + GAP), below.width(), tall) for i in range(count))
