"""Data sets that a user sets up: a file or folder of their own, or a source with other options than its usual ones."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saegui.core.data.options import Options

MOST_LETTERS = 40
"""Of the file's name in :attr:`Added.name`."""


@dataclass(frozen=True)
class Added:
    """Which source reads it, from where, and how: all that is needed to read it again."""

    source: str
    """Name of the source that reads it, a key of :data:`~saegui.core.data.registry.READERS` or ``SOURCES``."""
    path: Path | None
    """The user's file or folder, absolute; None for a source that reads none."""
    options: Options = field(default_factory=dict)
    """Complete, as the source's ``load`` takes them."""

    @property
    def name(self) -> str:
        """What configurations call it, such as ``cats-3f2a91c0``; equal for what is read equally from the same place.

        It does not depend on what lies there now: a run finds its data by this name, also to say that they are gone.
        """
        known = json.dumps(as_dict(self), sort_keys=True, ensure_ascii=False)
        slug = (
            re.sub(r"[^a-z0-9]+", "-", ("" if self.path is None else self.path.stem).lower())
            .strip("-")[:MOST_LETTERS]
            .rstrip("-")
        )
        return f"{slug or self.source}-{zlib.crc32(known.encode(errors='surrogateescape')):08x}"

    @property
    def stem(self) -> str:
        """The file's or folder's name without its ending; the source's where there is none."""
        if self.path is None:
            return self.source
        return (
            self.path.stem if self.path.suffix and not self.path.is_dir() else self.path.name or self.source
        )

    def title(self, picked: str = "") -> str:
        """How people call it: the file's or folder's whole name, as its ending tells it from others, and what was ``picked``
        of it; the source's name where there is no file."""
        if self.path is None:
            return self.source
        whole = self.path.name or self.source
        return f"{whole}, {picked}" if picked else whole


def as_dict(added: Added) -> dict[str, Any]:
    """As ``run.json`` and the settings keep it."""
    path = None if added.path is None else str(added.path)
    return {"source": added.source, "path": path, "options": dict(added.options)}


def from_dict(found: object) -> Added:
    """The inverse of :func:`as_dict`, of what a file says.

    Raises:
        ValueError: it is not such a description.
    """
    if not isinstance(found, Mapping) or set(found) != {"source", "path", "options"}:
        raise ValueError(f"a data set is described as {found!r}")
    source, path, options = found["source"], found["path"], found["options"]
    if not isinstance(source, str) or not isinstance(options, Mapping):
        raise ValueError(f"a data set is described as {found!r}")
    if path is not None and (not isinstance(path, str) or not path or "\0" in path):
        raise ValueError(f"the path of a data set is {path!r}")
    if not all(
        isinstance(name, str) and isinstance(value, bool | int | float | str)
        for name, value in options.items()
    ):
        raise ValueError(f"the options of a data set are {options!r}")
    return Added(source, None if path is None else Path(path), dict(options))
