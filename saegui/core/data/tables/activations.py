"""A folder of Hugging Face's ``datasets``, as ``save_to_disk`` and SAELens's ``CacheActivationsRunner`` write it.

It is read with pyarrow alone: ``state.json`` names the files, which are Arrow streams. Other ``*.arrow`` files beside them
are what the library remembers of its work, such as an order of rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saegui.core.data.tables import arrow
from saegui.core.data.tables.table import Table
from saegui.core.errors import DataError, reason
from saegui.core.files import paths

STATE, PARTS = "state.json", "dataset_dict.json"
SAELENS = "cache_activations_runner_cfg.json"
"""Lies beside the rows where SAELens wrote them."""


class _Activations(arrow.ArrowTable):
    kind = "a folder of Hugging Face's datasets"
    named_columns = True

    def __init__(
        self, path: Path, schema: Any, n_rows: int, batches: arrow.Batches, files: list[Path]
    ) -> None:
        self._files = files
        super().__init__(path, schema, n_rows, batches)
        self.positions = any(len(column.shape) == 3 for column in self.columns.values())
        if (path / SAELENS).is_file():
            self.kind = "activations cached by SAELens"

    def mapped(self, name: str) -> NDArray[Any] | None:
        """Where all rows lie in one piece: one file of one batch, without gaps."""
        column = self.columns[name]
        if len(self._files) != 1 or not column.is_number or len(column.shape) < 2:
            return None
        pyarrow = arrow.package(self.path)
        with pyarrow.memory_map(str(self._files[0])) as mapped:
            start = mapped.read_buffer(1).address
            mapped.seek(0)
            with pyarrow.ipc.open_stream(mapped) as stream:
                batches = list(stream)
            if len(batches) != 1:
                return None
            array = batches[0].column(batches[0].schema.get_field_index(name))
            for _ in column.shape[1:]:
                array = getattr(array, "storage", array).flatten()
            try:
                values = array.to_numpy(zero_copy_only=True)
            except pyarrow.ArrowException:
                return None
            place = values.__array_interface__["data"][0] - start
        # What is packed lies elsewhere; what has gaps or lists of several lengths is read in blocks, which says so.
        inside = 0 <= place <= self._files[0].stat().st_size - values.nbytes
        if not inside or len(values) != math.prod(column.shape):
            return None
        return np.asarray(np.memmap(self._files[0], values.dtype, "r", place, column.shape))


def sniff(path: Path, start: bytes) -> bool:
    """By the files in the folder."""
    return (path / STATE).is_file() or (path / PARTS).is_file()


def read(path: Path) -> Table:
    """What the streams say of their columns.

    Raises:
        DataError: a file that ``state.json`` names is missing or damaged, or pyarrow is missing.
    """
    if not (path / STATE).is_file():
        raise DataError(f"{path} holds several data sets; choose {_parts(path)}.")
    pyarrow = arrow.package(path)
    files = [path / name for name in _named(path)]
    try:
        schemas, counts = zip(*(_header(pyarrow, file) for file in files), strict=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise arrow.unreadable(path, error) from error
    if any(not schema.equals(schemas[0]) for schema in schemas):
        raise DataError(f"{path}: its files differ in their columns; save the data set again.")

    def batches(names: Sequence[str]) -> Iterator[Any]:
        for file in files:
            with pyarrow.memory_map(str(file)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
                for batch in stream:
                    yield batch.select(list(names))

    return _Activations(path, schemas[0], sum(counts), batches, files)


def _named(path: Path) -> list[str]:
    """The files that ``state.json`` names, in their order."""
    state = path / STATE
    try:
        content = json.loads(paths.read_text(state))
        names = [found["filename"] for found in content["_data_files"]]
        indices = content.get("_indices_data_files")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{state} is damaged ({reason(error)}); save the data set again.") from error
    if indices:
        raise DataError(f"{path} is kept in another order; save it after flatten_indices().")
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise DataError(
                f"{state} names the file {name!r}, which is not beside it; save the data set again."
            )
        if not (path / name).is_file():
            raise DataError(f"{path} lacks {name}, which {STATE} names; copy the whole folder again.")
    if not names:
        raise DataError(f"{path} holds no rows; choose a folder with some.")
    return names


def _header(pyarrow: Any, file: Path) -> tuple[Any, int]:
    """The columns and the number of rows of one stream, whose numbers are mapped and not looked at."""
    with pyarrow.memory_map(str(file)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
        return stream.schema, sum(batch.num_rows for batch in stream)


def _parts(path: Path) -> str:
    try:
        names = json.loads(paths.read_text(path / PARTS))["splits"]
        return "one of its folders " + ", ".join(map(str, names))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "one of its folders"
