"""Every action of the window, once: menus, shortcuts, tooltips, the command palette and the README's list come from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from saegui.ui.icons import icon

if TYPE_CHECKING:
    from saegui.ui.main_window import MainWindow

Window = Any
"""A :class:`MainWindow`. Panels read this table and the window is made of panels: a circle that type checkers give up on,
so a test triggers every action instead."""

MENUS = ("File", "Edit", "View", "Run", "Analyse", "Help")
SEPARATOR = "-"


def _always(window: Window) -> bool:
    return True


@dataclass(frozen=True)
class ActionSpec:
    """One action. ``run`` does it, ``enabled`` says whether it makes sense now."""

    name: str
    menu: str
    title: str
    help: str
    run: Callable[[Window], object]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[Window], bool] = _always
    checked: Callable[[Window], bool] | None = None
    group: str = ""
    """Actions of one group exclude each other."""
    separated: bool = False
    """A line above it in the menu."""


def _idle(window: Window) -> bool:
    return window.state.phase == "idle"


def _has_snapshot(window: Window) -> bool:
    return window.state.snapshot is not None


def _has_image(window: Window) -> bool:
    return window.state.has_image


def _own_run(window: Window) -> bool:
    return window.own_run is not None


def _can_scrub(window: Window) -> bool:
    return window.state.phase in ("idle", "paused") and len(window.features.scrubber.stops) > 1


def _theme(name: str, title: str) -> ActionSpec:
    return ActionSpec(
        f"theme-{name}",
        "View",
        f"{title} theme",
        "Follow the system's light or dark setting" if name == "system" else f"Use {name} colours",
        lambda window: window.theme.choose(name),
        checked=lambda window: window.theme.name == name,
        group="theme",
        separated=name == "system",
    )


def _choice(group: str, name: str, title: str, help: str, *, first: bool = False) -> ActionSpec:
    return ActionSpec(
        f"{group}-{name}",
        "View",
        title,
        help,
        lambda window: window.set_view(group, name),
        checked=lambda window: window.view(group) == name,
        group=group,
        separated=first,
    )


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "export",
        "File",
        "Export figure…",
        "Save the current panel as PNG, SVG or PDF, with its numbers as CSV",
        lambda w: w.exports.ask_current(),
        "Ctrl+E",
        "export",
        _has_snapshot,
    ),
    ActionSpec(
        "export-all",
        "File",
        "Export all…",
        "Save every figure of this run, in a folder of its own inside the one you choose",
        lambda w: w.exports.ask_all(),
        "Ctrl+Shift+E",
        "export",
        _has_snapshot,
    ),
    ActionSpec(
        "copy-figure",
        "File",
        "Copy figure",
        "Copy the current panel's figure to the clipboard",
        lambda w: w.exports.copy_current(),
        "Ctrl+Shift+C",
        "copy",
        _has_snapshot,
    ),
    ActionSpec(
        "screenshot",
        "File",
        "Save screenshot…",
        "Save a picture of the whole window",
        lambda w: w.exports.ask_screenshot(),
        "Ctrl+Shift+S",
        "picture",
    ),
    ActionSpec(
        "open-run",
        "File",
        "Open run folder…",
        "Open a run that was trained elsewhere, such as on a server",
        lambda w: w.ask_run_folder(),
        "Ctrl+O",
        "folder",
        _idle,
        separated=True,
    ),
    ActionSpec(
        "show-runs",
        "File",
        "Show runs folder",
        "Open the folder in which runs are kept",
        lambda w: w.show_runs_folder(),
        icon="open",
    ),
    ActionSpec(
        "data-folder",
        "File",
        "Choose MNIST folder…",
        "Take MNIST from a folder with its four IDX files",
        lambda w: w.banner.choose_folder(),
        icon="folder",
        enabled=_idle,
        separated=True,
    ),
    ActionSpec(
        "download",
        "File",
        "Load MNIST",
        "Fetch MNIST's four files (11 MB) unless they are on this machine",
        lambda w: w.explorer.data.require("mnist"),
        icon="download",
        enabled=_idle,
    ),
    ActionSpec(
        "quit", "File", "Quit", "Save and close", lambda w: w.close(), "Ctrl+Q", "close", separated=True
    ),
    ActionSpec(
        "undo",
        "Edit",
        "Undo",
        "Take back the last change to the drawing",
        lambda w: w.draw.undo(),
        "Ctrl+Z",
        "undo",
        lambda w: w.draw.can_undo,
    ),
    ActionSpec(
        "redo",
        "Edit",
        "Redo",
        "Make the change again",
        lambda w: w.draw.redo(),
        "Ctrl+Shift+Z",
        "redo",
        lambda w: w.draw.can_redo,
    ),
    ActionSpec(
        "clear",
        "Edit",
        "Clear drawing",
        "Start with blank paper",
        lambda w: w.draw.clear(),
        "Ctrl+Backspace",
        "clear",
        _has_image,
    ),
    ActionSpec(
        "pen",
        "Edit",
        "Pen",
        "Draw with the left button",
        lambda w: w.draw.use_pen(),
        "P",
        "pen",
        separated=True,
    ),
    ActionSpec(
        "eraser",
        "Edit",
        "Eraser",
        "Erase with the left button; the right one always erases",
        lambda w: w.draw.use_eraser(),
        "E",
        "eraser",
    ),
    ActionSpec(
        "test-image",
        "Edit",
        "Test image",
        "Load an image that the model was not trained on",
        lambda w: w.draw.load_test_image(None),
        "T",
        "picture",
        lambda w: w.state.dataset is not None,
        separated=True,
    ),
    ActionSpec(
        "paste",
        "Edit",
        "Paste picture",
        "Use the picture on the clipboard as the drawing",
        lambda w: w.draw.paste(),
        "Ctrl+V",
        "paste",
    ),
    ActionSpec(
        "open-picture",
        "Edit",
        "Open picture…",
        "Use a picture file as the drawing",
        lambda w: w.draw.ask_picture(),
        icon="folder",
    ),
    ActionSpec(
        "restore-run",
        "Edit",
        "Undo delete run",
        "Bring back the run that was deleted last",
        lambda w: w.explorer.library.undo_delete(),
        enabled=lambda w: w.explorer.library.can_undo,
        separated=True,
    ),
    ActionSpec(
        "palette",
        "Edit",
        "Command palette…",
        "Find any command by typing a part of its name",
        lambda w: w.palette_box.open(),
        "Ctrl+Shift+P",
        "command",
        separated=True,
    ),
    _choice("sort", "density", "Sort by density", "Most often active first", first=True),
    _choice("sort", "index", "Sort by index", "In the model's own order"),
    _choice("sort", "activation", "Sort by activation", "Strongest on the current drawing first"),
    _choice("show", "decoder", "Show decoders", "What each latent draws", first=True),
    _choice("show", "encoder", "Show encoders", "What each latent looks for"),
    _choice("show", "both", "Show both", "Decoder beside encoder"),
    _choice("scale", "shared", "One shared scale", "Colours mean the same in every tile", first=True),
    _choice("scale", "tile", "Scale per tile", "Every tile uses the whole colour map"),
    ActionSpec(
        "zoom-in",
        "View",
        "Larger tiles",
        "Make the feature tiles larger",
        lambda w: w.features.zoom_in(),
        "Ctrl+=",
        enabled=_has_snapshot,
        separated=True,
    ),
    ActionSpec(
        "zoom-out",
        "View",
        "Smaller tiles",
        "Make the feature tiles smaller",
        lambda w: w.features.zoom_out(),
        "Ctrl+-",
        enabled=_has_snapshot,
    ),
    ActionSpec(
        "curves-log",
        "View",
        "Logarithmic curves",
        "Show loss and FVU on a logarithmic axis",
        lambda w: w.curves.toggle_log(),
        "L",
        separated=True,
        checked=lambda w: w.curves.log,
    ),
    ActionSpec(
        "curves-reset",
        "View",
        "Whole curves",
        "Show every curve from its first point to its last, or only as far as this run goes",
        lambda w: w.curves.reset_view(),
    ),
    ActionSpec(
        "curves-clear",
        "View",
        "Hide earlier runs",
        "Remove the faint curves of earlier runs",
        lambda w: w.curves.clear_overlays(),
        enabled=lambda w: bool(w.state.overlays),
    ),
    _theme("system", "System"),
    _theme("light", "Light"),
    _theme("dark", "Dark"),
    ActionSpec(
        "reset-layout",
        "View",
        "Reset layout",
        "Put every panel back where it was at first",
        lambda w: w.reset_layout(),
        icon="reset",
        separated=True,
    ),
    ActionSpec(
        "train",
        "Run",
        "Train",
        "Train what the train panel says, or go on after a pause",
        lambda w: w.explorer.training.train(),
        "Ctrl+Return",
        "play",
        lambda w: w.state.phase == "paused" or (_idle(w) and w.train.ready),
    ),
    ActionSpec(
        "pause",
        "Run",
        "Pause",
        "Stand still after the current step",
        lambda w: w.explorer.training.pause(),
        "Ctrl+.",
        "pause",
        lambda w: w.state.phase == "training",
    ),
    ActionSpec(
        "step",
        "Run",
        "Step",
        "Train on one batch",
        lambda w: w.explorer.training.step(),
        "F10",
        "step",
        lambda w: w.state.phase == "paused" or (_idle(w) and w.train.ready),
    ),
    ActionSpec(
        "step-epoch",
        "Run",
        "Step epoch",
        "Train to the end of the epoch",
        lambda w: w.explorer.training.step_epoch(),
        "F11",
        "step-epoch",
        lambda w: w.state.phase == "paused" or (_idle(w) and w.train.ready),
    ),
    ActionSpec(
        "stop",
        "Run",
        "Stop",
        "Save the run where it is",
        lambda w: w.explorer.training.stop(),
        "Shift+F5",
        "stop",
        lambda w: w.state.phase != "idle",
    ),
    ActionSpec(
        "resume",
        "Run",
        "Resume training",
        "Go on with the current run's training, which was stopped or interrupted, to its end",
        lambda w: w.explorer.training.resume(),
        icon="play",
        enabled=lambda w: w.explorer.training.resumable is not None,
        separated=True,
    ),
    ActionSpec(
        "train-anew",
        "Run",
        "Train as a new run",
        "Train what the train panel says from the start, whatever run is open",
        lambda w: w.explorer.training.train_anew(),
        enabled=lambda w: _idle(w) and w.train.ready,
    ),
    ActionSpec(
        "starter",
        "Run",
        "Open the starter run",
        "The trained run that comes with the program",
        lambda w: w.open_starter(),
        icon="star",
        enabled=_idle,
        separated=True,
    ),
    ActionSpec(
        "use-settings",
        "Run",
        "Use this run's settings",
        "Fill the train panel with the current run's parameters",
        lambda w: w.use_settings(),
        icon="settings",
        enabled=lambda w: w.state.run is not None,
    ),
    ActionSpec(
        "rename-run",
        "Run",
        "Rename run…",
        "Give the current run another name",
        lambda w: w.ask_name(),
        icon="rename",
        enabled=_own_run,
    ),
    ActionSpec(
        "delete-run",
        "Run",
        "Delete run",
        "Delete the current run; this can be undone until the window closes",
        lambda w: w.delete_run(),
        icon="delete",
        enabled=lambda w: _own_run(w) and _idle(w),
    ),
    ActionSpec(
        "go-to",
        "Analyse",
        "Go to latent…",
        "Type a latent's number",
        lambda w: w.features.go_to(),
        "Ctrl+G",
        "search",
        _has_snapshot,
    ),
    ActionSpec(
        "next-latent",
        "Analyse",
        "Next latent",
        "Select the next tile",
        lambda w: w.features.select_next(),
        "Ctrl+Right",
        "next",
        _has_snapshot,
    ),
    ActionSpec(
        "previous-latent",
        "Analyse",
        "Previous latent",
        "Select the tile before",
        lambda w: w.features.select_previous(),
        "Ctrl+Left",
        "previous",
        _has_snapshot,
    ),
    ActionSpec(
        "deselect",
        "Analyse",
        "Clear selection",
        "Select no latent",
        lambda w: w.state.select(None),
        "Esc",
        enabled=lambda w: w.state.selected is not None,
    ),
    ActionSpec(
        "first-step",
        "Analyse",
        "Start of training",
        "Show the weights before the first step",
        lambda w: w.scrub_to(0),
        "Alt+Home",
        "first",
        _can_scrub,
        separated=True,
    ),
    ActionSpec(
        "previous-step",
        "Analyse",
        "Earlier in training",
        "Show the snapshot before this one",
        lambda w: w.scrub_by(-1),
        "Alt+Left",
        "previous",
        _can_scrub,
    ),
    ActionSpec(
        "next-step",
        "Analyse",
        "Later in training",
        "Show the snapshot after this one",
        lambda w: w.scrub_by(1),
        "Alt+Right",
        "next",
        _can_scrub,
    ),
    ActionSpec(
        "last-step",
        "Analyse",
        "End of training",
        "Show the newest weights",
        lambda w: w.scrub_to(-1),
        "Alt+End",
        "last",
        _can_scrub,
    ),
    ActionSpec(
        "shortcuts",
        "Help",
        "Keyboard shortcuts",
        "List every shortcut",
        lambda w: w.show_shortcuts(),
        "F1",
        "info",
    ),
    ActionSpec(
        "about",
        "Help",
        "About saegui",
        "Version, licence and where things are kept",
        lambda w: w.show_about(),
        icon="info",
    ),
)


def shortcuts_table() -> str:
    """The README's list of shortcuts, as Markdown."""
    rows = ["| Shortcut | Command | What it does |", "| --- | --- | --- |"]
    rows += [
        f"| `{spec.shortcut}` | {spec.title.rstrip('…')} | {spec.help} |" for spec in ACTIONS if spec.shortcut
    ]
    return "\n".join(rows) + "\n"


class Actions(QObject):
    """The table as living QActions of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.by_name: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = QAction(spec.title, window)
            action.setObjectName(spec.name)
            action.setData(spec.name)
            if spec.shortcut:
                action.setShortcut(QKeySequence(spec.shortcut))
            keys = (
                f"  ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
                if spec.shortcut
                else ""
            )
            action.setToolTip(f"{spec.help}{keys}")
            action.setStatusTip(spec.help)
            action.setCheckable(spec.checked is not None)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
            action.triggered.connect(self._triggered)
            window.addAction(action)
            self.by_name[spec.name] = action
        state = window.state
        self._signals = (
            state.phase_changed,
            state.run_changed,
            state.selection_changed,
            state.dataset_changed,
            state.overlays_changed,
            state.draft_changed,
            window.features.view_changed,
            window.curves.view_changed,
            window.explorer.library.changed,
            window.draw.undo_stack.canUndoChanged,
            window.draw.undo_stack.canRedoChanged,
        )
        for signal in self._signals:
            signal.connect(self.refresh)
        # These come with every movement of the pen and several times a second while training; what is enabled
        # depends only on whether there is a picture, and a model, at all.
        self._there = (False, False)
        state.image_changed.connect(self._picture_or_model)
        state.snapshot_changed.connect(self._picture_or_model)
        window.theme.changed.connect(self.recolour)
        self.recolour()
        self.refresh()

    @Slot()
    def _picture_or_model(self) -> None:
        state = self._window.state
        there = (state.has_image, state.snapshot is not None)
        if there != self._there:
            self._there = there
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Enable what makes sense now and check what is on."""
        for spec in ACTIONS:
            action = self.by_name[spec.name]
            action.setEnabled(bool(spec.enabled(self._window)))
            if spec.checked is not None:
                action.setChecked(bool(spec.checked(self._window)))
        self.by_name["train"].setText(self._window.train.verb)

    def close(self) -> None:
        """Listen no more: the window goes, and an undo stack tells of its end while it is being taken apart."""
        for signal in self._signals:
            signal.disconnect(self.refresh)

    @Slot()
    def recolour(self) -> None:
        """Follow the theme."""
        for spec in ACTIONS:
            if spec.icon:
                self.by_name[spec.name].setIcon(icon(spec.icon, self._window.theme.tokens))

    @Slot()
    def _triggered(self) -> None:
        name = self.sender().data()  # type: ignore[attr-defined]
        spec = next(spec for spec in ACTIONS if spec.name == name)
        spec.run(self._window)
        self.refresh()
