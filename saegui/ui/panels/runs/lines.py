"""The two lines of a wide list: which runs are listed, and the note of the selected one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from saegui.app.services import Services
from saegui.core.errors import RunError
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run
from saegui.core.runs.table import COLUMNS, EVERY, read_filter
from saegui.ui.widgets.styled import set_styled

HINT = "Filter: words, or k<=10, mse<0.02, preset=modern"


class FilterLine(QLineEdit):
    """Words and comparisons that all listed runs fulfil; Escape clears it."""

    filtered = Signal(object)
    """The :class:`saegui.core.runs.table.Filter` that was typed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(HINT)
        self.setAccessibleName("Filter runs")
        self.setClearButtonEnabled(True)
        self.shown = EVERY
        """What was read last."""
        self._say("")
        self.textChanged.connect(self._read)

    def _say(self, problem: str) -> None:
        names = ", ".join(COLUMNS)
        self.setToolTip(problem or f"All words must be in a run's row. Columns to compare: {names}")
        self.setAccessibleDescription(self.toolTip())
        set_styled(self, invalid=bool(problem))

    @Slot()
    def _read(self) -> None:
        try:
            wanted = read_filter(self.text())
        except RunError as error:
            # Half a comparison: what was listed stays until it is whole.
            self._say(str(error))
            return
        self._say("")
        self.shown = wanted
        self.filtered.emit(wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class NoteLine(QLineEdit):
    """What the user wrote about a run; kept with it when Enter is pressed or the line is left."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._run: Run | None = None
        self.setAccessibleName("Note")
        self.editingFinished.connect(self._keep)
        self.show_run(None)

    def show_run(self, run: Run | BrokenRun | None) -> None:
        """Show the note of another run; what was typed for the one before is kept with that."""
        own = run if isinstance(run, Run) and run.path != STARTER_PATH else None
        same = own is not None and self._run is not None and own.path == self._run.path
        if same and self.isModified():
            self._run = own
            return
        self._keep()
        self._run = own
        self.setEnabled(own is not None)
        self.setText(own.note if own is not None else "")
        self.setPlaceholderText("Note about this run" if own is not None else "")
        self.setToolTip(f"A note about “{own.name}”, kept with it" if own is not None else "")

    @Slot()
    def _keep(self) -> None:
        if self._run is not None and self.isModified():
            self.setModified(False)
            self._services.library.annotate(self._run, self.text())
