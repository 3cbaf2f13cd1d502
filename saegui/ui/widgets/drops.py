"""What is dragged onto the window: a picture, or the folder of a run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData


def dropped_files(data: QMimeData) -> list[Path]:
    """Files and folders of this machine, as they were dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def dropped_folder(data: QMimeData) -> Path | None:
    """The folder that is dragged; None for pictures, files and everything else."""
    return next((path for path in dropped_files(data)[:1] if path.is_dir()), None)
