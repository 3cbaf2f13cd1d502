"""CodeMapControl: where test inputs lie by their codes, and the drawing among them, while somebody watches."""

from __future__ import annotations

from functools import partial
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.latent_map import GIVEN_UP
from saegui.app.latent_stats import STEADY
from saegui.app.library import Library
from saegui.app.nouns import noun_of, other_shape
from saegui.app.scrubbing import Scrubbing
from saegui.app.state import NO_MODEL, AppState
from saegui.core.analysis.code_map import CodeMap, by_components, by_neighbours, chosen, codes_of
from saegui.core.analysis.latent_map import Basis
from saegui.core.data import Dataset
from saegui.core.errors import SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.run import Run

Method = Literal["pca", "tsne"]


class _Found(NamedTuple):
    """A map, and what it is of; the objects are kept so that no other has their ids."""

    method: Method
    snapshot: Snapshot
    dataset: Dataset
    map: CodeMap

    def is_of(self, method: Method, snapshot: Snapshot | None, dataset: Dataset | None) -> bool:
        return self.method == method and self.snapshot is snapshot and self.dataset is dataset


class CodeMapControl(QObject):
    """PCA has the axes of the newest step, also where an earlier one is shown; t-SNE is of the newest step only.

    Nothing is found while weights change several times a second.
    """

    changed = Signal()
    """:attr:`value` or :attr:`said` changed."""
    drawing_moved = Signal()
    """:attr:`drawing` changed."""

    def __init__(
        self,
        state: AppState,
        library: Library,
        scrubbing: Scrubbing,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._scrubbing = state, scrubbing
        self._work = Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._work.cancelled.connect(self._cancelled)
        self._watched = False
        self._method: Method = "pca"
        self._found: _Found | None = None
        self._sought: tuple[Method, Snapshot, Dataset] | None = None
        self._refused = ""
        """Why what was sought will not come, a sentence."""
        self._basis: tuple[int, Dataset, Basis] | None = None
        """Of which step, on which data."""
        self.said = ""
        """What the map waits for, a sentence, or what is to be known of it."""
        self.drawing: tuple[float, float] | None = None
        """Where the drawing lies; None where there is none, or its code is of other weights than the map."""
        library.opened.connect(self._forget)
        state.dataset_changed.connect(self._forget)
        for signal in (state.snapshot_changed, state.phase_changed):
            signal.connect(self.refresh)
        state.code_changed.connect(self._follow)

    @property
    def value(self) -> CodeMap | None:
        """The map that is shown; perhaps of other weights, as :attr:`said` then says."""
        return self._found.map if self._found is not None else None

    @property
    def method(self) -> Method:
        """What decides where inputs lie."""
        return self._method

    def set_method(self, method: Method) -> None:
        """Draw another map."""
        if method != self._method:
            self._method, self._found = method, None
            self.try_again()

    @property
    def can_try_again(self) -> bool:
        """Whether a map was cancelled, or failed, that can be asked for again."""
        return bool(self._refused)

    @Slot()
    def try_again(self) -> None:
        """Ask again for a map that was cancelled or failed."""
        self._work.cancel()
        self._sought, self._refused = None, ""
        self.refresh()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks."""
        self._watched = watched
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Find the map of the shown weights, unless that is done, under way, or nobody looks."""
        if not self._watched:
            return
        snapshot, dataset = self._state.snapshot, self._state.dataset
        self.said = self._why_not(snapshot, dataset)
        if not self.said and snapshot is not None and dataset is not None:
            self._find(snapshot, dataset)
        if self._found is not None and snapshot is not None and self._found.snapshot is not snapshot:
            of = f"Places are those of step {self._found.snapshot.step:,}."
            self.said = f"{of} {self.said}".strip()
        self.changed.emit()
        self._follow()

    def _why_not(self, snapshot: Snapshot | None, dataset: Dataset | None) -> str:
        many = noun_of(self._state).many
        if snapshot is None:
            return f"Test {many} are points here, alike codes near each other. {NO_MODEL}"
        if dataset is None:
            return f"Test {many} are points here. Load the data in the panel Latent."
        if not self._state.data_readable:
            return other_shape(self._state, "This map")
        if not len(dataset.test_images):
            return f"{dataset.title} has no test {many}."
        if self._state.phase not in STEADY:
            return f"Test {many} are encoded when the training pauses."
        return ""

    def _find(self, snapshot: Snapshot, dataset: Dataset) -> None:
        wanted = (self._method, snapshot, dataset)
        if self._found is not None and self._found.is_of(*wanted):
            return
        last = self._scrubbing.steps[-1:] or [snapshot.step]
        newest = snapshot.step >= last[0]
        if self._method == "tsne" and not newest:
            self.said = (
                "" if self._found is not None else "t-SNE is of the last step: go there to compute it."
            )
            return
        same = self._sought is not None and self._sought[0] == self._method and self._sought[1] is snapshot
        if same and self._refused:
            self.said = self._refused
            return
        self.said = f"Encoding test {dataset.noun.many}…"
        if self._method == "tsne":
            self.said = "Computing t-SNE: the status bar says how far it is."
        if self._work.running:
            # What is under way is shown when it is there, and this one follows: time that is played must not starve it.
            return
        self._sought, self._refused = wanted, ""
        basis = None
        if (
            self._basis is not None
            and self._basis[1] is dataset
            and (not newest or self._basis[0] == snapshot.step)
        ):
            basis = self._basis[2]
        run = self._state.run if basis is None and not newest else None
        title = f"Computing t-SNE of test {dataset.noun.many}"
        if self._method == "pca":
            title = f"Encoding test {dataset.noun.many}"
        subject = _Subject(self._method, snapshot, dataset, basis, run, last[0])
        self._work.start(title, partial(_map_of, subject))

    @Slot(object)
    def _done(self, found: CodeMap) -> None:
        assert self._sought is not None
        method, snapshot, dataset = self._sought
        if method == self._method and dataset is self._state.dataset:
            self._found = _Found(method, snapshot, dataset, found)
            if found.basis is not None:
                last = self._scrubbing.steps[-1:] or [snapshot.step]
                self._basis = max(last[0], snapshot.step), dataset, found.basis
        self.refresh()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._refused = str(error) if isinstance(error, SaeguiError) else "The map failed."
        if not isinstance(error, SaeguiError):
            self._state.fail(error)
        self.refresh()

    @Slot()
    def _cancelled(self) -> None:
        self._refused = GIVEN_UP.format("t-SNE" if self._method == "tsne" else "Encoding")
        self.refresh()

    @Slot()
    def _follow(self) -> None:
        """Place the drawing; called for every movement of the pen."""
        if not self._watched:
            return
        code, found, place = self._state.code, self._found, None
        if code is not None and found is not None and found.snapshot is self._state.snapshot:
            place = found.map.place_of(code.z)
        if place != self.drawing:
            self.drawing = place
            self.drawing_moved.emit()

    @Slot()
    def _forget(self) -> None:
        """Another run or other data."""
        self._found = self._sought = self._basis = None
        self._refused = ""
        self._work.cancel()
        self.refresh()


class _Subject(NamedTuple):
    """What a map is made of, on another thread."""

    method: Method
    snapshot: Snapshot
    dataset: Dataset
    basis: Basis | None
    run: Run | None
    """Whose step ``last`` has the axes, where they are not known yet and an earlier step is shown."""
    last: int


def _map_of(subject: _Subject, progress: Progress) -> CodeMap:
    inputs = chosen(len(subject.dataset.test_images))
    images = subject.dataset.test_images[inputs]
    counted = progress.named(subject.dataset.noun.many)
    codes = codes_of(subject.snapshot, images, progress=counted)
    if subject.method == "tsne":
        return by_neighbours(inputs, codes, progress=progress)
    basis = subject.basis
    if basis is None and subject.run is not None:
        newest = codes_of(subject.run.at(subject.last), images, progress=counted)
        basis = by_components(inputs, newest).basis
    return by_components(inputs, codes, basis)
