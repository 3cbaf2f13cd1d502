"""White ink on no paper, for dark slides: a figure that was drawn in black has its colours exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saegui.core.figures.paper import ACTIVE, LINE, MUTED, PAPER, SERIES, TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WHITE = {
    TEXT: "#FFFFFF",
    MUTED: "#B6BDC4",
    LINE: "#4A5057",
    ACTIVE: "#FFB224",
    "#56B4E9": "#9AD2F2",
    **dict(zip(SERIES, ("#4BA3DE", "#F0803C", "#26D288", "#DEA0B9", "#EDFDFF", "#F4D947"), strict=True)),
}
"""What takes the place of each colour; the series are those of the dark window."""


def whiten(figure: Figure) -> None:
    """Exchange the colours of everything that is drawn with ink; pictures keep theirs."""
    from matplotlib.collections import Collection
    from matplotlib.colors import to_hex, to_rgba
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    known = {to_hex(old): new for old, new in WHITE.items()}
    paper = to_hex(PAPER)

    def exchanged(colour: Any) -> Any:
        red, green, blue, alpha = to_rgba(colour)
        name = to_hex((red, green, blue))
        if alpha and name == paper:
            return (0.0, 0.0, 0.0, 0.0)
        return (*to_rgba(known[name])[:3], alpha) if name in known else colour

    figure.set_facecolor("none")
    for artist in figure.findobj():
        if isinstance(artist, Text | Line2D):
            artist.set_color(exchanged(artist.get_color()))
        if isinstance(artist, Line2D):
            artist.set_markerfacecolor(exchanged(artist.get_markerfacecolor()))
            artist.set_markeredgecolor(exchanged(artist.get_markeredgecolor()))
        elif isinstance(artist, Patch):
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            artist.set_facecolor(exchanged(face))
            artist.set_edgecolor(exchanged(edge))
        elif isinstance(artist, Collection):
            artist.set_facecolor([exchanged(colour) for colour in artist.get_facecolor()])
            artist.set_edgecolor([exchanged(colour) for colour in artist.get_edgecolor()])
