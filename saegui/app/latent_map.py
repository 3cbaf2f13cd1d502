"""LatentMapControl: where the latents of the shown weights lie on a map, along axes that do not change with the shown step."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.latent_stats import STEADY
from saegui.app.library import Library
from saegui.app.nouns import noun_of
from saegui.app.scrubbing import Scrubbing
from saegui.app.state import AppState
from saegui.core.analysis.latent_map import (
    Basis,
    Places,
    by_activity,
    by_decoder,
    directions,
    principal_basis,
)
from saegui.core.analysis.latent_order import Mask, dead_latents
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.run import Run

Method = Literal["pca", "activity"]
"""What decides where a latent lies."""


class _Fitted(NamedTuple):
    """Axes, and of which weights they are."""

    step: int
    dead: bytes
    basis: Basis


class LatentMapControl(QObject):
    """Finds places only while somebody watches.

    The axes are those of the newest step of a run: while time is scrubbed, points move and the axes stay. While a run is
    trained the axes follow, and are turned so that points stay where they were as far as they can.
    """

    changed = Signal()
    """:attr:`value` or :attr:`said` changed."""

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
        self._watched = False
        self._method: Method = "pca"
        self._path: Path | None = None
        self._fitted: _Fitted | None = None
        self._asked: tuple[int, bytes] | None = None
        """Of which step the axes are being found, and without which latents."""
        self.value: Places | None = None
        """Of the shown weights; None where nothing is known."""
        self.said = ""
        """What the map waits for, a sentence, or what is to be known of it."""
        library.opened.connect(self._forget)
        for signal in (
            state.snapshot_changed,
            state.stats_changed,
            state.dataset_changed,
            state.phase_changed,
            scrubbing.steps_changed,
        ):
            signal.connect(self.refresh)

    @property
    def method(self) -> Method:
        """What decides where latents lie."""
        return self._method

    def set_method(self, method: Method) -> None:
        """Draw another map."""
        if method != self._method:
            self._method, self.value = method, None
            self.refresh()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks at :attr:`value`."""
        self._watched = watched
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Find the places of the shown weights again, if somebody looks."""
        run, snapshot = self._state.run, self._state.snapshot
        if (run.path if run is not None else None) != self._path:
            self._forget()
        if not self._watched:
            return
        if snapshot is None:
            self._show(None, "")
        elif self._method == "activity":
            self._by_activity(snapshot)
        else:
            self._by_decoder(snapshot)

    # -- density and mean activation ------------------------------------------------------------------------------

    def _by_activity(self, snapshot: Snapshot) -> None:
        stats = self._state.stats
        if stats is not None:
            self._show(by_activity(stats.density, stats.mean_active, stats.dead), "")
            return
        # Of another step, until those of this one are measured.
        kept = self.value if self.value is not None and self._fits(self.value, snapshot) else None
        self._show(kept, self._why_not_measured(snapshot, kept is not None))

    def _why_not_measured(self, snapshot: Snapshot, older: bool) -> str:
        state, many = self._state, noun_of(self._state).many
        if state.dataset is None:
            return f"This map needs the training {many}: load them in the panel Latent."
        if not state.data_readable:
            return f"This map needs {many} that the model can read; {state.dataset.title} has another shape."
        if state.phase not in STEADY:
            return "This map is measured when the training pauses."
        return f"Measuring step {snapshot.step:,}; points are those before it." if older else "Measuring…"

    # -- decoder vectors ------------------------------------------------------------------------------------------

    def _by_decoder(self, snapshot: Snapshot) -> None:
        dead = self._dead(snapshot)
        self._fit(snapshot, dead)
        fitted = self._fitted
        if fitted is None or len(fitted.basis.middle) != snapshot.d_in:
            self._show(None, "Finding the axes…")
            return
        said = "" if fitted.step == snapshot.step else f"Axes are those of step {fitted.step:,}."
        self._show(by_decoder(snapshot.W_dec, dead, fitted.basis), said)

    def _dead(self, snapshot: Snapshot) -> Mask:
        return dead_latents(snapshot, self._state.stats if snapshot is self._state.snapshot else None)

    def _fit(self, snapshot: Snapshot, dead: Mask) -> None:
        """Find the axes of the newest step, unless they are known or being found."""
        run, steps = self._state.run, self._scrubbing.steps
        last = steps[-1] if steps else -1
        newest = snapshot.step >= last
        wanted = (snapshot.step, dead.tobytes()) if newest else (last, b"")
        known = (self._fitted.step, self._fitted.dead) if self._fitted is not None else None
        enough = known == wanted or (not newest and known is not None and known[0] >= last)
        if enough or self._work.running:
            return
        self._asked = wanted
        if newest:
            work = partial(_basis_of, snapshot, dead)
        else:
            assert run is not None
            work = partial(_basis_at, run, last)
        self._work.start("Finding the axes of the map", work)

    @Slot(object)
    def _done(self, found: tuple[Basis, Snapshot]) -> None:
        basis, snapshot = found
        assert self._asked is not None
        if self._fitted is not None and len(self._fitted.basis.middle) == snapshot.d_in:
            _, rows = directions(snapshot.W_dec, dead_latents(snapshot))
            basis = basis.turned_like(rows, self._fitted.basis.places(rows))
        self._fitted = _Fitted(*self._asked, basis)
        self.refresh()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "step")

    # -- inside ---------------------------------------------------------------------------------------------------

    def _fits(self, places: Places, snapshot: Snapshot) -> bool:
        return not len(places.latents) or int(places.latents[-1]) < snapshot.n_latents

    def _show(self, value: Places | None, said: str) -> None:
        self.value, self.said = value, said
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        """Another run was opened, or this one again."""
        self._path = self._state.run.path if self._state.run is not None else None
        self._fitted = self._asked = self.value = None
        self._work.cancel()
        self.refresh()


def _basis_of(snapshot: Snapshot, dead: Mask, progress: Progress) -> tuple[Basis, Snapshot]:
    progress.report(0, 1)
    return principal_basis(directions(snapshot.W_dec, dead)[1]), snapshot


def _basis_at(run: Run, step: int, progress: Progress) -> tuple[Basis, Snapshot]:
    snapshot = run.at(step)
    return _basis_of(snapshot, dead_latents(snapshot), progress)
