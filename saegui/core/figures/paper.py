"""The paper that every figure is drawn on: colours, type, and a page laid out in points from its top left.

Importing this module imports no matplotlib, so a kind's file may import it at its top: matplotlib is imported when
something is drawn. pyplot is never used.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from saegui.core.figures import fonts
from saegui.core.figures.base import Subject
from saegui.core.figures.colour_maps import diverging
from saegui.core.figures.drawing import TRIM, now, page_width, type_size
from saegui.core.figures.drawing import style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.backends.backend_agg import RendererAgg

Rgb = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, width, height in points."""

DPI = 288
PT = DPI // 72
"""Device pixels per point: with whole points, every pixel of an image covers whole device pixels."""

TEXT, MUTED, LINE, PAPER = "#1F2328", "#5F6770", "#E2E1DD", "#FFFFFF"
ACTIVE = "#A85B00"
SERIES = ("#0072B2", "#E86902", "#00A174", "#A4376B", "#000C3A", "#645700")
"""Colours of curves, here and in the window when it is light: the current run's, then those of compared runs.

After Okabe & Ito 2008, moved until each has a contrast of 3:1 on white, and any two a distance of 40 in CIE Lab, or of 15 to
people who see two of the three primary colours (Machado 2009).
"""

SEQUENTIAL = ("#B7D3EA", "#6FAED6", "#2F7FBC", "#0B529D", "#06224D")
"""Colours of shares that have no sign, small to large, after ColorBrewer's Blues; the smallest is still no :data:`PAPER`."""

TITLE, BODY, SMALL, TINY = 9.0, 7.0, 6.0, 4.5
"""Sizes of type, in points."""
MARGIN = 14
_NO_HEADER = 34
"""Points above the content that are not needed where there is no header."""
TOP = 44
"""Where a page's content begins, below its header."""


class Page:
    """A figure of fixed size. All positions are points from the top left corner, all text is real text."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        seen = now()
        trim = 0 if seen.width is None else TRIM
        above = 0 if seen.header else _NO_HEADER
        # Whole points keep the page a whole number of device pixels.
        self.width, self.height = float(np.ceil(max(width, page_width(width)))), float(np.ceil(height))
        size = (self.width - 2 * trim, self.height - above)
        self._frame = (trim, above, *size)
        self.figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self._explained = False
        # One pair of axes, in points, for all pictures: a pair for each would take most of the time.
        self._pictures = self._axes((0, 0, self.width, self.height))
        self._pictures.set_axis_off()
        self._pictures.set_xlim(0, self.width)
        self._pictures.set_ylim(self.height, 0)
        self._points = Affine2D().scale(1 / 72, -1 / 72).translate(-trim / 72, self.height / 72) + (
            self.figure.dpi_scale_trans
        )

    def header(self, subject: Subject, heading: str) -> None:
        """The run's name, and below it what is shown and of which model."""
        config = subject.snapshot.config
        parts = [heading, config.describe(), f"epoch {subject.snapshot.epoch:.4g}"]
        if config.describe() in subject.title:
            parts.remove(config.describe())
        self.titled(subject.title, parts)

    def titled(self, title: str, parts: Sequence[str]) -> None:
        """``title``, and ``parts`` below it, unless the figure is to have no header."""
        if not now().header:
            return
        room = self.width - 2 * MARGIN
        self.text(MARGIN, 20, title, size=TITLE, weight="bold", room=room)
        self.text(MARGIN, 32, " · ".join(parts), colour=MUTED, room=room)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = BODY,
        colour: str = TEXT,
        weight: str = "normal",
        align: str = "left",
        room: float | None = None,
        covering: bool = False,
    ) -> None:
        """One line with its baseline at ``y``; shortened with an ellipsis to ``room`` points if it is wider.

        ``covering`` paper keeps it readable on a line that it crosses.
        """
        size = type_size(size)
        if room is None and now().width is not None:
            # Larger type must not leave the page.
            beside = {"left": self.width - TRIM - x, "right": x - TRIM}
            room = beside.get(align, 2 * min(beside.values()))
        if room is not None:
            words = self.fitted(words, room, size, weight)
        found = fonts.written(words, weight)
        self.figure.text(
            x,
            y,
            found.text,
            transform=self._points,
            fontfamily=found.families,
            fontsize=size,
            color=colour,
            fontweight=weight,
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            bbox={"facecolor": PAPER, "linewidth": 0, "pad": 1} if covering else None,
        )
        if found.numbered:
            self._explain_numbers()

    def picture(self, rgb: Rgb, left: float, top: float) -> None:
        """An image ``(h, w, 3)`` at device resolution, so h / PT points high: it is never resampled."""
        from matplotlib.image import AxesImage

        height, width = rgb.shape[:2]
        extent = (left, left + width / PT, top + height / PT, top)
        image = AxesImage(self._pictures, interpolation="none", extent=extent)
        image.set_data(rgb)
        self._pictures.add_image(image)

    def axes(self, box: Box) -> Axes:
        """Quiet axes with their frame at ``box``: two hairlines, small numbers, nothing else."""
        axes = self._axes(box)
        axes.set_facecolor("none")
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(MUTED)
        axes.spines[["left", "bottom"]].set_linewidth(0.5)
        axes.tick_params(
            which="both", labelsize=type_size(SMALL), labelcolor=MUTED, color=MUTED, width=0.5, pad=2
        )
        axes.tick_params(which="major", length=2.5)
        axes.tick_params(which="minor", length=1.5)
        return axes

    def boxes(
        self,
        boxes: Sequence[Box],
        *,
        edge: str = LINE,
        line: float = 0.4,
        fill: str = "none",
        alpha: float | None = None,
    ) -> None:
        """Any number of rectangles as one shape, so that thousands cost no more than one."""
        if not len(boxes):
            return
        left, top, width, height = np.asarray(boxes, float).T
        corners = [
            (left, top),
            (left + width, top),
            (left + width, top + height),
            (left, top + height),
            (left, top),
        ]
        points = np.stack([np.stack(corner, -1) for corner in corners], 1).reshape(-1, 2)
        self._path(points, 5, closed=True, facecolor=fill, edgecolor=edge, linewidth=line, alpha=alpha)

    def hatching(self, boxes: Sequence[Box]) -> None:
        """Diagonals across rectangles, as lines: not every program that reads SVG knows patterns."""
        points: list[tuple[float, float]] = []
        for left, top, width, height in boxes:
            step = max(3.5, min(width, height) / 5)
            for start in np.arange(-height + step / 2, width, step):
                low, high = max(0.0, -start), min(height, width - start)
                points += [
                    (left + start + low, top + height - low),
                    (left + start + high, top + height - high),
                ]
        self.strokes(np.asarray(points, float).reshape(-1, 2, 2), MUTED, line=0.3, alpha=0.5)

    def strokes(
        self, points: NDArray[np.floating[Any]], colour: str, *, line: float, alpha: float | None = None
    ) -> None:
        """Lines through ``points (n, points of a line, 2)`` as one shape, so that thousands cost no more than one."""
        if points.size:
            flat = points.reshape(-1, 2)
            self._path(flat, points.shape[1], fill=False, edgecolor=colour, linewidth=line, alpha=alpha)

    def line(
        self, x: Sequence[float], y: Sequence[float], colour: str, *, dashed: bool = False, **more: Any
    ) -> None:
        """A line through points of the page, as in legends."""
        from matplotlib.lines import Line2D

        more.setdefault("linestyle", DASHED if dashed else "-")
        self.figure.add_artist(Line2D(x, y, transform=self._points, color=colour, **more))

    def scale_bar(
        self,
        left: float,
        top: float,
        limit: float,
        lines: Sequence[str],
        ramp: Callable[[NDArray[np.floating[Any]], float], Rgb],
    ) -> None:
        """The colours that ``ramp`` gives numbers from −limit to +limit, with lines on what they mean."""
        width, height = 110, 6
        colours = ramp(np.linspace(-limit, limit, width * PT)[None], limit)
        self.picture(np.repeat(colours, height * PT, axis=0), left, top)
        self.boxes([(left, top, width, height)])
        for x, value in ((left, -limit), (left + width / 2, 0.0), (left + width, limit)):
            self.line([x, x], [top + height, top + height + 2], MUTED, linewidth=0.5)
            self.text(x, top + height + 9, number(value), size=SMALL, colour=MUTED, align="center")
        self.scale_words(left + width + 14, top, lines)

    def scale_words(self, left: float, top: float, lines: Sequence[str]) -> None:
        """What a scale is of, and notes below."""
        for place, words in enumerate(lines):
            colour = MUTED if place else TEXT
            room = self.width - MARGIN - left
            if place and not now().header and text_width(words, SMALL) > room:
                # The caption has room for it.
                continue
            self.text(left, top + 6 + 8 * place, words, size=SMALL, colour=colour, room=room)

    def _path(
        self, points: NDArray[np.floating[Any]], each: int, *, closed: bool = False, **more: Any
    ) -> None:
        """One shape out of lines of ``each`` points."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        line = [Path.MOVETO, *[Path.LINETO] * (each - 1)]
        if closed:
            line[-1] = Path.CLOSEPOLY
        path = Path(points, np.tile(line, len(points) // each))
        self.figure.add_artist(PathPatch(path, transform=self._points, **more))

    def _axes(self, box: Box) -> Axes:
        left, top, width, height = box
        trim, above, across, down = self._frame
        bottom = 1 - (top - above + height) / down
        return self.figure.add_axes(((left - trim) / across, bottom, width / across, height / down))

    def fitted(self, words: str, room: float, size: float = BODY, weight: str = "normal") -> str:
        """``words``, shortened with an ellipsis to ``room`` points if they are wider."""
        if text_width(words, size, weight) <= room:
            return words
        short, long = 0, len(words)
        while short < long:
            middle = (short + long + 1) // 2
            fits = text_width(words[:middle].rstrip() + "…", size, weight) <= room
            short, long = (middle, long) if fits else (short, middle - 1)
        return words[:short].rstrip() + "…"

    def longest_of(self, sentences: Sequence[str], room: float, size: float = BODY) -> str:
        """The first of ``sentences``, which become shorter, that is no wider than ``room`` points; else the last."""
        return next((each for each in sentences if text_width(each, size) <= room), sentences[-1])

    def fitted_apart(self, names: Sequence[str], room: float, size: float = BODY) -> list[str]:
        """Each name :meth:`fitted`; those that look alike then end in their number instead, as in ``run… (2)``."""
        short = [self.fitted(name, room, size) for name in names]
        looks = [unicodedata.normalize("NFKC", name) for name in short]
        for place, look in enumerate(looks):
            if looks.count(look) > 1:
                mark = f" ({looks[:place].count(look) + 1})"
                own = self.fitted(names[place], room - text_width(mark, size), size)
                short[place] = own + mark
        return short

    def names_below(self, axes: Axes, places: Sequence[int], names: Sequence[str], **more: Any) -> None:
        """Names as the numbers of a horizontal axis."""
        found = [fonts.written(name) for name in names]
        if any(name.numbered for name in found):
            self._explain_numbers()
        axes.set_xticks(places, [name.text for name in found], **more)
        for label, name in zip(axes.get_xticklabels(), found, strict=True):
            label.set_fontfamily(name.families)

    def _explain_numbers(self) -> None:
        """Say once, below the header, what the numbers are that stand for letters which no font has."""
        if not self._explained:
            self._explained = True
            self.text(MARGIN, 38.5, fonts.NOTE, size=TINY, colour=MUTED, room=self.width - 2 * MARGIN)


DASHED = (0, (3.5, 1.8))


def text_width(words: str, size: float = BODY, weight: str = "normal") -> float:
    """Width of one line in points."""
    from matplotlib import font_manager

    found, size = fonts.written(words, weight), type_size(size)
    font = font_manager.FontProperties(family=found.families, size=size, weight=weight)
    return float(_ruler(DPI).get_text_width_height_descent(found.text, font, False)[0]) * 72 / DPI  # type: ignore[no-untyped-call]


@cache
def _ruler(dpi: int) -> RendererAgg:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(1, 1, dpi)  # type: ignore[no-untyped-call]


def signed(values: NDArray[np.floating[Any]], limit: float) -> Rgb:
    """Colours of numbers with a sign: ``RdBu_r`` from −limit (blue) to limit (red), zero its exact centre."""
    # An odd number of colours, so that one of them is the centre.
    colours = diverging("RdBu_r", 511)
    half = len(colours) // 2
    place = np.rint(np.clip(values / limit, -1, 1) * half).astype(np.intp) + half
    return cast(Rgb, colours[place])


def rgb_of(colours: Sequence[str]) -> Rgb:
    """``#RRGGBB`` → (n, 3) bytes."""
    return np.array([list(bytes.fromhex(colour[1:])) for colour in colours], np.uint8)


def grey(values: NDArray[np.generic]) -> Rgb:
    """Images, uint8 or in [0, 1], as plain grey; what lies outside is clipped."""
    if values.dtype != np.uint8:
        values = np.rint(np.clip(values.astype(np.float64), 0, 1) * 255).astype(np.uint8)
    return cast(Rgb, values[..., None].repeat(3, axis=-1))


def enlarged(rgb: Rgb, factor: int) -> Rgb:
    """Images ``(…, h, w, 3)`` with every pixel drawn as ``factor × factor`` pixels."""
    return rgb.repeat(factor, axis=-3).repeat(factor, axis=-2)


def robust_limit(values: NDArray[np.floating[Any]]) -> float:
    """The end of a symmetric scale: the 99.5th percentile of magnitudes, or 1 where there are only zeros."""
    magnitude = np.abs(values)
    limit = float(np.percentile(magnitude, 99.5)) if magnitude.size else 0.0
    return limit or float(magnitude.max(initial=0)) or 1.0


def weight_limit(subject: Subject, images: NDArray[np.float32]) -> float:
    """The scale that all tiles of a weight matrix share; dead latents, hardly trained, do not set it."""
    alive = ~subject.dead
    return robust_limit(images[alive] if alive.any() else images)


def limit_note(subject: Subject) -> str:
    """What :func:`weight_limit` is, for the label of a scale."""
    whose = "all" if subject.dead.all() else "living"
    return f"ends at the 99.5th percentile of |w| over {whose} latents"


def number(value: float) -> str:
    """Three significant digits, all digits of large numbers, and a real minus."""
    return (f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}").replace("-", "−")


def tick(value: float, _: Any = None) -> str:
    """A number on an axis, exact where :func:`number` would round it away from its tick."""
    return f"{value:,.6g}".replace("-", "−")


def ticks(
    axis: Axis,
    most: int,
    *,
    integer: bool = False,
    words: Callable[[float, Any], str] = tick,
) -> None:
    """About ``most`` round numbers on an axis, each written by ``words``."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

    axis.set_major_locator(MaxNLocator(most, integer=integer))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(words))


def log_ticks(axis: Axis, subs: tuple[float, ...], *, most: int | None = None) -> None:
    """Numbers on a logarithmic axis: the multiples ``subs`` of powers of ten, of those at most ``most`` where it is given."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axis.set_major_locator(LogLocator(subs=subs, numticks=most))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(tick))


def percent(share: float) -> str:
    """A share in [0, 1] as per cent with two significant digits: 0.14 → ``14 %``, 0.00034 → ``0.034 %``."""
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 or value == 0 else f"{value:.2g} %"
