"""AddedData: the data sets that the user set up; looks at files in the background, and remembers what was added."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.data import DataControl
from saegui.app.jobs import Jobs, Latest, Work
from saegui.app.state import AppState
from saegui.core import data
from saegui.core.data import Dataset, adding, registry, remembered
from saegui.core.data.added import Added
from saegui.core.data.adding import Inspected
from saegui.core.data.options import checked
from saegui.core.data.source import Preview
from saegui.core.errors import DataError
from saegui.core.progress import Progress

PAUSE_MS = 250
"""Without another change of an option, before a preview is made."""


class AddedData(QObject):
    """What the user's own files become: known to the program, chosen, and there again at the next start."""

    changed = Signal()
    """A data set was added or forgotten."""
    inspected = Signal(object)
    """The :class:`Inspected` that :meth:`inspect` was asked for."""
    looked_into = Signal(object)
    """The :class:`Dataset` that :meth:`look_into` was asked for."""
    previewed = Signal(object)
    """The :class:`Preview` that :meth:`preview` was asked for."""
    not_previewed = Signal(str)
    """Why the options that :meth:`preview` was given cannot be used."""
    progressed = Signal(object, object, str)
    """(done, total, text) of what is being looked at."""
    refused = Signal(str)
    """Why a file cannot be used; nothing has changed."""
    looking_changed = Signal()
    """:attr:`looking` changed."""

    def __init__(
        self,
        state: AppState,
        jobs: Jobs,
        control: DataControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._control = state, control
        self._looking = Latest(jobs, self)
        self._looking.done.connect(self._looked)
        self._looking.failed.connect(self._failed)
        self._looking.cancelled.connect(self.looking_changed)
        self._loading = Latest(jobs, self)
        self._loading.done.connect(self._loaded)
        self._loading.failed.connect(self._failed)
        self._loading.cancelled.connect(self.looking_changed)
        self._previewing = Latest(jobs, self)
        self._previewing.done.connect(self.previewed)
        self._previewing.failed.connect(self._preview_failed)
        self._preview: tuple[str, Work] | None = None
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._start_preview)
        for job in (self._looking, self._loading):
            job.progressed.connect(self.progressed)
        remembered.know_all()
        control.loaded.connect(self._shown)

    @property
    def looking(self) -> bool:
        """Whether a file or a data set is being looked at."""
        return self._looking.running or self._loading.running

    @property
    def previewing(self) -> bool:
        """Whether a preview will be made or is being made."""
        return self._soon.isActive() or self._previewing.running

    def inspect(self, path: Path) -> None:
        """Find out what ``path`` is; ends with :attr:`inspected` or :attr:`refused`."""

        def work(progress: Progress) -> Inspected:
            return adding.inspect(path, progress)

        self._looking.start(f"Looking at {path.name}", work)
        self.looking_changed.emit()

    def preview(self, of: Inspected | str, given: Mapping[str, Any], place: Path | None = None) -> bool:
        """Find out, after a short pause, how a file that was looked at, or the data set of a name (made of the user's files in
        ``place``, if any), is with other options.

        Ends with :attr:`previewed` or :attr:`not_previewed`, unless another one is asked for before; False where that cannot
        be told soon.
        """
        self._soon.stop()
        self._previewing.cancel()
        source = of.reader if isinstance(of, Inspected) else data.source(of)
        if source.preview is None:
            return False
        make, options = source.preview, dict(given)

        def work(progress: Progress) -> Preview | None:
            if isinstance(of, Inspected):
                return of.preview(options, progress)
            return make(place, checked(source.options, options), progress)

        self._preview = f"Looking at a few rows of {source.info.title}", work
        self._soon.start()
        return True

    @Slot()
    def _start_preview(self) -> None:
        if self._preview is not None:
            self._previewing.start(*self._preview)

    def give_up(self) -> None:
        """Stop looking at a file or a data set, and making a preview."""
        self._soon.stop()
        self._previewing.cancel()
        if self._looking.cancel() | self._loading.cancel():
            self.looking_changed.emit()

    def add(self, found: Inspected, given: Mapping[str, Any], *, instead_of: Added | None = None) -> str:
        """Add a file that was looked at and choose it for the next training; its name, or empty after :attr:`refused`.

        A data set that the user set up, ``instead_of`` which it is added, leaves the lists as after :meth:`forget`.
        """
        try:
            return self._use(found.added(given), instead_of)
        except DataError as error:
            self.refused.emit(str(error))
            return ""

    def vary(
        self,
        name: str,
        given: Mapping[str, Any],
        place: Path | None = None,
        *,
        instead_of: Added | None = None,
    ) -> str:
        """The data set ``name`` with other options than its own, or made of the user's files in ``place``, likewise."""
        try:
            options = checked(data.source(name).options, given)
        except DataError as error:
            self.refused.emit(str(error))
            return ""
        if place is None and all(
            option.default == options[option.name] for option in data.source(name).options
        ):
            if instead_of is not None:
                self.forget(instead_of.name)
            self.choose(name)
            return name
        return self._use(Added(name, place, options), instead_of)

    def choose(self, name: str) -> None:
        """Use the data set ``name`` for the next training. The run that is shown keeps its images until then."""
        self._state.edit_draft("dataset", name)

    def forget(self, name: str) -> None:
        """Take a data set out of the lists; its files stay, and runs that were trained on it still find them."""
        added = data.source(name).added
        if added is None:
            return
        if self._state.draft.get("dataset") == name:
            self._state.edit_draft("dataset", data.built_in())
        registry.forget(name)
        with suppress(OSError):  # in a home that cannot be written, which the window says
            remembered.forget(added)
        self.changed.emit()

    def _use(self, added: Added, instead_of: Added | None) -> str:
        if instead_of is not None and instead_of != added and instead_of.name in data.SOURCES:
            # Before the other one has its title, which tells it from all that there are.
            registry.forget(instead_of.name)
            with suppress(OSError):  # as above
                remembered.forget(instead_of)
        name = registry.add(added)
        with suppress(OSError):  # as above
            remembered.remember(added)
        self.changed.emit()
        self.choose(name)
        return name

    def look_into(self, name: str) -> None:
        """Load the data set ``name`` to show what is in it; ends with :attr:`looked_into` or :attr:`refused`."""
        folder = self._control.place_of(name)

        def work(progress: Progress) -> Dataset:
            return data.load(name, folder, progress=progress)

        self._loading.start(f"Loading {data.title_of(name)}", work)
        self.looking_changed.emit()

    @Slot(object)
    def _loaded(self, dataset: Dataset) -> None:
        self._remember_shape(dataset)
        self.looking_changed.emit()
        self.looked_into.emit(dataset)

    @Slot()
    def _shown(self) -> None:
        if self._state.dataset is not None:
            self._remember_shape(self._state.dataset)

    def _remember_shape(self, dataset: Dataset) -> None:
        """What a data set is made of is known once it was loaded; the next start shows it from the beginning."""
        if dataset.added is None:
            return
        with suppress(OSError):  # as above
            remembered.update(dataset.added, dataset.shape)
        self.changed.emit()

    @Slot(object)
    def _looked(self, found: Inspected) -> None:
        self.looking_changed.emit()
        self.inspected.emit(found)

    @Slot(object)
    def _preview_failed(self, error: Exception) -> None:
        if isinstance(error, DataError):
            self.not_previewed.emit(str(error))
        else:
            self._state.fail(error, "data")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self.looking_changed.emit()
        if isinstance(error, DataError):
            self.refused.emit(str(error))
        else:
            self._state.fail(error, "data")
