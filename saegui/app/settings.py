"""Typed settings, remembered between starts in one INI file in the folder of the program's data."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar, get_args

from PySide6.QtCore import QByteArray, QSettings

from saegui.core import data
from saegui.core.errors import reason
from saegui.core.files import paths, refusals, streams

LIMIT = 1_000_000
"""Bytes that the file may have; it usually has about 3,000. Read whole, a huge one would keep the window from opening."""

ThemeName = Literal["system", "light", "dark"]

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One remembered choice, declared where it is used. Read and write it with :class:`Settings`."""

    name: str
    """In the file: ``grid/sort`` is the key ``sort`` in the section ``grid``."""
    default: T
    """The value while nobody has chosen, and in place of a text that means nothing."""
    read: Callable[[str], T]
    """The value that a text stands for; raises ``ValueError`` if it stands for none."""
    write: Callable[[T], str] = str


def choice(name: str, default: T, choices: tuple[T, ...]) -> Setting[T]:
    """A setting that is one of a few words."""

    def read(text: str) -> T:
        found = {str(value): value for value in choices}
        if text not in found:
            raise ValueError(f"{name} is {text!r}; it is one of {', '.join(found)}")
        return found[text]

    return Setting(name, default, read)


def switch(name: str, default: bool) -> Setting[bool]:
    """A setting that is on or off."""
    return Setting(name, default, read_bool, write_bool)


def read_bool(text: str) -> bool:
    """``true`` or ``false``, as Qt writes them, or ``1`` or ``0``.

    Raises:
        ValueError: any other text.
    """
    if text.lower() not in ("true", "false", "1", "0"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in ("true", "1")


def write_bool(value: bool | None) -> str:
    """The inverse of :func:`read_bool`; None gives an empty text."""
    return "" if value is None else str(value).lower()


def _free(path: Path) -> Path:
    """``path``, or with a number where something has that name."""
    names = (path.with_name(f"{path.name}-{count}") if count > 1 else path for count in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


def _why_not_kept(path: Path) -> str:
    try:
        paths.check_can_make(path.parent)
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        return _not_kept(path, error)
    return ""


def _not_kept(path: Path, error: OSError) -> str:
    advice = " or ".join(
        filter(None, (refusals.remedy(error), f"set {paths.HOME_VARIABLE} to another folder"))
    )
    return f"Settings are not kept: {path} cannot be written ({reason(error)}); {advice}."


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _path_text(value: Path | None) -> str:
    return str(value) if value else ""


_THEME: Setting[ThemeName] = choice("theme", "system", get_args(ThemeName))
_FORMER_DATA_DIR: Setting[Path | None] = Setting("data_dir", None, _path, _path_text)
"""One folder for all: before each data set had its own, and the default one was the only one that reads a folder."""


def _data_folder(name: str) -> Setting[Path | None]:
    return Setting(f"data_folders/{name}", None, _path, _path_text)


_LAST_RUN = Setting("last_run", "", str)
_EXPORT_DIR: Setting[Path | None] = Setting("export_dir", None, _path, _path_text)


class Settings:
    """Reads and writes settings. What belongs to no panel has a property here; panels declare their own."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or paths.home() / "settings.ini"
        self.set_aside: Path | None = None
        """Where the file is now if it was larger than :data:`LIMIT`, or no file; every setting then has its default."""
        self.not_kept = ""
        """The sentence to show where the file cannot be written, so that what is chosen is forgotten; empty where it can."""
        try:
            if path.exists() and paths.unreadable_kind(path):
                # A named pipe would keep the window from opening for ever.
                self.set_aside = path.replace(_free(path.with_name("settings.unreadable")))
            elif path.is_file() and path.stat().st_size > LIMIT:
                self.set_aside = path.replace(path.with_name("settings.too-large.ini"))
        except OSError as error:
            # Nothing is read of a file that can be neither used nor moved.
            self.not_kept = _not_kept(path, error)
            path = _free(path.with_name("settings.none.ini"))
        else:
            self.not_kept = _why_not_kept(path)
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)
        self.data_dir: Path | None = None
        """The folder that the command line gave, until the program ends; it goes before every other."""

    def get(self, setting: Setting[T]) -> T:
        """The remembered value; the default where there is none, or where the file has something it cannot be."""
        if not self._settings.contains(setting.name):
            return setting.default
        try:
            return setting.read(str(self._settings.value(setting.name, "", type=str)))
        except ValueError:
            return setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Remember ``value``.

        Raises:
            ValueError: the setting cannot have this value.
        """
        text = setting.write(value)
        setting.read(text)
        self._settings.setValue(setting.name, text)

    @property
    def theme(self) -> ThemeName:
        """Light, dark, or as the system has it."""
        return self.get(_THEME)

    @theme.setter
    def theme(self, value: ThemeName) -> None:
        self.set(_THEME, value)

    def data_folder(self, name: str) -> Path | None:
        """The user's folder with the files of the data set ``name``; None where none was chosen."""
        setting = _data_folder(name)
        if name == data.DEFAULT and not self._settings.contains(setting.name):
            return self.get(_FORMER_DATA_DIR)
        return self.get(setting)

    def set_data_folder(self, name: str, folder: Path | None) -> None:
        """Read the data set ``name`` from ``folder`` from now on."""
        self.set(_data_folder(name), folder)

    @property
    def last_run(self) -> str:
        """Folder of the run that was open last; empty for the starter run."""
        return self.get(_LAST_RUN)

    @last_run.setter
    def last_run(self, value: str) -> None:
        self.set(_LAST_RUN, value)

    @property
    def export_dir(self) -> Path:
        """The folder that the last figure was saved in; at first the home folder."""
        return self.get(_EXPORT_DIR) or Path.home()

    @export_dir.setter
    def export_dir(self, value: Path) -> None:
        self.set(_EXPORT_DIR, value)

    def layout(self, name: str) -> QByteArray:
        """Saved geometry or dock state; empty when there is none."""
        value = self._settings.value(f"layout/{name}", QByteArray(), type=QByteArray)
        # A damaged file gives another type, or nothing: the window then uses its first layout.
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, name: str, value: QByteArray) -> None:
        """Remember a geometry or dock state."""
        self._settings.setValue(f"layout/{name}", value)

    def forget_layout(self) -> None:
        """Forget every geometry and dock state."""
        self._settings.remove("layout")

    def flush(self) -> None:
        """Write what changed; called when the window closes. Where that is impossible only stderr can say so."""
        self._settings.sync()
        if self._settings.status() == QSettings.Status.AccessError and not self.not_kept:
            path = Path(self._settings.fileName())
            streams.write(f"{_why_not_kept(path) or f'Settings are not kept: {path} cannot be written.'}\n")
