"""The dialogs that ask where a model shall be saved, and which file shall be imported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from saegui.app.services import Services
from saegui.core.formats.base import Format
from saegui.core.formats.registry import FORMATS
from saegui.core.runs.run import Run
from saegui.ui.widgets.titles import titled


def _filters() -> dict[str, Format]:
    """The formats by what a file dialog calls them."""
    return {f"{format.title} (*{format.suffix})": format for format in FORMATS.values()}


class ModelDialogs(QObject):
    """Asks in front of ``parent``; the work is done by ``services.models``."""

    def __init__(self, parent: QWidget, services: Services) -> None:
        super().__init__(parent)
        self._parent, self._services = parent, services
        services.models.imported.connect(self._imported)

    @Slot()
    def ask_export(self) -> None:
        """Ask where the model that is shown shall be saved, and in which format."""
        filters = _filters()
        first = next(iter(filters.values()))
        dialog = QFileDialog(self._parent, titled("Export model", self._parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.setDirectory(str(self._services.models.folder))
        dialog.setDefaultSuffix(first.suffix.lstrip("."))
        dialog.selectFile(f"model{first.suffix}")
        dialog.filterSelected.connect(self._filter_selected)
        dialog.fileSelected.connect(self._export_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def ask_import(self) -> None:
        """Ask for a file that holds a model; its content decides which format it has."""
        known = " ".join(f"*{format.suffix}" for format in FORMATS.values())
        dialog = QFileDialog(self._parent, titled("Import model", self._parent))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"Models ({known})", *_filters(), "All files (*)"])
        dialog.setDirectory(str(self._services.models.folder))
        dialog.fileSelected.connect(self._import_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _filter_selected(self, chosen: str) -> None:
        self.sender().setDefaultSuffix(_filters()[chosen].suffix.lstrip("."))  # type: ignore[attr-defined]

    @Slot(str)
    def _export_selected(self, name: str) -> None:
        chosen = self.sender().selectedNameFilter()  # type: ignore[attr-defined]
        self._services.models.save(_filters()[chosen].name, Path(name))

    @Slot(str)
    def _import_selected(self, name: str) -> None:
        self._services.models.open(Path(name))

    @Slot(object)
    def _imported(self, run: Run) -> None:
        if self._services.open_run(run.path):
            self._services.library.refresh()
            self._services.state.notify("good", f"Imported “{run.name}” as a run.")
