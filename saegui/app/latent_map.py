"""LatentMapControl: where the latents of the shown weights lie on a map, along axes that do not change with the shown step."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.app.latent_stats import STEADY, LatentStatsControl
from saegui.app.library import Library
from saegui.app.nouns import noun_of, other_shape
from saegui.app.scrubbing import Scrubbing
from saegui.app.state import AppState
from saegui.core.analysis import embedding
from saegui.core.analysis.kept_maps import latents_embedded
from saegui.core.analysis.latent_map import (
    Basis,
    Places,
    by_activity,
    by_decoder,
    directions,
    principal_basis,
)
from saegui.core.analysis.latent_order import Mask, dead_latents
from saegui.core.errors import EmbeddingError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.run import Run

Method = Literal["pca", "tsne", "umap", "activity"]
"""What decides where a latent lies."""
EMBEDDED: tuple[embedding.Method, ...] = ("tsne", "umap")
"""Those that take long."""
GIVEN_UP = "{} was cancelled."


class _Fitted(NamedTuple):
    """Axes, and of which weights they are."""

    step: int
    dead: bytes
    basis: Basis


class _Embedded(NamedTuple):
    """Places that took long, and of which weights they are."""

    step: int
    dead: bytes
    places: Places


class LatentMapControl(QObject):
    """Finds places only while somebody watches.

    The axes are those of the newest step of a run: while time is scrubbed, points move and the axes stay. While a run is
    trained the axes follow, and are turned so that points stay where they were as far as they can. t-SNE and UMAP have no
    axes: their places are those of the newest step, whichever is shown, and are found when no training runs.
    """

    changed = Signal()
    """:attr:`value` or :attr:`said` changed."""

    def __init__(
        self,
        state: AppState,
        library: Library,
        scrubbing: Scrubbing,
        stats: LatentStatsControl,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._scrubbing, self._stats = state, scrubbing, stats
        self._work, self._slow = Latest(jobs, self), Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._slow.done.connect(self._embedded_now)
        self._slow.failed.connect(self._not_embedded)
        self._slow.cancelled.connect(self._cancelled)
        self._watched = False
        self._method: Method = "pca"
        self._path: Path | None = None
        self._fitted: _Fitted | None = None
        self._asked: tuple[int, bytes] | None = None
        """Of which step the axes are being found, and without which latents."""
        self._embedded: dict[Method, _Embedded] = {}
        self._sought: tuple[embedding.Method, int, bytes] | None = None
        """What is being embedded, or was last."""
        self._refused = ""
        """Why what was sought will not come, a sentence."""
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
            stats.running_changed,
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
            # A map that nobody wants any more is not worth minutes.
            self._slow.cancel()
            self.try_again()

    @property
    def can_try_again(self) -> bool:
        """Whether a map was cancelled, or failed, that can be asked for again."""
        return bool(self._refused)

    @Slot()
    def try_again(self) -> None:
        """Ask again for a map that was cancelled or failed."""
        self._sought, self._refused = None, ""
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
        elif self._method == "pca":
            self._by_decoder(snapshot)
        else:
            self._by_embedding(self._method, snapshot)

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
            return other_shape(state, "This map")
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

    def _newest(self, snapshot: Snapshot) -> tuple[int, Run | None]:
        """The newest step of the run, and the run that it is read from where other weights are shown."""
        run, steps = self._state.run, self._scrubbing.steps
        if run is None or not steps or snapshot.step >= steps[-1]:
            return snapshot.step, None
        return steps[-1], run

    def _fit(self, snapshot: Snapshot, dead: Mask) -> None:
        """Find the axes of the newest step, unless they are known or being found."""
        step, run = self._newest(snapshot)
        wanted = (step, b"" if run is not None else dead.tobytes())
        if self._work.running or self._is_known(self._fitted, *wanted):
            return
        self._asked = wanted
        work = partial(_basis_of, snapshot, dead) if run is None else partial(_basis_at, run, step)
        self._work.start("Finding the axes of the map", work)

    def _is_known(self, known: _Fitted | _Embedded | None, step: int, dead: bytes) -> bool:
        """Whether that is of this step, and without these latents where they are measured."""
        return known is not None and known.step == step and dead in (b"", known.dead)

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

    # -- t-SNE and UMAP -------------------------------------------------------------------------------------------

    def _by_embedding(self, method: embedding.Method, snapshot: Snapshot) -> None:
        step, run = self._newest(snapshot)
        dead = b"" if run is not None else self._dead(snapshot).tobytes()
        known = self._embedded.get(method)
        waits = "" if self._is_known(known, step, dead) else self._embed(method, snapshot, step, run)
        of = f"Places are those of step {known.step:,}." if known and known.step != snapshot.step else ""
        value = known.places if known is not None and self._fits(known.places, snapshot) else None
        self._show(value, " ".join(part for part in (of, waits) if part))

    def _embed(self, method: embedding.Method, snapshot: Snapshot, step: int, run: Run | None) -> str:
        """Begin to, unless something stands in the way; returns what the map waits for."""
        title, dead = embedding.TITLES[method], self._dead(snapshot)
        sought = (method, step, b"" if run is not None else dead.tobytes())
        if missing := embedding.unavailable(method):
            return missing
        if self._state.phase not in STEADY:
            return f"{title} is computed when the training pauses."
        if self._stats.running and run is None:
            # Which latents are dead may turn out otherwise.
            return "Measuring which latents are dead…"
        if sought == self._sought and (self._refused or self._slow.running):
            return self._refused or f"Computing {title}: the status bar says how far it is."
        self._sought, self._refused = sought, ""
        work = (
            partial(latents_embedded, method, snapshot, dead)
            if run is None
            else partial(_embed_at, method, run, step)
        )
        self._slow.start(f"Computing {title} of the latents", work)
        return f"Computing {title}: the status bar says how far it is."

    @Slot(object)
    def _embedded_now(self, places: Places) -> None:
        assert self._sought is not None
        method, step, dead = self._sought
        self._embedded[method] = _Embedded(step, dead, places)
        self.refresh()

    @Slot(object)
    def _not_embedded(self, error: Exception) -> None:
        if isinstance(error, EmbeddingError):
            self._refused = str(error)
        else:
            self._refused = f"{embedding.TITLES[self._sought[0]] if self._sought else 'The map'} failed."
            self._state.fail(error, "latent")
        self.refresh()

    @Slot()
    def _cancelled(self) -> None:
        assert self._sought is not None
        self._refused = GIVEN_UP.format(embedding.TITLES[self._sought[0]])
        self.refresh()

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
        self._fitted = self._asked = self._sought = self.value = None
        self._refused = ""
        self._embedded = {}
        self._work.cancel()
        self._slow.cancel()
        self.refresh()


def _basis_of(snapshot: Snapshot, dead: Mask, progress: Progress) -> tuple[Basis, Snapshot]:
    progress.report(0, 1)
    return principal_basis(directions(snapshot.W_dec, dead)[1]), snapshot


def _basis_at(run: Run, step: int, progress: Progress) -> tuple[Basis, Snapshot]:
    snapshot = run.at(step)
    return _basis_of(snapshot, dead_latents(snapshot), progress)


def _embed_at(method: embedding.Method, run: Run, step: int, progress: Progress) -> Places:
    snapshot = run.at(step)
    return latents_embedded(method, snapshot, dead_latents(snapshot), progress)
