"""NearInputsControl: finds, in the background, the training inputs whose codes are like that of the current input."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from saegui.app.input_codes import InputCodesControl
from saegui.app.jobs import Jobs, Latest
from saegui.app.nearest import PAUSE_MS
from saegui.app.state import AppState
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.arrays import Array, Images
from saegui.core.data import Dataset

COUNT = 8
_EQUALS = 8
"""Equals of the current input that are looked past, so that it is not listed as its own neighbour."""
AT_ONCE = 700_000
"""Activations that are looked through on the window's thread, which takes a few ms; more in a job."""


class NearInput(NamedTuple):
    """A training input, and the cosine of the angle between its code and that of the current input."""

    row: int
    cosine: float
    shared: int
    """Latents that are active on both."""


class NearInputsControl(QObject):
    """Knows the training inputs nearest to the current one in the space of codes, while somebody shows them."""

    changed = Signal()
    """Others were found, or it is another sentence why there are none."""

    def __init__(
        self, state: AppState, codes: InputCodesControl, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._codes = state, codes
        self._search = Latest(jobs, self)
        self._search.done.connect(self._done)
        self._search.failed.connect(state.fail)
        self._found: tuple[NearInput, ...] = ()
        self._on = False
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._find)
        codes.changed.connect(self._look)
        state.code_changed.connect(self._look)

    @property
    def found(self) -> tuple[NearInput, ...]:
        """Nearest first; empty until they are found, and where no training input shares a latent with the current one."""
        return self._found

    @property
    def searching(self) -> bool:
        """Whether others are looked for, or will be in a moment."""
        return self._soon.isActive() or self._search.running

    @property
    def missing(self) -> str:
        """Why nothing can be found now, a sentence; empty where it can."""
        return self._codes.missing

    def show(self, on: bool) -> None:
        """Somebody shows them, or does so no longer."""
        if on != self._on:
            self._on = on
            self._codes.want("near inputs", on)
            self._look()

    @Slot()
    def _look(self) -> None:
        """Search when the input has not changed for a moment; of another model or data what was found is gone at once."""
        if not self._on or self._state.code is None or self._codes.codes is None:
            self._soon.stop()
            self._search.cancel()
            self._take(())
        else:
            self._soon.start()

    @Slot()
    def _find(self) -> None:
        code, codes = self._state.code, self._codes.codes
        dataset, given = self._state.dataset, self._state.model_input
        if code is None or codes is None or dataset is None or given is None:
            return
        z = code.z
        if len(codes.values) <= AT_ONCE:
            self._search.cancel()
            self._take(_nearest(codes, z, dataset, given))
        else:
            many = dataset.noun.many
            self._search.start(
                f"Finding the nearest {many}", lambda progress: _nearest(codes, z, dataset, given)
            )

    @Slot(object)
    def _done(self, found: tuple[NearInput, ...]) -> None:
        self._take(found)

    def _take(self, found: tuple[NearInput, ...]) -> None:
        self._found = found
        self.changed.emit()


def _nearest(codes: InputCodes, z: Array, dataset: Dataset, given: Images) -> tuple[NearInput, ...]:
    rows, cosines = codes.nearest(z, COUNT + _EQUALS)
    others = [
        NearInput(row, cosine, codes.shared(row, z))
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True)
        if not np.array_equal(dataset.train_images[row], given)
    ]
    return tuple(others[:COUNT])
