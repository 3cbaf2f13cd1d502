"""Starts the window: the QApplication, the services behind the window, and one path for every error."""

from __future__ import annotations

import signal
import socket
import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    Qt,
    QtMsgType,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QApplication

import saegui
from saegui.app.services import Services
from saegui.core.files import paths, streams
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets import accessible
from saegui.ui.window.main_window import MainWindow

_HARMLESS = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")
"""Messages of Qt's offscreen platform about minimum sizes and tooltips; they are harmless."""

_PREPARED = "saegui"
"""The property that says of a QApplication that it has the style and the font of the program."""

_WINDOWS: dict[int, MainWindow] = {}
"""Those that Qt has not deleted yet. Python would take a window that nobody holds apart piece by piece, while Qt still asks
the pieces about every event, and the process would end."""


def _qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Print the messages of Qt to stderr, but not the harmless ones."""
    if message not in _HARMLESS:
        streams.write(f"{message}\n")


def make_application() -> QApplication:
    """The one QApplication of this process."""
    if sys.platform == "win32":
        # Windows finds torch's libraries only when they are loaded before Qt's (WinError 1114).
        import torch  # noqa: F401
    QCoreApplication.setApplicationName("saegui")
    QCoreApplication.setApplicationVersion(saegui.__version__)
    # Pen points between two frames matter: they are the drawing.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    qInstallMessageHandler(_qt_message)
    app = QApplication.instance() or QApplication(["saegui"])
    assert isinstance(app, QApplication)
    if app.property(_PREPARED):
        # Set again, the style would be worked out again for each widget that there is.
        return app
    app.setProperty(_PREPARED, True)
    # Fusion follows the palette on every platform; native styles mix their own colours into ours.
    app.setStyle("Fusion")
    font = QFont(app.font())
    font.setPointSizeF(9.5)
    font.setFeature(QFont.Tag("tnum"), 1)
    app.setFont(font)
    accessible.install()
    app.setWindowIcon(QIcon(str(paths.resource("icons/saegui.svg"))))
    return app


def delete(window: MainWindow) -> None:
    """Delete a window that was closed, and everything behind it."""
    window.services.deleteLater()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def make_window(
    *,
    data_dir: Path | None = None,
    threads: int | None = None,
    device: str = "auto",
    run: Path | None = None,
) -> MainWindow:
    """The window with a run, or a folder of runs, open, not yet shown; it lives until Qt deletes it, as :func:`delete` has it do."""
    services = Services(data_dir=data_dir, threads=threads, device=device)
    theme = Theme(services.settings, services)
    window = MainWindow(services, theme)
    _WINDOWS[id(window)] = window
    window.destroyed.connect(partial(_WINDOWS.pop, id(window), None))
    services.open_first(run)
    return window


def run(
    *,
    data_dir: Path | None = None,
    threads: int | None = None,
    device: str = "auto",
    run: Path | None = None,
) -> int:
    """``saegui``: show the window until it is closed; returns the exit status."""
    app = make_application()
    window = make_window(data_dir=data_dir, threads=threads, device=device, run=run)
    window.services.errors.install()
    interrupt = _Interrupt(window)
    try:
        window.show()
        window.tour.offer()
        return app.exec()
    finally:
        interrupt.close()
        window.services.errors.uninstall()
        delete(window)


class _Interrupt(QObject):
    """Ctrl+C in the terminal closes the window as its own button does: a training is saved first.

    Python handles a signal only while Python code runs, which in Qt's event loop may not be for a long time. So the
    signal's number comes through a socket that the loop watches.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._previous = signal.signal(signal.SIGINT, lambda number, frame: None)
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno())
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._interrupted)

    @Slot()
    def _interrupted(self) -> None:
        self._reader.recv(64)
        self._window.close()

    def close(self) -> None:
        """Restore the previous handling of the signal."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        signal.signal(signal.SIGINT, self._previous)
        self._reader.close()
        self._writer.close()
