"""What a file in ``sources/`` says of its data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saegui.core.data.dataset import Arrays, DatasetInfo, Found
from saegui.core.progress import Progress


def always(folder: Path | None) -> bool:
    """For a source that needs neither network nor folder."""
    return True


@dataclass(frozen=True)
class Source:
    """One data set: what is known of it, and how it is loaded."""

    info: DatasetInfo
    load: Callable[[Path | None, Progress], Arrays | Found]
    """``load(folder, progress)``: the arrays; with a title and notes where what a user's folder holds needs a word.

    Heavy packages are imported in here, so that lists stay quick.

    Raises :class:`~saegui.core.errors.DataError`, which names the file and what to do, and
    :class:`~saegui.core.errors.Cancelled`, when ``progress`` gave the work up.
    """
    available: Callable[[Path | None], bool] = always
    """``available(folder)``: whether :attr:`load` needs no network. Does not look at the content of large files."""
    folder: str = ""
    """What a folder of the user's has to hold, such as ``the MNIST files``; empty for a source that reads none."""
    needs_folder: bool = False
    """Whether there is nothing to load without such a folder."""

    @property
    def takes_folder(self) -> bool:
        """Whether it can be read from a folder of the user's."""
        return bool(self.folder)

    @property
    def always_there(self) -> bool:
        """Whether it needs neither network nor folder, so that it can take the place of what cannot be had."""
        return not self.info.download_bytes and not self.needs_folder
