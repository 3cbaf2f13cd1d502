"""The main window: panels in docks, and what only the window as a whole can do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QWidget,
)

from saegui.app.services import Services
from saegui.app.state import AppState
from saegui.core import gc_pause
from saegui.core.runs.run import STARTER_PATH, Run
from saegui.ui.commands import ACTIONS, MENUS
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.theme.style_sheet import palette, style_sheet
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.drops import dropped_folder
from saegui.ui.window.actions import Actions
from saegui.ui.window.command_palette import CommandPalette
from saegui.ui.window.data_banner import DataBanner
from saegui.ui.window.dialogs import Dialogs
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.docking import Docking
from saegui.ui.window.export_dialogs import ExportDialogs
from saegui.ui.window.run_menu import RunMenu
from saegui.ui.window.status_bar import StatusBar
from saegui.ui.window.toasts import Toasts

DEFAULT_SIZE = (1440, 900)
UNPAINTED_MS = 1000
"""What waits for the first picture comes after this long in any case."""


class MainWindow(QMainWindow):
    """Everything on one screen. Panels talk to the explorer; the window only arranges them and asks questions."""

    services: Services
    theme: Theme
    state: AppState
    train: TrainPanel
    curves: CurvesPanel
    features: FeaturesPanel
    draw: DrawPanel
    exports: ExportDialogs
    banner: DataBanner
    palette_box: CommandPalette

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("saegui")
        self.setWindowTitle("saegui")
        self.services, self.theme, self.state = services, theme, services.state
        self._closing = False
        self._shown = False
        self._overdue = QTimer(self)
        self._overdue.setSingleShot(True)
        self._overdue.setInterval(UNPAINTED_MS)
        self._overdue.timeout.connect(self._first_shown)

        self.train = TrainPanel(services, theme)
        self.curves = CurvesPanel(services, theme)
        self.runs = RunsPanel(services, theme)
        self.features = FeaturesPanel(services, theme)
        self.draw = DrawPanel(services, theme)
        self.active = ActivePanel(services, theme)
        self.latent = LatentPanel(services, theme)
        self.toasts = Toasts(theme, self)
        self.exports = ExportDialogs(self, services, self.toasts)
        self.banner = DataBanner(services, theme, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.banner)
        self.setStatusBar(StatusBar(services, theme, self))
        self.docks = {
            panel.name: self._dock(panel)
            for panel in (
                self.train,
                self.curves,
                self.runs,
                self.features,
                self.draw,
                self.active,
                self.latent,
            )
        }
        self.docking = Docking(self, self.docks, services.settings)
        self.dialogs = Dialogs(self)
        self.setContentsMargins(6, 0, 6, 0)
        self.actions_ = Actions(self)
        self.palette_box = CommandPalette(theme, self.actions_.by_name, self)
        self._fill_menus()
        self.run_menu = RunMenu(services, theme, self.show_runs)
        self.menuBar().setCornerWidget(self.run_menu)
        self._connect()
        room = self.screen().availableSize()
        self.resize(min(DEFAULT_SIZE[0], room.width()), min(DEFAULT_SIZE[1], room.height()))
        self.docking.begin()
        self.apply_theme()
        self.setAcceptDrops(True)

    # -- building -----------------------------------------------------------------------------------------------------

    def _dock(self, panel: QWidget) -> PanelDock:
        dock = PanelDock(panel, self.theme, self)  # type: ignore[arg-type]
        dock.export_asked.connect(self.exports.ask)
        return dock

    def _connect(self) -> None:
        self.state.notice.connect(self.toasts.show_notice)
        self.state.notice.connect(self._noticed)
        self.services.errors.raised.connect(self._unexpected)
        self.services.library.deleted.connect(self._deleted)
        self.services.library.restored.connect(self.toasts.dismiss_about)
        self.services.training.ended.connect(self._training_ended)
        self.theme.changed.connect(self.apply_theme)
        QApplication.instance().focusChanged.connect(self._focus_changed)  # type: ignore[union-attr]
        self.state.run_changed.connect(self._retitle)
        self._retitle()

    def _fill_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for name in MENUS:
            menus[name] = self.menuBar().addMenu(f"&{name}")
            menus[name].setToolTipsVisible(True)
        for spec in ACTIONS:
            if spec.separated and menus[spec.menu].actions():
                menus[spec.menu].addSeparator()
            menus[spec.menu].addAction(self.actions_.by_name[spec.name])
        menus["View"].addSeparator()
        panels = menus["View"].addMenu("Panels")
        for dock in self.docks.values():
            toggle = dock.toggleViewAction()
            toggle.setToolTip(f"Show or hide the panel {dock.windowTitle()}")
            panels.addAction(toggle)

    def view(self, group: str) -> str:
        """What the feature grid shows: of ``sort``, ``show`` or ``scale``."""
        return self.features.view(group)

    def set_view(self, group: str, name: str) -> None:
        """Change what the feature grid shows."""
        getattr(self.features, f"set_{group}")(name)

    @Slot()
    def apply_theme(self) -> None:
        """Colours of everything that is not painted by hand."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.setPalette(palette(self.theme.tokens))
        app.setStyleSheet(style_sheet(self.theme.tokens))

    # -- what the actions ask for -------------------------------------------------------------------------------------

    @property
    def own_run(self) -> Run | None:
        """The current run, unless it is the starter run, which belongs to the program."""
        run = self.state.run
        return run if run is not None and run.path != STARTER_PATH else None

    def scrub_to(self, index: int) -> None:
        """Show the snapshot at ``index`` of the kept ones; −1 is the newest."""
        steps, run = self.services.library.steps, self.state.run
        if steps:
            self.services.library.show_step(steps[index])
        elif run is not None:
            self.state.tell("warn", f"{run.path} keeps no snapshots any more; was it moved or deleted?")

    def scrub_by(self, offset: int) -> None:
        """Show an earlier (−1) or later (+1) snapshot."""
        steps, snapshot = self.services.library.steps, self.state.snapshot
        if snapshot is None or not steps:
            return
        # While paused the weights on the screen may be newer than any that are kept.
        place = sum(step < snapshot.step for step in steps)
        if offset > 0 and place < len(steps) and steps[place] == snapshot.step:
            place += 1
        elif offset < 0:
            place -= 1
        if 0 <= place < len(steps):
            self.services.library.show_step(steps[place])

    @Slot()
    def show_runs(self) -> None:
        """Bring the list of runs to the front."""
        self.docks["runs"].show()
        self.docks["runs"].raise_()

    def open_starter(self) -> None:
        """The run that comes with the program."""
        self.services.open_run(STARTER_PATH)

    def use_settings(self) -> None:
        """The current run's parameters into the train panel."""
        if self.state.run is not None:
            self.state.set_draft(self.state.run.config)

    def delete_run(self) -> None:
        """Delete the current run; the toast brings it back."""
        if self.own_run is not None:
            self.services.library.delete(self.own_run)

    @Slot(str)
    def open_run(self, folder: str) -> None:
        """Open a run folder, and the images it was trained on."""
        self.services.open_run(Path(folder))

    # -- what happens -------------------------------------------------------------------------------------------------

    @Slot(str, str)
    def _unexpected(self, sentence: str, trace: str) -> None:
        self._trace = trace
        toast = self.toasts.add("bad", f"{sentence}. Your runs and your drawing are kept.")
        toast.add_button("Copy details", self._copy_trace)

    @Slot()
    def _copy_trace(self) -> None:
        QApplication.clipboard().setText(self._trace)

    @Slot(str, str)
    def _noticed(self, level: str, sentence: str) -> None:
        if self._closing and level == "bad":
            # The run could not be saved: whoever is closing the window must be able to read it, and to make room.
            self._closing = False

    @Slot(str, object)
    def _deleted(self, name: str, path: Path) -> None:
        toast = self.toasts.add(
            "info", f"Deleted “{name}”. Edit › Undo delete run brings it back until the window closes."
        )
        toast.subject = path
        toast.add_button("Undo", lambda: self.services.library.undo_delete(path))

    @Slot()
    def _retitle(self) -> None:
        run = self.state.run
        self.setWindowTitle(f"{run.name} · saegui" if run is not None else "saegui")

    @Slot(object, object)
    def _focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        widget: QObject | None = now
        while widget is not None:
            if isinstance(widget, PanelDock):
                if widget.panel.figures:
                    self.services.exporter.focus(widget.panel.figures[0])
                return
            widget = widget.parent()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # What no panel takes arrives here.
        if dropped_folder(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        folder = dropped_folder(event.mimeData())
        if folder is not None:
            event.acceptProposedAction()
            self.open_run(str(folder))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            # Another program may have trained meanwhile.
            self.services.library.refresh_if_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docking.columns.follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.docking.shown()
            self.draw.setFocus()
            # A window that is shown minimised is not painted.
            self._overdue.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._overdue.isActive():
            # What costs time and is not needed for the first picture comes after it.
            self._overdue.start(0)

    @Slot()
    def _first_shown(self) -> None:
        # On this thread, though the window stands still while pyqtgraph is imported: Qt asks PySide for the class of a
        # widget without Python's lock, and a thread that makes classes meanwhile (an import of pyqtgraph makes a
        # hundred) crashes both. Before the jobs, which would make it longer.
        self.curves.build()
        gc_pause.resume()
        self.services.load_data()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A training that is under way is stopped and saved first, unmeasured; the window closes when that is done."""
        if self.state.busy:
            event.ignore()
            if not self._closing:
                self._closing = True
                self.toasts.add("info", "Saving the run, then closing…")
                self.services.training.stop_unmeasured()
                if not self.state.busy:
                    self._training_ended()
            return
        self._overdue.stop()
        self.docking.save()
        # What still runs may take a moment to end; nobody should look at a window that stands still meanwhile.
        self.hide()
        self.actions_.close()
        QApplication.instance().focusChanged.disconnect(self._focus_changed)  # type: ignore[union-attr]
        self.services.shut_down()
        event.accept()

    @Slot()
    def _training_ended(self) -> None:
        if self._closing:
            # Not from inside the signal that says the thread has ended.
            QTimer.singleShot(0, self.close)
