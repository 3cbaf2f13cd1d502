"""A picture of a digit that was pasted or opened → the 28×28 image a model sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.errors import StrokesError
from saegui.core.files import picture_file
from saegui.core.files.picture_file import PictureFault
from saegui.core.strokes.raster import BOX_SIDE, IMAGE_SHAPE, IMAGE_SIDE, place

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

_ENOUGH = 1024  # pixels of the longer side; more are averaged away first, which also calms noise
_FAINT = 16  # grey levels: less contrast is a blank page
_HAZE = 0.1  # of the darkest ink: what is fainter is paper, shadow or a trace of compression


@dataclass(frozen=True, eq=False)
class Picture:
    """What a model sees of a picture: ``image`` uint8 ``(28, 28)``, ink bright, and what was done to get it."""

    image: Grey
    inverted: bool
    """True when the ink was darker than the paper, so that light and dark were exchanged: the window must report it."""


def from_picture(grey: Grey) -> Picture:
    """Turn a grey picture ``(H, W)`` of one digit into the image that MNIST would have of it.

    The level of the paper is the median along the picture's border; ink is what differs from it, brighter or darker
    (then light and dark are exchanged, and the result says so). The ink is cropped, its longer side fitted into 20
    pixels and centred by :func:`saegui.core.strokes.place` (LeCun et al. 1998; Yadav & Bottou 2019). A picture that
    is 28×28 and looks like MNIST's already (clean background, ink no longer than 20 pixels about the centre, full
    contrast) is taken as it is.

    Raises:
        StrokesError: the array is no grey picture, or nothing is drawn on it.
    """
    if grey.dtype != np.uint8 or grey.ndim != 2 or not grey.size:
        raise StrokesError(f"The picture is {grey.dtype} {grey.shape}; give grey levels as uint8 (H, W).")
    if grey.size > picture_file.MAX_PIXELS:
        raise StrokesError(
            f"The picture has {grey.size:,} pixels; scale it to less than {picture_file.MAX_PIXELS:,}."
        )
    ink, inverted = _ink(_reduced(grey))
    if grey.shape == IMAGE_SHAPE:
        bright = 255 - grey if inverted else grey.copy()
        if _is_as_in_mnist(bright):
            return Picture(bright, inverted)
    return Picture(place(_fit(_crop(ink))), inverted)


def read_picture(path: Path) -> Grey:
    """Read a picture file (any format Pillow knows) as grey levels ``(H, W)``, upright as the camera was held.

    Raises:
        StrokesError: names the file that is missing, damaged, foreign or too large, and what to do.
    """
    from PIL import ImageOps

    try:
        with picture_file.opened(path) as file:
            deep = picture_file.numbers(file) if picture_file.is_deep(file) else None
            return _grey(ImageOps.exif_transpose(file)) if deep is None else _of_numbers(deep)
    except PictureFault as fault:
        raise StrokesError(f"{path} {fault.why}; {fault.remedy}.") from fault


def flatten(rgba: NDArray[np.uint8]) -> Grey:
    """Colours with opacity ``(H, W, 4)`` → grey levels ``(H, W)`` (luma of ITU-R BT.601) on plain paper.

    Where the picture is transparent the paper is white under dark ink and black under bright ink.

    Raises:
        StrokesError: the array is not uint8 ``(H, W, 4)``.
    """
    if rgba.dtype != np.uint8 or rgba.ndim != 3 or rgba.shape[2] != 4:
        raise StrokesError(f"The picture is {rgba.dtype} {rgba.shape}; give colours as uint8 (H, W, 4).")
    luma = rgba[:, :, :3] @ np.array(picture_file.LUMA, np.float32)
    opacity = rgba[:, :, 3].astype(np.float32) / 255
    visible = float(opacity.sum())
    paper = 255.0 if visible and float((luma * opacity).sum()) / visible < 128 else 0.0
    return _levels(luma * opacity + paper * (1 - opacity))


def _grey(file: Any) -> Grey:
    """A Pillow image of 8 bits → ``(H, W)``."""
    if file.has_transparency_data:
        return flatten(np.asarray(picture_file.converted(file, "RGBA")))
    return np.array(picture_file.converted(file, "L"), dtype=np.uint8)


def _of_numbers(values: NDArray[np.float64]) -> Grey:
    """One number per pixel, of more than 8 bits or with a fraction → grey levels.

    The file does not say which number is white. It is 1, 255 or 65,535, whichever is the first that no pixel exceeds;
    where there are negative numbers or larger ones, the smallest is black and the largest white.
    """
    low, high = float(values.min()), float(values.max())
    whole = bool((values == np.rint(values)).all())
    whites = (255.0, 65535.0) if whole and high > 1 else (1.0, 255.0, 65535.0)
    white = next((white for white in whites if high <= white), None)
    if low < 0 or white is None:
        return _levels((values - low) * (255 / max(high - low, 1e-6)))
    return _levels(values * (255 / white))


def _levels(values: NDArray[np.floating[Any]]) -> Grey:
    levels: Grey = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return levels


def _reduced(grey: Grey) -> Ink:
    values = grey.astype(np.float32)
    factor = -(-max(grey.shape) // _ENOUGH)
    if factor == 1:
        return values
    # Whole blocks; the part of a block that is left over at the right and bottom is margin.
    height, width = (max(side // factor, 1) for side in grey.shape)
    blocks = values[: height * factor, : width * factor]
    means: Ink = blocks.reshape(height, -1, width, blocks.shape[1] // width).mean((1, 3))
    return means


def _ink(shade: Ink) -> tuple[Ink, bool]:
    """How much each pixel differs from the paper, and whether ink is the darker of the two."""
    border = _border(shade)
    paper = np.median(border)
    noise = 3 * np.median(np.abs(border - paper))
    bright, dark = np.maximum(shade - paper - noise, 0), np.maximum(paper - shade - noise, 0)
    inverted = bool(dark.sum(dtype=np.float64) > bright.sum(dtype=np.float64))
    ink = dark if inverted else bright
    if ink.max() < _FAINT:
        raise StrokesError(
            f"The picture is blank (grey levels from {shade.min():.0f} to {shade.max():.0f}); "
            "choose one with a dark digit on light paper, or a bright one on dark."
        )
    return np.maximum(ink - np.float32(_HAZE) * ink.max(), 0), inverted


def _border(shade: Ink) -> Ink:
    height, width = shade.shape
    rim = max(1, min(height, width) // 50)
    sides = (shade[:rim], shade[-rim:], shade[:, :rim], shade[:, -rim:])
    return np.concatenate([side.ravel() for side in sides])


def _crop(ink: Ink) -> Ink:
    seen = ink > _HAZE * ink.max()
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(ink: Ink) -> Ink:
    """``(20, 20)``: the longer side fills the box, the shorter one is in its middle."""
    from PIL import Image

    scale = BOX_SIDE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    small = Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS)
    box = np.zeros((BOX_SIDE, BOX_SIDE), np.float32)
    top, left = (BOX_SIDE - height) // 2, (BOX_SIDE - width) // 2
    # The filter overshoots at sharp edges, on both sides.
    box[top : top + height, left : left + width] = np.clip(np.asarray(small), 0, ink.max())
    return box


def _is_as_in_mnist(bright: Grey) -> bool:
    rows, columns = (np.flatnonzero(bright.any(axis)) for axis in (1, 0))
    mass = bright.sum(dtype=np.int64)
    if not mass or bright.max() < 250:
        return False
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    index = np.arange(IMAGE_SIDE)
    centres = [float(bright.sum(axis, dtype=np.int64) @ index / mass) for axis in (0, 1)]
    return bool(longest <= BOX_SIDE and all(13 <= centre <= 15 for centre in centres))
