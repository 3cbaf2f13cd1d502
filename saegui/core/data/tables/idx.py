"""One IDX file that is no part of an image set: an array of any of its types, such as ``idx2numpy`` writes."""

from __future__ import annotations

import re
from pathlib import Path

from saegui.core.data import idx
from saegui.core.data.tables.table import ArraysTable, Table

NAME = "array"
"""Of the only array of such a file."""
_NAMED = re.compile(r"[-._]idx\d?([-._]\w+)?$", re.IGNORECASE)
"""How the name of such a file ends, without ``.gz``."""


class _Idx(ArraysTable):
    kind = "an IDX file"


def sniff(path: Path, start: bytes) -> bool:
    """By its first bytes, or its name."""
    begun = (
        len(start) > 4 and start[:2] == b"\0\0" and start[2] in idx.TYPES and 0 < start[3] <= idx.MOST_RANK
    )
    return begun or _NAMED.search(re.sub(r"\.gz$", "", path.name, flags=re.IGNORECASE)) is not None


def read(path: Path) -> Table:
    """The array, mapped, or unpacked where the file is packed.

    Raises:
        DataError: it is damaged.
    """
    return _Idx(path, {NAME: idx.read(path, None)})
