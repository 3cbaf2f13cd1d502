"""Pen strokes → the 28×28 image a model sees, as MNIST's digits were made.

A stroke is a float array ``(n, 2)`` of points, x to the right and y down, in any unit; a drawing is a
list of strokes.
"""

from saegui.core.strokes.drawing import (
    BLANK_DRAWING,
    PEN_WIDTH,
    Drawing,
    Stroke,
    as_stroke,
    fitted,
    of_picture,
    of_strokes,
    of_text,
)
from saegui.core.strokes.drawings import Drawings, collect, load_npz, save_npz
from saegui.core.strokes.eraser import erase, lines_within
from saegui.core.strokes.frame import Frame, frame
from saegui.core.strokes.pictures import Picture, flatten, from_picture, read_picture
from saegui.core.strokes.raster import BOX_SIDE, IMAGE_SHAPE, IMAGE_SIDE, PEN, place, render

__all__ = [
    "BLANK_DRAWING",
    "BOX_SIDE",
    "IMAGE_SHAPE",
    "IMAGE_SIDE",
    "PEN",
    "PEN_WIDTH",
    "Drawing",
    "Drawings",
    "Frame",
    "Picture",
    "Stroke",
    "as_stroke",
    "collect",
    "erase",
    "fitted",
    "flatten",
    "frame",
    "from_picture",
    "lines_within",
    "load_npz",
    "of_picture",
    "of_strokes",
    "of_text",
    "place",
    "read_picture",
    "render",
    "save_npz",
]
