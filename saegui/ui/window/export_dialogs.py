"""The dialogs that ask where a figure shall be saved, and the messages that say how it went."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from saegui.app.exporting import CopiedFigure
from saegui.app.services import Services
from saegui.core import figures
from saegui.core.figures.made_for import SCREEN, MadeFor
from saegui.core.report import page
from saegui.ui.widgets.clipboard import copy_forms, copy_text
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.titles import titled
from saegui.ui.window.export_all import FORMATS, ExportAll
from saegui.ui.window.figure_window import FigureWindow
from saegui.ui.window.toasts import Toasts

TABLES = "CSV table (*.csv);;Markdown table (*.md);;LaTeX table, for the package booktabs (*.tex)"
FILTERS = ";;".join(f"{title} (*.{fmt})" for fmt, title in FORMATS.items())


class ExportDialogs(QObject):
    """Asks in front of ``parent``; the work is done by ``services.exporter``."""

    def __init__(self, parent: QWidget, services: Services, toasts: Toasts) -> None:
        super().__init__(parent)
        self._parent, self._toasts, self._services = parent, toasts, services
        self._exporter, self._state = services.exporter, services.state
        self._screenshot = QPixmap()
        self._folder = self._page = Path()
        self._made_for = SCREEN
        self._window: FigureWindow | None = None
        self._all: ExportAll | None = None
        for service in (services.exporter, services.models, services.runs_table):
            service.saved.connect(self._saved)
        self._exporter.copied.connect(self._copied)

    @Slot()
    def ask_current(self) -> None:
        """Ask where the current panel's figure shall be saved; the dictionary's where that panel shows nothing yet."""
        self.ask(self._exporter.offered)

    @Slot(str)
    def ask(self, kind: str, made_for: MadeFor = SCREEN) -> None:
        """Ask where the figure of that kind shall be saved. If it cannot be drawn yet, a message says why instead."""
        if self._exporter.ready(kind) is None:
            return
        fmt = self._exporter.format
        dialog = self._save_dialog(
            f"Export figure: {figures.KINDS[kind].title}", FILTERS, f"{self._exporter.file_name}-{kind}.{fmt}"
        )
        dialog.setDefaultSuffix(fmt)
        dialog.selectNameFilter(next(each for each in dialog.nameFilters() if f"*.{fmt})" in each))
        dialog.setProperty("kind", kind)
        self._made_for = made_for
        dialog.filterSelected.connect(self._filter_selected)
        dialog.fileSelected.connect(self._file_selected)
        dialog.open()

    @Slot()
    def show_figure(self) -> None:
        """Show the current panel's figure in a window where it is chosen what it is made for."""
        if self._window is None:
            self._window = FigureWindow(self._services, self._parent)
            self._window.save_asked.connect(self.ask)
            self._window.copy_asked.connect(self._exporter.copy)
        self._window.open_at(self._exporter.offered)

    @Slot()
    def ask_all(self) -> None:
        """Ask which figures shall be saved, and how; then where."""
        if self._all is None:
            self._all = ExportAll(self._services, self._parent)
            self._all.folder_asked.connect(self._ask_folder)
        self._all.show()
        self._all.raise_()
        self._all.activateWindow()

    @Slot()
    def _ask_folder(self) -> None:
        """Ask for the folder in which a new folder with the figures shall be made."""
        words = "Export all figures: choose a folder; a new folder is made in it"
        dialog = file_dialog(self._parent, titled(words, self._parent), self._exporter.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._folder_selected)
        dialog.open()

    @Slot()
    def ask_animation(self) -> None:
        """Ask where the training of the current run shall be saved as an animation."""
        filters = "Animated GIF (*.gif);;Animated PNG (*.apng);;Animated WebP (*.webp);;MP4 video (*.mp4)"
        dialog = self._save_dialog(
            "Export animation of the training", filters, f"{self._exporter.file_name}-training.gif"
        )
        dialog.setDefaultSuffix("gif")
        dialog.filterSelected.connect(self._filter_selected)
        dialog.fileSelected.connect(self._animation_selected)
        dialog.open()

    @Slot()
    def ask_report(self) -> None:
        """Ask where the web page of the current run shall be saved."""
        dialog = self._save_dialog("Export report", "Web page (*.html)", f"{self._exporter.file_name}.html")
        dialog.setDefaultSuffix("html")
        dialog.fileSelected.connect(self._report_selected)
        dialog.open()

    @Slot()
    def ask_runs(self) -> None:
        """Ask where the table of the runs that are listed shall be saved."""
        table = self._services.runs_table
        dialog = self._save_dialog("Export table of runs", TABLES, f"runs{table.ending}", table.folder)
        dialog.setDefaultSuffix(table.ending[1:])
        dialog.selectNameFilter(next(each for each in dialog.nameFilters() if f"*{table.ending})" in each))
        dialog.filterSelected.connect(self._filter_selected)
        dialog.fileSelected.connect(self._runs_selected)
        dialog.open()

    @Slot()
    def copy_runs(self) -> None:
        """Copy the table of the runs that are listed."""
        table = self._services.runs_table
        copy_text(table.text("markdown"), {"text/html": table.html().encode()})
        count = len(table.listed())
        self._state.notify(
            "good", f"Copied the table of {count:,} run{'s' * (count != 1)} to the clipboard.", "figure"
        )

    @Slot()
    def copy_current(self) -> None:
        """Copy the current panel's figure to the clipboard."""
        self._exporter.copy()

    @Slot()
    def ask_screenshot(self) -> None:
        """Ask where a picture of the window shall be saved; it is taken before the dialog covers the window."""
        self._screenshot = self._parent.grab()
        dialog = self._save_dialog("Save screenshot", "PNG picture (*.png)", "saegui.png")
        dialog.fileSelected.connect(self._screenshot_selected)
        dialog.destroyed.connect(self._forget_screenshot)
        dialog.open()

    def save_picture(self, picture: QPixmap, path: Path) -> bool:
        """Write a screenshot; a message says where, or why not."""
        if picture.save(str(path), "PNG"):
            self._saved([path])
            return True
        self._state.notify(
            "bad", f"{path} cannot be written; choose another folder or free some space.", "figure"
        )
        return False

    def _save_dialog(self, title: str, filters: str, name: str, folder: Path | None = None) -> QFileDialog:
        dialog = file_dialog(self._parent, titled(title, self._parent), folder or self._exporter.folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(filters.split(";;"))
        dialog.setDefaultSuffix("png")
        dialog.selectFile(name)
        return dialog

    @Slot(str)
    def _filter_selected(self, chosen: str) -> None:
        self.sender().setDefaultSuffix(chosen.rsplit("*.", 1)[1].rstrip(")"))  # type: ignore[attr-defined]

    @Slot(str)
    def _file_selected(self, name: str) -> None:
        self._exporter.save(str(self.sender().property("kind")), Path(name), self._made_for)

    @Slot(str)
    def _animation_selected(self, name: str) -> None:
        self._exporter.animate(Path(name))

    @Slot(str)
    def _runs_selected(self, name: str) -> None:
        self._services.runs_table.save(Path(name))

    @Slot(str)
    def _report_selected(self, name: str) -> None:
        self._exporter.report(Path(name))

    @Slot(str)
    def _folder_selected(self, name: str) -> None:
        if self._all is not None:
            self._all.export(Path(name))

    @Slot(str)
    def _screenshot_selected(self, name: str) -> None:
        self.save_picture(self._screenshot, Path(name))

    @Slot()
    def _forget_screenshot(self) -> None:
        # Of a large window it takes 15 MB.
        self._screenshot = QPixmap()

    @Slot(object)
    def _saved(self, files: list[Path]) -> None:
        names = [path.name for path in files]
        self._folder = files[0].parent
        text = " and ".join(names) if len(names) < 3 else f"{len(names)} files"
        toast = self._toasts.add("good", f"Saved {text} in {self._folder}.")
        toast.add_button("Open folder", self._open_folder)
        if files[0].suffix in page.SUFFIXES:
            self._page = files[0]
            toast.add_button("Open page", self._open_page)

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    @Slot()
    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._page)))

    @Slot(object)
    def _copied(self, figure: CopiedFigure) -> None:
        copy_forms(QImage.fromData(figure.png), {"image/svg+xml": figure.svg})
        title = figures.KINDS[figure.kind].title
        words = f"Copied the figure “{title}” to the clipboard, as an image and as SVG."
        self._state.notify("good", words, "figure")
