"""DataControl: which data set is loaded, fetching it in the background, and what to offer when it cannot be had."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Job, Jobs
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
        self._state, self._jobs, self._settings = state, jobs, settings
        self._job: Job | None = None
        self._wanted = ""
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
        return self._job is not None

    def show(self, name: str) -> None:
        """Load ``name`` where that needs no network, else the built-in digits, and say so."""
        if data.available(name, self.folder):
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
        self.cancel()
        self._wanted = name
        folder = self.folder if name != BUILT_IN else None
        self.downloading = not data.available(name, folder)
        title = data.DATASETS[name].title
        job = self._jobs.start(
            f"Loading {title}",
            lambda progress, cancelled: data.load(name, folder, progress=progress, cancelled=cancelled),
        )
        self._job = job
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)
        job.progressed.connect(self.progressed)
        self.changed.emit()

    def choose_folder(self, folder: Path) -> None:
        """Take MNIST from the user's own folder from now on, and load it."""
        self._settings.data_dir = folder
        self._drop_current()
        self.require("mnist")

    def accept_built_in(self) -> None:
        """Go on with the built-in digits; the train panel follows."""
        self.missing = self.problem = ""
        self.changed.emit()
        self._state.edit_draft("dataset", BUILT_IN)
        self.require(BUILT_IN)

    def cancel(self) -> None:
        """Give up the load that is under way."""
        if self._job is not None:
            self._job.cancel()
            # Its signals may still be queued; they are told apart by the sender.
            self._job = None
            self.changed.emit()

    def _drop_current(self) -> None:
        if self._state.dataset is not None and self._state.dataset.name == "mnist":
            self._state.set_dataset(None)

    @Slot(object)
    def _done(self, dataset: Dataset) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        if dataset.name == self.missing:
            self.missing = self.problem = ""
        self._state.set_dataset(dataset)
        self.changed.emit()
        self.loaded.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        if isinstance(error, DataError):
            self.missing, self.problem = self._wanted, str(error)
        elif isinstance(error, SaeguiError):
            self._state.tell("bad", str(error))
        else:
            self.unexpected.emit(error)
        self.changed.emit()
        self.unavailable.emit()

    @Slot()
    def _cancelled(self) -> None:
        if self.sender() is self._job or self._job is None:
            self._job = None
            self.changed.emit()
            self.unavailable.emit()
