"""The table of actions as living actions of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from saegui.ui.commands import ACTIONS
from saegui.ui.theme.icons import icon

if TYPE_CHECKING:
    from saegui.ui.window.main_window import MainWindow


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
            window.services.library.changed,
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
