"""SortKeys: what the latents can be sorted by now; what takes long is measured in the background, once for each snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.byte_cache import ByteLRU
from saegui.app.compare import ComparisonControl
from saegui.app.jobs import Jobs, Latest
from saegui.app.latent_stats import STEADY
from saegui.app.library import Library
from saegui.app.nouns import other_shape, said
from saegui.app.state import AppState
from saegui.core.analysis import kept_sort_keys, sort_keys
from saegui.core.analysis.latent_order import Sort, dead_latents
from saegui.core.analysis.stability import Stability, stability
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.run import Run
from saegui.core.runs.seeds import other_seeds

HEAVY: tuple[Sort, ...] = ("effect", "cluster", "stability")
"""Measured in the background."""


NO_SEEDS = "This order needs runs that differ from this one in the seed alone: train one with another seed."


@dataclass(frozen=True, eq=False)
class Keys:
    """What latents are sorted by, or why there is nothing yet."""

    values: NDArray[np.floating] | None = None
    """(F,): the largest first."""
    missing: str = ""
    """A sentence: what the sort waits for, and what to do where it is for the user to do something; empty where nothing is missing."""


@dataclass(frozen=True, eq=False)
class _Subject:
    sort: Sort
    snapshot: Snapshot
    dataset: Dataset | None
    depends: bytes
    """What else it depends on: which latents are dead, or which runs have other seeds."""

    def same(self, other: _Subject | None) -> bool:
        return (
            other is not None
            and (self.sort, self.depends) == (other.sort, other.depends)
            and self.snapshot is other.snapshot
            and self.dataset is other.dataset
        )


class SortKeys(QObject):
    """Answers what each latent is sorted by; see :mod:`saegui.core.analysis.sort_keys`."""

    changed = Signal()
    """Keys that were measured in the background are there, or will not come; or they can be measured now."""

    def __init__(
        self,
        state: AppState,
        jobs: Jobs,
        library: Library,
        comparison: ComparisonControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._library, self._comparison = state, library, comparison
        comparison.least_changed.connect(self.changed)
        self._work = Latest(jobs, self)
        self._subject: _Subject | None = None
        # The subject is kept with what was found, so that no other object gets the id of its snapshot.
        self._found: ByteLRU[tuple[Sort, int], tuple[_Subject, NDArray[np.floating]]] = ByteLRU()
        self._failed: _Subject | None = None
        self._path: Path | None = None
        self._work.done.connect(self._done)
        self._work.failed.connect(self._fail)
        self._work.cancelled.connect(self._given_up)
        state.snapshot_changed.connect(self._other_subject)
        state.run_changed.connect(self._run_changed)
        state.dataset_changed.connect(self._other_data)
        state.phase_changed.connect(self._phase_changed)

    def of(self, sort: Sort, *, latent: int | None = None, label: int = 0, measure: bool = True) -> Keys:
        """What latents are sorted by; ``latent``: the one that cosines are taken with, ``label``: the class of ``class``.

        What takes long is begun where ``measure`` is set and the weights do not change; :attr:`changed` says when it is there.
        """
        snapshot, stats = self._state.snapshot, self._state.stats
        if snapshot is None or sort in ("density", "index"):
            return Keys()
        if sort == "activation":
            # While the state changes, the code may still be that of the snapshot before.
            code = self._state.code
            return Keys(code.z if code is not None and len(code.z) == snapshot.n_latents else None)
        if sort == "norm":
            return Keys(sort_keys.decoder_norms(snapshot))
        if sort == "cosine":
            if latent is None or latent >= snapshot.n_latents:
                return Keys(missing="Select a latent: the others are sorted by their cosine to it.")
            return Keys(sort_keys.cosines(snapshot, latent))
        if sort in HEAVY:
            return self._heavy(sort, snapshot, measure)
        if stats is None:
            return Keys(missing=self._why_no_stats())
        if sort == "maximum":
            return Keys(stats.maximum)
        dataset = self._state.dataset
        if dataset is not None and not dataset.has_labels:
            return Keys(missing=f"This order needs classes, and {dataset.title} has none.")
        if sort == "purity":
            return Keys(stats.purities)
        shares = stats.class_shares
        return Keys(shares[:, label] if label < shares.shape[1] else None)

    def _why_no_stats(self) -> str:
        dataset = self._state.dataset
        if dataset is None:
            return said(self._state, "This order needs the training inputs: load them in the panel Latent.")
        if not self._state.data_readable:
            return other_shape(self._state, "This order")
        if self._state.phase not in STEADY:
            return "This order is measured when the training pauses."
        return "Measuring…"

    def _heavy(self, sort: Sort, snapshot: Snapshot, measure: bool) -> Keys:
        dataset = self._state.dataset if sort == "effect" else None
        if sort == "effect" and (dataset is None or not self._state.data_readable):
            return Keys(missing=self._why_no_stats())
        dead = dead_latents(snapshot, self._state.stats)
        alive = snapshot.n_latents - int(dead.sum())
        if sort == "cluster" and alive > sort_keys.MOST_CLUSTERED:
            return Keys(
                missing=f"Cluster order is for at most {sort_keys.MOST_CLUSTERED:,} living latents, and {alive:,} are alive; "
                "sort by the cosine to one latent instead."
            )
        seeds = self._seeds() if sort == "stability" else []
        if sort == "stability" and not seeds:
            return Keys(missing=NO_SEEDS)
        depends = (
            dead.tobytes() if sort == "cluster" else repr([(run.path, run.step) for run in seeds]).encode()
        )
        subject = _Subject(sort, snapshot, dataset, depends)
        known = self._found.get((sort, id(snapshot)))
        if known is not None and subject.same(known[0]):
            return Keys(self._values(sort, known[1]))
        if subject.same(self._failed):
            return Keys(missing="This order was not measured. Choose it again to measure it.")
        if self._state.phase not in STEADY:
            return Keys(missing="This order is measured when the training pauses.")
        if measure and not (self._work.running and subject.same(self._subject)):
            self._begin(subject, dead, seeds)
        return Keys(missing="Measuring…")

    def _seeds(self) -> list[Run]:
        """The runs that differ from the current one in the seed alone."""
        run = self._state.run
        return other_seeds(run, self._library.runs) if run is not None else []

    def _values(self, sort: Sort, found: NDArray[np.floating]) -> NDArray[np.floating]:
        """What was measured, as keys: the best cosines in each other run are counted from the cosine that is chosen now."""
        if sort != "stability":
            return found
        return Stability(found, np.arange(found.shape[1])).keys(self._comparison.least)

    def forget_failure(self) -> None:
        """The user asks again: measure also what failed or was cancelled."""
        self._failed = None

    def _begin(self, subject: _Subject, dead: NDArray[np.bool_], seeds: list[Run]) -> None:
        self._subject = subject
        snapshot, dataset = subject.snapshot, subject.dataset
        if subject.sort == "stability":
            self._work.start("Looking for latents in other seeds", partial(_best_in, snapshot, seeds))
        elif dataset is not None:
            self._work.start("Measuring ΔMSE", partial(kept_sort_keys.ablation_errors, snapshot, dataset))
        else:
            self._work.start("Clustering latents", partial(kept_sort_keys.cluster_keys, snapshot, dead))

    @Slot(object)
    def _done(self, values: NDArray[np.floating]) -> None:
        subject, self._subject = self._subject, None
        assert subject is not None
        values.setflags(write=False)
        self._found.put(
            (subject.sort, id(subject.snapshot)), (subject, values), subject.snapshot.nbytes + values.nbytes
        )
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
    def _other_subject(self) -> None:
        subject = self._subject
        if subject is None:
            return
        other_data = subject.dataset is not None and subject.dataset is not self._state.dataset
        if subject.snapshot is not self._state.snapshot or other_data:
            self._work.cancel()
            self._subject = None

    @Slot()
    def _run_changed(self) -> None:
        path = self._state.run.path if self._state.run is not None else None
        if path != self._path:
            self._path = path
            self._forget()

    @Slot()
    def _other_data(self) -> None:
        self._forget()
        self._other_subject()

    def _forget(self) -> None:
        """Snapshots of another run, and other images, are not kept in memory."""
        self._found.clear()
        self._failed = None

    @Slot()
    def _phase_changed(self) -> None:
        if self._state.phase in STEADY:
            # What had to wait for that can be measured now.
            self.changed.emit()


def _best_in(snapshot: Snapshot, seeds: list[Run], progress: Progress) -> NDArray[np.floating]:
    return stability(snapshot, (run.latest() for run in seeds), len(seeds), progress).best
