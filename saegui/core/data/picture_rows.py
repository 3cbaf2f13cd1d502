"""One picture file → one row of a data set, and what pictures are like before anything was decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import numpy as np

from saegui.core.arrays import Floats, Shape
from saegui.core.data.dataset import UInt8
from saegui.core.files import picture_file

PHOTOGRAPHS, DARK, BRIGHT = "photographs", "dark-ink", "bright-ink"
KINDS = (PHOTOGRAPHS, DARK, BRIGHT)
CROP, WHOLE, STRETCH = "crop", "whole", "stretch"
FITS = (CROP, WHOLE, STRETCH)
WHITE = 65535.0
"""What is white in most pictures with more than 8 bits."""
_WHITES = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""Of pictures of fractions, and of 8, 10, 12, 14 and 16 bits."""

_MANY = 8_000_000
"""Pixels: pictures with more are read one after the other, so that threads do not fill the memory together."""
_ONE_AT_A_TIME = Lock()
_CHROMA = 20
"""Difference between red, green and blue of a pixel in colour; grey pictures in JPEG files have a few levels."""
_SMALL = 64
"""Pixels of the longer side: enough to see whether a picture is in colour, or ink on paper."""


@dataclass(frozen=True)
class Look:
    """How pictures become rows."""

    height: int
    width: int
    colour: bool
    fit: str
    """One of :data:`FITS`: what becomes of pictures with other proportions."""
    kind: str
    """One of :data:`KINDS`. Dark ink is turned over: in a data set of ink 0 is paper, and 255 is ink."""
    white: float
    """In pictures with more than 8 bits or with fractions, the number that is white; 0 is black."""

    @property
    def shape(self) -> Shape:
        """Of a row."""
        return (self.height, self.width, 3) if self.colour else (self.height, self.width)

    @property
    def paper(self) -> int:
        """Grey level, before dark ink is turned over, of what is transparent, and of margins."""
        return 0 if self.kind == BRIGHT else 255

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Look:
        """As the options of a data set of pictures say."""
        return cls(
            options["height"],
            options["width"],
            options["colour"] == "colour",
            options["fit"],
            options["kind"],
            float(options.get("white", WHITE)),
        )


def row(file: Path | BinaryIO, look: Look) -> UInt8:
    """``look.shape``; a picture that has that size already keeps every pixel.

    Raises:
        PictureFault: it cannot be read as a picture.
    """
    with picture_file.opened(file) as image:
        if image.width * image.height <= _MANY:
            return _row(image, look)
        with _ONE_AT_A_TIME:
            return _row(image, look)


@dataclass(frozen=True)
class Glance:
    """What one picture is like."""

    height: int
    width: int
    format: str
    colourful: bool = False
    paper: int | None = None
    """Level of its plain background, where it has one."""
    most: float | None = None
    """The largest number of a picture with more than 8 bits."""
    pages: int = 1
    """Pictures in the file."""


def header(file: Path | BinaryIO) -> Glance:
    """Size and format; the pixels are not read.

    Raises:
        PictureFault: it is no picture, or too large.
    """
    with picture_file.opened(file) as image:
        return Glance(*_upright(image), image.format or "?")


def glance(file: Path | BinaryIO) -> Glance:
    """All there is to see of a picture.

    Raises:
        PictureFault: it cannot be read as a picture.
    """
    with picture_file.opened(file) as image:
        height, width = _upright(image)
        kind = image.format or "?"
        pages = getattr(image, "n_frames", 1) if kind == "TIFF" else 1
        if picture_file.is_deep(image):
            most = float(picture_file.numbers(image).max())
            return Glance(height, width, kind, most=most, pages=pages)
        image.draft(None, (_SMALL, _SMALL))
        rgba = picture_file.converted(image, "RGBA")
        rgba.thumbnail((_SMALL, _SMALL))
        levels: Floats = np.asarray(rgba).astype(np.float32)
    opacity, colours = levels[..., 3:] / 255, levels[..., :3]
    if opacity.min() < 1 and opacity.any():
        # Ink on nothing: the paper is what it stands out from.
        bright = float((colours * opacity).sum() / (3 * opacity.sum())) >= 128
        colours = colours * opacity + (0 if bright else 255) * (1 - opacity)
    grey = colours @ np.array(picture_file.LUMA)
    colourful = bool(np.percentile(np.ptp(colours, axis=2), 95) > _CHROMA)
    return Glance(height, width, kind, colourful, _background(grey), pages=pages)


def grey(file: Path | BinaryIO, longest: int) -> UInt8:
    """``(h, w)``: a picture in grey, reduced until its longer side has ``longest`` pixels; 0 leaves it as it is.

    Raises:
        PictureFault: it cannot be read as a picture.
    """
    with picture_file.opened(file) as image:
        height, width = reduced(*_upright(image), longest)
        white = (
            usual_white(float(picture_file.numbers(image).max())) if picture_file.is_deep(image) else WHITE
        )
        return _row(image, Look(height, width, False, STRETCH, PHOTOGRAPHS, white))


def reduced(height: int, width: int, longest: int) -> tuple[int, int]:
    """Height and width of a picture whose longer side is reduced to ``longest``; 0 leaves it as it is."""
    share = min(1.0, longest / max(height, width)) if longest else 1.0
    return max(1, round(share * height)), max(1, round(share * width))


def usual_white(most: float) -> float:
    """The first usual number of white that no pixel exceeds; the largest pixel where it exceeds all."""
    return next((white for white in _WHITES if most <= white), most)


def _background(grey: Any) -> int | None:
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    level = float(np.median(border))
    plain = (np.abs(border - level) < 24).mean() > 0.8 and (np.abs(grey - level) < 32).mean() > 0.4
    return round(level) if plain else None


def _upright(image: Any) -> tuple[int, int]:
    """Height and width as the camera was held."""
    orientation, turned = 0x0112, (5, 6, 7, 8)
    size: tuple[int, int] = (image.height, image.width)
    return size[::-1] if image.getexif().get(orientation) in turned else size


def _row(image: Any, look: Look) -> UInt8:
    from PIL import Image

    if picture_file.is_deep(image):
        values = picture_file.numbers(image) * (255 / look.white)
        plain = Image.fromarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
        if look.colour:
            plain = plain.convert("RGB")
    else:
        plain = _plain(image, look)
    fitted = np.asarray(_fitted(plain, look))
    # A copy in both cases, so that Pillow's image is not kept.
    return 255 - fitted if look.kind == DARK else fitted.copy()


def _plain(image: Any, look: Look) -> Any:
    """Grey or in colour, upright, and without transparency."""
    from PIL import Image, ImageOps

    mode = "RGB" if look.colour else "L"
    height, width = _upright(image)
    share = max(look.height / height, look.width / width)
    # A JPEG file can be unpacked at a half, a quarter or an eighth of its size, which is quicker.
    image.draft(mode, (max(1, int(2 * share * image.width)), max(1, int(2 * share * image.height))))
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = picture_file.converted(image, "RGBA")
        paper = Image.new("RGBA", image.size, (*[look.paper] * 3, 255))
        image = Image.alpha_composite(paper, image)
    return picture_file.converted(image, mode)


def _fitted(image: Any, look: Look) -> Any:
    from PIL import Image

    size = look.width, look.height
    if image.size == size:
        return image
    wide, tall = image.size
    if look.fit == WHOLE:
        share = min(look.width / wide, look.height / tall)
        inner = tuple(
            min(whole, max(1, round(share * part))) for whole, part in zip(size, image.size, strict=True)
        )
        page = Image.new(image.mode, size, (look.paper,) * 3 if look.colour else look.paper)
        small = image.resize(inner, Image.Resampling.LANCZOS, reducing_gap=3.0)
        page.paste(small, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
        return page
    box = (0.0, 0.0, float(wide), float(tall))
    if look.fit == CROP:
        share = max(look.width / wide, look.height / tall)
        left, top = (wide - look.width / share) / 2, (tall - look.height / share) / 2
        box = (max(0.0, left), max(0.0, top), min(wide, wide - left), min(tall, tall - top))
    return image.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
