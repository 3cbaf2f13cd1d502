"""DrawingDialog: a dialog with a figure that is drawn in the background."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QWidget

from saegui.app.exporting import Preview
from saegui.app.jobs import Job

DRAWING = "The figure is being drawn…"
STOPPED = "Drawing was stopped; it begins again when this window is opened again."


class DrawingDialog(QDialog):
    """Only what was asked for last is shown; drawing is given up where something else is asked for, and when the dialog closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._job: Job | None = None

    def _show_drawn(self, seen: Preview) -> None:
        """Show the figure."""
        raise NotImplementedError

    def _refuse(self, sentence: str) -> None:
        """Say why there is none."""
        raise NotImplementedError

    def _await(self, job: Job | None) -> None:
        """Show what ``job`` draws."""
        self._job = job
        if job is not None:
            job.done.connect(self._drawn)
            job.failed.connect(self._failed)
            job.cancelled.connect(self._stopped)

    def _give_up(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _is_last(self) -> bool:
        """Whether the job that ended is the one that was asked for last."""
        if self.sender() is not self._job:
            return False
        self._job = None
        return True

    @Slot(object)
    def _drawn(self, seen: Preview) -> None:
        if self._is_last():
            self._show_drawn(seen)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self._is_last():
            self._refuse(str(error))

    @Slot()
    def _stopped(self) -> None:
        if self._is_last():
            self._refuse(STOPPED)

    def done(self, result: int) -> None:
        self._give_up()
        super().done(result)
