"""Typed settings, remembered between starts in one INI file beside the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QByteArray, QSettings

from saegui.core.analysis.latent_order import Sort
from saegui.core.files import paths

ThemeName = Literal["system", "light", "dark"]
CurvesAxis = Literal["step", "epoch", "seconds"]
GridShow = Literal["decoder", "encoder", "both"]
GridScale = Literal["shared", "tile"]


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

    @property
    def train_more(self) -> bool | None:
        """Whether the train panel shows every parameter; None while nobody has said so."""
        if not self._settings.contains("train/more"):
            return None
        return bool(self._settings.value("train/more", False, type=bool))

    @train_more.setter
    def train_more(self, value: bool) -> None:
        self._settings.setValue("train/more", value)

    @property
    def curves_x(self) -> CurvesAxis:
        """What the curves are drawn over."""
        value = self._settings.value("curves/x", "epoch", type=str)
        return value if value in get_args(CurvesAxis) else "epoch"  # type: ignore[return-value]

    @curves_x.setter
    def curves_x(self, value: CurvesAxis) -> None:
        self._settings.setValue("curves/x", value)

    @property
    def curves_log(self) -> bool:
        """Whether loss and FVU are drawn on a logarithmic axis."""
        return bool(self._settings.value("curves/log", True, type=bool))

    @curves_log.setter
    def curves_log(self, value: bool) -> None:
        self._settings.setValue("curves/log", value)

    @property
    def grid_sort(self) -> Sort:
        """What the feature tiles are sorted by."""
        value = self._settings.value("grid/sort", "density", type=str)
        return value if value in get_args(Sort) else "density"  # type: ignore[return-value]

    @grid_sort.setter
    def grid_sort(self, value: Sort) -> None:
        self._settings.setValue("grid/sort", value)

    @property
    def grid_show(self) -> GridShow:
        """Which weights the feature tiles show."""
        value = self._settings.value("grid/show", "decoder", type=str)
        return value if value in get_args(GridShow) else "decoder"  # type: ignore[return-value]

    @grid_show.setter
    def grid_show(self, value: GridShow) -> None:
        self._settings.setValue("grid/show", value)

    @property
    def grid_scale(self) -> GridScale:
        """Whether the feature tiles share one colour scale."""
        value = self._settings.value("grid/scale", "shared", type=str)
        return value if value in get_args(GridScale) else "shared"  # type: ignore[return-value]

    @grid_scale.setter
    def grid_scale(self, value: GridScale) -> None:
        self._settings.setValue("grid/scale", value)

    @property
    def grid_side(self) -> int | None:
        """px of a feature tile; None where tiles fill the room there is."""
        value = str(self._settings.value("grid/side", "", type=str))
        return int(value) if value.isdecimal() and int(value) > 0 else None

    @grid_side.setter
    def grid_side(self, value: int | None) -> None:
        self._settings.setValue("grid/side", "" if value is None else value)

    def layout(self, name: str) -> QByteArray:
        """Saved geometry or dock state; empty when there is none."""
        value = self._settings.value(f"layout/{name}", QByteArray(), type=QByteArray)
        # A damaged file gives something else, or nothing: the window is then arranged as at first.
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, name: str, value: QByteArray) -> None:
        """Remember a geometry or dock state."""
        self._settings.setValue(f"layout/{name}", value)

    def forget_layout(self) -> None:
        """*Reset layout*."""
        self._settings.remove("layout")

    def flush(self) -> None:
        """Write what changed; called when the window closes."""
        self._settings.sync()
