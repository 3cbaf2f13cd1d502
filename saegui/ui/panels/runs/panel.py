"""The runs panel: every training that was kept, to open, compare, rename and delete."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from saegui.app.library import STARTER_KEEPS_ITS_NAME
from saegui.app.services import Services
from saegui.core.figures import OF_MANY_RUNS
from saegui.core.runs.run import BrokenRun, Run
from saegui.core.runs.table import EVERY, Filter
from saegui.ui.commands import file_menu
from saegui.ui.panels.panel import Panel, Place
from saegui.ui.panels.runs.lines import FilterLine, NoteLine
from saegui.ui.panels.runs.run_columns import BY_NAME, column_rects, is_wide, row_height
from saegui.ui.panels.runs.run_list import RunsView
from saegui.ui.panels.runs.run_model import RunsModel
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.run_rows import Row
from saegui.ui.widgets.text import SMALL_PX, small_font

_HEADER = 26
PROGRESS_MS = 1000
"""ms between two updates of the row of a running training, at least: a list is no clock."""


class SortHeader(QWidget):
    """The columns' titles; a click sorts, a second one turns the order round."""

    sorted = Signal(str, bool)
    """(column, reversed)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEADER)
        self._column, self._reverse = "date", False
        self._width = 0
        self.buttons: dict[str, QToolButton] = {}
        for name, column in BY_NAME.items():
            button = QToolButton(self)
            button.setFont(small_font(self.font(), SMALL_PX))
            button.setObjectName(name)
            button.setAccessibleName(f"Sort by {column.title}")
            button.setToolTip(f"Sort by {column.title}: {column.help}")
            button.setStyleSheet("QToolButton { padding: 0 2px; border-width: 1px; }")
            button.clicked.connect(self._clicked)
            self.buttons[name] = button
        self._retitle()

    def align(self, width: int) -> None:
        """Stand above rows of ``width`` px."""
        self._width = width
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        places = column_rects(self._width, 2, _HEADER - 4)
        for name, button in self.buttons.items():
            button.setVisible(name in places)
            if name not in places:
                continue
            place = places[name]
            width = button.sizeHint().width()
            # The title's own padding hangs over, so that titles and numbers end on one line.
            left = place.left() - 7 if BY_NAME[name].left else place.right() + 8 - width
            button.setGeometry(left, place.top(), width, place.height())

    def _retitle(self) -> None:
        for name, button in self.buttons.items():
            arrow = (" ▴" if self._reverse else " ▾") if name == "date" else (" ▾" if self._reverse else " ▴")
            button.setText(BY_NAME[name].title + (arrow if name == self._column else ""))
        self._place()

    @Slot()
    def _clicked(self) -> None:
        name = self.sender().objectName()
        self._reverse = not self._reverse if name == self._column else False
        self._column = name
        self._retitle()
        self.sorted.emit(name, self._reverse)


class RunsPanel(Panel):
    """The starter run on top, then every training. Enter opens, Space compares, F2 renames, Del deletes."""

    name = "runs"
    title = "Runs"
    help = "Every training is kept here. Open, compare, rename or delete a run, or train again with its settings."
    topics = ("comparison", "deleted run", "imported model", "name of a run", "open run")
    place = Place("left", 3, tabbed=True)
    figures = ("curves", "summary", *OF_MANY_RUNS)
    exports = file_menu.RUNS

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self.model = RunsModel(services, self)
        self.header = SortHeader(self)
        services.runs_table.listed = lambda: self.model.runs
        self.view = RunsView(theme, self.model, self)
        self.filter, self.note = FilterLine(self), NoteLine(services, self)
        self.empty = EmptyState(
            theme,
            "curves",
            "Each training is kept here: its settings, its curves and its weights.",
            "Train",
            services.training.train,
            self,
        )
        self.empty.button.setToolTip("Train with the settings in the train panel (Ctrl+Return)")
        self._last: Run | None = None
        self._wide = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(PROGRESS_MS)
        self._rest.timeout.connect(self._show_progress)
        self._build_actions()
        self._lay_out()
        self._connect()
        self.retheme()
        self._show_rows()
        self._follow()

    # -- building -----------------------------------------------------------------------------------------------------

    def _build_actions(self) -> None:
        delete = ["Del", "Backspace"] if sys.platform == "darwin" else ["Del"]
        self.open_action = self._action(
            "open", "Open", "Show this run", self.open_selected, "Return", "Enter"
        )
        self.resume_action = self._action(
            "resume",
            "Resume training",
            "Resume this run's training, which was interrupted",
            self.resume_selected,
        )
        self.under_action = self._action(
            "curves",
            "Compare",
            "Compare this run with the current one: draw the curves of both, or stop that",
            self.toggle_overlay,
            "Space",
        )
        self.rename_action = self._action(
            "rename", "Rename", "Give this run another name", self.rename_selected, "F2"
        )
        self.settings_action = self._action(
            "settings", "Use settings", "Fill the train panel with this run's parameters", self.use_settings
        )
        self.folder_action = self._action(
            "folder", "Show folder", "Open this run's folder in the file manager", self.show_folder
        )
        self.delete_action = self._action(
            "delete", "Delete", "Delete this run; this can be undone", self.delete_selected, *delete
        )

    def _action(self, name: str, text: str, help: str, run: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self.view)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        # Only where the list itself has the focus: Del and Enter mean other things elsewhere.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setToolTip(f"{help} ({keys[0]})" if keys else help)
        action.triggered.connect(run)
        self.view.addAction(action)
        return action

    @property
    def _actions(self) -> tuple[QAction, ...]:
        return (
            self.open_action,
            self.under_action,
            self.rename_action,
            self.settings_action,
            self.folder_action,
            self.delete_action,
        )

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, UNIT)
        layout.setSpacing(0)
        layout.addWidget(self.filter)
        layout.addWidget(self.header)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.note)
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, UNIT, GAP, 0)
        bar.setSpacing(UNIT)
        for action in self._actions:
            if action is self.delete_action:
                bar.addStretch(1)
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setIconSize(QSize(16, 16))
            button.setAccessibleName(f"Run: {action.text()}")
            bar.addWidget(button)
        layout.addLayout(bar)

    def _connect(self) -> None:
        self.services.library.changed.connect(self._reload)
        self.services.bin.restored.connect(self._restored)
        self.state.run_changed.connect(self._reload)
        self.services.overlays.changed.connect(self._reload)
        self.state.phase_changed.connect(self._reload)
        self.state.history_changed.connect(self._show_progress)
        self.header.sorted.connect(self._sort)
        self.filter.filtered.connect(self._filter)
        self.view.doubleClicked.connect(self.open_selected)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().currentChanged.connect(self._show_actions)
        self.view.viewport().installEventFilter(self)

    # -- what others may ask ------------------------------------------------------------------------------------------

    def first_stop(self) -> QWidget:
        return self.view

    @property
    def selected_run(self) -> Run | BrokenRun | None:
        """The run that is selected in the list, which need not be the one that is shown."""
        row = self._selected
        return row.run if row is not None else None

    @Slot()
    def open_selected(self) -> None:
        """Make the selected run the current one; a training that is under way refuses, and says so."""
        if self.selected_run is not None:
            self.services.open_run(self.selected_run.path)

    @Slot()
    def toggle_overlay(self) -> None:
        """Compare the selected run with the current one, or stop comparing it."""
        run = self.selected_run
        if isinstance(run, Run):
            self.services.overlays.toggle(run)

    @Slot()
    def resume_selected(self) -> None:
        """Open the selected run and resume its training."""
        run = self.selected_run
        if run is not None and self.services.open_run(run.path):
            self.services.training.resume()

    @Slot()
    def rename_selected(self) -> None:
        """Edit the selected run's name in its row."""
        row, index = self._selected, self.view.currentIndex()
        if row is None:
            return
        if row.broken:
            self.state.notify(
                "warn", f"{row.run.name} cannot be opened, so it cannot be renamed.", "name of a run"
            )
        elif row.starter:
            self.state.notify("warn", STARTER_KEEPS_ITS_NAME, "name of a run")
        elif self.view.state() != self.view.State.EditingState:
            # A second click, or F2 again, finds the name being edited already.
            self.view.scrollTo(index)
            self.view.edit(index)

    @Slot()
    def delete_selected(self) -> None:
        """Delete the selected run; the library can bring it back."""
        index, run = self.view.currentIndex(), self.selected_run
        if run is None:
            return
        place = index.row()
        self.services.bin.delete(run)
        if self.model.row_of(run.path) is None and self.model.rowCount():
            self.view.setCurrentIndex(self.model.index(min(place, self.model.rowCount() - 1)))

    @Slot()
    def use_settings(self) -> None:
        """Fill the train panel with the selected run's parameters."""
        run = self.selected_run
        if isinstance(run, Run):
            self.services.drafts.replace(run.config, f"settings of “{run.name}”", run.preset)
            self.state.notify("info", f"The train panel now has the settings of “{run.name}”.")

    @Slot()
    def show_folder(self) -> None:
        """Open the selected run's folder in the system's file manager."""
        if self.selected_run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected_run.path)))

    # -- inside -------------------------------------------------------------------------------------------------------

    @property
    def _selected(self) -> Row | None:
        index = self.view.currentIndex()
        return index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None

    @Slot()
    def _reload(self) -> None:
        with self.view.standing_still():
            self.model.reload()
        self._show_rows()
        self._follow()

    @Slot(object)
    def _restored(self, path: Path) -> None:
        row = self.model.row_of(path)
        if row is not None:
            self.view.setCurrentIndex(self.model.index(row))

    @Slot()
    def _show_progress(self) -> None:
        if not self._rest.isActive() and self.state.busy:
            self.model.refresh_current()
            self._rest.start()

    @Slot(object)
    def _filter(self, wanted: Filter) -> None:
        with self.view.standing_still():
            self.model.show_only(wanted)
        self._show_rows()

    @Slot(str, bool)
    def _sort(self, name: str, reverse: bool) -> None:
        self.model.sort_by(name, reverse=reverse)
        if self.view.currentIndex().isValid():
            self.view.scrollTo(self.view.currentIndex())

    def _select(self, run: Run | BrokenRun | None) -> None:
        row = self.model.row_of(run.path) if run is not None else None
        if row is not None and row != self.view.currentIndex().row():
            self.view.setCurrentIndex(self.model.index(row))

    def _follow(self) -> None:
        """The selection goes to the current run when that becomes another, or when nothing is selected."""
        run, nothing = self.state.run, not self.view.currentIndex().isValid()
        if run is not None and (nothing or self._last is None or self._last.path != run.path):
            self._select(run)
        self._last = run

    def _show_rows(self) -> None:
        own = self.model.has_own
        # Also above the starter run alone: its numbers are named there.
        self.header.setVisible(self.model.rowCount() > 0)
        # In a narrow list there is no room for them, and no run may be hidden by words that are not in sight.
        for line in (self.filter, self.note):
            line.setVisible(own and self._wide)
        self.model.show_only(self.filter.shown if self._wide else EVERY)
        self.empty.setVisible(not own)
        self.view.setMaximumHeight(
            16_777_215 if own else self.model.rowCount() * row_height(self.view.width())
        )
        self.empty.button.setEnabled(not self.state.busy)
        self._show_actions()

    @Slot()
    def _show_actions(self) -> None:
        row = self._selected
        self.note.show_run(row.run if row is not None else None)
        for action in self._actions:
            action.setEnabled(row is not None)
        readable = row is not None and not row.broken
        self.open_action.setEnabled(readable)
        self.settings_action.setEnabled(readable)
        self.under_action.setEnabled(row is not None and readable and not row.current)
        run = self.selected_run
        self.resume_action.setEnabled(
            isinstance(run, Run) and not self.state.busy and run.can_resume and not run.is_being_trained
        )

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        if self._selected is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for action in self._actions:
            if action is self.delete_action:
                menu.addSeparator()
            menu.addAction(action)
            if action is self.open_action and self.resume_action.isEnabled():
                menu.addAction(self.resume_action)
        if not self.view.indexAt(position).isValid():
            # The menu key means the row that has the keyboard.
            position = self.view.visualRect(self.view.currentIndex()).center()
        menu.popup(self.view.viewport().mapToGlobal(position))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A scroll bar narrows the rows: the titles above them follow.
        if event.type() == QEvent.Type.Resize:
            width = self.view.viewport().width()
            if is_wide(width) != self._wide:
                self._wide = is_wide(width)
                self.view.scheduleDelayedItemsLayout()
                self._show_rows()
            self.header.align(width)
        return False

    def sizeHint(self) -> QSize:
        return QSize(300, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    @Slot()
    def retheme(self) -> None:
        for action in self._actions:
            action.setIcon(icon(action.objectName(), self.theme.tokens))
        self.resume_action.setIcon(icon("play", self.theme.tokens))
        self.view.viewport().update()
