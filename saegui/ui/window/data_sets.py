"""Opens the window *Data*, one for each main window, when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from saegui.app.services import Services
from saegui.ui.theme.theme import Theme
from saegui.ui.window.data_window import DataWindow


class DataSets(QObject):
    """Makes it at the first use; what it shows stays while it is closed."""

    def __init__(self, services: Services, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._theme, self._parent = services, theme, window
        self._window: DataWindow | None = None

    @property
    def window(self) -> DataWindow:
        """The window itself, open or not."""
        if self._window is None:
            self._window = DataWindow(self._services, self._theme, self._parent)
        return self._window

    @Slot()
    def open(self) -> None:
        """Show every data set."""
        window = self.window
        window.show()
        window.raise_()
        window.activateWindow()

    @Slot()
    def add(self) -> None:
        """Ask for a file, and show what it is."""
        self.open()
        self.window.ask_file()

    def look_at(self, path: Path, notes: Sequence[str] = ()) -> None:
        """Show what a file or folder of the user's is, and ``notes`` beside it."""
        self.open()
        self.window.look_at(path, notes)
