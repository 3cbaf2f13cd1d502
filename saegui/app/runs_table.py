"""RunsTable: the runs that are listed, as a table for papers and other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from saegui.app.jobs import Job, Jobs
from saegui.app.library import Library
from saegui.app.settings import Settings, choice
from saegui.app.state import AppState
from saegui.core.errors import ExportError
from saegui.core.files import paths, refusals
from saegui.core.progress import Progress
from saegui.core.runs import table, table_text
from saegui.core.runs.run import BrokenRun, Run

COLUMNS = tuple(table.COLUMNS)
ENDING = choice("runs/table", ".csv", tuple(table_text.ENDINGS))


class RunsTable(QObject):
    """Every column, as ``saegui runs --columns all`` prints it, of the runs that are listed, in their order."""

    saved = Signal(object)
    """The file that was written, as a list of one path."""

    def __init__(
        self, state: AppState, library: Library, jobs: Jobs, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._jobs, self._settings = state, jobs, settings
        self.listed: Callable[[], Sequence[Run | BrokenRun]] = lambda: library.runs
        """What is listed now; the panel that lists them sets this."""

    @property
    def ending(self) -> str:
        """Of the file that was written last, such as ``.csv``."""
        return self._settings.get(ENDING)

    @property
    def folder(self) -> Path:
        """Where something was saved last."""
        return self._settings.export_dir

    def text(self, form: str) -> str:
        """The table in one of :data:`saegui.core.runs.table_text.FORMATS`."""
        return _text(self.listed(), form)

    def html(self) -> str:
        """The table for the clipboard of office programs."""
        rows = table.rows(self.listed(), COLUMNS)
        return table_text.as_html(table.header(COLUMNS), rows, table.numbers(COLUMNS))

    def save(self, path: Path) -> Job | None:
        """Write the table in the background, in the format of its ending, which is remembered; None after a notice."""
        ending = path.suffix.lower()
        if wrong := refusals.wrong_ending(path, tuple(table_text.ENDINGS), needed=True):
            self._state.notify("warn", wrong, "figure")
            return None
        self._settings.set(ENDING, ending)
        self._settings.export_dir = path.parent
        work = partial(_write, tuple(self.listed()), table_text.ENDINGS[ending], path)
        job = self._jobs.start(f"Exporting {path.name}", work)
        job.done.connect(self.saved)
        job.failed.connect(self._failed)
        return job

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "figure")


def _text(runs: Sequence[Run | BrokenRun], form: str) -> str:
    rows = table.rows(runs, COLUMNS)
    return table_text.written(table.header(COLUMNS), rows, form, table.numbers(COLUMNS))


def _write(runs: Sequence[Run | BrokenRun], form: str, path: Path, progress: Progress) -> list[Path]:
    progress.report(0, 1)
    try:
        paths.write_text(path, _text(runs, form))
    except OSError as error:
        raise ExportError(refusals.unwritable(path, error)) from error
    return [path]
