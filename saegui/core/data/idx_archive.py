"""IDX files that are published in one ZIP file, as EMNIST's six data sets are.

The file is kept as it came, because what one data set does not use another does: it is downloaded once for all.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saegui.core.data import cache, idx
from saegui.core.data.idx_set import IdxSet
from saegui.core.errors import DataError
from saegui.core.files import paths
from saegui.core.progress import Progress


def kept_file(this: IdxSet) -> Path:
    """Where the ZIP file is kept once it was downloaded."""
    return paths.data_cache() / this.archive_below / this.archive


def is_kept(this: IdxSet) -> bool:
    """Whether it was downloaded; its content is not looked at."""
    return kept_file(this).is_file()


def fetched(this: IdxSet, progress: Progress) -> list[NDArray[Any]]:
    """What the four files of ``this`` hold, from the ZIP file that is kept, which is downloaded if it is not there.

    One that is damaged is downloaded again, and ``progress`` says so.

    Raises:
        DataError: it could not be had or kept, or does not hold the files.
        Cancelled: ``progress`` gave the work up; nothing half written is left.
    """
    path = kept_file(this)
    if is_kept(this):
        try:
            return read(path, this, progress)
        except DataError as error:
            progress.report(0, this.info.download_bytes, f"{error} Downloading it again.")
    _download(this, path, progress)
    return read(path, this, progress)


def read(path: Path, this: IdxSet, progress: Progress) -> list[NDArray[Any]]:
    """What the four files of ``this`` hold in the ZIP file ``path``, wherever in it they are.

    Raises:
        DataError: names the file and what is wrong with it.
    """
    arrays = []
    try:
        paths.check_file(path)
        with zipfile.ZipFile(path) as archive:
            members = {name.rpartition("/")[2]: name for name in archive.namelist()}
            for index, (file, type) in enumerate(zip(this.files, this.types, strict=True)):
                progress.report(index, len(this.files), f"Reading {file}.gz from {path.name}")
                if f"{file}.gz" not in members:
                    raise DataError(f"{path} does not hold {file}.gz; {this.remedy}")
                with archive.open(members[f"{file}.gz"]) as packed:
                    arrays.append(idx.unpack(packed, f"{file}.gz in {path}", type))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        # A member that is encrypted or packed in a way that Python does not know raises one of the middle two.
        raise DataError(f"{path} is truncated or damaged ({error}); {idx.REMEDY}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {this.remedy}") from error
    progress.report(len(this.files), len(this.files), f"Read {path.name}")
    return arrays


def _download(this: IdxSet, path: Path, progress: Progress) -> None:
    """Bring the ZIP file to ``path``; a part of it goes to a file beside it, which is removed on any error."""
    from saegui.core.data import download  # the network's modules take longer to import than the cache to map

    try:
        with paths.replacing(path) as part, part.open("wb") as file:
            download.fetch_archive(this, file, progress)
    except (download.CannotKeepError, OSError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        assert isinstance(cause, OSError)
        words = cache.cannot_write(path.parent, this.info, cause, this.info.download_bytes)
        raise DataError(words) from error
