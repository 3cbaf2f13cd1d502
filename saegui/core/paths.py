"""Where saegui reads and writes, and how a file is replaced without ever being half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import saegui

HOME_VARIABLE = "SAEGUI_HOME"
"""Environment variable that moves everything saegui writes into one folder (servers, tests)."""


def home() -> Path:
    """The folder that holds the cached data sets, the runs and the settings."""
    if override := os.environ.get(HOME_VARIABLE):
        return Path(override)
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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it replaces ``path`` atomically, on error it is removed.

    Raises whatever the writing raises (``OSError`` for a full disk or a folder that cannot be written).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=f".tmp{path.suffix}", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; what saegui writes follows the user's umask like any other file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` in one step."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` (UTF-8, newlines as given) in one step."""
    write_bytes(path, text.encode())


def _umask() -> int:
    # The umask can only be read by setting it.
    current = os.umask(0o022)
    os.umask(current)
    return current
