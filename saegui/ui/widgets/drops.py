"""What is dragged onto the window: a picture, the folder of a run, or data."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData


def dropped_files(data: QMimeData) -> list[Path]:
    """Files and folders of this machine, as they were dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def left_out(files: Sequence[Path]) -> list[str]:
    """That of several files only the first was taken, in a sentence; none where there are no others."""
    if len(files) < 2:
        return []
    others = files[1].name if len(files) == 2 else f"the other {len(files) - 1:,}"
    return [f"Only {files[0].name} was taken; drop {others} alone: one file or folder at a time."]


def is_picture_name(path: Path) -> bool:
    """Whether a file is called like a picture; a folder is none, and neither is a file whose name says nothing."""
    kind, _ = mimetypes.guess_type(path.name)
    return kind is not None and kind.startswith("image/") and not path.is_dir()
