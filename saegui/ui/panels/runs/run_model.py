"""The model of the list of runs: their order, and a row for each that is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from saegui.app.services import Services
from saegui.core.runs.run import STARTER_PATH, BrokenRun, Run, printable
from saegui.core.runs.short_names import ShortNames
from saegui.core.runs.table import EVERY, Filter
from saegui.ui.widgets.run_rows import Row, ordered, row_of

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class RunsModel(QAbstractListModel):
    """The starter run and all others as rows; editing a row's name renames the run.

    Of thousands of runs only the rows that are shown are made, and a change of the list inserts, removes and moves rows: what
    stays keeps its selection and its editor.
    """

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._sort, self._reverse = "date", False
        self._wanted = EVERY
        self._runs: list[Run | BrokenRun] = []
        self._places: dict[Path, int] = {}
        self._made: dict[Path, Row] = {}
        self._short: ShortNames | None = None
        self.reload()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed, in order."""
        return tuple(self.row(place) for place in range(len(self._runs)))

    @property
    def runs(self) -> tuple[Run | BrokenRun, ...]:
        """What is listed, in order; no row is made."""
        return tuple(self._runs)

    @property
    def has_own(self) -> bool:
        """Whether there is a run beside the starter, listed or filtered out."""
        return bool(self._services.library.runs)

    def row(self, place: int) -> Row:
        """The row in ``place``."""
        run = self._runs[place]
        if run.path not in self._made:
            if self._short is None:
                self._short = ShortNames(run.name for run in self._runs if run.path != STARTER_PATH)
            self._made[run.path] = row_of(run, self._services, self._short.of(run.name))
        return self._made[run.path]

    def row_of(self, path: Path) -> int | None:
        """Which row shows the run in ``path``."""
        return self._places.get(path)

    def sort_by(self, name: str, *, reverse: bool) -> None:
        """Sort by one of SORTS."""
        self._sort, self._reverse = name, reverse
        self.reload()

    def show_only(self, wanted: Filter) -> None:
        """List those that pass the filter."""
        if wanted is not self._wanted and (wanted.parts or self._wanted.parts):
            self._wanted = wanted
            self.reload()

    def reload(self) -> None:
        """Take the runs and their state as they are now. Rows that stay keep their editor and their selection."""
        runs = ordered(self._services, self._sort, reverse=self._reverse, wanted=self._wanted)
        wanted = {run.path for run in runs}
        self._remove([run.path in wanted for run in self._runs])
        self._made, self._short = {}, None
        before = self._places
        stayed = [run for run in runs if run.path in before]
        if [run.path for run in stayed] != list(before):
            self._move(stayed)
        self._runs = stayed
        self._insert(runs)
        self._renumber()
        if runs:
            self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))

    def refresh_current(self) -> None:
        """Show how far the current run's training is; nothing is read from the disk."""
        run = self._services.state.run
        place = self._places.get(run.path) if run is not None else None
        if place is None:
            return
        before = self._made.pop(self._runs[place].path, None)
        if self.row(place) != before:
            self.dataChanged.emit(self.index(place), self.index(place))

    # -- inside -------------------------------------------------------------------------------------------------------

    def _renumber(self) -> None:
        self._places = {run.path: place for place, run in enumerate(self._runs)}

    def _remove(self, keeps: list[bool]) -> None:
        """Remove the rows that are not kept, from the last to the first, each stretch of neighbours at once."""
        end = len(keeps)
        while end:
            if keeps[end - 1]:
                end -= 1
                continue
            begin = end - 1
            while begin and not keeps[begin - 1]:
                begin -= 1
            self.beginRemoveRows(QModelIndex(), begin, end - 1)
            del self._runs[begin:end]
            self.endRemoveRows()
            end = begin
        self._renumber()

    def _move(self, runs: list[Run | BrokenRun]) -> None:
        """Put the rows there are into another order."""
        self.layoutAboutToBeChanged.emit()
        before, places = self.persistentIndexList(), {run.path: place for place, run in enumerate(runs)}
        after = [self.index(places[self._runs[index.row()].path]) for index in before]
        self._runs = runs
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _insert(self, runs: list[Run | BrokenRun]) -> None:
        """Insert what is new in ``runs``, each stretch of neighbours at once; the rest is there, in this order."""
        place = 0
        while place < len(runs):
            end = place
            while end < len(runs) and runs[end].path not in self._places:
                end += 1
            if end > place:
                self.beginInsertRows(QModelIndex(), place, end - 1)
                self._runs[place:place] = runs[place:end]
                self.endInsertRows()
            place = end + 1

    # -- what Qt asks -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role in (_Role.DisplayRole, _Role.EditRole):
            return self._runs[index.row()].name
        if role not in (_Role.ToolTipRole, _Role.AccessibleTextRole, _Role.UserRole):
            return None
        row = self.row(index.row())
        return row if role == _Role.UserRole else row.tip if role == _Role.ToolTipRole else row.spoken

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        run = self._runs[index.row()] if index.isValid() else None
        if isinstance(run, Run) and run.path != STARTER_PATH:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        run = self._runs[index.row()]
        if role != _Role.EditRole or isinstance(run, BrokenRun):
            return False
        if printable(str(value)) != run.name:
            self._services.library.rename(run, str(value))
        return True
