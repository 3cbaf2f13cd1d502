"""Start the window: the QApplication, the explorer behind it, and one error path for whatever goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QApplication

import saegui
from saegui.app.explorer import Explorer
from saegui.core import paths
from saegui.ui.main_window import MainWindow
from saegui.ui.theme import Theme

_HARMLESS = ("This plugin does not support propagateSizeHints()", "This plugin does not support raise()")
"""What Qt's offscreen platform says of windows with a smallest size and of tooltips; nothing follows from it."""


def _qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Qt's own words go to stderr as ever, but for what means nothing."""
    if message not in _HARMLESS:
        sys.stderr.write(f"{message}\n")


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
    # Fusion follows the palette on every platform; native styles mix their own colours into ours.
    app.setStyle("Fusion")
    font = QFont(app.font())
    font.setPointSizeF(9.5)
    font.setFeature(QFont.Tag("tnum"), 1)
    app.setFont(font)
    app.setWindowIcon(QIcon(str(paths.resource("icons/saegui.svg"))))
    return app


def make_window(
    *, data_dir: Path | None = None, threads: int | None = None, run: Path | None = None
) -> MainWindow:
    """The window with a run open in it, not yet shown."""
    explorer = Explorer(data_dir=data_dir, threads=threads)
    theme = Theme(explorer.settings, explorer)
    window = MainWindow(explorer, theme)
    if run is None or not explorer.library.open(run):
        explorer.open_first()
    return window


def run(*, data_dir: Path | None = None, threads: int | None = None, run: Path | None = None) -> int:
    """``saegui``: show the window until it is closed; returns the exit status."""
    app = make_application()
    window = make_window(data_dir=data_dir, threads=threads, run=run)
    window.explorer.errors.install()
    try:
        window.restore_layout()
        window.show()
        return app.exec()
    finally:
        window.explorer.errors.uninstall()
