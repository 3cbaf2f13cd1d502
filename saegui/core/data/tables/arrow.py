"""What the formats share that pyarrow reads: columns of its batches as numpy's arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.tables.table import OTHER, TEXT, Block, Column, Table, rows_at_once
from saegui.core.errors import DataError, reason
from saegui.core.progress import Progress

Batches = Callable[[Sequence[str]], Iterator[Any]]
"""Of the columns named: pyarrow's batches from the first row to the last."""


def package(path: Path) -> Any:
    """pyarrow, which takes a moment to import.

    Raises:
        DataError: it is not installed; says how it is.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise DataError(
            f'{path} is read with pyarrow, which is not installed; install it with: pip install "saegui[arrays]".'
        ) from error
    return pyarrow


class ArrowTable(Table):
    """Of columns that come in batches."""

    def __init__(
        self, path: Path, schema: Any, n_rows: int, batches: Batches, notes: Sequence[str] = ()
    ) -> None:
        """Reads the first batch of lists, which say how long they are only there."""
        self._batches = batches
        pyarrow = package(path)
        lists = [field.name for field in schema if _is_list(pyarrow, field.type)]
        try:
            first = next((batch for batch in batches(lists) if batch.num_rows), None) if lists else None
        except (pyarrow.ArrowException, OSError) as error:
            raise unreadable(path, error) from error
        found = []
        for field in schema:
            tail, dtype = _described(pyarrow, field.type)
            if tail and first is not None:
                tail = _lengths(first.column(first.schema.get_field_index(field.name)))
            found.append(Column(field.name, (n_rows, *tail), dtype))
        left_out = [column.name for column in found if column.dtype == OTHER]
        if left_out:
            notes = (*notes, f"{', '.join(left_out)}: neither numbers nor texts, and left out.")
        if not n_rows:
            raise DataError(f"{path} holds no rows; choose a file with some.")
        super().__init__(path, found, notes)

    def blocks(self, names: Sequence[str], progress: Progress) -> Iterator[Block]:
        """Batch by batch, the large ones in pieces."""
        pyarrow = package(self.path)
        columns = [self.columns[name] for name in names]
        n, size, done = columns[0].shape[0], rows_at_once(columns), 0
        try:
            for batch in self._batches(names):
                for start in range(0, batch.num_rows, size):
                    progress.report(done, n, f"Reading {self.path.name}")
                    piece = batch.slice(start, size)
                    yield {
                        column.name: self._values(
                            piece.column(piece.schema.get_field_index(column.name)), column, done
                        )
                        for column in columns
                    }
                    done += piece.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            raise unreadable(self.path, error) from error
        if done != n:
            raise DataError(f"{self.path} holds {done:,} rows where it says {n:,}; copy or save it again.")
        progress.report(n, n, f"Reading {self.path.name}")

    def _values(self, array: Any, column: Column, before: int) -> NDArray[Any]:
        """One column of a piece; ``before`` rows came earlier."""
        if column.dtype == TEXT:
            return np.asarray(array.to_pylist(), object)
        lengths: tuple[int, ...] = ()
        for length in column.shape[1:]:
            array = array.storage if hasattr(array, "storage") else array
            lengths = (*lengths, length)
            if array.null_count or any(found != length for found in _each_length(array)):
                raise DataError(
                    f"{self.path}: the lists of '{column.name}' differ in their length, which is {length:,} in the first "
                    f"row but not in every row after row {before + 1:,}; save rows of one length."
                )
            # Heeds where a piece begins, which the values below it do not.
            array = array.flatten()
        values: NDArray[Any] = array.to_numpy(zero_copy_only=False)
        return values.reshape(-1, *lengths) if lengths else values


def unreadable(path: Path, error: Exception) -> DataError:
    """The sentence for what pyarrow says of a file."""
    return DataError(f"{path} cannot be read ({reason(error)}); copy it again, or save it again.")


def _is_list(pyarrow: Any, kind: Any) -> bool:
    kind = getattr(kind, "storage_type", kind)
    return bool(
        pyarrow.types.is_list(kind)
        or pyarrow.types.is_large_list(kind)
        or pyarrow.types.is_fixed_size_list(kind)
    )


def _described(pyarrow: Any, kind: Any) -> tuple[tuple[int, ...], str]:
    """The lengths of a column's lists, where they are not known yet 0 each, and what is in them."""
    tail: tuple[int, ...] = ()
    while _is_list(pyarrow, kind):
        kind = getattr(kind, "storage_type", kind)
        tail = (*tail, getattr(kind, "list_size", 0))
        kind = kind.value_type
    types = pyarrow.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return tail, OTHER if tail else TEXT
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind):
        return tail, np.dtype(kind.to_pandas_dtype()).name
    return tail, "float64" if types.is_decimal(kind) else OTHER


def _lengths(array: Any) -> tuple[int, ...]:
    """Of the lists in the first row."""
    found: tuple[int, ...] = ()
    array = array.slice(0, 1)
    while True:
        array = array.storage if hasattr(array, "storage") else array
        if not hasattr(array, "flatten") or not _each_length(array):
            return found
        found = (*found, _each_length(array)[0] or 0)
        array = array.flatten()


def _each_length(array: Any) -> list[int | None]:
    """Of each list; empty for what holds no lists."""
    import pyarrow
    import pyarrow.compute

    if not _is_list(pyarrow, array.type):
        return []
    # Those that lists share are asked once.
    return list(pyarrow.compute.list_value_length(array).unique().to_pylist())
