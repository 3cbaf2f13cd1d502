"""Figures to files: PNG, SVG or PDF, and the numbers as CSV beside them. Equal figures give equal files."""

from __future__ import annotations

import csv
import errno
import io
from pathlib import Path

from saegui.core.errors import ExportError
from saegui.core.figures.base import Cell, Drawn, Subject, Table
from saegui.core.figures.registry import KINDS, draw, missing
from saegui.core.files import paths, refusals
from saegui.core.progress import UNWATCHED, Progress

FILE_TYPES = ("png", "svg", "pdf")

# Dates and version numbers would make equal figures differ.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "saegui"},
    "svg": {"Creator": "saegui", "Date": None},
    "pdf": {"Creator": "saegui", "Producer": "saegui", "CreationDate": None},
}


def render(drawn: Drawn, fmt: str) -> bytes:
    """The figure as the bytes of a ``png``, ``svg`` or ``pdf`` file.

    Raises:
        ExportError: for any other format.
    """
    if fmt not in FILE_TYPES:
        raise ExportError(f"A figure cannot be saved as '{fmt}'; choose one of {', '.join(FILE_TYPES)}.")
    from saegui.core.figures import paper

    buffer = io.BytesIO()
    with paper.style():
        drawn.figure.savefig(buffer, format=fmt, dpi=paper.DPI, metadata=_METADATA[fmt])
    return buffer.getvalue()


def to_csv(table: Table) -> str:
    """The table as CSV. Nine significant digits bring every float32 back exactly; NaN is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return buffer.getvalue()


def check_ending(path: Path) -> None:
    """Raise :class:`ExportError` unless ``path`` ends as a figure's file does."""
    if wrong := refusals.wrong_ending(path, [f".{fmt}" for fmt in FILE_TYPES], needed=True):
        raise ExportError(wrong)


def save(drawn: Drawn, path: Path) -> tuple[Path, ...]:
    """Write the figure to ``path``, in the format of its suffix, and its numbers to a CSV of the same stem.

    Each file is replaced in one step, neither before both are written. Returns both paths, figure first.

    Raises:
        ExportError: for a suffix other than .png, .svg or .pdf, or when the folder cannot be written: the
            file and the reason.
    """
    fmt = path.suffix.lower().removeprefix(".")
    check_ending(path)
    table_path = path.with_suffix(".csv")
    picture, table = render(drawn, fmt), to_csv(drawn.table).encode()
    try:
        for target in (path, table_path):
            if target.is_dir():
                # Found out only when the one file is in place and the other is not, were it not for this.
                raise IsADirectoryError(errno.EISDIR, f"{target.name} is a folder")
        with paths.replacing(path) as new_picture, paths.replacing(table_path) as new_table:
            new_picture.write_bytes(picture)
            new_table.write_bytes(table)
    except OSError as error:
        raise ExportError(refusals.unwritable(path, error)) from error
    return path, table_path


def save_all(
    subject: Subject,
    folder: Path,
    fmt: str = "png",
    *,
    progress: Progress = UNWATCHED,
) -> list[Path]:
    """Write every kind that ``subject`` allows as ``folder/KIND.fmt``, and return all files written.

    ``progress`` counts figures, before each and once at the end. Ask
    :func:`saegui.core.figures.missing` why a kind was left out, or pass a
    :func:`saegui.core.figures.completed` subject.

    Raises:
        ExportError: for an unknown format or a folder that cannot be written.
        Cancelled: ``progress`` gave the work up between two figures; those written so far stay.
    """
    kinds = [kind for kind in KINDS.values() if missing(kind.name, subject) is None]
    written: list[Path] = []
    for done, kind in enumerate(kinds):
        progress.report(done, len(kinds), kind.title)
        written += save(draw(kind.name, subject), folder / f"{kind.name}.{fmt}")
    progress.report(len(kinds), len(kinds))
    return written


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return "%.9g" % value if value == value else ""  # noqa: UP031 - twice as fast, and there may be millions
    return "" if value is None else str(value)
