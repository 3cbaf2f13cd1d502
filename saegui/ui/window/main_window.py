"""The main window: panels in docks, and what only the window as a whole can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar, get_args

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QWidget
from shiboken6 import isValid

from saegui.app.nouns import Naming, takes_pictures
from saegui.app.services import Services
from saegui.core import gc_pause
from saegui.core.formats.registry import holds_model
from saegui.core.runs.run import inside, is_run
from saegui.core.sweeps.folder import holds_runs
from saegui.ui.commands import Bound, Handler, bind
from saegui.ui.panels import registry
from saegui.ui.panels.compare.panel import ComparePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.panel import Column, Panel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.theme.style_sheet import check_box_palette, palette, style_sheet
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.drops import dropped_files, is_picture_name, left_out
from saegui.ui.window import first_size, menus
from saegui.ui.window.actions import Actions
from saegui.ui.window.back import Back
from saegui.ui.window.command_palette import CommandPalette
from saegui.ui.window.context_menus import add_context_menus
from saegui.ui.window.data_banner import DataBanner
from saegui.ui.window.data_sets import DataSets
from saegui.ui.window.dialogs import Dialogs
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.docking import Docking
from saegui.ui.window.export_dialogs import ExportDialogs
from saegui.ui.window.focus import FocusMemory
from saegui.ui.window.glossary import Glossary
from saegui.ui.window.lessons_window import Experiments
from saegui.ui.window.model_dialogs import ModelDialogs
from saegui.ui.window.notices import Notices
from saegui.ui.window.run_button import RunButton
from saegui.ui.window.status_bar import StatusBar
from saegui.ui.window.toasts import Toasts
from saegui.ui.window.tour import Tour
from saegui.ui.window.vary_window import Vary
from saegui.ui.window.window_handlers import window_handlers
from saegui.ui.window.window_number import WindowNumber

COLLECT_MS = 500
"""So often this thread collects garbage, if there is enough; no other thread may collect widgets."""
UNPAINTED_MS = 1000
"""What waits for the first picture comes after this long in any case."""

P = TypeVar("P", bound=Panel)


def _by_place(kind: type[Panel]) -> tuple[int, float]:
    """From the upper left to the lower right: the order in *View › Panels*."""
    return get_args(Column).index(kind.place.column), kind.place.order


class MainWindow(QMainWindow):
    """Everything on one screen. The window arranges the panels, binds the actions, and asks questions.

    Raises:
        ValueError: an action and its handler do not fit together, or a column of the window is empty.
    """

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("saegui")
        self.setWindowTitle("saegui")
        self.services, self.theme, self.state = services, theme, services.state
        # Before there are widgets: each is then given its style once.
        self.apply_theme()
        self._closing = self._closed = False
        self._shown = False
        self._number = WindowNumber()
        self._overdue = QTimer(self)
        self._overdue.setSingleShot(True)
        self._overdue.setInterval(UNPAINTED_MS)
        self._overdue.timeout.connect(self._first_shown)

        kinds = sorted(registry.PANELS, key=_by_place)
        self.docks = {kind.name: PanelDock(kind, services, theme, self) for kind in kinds}
        self.panels = {name: dock.panel for name, dock in self.docks.items()}
        self.toasts = Toasts(theme, self)
        self.notices = Notices(services, self.toasts, self)
        self.exports = ExportDialogs(self, services, self.toasts)
        self.models = ModelDialogs(self, services)
        self.banner = DataBanner(services, theme, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.banner)
        self.setStatusBar(StatusBar(services, theme, self))
        self.toasts.docks = tuple(self.docks.values())
        self.docking = Docking(self, list(self.docks.values()), services.settings)
        self.dialogs = Dialogs(services, self)
        self.data_sets = DataSets(services, theme, self)
        self.glossary = Glossary(services, self)
        self.dialogs.glossary_asked.connect(self.glossary.open)
        self.experiments = Experiments(services, theme, self.glossary, self._show_compare, self)
        self.vary = Vary(services, theme, self)
        self.tour = Tour(services, theme, self.docking, self.docks, self)
        self.toasts.beside = self.tour.card
        self.setContentsMargins(6, 0, 6, 0)
        self.focus = FocusMemory(self, self._focused)
        self.actions_ = Actions(self._bound(), theme, self, self._seen)
        Naming(self.state, self.actions_.name_inputs, self)
        add_context_menus(self.panels.values(), self.actions_.by_name, self)
        self.palette_box = CommandPalette(theme, self.actions_.by_name, self)
        self.menuBar().setAccessibleName("Menus")
        menus.fill(self.menuBar(), self.actions_.by_name, self.docks.values())
        self.run_button = RunButton(services, theme, self.show_runs)
        self.menuBar().setCornerWidget(self.run_button)
        self._connect()
        first_size.place_first(self)
        self.docking.begin()
        self._given = self.size()
        self.setAcceptDrops(True)

    def panel(self, kind: type[P]) -> P:
        """The panel of a class, such as ``window.panel(DrawPanel)``."""
        found = self.panels[kind.name]
        assert isinstance(found, kind)
        return found

    # -- building -----------------------------------------------------------------------------------------------------

    def createPopupMenu(self) -> QMenu:
        """A right click beside the panels offers what *View › Panels* does."""
        menu = QMenu(self)
        menu.addActions([dock.open_action for dock in self.docks.values()])
        return menu

    def _connect(self) -> None:
        self.state.notice.connect(self._noticed)
        self.services.training.ended.connect(self._training_ended)
        self.services.sweeps.ended.connect(self._training_ended)
        self.theme.changed.connect(self.apply_theme)
        self.focus.leave_out(self.palette_box, self.toasts, self.tour.card)
        self.palette_box.keyboard_freed.connect(self.focus.give_back)
        self.toasts.keyboard_freed.connect(self.focus.give_back)
        self.tour.card.keyboard_freed.connect(self.focus.give_back)
        self.actions_.refused.connect(self._refused)
        self.services.undo.went.connect(self._reveal)
        for dock in self.docks.values():
            dock.export_asked.connect(self.exports.ask)
            dock.visibilityChanged.connect(self.actions_.look_around)
            dock.panel.action_asked.connect(self._do)
        self.state.run_changed.connect(self._retitle)
        self._retitle()

    def _bound(self) -> list[Bound]:
        """Every action of the panels and of the window, in the order of the menus."""
        owners = [(type(panel).__name__, panel.specs, panel.handlers()) for panel in self.panels.values()]
        owners.append(("MainWindow", menus.WINDOW, self.handlers()))
        bound = {spec.name: (spec, handler) for owner in owners for spec, handler in bind(*owner)}
        return [bound[spec.name] for spec in menus.specs()]

    def handlers(self) -> Mapping[str, Handler]:
        """What the actions do that belong to no panel."""
        return {
            **window_handlers(
                self.services,
                self.theme,
                self.exports,
                self.models,
                self.dialogs,
                self.banner,
                self.data_sets,
                self.glossary,
                self.tour,
                self.experiments,
                self.vary,
            ),
            "palette": Handler(lambda: self.palette_box.open()),
            "reset-layout": Handler(self.docking.reset),
            "back": Back(self.docking, self.toasts, self.tour, self.services, self.docks).handler(),
            "quit": Handler(self.close),
        }

    # -- what others ask for ------------------------------------------------------------------------------------------

    @Slot()
    def apply_theme(self) -> None:
        """Colours of everything that is not painted by hand."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style = style_sheet(self.theme.tokens)
        # Set again, it would be worked out again for each widget of each window.
        if app.styleSheet() != style:
            app.setPalette(palette(self.theme.tokens))
            # PySide's types ask for bytes here, and PySide itself for text.
            app.setPalette(check_box_palette(self.theme.tokens), "QCheckBox")  # type: ignore[arg-type]
            app.setStyleSheet(style)

    @Slot()
    def show_runs(self) -> None:
        """Bring the list of runs to the front."""
        self.docking.set_open(self.docks[RunsPanel.name], True)

    @Slot()
    def _show_compare(self) -> None:
        self.docking.set_open(self.docks[ComparePanel.name], True)
        self.activateWindow()

    @Slot(str)
    def open_run(self, folder: str) -> None:
        """Open a run folder, and the images it was trained on."""
        self.services.open_run(Path(folder))

    def take(self, files: Sequence[Path]) -> None:
        """Open what was dropped: a run, a folder of runs, a model, a picture for the canvas, or data; says what was left out."""
        path, notes = files[0], left_out(files)
        draw = self.panel(DrawPanel)
        if path.is_dir() and (is_run(path) or inside(path) or holds_runs(path)):
            self.open_run(str(path))
        elif not is_picture_name(path) and holds_model(path):
            if self.state.busy:
                notes.insert(0, "A training is under way: stop it before importing a model.")
            else:
                self.models.ask_import_of(path)
        elif is_picture_name(path) and takes_pictures(self.state):
            self.docking.reveal(self.docks[DrawPanel.name])
            draw.open_picture(path)
        else:
            if is_picture_name(path):
                notes.insert(
                    0, f"The model that is shown reads no pictures, so {path.name} is looked at as data."
                )
            self.data_sets.look_at(path, notes)
            return
        for note in notes:
            self.state.notify("info", note)

    # -- what happens -------------------------------------------------------------------------------------------------

    @Slot(str, str, str)
    def _noticed(self, level: str, sentence: str, topic: str) -> None:
        if self._closing and level == "bad":
            # The run could not be saved: whoever is closing the window must be able to read it, and to make room.
            self._closing = False
            self.show()
            self.docking.show_floating()

    @Slot()
    def _retitle(self) -> None:
        run, number = self.state.run, self._number.value
        program = "saegui" if number == 1 else f"saegui, window {number}"
        self.setWindowTitle(f"{run.name} · {program}" if run is not None else program)
        for dock in self.docks.values():
            dock.name_window(self.windowTitle())

    def _focused(self, now: QWidget) -> None:
        for dock in self.docks.values():
            if dock.isAncestorOf(now):
                if dock.panel.isAncestorOf(now):
                    dock.remember_focus(now)
                if dock.panel.figures:
                    self.services.exporter.focus(dock.panel.shown_figure)
                return

    @Slot(str)
    def _reveal(self, panel: str) -> None:
        # Nobody should undo what they do not see.
        if panel and not self.panels[panel].isVisible():
            self.docking.reveal(self.docks[panel])

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        self.state.notify("info", sentence)

    @Slot(str)
    def _do(self, action: str) -> None:
        self.actions_.by_name[action].use()

    def _seen(self, names: Sequence[str]) -> bool:
        # Panels are hidden while the window goes, each after those before it are gone.
        return any(isValid(panel) and panel.isVisible() for panel in map(self.panels.__getitem__, names))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # What no panel takes arrives here.
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.take(files)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            # Another program may have trained meanwhile.
            self.services.library.refresh_if_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.docking.follow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.docking.shown()
            if self.docking.refused:
                self.toasts.add("info", self.docking.refused)
            if self.services.settings.set_aside is not None:
                self.toasts.add(
                    "warn",
                    "The file of the settings could not be used, so every setting has its default. "
                    f"It is kept as {self.services.settings.set_aside}.",
                )
            if self.services.settings.not_kept:
                self.toasts.add("warn", self.services.settings.not_kept)
            for panel in self.panels.values():
                if panel.first_focus:
                    panel.setFocus()
            # A window that is shown minimised is not painted.
            self._overdue.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._overdue.isActive():
            # What costs time and is not needed for the first picture comes after it.
            self._overdue.start(0)

    @Slot()
    def _first_shown(self) -> None:
        # On this thread, though the window waits while a panel imports its libraries: Qt asks PySide for the class of a
        # widget without Python's lock, and a thread that makes classes meanwhile (an import of pyqtgraph makes a
        # hundred) crashes both. Before the jobs, which would make it longer.
        for panel in self.panels.values():
            panel.build()
            self.glossary.link(panel)
        first_size.keep_on_screen(self, self._given)
        gc_pause.leave_to_caller()
        collector = QTimer(self, interval=COLLECT_MS)
        collector.timeout.connect(gc_pause.collect_if_due)
        collector.start()
        self.services.load_data()

    def closeEvent(self, event: QCloseEvent) -> None:
        """A training or a sweep that is under way is stopped and saved first, unmeasured; the window closes when that is done.

        While a training is prepared the window is out of sight at once, and the program ends as soon as it can be stopped.
        """
        if self._trains:
            event.ignore()
            if not self._closing:
                self._closing = True
                if self.state.phase == "preparing" and not self.services.sweeps.busy:
                    # There is nothing to save yet; but kernels that are being compiled may take many seconds more.
                    self._vanish()
                else:
                    first = "Saving the runs of the sweep" if self.services.sweeps.busy else "Saving the run"
                    self.toasts.add("info", f"{first}, then closing…")
                self.services.training.stop_unmeasured()
                self.services.sweeps.leave()
                if not self._trains:
                    self._training_ended()
            return
        if self._closed:
            # It was asked again before it had gone: by the end of the training, by the user, by the system.
            return
        self._closed, unseen = True, self._closing and self.isHidden()
        self._overdue.stop()
        if not unseen:
            # What still runs may take a moment to end; nobody should look at a frozen window meanwhile.
            self._vanish()
        self.actions_.release()
        self.focus.release()
        self.tour.release()
        self.toasts.release()
        self.services.shut_down()
        self._number.release()
        event.accept()
        if unseen and not any(other.isVisible() for other in QApplication.topLevelWidgets()):
            # Qt ends the program with the last window that can be seen, and this one could not.
            QApplication.quit()

    def _vanish(self) -> None:
        """Be out of sight, once where everything was is saved."""
        self.docking.save()
        self.hide()
        self.docking.hide_floating()

    @property
    def _trains(self) -> bool:
        return self.state.busy or self.services.sweeps.busy

    @Slot()
    def _training_ended(self) -> None:
        if self._closing:
            # Not from inside the signal that says the thread has ended.
            QTimer.singleShot(0, self.close)
