"""Typed settings, remembered between starts in one INI file beside the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QByteArray, QSettings

from saegui.core import paths

ThemeName = Literal["system", "light", "dark"]


class Settings:
    """Every remembered value is a property here; what a file says and cannot be is replaced by the default."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or paths.home() / "settings.ini"
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)
        self._data_dir: Path | None = None

    @property
    def theme(self) -> ThemeName:
        """Light, dark, or whatever the system says."""
        value = self._settings.value("theme", "system", type=str)
        return value if value in get_args(ThemeName) else "system"  # type: ignore[return-value]

    @theme.setter
    def theme(self, value: ThemeName) -> None:
        self._settings.setValue("theme", value)

    @property
    def data_dir(self) -> Path | None:
        """The user's folder with the MNIST files."""
        if self._data_dir is not None:
            return self._data_dir
        value = self._settings.value("data_dir", "", type=str)
        return Path(str(value)) if value else None

    @data_dir.setter
    def data_dir(self, value: Path | None) -> None:
        self._data_dir = None
        self._settings.setValue("data_dir", str(value) if value else "")

    def use_data_dir(self, folder: Path | None) -> None:
        """Take ``folder`` for this start only: what the command line said."""
        self._data_dir = folder

    @property
    def last_run(self) -> str:
        """Folder of the run that was open last; empty for the starter run."""
        return str(self._settings.value("last_run", "", type=str))

    @last_run.setter
    def last_run(self, value: str) -> None:
        self._settings.setValue("last_run", value)

    @property
    def export_dir(self) -> Path:
        """Where the last figure went."""
        value = str(self._settings.value("export_dir", "", type=str))
        return Path(value) if value else Path.home()

    @export_dir.setter
    def export_dir(self, value: Path) -> None:
        self._settings.setValue("export_dir", str(value))

    def layout(self, name: str) -> QByteArray:
        """Saved geometry or dock state; empty when there is none."""
        value = self._settings.value(f"layout/{name}", QByteArray(), type=QByteArray)
        assert isinstance(value, QByteArray)
        return value

    def set_layout(self, name: str, value: QByteArray) -> None:
        """Remember a geometry or dock state."""
        self._settings.setValue(f"layout/{name}", value)

    def forget_layout(self) -> None:
        """*Reset layout*."""
        self._settings.remove("layout")

    def flush(self) -> None:
        """Write what changed; called when the window closes."""
        self._settings.sync()
