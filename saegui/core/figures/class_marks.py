"""A colour and a shape for each class, where every input is a dot: in figures and in the window."""

from __future__ import annotations

COLOURS = (
    "#0072B2",
    "#B4016F",
    "#04A85E",
    "#FD3D4C",
    "#350C71",
    "#843604",
    "#9A9603",
    "#C07F95",
    "#806EFD",
    "#384B35",
)
"""On a light ground: as far apart as those of curves (:data:`saegui.core.figures.paper.SERIES`), though ten."""
SHAPES = ("disc", "square", "diamond", "cross")
MOST = 24
"""Classes that have a mark of their own; of more, all dots are grey."""


def colour_of(label: int) -> int:
    """Which of ten colours a class has."""
    return label % len(COLOURS)


def shape_of(label: int) -> int:
    """Which of :data:`SHAPES` a class has: half of the colours have another one than the other half, and a colour that comes
    again has another one than before."""
    half = len(COLOURS) // 2
    return (label // half + label // (half * len(SHAPES))) % len(SHAPES)
