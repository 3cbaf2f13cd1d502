"""Many drawings in one ``.npz`` file: points, where each stroke starts, where each drawing starts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from saegui.core.errors import StrokesError
from saegui.core.files import npz, paths, refusals
from saegui.core.strokes.raster import as_points

Points = NDArray[np.float32]
Offsets = NDArray[np.int64]

MAX_BYTES = 1 << 30
"""No file of drawings that unpacks to more than this is read: 2,000 digits take 0.8 MB."""

_LAYOUT = "points float (P, 2), stroke_offsets int (S+1,), digit_offsets int (N+1,), labels int (N,) if known"


@dataclass(frozen=True, eq=False)
class Drawings:
    """N drawings; ``drawings[i]`` is the i-th as a list of strokes ``(n, 2)``, x right, y down, in any unit.

    ``points`` float32 ``(P, 2)``; stroke s is ``points[stroke_offsets[s]:stroke_offsets[s + 1]]``; drawing i
    consists of the strokes from ``digit_offsets[i]`` to ``digit_offsets[i + 1]``. ``labels`` uint8
    ``(N,)`` tells what each is and ``source`` str ``(N,)`` where it comes from; None where that is not known.
    The arrays are read-only copies.

    Raises:
        StrokesError: an array has another type or shape, or an offset does not fit.
    """

    points: Points
    stroke_offsets: Offsets
    digit_offsets: Offsets
    labels: NDArray[np.uint8] | None = None
    source: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        convert = object.__setattr__
        convert(self, "points", _points(self.points))
        convert(self, "stroke_offsets", _offsets("stroke_offsets", self.stroke_offsets, len(self.points)))
        strokes = len(self.stroke_offsets) - 1
        convert(self, "digit_offsets", _offsets("digit_offsets", self.digit_offsets, strokes))
        if len(self) == 0:
            raise StrokesError("there are no drawings; give at least one")
        if self.labels is not None:
            convert(self, "labels", _labels(self.labels, len(self)))
        if self.source is not None:
            convert(self, "source", _source(self.source, len(self)))

    def __len__(self) -> int:
        return len(self.digit_offsets) - 1

    def __getitem__(self, index: int) -> list[Points]:
        i = range(len(self))[index]
        edges = self.stroke_offsets[self.digit_offsets[i] : self.digit_offsets[i + 1] + 1]
        return [self.points[a:b] for a, b in pairwise(edges)]

    def __iter__(self) -> Iterator[list[Points]]:
        return (self[i] for i in range(len(self)))


def collect(
    drawings: Iterable[Sequence[ArrayLike]],
    labels: ArrayLike | None = None,
    source: Sequence[str] | None = None,
) -> Drawings:
    """Pack lists of strokes ``(n, 2)`` into :class:`Drawings`; coordinates are rounded to float32.

    Raises:
        StrokesError: there is no drawing, or a stroke is not of shape ``(n, 2)`` or not finite.
    """
    each = [[as_points(stroke) for stroke in drawing] for drawing in drawings]
    strokes = [stroke for drawing in each for stroke in drawing]
    return Drawings(
        np.concatenate([np.empty((0, 2)), *strokes]),
        np.cumsum([0, *map(len, strokes)], dtype=np.int64),
        np.cumsum([0, *map(len, each)], dtype=np.int64),
        None if labels is None else np.asarray(labels),
        None if source is None else np.asarray(source, dtype=np.str_),
    )


def load_npz(path: Path) -> Drawings:
    """Read drawings from an ``.npz`` file as :func:`save_npz` writes it; nothing in it is ever unpickled.

    Raises:
        StrokesError: names the file, what is wrong with it (missing, truncated, foreign, too large, an array
            that is missing or of the wrong type, shape or content) and what to do.
    """
    path = Path(path)
    try:
        with npz.Archive(path) as archive:
            arrays = _arrays(archive)
        return Drawings(**arrays)
    except FileNotFoundError as error:
        raise StrokesError(f"{path} does not exist; give the name of an .npz file of strokes.") from error
    except OSError as error:
        raise StrokesError(
            f"{path} cannot be read ({error.strerror or error}); choose another file."
        ) from error
    except (StrokesError, npz.MemberError) as error:
        raise StrokesError(
            f"{path}: {error}. Choose another file: one of strokes holds {_LAYOUT}."
        ) from error
    except npz.BROKEN as error:
        raise StrokesError(
            f"{path} is no .npz file or is damaged ({error}); choose another one, which holds {_LAYOUT}."
        ) from error


def save_npz(path: Path, drawings: Drawings) -> None:
    """Write drawings to ``path`` in one step; equal drawings give equal files.

    Raises:
        StrokesError: the file cannot be written; what was there before is still there.
    """
    arrays = {
        "points": drawings.points,
        "stroke_offsets": drawings.stroke_offsets.astype(np.int32),
        "digit_offsets": drawings.digit_offsets.astype(np.int32),
        "labels": drawings.labels,
        "source": drawings.source,
    }
    buffer = io.BytesIO()
    # numpy dates every member 1980-01-01, so the bytes depend on nothing else.
    known: dict[str, Any] = {name: array for name, array in arrays.items() if array is not None}
    np.savez_compressed(buffer, **known)
    try:
        paths.write_bytes(Path(path), buffer.getvalue())
    except OSError as error:
        raise StrokesError(refusals.unwritable(Path(path), error)) from error


def _arrays(archive: npz.Archive) -> dict[str, NDArray[Any]]:
    sizes = archive.sizes
    wanted = ("points", "stroke_offsets", "digit_offsets", "labels", "source")
    if missing := [name for name in wanted[:3] if name not in sizes]:
        raise StrokesError(f"{' and '.join(missing)} missing among {', '.join(sizes) or 'nothing'}")
    if (size := sum(sizes[name] for name in wanted if name in sizes)) > MAX_BYTES:
        raise StrokesError(f"it unpacks to {size:,} bytes; split it into files of less than {MAX_BYTES:,}")
    return {name: archive.read(name) for name in wanted if name in sizes}


def _points(values: NDArray[Any]) -> Points:
    if values.dtype.kind != "f" or values.ndim != 2 or values.shape[1] != 2:
        raise StrokesError(f"points is {values.dtype} {values.shape}; it must be float32 (P, 2)")
    with np.errstate(over="ignore"):  # beyond float32 is refused as not finite
        points: Points = _read_only(values, np.float32)
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(1))[0])
        raise StrokesError(f"points[{row}] is not finite; remove it")
    return points


def _offsets(name: str, values: NDArray[Any], total: int) -> Offsets:
    if values.dtype.kind not in "iu" or values.ndim != 1 or not values.size:
        raise StrokesError(f"{name} is {values.dtype} {values.shape}; it must be whole numbers in one row")
    offsets: Offsets = _read_only(values, np.int64)
    if offsets[0] != 0 or offsets[-1] != total:
        raise StrokesError(f"{name} goes from {offsets[0]} to {offsets[-1]}; it must go from 0 to {total}")
    if (falls := np.flatnonzero(np.diff(offsets) < 0)).size:
        i = int(falls[0])
        raise StrokesError(f"{name}[{i + 1}] is {offsets[i + 1]} after {offsets[i]}; offsets must not fall")
    return offsets


def _labels(values: NDArray[Any], n: int) -> NDArray[np.uint8]:
    if values.dtype.kind not in "iu" or values.shape != (n,):
        raise StrokesError(f"labels is {values.dtype} {values.shape}; it must be whole numbers ({n},)")
    if not ((values >= 0) & (values <= 255)).all():
        raise StrokesError(f"labels goes from {values.min()} to {values.max()}; it must stay within 0 to 255")
    return _read_only(values, np.uint8)


def _source(values: NDArray[Any], n: int) -> NDArray[np.str_]:
    if values.dtype.kind != "U" or values.shape != (n,):
        raise StrokesError(f"source is {values.dtype} {values.shape}; it must be text ({n},)")
    return _read_only(values, values.dtype.newbyteorder("="))


def _read_only(values: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    # A copy: the caller's own array stays writable and cannot change what is held here.
    array = np.array(values, dtype, order="C")
    array.setflags(write=False)
    return array
