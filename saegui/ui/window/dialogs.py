"""Questions and texts in windows of their own. Each opens and returns at once; the answer comes when there is one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

import saegui
from saegui.app.services import Services
from saegui.app.steering_all import Found
from saegui.core import data
from saegui.core.files import paths
from saegui.core.runs.run import Run
from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.titles import titled
from saegui.ui.window import menus
from saegui.ui.window.steered_window import SteeredWindow

GLOSSARY = "<p>What L0, FVU, density and other terms mean: <a href='glossary'>Glossary</a> (F1)</p>"
RENAME_WIDTH = 460
"""px: the names that runs are given by themselves are seen whole."""


class Dialogs(QObject):
    """Opens the dialogs of one window."""

    glossary_asked = Signal()
    """The link to the glossary was followed."""

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window
        self._renamed: Run | None = None
        services.steering_all.found.connect(self._show_steered)

    def ask_name(self) -> None:
        """Ask for a new name of the current run."""
        run = self._renamed = self._services.state.own_run
        if run is None:
            return
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(titled("Rename run", self._window))
        dialog.setLabelText("Name of this run")
        dialog.setTextValue(run.name)
        dialog.textValueSelected.connect(self._named)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        if (layout := dialog.layout()) is not None:
            layout.setContentsMargins(PAD, PAD, PAD, PAD)
        # The dialog itself is always as wide as its contents ask for.
        for field in dialog.findChildren(QLineEdit):
            field.setMinimumWidth(RENAME_WIDTH)

    @Slot(str)
    def _named(self, name: str) -> None:
        # The run that the question was about: another one may be open by now.
        if self._renamed is not None:
            self._services.library.rename(self._renamed, name)

    def ask_run_folder(self) -> None:
        """Ask for a run folder to open."""
        dialog = file_dialog(self._window, titled("Open run folder", self._window), paths.runs_dir())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    @Slot(str)
    def _folder_chosen(self, folder: str) -> None:
        self._services.open_run(Path(folder))

    def show_runs_folder(self) -> None:
        """Open the folder with the runs in the system's file manager."""
        paths.runs_dir().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.runs_dir())))

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        self._show_text("Keyboard shortcuts", f"{GLOSSARY}{shortcuts_html()}", (680, 620))

    @Slot(object)
    def _show_steered(self, found: Found) -> None:
        dialog = SteeredWindow(found, self._services.state, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def show_about(self) -> None:
        """Show the version, the licence, and the folders that saegui uses."""
        self._show_text("About saegui", about_html(), (560, 480))

    def _show_text(self, title: str, html: str, size: tuple[int, int]) -> None:
        dialog = QDialog(self._window)
        dialog.setWindowTitle(titled(title, self._window))
        dialog.resize(*size)
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        browser = QTextBrowser()
        browser.setHtml(html)
        browser.setAccessibleName(title)
        browser.setOpenLinks(False)
        browser.anchorClicked.connect(self._follow)
        layout.addWidget(browser)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        layout.addWidget(buttons)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        # The dialog that has the link blocks the window; the glossary comes in its place.
        for dialog in self._window.findChildren(QDialog):
            if dialog.isModal() and dialog.isVisible():
                dialog.reject()
        self.glossary_asked.emit()


def shortcuts_html() -> str:
    """Every shortcut, below the menu that its command stands in."""
    found = menus.shortcuts_by_menu()
    rows = "".join(
        f"<tr><td colspan='3' style='padding:14px 0 4px 0'><b>{menu}</b></td></tr>"
        + "".join(
            f"<tr><td style='padding:3px 18px 3px 12px; white-space:nowrap'>{keys}</td>"
            f"<td style='padding:3px 18px 3px 0; white-space:nowrap'>{title}</td><td width='100%' style='padding:3px 0'>{help}</td></tr>"
            for keys, title, help in each
        )
        for menu, each in found.items()
    )
    return f"<table>{rows}</table>"


def about_html() -> str:
    """Version, folders, licence and credits, each under its heading."""
    credits = "".join(
        f"<li>{info.title}: {info.credit}{f'. Licence: {info.licence}' if info.licence else ''}</li>"
        for info in data.DATASETS.values()
        if info.credit
    )
    return (
        f"<h2>saegui {saegui.__version__}</h2>"
        "<p>Train a sparse autoencoder in seconds, draw on it, and see what it learnt.</p>"
        f"<h4>Folders</h4><p>Runs: {paths.runs_dir()}<br>Data: {paths.data_cache()}</p>"
        "<h4>Licence</h4><p>MIT</p>"
        "<h4>Built with</h4><p>PyTorch, Qt for Python, pyqtgraph, NumPy and Matplotlib</p>"
        f"<h4>Data sets</h4><ul style='margin-left:-20px'>{credits}</ul>"
    )
