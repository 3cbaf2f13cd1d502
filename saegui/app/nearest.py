"""NearestControl: finds, in the background, the texts whose rows point where atoms and the reconstruction point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.jobs import Jobs, Latest
from saegui.app.latent_stats import STEADY
from saegui.app.state import AppState
from saegui.core.analysis.neighbours import Directions, Neighbours
from saegui.core.arrays import Floats
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress

PAUSE_MS = 60
"""Without a change of the drawing, before the nearest texts of its reconstruction are looked for."""
AT_ONCE = 6_000_000
"""Numbers of the training inputs that are looked through on the window's thread, which takes about 10 ms; more in a job."""


class Near(NamedTuple):
    """One text, and how near it is."""

    row: int
    """Of the training input."""
    text: str
    cosine: float


class _Found(NamedTuple):
    dataset: Dataset
    directions: Directions
    snapshot: Snapshot
    neighbours: Neighbours


class NearestControl(QObject):
    """Knows the nearest texts of every atom of the shown snapshot, and of the reconstruction.

    Nothing is looked for while weights change several times a second, or where inputs were not made of texts.
    """

    changed = Signal()
    """Other atoms are shown, or their nearest texts were found."""
    reconstruction_changed = Signal()

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._search, self._echo = Latest(jobs, self), Latest(jobs, self)
        self._search.done.connect(self._done)
        self._echo.done.connect(self._echo_done)
        for search in (self._search, self._echo):
            search.failed.connect(state.fail)
        self._subject: tuple[Snapshot, Dataset] | None = None
        self._known: ByteLRU[int, _Found] = ByteLRU()
        self._directions: tuple[Dataset, Directions] | None = None
        self._found: _Found | None = None
        self._reconstruction: tuple[Near, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._find_echo)
        state.snapshot_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)
        state.dataset_changed.connect(self._forget)
        state.code_changed.connect(self._code_changed)

    @property
    def running(self) -> bool:
        """Whether the nearest texts of atoms are being looked for."""
        return self._search.running

    def of_atom(self, latent: int) -> tuple[Near, ...]:
        """The texts nearest to a latent's decoder row, nearest first; empty until they were found."""
        found = self._found
        # Others may ask when they hear of another data set, before this control does.
        if (
            found is None
            or found.snapshot is not self._state.snapshot
            or found.dataset is not self._state.dataset
        ):
            return ()
        return _texts(found.dataset, found.neighbours, latent) if latent < len(found.neighbours.rows) else ()

    @property
    def of_reconstruction(self) -> tuple[Near, ...]:
        """The texts nearest to what the model makes of the drawing."""
        return self._reconstruction

    def at_once(self, values: Floats) -> tuple[Near, ...]:
        """The texts nearest to the vector ``values``, in about 10 ms; none where that would take longer, or before atoms have theirs."""
        found, dataset = self._directions, self._state.dataset
        if found is None or dataset is not found[0] or not self._state.writes:
            return ()
        if dataset.train_images.size > AT_ONCE or values.size != found[1].mean.size:
            return ()
        return _texts(dataset, found[1].nearest(values.reshape(1, -1) - found[1].mean), 0)

    @Slot()
    def refresh(self) -> None:
        """Look for the texts of the shown snapshot's atoms, unless that is done, under way, or not yet worth it."""
        snapshot, dataset = self._state.snapshot, self._state.dataset
        steady = self._state.phase in STEADY and self._state.writes
        if snapshot is None or dataset is None or not steady:
            self._search.cancel()
            self._subject = None
            return
        if self._search.running and self._subject == (snapshot, dataset):
            return
        self._search.cancel()
        if found := self._known.get(id(snapshot)):
            self._found = found
            self.changed.emit()
            return
        self._subject = snapshot, dataset
        directions = self._directions[1] if self._directions and self._directions[0] is dataset else None
        self._search.start(
            "Finding the nearest texts", lambda progress: _search(snapshot, dataset, directions, progress)
        )

    @Slot(object)
    def _done(self, found: _Found) -> None:
        self._directions = found.dataset, found.directions
        self._found = found
        self._known.put(id(found.snapshot), found, found.snapshot.nbytes + found.neighbours.nbytes)
        self.changed.emit()
        self._code_changed()

    @Slot()
    def _forget(self) -> None:
        self._known.clear()
        self._directions = self._found = None
        self.changed.emit()
        self.refresh()
        self._code_changed()

    @Slot()
    def _code_changed(self) -> None:
        """Look for the texts of the reconstruction when no key was pressed for a moment."""
        self._soon.start()
        if self._state.code is None:
            self._show(())

    @Slot()
    def _find_echo(self) -> None:
        code, found, dataset = self._state.code, self._directions, self._state.dataset
        if code is None or found is None or dataset is not found[0] or not self._state.writes:
            self._echo.cancel()
            self._show(())
            return
        directions, values = found[1], code.reconstruction.reshape(1, -1)

        def find(progress: Progress) -> tuple[Near, ...]:
            return _texts(dataset, directions.nearest(values - directions.mean, progress=progress), 0)

        if dataset.train_images.size <= AT_ONCE:
            self._echo.cancel()
            self._show(find(UNWATCHED))
        else:
            self._echo.start("Finding the nearest texts", find)

    @Slot(object)
    def _echo_done(self, found: tuple[Near, ...]) -> None:
        self._show(found)

    def _show(self, found: tuple[Near, ...]) -> None:
        if found != self._reconstruction:
            self._reconstruction = found
            self.reconstruction_changed.emit()


def _search(
    snapshot: Snapshot, dataset: Dataset, directions: Directions | None, progress: Progress
) -> _Found:
    progress = progress.named("training inputs")
    if directions is None:
        directions = Directions(dataset.train_images, progress)
    atoms = np.asarray(snapshot.W_dec)
    return _Found(dataset, directions, snapshot, directions.nearest(atoms, progress=progress))


def _texts(dataset: Dataset, found: Neighbours, place: int) -> tuple[Near, ...]:
    assert dataset.items is not None
    pairs = zip(found.rows[place].tolist(), found.cosines[place].tolist(), strict=True)
    return tuple(Near(row, str(dataset.items.train[row]), cosine) for row, cosine in pairs)
