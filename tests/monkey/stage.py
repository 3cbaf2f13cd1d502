"""What the events act on: the windows of one session, the pointer, and the folder with everything they read and write."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from random import Random

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMainWindow, QToolTip, QWidget

from saegui.ui.window.application import make_window
from saegui.ui.window.dock import PanelDock
from saegui.ui.window.main_window import MainWindow
from tests.monkey.hand import Hand

MOST_WINDOWS = 2


class Stage:
    """One session. ``watch`` is called with every new window."""

    def __init__(self, home: Path, data_dir: Path | None, watch: Callable[[MainWindow], None]) -> None:
        self.home, self.data_dir, self._watch = home, data_dir, watch
        self.windows: list[MainWindow] = []
        self.closing: list[MainWindow] = []
        self.closed: list[weakref.ref[MainWindow]] = []
        self.hand = Hand(lambda: self.windows[0])
        self.modal_since = self.popup_since = 0
        """For how many events a dialog, and a menu, has been open."""
        self.disk: Path | None = None
        """The disk that holds the session's folder, where it has one of its own."""
        self.read_only = False
        self.read_only_for = 0
        """Events since the disk became read-only."""

    # -- windows ------------------------------------------------------------------------------------------------------

    def open_window(self, size: tuple[int, int]) -> MainWindow:
        """Another window, with services of its own on the same folder."""
        window = make_window(data_dir=self.data_dir)
        self._watch(window)
        self.windows.append(window)
        window.resize(*size)
        window.show()
        window.activateWindow()
        return window

    def close_window(self, window: MainWindow) -> None:
        """As its own button does; a training is saved first, so it may take a while."""
        self.windows.remove(window)
        self.closing.append(window)
        window.close()

    def clear_closed(self) -> None:
        """Forget the windows that have closed, also by *Quit* in a menu or in the palette; one is always open."""
        for window in [window for window in self.windows if window.isHidden()]:
            self.windows.remove(window)
            self.closing.append(window)
        for window in list(self.closing):
            if not window.isVisible():
                self.closing.remove(window)
                self.closed.append(weakref.ref(window))
                window.services.deleteLater()
                window.deleteLater()
            elif not window.state.busy:
                # A save that failed kept the window open, as it must.
                window.close()
        if not self.windows:
            self.open_window((1280, 800))

    def window(self, random: Random) -> MainWindow:
        """One of the windows that are open."""
        return random.choice(self.windows)

    # -- where an event goes ------------------------------------------------------------------------------------------

    @property
    def popup(self) -> QWidget | None:
        return QApplication.activePopupWidget()

    @property
    def modal(self) -> QWidget | None:
        return QApplication.activeModalWidget()

    @property
    def file_dialog(self) -> QFileDialog | None:
        """The file dialog that is open: it is only ever answered, since a click in it may delete what is not ours."""
        modal = self.modal
        return modal if isinstance(modal, QFileDialog) else None

    def top_level(self, random: Random) -> QWidget:
        """The window that an event of the mouse or of the keyboard reaches."""
        if (first := self.popup or self.modal) is not None:
            return first
        tops = [
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, QMainWindow | PanelDock | QDialog)
            and widget.isVisible()
            and not widget.isMinimized()
            and widget.windowHandle() is not None
        ]
        # In an order that does not depend on addresses.
        tops.sort(key=lambda widget: (widget.objectName(), widget.x(), widget.y()))
        return random.choice(tops) if tops else self.windows[0]

    def place(self, top: QWidget, random: Random) -> tuple[QPoint, str]:
        """A place in a window, and in words what is there: anywhere, or in a control that can be seen."""
        if random.random() < 0.45:
            seen = [widget for widget in top.findChildren(QWidget) if _is_control(widget, top)]
            if seen:
                widget = random.choice(seen)
                return widget.mapTo(top, self.anywhere(widget, random)), named(widget)
        at = self.anywhere(top, random)
        return at, named(top.childAt(at) or top)

    def anywhere(self, widget: QWidget, random: Random) -> QPoint:
        """A place inside a widget."""
        return QPoint(random.randrange(max(1, widget.width())), random.randrange(max(1, widget.height())))

    # -- files --------------------------------------------------------------------------------------------------------

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    def run_folders(self) -> list[Path]:
        """The run folders, in order of their names."""
        if not self.runs.is_dir():
            return []
        return sorted(path for path in self.runs.iterdir() if path.is_dir() and not path.name.startswith("."))

    def remove_old_runs(self, keep: int) -> None:
        """All but the newest run folders go."""
        for path in self.run_folders()[:-keep]:
            shutil.rmtree(path, ignore_errors=True)


def _is_control(widget: QWidget, top: QWidget) -> bool:
    return (
        widget.isVisible()
        and widget.window() is top
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.visibleRegion().isEmpty()
        and not isinstance(widget, QToolTip)
    )


def named(widget: QWidget) -> str:
    """What people would call a widget in a report."""
    kind = type(widget).__name__
    name = widget.accessibleName() or widget.objectName()
    return f"{kind} “{name[:40]}”" if name else kind
