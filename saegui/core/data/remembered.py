"""The data sets that users set up, in the window or on the command line: known again at the next start of either."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from saegui.core.arrays import Shape, checked_shape
from saegui.core.data import registry
from saegui.core.data.added import Added, as_dict, from_dict
from saegui.core.errors import DataError
from saegui.core.files import paths

NAME = "data-sets.json"
DAMAGED = "data-sets.damaged.json"
"""What a file is called that holds no list; it is set aside and not overwritten."""
MOST = 200
"""Data sets that are remembered; the oldest are forgotten first."""


class Kept(NamedTuple):
    """One of them."""

    added: Added
    shape: Shape | None
    """Of one input; None while it was never loaded."""


def read() -> tuple[Kept, ...]:
    """Those that are remembered, the oldest first; what this program cannot read is left out."""
    return tuple(found for entry in _entries() if (found := _kept(entry)) is not None)


def know_all() -> None:
    """Make all of them known to this program. No file of theirs is read."""
    for added, shape in read():
        try:
            registry.add(added, shape=shape)
        except DataError:
            # Of a program that could read more; it is kept for that one.
            continue


def remember(added: Added, shape: Shape | None = None) -> None:
    """Remember ``added`` as the newest, with the shape that it had before where none is given.

    Raises:
        OSError: it cannot be written.
    """
    entries = _entries()
    before = next(
        (kept for entry in entries if (kept := _kept(entry)) is not None and kept.added == added), None
    )
    if before is not None and shape is None:
        shape = before.shape
    _write([*_without(entries, added), {"added": as_dict(added), "shape": shape}][-MOST:])


def update(added: Added, shape: Shape) -> None:
    """Keep the shape of one input of ``added``, if it is remembered; its place in the list stays.

    Raises:
        OSError: it cannot be written.
    """
    entries = _entries()
    renewed = [
        {**entry, "shape": shape} if (kept := _kept(entry)) is not None and kept.added == added else entry
        for entry in entries
    ]
    if json.dumps(renewed) != json.dumps(entries):
        _write(renewed)


def forget(added: Added) -> None:
    """Remember ``added`` no more.

    Raises:
        OSError: it cannot be written.
    """
    _write(_without(_entries(), added))


def _path() -> Path:
    return paths.home() / NAME


def _entries() -> list[Any]:
    """As the file has them; none where it has none, or cannot be read."""
    try:
        found = json.loads(paths.read_text(_path()))
    except (OSError, ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _kept(entry: Any) -> Kept | None:
    try:
        shape = entry["shape"]
        return Kept(from_dict(entry["added"]), None if shape is None else checked_shape(shape))
    except (ValueError, KeyError, TypeError):
        return None


def _without(entries: list[Any], added: Added) -> list[Any]:
    return [entry for entry in entries if (kept := _kept(entry)) is None or kept.added != added]


def _write(entries: list[Any]) -> None:
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not _is_list(path):
        path.replace(path.with_name(DAMAGED))
    paths.write_text(path, json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def _is_list(path: Path) -> bool:
    try:
        return isinstance(json.loads(paths.read_text(path)), list)
    except (OSError, ValueError, RecursionError):
        return False
