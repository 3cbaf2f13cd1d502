"""DataControl: loads data sets in the background, and knows which one is missing and why."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.settings import Settings
from saegui.app.state import AppState
from saegui.core import data
from saegui.core.data import Dataset, Origin
from saegui.core.errors import DataError
from saegui.core.formats.plain import UNKNOWN_DATA
from saegui.core.progress import Progress


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
        self._wanted_from: Path | None = None
        self._chosen = False
        """Whether the user has just chosen the folder of what is being loaded."""
        self._picked: dict[str, Path] = {}
        """Folders that were chosen since the open run was opened, by data set: they go before the run's own."""
        self._picked_for: Path | None = None
        self._compared: tuple[Path, str] | None = None
        self._asked = False
        """Whether :attr:`missing` is what a training or the user asked for last, not only what the open run needs."""
        self._draft_data = str(state.draft["dataset"])
        self._stand_in = False
        """Whether what is being loaded takes the place of :attr:`missing`."""
        self.downloading = False
        """Whether the data set that is being loaded comes over the network."""
        state.run_changed.connect(self._run_changed)
        state.draft_changed.connect(self._draft_changed)
        self.missing = ""
        """Name of the data set that is wanted and not on this machine, or empty."""
        self.problem = ""
        """Why it could not be loaded; empty before the first try."""

    def folder_of(self, name: str) -> Path | None:
        """The user's own folder with the files of the data set ``name``, or None."""
        return self._settings.data_dir or self._settings.data_folder(name)

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
    def problem_of_run(self) -> str:
        """:attr:`problem`, where it is the open run's images that are missing; else empty."""
        run = self._state.run
        return self.problem if run is not None and run.config.dataset == self.missing else ""

    @property
    def loading(self) -> bool:
        """Whether a load or download is under way."""
        return self._loading.running

    def show(self, name: str) -> None:
        """Load ``name`` if that needs no network; else the built-in data set, and :attr:`missing` names the other."""
        known = name in data.DATASETS
        place = self.place_of(name) if known else None
        here = known and data.available(name, place)
        self.missing, self.problem = name if known and not here else "", ""
        if self.missing:
            self.problem = self._vanished(name)
        self.changed.emit()
        if name == UNKNOWN_DATA:
            self._state.notify(
                "info",
                "The file of this model does not say which inputs it reads, so there are no examples to show. To see some, import "
                "it again while the data set that it reads is open.",
            )
        elif not known:
            self._state.notify(
                "warn",
                f"This saegui does not know the run's data set '{name}', so it cannot show examples. "
                "Update saegui, or choose another run.",
            )
        if here:
            self._require(name, place, stand_in=False)
        else:
            self._require(data.built_in(), None, stand_in=True)

    def require(self, name: str, *, ask: bool = False) -> None:
        """Load ``name``, by a download if necessary; ends with :attr:`loaded` or :attr:`unavailable`.

        With ``ask`` no download begins: :attr:`missing` names the data set, and the banner offers to download it.
        """
        place = self.place_of(name)
        needs_network = place is None and not data.available(name) and data.DATASETS[name].download_bytes > 0
        under_way = self.loading and self.downloading and self._wanted == name
        if ask and needs_network and not under_way:
            self.missing, self.problem = name, self._vanished(name)
            self._asked = True
            self.changed.emit()
            self.unavailable.emit()
        else:
            self._require(name, place, stand_in=False)

    def _require(self, name: str, place: Path | None, *, stand_in: bool) -> None:
        self._stand_in = stand_in
        current = self._state.dataset
        same = current is not None and (current.name, current.folder) == (name, place and place.absolute())
        if same and not self.loading:
            self._have(name)
            self._say_if_changed()
            self.changed.emit()
            self.loaded.emit()
            return
        under_way = self._loading.running and not self._loading.given_up
        if under_way and (self._wanted, self._wanted_from) == (name, place) and not self._chosen:
            # Somebody else asked for the same images: the end of that load answers both.
            return
        self._load(name, place)

    def choose_folder(self, folder: Path) -> None:
        """Load :attr:`read_from_folder` from the user's own folder, and read it from there from now on if it is there."""
        self._load(self.read_from_folder, folder, chosen=True)

    @Slot()
    def _run_changed(self) -> None:
        run = self._state.run
        if run is not None and run.path != self._picked_for:
            # The folder of another run counts from now on.
            self._picked.clear()
            self._picked_for = run.path

    @Slot()
    def _draft_changed(self) -> None:
        """Forget what could not be had for a training that will now have other images."""
        before, self._draft_data = self._draft_data, str(self._state.draft["dataset"])
        if before == self._draft_data or not self._asked or self.loading or self._draft_data == self.missing:
            return
        run = self._state.run
        self._asked = False
        of_run = run is not None and run.config.dataset == self.missing
        self.missing, self.problem = (self.missing, self._vanished(self.missing)) if of_run else ("", "")
        self.changed.emit()

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

    def place_of(self, name: str) -> Path | None:
        """The folder to read ``name`` from; None stands for the cache, the network, and what is built in.

        In this order: the one on the command line, one that was chosen since the run was opened, where the run has its images
        from, and the user's own. A folder of the user's without the files is reported and not used.
        """
        source, origin = data.source(name), self._origin(name)
        if not source.takes_folder:
            return None
        trained_in = origin.folder if origin is not None else None
        for folder in (self._settings.data_dir, self._picked.get(name), trained_in):
            if folder is not None and data.available(name, folder):
                return folder
        if origin is not None and trained_in is None and data.available(name):
            return None
        own = self._settings.data_folder(name)
        if own is not None and data.available(name, own):
            return own
        if (folder := self._settings.data_dir or own) is None:
            return None
        # Not used, because otherwise neither the cache nor the network could ever help.
        self._state.notify(
            "warn",
            f"{folder} does not hold the files of {source.info.title} (any more) and is not used; choose another folder.",
        )
        return None

    def _origin(self, name: str) -> Origin | None:
        """Where the open run has its images of the data set ``name`` from, as far as is known."""
        run = self._state.run
        return run.origin if run is not None and run.config.dataset == name else None

    def _vanished(self, name: str) -> str:
        """Why the run's images cannot be had, where they came from a folder of the user's; else empty."""
        try:
            data.place(name, self._origin(name))
        except DataError as error:
            return str(error)
        return ""

    def _say_if_changed(self) -> None:
        """Say, once for each run and data set, that the images are not those that the run was trained on."""
        run, dataset = self._state.run, self._state.dataset
        if run is None or dataset is None or run.config.dataset != dataset.name or run.shape != dataset.shape:
            return
        compared = run.path, dataset.checksum
        if compared != self._compared and (sentence := dataset.changed_since(run.origin)):
            self._state.notify("warn", sentence)
        self._compared = compared

    def _load(self, name: str, folder: Path | None, *, chosen: bool = False) -> None:
        self._wanted, self._wanted_from, self._chosen = name, folder, chosen
        self.downloading = folder is None and not data.available(name)

        def load(progress: Progress) -> Dataset:
            dataset = data.load(name, folder, progress=progress)
            # Looked through here, so that the window never waits for it.
            assert dataset.checksum
            return dataset

        self._loading.start(f"Loading {data.title_of(name)}", load)
        self.changed.emit()

    @Slot(object)
    def _done(self, dataset: Dataset) -> None:
        if self._chosen and self._wanted_from is not None:
            self._settings.data_dir = None
            self._settings.set_data_folder(dataset.name, self._wanted_from)
            self._picked[dataset.name] = self._wanted_from
        self._have(dataset.name)
        self._state.set_dataset(dataset)
        origin = self._origin(dataset.name)
        if origin is None or origin.checksum != dataset.checksum:
            # Who opens a run that was trained on these images knows what they are.
            for note in dataset.notes:
                self._state.notify("warn", note)
        self._say_if_changed()
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
            self._asked = True
        else:
            self._state.fail(error, "data")
        self.changed.emit()
        self.unavailable.emit()

    @Slot()
    def _cancelled(self) -> None:
        self.changed.emit()
        self.unavailable.emit()
