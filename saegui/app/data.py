"""DataControl: loads data sets in the background, and knows which one is missing and why."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core import data
from saegui.core.data import Dataset
from saegui.core.errors import DataError


class DataControl(QObject):
    """Loads one data set at a time, off the GUI thread; a newer request replaces an older one."""

    loaded = Signal()
    """``state.dataset`` is what was asked for."""
    replaced = Signal()
    """The data set that is always there was chosen in place of one that could not be loaded."""
    unavailable = Signal()
    """The data set could not be loaded; :attr:`problem` says why, and is empty after a cancel."""
    changed = Signal()
    """:attr:`missing`, :attr:`problem` or :attr:`loading` changed: the banner shows them."""
    progressed = Signal(object, object, str)
    """(bytes done, bytes in all, text) of a download."""

    def __init__(
        self, state: AppState, jobs: Jobs, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._settings = state, settings
        self._loading = Latest(jobs, self)
        self._loading.done.connect(self._done)
        self._loading.failed.connect(self._failed)
        self._loading.cancelled.connect(self._cancelled)
        self._loading.progressed.connect(self.progressed)
        self._wanted = ""
        self._chosen: Path | None = None
        self._stand_in = False
        """Whether what is being loaded takes the place of :attr:`missing`."""
        self.downloading = False
        """Whether the data set that is being loaded comes over the network."""
        self.missing = ""
        """Name of the data set that is wanted and not on this machine, or empty."""
        self.problem = ""
        """Why it could not be loaded; empty before the first try."""

    @property
    def folder(self) -> Path | None:
        """The user's own folder with the files of a data set, or None."""
        return self._settings.data_dir

    @property
    def wanted(self) -> str:
        """Name of the data set that is being loaded, or was asked for last."""
        return self._wanted

    @property
    def read_from_folder(self) -> str:
        """The data set that :meth:`choose_folder` reads: the missing one where a folder helps, else the first that reads one."""
        if self.missing and data.source(self.missing).takes_folder:
            return self.missing
        return next(name for name, source in data.SOURCES.items() if source.takes_folder)

    @property
    def loading(self) -> bool:
        """Whether a load or download is under way."""
        return self._loading.running

    def show(self, name: str) -> None:
        """Load ``name`` if that needs no network; else the built-in data set, and :attr:`missing` names the other."""
        known = name in data.DATASETS
        here = known and data.available(name, self._usable_folder(name))
        self.missing, self.problem = name if known and not here else "", ""
        self.changed.emit()
        if not known:
            self._state.notify(
                "warn",
                f"This saegui does not know the run's data set '{name}', so it cannot show examples. "
                "Add a source for the data set, or choose another run.",
            )
        if here:
            self.require(name)
        else:
            self._require(data.built_in(), stand_in=True)

    def require(self, name: str) -> None:
        """Load ``name``, by a download if necessary; ends with :attr:`loaded` or :attr:`unavailable`."""
        self._require(name, stand_in=False)

    def _require(self, name: str, *, stand_in: bool) -> None:
        self._stand_in = stand_in
        current = self._state.dataset
        if current is not None and current.name == name and not self.loading:
            self._have(name)
            self.changed.emit()
            self.loaded.emit()
            return
        under_way = self._loading.running and not self._loading.given_up
        if under_way and self._wanted == name and self._chosen is None:
            # Somebody else asked for the same images: the end of that load answers both.
            return
        self._load(name, self._usable_folder(name))

    def choose_folder(self, folder: Path) -> None:
        """Load :attr:`read_from_folder` from the user's own folder, and read it from there from now on if it is there."""
        self._load(self.read_from_folder, folder, chosen=True)

    def accept_built_in(self) -> None:
        """Use the data set that is always there in place of the missing one; the train panel follows."""
        self.missing = self.problem = ""
        self.changed.emit()
        self._state.edit_draft("dataset", data.built_in())
        self.require(data.built_in())
        self.replaced.emit()

    def cancel(self) -> None:
        """Cancel the load that is under way; no signal but :attr:`changed` follows."""
        if self._loading.cancel():
            self.changed.emit()

    def _usable_folder(self, name: str) -> Path | None:
        """The folder to read ``name`` from, or None: first that on which the open run was trained, then the user's own.

        A folder of the user's without the files is reported and not used.
        """
        folder, source, run = self.folder, data.source(name), self._state.run
        if not source.takes_folder:
            return None
        trained_in = run.data_folder if run is not None and run.config.dataset == name else None
        if trained_in is not None and data.available(name, trained_in):
            return trained_in
        if folder is None:
            return None
        if not data.available(name, folder):
            # Not used, because otherwise neither the cache nor the network could ever help.
            self._state.notify(
                "warn",
                f"{folder} does not hold the files of {source.info.title} (any more) and is not used; choose another folder.",
            )
            return None
        return folder

    def _load(self, name: str, folder: Path | None, *, chosen: bool = False) -> None:
        self._wanted, self._chosen = name, folder if chosen else None
        self.downloading = folder is None and not data.available(name)
        self._loading.start(
            f"Loading {data.title_of(name)}", lambda progress: data.load(name, folder, progress=progress)
        )
        self.changed.emit()

    @Slot(object)
    def _done(self, dataset: Dataset) -> None:
        if self._chosen is not None:
            self._settings.data_dir = self._chosen
        self._have(dataset.name)
        self._state.set_dataset(dataset)
        for note in dataset.notes:
            self._state.notify("warn", note)
        self.changed.emit()
        self.loaded.emit()

    def _have(self, name: str) -> None:
        # Images that were asked for themselves replace the run whose images are missing; a stand-in does not.
        if name == self.missing or not self._stand_in:
            self.missing = self.problem = ""

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        current = self._state.dataset
        if isinstance(error, DataError) and (current is None or current.name != self._wanted):
            self.missing, self.problem = self._wanted, str(error)
        else:
            self._state.fail(error)
        self.changed.emit()
        self.unavailable.emit()

    @Slot()
    def _cancelled(self) -> None:
        self.changed.emit()
        self.unavailable.emit()
