"""Where saegui reads and writes, and how a file is replaced without ever being half written."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import saegui
from saegui.core.files import leftovers

MOST_TEXT = 1_000_000
"""Bytes of a text file of ours that is read; it usually has about 2,000."""
HOME_VARIABLE = "SAEGUI_HOME"
"""Environment variable that moves everything saegui writes into one folder (servers, tests)."""


def home() -> Path:
    """The folder that holds the cached data sets, the runs and the settings."""
    if override := os.environ.get(HOME_VARIABLE):
        return Path(override).absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("saegui", appauthor=False))


def data_cache() -> Path:
    """Where downloaded data sets are kept as ``.npy``."""
    return home() / "data"


def runs_dir() -> Path:
    """Where the window and ``saegui runs`` look for runs."""
    return home() / "runs"


def resource(name: str) -> Path:
    """A file or folder of ``resources/``: beside the package in a checkout, inside it when installed."""
    package = Path(saegui.__file__).parent
    installed = package / "resources"
    return (installed if installed.is_dir() else package.parent / "resources") / name


def unreadable_kind(path: Path) -> str:
    """What ``path`` is where it is no file that can be read to its end, in words; empty for a file, and where nothing is.

    A named pipe or a device must not be opened: nobody may ever write to the one, and the other may never end.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "a link to a file that does not exist" if path.is_symlink() else ""
    except OSError as error:
        return "a link that leads back to itself" if error.errno == errno.ELOOP else ""
    if stat.S_ISREG(mode):
        return ""
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def check_file(path: Path) -> os.stat_result:
    """Whether ``path`` is a file that can be opened without waiting for anybody; what the system knows of it.

    Raises:
        OSError: as opening it would, or because it is something else; ``strerror`` says what.
    """
    try:
        found = path.stat()
    except OSError as error:
        if kind := unreadable_kind(path):
            raise OSError(error.errno, f"it is {kind}", str(path)) from error
        raise
    if not stat.S_ISREG(found.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EINVAL
        raise OSError(number, f"it is {unreadable_kind(path)}", str(path))
    return found


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """The text (UTF-8) of a file that has at most ``most`` bytes.

    Raises:
        OSError: it is no file that can be read, or larger; ``strerror`` says which.
        UnicodeDecodeError: it is no text.
    """
    if (size := check_file(path).st_size) > most:
        raise OSError(errno.EFBIG, f"it has {size:,} bytes, of at most {most:,}", str(path))
    return path.read_text("utf-8")


@contextmanager
def replacing(path: Path, *, staged: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it replaces ``path`` atomically, on error it is removed.

    Folders that are missing are made; on error they are removed too. What killed processes left of ``path`` is removed. Raises whatever the writing raises (``OSError`` for a
    full disk or a folder that cannot be made or written).

    ``staged``: ``path`` lies in a folder of :func:`staging`, where nobody reads before :func:`sync`. So it is written there at once.
    """
    if staged:
        yield path
        return
    made = make_folders(path.parent)
    leftovers.sweep(path.parent, path.name)
    temporary = path.with_name(leftovers.name_for(path.name, path.suffix))
    try:
        # Not tempfile's, whose files are private: what saegui writes follows the user's umask like any other file.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        # Or a crash of the machine could leave the new name on contents that never reached the disk.
        _sync(temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        remove_empty(made)
        raise


def check_can_make(folder: Path) -> None:
    """Whether ``folder`` can be written, or be made: it is made for a moment, as some systems do not say otherwise.

    Raises:
        OSError: it cannot; ``strerror`` says why.
    """
    nearest = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        number = errno.EROFS if _is_read_only(nearest) else errno.EACCES
        raise OSError(number, os.strerror(number))
    remove_empty(make_folders(folder))


def _is_read_only(folder: Path) -> bool:
    """Whether the disk itself is, on systems that say so."""
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def make_folders(folder: Path) -> list[Path]:
    """Make ``folder`` and those above it that are missing; returns what was made, for :func:`remove_empty`.

    Raises ``OSError`` where one cannot be made; none is left then.
    """
    missing: list[Path] = []
    for each in (folder, *folder.parents):
        if each.exists():
            break
        missing.append(each)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        remove_empty(missing)
        raise
    return missing


def remove_empty(folders: list[Path]) -> None:
    """Remove ``folders``, the innermost first; those into which somebody has put something stay."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path``; on success it becomes ``path``, on error nothing is left of it.

    Raises:
        OSError: ``path`` exists and is no empty folder, or a folder cannot be made there.
    """
    if path.is_dir():
        if any(path.iterdir()):
            raise FileExistsError(errno.EEXIST, "it exists and is not empty", str(path))
    elif path.exists() or path.is_symlink():
        raise FileExistsError(errno.EEXIST, "it exists and is no folder", str(path))
    made = make_folders(path.parent)
    leftovers.sweep(path.parent, path.name)
    temporary = path.with_name(leftovers.name_for(path.name))
    try:
        temporary.mkdir()
        yield temporary
        if path.is_dir():
            path.rmdir()
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        remove_empty(made)
        raise


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield an empty folder inside ``folder`` for files that shall replace others of ``folder`` together; it is removed at the end.

    Files are moved out of it by a rename, which needs no room: so a disk that fills up is noticed before the first of them
    is replaced; :func:`sync` comes before that. Raises ``OSError`` when the folder cannot be made.
    """
    leftovers.sweep(folder)
    temporary = folder / leftovers.name_for("saving")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def sync(folder: Path) -> None:
    """Wait until all files in ``folder`` and below it have reached the disk; raises ``OSError`` where one does not.

    A disk is asked for all of them at once, which takes half as long as one after the other.
    """
    files = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    if files:
        with ThreadPoolExecutor(len(files)) as threads:
            # The results are asked for, because an error is one.
            list(threads.map(_sync, files))


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def write_bytes(path: Path, data: bytes, *, staged: bool = False) -> None:
    """Replace ``path`` by ``data`` in one step; ``staged`` as in :func:`replacing`."""
    with replacing(path, staged=staged) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str, *, staged: bool = False) -> None:
    """Replace ``path`` by ``text`` (UTF-8, newlines as given) in one step; ``staged`` as in :func:`replacing`."""
    write_bytes(path, text.encode(), staged=staged)
