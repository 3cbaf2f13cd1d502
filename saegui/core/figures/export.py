"""Figures to files: PNG, SVG, SVGZ or PDF, and the numbers as CSV beside them. Equal figures give equal files."""

from __future__ import annotations

import csv
import errno
import gzip
import io
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.core.errors import ExportError
from saegui.core.figures import captions
from saegui.core.figures.base import Cell, Drawn, Table
from saegui.core.figures.lean_fonts import lean_fonts
from saegui.core.files import paths, refusals

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILE_TYPES = ("png", "svg", "pdf", "svgz")

# Dates and version numbers would make equal figures differ.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "saegui"},
    "svg": {"Creator": "saegui", "Date": None},
    "pdf": {"Creator": "saegui", "Producer": "saegui", "CreationDate": None},
}
_SAMPLE = 64
"""Rows that the size of a table is judged by."""
_CAPTION = {"png": "Description", "svg": "Description", "pdf": "Subject"}
"""What each format calls what is shown."""


def render(drawn: Drawn, fmt: str) -> bytes:
    """The figure as the bytes of a ``png``, ``svg``, ``pdf`` or ``svgz`` file; a PDF has all pages, the others the first one.

    Raises:
        ExportError: for any other format.
    """
    if fmt == "pdf" and drawn.more:
        return _pages(drawn)
    return _rendered(drawn.figure, drawn, fmt)


def _rendered(figure: Figure, drawn: Drawn, fmt: str) -> bytes:
    if fmt not in FILE_TYPES:
        raise ExportError(f"A figure cannot be saved as '{fmt}'; choose one of {', '.join(FILE_TYPES)}.")
    if fmt == "svgz":
        # Without the time, which matplotlib's own would hold.
        return gzip.compress(_rendered(figure, drawn, "svg"), mtime=0)
    from saegui.core.figures import paper

    buffer = io.BytesIO()
    with paper.style(), lean_fonts() if fmt == "pdf" else nullcontext():
        figure.savefig(buffer, format=fmt, dpi=paper.DPI, metadata=_metadata(drawn, fmt))
    return buffer.getvalue()


def _pages(drawn: Drawn) -> bytes:
    from matplotlib.backends.backend_pdf import PdfPages

    from saegui.core.figures import paper

    buffer = io.BytesIO()
    with paper.style(), lean_fonts(), PdfPages(buffer, metadata=_metadata(drawn, "pdf")) as pages:
        for figure in (drawn.figure, *drawn.more):
            pages.savefig(figure)
    return buffer.getvalue()


def _metadata(drawn: Drawn, fmt: str) -> dict[str, str | None]:
    """What a file says of itself: the caption, with the run's parameters."""
    found = dict(_METADATA[fmt])
    if drawn.caption is not None:
        words = f"{drawn.caption.words} {drawn.caption.parameters}."
        found |= {"Title": drawn.caption.title, _CAPTION[fmt]: words}
    return found


def to_csv(table: Table) -> str:
    """The table as CSV. Nine significant digits bring every float32 back exactly; NaN is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return buffer.getvalue()


def csv_bytes(table: Table) -> int:
    """About how many bytes :func:`to_csv` gives: of a long table a sample of its rows is written."""
    step = -(-len(table.rows) // _SAMPLE)
    sample = table.rows[:: max(1, step)]
    if not sample:
        return len(to_csv(table).encode())
    header = len(to_csv(Table(table.header, [])).encode())
    written = len(to_csv(Table(table.header, sample)).encode()) - header
    return header + round(written * len(table.rows) / len(sample))


def check_ending(path: Path) -> None:
    """Raise :class:`ExportError` unless ``path`` ends as a figure's file does."""
    if wrong := refusals.wrong_ending(path, [f".{fmt}" for fmt in FILE_TYPES], needed=True):
        raise ExportError(wrong)


def contents(drawn: Drawn, path: Path, *, table: bool = True) -> dict[Path, bytes]:
    """The files that a figure is saved as, the figure itself first; its numbers only with ``table``.

    Raises:
        ExportError: for a suffix other than those of :data:`FILE_TYPES`.
    """
    fmt = path.suffix.lower().removeprefix(".")
    check_ending(path)
    files = {path: render(drawn, fmt)}
    if table:
        files[path.with_suffix(".csv")] = to_csv(drawn.table).encode()
    for number, figure in enumerate(() if fmt == "pdf" else drawn.more, start=2):
        files[path.with_name(f"{path.stem}-{number}{path.suffix}")] = _rendered(figure, drawn, fmt)
    if drawn.caption is not None and drawn.caption.beside:
        files[path.with_suffix(".txt")] = captions.as_text(drawn.caption).encode()
        files[path.with_suffix(".tex")] = captions.as_latex(drawn.caption, path.name).encode()
    return files


def save(drawn: Drawn, path: Path | str) -> tuple[Path, ...]:
    """Write the figure to ``path``, in the format of its suffix, and its numbers to a CSV of the same stem.

    Further pages are numbered files, except in a PDF. Where the figure has no header, its caption is beside it as text and as
    LaTeX. Each file is replaced in one step, none before all are written. Returns the paths, figure first.

    Raises:
        ExportError: for a suffix other than those of :data:`FILE_TYPES`, or when the folder cannot be written: the
            file and the reason.
    """
    path = Path(path)
    files = contents(drawn, path)
    try:
        for target in files:
            if target.is_dir():
                # Found out only when some files are in place and others are not, were it not for this.
                raise IsADirectoryError(errno.EISDIR, f"{target.name} is a folder")
        with ExitStack() as written:
            for target, content in files.items():
                written.enter_context(paths.replacing(target)).write_bytes(content)
    except OSError as error:
        raise ExportError(refusals.unwritable(path, error)) from error
    return tuple(files)


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return "%.9g" % value if value == value else ""  # noqa: UP031 - twice as fast, and there may be millions
    return "" if value is None else str(value)
