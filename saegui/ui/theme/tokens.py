"""Every colour and distance of the window, in one place; widgets, curves and tiles read them from here."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from saegui.core.figures import class_marks
from saegui.core.figures.paper import SEQUENTIAL, SERIES

UNIT = 4
"""px: everything sits on this grid."""

GAP = 8
"""px between controls."""

PAD = 12
"""px inside panels."""


@dataclass(frozen=True)
class Tokens:
    """Colours by what they mean; each value is ``#RRGGBB``."""

    window: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    active: str
    good: str
    warn: str
    bad: str
    dead: str
    paper: str
    ink: str
    diverging: tuple[str, ...]
    """Colour map of weights, negative to positive; its centre is exactly zero."""
    sequential: tuple[str, ...]
    """Colour map of shares that have no sign, small to large; the smallest still stands out from :attr:`paper`."""
    series: tuple[str, ...]
    """Colours of curves: see :data:`saegui.core.figures.paper.SERIES`."""
    classes: tuple[str, ...]
    """Colours of classes: see :mod:`saegui.core.figures.class_marks`."""

    @property
    def negative(self) -> str:
        """Lines and bars of weights below zero: a tenth of the map of weights from its end, where it is not too pale or dark."""
        return self.diverging[len(self.diverging) // 10]

    @property
    def positive(self) -> str:
        """Those above zero, likewise."""
        return self.diverging[-1 - len(self.diverging) // 10]

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A token as a QColor, ``alpha`` in [0, 1]."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color


LIGHT = Tokens(
    window="#F6F6F4",
    panel="#FFFFFF",
    raised="#EFEFEC",
    line="#E2E1DD",
    text="#1F2328",
    muted="#5F6770",
    accent="#2F66C8",
    on_accent="#FFFFFF",
    active="#A85B00",
    good="#2B7A4B",
    warn="#8A5800",
    bad="#B9312A",
    dead="#D6D5D0",
    paper="#FFFFFF",
    ink="#000000",
    # ColorBrewer's RdBu, reversed: blue takes ink away, red adds it.
    diverging=(
        "#053061",
        "#2166AC",
        "#4393C3",
        "#92C5DE",
        "#D1E5F0",
        "#F7F7F7",
        "#FDDBC7",
        "#F4A582",
        "#D6604D",
        "#B2182B",
        "#67001F",
    ),
    sequential=SEQUENTIAL,
    series=SERIES,
    classes=class_marks.COLOURS,
)

DARK = Tokens(
    window="#16181B",
    panel="#1E2125",
    raised="#2A2E34",
    line="#343940",
    text="#E6E8EA",
    muted="#9BA3AC",
    accent="#7CA7FF",
    on_accent="#10141A",
    active="#FFB224",
    good="#6CC48E",
    warn="#E3B341",
    bad="#FF7B72",
    dead="#343940",
    paper="#0C0E10",
    ink="#FFFFFF",
    # A dark centre, so that zero is quiet on a dark window: Crameri's berlin. With fewer anchors the colours between
    # them would differ from the map's by more than two levels.
    diverging=(
        "#9EB0FF",
        "#81ACF1",
        "#61A6DF",
        "#4496C5",
        "#3280A6",
        "#286886",
        "#1F5169",
        "#173B4C",
        "#112732",
        "#11171B",
        "#190C09",
        "#260D01",
        "#371000",
        "#491502",
        "#601F0B",
        "#7C331D",
        "#964A36",
        "#AF6153",
        "#C97A70",
        "#E4938E",
        "#FFADAD",
    ),
    sequential=("#1B3F63", "#24679C", "#3C93CB", "#8CC3E6", "#E8F4FD"),
    # The same order of hues, for a dark panel.
    series=("#4BA3DE", "#F0803C", "#26D288", "#DEA0B9", "#EDFDFF", "#F4D947"),
    classes=(
        "#4BA3DE",
        "#9C596D",
        "#2D8407",
        "#FF714F",
        "#FBFAFF",
        "#DEB57B",
        "#CADE31",
        "#DD4FBC",
        "#5370FD",
        "#8AFFC6",
    ),
)
