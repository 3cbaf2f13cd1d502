"""The dialogs that ask how and where a model shall be saved, and which file or folder shall be imported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from saegui.app.services import Services
from saegui.core.formats.registry import FORMATS
from saegui.core.runs.run import Run
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.titles import titled
from saegui.ui.window.model_export import ModelExport
from saegui.ui.window.model_import import ModelImport


class ModelDialogs(QObject):
    """Asks in front of ``parent``; the work is done by ``services.models``."""

    def __init__(self, parent: QWidget, services: Services) -> None:
        super().__init__(parent)
        self._parent, self._services = parent, services
        services.models.imported.connect(self._imported)

    @Slot()
    def ask_export(self) -> None:
        """Ask in which format the model that is shown shall be saved, and then where."""
        model = self._services.state.snapshot
        if model is None:
            return
        dialog = ModelExport(model, self._parent)
        dialog.chosen.connect(self._format_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def ask_import(self) -> None:
        """Ask for a file or folder that holds a model; its content decides which format it has."""
        self.ask_import_of(None)

    def ask_import_of(self, path: Path | None) -> None:
        """As :meth:`ask_import`, with ``path`` chosen already."""
        dialog = ModelImport(self._services, self._parent)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        if path is not None:
            dialog.choose(str(path))

    @Slot(str)
    def _format_chosen(self, name: str) -> None:
        format = FORMATS[name]
        dialog = file_dialog(
            self._parent, titled(f"Export model: {format.title}", self._parent), self._services.models.folder
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if format.folder:
            # A name that is typed becomes a new folder.
            dialog.setFileMode(QFileDialog.FileMode.AnyFile)
            dialog.setNameFilters([f"{format.title}: a new folder (*)"])
            dialog.setLabelText(QFileDialog.DialogLabel.FileName, "Name of the new folder")
        else:
            dialog.setNameFilters([f"{format.title} (*{format.suffix})"])
            dialog.setDefaultSuffix(format.suffix.lstrip("."))
        dialog.selectFile(f"model{format.suffix}" if not format.folder else f"model-{name}")
        dialog.setProperty("format", name)
        dialog.fileSelected.connect(self._place_chosen)
        dialog.open()

    @Slot(str)
    def _place_chosen(self, name: str) -> None:
        self._services.models.save(str(self.sender().property("format")), Path(name))

    @Slot(object)
    def _imported(self, run: Run) -> None:
        if self._services.open_run(run.path):
            self._services.library.refresh()
            self._services.state.notify("good", f"Imported “{run.name}” as a run.")
