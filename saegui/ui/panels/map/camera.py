"""What part of a map is in sight: from places on the map to pixels and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLOSEST = 400.0
"""How many times larger than the whole map it can be seen."""
FARTHEST = 0.5


@dataclass(frozen=True)
class Room:
    """Where the map is drawn, in px."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Camera:
    """px = offset + scale · place; the vertical axis of the map points upwards, that of the screen downwards."""

    x_scale: float = 1.0
    y_scale: float = 1.0
    x_offset: float = 0.0
    y_offset: float = 0.0
    zoom: float = 1.0
    """1: the whole map is in sight."""

    def to_screen(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """In px."""
        return self.x_offset + self.x_scale * x, self.y_offset - self.y_scale * y

    def to_map(self, x: float, y: float) -> tuple[float, float]:
        """The place at a pixel."""
        return (x - self.x_offset) / self.x_scale, (self.y_offset - y) / self.y_scale

    def moved(self, right: float, down: float) -> Camera:
        """The map moves by so many px."""
        return replace(self, x_offset=self.x_offset + right, y_offset=self.y_offset + down)

    def zoomed(self, factor: float, x: float, y: float) -> Camera:
        """Larger by ``factor``; the place at the pixel ``x, y`` stays there."""
        factor = min(max(factor, FARTHEST / self.zoom), CLOSEST / self.zoom)
        return Camera(
            self.x_scale * factor,
            self.y_scale * factor,
            x + (self.x_offset - x) * factor,
            y + (self.y_offset - y) * factor,
            self.zoom * factor,
        )


def fitted(x: Floats, y: Floats, room: Room, *, equal: bool) -> Camera:
    """Sees every place, with the middle of all in the middle of ``room``; ``equal``: both axes have the same scale."""
    if not len(x):
        return Camera(1.0, 1.0, room.left + room.width / 2, room.top + room.height / 2)
    x_low, x_high, y_low, y_high = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    x_scale = max(room.width, 1.0) / ((x_high - x_low) or 1.0)
    y_scale = max(room.height, 1.0) / ((y_high - y_low) or 1.0)
    if equal:
        # Where all lie in one line, or at one place, that says nothing about the scale.
        spread = [
            scale for scale, low, high in ((x_scale, x_low, x_high), (y_scale, y_low, y_high)) if high > low
        ]
        x_scale = y_scale = min(spread or [min(x_scale, y_scale)])
    return Camera(
        x_scale,
        y_scale,
        room.left + room.width / 2 - x_scale * (x_low + x_high) / 2,
        room.top + room.height / 2 + y_scale * (y_low + y_high) / 2,
    )
