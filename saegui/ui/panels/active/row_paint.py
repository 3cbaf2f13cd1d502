"""What a row of active latents looks like: ``decoder · #index · bar · number · contribution``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from saegui.core.analysis.contributions import ablation_costs, contributions
from saegui.core.analysis.ranking import Rank
from saegui.core.arrays import Images
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import hundredths, latent_name
from saegui.core.runs.latent_notes import NOTHING, Notes, title
from saegui.ui.panels.active.places import COLUMN, NAMED_COLUMN, Places
from saegui.ui.panels.active.tiles import Tiles
from saegui.ui.theme.colour_map import full_colour
from saegui.ui.theme.tokens import GAP, UNIT, Tokens
from saegui.ui.widgets.meanings import Meaning
from saegui.ui.widgets.pictures import proportions, shared_scale, size_in, whole
from saegui.ui.widgets.text import error, number
from saegui.ui.widgets.weight_scales import weights_of

TILE = 28
"""px: the longer side of a picture at most; less where all pixels are then equally large."""
BAR = 10
LEAST_BAR, SMALL_BAR = 48, 32
"""px that bars keep where latents have labels, and in a narrow row."""
LEAST_LABEL = 20
"""px after the number in which a label says something."""
HANDLE = (4, 16)
"""px of the handle at the end of a bar that can be dragged: width and height."""
RANKED_BY: dict[Rank, str] = {"activation": "activation", "quantile": "quantile", "effect": "ΔMSE"}
"""What the numbers are called in a row."""
_SIDE = UNIT + 1 + TILE + GAP
"""px that a picture takes at either end of a row."""
_END = UNIT + 1 + UNIT
"""px at the end of a row without a picture there: sliders need the room."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What the rows are painted from."""

    snapshot: Snapshot
    latents: NDArray[np.intp]
    """(n,): in the order of the rows: the active ones, the strongest or the first by :attr:`rank` first; after them those that
    are set although the image does not activate them."""
    z: NDArray[np.float32]
    """(F,): the activations of all latents, with those that are set."""
    scale: float
    """Of the decoders' pictures: shared by all latents of the snapshot."""
    before: NDArray[np.float32]
    """(F,): the activations as the image has them."""
    held: Mapping[int, float] = field(default_factory=dict)
    """Latents that are set, and to what."""
    reencoded: NDArray[np.float32] | None = None
    """(F,): what the steered reconstruction re-encodes to; None while no latent is set."""
    sliders: bool = False
    """Whether bars can be dragged."""
    top: float = 1.0
    """The end of the bars where they can be dragged, or a latent is set."""
    notes: Notes = field(default_factory=dict)
    """Stars and labels."""
    meaning: Meaning | None = None
    """What decoders of vectors are shown by."""
    rank: Rank = "activation"
    """What the numbers and bars are."""
    ranked: NDArray[np.float64] | None = None
    """(n,): these numbers, row by row; None for activations."""

    @cached_property
    def full_colour(self) -> float:
        """What the ends of the colours stand for in contributions: by the first latents, which are the strongest.

        As the image has them, so that nothing else changes its colours while one is set.
        """
        first = self.latents[np.argsort(-np.abs(self.before[self.latents]), kind="stable")[:STRONGEST]]
        return full_colour(float(np.abs(contributions(self.snapshot, self.before, first)).max(initial=0)))

    @property
    def full_bar(self) -> float:
        """The activation, or the other number that latents are ranked by, that fills a bar."""
        if self.rank == "quantile":
            return 1.0
        if self.ranked is not None:
            return max(float(self.ranked.max(initial=0)), 0.0) or 1.0
        strongest = float(np.abs(self.before[self.latents]).max(initial=0))
        return self.top if self.sliders or self.held else strongest or 1.0

    @cached_property
    def _ranked(self) -> dict[int, float]:
        ranked = () if self.ranked is None else self.ranked.tolist()
        return dict(zip(self.latents.tolist(), ranked, strict=False))

    def value(self, latent: int) -> float:
        """What the bar of a latent shows; not a number where there is none."""
        return float(self.z[latent]) if self.ranked is None else self._ranked[latent]

    def share(self, latent: int) -> float:
        """How much of its groove a bar fills, from 0; of an activation its size, whose sign the number has."""
        value = self.value(latent) / self.full_bar
        return abs(value) if self.ranked is None else max(0.0, value)

    def number(self, latent: int) -> str:
        """That number in few digits."""
        value = self.value(latent)
        if self.ranked is None:
            return hundredths(value)
        if math.isnan(value):
            return "–"
        if self.rank == "quantile":
            return f"{value:.3f}"
        size = abs(value)
        # As an error is written, unless its four digits after the point would say too little.
        return f"{'−' if value < 0 else ''}{error(size) if size >= 0.00095 else number(size)}"

    @property
    def widest(self) -> str:
        """A number that is as wide as nearly every one here: bars do not change their length while one draws."""
        if self.ranked is not None:
            return "0.000" if self.rank == "quantile" else "0.0000"
        sign = "−" if self.snapshot.config.signed_codes else ""
        return sign + max("0.00", hundredths(self.full_bar), key=len)

    def said(self, row: int) -> str:
        """Such as ``#12 3.21``, or ``#12 set to 0.00, was 3.21``."""
        latent = int(self.latents[row])
        if latent not in self.held:
            ranked = "" if self.ranked is None else f", {RANKED_BY[self.rank]} {self.number(latent)}"
            return f"{self.name(latent)} {hundredths(self.z[latent])}{ranked}"
        return (
            f"{self.name(latent)} set to {hundredths(self.z[latent])}, was {hundredths(self.before[latent])}"
        )

    def name(self, latent: int) -> str:
        """Its number, label and star; without a label the nearest text, where there is one."""
        note = self.notes.get(int(latent), NOTHING)
        near = self.meaning.texts(int(latent)) if self.meaning is not None and self.meaning.texts else ()
        return (
            f"{title(int(latent), note)} {near[0]}" if near and not note.label else title(int(latent), note)
        )

    @cached_property
    def noted(self) -> tuple[str, ...]:
        """Names of the latents here that have a star or a label, or are named by a text."""
        return tuple(
            self.name(latent) for latent in self.latents.tolist() if self.named or latent in self.notes
        )

    @property
    def named(self) -> bool:
        """Whether all latents are named by texts."""
        return self.meaning is not None and self.meaning.texts is not None

    def told(self, row: int, values: Images | None) -> str:
        """What the tooltip of a row says; ``values`` is the image that the model was given."""
        lines = [f"Latent {self.said(row)}."]
        latent = self.latents[row : row + 1]
        if values is not None and self.z[latent[0]]:
            cost = float(ablation_costs(self.snapshot, values, self.z, latent)[0])
            lines.append(
                f"Switched off, it would change the MSE by {'−' if cost < 0 else '+'}{number(abs(cost))}."
            )
        if self.reencoded is not None:
            lines.append(
                f"The steered reconstruction re-encodes to {hundredths(self.reencoded[self.latents[row]])} (▴)."
            )
        lines.append(
            "Drag the bar to set it, double-click to reset it."
            if self.sliders
            else "Click to select it in every panel."
        )
        return "\n".join(lines)


@dataclass(frozen=True)
class Marks:
    """What is emphasised: latents, and the row that has the keyboard."""

    selected: int | None
    hovered: int | None
    focused_row: int | None


def scale_of(snapshot: Snapshot) -> float:
    """The scale of the decoders' pictures."""
    # Of thousands of latents a sample is as good, and quick enough for every new snapshot of a training.
    return shared_scale(snapshot.W_dec[:: -(-snapshot.n_latents // 512)])


STRONGEST = 8
"""Latents by which the scale of contributions is chosen."""


class RowPaint:
    """Paints rows; remembers the coloured pictures of those that it painted last."""

    def __init__(self, font: QFont) -> None:
        self._tiles: tuple[range, Tiles, Tiles] | None = None
        self.set_font(font)

    def set_font(self, base: QFont) -> None:
        """Use this font, with digits that line up, and a bold one for the selected latent."""
        plain = QFont(base)
        plain.setFeature(QFont.Tag("tnum"), 1)
        strong = QFont(plain)
        strong.setWeight(QFont.Weight.DemiBold)
        self._fonts = (plain, strong)

    def forget(self) -> None:
        """Colour the pictures again: other latents, other weights or another theme."""
        self._tiles = None

    def paint(
        self, painter: QPainter, shown: Shown, places: Places, rows: range, marks: Marks, tokens: Tokens
    ) -> None:
        """Paint ``rows``; the painter's origin is the upper left of the first row of all."""
        areas = [places.rect(row).toRect() for row in rows]
        latents = shown.latents[rows.start : rows.stop].tolist()
        # A kind of thing after the other: changing pens, brushes and fonts costs more than painting.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("raised"))
        for area, latent in zip(areas, latents, strict=True):
            if latent == marks.hovered:
                painter.drawRoundedRect(_frame(area), 4, 4)
        self._paint_tiles(painter, shown, rows, areas, tokens)
        self._paint_words(painter, shown, latents, areas, marks, tokens)
        self._paint_bars(painter, shown, latents, areas, tokens)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, area, latent in zip(rows, areas, latents, strict=True):
            selected = latent == marks.selected
            if selected or row == marks.focused_row:
                accent = tokens.color("accent")
                painter.setPen(QPen(accent, 2) if selected else QPen(accent, 1, Qt.PenStyle.DotLine))
                painter.drawRoundedRect(_frame(area), 4, 4)

    def _paint_tiles(
        self, painter: QPainter, shown: Shown, rows: range, areas: list[QRect], tokens: Tokens
    ) -> None:
        shape = shown.snapshot.shape
        side = tile_side(areas[0].height()) if areas else TILE
        size = size_in(proportions(shape), whole(side, shape))
        decoders, added = self._pictures(shown, rows, tokens)
        frames = []
        for place, area in enumerate(areas):
            ends = [(area.left() + UNIT + 1, decoders)]
            if _adds(shown, area):
                ends.append((area.right() + 1 - UNIT - 1 - TILE, added))
            box = side if _is_compact(shown, area) else TILE
            for left, pictures in ends:
                x, y = left + (box - size.width()) // 2, area.top() + (area.height() - size.height()) // 2
                target = QRect(x, y, size.width(), size.height())
                means = shown.meaning if pictures is decoders else None
                if means is None or means.averages is None:
                    pictures.paint(painter, target, place)
                else:
                    target = QRect(left, area.top() + (area.height() - side) // 2, side, side)
                    if not means.paint(painter, target, int(shown.latents[rows[place]]), tokens):
                        pictures.paint(painter, target, place)
                frames.append(QRectF(target).adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("line"), 1))
        painter.drawRects(frames)

    def _pictures(self, shown: Shown, rows: range, tokens: Tokens) -> tuple[Tiles, Tiles]:
        """Decoders and contributions of ``rows``."""
        if self._tiles is None or self._tiles[0] != rows:
            latents = shown.latents[rows.start : rows.stop]
            weights = weights_of(shown.snapshot, "decoder", latents)
            adds = contributions(shown.snapshot, shown.z, latents)
            self._tiles = (rows, Tiles(weights, shown.scale, tokens), Tiles(adds, shown.full_colour, tokens))
        return self._tiles[1], self._tiles[2]

    def groove(self, shown: Shown, area: QRect) -> QRect:
        """Where the bar of a row lies, between the longest name and the longest number."""
        metrics = QFontMetricsF(self._fonts[True])
        name = "#" + "0" * max(2, len(str(shown.latents.max(initial=0))))
        compact, side = _is_compact(shown, area), _side(shown, area)
        gap, bar = (UNIT + 2, SMALL_BAR) if compact else (GAP, LEAST_BAR)
        end = area.width() - after_number(shown, area) - round(metrics.horizontalAdvance(shown.widest)) - gap
        # Labels have what room bars do not need.
        labels = min(max(map(metrics.horizontalAdvance, shown.noted), default=0.0), end - bar - gap - side)
        left = side + round(max(metrics.horizontalAdvance(name), labels)) + gap
        right = max(left + 4, end)
        return QRect(area.left() + left, area.top() + (area.height() - BAR) // 2, right - left, BAR)

    def _paint_words(
        self,
        painter: QPainter,
        shown: Shown,
        latents: list[int],
        areas: list[QRect],
        marks: Marks,
        tokens: Tokens,
    ) -> None:
        for strong in (False, True):
            painter.setFont(self._fonts[strong])
            metrics = QFontMetricsF(self._fonts[strong])
            baseline = ((areas[0].height() if areas else 0) + metrics.capHeight()) / 2
            for latent, area in zip(latents, areas, strict=True):
                if (latent == marks.selected) == strong:
                    number = shown.number(latent)
                    right = area.right() + 1 - after_number(shown, area) - metrics.horizontalAdvance(number)
                    y = area.top() + baseline
                    painter.setPen(tokens.color("text"))
                    room = self.groove(shown, area).left() - area.left() - _side(shown, area) - GAP // 2
                    name = latent_name(latent)
                    if shown.noted and room >= metrics.horizontalAdvance(name) + LEAST_LABEL:
                        name = metrics.elidedText(shown.name(latent), Qt.TextElideMode.ElideRight, room)
                    painter.drawText(QPointF(area.left() + _side(shown, area), y), name)
                    if latent in shown.held:
                        painter.setPen(tokens.color("accent"))
                        painter.fillRect(
                            QRectF(right, y + 3, metrics.horizontalAdvance(number), 1.5),
                            tokens.color("accent"),
                        )
                    painter.drawText(QPointF(right, y), number)

    def _paint_bars(
        self, painter: QPainter, shown: Shown, latents: list[int], areas: list[QRect], tokens: Tokens
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        grooves = [self.groove(shown, area) for area in areas]
        painter.setBrush(tokens.color("active", 0.12))
        painter.drawRects(grooves)
        bars = [groove.adjusted(0, 0, 0, 0) for groove in grooves]
        for bar, latent in zip(bars, latents, strict=True):
            share = shown.share(latent)
            # What is not a number, or an effect below 0, has no bar.
            least = 0 if latent in shown.held or not share > 0 else 2
            bar.setWidth(max(least, round(bar.width() * min(share, 1.0))))
        for held, colour in ((False, "active"), (True, "accent")):
            painter.setBrush(tokens.color(colour))
            some = [bar for bar, latent in zip(bars, latents, strict=True) if (latent in shown.held) == held]
            painter.drawRects([bar for bar in some if bar.width()])
            if shown.sliders:
                painter.drawRects([_handle(bar) for bar in some])
        self._paint_marks(painter, shown, latents, grooves, tokens)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_marks(
        self, painter: QPainter, shown: Shown, latents: list[int], grooves: list[QRect], tokens: Tokens
    ) -> None:
        """Where a latent that is set was before, and, while any is, what each is re-encoded to."""
        if shown.ranked is not None:
            # The bars are no activations.
            return
        for latent, groove in zip(latents, grooves, strict=True):
            if latent in shown.held:
                x = groove.left() + round(
                    groove.width() * min(1.0, abs(float(shown.before[latent])) / shown.full_bar)
                )
                painter.fillRect(QRect(x, groove.top() - 2, 1, BAR + 4), tokens.color("text"))
        if shown.reencoded is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(tokens.color("muted"))
        for latent, groove in zip(latents, grooves, strict=True):
            share = min(1.0, abs(float(shown.reencoded[latent])) / shown.full_bar)
            tip = QPointF(groove.left() + groove.width() * share, groove.bottom() + 2)
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-3, 5), tip + QPointF(3, 5)]))


def _handle(bar: QRect) -> QRect:
    """The handle at the end of a bar."""
    width, height = HANDLE
    return QRect(bar.left() + bar.width() - width // 2, bar.center().y() + 1 - height // 2, width, height)


def _is_compact(shown: Shown, area: QRect) -> bool:
    """Whether a row has room only for a decoder, a name, a bar and a number; names that are texts need more of it."""
    return area.width() < (NAMED_COLUMN if shown.named else COLUMN)


def _adds(shown: Shown, area: QRect) -> bool:
    """Whether a row ends with its contribution."""
    return not shown.sliders and not _is_compact(shown, area)


def _side(shown: Shown, area: QRect) -> int:
    """px of a row before the name."""
    return UNIT + 1 + tile_side(area.height()) + UNIT if _is_compact(shown, area) else _SIDE


def after_number(shown: Shown, area: QRect) -> int:
    """px of a row after the number."""
    return _SIDE if _adds(shown, area) else _END


def tile_side(row: int) -> int:
    """px of the longer side of a picture in a row of this height."""
    return min(TILE, row - 2)


def _frame(area: QRect) -> QRectF:
    return QRectF(area.adjusted(1, 1, -1, -1))
