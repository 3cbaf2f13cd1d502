"""``.csv`` and ``.tsv``: a table as text, with or without a first line of names."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from saegui.core.data.tables import arrow
from saegui.core.data.tables.table import Table
from saegui.core.errors import DataError, reason
from saegui.core.files import paths

ENDINGS = (".csv", ".tsv")
SEPARATORS = ",;\t|"
HEAD_BYTES = 1 << 16
"""From which the separator and the names come."""
PIECE = 1 << 22
"""Bytes that are read at once; a line must be shorter."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+(e[-+]?\d+)?", re.IGNORECASE)
EMPTY = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A")
"""What stands for a number that is not there."""


class _Csv(arrow.ArrowTable):
    kind = "a table as text"
    named_columns = True


def sniff(path: Path, start: bytes) -> bool:
    """By its name: any text could be a table of one column."""
    return path.suffix.lower() in ENDINGS


def read(path: Path) -> Table:
    """Counts the rows and finds out which columns are numbers, which needs a pass over the file.

    Raises:
        DataError: it is no table, or pyarrow is missing.
    """
    pyarrow = arrow.package(path)
    try:
        stamp = paths.check_file(path)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({reason(error)}); choose another file.") from error
    lines = _lines(path, head)
    separator, first = _separator(lines)
    # A table without names that pandas wrote begins with 0, 1, 2, …
    counted = len(first) > 2 and first == [str(place) for place in range(len(first))]
    with_names = counted or not all(_is_number(cell, separator) for cell in first)
    decimal = "," if separator == ";" and any(_COMMA_NUMBER.search(line) for line in lines) else "."
    names = _names(path, first) if with_names else [f"column {place + 1}" for place in range(len(first))]
    reading = _Reading(path, separator, decimal, tuple(names), int(with_names))
    try:
        n_rows, kinds = _scanned(reading, stamp.st_size, stamp.st_mtime_ns)
    except (pyarrow.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    notes = () if with_names else ("The first line holds numbers, so the columns have no names.",)

    def batches(wanted: Sequence[str]) -> Iterator[Any]:
        try:
            yield from reading.batches({name: kinds[name] for name in wanted})
        except pyarrow.ArrowException as error:
            raise _unreadable(path, error) from error

    return _Csv(path, pyarrow.schema(list(kinds.items())), n_rows, batches, notes)


@dataclass(frozen=True)
class _Reading:
    path: Path
    separator: str
    decimal: str
    names: tuple[str, ...]
    skip: int
    """Lines before the first row."""

    def batches(self, kinds: dict[str, Any]) -> Iterator[Any]:
        """The columns ``kinds``, read as these types."""
        from pyarrow import csv as reading

        reader = reading.open_csv(
            self.path,
            reading.ReadOptions(
                use_threads=True, block_size=PIECE, column_names=list(self.names), skip_rows=self.skip
            ),
            reading.ParseOptions(delimiter=self.separator, newlines_in_values=True),
            reading.ConvertOptions(
                column_types=kinds,
                include_columns=list(kinds),
                null_values=list(EMPTY),
                decimal_point=self.decimal,
                # An empty text is a text.
                strings_can_be_null=False,
            ),
        )
        with reader:
            yield from reader


@lru_cache(4)
def _scanned(reading: _Reading, size: int, time: int) -> tuple[int, dict[str, Any]]:
    """The number of rows, and the type of each column: a number where all of it is one.

    Known of a file of this ``size``, last changed at this ``time``, as it is opened several times before it is trained on.
    """
    import pyarrow

    texts = dict.fromkeys(reading.names, pyarrow.string())
    n_rows, numbers = 0, {}
    for place, batch in enumerate(reading.batches(texts)):
        n_rows += batch.num_rows
        if place == 0:
            numbers = {
                name: _all_numbers(batch.column(index).slice(0, 1000).to_pylist(), reading.decimal)
                for index, name in enumerate(reading.names)
            }
    kinds = {name: pyarrow.float64() if numbers.get(name) else pyarrow.string() for name in reading.names}
    return n_rows, kinds


def _lines(path: Path, head: bytes) -> list[str]:
    """The first lines, of which the last may be cut."""
    if head.startswith(_UTF16) or b"\0" in head:
        raise DataError(f"{path} is no text in UTF-8; save it as CSV in UTF-8.")
    if not head.strip():
        raise DataError(f"{path} is empty; choose a file with rows.")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8; save it as CSV in UTF-8.") from error
    return text.splitlines()[:50]


def _separator(lines: Sequence[str]) -> tuple[str, list[str]]:
    """What separates the cells of the first line, and these cells."""
    found = {mark: next(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)) for mark in SEPARATORS}
    mark = max(SEPARATORS, key=lambda each: len(found[each]))
    return mark, found[mark]


def _names(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip() or f"column {place + 1}" for place, cell in enumerate(cells)]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path} has two columns named '{name}'; give each a name of its own.")
    return names


def _is_number(cell: str, separator: str) -> bool:
    cell = cell.strip()
    try:
        float(cell.replace(",", ".") if separator == ";" else cell)
    except ValueError:
        return False
    return True


def _all_numbers(cells: Sequence[str], decimal: str) -> bool:
    """Whether these cells are numbers, some of which may be missing."""
    there = [cell for cell in cells if cell.strip() not in EMPTY]
    separator = ";" if decimal == "," else ","
    return bool(there) and all(_is_number(cell, separator) for cell in there)


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as a table ({reason(error)}); correct this line and save it as CSV."
    )
