"""DataControl: which data set is loaded, fetching it in the background, and what to offer when it cannot be had."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core import data
from saegui.core.data import Dataset
from saegui.core.errors import DataError, SaeguiError

BUILT_IN = "digits"


class DataControl(QObject):
    """Loads data sets off the GUI thread; one at a time, the newest request wins."""

    loaded = Signal()
    """``state.dataset`` is what was asked for."""
    replaced = Signal()
    """The built-in digits were chosen in place of what could not be had."""
    unavailable = Signal()
    """It could not be had, or was cancelled; :attr:`problem` says why (empty after a cancel)."""
    changed = Signal()
    """:attr:`missing`, :attr:`problem` or :attr:`loading` changed: the banner shows them."""
    progressed = Signal(object, object, str)
    """(bytes done, bytes in all, text) of a download."""
    unexpected = Signal(object)

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
        self.downloading = False
        """Whether what is being loaded comes over the network."""
        self.missing = ""
        """Name of the data set that is wanted and not on this machine; empty when all is well."""
        self.problem = ""
        """Why it could not be had; empty before a try."""

    @property
    def folder(self) -> Path | None:
        """The user's own folder with the MNIST files, or None."""
        return self._settings.data_dir

    @property
    def loading(self) -> bool:
        """Whether a load or download is under way."""
        return self._loading.running

    def show(self, name: str) -> None:
        """Load ``name`` where that needs no network, else the built-in digits, and say so."""
        if data.available(name, self._usable_folder()):
            self.missing = self.problem = ""
            self.changed.emit()
            self.require(name)
            return
        self.missing, self.problem = name, ""
        self.changed.emit()
        self.require(BUILT_IN)

    def require(self, name: str) -> None:
        """Load ``name``, downloading it if need be; ends in :attr:`loaded` or :attr:`unavailable`."""
        current = self._state.dataset
        if current is not None and current.name == name and not self.loading:
            self.loaded.emit()
            return
        under_way = self._loading.running and not self._loading.given_up
        if under_way and self._wanted == name and self._chosen is None:
            # Somebody else asked for the same images: the end of that load answers both.
            return
        self._load(name, self._usable_folder() if name != BUILT_IN else None)

    def choose_folder(self, folder: Path) -> None:
        """Load MNIST from the user's own folder, and take it from there from now on if it is there."""
        self._load("mnist", folder, chosen=True)

    def accept_built_in(self) -> None:
        """Go on with the built-in digits; the train panel follows."""
        self.missing = self.problem = ""
        self.changed.emit()
        self._state.edit_draft("dataset", BUILT_IN)
        self.require(BUILT_IN)
        self.replaced.emit()

    def cancel(self) -> None:
        """Cancel the load that is under way; no signal but :attr:`changed` follows."""
        if self._loading.cancel():
            self.changed.emit()

    def _usable_folder(self) -> Path | None:
        """The user's own folder; one without the files is told and passed over, or no other source could ever help."""
        folder = self.folder
        if folder is not None and not data.available("mnist", folder):
            self._state.tell(
                "warn",
                f"{folder} does not hold MNIST's files (any more) and is passed over; choose another folder.",
            )
            return None
        return folder

    def _load(self, name: str, folder: Path | None, *, chosen: bool = False) -> None:
        self._wanted, self._chosen = name, folder if chosen else None
        self.downloading = folder is None and not data.available(name)
        title = data.DATASETS[name].title
        self._loading.start(f"Loading {title}", lambda progress: data.load(name, folder, progress=progress))
        self.changed.emit()

    @Slot(object)
    def _done(self, dataset: Dataset) -> None:
        if self._chosen is not None:
            self._settings.data_dir = self._chosen
        if dataset.name == self.missing:
            self.missing = self.problem = ""
        self._state.set_dataset(dataset)
        self.changed.emit()
        self.loaded.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        current = self._state.dataset
        if isinstance(error, DataError) and (current is None or current.name != self._wanted):
            self.missing, self.problem = self._wanted, str(error)
        elif isinstance(error, SaeguiError):
            self._state.tell("bad", str(error))
        else:
            self.unexpected.emit(error)
        self.changed.emit()
        self.unavailable.emit()

    @Slot()
    def _cancelled(self) -> None:
        self.changed.emit()
        self.unavailable.emit()
