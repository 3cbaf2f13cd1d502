"""SecondInput: an input that was kept, so that the current one is compared with it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.code import Code, encoded
from saegui.app.model_input import ModelInput
from saegui.app.state import AppState
from saegui.core.analysis.code_difference import CodeDifference, code_difference
from saegui.core.arrays import Images
from saegui.core.model.snapshot import Snapshot
from saegui.core.strokes import Drawing


class SecondInput(QObject):
    """Encodes the kept input with whatever model is shown; it stays until another one is kept, or the comparison ends."""

    changed = Signal()
    """Another input is kept, or none; or it was encoded again."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._drawing: Drawing | None = None
        self._input = ModelInput()
        self._encoded: tuple[Snapshot, Images, Code] | None = None
        state.snapshot_changed.connect(self._again)
        state.dataset_changed.connect(self._again)

    @property
    def on(self) -> bool:
        """Whether an input is kept."""
        return self._drawing is not None

    @property
    def drawing(self) -> Drawing | None:
        """What is kept; None for nothing."""
        return self._drawing

    @property
    def values(self) -> Images | None:
        """What the shown model is given of it; None where it reads no such input."""
        state = self._state
        if self._drawing is None or state.snapshot is None:
            return None
        items = state.dataset.items if state.dataset is not None and state.data_readable else None
        return self._input.find(self._drawing, state.snapshot.shape, items)

    @property
    def code(self) -> Code | None:
        """What the shown model makes of it."""
        snapshot, values = self._state.snapshot, self.values
        if snapshot is None or values is None:
            return None
        if self._encoded is None or self._encoded[0] is not snapshot or self._encoded[1] is not values:
            self._encoded = snapshot, values, encoded(snapshot, values)
        return self._encoded[2]

    @property
    def difference(self) -> CodeDifference | None:
        """The code of the current input less that of the kept one; None while one of them is missing."""
        current, kept = self._state.code, self.code
        return None if current is None or kept is None else code_difference(current.z, kept.z)

    def keep(self, drawing: Drawing) -> None:
        """Compare the current input with ``drawing`` from now on."""
        self._drawing = drawing
        self.changed.emit()

    def end(self) -> None:
        """Compare with nothing."""
        if self._drawing is not None:
            self._drawing = self._encoded = None
            self.changed.emit()

    @Slot()
    def _again(self) -> None:
        if self.on:
            self.changed.emit()
