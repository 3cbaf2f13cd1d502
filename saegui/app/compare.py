"""ComparisonControl: the latents of the shown model beside those of another one, matched in the background."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.code import Code, encoded
from saegui.app.jobs import Jobs, Latest
from saegui.app.state import AppState
from saegui.core.analysis.matching import (
    FOUND,
    PATIENCE,
    Matching,
    Method,
    check_comparable,
    exact_seconds,
    match_models,
)
from saegui.core.arrays import Images
from saegui.core.errors import DataError, RunError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.runs.run import Run

MethodChoice = Literal["auto", "exact", "greedy"]
MOST_LIVE = 1 << 20
"""Pairs of latents up to which a training is followed."""
AT_ONCE = 2_000_000
"""Weights of one side of a model up to which it is read on the window's thread, in some 10 ms."""
PAUSE_MS = 250
"""While weights change, models are matched at most this often."""


class Other(NamedTuple):
    """The model that the shown one is compared with."""

    run: Run
    snapshot: Snapshot
    steps: tuple[int, ...]
    """All that are kept of its run."""


class Found(NamedTuple):
    """Two models and which latents of them belong together: A is the shown one."""

    matching: Matching
    a: Snapshot
    b: Snapshot


class ComparisonControl(QObject):
    """Owns the other model. Matches only while somebody watches. Errors become notices; nothing raises."""

    changed = Signal()
    """:attr:`other`, :attr:`found`, :attr:`problem` or :attr:`running` changed."""
    progressed = Signal(object, object, str)
    """(done, total, text) of the matching."""
    code_changed = Signal()
    """:attr:`code` changed."""
    least_changed = Signal()
    """:attr:`least` changed."""

    def __init__(self, state: AppState, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._work = Latest(jobs, self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._work.cancelled.connect(self._cancelled)
        self._work.progressed.connect(self.progressed)
        self._reading = Latest(jobs, self)
        self._reading.done.connect(self._opened)
        self._reading.failed.connect(self._unread)
        self._reading.cancelled.connect(self._reading_cancelled)
        self.reading: Run | None = None
        """The run whose model is being read, to be compared."""
        self._watched = self._given_up = False
        self._method: MethodChoice = "auto"
        self._asked: tuple[Snapshot, Snapshot, MethodChoice] | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        self._path = state.run.path if state.run is not None else None
        self._least = FOUND
        self._code: tuple[Snapshot, Images, Code] | None = None
        self.other: Other | None = None
        """None until one was chosen."""
        self.found: Found | None = None
        """None until it was found; of weights that have changed since until the next is found."""
        self.problem = ""
        """Why there is nothing to show, a sentence; empty where there is, or will be."""
        self.estimate = 0.0
        """About how many seconds the exact matching takes; 0 where it is quick anyway."""
        state.run_changed.connect(self._run_changed)
        state.snapshot_changed.connect(self._weights_changed)
        state.phase_changed.connect(self.refresh)
        state.code_changed.connect(self._code_changed)

    # -- what is compared -----------------------------------------------------------------------------------------

    def choose(self, run: Run, step: int | None = None) -> bool:
        """Compare with ``run`` at ``step``, the newest where it is None; False, after a notice, where it cannot be read.

        A large model is read in the background.
        """
        if run.config.n_latents * math.prod(run.shape) > AT_ONCE:
            self._work.cancel()
            self.reading = run
            self._reading.start(f"Reading {run.name}", partial(_read, run, step))
            self.changed.emit()
            return True
        self._reading.cancel()
        try:
            self._opened(_read(run, step))
        except RunError as error:
            self._unread(error)
            return False
        return True

    @Slot(object)
    def _opened(self, other: Other) -> None:
        self.reading, self.other = None, other
        self._forget()
        self.refresh()

    @Slot(object)
    def _unread(self, error: Exception) -> None:
        self.reading = None
        self._state.fail(error, "comparison")
        self.changed.emit()

    @Slot()
    def _reading_cancelled(self) -> None:
        self.reading = None
        self.changed.emit()

    @property
    def method(self) -> MethodChoice:
        """``auto``: exact where that takes less than a minute, else greedy."""
        return self._method

    def set_method(self, method: MethodChoice) -> None:
        """Match in another way, at once."""
        self._method = method
        self._given_up = False
        self.refresh()

    @property
    def least(self) -> float:
        """The cosine from which a latent counts as found again in another run."""
        return self._least

    def set_least(self, least: float) -> None:
        """Count with another cosine from now on."""
        if least != self._least:
            self._least = least
            self.least_changed.emit()
            self.changed.emit()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks at :attr:`found`."""
        self._watched = watched
        self.refresh()

    def again(self) -> None:
        """Match after all what was cancelled."""
        self._given_up = False
        self._asked = None
        self.refresh()

    def cancel(self) -> None:
        """End the matching; :meth:`again` begins it again."""
        if self._reading.cancel():
            self._reading_cancelled()
        if self._work.cancel():
            self._cancelled()

    @property
    def running(self) -> bool:
        """Whether latents are being matched."""
        return self._work.running

    @property
    def given_up(self) -> bool:
        """Whether the matching was cancelled."""
        return self._given_up

    # -- latents and the drawing ----------------------------------------------------------------------------------

    def partner(self, latent: int | None) -> int | None:
        """The latent of the other model that belongs to ``latent`` of the shown one; None where none does."""
        return self.found.matching.partner(latent) if self.found is not None and latent is not None else None

    def select_other(self, latent: int) -> bool:
        """Select the shown model's latent that belongs to ``latent`` of the other one; False where none does."""
        mine = self.found.matching.partner(latent, 1) if self.found is not None else None
        if mine is not None:
            self._state.select(mine)
        return mine is not None

    @property
    def code(self) -> Code | None:
        """What the other model makes of the drawing; None where it reads no such input, or nothing is drawn."""
        values, found = self._state.model_input, self.found
        if found is None or values is None or self._state.code is None or values.size != found.b.d_in:
            return None
        if self._code is None or self._code[0] is not found.b or self._code[1] is not values:
            self._code = found.b, values, encoded(found.b, values.reshape(found.b.shape))
        return self._code[2]

    # -- inside ---------------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Match the two models, unless that is done, is being done, or nobody looks."""
        a, other = self._state.snapshot, self.other
        if not self._watched or a is None or other is None or self._given_up:
            self.changed.emit()
            return
        asked = a, other.snapshot, self._method
        if self._asked is not None and all(x is y for x, y in zip(asked, self._asked, strict=True)):
            return
        pairs = a.n_latents * other.snapshot.n_latents
        try:
            check_comparable(a, other.snapshot)
        except DataError as error:
            self._refuse(str(error))
            return
        if self._state.phase in ("training", "stopping") and pairs > MOST_LIVE:
            self._refuse(
                "Latents of models of this size are matched when the training is paused or has ended."
            )
            return
        if self._work.running and self._state.busy:
            # It will be asked again when that has ended.
            return
        self.problem, self._asked = "", asked
        self._work.start("Matching latents", partial(_match, a, other.snapshot, self._way(a, other.snapshot)))
        self.changed.emit()

    def _way(self, a: Snapshot, b: Snapshot) -> Method:
        self.estimate = exact_seconds(a, b)
        if self._method == "auto":
            return "exact" if self.estimate <= PATIENCE else "greedy"
        return self._method

    def _refuse(self, sentence: str) -> None:
        self._work.cancel()
        self._forget()
        self.problem = sentence
        self.changed.emit()

    def _forget(self) -> None:
        self.found = self._asked = self._code = None
        self.problem, self._given_up = "", False

    @Slot()
    def _run_changed(self) -> None:
        path = self._state.run.path if self._state.run is not None else None
        if path != self._path:
            self._path = path
            self._work.cancel()
            self._forget()
            self.refresh()

    @Slot()
    def _weights_changed(self) -> None:
        found, snapshot = self.found, self._state.snapshot
        if found is not None and (snapshot is None or snapshot.n_latents != found.a.n_latents):
            self.found = None
            self.changed.emit()
        if not self._pause.isActive():
            self._pause.start()

    @Slot()
    def _code_changed(self) -> None:
        if self._watched and self.found is not None:
            self.code_changed.emit()

    @Slot(object)
    def _done(self, found: Found) -> None:
        snapshot = self._state.snapshot
        if snapshot is not None and snapshot.n_latents == found.a.n_latents:
            self.found = found
        self.changed.emit()
        self.code_changed.emit()
        # Weights that came meanwhile.
        if self._state.busy and not self._pause.isActive():
            self._pause.start()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "comparison")
        self.changed.emit()

    @Slot()
    def _cancelled(self) -> None:
        self._given_up = True
        self._asked = None
        self.changed.emit()


def _read(run: Run, step: int | None, progress: Progress = UNWATCHED) -> Other:
    progress.report(0, 1)
    snapshot = run.latest() if step is None else run.at(step)
    return Other(run, snapshot, tuple(run.steps()))


def _match(a: Snapshot, b: Snapshot, method: Method, progress: Progress) -> Found:
    return Found(match_models(a, b, method, progress), a, b)


def active_pairs(found: Found, a: Code, b: Code, most: int) -> list[tuple[int | None, int | None]]:
    """Latents that are active on the drawing in one of the models, with their partners; the strongest first, at most ``most``.

    A latent of one side whose partner is inactive stands with it; None where it has no partner.
    """
    partners = {int(x): int(y) for x, y in found.matching.pairs}
    back = {y: x for x, y in partners.items()}
    pairs: dict[tuple[int | None, int | None], float] = {}
    for latent in a.active.tolist():
        pairs[latent, partners.get(latent)] = abs(float(a.z[latent]))
    for latent in b.active.tolist():
        key = back.get(latent), latent
        pairs[key] = max(pairs.get(key, 0.0), abs(float(b.z[latent])))
    order = np.argsort([-value for value in pairs.values()], kind="stable")
    known = list(pairs)
    return [known[place] for place in order[:most].tolist()]
