"""A training as a moving picture: what every latent draws, one kept moment of the run after the other.

Colours stay exact: a value has the same colour in every frame, and zero has exactly the middle of the map. What real encoders do
to that is why each format is written as it is: GIF gets one palette for all frames, WebP is written lossless, and MP4 keeps
the full resolution of colour (4:4:4) and edges where they are.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from saegui.core.arrays import Floats
from saegui.core.errors import ExportError
from saegui.core.figures import paper, tiles
from saegui.core.figures.paper import Rgb
from saegui.core.figures.tiles import Tile
from saegui.core.files import paths, refusals
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.moments import position, spread
from saegui.core.runs.run import Run

SUFFIXES = (".gif", ".apng", ".png", ".webp", ".mp4")
SPEEDS = (1, 50)
"""Slowest and fastest, in frames a second: GIF counts time in hundredths of a second."""
SPEED = 10
HOLD = 2.0
"""Seconds for which the last frame stays."""
MOST_TILES = 1024
"""Latents in a frame; of larger dictionaries those that are active most often at the end."""
SIDE = 720
"""px: about the longer side of a frame."""
LARGEST = 112
"""px: the longer side of a tile, at most."""
GAP = 2
MARGIN = 8
CAPTION = 20
LEVELS = 126
"""Steps of the map to either side of zero: with them, GIF's palette holds every colour of a frame exactly."""
_BACKGROUND, _TEXT, _LINE = (255, 255, 255), (40, 40, 40), (190, 190, 190)


class Layout(NamedTuple):
    """How the tiles of every frame stand."""

    latents: NDArray[np.int64]
    columns: int
    tile: Tile
    limit: float
    """The end of the scale of weights, in all frames."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame in px, both even."""
        rows = -(-len(self.latents) // self.columns)
        width = 2 * MARGIN + self.columns * (self.tile.width + GAP) - GAP
        height = 2 * MARGIN + CAPTION + rows * (self.tile.height + GAP) - GAP
        return max(240, width + width % 2), height + height % 2


def animate(
    run: Run,
    out: Path,
    *,
    speed: float = SPEED,
    most: int | None = None,
    progress: Progress = UNWATCHED,
) -> int:
    """Write what the decoder of ``run`` was at every kept step to ``out``; returns the number of frames.

    ``out`` ends in one of :data:`SUFFIXES`; ``speed`` in frames a second; ``most`` frames at most, evenly among the steps.

    Raises:
        ExportError: the name's ending, the speed or the number is impossible, only one step of the run is kept, a package is
            missing, or the file cannot be written.
        RunError: a snapshot cannot be read.
        Cancelled: ``progress`` cancelled it; nothing is written.
    """
    check(out, speed, most)
    steps = chosen(run.steps(), most)
    if len(steps) < 2:
        raise ExportError(
            f"{run.name} keeps only one step, so nothing moves; export a figure of it, or train a run with more steps."
        )
    layout = laid_out(run.latest())

    def frames() -> Iterator[Rgb]:
        for count, step in enumerate(steps):
            progress.report(count, len(steps), "Drawing the animation")
            yield frame(run.at(step), layout)

    kind = out.suffix.lower()
    write = _mp4 if kind == ".mp4" else _with_pillow(kind)
    try:
        with paths.replacing(out) as temporary:
            write(temporary, frames(), speed, layout)
    except OSError as error:
        raise ExportError(refusals.unwritable(out, error)) from error
    progress.report(len(steps), len(steps), "Drawing the animation")
    return len(steps)


def check(out: Path, speed: float = SPEED, most: int | None = None) -> None:
    """Raises :class:`ExportError` for what :func:`animate` would refuse before it reads the run."""
    if wrong := refusals.wrong_ending(out, SUFFIXES, "as an animation", needed=True):
        raise ExportError(wrong)
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise ExportError(
            f"{speed:g} frames a second cannot be written; choose a speed from {SPEEDS[0]} to {SPEEDS[1]}."
        )
    if most is not None and most < 2:
        raise ExportError(f"{most:,} frames do not move; choose 2 or more.")
    if out.suffix.lower() == ".mp4":
        _video_package()


def chosen(steps: Sequence[int], most: int | None) -> list[int]:
    """At most ``most`` of ``steps``, evenly, the first and the last among them."""
    return spread(steps, len(steps) if most is None else most)


def laid_out(last: Snapshot) -> Layout:
    """The layout that fits the weights at the end: the most often active latents first, on the scale of their figure."""
    density = last.density
    latents = np.argsort(-density, kind="stable")[:MOST_TILES].astype(np.int64)
    images = last.decoder_images
    alive = density > 0
    limit = paper.robust_limit(images[alive] if alive.any() else images)
    unit = Tile(last.shape, 1)
    columns = max(1, math.ceil(math.sqrt(len(latents) * unit.height / unit.width)))
    room = (SIDE - 2 * MARGIN + GAP) // columns - GAP
    return Layout(latents, columns, Tile.within(last.shape, max(1, room), LARGEST), limit)


def frame(snapshot: Snapshot, layout: Layout) -> Rgb:
    """One moment: ``(height, width, 3)`` with a caption that names it, such as ``epoch 3 of 50 · step 705``."""
    width, height = layout.size
    found: Rgb = np.full((height, width, 3), 255, np.uint8)
    _caption(found, position(snapshot))
    weights = snapshot.decoder_images[layout.latents]
    if layout.tile.vector:
        pictures: Rgb = np.stack([_plot(row, layout) for row in weights])
    else:
        levels = np.rint(np.clip(weights / layout.limit, -1, 1) * LEVELS) / LEVELS
        pictures = layout.tile.pixels(levels.astype(np.float32) * np.float32(layout.limit), layout.limit)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, layout.columns)
        left = MARGIN + column * (layout.tile.width + GAP)
        top = MARGIN + CAPTION + row * (layout.tile.height + GAP)
        found[top : top + layout.tile.height, left : left + layout.tile.width] = picture
    return found


def _caption(found: Rgb, words: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    strip = Image.new("RGB", (found.shape[1] - 2 * MARGIN, CAPTION), _BACKGROUND)
    draw = ImageDraw.Draw(strip)
    # Smoothed letters would need colours of their own in a palette.
    draw.fontmode = "1"
    draw.text((0, 2), words, fill=_TEXT, font=ImageFont.load_default(13))
    found[MARGIN : MARGIN + CAPTION, MARGIN:-MARGIN] = np.asarray(strip)


def _plot(row: Floats, layout: Layout) -> Rgb:
    """A vector's line between −limit and limit, with a line at zero."""
    from PIL import Image, ImageDraw

    tile = layout.tile
    picture = Image.new("RGB", (tile.width, tile.height), _BACKGROUND)
    draw = ImageDraw.Draw(picture)
    x, y = tiles.line_points(np.clip(row / layout.limit, -1, 1), tile.width)
    down = (1 - y) / 2 * (tile.height - 1)
    draw.line([(0, (tile.height - 1) / 2), (tile.width, (tile.height - 1) / 2)], fill=_LINE)
    draw.line(list(zip((x * (tile.width - 1)).tolist(), down.tolist(), strict=True)), fill=paper.SERIES[0])
    return np.asarray(picture)


# -- formats ----------------------------------------------------------------------------------------------------------


def _with_pillow(kind: str) -> Callable[[Path, Iterator[Rgb], float, Layout], None]:
    def write(path: Path, frames: Iterator[Rgb], speed: float, layout: Layout) -> None:
        from PIL import Image

        palette = _palette(layout) if kind == ".gif" else None
        pictures = [_indexed(rgb, palette) if palette is not None else Image.fromarray(rgb) for rgb in frames]
        # Whole hundredths of a second: that is how GIF counts.
        each = 10 * round(100 / speed)
        times = [each] * (len(pictures) - 1) + [max(each, round(1000 * HOLD))]
        options: dict[str, Any] = {
            "save_all": True,
            "append_images": pictures[1:],
            "duration": times,
            "loop": 0,
        }
        if kind == ".gif":
            options |= {"format": "GIF", "optimize": False, "disposal": 1}
        elif kind == ".webp":
            options |= {"format": "WEBP", "lossless": True, "quality": 80, "method": 4}
        else:
            options |= {"format": "PNG", "default_image": False}
        whole = io.BytesIO()
        pictures[0].save(whole, **options)
        path.write_bytes(whole.getbuffer())

    return write


def _palette(layout: Layout) -> NDArray[np.uint8] | None:
    """All colours that frames can have, at most 255; None for colour pictures, which have more."""
    if len(layout.tile.shape) == 3 or layout.tile.shrink > 1:
        return _CUBE
    levels = np.arange(-LEVELS, LEVELS + 1, dtype=np.float32) / LEVELS
    fixed = np.array([_BACKGROUND, _TEXT], np.uint8)
    if layout.tile.vector:
        from PIL import ImageColor

        return np.vstack([fixed, np.array([_LINE, ImageColor.getrgb(paper.SERIES[0])[:3]], np.uint8)])
    return np.unique(np.vstack([fixed, paper.signed(levels, 1.0)]), axis=0)


def _cube() -> NDArray[np.uint8]:
    """Six levels of each channel, for pictures in colour, and mid grey, which is zero."""
    six = np.linspace(0, 255, 6).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(six, six, six, indexing="ij"), axis=-1).reshape(-1, 3)
    greys = np.repeat(np.arange(8, 255, 7, dtype=np.uint8)[:36, None], 3, axis=1)
    return np.unique(
        np.vstack([cube, np.full((1, 3), 128, np.uint8), np.array([_TEXT], np.uint8), greys]), axis=0
    )


_CUBE = _cube()


def _indexed(rgb: Rgb, palette: NDArray[np.uint8]) -> Any:
    """The frame as numbers of colours of ``palette``, each pixel the nearest."""
    from PIL import Image

    # As one number a pixel: rows of three would be compared one by one.
    packed = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    numbers, places = np.unique(packed, return_inverse=True)
    found = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=-1)
    away = (found[:, None, :].astype(np.int32) - palette[None].astype(np.int32)) ** 2
    nearest = away.sum(axis=2).argmin(axis=1).astype(np.uint8)
    picture = Image.fromarray(nearest[places.reshape(rgb.shape[:2])], mode="P")
    picture.putpalette(palette.tobytes())
    return picture


def _video_package() -> Any:
    try:
        import av
    except ModuleNotFoundError as error:
        raise ExportError(
            "MP4 needs the package av, which is not installed; install it with: "
            'pip install "saegui[video]", or choose .gif, .apng or .webp'
        ) from error
    return av


def _mp4(path: Path, frames: Iterator[Rgb], speed: float, layout: Layout) -> None:
    av = _video_package()
    width, height = layout.size
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=round(speed), options={"crf": "0", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv444p"
        stream.codec_context.thread_count = 1
        last = None
        for rgb in frames:
            last = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            container.mux(stream.encode(last))
        for _ in range(round(HOLD * speed) - 1):
            container.mux(stream.encode(last))
        container.mux(stream.encode())
