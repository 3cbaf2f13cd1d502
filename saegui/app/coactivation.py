"""CoactivationControl: counts in the background which latents are active together, as soon as somebody wants to know."""

from __future__ import annotations

from PySide6.QtCore import QObject

from saegui.app.input_codes import InputCodesControl
from saegui.app.jobs import Jobs, Work
from saegui.app.snapshot_work import SnapshotWork
from saegui.app.state import AppState
from saegui.core.analysis import kept_arrays, kept_coactivation
from saegui.core.analysis.coactivation import Coactivation
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot


class CoactivationControl(SnapshotWork[Coactivation]):
    """Knows of the shown snapshot which latents are active together on the training inputs, while anybody wants it."""

    doing = "Counting which latents are active together"
    undone = "It was not counted which latents are active together"
    waits = "Latents that are active together are counted"

    def __init__(
        self, state: AppState, codes: InputCodesControl, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(state, jobs, parent)
        self._codes = codes

    @property
    def quick(self) -> bool:
        """Whether it takes about a second: then nobody needs to ask for it."""
        snapshot, dataset = self._state.snapshot, self._state.dataset
        return snapshot is not None and dataset is not None and not kept_arrays.worth_it(snapshot, dataset)

    def work(self, snapshot: Snapshot, dataset: Dataset) -> Work:
        # Of this snapshot, where somebody else wanted them, too.
        codes = self._codes.codes
        return lambda progress: kept_coactivation.compared(snapshot, dataset, codes, progress)

    def size(self, found: Coactivation) -> int:
        return found.nbytes
