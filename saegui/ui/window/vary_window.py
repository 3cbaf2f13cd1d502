"""Run › Vary…: which parameters take which values, how many runs these are, and about how long they take."""

from __future__ import annotations

import shlex
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.jobs import Latest
from saegui.app.nouns import said
from saegui.app.services import Services
from saegui.app.sweeps import MOST, Plan
from saegui.core.config.run_names import preset_title
from saegui.core.config.schema import parameter
from saegui.core.data import DATASETS
from saegui.core.errors import RunError, SaeguiError
from saegui.core.files import paths
from saegui.core.progress import Progress
from saegui.core.sweeps import spec_text
from saegui.core.sweeps.suggestions import can_vary
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.styled import set_styled
from saegui.ui.widgets.text import duration
from saegui.ui.widgets.titles import titled
from saegui.ui.window.vary_row import WRITE, VaryRow

HOW = f"Every combination of these values is trained with the settings of Train. {WRITE}"
WAIT_MS = 300
"""After the last key: then the speed is measured."""
NOT_LOADED = "The time is estimated when {data} is loaded; Start loads it."
MEASURING = "Measuring how long it takes…"


class VaryWindow(QDialog):
    """It stays open beside the main window until the sweep is started."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._theme, self._state = services, theme, services.state
        self._sweeps, self._window = services.sweeps, parent
        self.plan: Plan | None = None
        """What Start trains; None where something is wrong."""
        self.seconds: float | None = None
        """About how long that takes; None while it is not known."""
        self._saved: Path | None = None
        self._copies = False
        self.setWindowTitle(titled("Vary", parent))
        self.how, self.about, self.summary, self.time = QLabel(HOW), QLabel(), QLabel(), QLabel()
        for label in (self.how, self.about, self.summary, self.time):
            label.setWordWrap(True)
        self.how.setProperty("muted", True)
        self.about.setProperty("muted", True)
        self.summary.setAccessibleName("Runs")
        self.time.setAccessibleName("Estimated time")
        self.rows: list[VaryRow] = []
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(UNIT)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, UNIT, 0)
        column.addLayout(self._list)
        self.add = QPushButton("Add parameter")
        self.add.setToolTip("Vary one more parameter: every combination is trained")
        self.add.clicked.connect(self._add)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.start, self.save, self.copy, self.cancel = (
            QPushButton(text) for text in ("Start", "Save as file…", "Copy command", "Close")
        )
        self.start.setProperty("primary", True)
        self.start.setToolTip("Train all runs in the background")
        self.save.setToolTip("Save this as a file that saegui sweep trains, here or on many machines")
        self.copy.setToolTip("Copy the command that trains the saved file; saves it first")
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
        layout.addWidget(self.how)
        layout.addWidget(self.about)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.summary)
        layout.addWidget(self.time)
        layout.addLayout(buttons)
        self.start.setDefault(True)
        self.start.clicked.connect(self._start)
        self.save.clicked.connect(self._ask_file)
        self.copy.clicked.connect(self._copy)
        self.cancel.clicked.connect(self.reject)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._measure)
        # The list has its new height a while after a row was added.
        scroll.verticalScrollBar().rangeChanged.connect(self._show_row)
        self._trial = Latest(services.jobs, self)
        self._trial.done.connect(self._measured)
        self._trial.failed.connect(self._unmeasured)
        self._state.draft_changed.connect(self._settings_changed)
        self._state.dataset_changed.connect(self.refresh)
        self._state.phase_changed.connect(self.refresh)
        self._sweeps.changed.connect(self._show_buttons)
        self.resize(620, 420)

    def open_new(self) -> None:
        """Show it, with the parameter that makes codes sparse where nothing is chosen yet."""
        if not self.rows:
            self._insert(self._sparsity())
        self.show()
        self.raise_()
        self.activateWindow()
        self._settings_changed()
        self.rows[0].text.setFocus()

    def _sparsity(self) -> str:
        """The parameter that makes codes sparse, of the kind that is chosen; where it has none, the first one."""
        names = [found.name for found in can_vary(self._state.draft)]
        live = [name for name in names if parameter(name).live and parameter(name).when]
        return (live or names)[0]

    # -- rows -----------------------------------------------------------------------------------------------------

    def _insert(self, name: str) -> VaryRow:
        row = VaryRow(self._theme)
        row.offer(self._state.draft, name)
        row.edited.connect(self.refresh)
        row.removed.connect(self._remove)
        self.rows.append(row)
        self._list.addWidget(row)
        row.suggest()
        return row

    @Slot()
    def _add(self) -> None:
        taken = {row.name for row in self.rows}
        first = ("seed", "n_latents", "lr", "k")
        names = [found.name for found in can_vary(self._state.draft)]
        free = [name for name in (*first, *names) if name in names and name not in taken]
        if free:
            self._insert(free[0]).text.setFocus()
        self.refresh()

    @Slot()
    def _show_row(self) -> None:
        """Scroll to the row that has the keyboard, with what is said below its values: it was added, or says more now."""
        focused = self.focusWidget()
        row = next((row for row in self.rows if focused is not None and row.isAncestorOf(focused)), None)
        if row is not None:
            self._scroll.ensureWidgetVisible(row, 0, 0)

    @Slot(object)
    def _remove(self, row: VaryRow) -> None:
        self.rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        (self.rows[-1].text if self.rows else self.add).setFocus()
        self.refresh()

    @Slot()
    def _settings_changed(self) -> None:
        if not self.isVisible():
            return
        draft = self._state.draft
        able = {found.name for found in can_vary(draft)}
        for row in self.rows:
            taken = {other.name for other in self.rows if other is not row}
            name = row.name
            if name not in able and row.proposes and (usual := self._sparsity()) not in taken:
                # Another kind was chosen, in which what was proposed has no effect.
                name = usual
            suggests = row.suggests
            row.offer(draft, name)
            if suggests and name in able:
                row.suggest()
        self.refresh()

    # -- what it comes to -----------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Count the runs, and measure how long they take a moment later."""
        if not self.isVisible():
            return
        draft = self._state.draft
        data = DATASETS[draft["dataset"]].title if draft["dataset"] in DATASETS else str(draft["dataset"])
        self.about.setText(f"Settings: {preset_title(draft, self._state.preset)}. Data: {data}.")
        self._trial.cancel()
        self.plan, self.seconds = None, None
        for row in self.rows:
            row.read()
        problem = self._make_plan()
        self.add.setEnabled(len(self.rows) < len(can_vary(draft)))
        set_styled(self.summary, problem=bool(problem))
        self.summary.setText(problem or self._counted())
        self.time.setText("")
        if self.plan is not None:
            loaded = self._state.dataset is not None and self._state.dataset.name == self.plan.data
            self.time.setText(MEASURING if loaded else NOT_LOADED.format(data=data))
            if loaded:
                self._wait.start()
        self._show_buttons()

    def _make_plan(self) -> str:
        """Make :attr:`plan`; returns why that is impossible, or an empty text."""
        if not self.rows:
            return "Add a parameter whose values are tried."
        names = [row.name for row in self.rows]
        if twice := [name for name in names if names.count(name) > 1]:
            return f"{parameter(twice[0]).title} is varied twice; give all its values in one line."
        if any(row.problem for row in self.rows):
            return "Correct the values that are marked."
        count = 1
        for row in self.rows:
            count *= len(row.values)
        if count > MOST:
            return (
                f"{count:,} runs are more than the {MOST} that the window trains; give fewer values, or save them as a file for "
                "the command line."
            )
        try:
            self.plan = self._sweeps.plan({row.name: row.values for row in self.rows})
        except SaeguiError as error:
            return str(error)
        return ""

    def _counted(self) -> str:
        from saegui.core.sweeps.passes import passes

        assert self.plan is not None
        trainings, dataset = self.plan.trainings, self._state.dataset
        inputs = 1
        for side in dataset.shape if dataset is not None else ():
            inputs *= side
        groups = passes(trainings, inputs)
        total = f"{len(trainings)} run{'s' if len(trainings) > 1 else ''}"
        if len(groups) == 1 and len(trainings) > 1:
            return said(
                self._state, f"{total}, trained together: they see the same inputs in the same order."
            )
        if len(groups) < len(trainings):
            return said(
                self._state,
                f"{total} in {len(groups)} passes: in each those that see the same inputs in the same order.",
            )
        return f"{total}, one after the other." if len(trainings) > 1 else f"{total}."

    @Slot()
    def _show_buttons(self) -> None:
        why_not = self._sweeps.why_not()
        self.start.setEnabled(self.plan is not None and not why_not)
        self.start.setToolTip(why_not or "Train all runs in the background")
        self.save.setEnabled(self.plan is not None)
        self.copy.setEnabled(self.plan is not None)
        if why_not and self.plan is not None:
            self.time.setText(why_not)

    @Slot()
    def _measure(self) -> None:
        plan, dataset = self.plan, self._state.dataset
        if plan is None or dataset is None or dataset.name != plan.data or self._sweeps.why_not():
            return
        threads, device = self._services.training.threads, self._services.training.device

        def work(progress: Progress) -> float:
            # Imported here: torch takes seconds to import, and only a job's thread can wait for it.
            from saegui.core.training.devices import load_torch, use_threads

            load_torch()
            from saegui.core.sweeps import estimate

            use_threads(threads)
            return estimate.seconds(plan.trainings, dataset, device, progress)

        self._trial.start("Measuring how long a sweep takes", work)

    @Slot(object)
    def _measured(self, seconds: float) -> None:
        self.seconds = seconds
        self.time.setText(f"About {duration(seconds)}, measured on a few steps.")

    @Slot(object)
    def _unmeasured(self, error: Exception) -> None:
        # The training itself says what is wrong, with the name of the run.
        self.time.setText("The time cannot be estimated.")
        if not isinstance(error, SaeguiError | MemoryError):
            self._state.fail(error)

    # -- what it leads to -----------------------------------------------------------------------------------------

    @Slot()
    def _start(self) -> None:
        if self.plan is not None and not self._sweeps.why_not():
            plan = self.plan
            self.accept()
            self._sweeps.start(plan)

    @Slot()
    def _ask_file(self) -> None:
        dialog = file_dialog(self, titled("Save sweep", self._window), self._services.settings.export_dir)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Sweep (*.toml)"])
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(spec_text.NAME)
        dialog.fileSelected.connect(self.save_as)
        dialog.open()

    @Slot(str)
    def save_as(self, name: str) -> None:
        """Save what is chosen as a file for the command line."""
        copies, self._copies = self._copies, False
        if self.plan is None:
            return
        try:
            spec_text.save(self.plan.found, Path(name))
        except RunError as error:
            self._state.notify("bad", str(error))
            return
        self._saved = Path(name)
        self._state.notify("good", f"Saved {name}. Train it with: {self.command}")
        if copies:
            self._copy_command()

    @property
    def command(self) -> str:
        """What trains the file that was saved; ``--data-dir`` where the data are the user's own files."""
        saved = self._saved or Path(spec_text.NAME)
        words_ = ["saegui", "sweep", str(saved), "--out", str(paths.runs_dir() / saved.stem)]
        data = str(self.plan.data) if self.plan is not None else ""
        folder = self._services.data.folder_of(data) if data else None
        if folder is not None:
            words_ += ["--data-dir", str(folder)]
        return shlex.join(words_)

    @Slot()
    def _copy(self) -> None:
        self._copies = True
        self._ask_file()

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self.command)
        self._state.notify("good", "Copied the command to the clipboard.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QToolButton):
            # As of other buttons; Qt would start the sweep.
            focused.click()
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        self._wait.stop()
        self._trial.cancel()
        super().done(result)


class Vary:
    """Opens the window; there is one."""

    def __init__(self, services: Services, theme: Theme, window: QWidget) -> None:
        self._services, self._theme, self._window = services, theme, window
        self._open: VaryWindow | None = None

    def open(self) -> VaryWindow:
        """Show it, in front."""
        if self._open is None:
            self._open = VaryWindow(self._services, self._theme, self._window)
        self._open.open_new()
        return self._open
