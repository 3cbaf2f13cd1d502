"""SnapshotWork: what is found of the shown snapshot on the shown data set, in the background, while anybody wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.jobs import Jobs, Latest, Work
from saegui.app.latent_stats import STEADY
from saegui.app.nouns import noun_of, other_shape
from saegui.app.state import AppState
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot

Found = TypeVar("Found")


class SnapshotWork(QObject, Generic[Found]):
    """Finds it once for each snapshot; nothing is begun while weights change several times a second.

    A subclass says what the work is, how large what it finds, and how it is called.
    """

    changed = Signal()
    """:attr:`found` or :attr:`missing` changed."""

    doing, undone = "", ""
    """With the plural of an input in braces: ``Encoding the training {many}``, ``The training {many} were not encoded``."""
    waits = ""
    """What happens when the training pauses: ``The training {many} are encoded``."""

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._work = Latest(jobs, self)
        self._wanted: set[str] = set()
        self._subject: tuple[Snapshot, Dataset] | None = None
        self._failed: tuple[Snapshot, Dataset] | None = None
        # The snapshots are kept with what was found, so that no other object gets the id of one of them.
        self._known: ByteLRU[int, tuple[Snapshot, Found]] = ByteLRU()
        self._path: Path | None = None
        self._work.done.connect(self._done)
        self._work.failed.connect(self._fail)
        self._work.cancelled.connect(self._given_up)
        state.run_changed.connect(self._run_changed)
        state.dataset_changed.connect(self._other_data)
        state.snapshot_changed.connect(self.refresh)
        state.phase_changed.connect(self.refresh)

    def work(self, snapshot: Snapshot, dataset: Dataset) -> Work:
        """What a job does."""
        raise NotImplementedError

    def size(self, found: Found) -> int:
        """Bytes."""
        raise NotImplementedError

    def want(self, who: str, on: bool) -> None:
        """``who`` shows something that needs it, or does so no longer. Asked again, what failed is tried again."""
        if on != (who in self._wanted):
            self._failed = None
            self._wanted = self._wanted | {who} if on else self._wanted - {who}
            self.refresh()

    @property
    def found(self) -> Found | None:
        """Of the shown snapshot on the shown data set; None until then."""
        known = self._known.get(id(self._state.snapshot))
        return None if known is None or known[0] is not self._state.snapshot else known[1]

    @property
    def running(self) -> bool:
        """Whether the work is under way."""
        return self._work.running

    @property
    def missing(self) -> str:
        """Why there is nothing :attr:`found`, and what to do where it is for the user to do something; empty where there is."""
        state, dataset = self._state, self._state.dataset
        many = noun_of(state).many
        if self.found is not None or state.snapshot is None:
            return ""
        if dataset is None:
            return f"This needs the training {many}: load them in the panel Latent."
        if not state.data_readable:
            return other_shape(state, "This")
        if state.phase not in STEADY:
            return f"{self.waits.format(many=many)} when the training pauses."
        if self._failed is not None and self._same(self._failed, (state.snapshot, dataset)):
            return f"{self.undone.format(many=many)}. Choose another view and this one again to try it again."
        return f"{self.doing.format(many=many)}…"

    @Slot()
    def refresh(self) -> None:
        """Begin for the shown snapshot, unless that is done, under way, not wanted, or not yet worth it."""
        snapshot, dataset, state = self._state.snapshot, self._state.dataset, self._state
        subject = None
        if snapshot is not None and dataset is not None and state.data_readable and state.phase in STEADY:
            subject = snapshot, dataset
        if self._work.running and (not self._wanted or not self._same(self._subject, subject)):
            self._work.cancel()
            self._subject = None
        if (
            self._wanted
            and subject is not None
            and self.found is None
            and not self._work.running
            and not self._same(self._failed, subject)
        ):
            self._subject = subject
            self._work.start(self.doing.format(many=subject[1].noun.many), self.work(*subject))
        self.changed.emit()

    @staticmethod
    def _same(one: tuple[Snapshot, Dataset] | None, other: tuple[Snapshot, Dataset] | None) -> bool:
        if one is None or other is None:
            return one is other
        return one[0] is other[0] and one[1] is other[1]

    @Slot(object)
    def _done(self, found: Found) -> None:
        assert self._subject is not None
        snapshot, self._subject = self._subject[0], None
        self._known.put(id(snapshot), (snapshot, found), snapshot.nbytes + self.size(found))
        self.changed.emit()

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._given_up()
        self._state.fail(error)

    @Slot()
    def _given_up(self) -> None:
        self._failed, self._subject = self._subject, None
        self.changed.emit()

    @Slot()
    def _run_changed(self) -> None:
        path = self._state.run.path if self._state.run is not None else None
        if path != self._path:
            self._path = path
            self._known.clear()
            self._failed = None

    @Slot()
    def _other_data(self) -> None:
        self._known.clear()
        self._failed = None
        self.refresh()
