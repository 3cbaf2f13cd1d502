"""Small bar charts painted by themselves: a latent's activations and what it does for each class."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QBrush, QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from saegui.core.data.noun import IMAGE, Noun
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import SMALL_PX, number, small_font, without_common_start, words_for

TICK_PX = 10
_BASE = -0.3
"""log₁₀ of the histogram's floor, 0.5 images: one image is a bar that can be seen."""


def tick(value: float) -> str:
    """An axis' number, as short as it can be: ``0.01``, ``1``, ``2.4``."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Bars:
    """One chart. Places are shares of the plot: x from the left, heights from the bottom."""

    edges: tuple[float, ...]
    """Where bars begin, and where the last one ends: one more than there are bars."""
    heights: tuple[float, ...]
    tips: tuple[str, ...]
    """What a bar says under the pointer."""
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    summary: str
    """The chart in a sentence, for screen readers."""
    zero: float = 0.0
    """Where bars begin, as a share of the height; those of negative numbers have negative heights."""
    strongest: int | None = None
    values: tuple[str, ...] = ()
    """What the bars stand for, as short numbers, where each has one."""
    gap: float = 0.0
    """Share of a bar's room that is left free."""


def histogram_bars(
    shared: HistogramRange, counts: NDArray[np.int64], n_images: int, noun: Noun = IMAGE
) -> Bars:
    """How often a latent is how active: ``counts (B,)``, one a bin of the statistics; both axes are logarithmic."""
    edges, most, counts = shared.edges, shared.most, counts[shared.bins]
    places = np.log10(edges / edges[0]) / np.log10(edges[-1] / edges[0])
    top = log10(max(most, 2)) - _BASE
    values, limits = counts.tolist(), [number(edge) for edge in edges.tolist()]
    heights = [(log10(count) - _BASE) / top if count else 0.0 for count in values]
    tips = [
        f"activation {limits[i]} to {limits[i + 1]}: {noun.counted(count)}" for i, count in enumerate(values)
    ]
    on = int(counts.sum())
    return Bars(
        edges=tuple(places.tolist()),
        heights=tuple(heights),
        tips=tuple(tips),
        x_ticks=tuple(
            (log_place(edges, at), tick(at)) for at in log_ticks(float(edges[0]), float(edges[-1]))
        ),
        y_ticks=tuple(((n - _BASE) / top, _short(10**n)) for n in range(ceil(log10(max(most, 2))))),
        summary=f"Active on {on:,} of {noun.counted(n_images)}.",
    )


def log_place(edges: NDArray[np.float32], value: float) -> float:
    """Where ``value``, whatever its sign, lies between the outermost ``edges`` on a logarithmic axis, kept within [0, 1]."""
    low, high = float(edges[0]), float(edges[-1])
    return log10(min(max(abs(value), low), high) / low) / log10(high / low)


def class_bars(means: NDArray[np.float32], classes: Sequence[str]) -> Bars:
    """Mean activation ``means (C,)`` of each class, from zero to the largest."""
    values = means.tolist()
    largest, total = max(values), sum(values)
    strongest = values.index(largest) if largest > 0 else None
    top = _round_up(largest)
    shares = [value / total if total > 0 else 0.0 for value in values]
    names = without_common_start(classes)
    described = [
        f"class {name}: mean activation {number(value)}, {share:.0%} of all classes' sum"
        for name, value, share in zip(names, values, shares, strict=True)
    ]
    count = len(values)
    return Bars(
        edges=tuple(i / count for i in range(count + 1)),
        heights=tuple(value / top for value in values),
        tips=tuple(described),
        x_ticks=tuple(((i + 0.5) / count, name) for i, name in enumerate(names)),
        y_ticks=((0.0, "0"), (0.5, tick(top / 2)), (1.0, tick(top))),
        summary=f"Largest for {described[strongest]}." if strongest is not None else "Zero for every class.",
        strongest=strongest,
        values=tuple(number(value) for value in values),
        gap=0.25,
    )


def change_bars(changes: NDArray[np.float32], classes: Sequence[str]) -> Bars:
    """``changes (C,)`` of the classes' logits, up and down from zero in the middle."""
    values = changes.tolist()
    sizes = [abs(value) for value in values]
    largest = max(sizes)
    strongest = sizes.index(largest) if largest > 0 else None
    top = _round_up(largest)
    names = without_common_start(classes)
    described = [
        f"class {name}: logit {'+' if value >= 0 else '−'}{number(abs(value))}"
        for name, value in zip(names, values, strict=True)
    ]
    count = len(values)
    return Bars(
        edges=tuple(i / count for i in range(count + 1)),
        heights=tuple(value / (2 * top) for value in values),
        tips=tuple(described),
        x_ticks=tuple(((i + 0.5) / count, name) for i, name in enumerate(names)),
        y_ticks=((0.0, f"−{tick(top)}"), (0.5, "0"), (1.0, f"+{tick(top)}")),
        summary=f"Largest for {described[strongest]}." if strongest is not None else "Zero for every class.",
        zero=0.5,
        strongest=strongest,
        gap=0.25,
    )


@dataclass(frozen=True)
class HistogramRange:
    """What the histograms of all latents have in common, so that nothing jumps from one to the next."""

    bins: slice
    """From the first to the last bin that any latent uses."""
    edges: NDArray[np.float32]
    """Of those bins."""
    most: int
    """Largest count of any bin."""

    @staticmethod
    def of(edges: NDArray[np.float32], histogram: NDArray[np.int64]) -> HistogramRange:
        """From all ``edges (B + 1,)`` and counts ``histogram (F, B)``."""
        used = np.flatnonzero(histogram.any(axis=0))
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, histogram.shape[1] - 1)
        return HistogramRange(slice(first, last + 1), edges[first : last + 2], int(histogram.max()))


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``, from the left: powers of ten; where those are fewer than three, 2 and 5 times as much
    too; and where that is still less than two, all multiples.
    """
    found: list[float] = []
    for digits, least in (((1,), 3), ((1, 2, 5), 2), (range(1, 10), 0)):
        decades = range(floor(log10(low)), floor(log10(high)) + 1)
        numbers = [digit * 10.0**n for n in decades for digit in digits]
        found = [number for number in numbers if low <= number * (1 + 1e-9) and number <= high * (1 + 1e-9)]
        if len(found) >= least:
            break
    return found


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "", 1).isdigit()


def _short(count: int) -> str:
    return (
        f"{count // 1_000_000}M"
        if count >= 1_000_000
        else f"{count // 1000}k"
        if count >= 1000
        else str(count)
    )


def _round_up(value: float) -> float:
    """The next of 1, 1.2, 1.6, 2, 3, 4, 5, 6, 8 × 10ⁿ: halves of them are short numbers too."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if step * unit >= value * 0.9999)


class BarChart(QWidget):
    """A caption, bars, and the two axes' numbers; the number of a bar is its tooltip. Empty: a quiet skeleton."""

    accessible_role = QAccessible.Role.Chart

    def __init__(
        self, theme: Theme, captions: Sequence[str], help: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._captions = theme, tuple(captions)
        self._bars: Bars | None = None
        self._marker: float | None = None
        self._second_marker: float | None = None
        self._marker_tip = self._note = ""
        self.setAccessibleName(captions[0])
        self._help = help
        self.clear()
        theme.changed.connect(self.update)

    @property
    def bars(self) -> Bars | None:
        """What is shown; None when empty."""
        return self._bars

    @property
    def marker(self) -> float | None:
        """Where the marker is, as a share of the width; None when there is none."""
        return self._marker

    @property
    def second_marker(self) -> float | None:
        """Where the second marker is, as a share of the width; None when there is none."""
        return self._second_marker

    def set_bars(self, bars: Bars) -> None:
        """Show these bars."""
        self._bars = bars
        self.setAccessibleDescription(f"{bars.summary} {self._help}")
        self.update()

    def set_captions(self, *captions: str) -> None:
        """Name what the bars are; the first that has room is shown."""
        self._captions = captions
        self.setAccessibleName(captions[0])
        self.update()

    @property
    def caption(self) -> str:
        """What stands above the bars."""
        return words_for(QFontMetrics(small_font(self.font(), SMALL_PX)), self._captions, self.width())

    def set_marker(self, place: float | None, tip: str = "") -> None:
        """Mark one place on the x axis, such as the drawing's own activation; None removes the mark."""
        if (place, tip) != (self._marker, self._marker_tip):
            self._marker, self._marker_tip = place, tip
            self.update()

    def set_second_marker(self, place: float | None) -> None:
        """Mark another place, that of what the user points at; None removes the mark."""
        if place != self._second_marker:
            self._second_marker = place
            self.update()

    def clear(self, note: str = "") -> None:
        """Nothing to show yet; or never, and ``note`` says why."""
        self._bars = self._marker = self._second_marker = None
        self._note = note
        self.setAccessibleDescription(f"{note} {self._help}".strip())
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 56)

    def bar_at(self, position: QPointF) -> int | None:
        """The bar whose column is under ``position``."""
        plot = self._plot()
        if self._bars is None or not plot.adjusted(0, 0, 0, TICK_PX + 4).contains(position):
            return None
        share = (position.x() - plot.left()) / plot.width()
        return min(max(bisect_right(self._bars.edges, share) - 1, 0), len(self._bars.heights) - 1)

    def tip_at(self, position: QPointF) -> str:
        """The tooltip at ``position``: a bar's number, with the marker's where it is near; else what this chart is."""
        found = self.bar_at(position)
        if found is None or self._bars is None:
            return self._help
        plot = self._plot()
        near = self._marker is not None and abs(plot.left() + self._marker * plot.width() - position.x()) < 4
        return f"{self._marker_tip}\n{self._bars.tips[found]}" if near else self._bars.tips[found]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            # A rectangle of one pixel: the text follows the pointer from bar to bar.
            here = QRect(event.pos() - QPoint(1, 1), QSize(3, 3))
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self, here)
            return True
        return super().event(event)

    def _plot(self) -> QRectF:
        metrics = QFontMetrics(small_font(self.font(), TICK_PX))
        ticks = self._bars.y_ticks if self._bars is not None else ()
        left = max((metrics.horizontalAdvance(text) for _, text in ticks), default=14) + 4
        top, bottom = SMALL_PX + 9, TICK_PX + 4
        return QRectF(left, top, max(self.width() - left - 1, 1), max(self.height() - top - bottom, 1))

    def x_labels(self) -> list[tuple[int, float, int, str]]:
        """What stands below the bars, from the left: (which tick, left edge in px, width in px, text). None overlap.

        A word without room is cut to its first letter. A number is never cut; some of them are left out instead.
        """
        if self._bars is None:
            return []
        plot, ticks, strongest = self._plot(), self._bars.x_ticks, self._bars.strongest
        column = plot.width() / max(len(ticks), 1)
        labels: list[tuple[int, float, int, str]] = []
        # The strongest comes first: it is never left out.
        for i in sorted(range(len(ticks)), key=lambda tick: tick != strongest):
            place, text = ticks[i]
            metrics = QFontMetrics(small_font(self.font(), TICK_PX, bold=i == strongest))
            for shown in (text,) if _is_number(text) else (text, text[:1]):
                width = metrics.horizontalAdvance(shown) + 2
                # The outermost ones stay whole: they move inwards instead of being cut.
                x = max(plot.left() + place * plot.width() - width / 2, plot.left() - 2)
                x = min(x, self.width() - width)
                fits = width <= column + 8 or shown != text or _is_number(text)
                if fits and all(x + width < left or left + wide < x for _, left, wide, _ in labels):
                    labels.append((i, x, width, shown))
                    break
        return sorted(labels)

    def names_all(self, bars: Bars) -> bool:
        """Whether there is room for every name of ``bars`` below its bar."""
        column = self._plot().width() / max(len(bars.x_ticks), 1)
        metrics = QFontMetrics(small_font(self.font(), TICK_PX, bold=True))
        return all(metrics.horizontalAdvance(name) + 2 <= column for _, name in bars.x_ticks)

    # -- painting -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.setFont(small_font(self.font(), SMALL_PX))
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(0, 0, self.width(), SMALL_PX + 3), Qt.AlignmentFlag.AlignLeft, self.caption)
        plot = self._plot()
        painter.setFont(small_font(self.font(), TICK_PX))
        if self._bars is not None:
            self._paint_y(painter, plot, self._bars)
            self._paint_bars(painter, plot, self._bars)
            self._paint_x(painter, plot, self._bars)
        elif self._note:
            painter.setPen(tokens.color("muted"))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(plot, wrapped, self._note)
        painter.fillRect(QRectF(plot.left(), plot.bottom(), plot.width(), 1), tokens.color("line"))
        if self._marker is not None and self._bars is not None:
            self._paint_marker(painter, plot, self._marker, tokens.color("active"), filled=True)
        if self._second_marker is not None and self._bars is not None:
            self._paint_marker(painter, plot, self._second_marker, tokens.color("accent"), filled=False)

    def _paint_y(self, painter: QPainter, plot: QRectF, bars: Bars) -> None:
        tokens = self._theme.tokens
        last = plot.bottom() + TICK_PX
        for place, text in bars.y_ticks:
            y = round(plot.bottom() - place * plot.height())
            if y > last - TICK_PX - 2 and y != round(plot.bottom()):
                continue
            last = y
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), tokens.color("line", 0.6))
            painter.setPen(tokens.color("muted"))
            box = QRectF(0, y - TICK_PX, plot.left() - 3, 2 * TICK_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_bars(self, painter: QPainter, plot: QRectF, bars: Bars) -> None:
        # One hue: what stands out is the same in both themes.
        strong, plain, other = (QColor(self._theme.tokens.series[0]) for _ in range(3))
        plain.setAlphaF(0.7)
        other.setAlphaF(0.45)
        for i, height in enumerate(bars.heights):
            if not height or (height < 0 and not bars.zero):
                continue
            left, right = (plot.left() + share * plot.width() for share in bars.edges[i : i + 2])
            inset = (right - left) * bars.gap / 2
            # Whole pixels: bars of one width stay of one width, and their edges sharp.
            x, end = round(left + inset), max(round(right - inset), round(left + inset) + 1)
            tall = max(1.0, round(abs(height) * plot.height()))
            base = round(plot.bottom() - bars.zero * plot.height()) if bars.zero else plot.bottom()
            colour = plain if bars.strongest is None else strong if i == bars.strongest else other
            painter.fillRect(QRectF(x, base - tall if height > 0 else base, end - x, tall), colour)

    def _paint_x(self, painter: QPainter, plot: QRectF, bars: Bars) -> None:
        tokens = self._theme.tokens
        centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        plain, bold = (small_font(self.font(), TICK_PX, bold=strong) for strong in (False, True))
        for i, x, width, shown in self.x_labels():
            strong = i == bars.strongest
            painter.setFont(bold if strong else plain)
            painter.setPen(tokens.color("text" if strong else "muted"))
            painter.drawText(QRectF(x, plot.bottom() + 2, width, TICK_PX + 4), centred, shown)

    def _paint_marker(
        self, painter: QPainter, plot: QRectF, place: float, colour: QColor, *, filled: bool
    ) -> None:
        x = plot.left() + place * plot.width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(QPointF(x, plot.top() + 3), QPointF(x, plot.bottom()))
        painter.setBrush(colour if filled else QBrush())
        painter.drawPolygon(
            [QPointF(x - 3.5, plot.top() - 1), QPointF(x + 3.5, plot.top() - 1), QPointF(x, plot.top() + 4)]
        )
