"""``.parquet``: columns of numbers, lists of numbers, and texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from saegui.core.data.tables import arrow
from saegui.core.data.tables.table import Table
from saegui.core.files import paths

MAGIC = b"PAR1"
ROWS = 4096
"""Read at once."""


class _Parquet(arrow.ArrowTable):
    kind = "a Parquet table"
    named_columns = True


def sniff(path: Path, start: bytes) -> bool:
    """By its first bytes, or its name."""
    return start.startswith(MAGIC) or path.suffix.lower() in (".parquet", ".pq")


def read(path: Path) -> Table:
    """What the file says of its columns.

    Raises:
        DataError: it is damaged, or pyarrow is missing.
    """
    pyarrow = arrow.package(path)
    import pyarrow.parquet as parquet

    try:
        paths.check_file(path)
        with parquet.ParquetFile(path) as file:
            schema, n_rows = file.schema_arrow, file.metadata.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise arrow.unreadable(path, error) from error

    def batches(names: Sequence[str]) -> Iterator[Any]:
        with parquet.ParquetFile(path, memory_map=True) as file:
            yield from file.iter_batches(ROWS, columns=list(names))

    return _Parquet(path, schema, n_rows, batches)
