"""Steering: latents of the current image that somebody set to other activations, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.code import Code
from saegui.app.nouns import said
from saegui.app.state import AppState
from saegui.app.undo import Step, Undo
from saegui.core.analysis.steering import Steered, Steering
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import latent_name
from saegui.core.runs.run import Run
from saegui.core.strokes import Drawing

PANEL = "active"
"""The panel that shows the latents that are set."""
HEADROOM = 2.0
"""A latent can be set up to this many times the strongest activation on the image."""
OTHER_INPUT = "Steering has ended, because the input has changed. Undo brings both back."
OTHER_MODEL = "Steering has ended, because another model is shown."
NOT_HERE = "What was set belongs to another input or run: show that again to undo or repeat it."


class _Place(NamedTuple):
    """What was steered: an image in a run."""

    drawing: Drawing
    run: Run | None

    def same(self, other: _Place) -> bool:
        paths = [run.path if run is not None else None for run in (self.run, other.run)]
        return self.drawing is other.drawing and paths[0] == paths[1]


class SteeringControl(QObject):
    """Holds the activations that are set, from the first change to the reset, another image or another run.

    The latents keep their values while the weights change: a training goes on, or the scrubber moves.
    """

    changed = Signal()
    """Other latents are set, or to other values. After other weights or another image ``code_changed`` of the state says so."""

    def __init__(self, state: AppState, undo: Undo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._undo = state, undo
        self._values: dict[int, float] = {}
        self._place = self._here()
        self._ready: tuple[Code, Snapshot, Steering] | None = None
        self._result: Steered | None = None
        self._setting: tuple[int, dict[int, float], Step] | None = None
        """The latent that was set last, what was set before the first of these changes, and their step."""
        self._ended: tuple[_Place, dict[int, float]] | None = None
        """What was set on the image before this one, which undo may bring back."""
        state.run_changed.connect(self._run_changed)
        state.code_changed.connect(self._code_changed)

    # -- what is set, and what it gives -------------------------------------------------------------------------------

    @property
    def values(self) -> Mapping[int, float]:
        """The activation of each latent that is set; a copy, in the order in which they were set first."""
        return dict(self._values)

    @property
    def on(self) -> bool:
        """Whether any latent is set."""
        return bool(self._values)

    @property
    def result(self) -> Steered | None:
        """What the values give on the current image; None while there is no code."""
        code, snapshot, given = self._state.code, self._state.snapshot, self._state.model_input
        if code is None or snapshot is None or given is None:
            return None
        if self._ready is None or self._ready[0] is not code or self._ready[1] is not snapshot:
            self._ready, self._result = (code, snapshot, Steering(snapshot, given, code.z)), None
        if self._result is None:
            self._result = self._ready[2].steer(self._values)
        return self._result

    @property
    def shown(self) -> Code | None:
        """The code that panels show: the steered one, or the image's own while no latent is set."""
        result = self.result if self._values else None
        return self._state.code if result is None else Code(result.z, result.reconstruction, result.mse)

    @property
    def top(self) -> float:
        """The largest activation that a latent can be set to on this image; where activations may be negative, −top is the least."""
        code = self._state.code
        strongest = float(np.abs(code.z).max(initial=0)) if code is not None else 0.0
        return HEADROOM * (strongest or 1.0)

    # -- setting ------------------------------------------------------------------------------------------------------

    def set(self, latent: int, value: float, *, more: bool = False) -> None:
        """Set a latent to an activation from 0 to :attr:`top`. ``more``: together with the change before it this is one step.

        Nothing happens without a code, or for a latent that does not exist.
        """
        code = self._state.code
        if code is not None and 0 <= latent < len(code.z):
            snapshot = self._state.snapshot
            least = -self.top if snapshot is not None and snapshot.config.signed_codes else 0.0
            held = self._values | {latent: min(max(least, value), self.top)}
            self._change(held, f"setting of {latent_name(latent)}", latent, more)

    def hold(self, latent: int) -> None:
        """Set a latent to what it is, unless it is set already: it is then listed, and can be changed."""
        code = self._state.code
        if code is not None and 0 <= latent < len(code.z) and latent not in self._values:
            self.set(latent, float(code.z[latent]))

    def release(self, latent: int, *, more: bool = False) -> None:
        """Let the image decide again about a latent; ``more`` as in :meth:`set`."""
        held = {each: value for each, value in self._values.items() if each != latent}
        self._change(held, f"reset of {latent_name(latent)}", latent, more)

    def reset(self) -> None:
        """Let the image decide about all latents."""
        self._change({}, "reset of steering", -1, more=False)

    def _change(self, values: dict[int, float], text: str, latent: int, more: bool) -> None:
        before, here = self._values, self._here()
        if values == before:
            return
        self._place, self._ended = here, None
        self._take(values)
        if more and self._setting is not None and self._setting[0] == latent:
            _, first, step = self._setting
            if self._undo.last is step and not self._undo.canRedo():
                step.replace(partial(self._show, first, here), partial(self._show, values, here))
                return
        step = Step(text, partial(self._show, before, here), partial(self._show, values, here), PANEL)
        self._setting = (latent, before, self._undo.add(step))

    def _show(self, values: dict[int, float], place: _Place) -> bool:
        code = self._state.code
        if not place.same(self._here()) or code is None or max(values, default=-1) >= len(code.z):
            self._state.notify("info", said(self._state, NOT_HERE), "latent")
            return False
        self._place = place
        self._take(values)
        return True

    def _take(self, values: dict[int, float]) -> None:
        self._values, self._result = values, None
        self.changed.emit()

    # -- what ends it -------------------------------------------------------------------------------------------------

    def _here(self) -> _Place:
        return _Place(self._state.drawing, self._state.run)

    @Slot()
    def _run_changed(self) -> None:
        if not self._place.same(_Place(self._place.drawing, self._state.run)):
            self._ended = None
            if self._values:
                self._end(OTHER_MODEL)

    @Slot()
    def _code_changed(self) -> None:
        self._result = None
        here, code = self._here(), self._state.code
        ended, count = self._ended, len(code.z) if code is not None else 0
        if self._values and not self._place.same(here):
            self._ended = self._place, self._values
            self._end(said(self._state, OTHER_INPUT))
        elif self._values and max(self._values) >= count:
            self._end(OTHER_MODEL)
        elif not self._values and ended is not None and ended[0].same(here) and max(ended[1]) < count:
            # The other image was undone.
            self._ended, self._place = None, here
            self._take(ended[1])

    def _end(self, sentence: str) -> None:
        self._setting = None
        self._take({})
        self._state.notify("info", sentence, "latent")
