"""What happens anywhere in the program and people should know: each becomes a toast."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, SignalInstance, Slot
from PySide6.QtWidgets import QApplication, QFileDialog

from saegui.app.services import Services
from saegui.app.state import Topic
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.titles import titled
from saegui.ui.window.toasts import Toasts


class Notices(QObject):
    """Listens to the services and shows toasts, some with a button for the next step."""

    def __init__(self, services: Services, toasts: Toasts, parent: QObject) -> None:
        super().__init__(parent)
        self._bin, self._state, self._toasts = services.bin, services.state, toasts
        self._trace = ""
        services.state.notice.connect(toasts.show_notice)
        services.errors.raised.connect(self._unexpected)
        services.bin.deleted.connect(self._deleted)
        services.bin.restored.connect(toasts.dismiss_about)
        self._training = services.training
        services.training.unsaved.connect(self._unsaved)
        self._sweeps = services.sweeps
        services.sweeps.unfinished.connect(self._unfinished)
        services.sweeps.shown.connect(self._sweep_shown)
        state = services.state
        state.worked.connect(toasts.worked)
        worked: tuple[tuple[SignalInstance, Topic], ...] = (
            (services.bin.deleted, "deleted run"),
            (services.bin.restored, "deleted run"),
            (services.data.loaded, "data"),
            (services.exporter.copied, "figure"),
            (services.exporter.saved, "figure"),
            (services.library.opened, "open run"),
            (services.models.imported, "imported model"),
            (services.models.saved, "model"),
            (services.overlays.changed, "comparison"),
            (services.runs_table.saved, "figure"),
            (state.image_changed, "drawing"),
            (state.selection_changed, "latent"),
            (state.snapshot_changed, "step"),
        )
        for signal, topic in worked:
            # Each calls with its own arguments, which say nothing about the topic.
            signal.connect(lambda *_, topic=topic: toasts.worked(topic))
        state.phase_changed.connect(self._phase_changed)

    @Slot(str, str)
    def _unexpected(self, sentence: str, trace: str) -> None:
        self._trace = trace
        toast = self._toasts.add("bad", f"{sentence}. Your runs and your drawing are kept.")
        toast.add_button("Copy details", self._copy_trace)

    @Slot(str)
    def _unsaved(self, sentence: str) -> None:
        toast = self._toasts.add("bad", sentence, "training")
        toast.add_button("Try again", self._training.try_again)
        toast.add_button("Other folder…", self._ask_folder)

    @Slot(object)
    def _unfinished(self, folder: Path) -> None:
        toast = self._toasts.add(
            "info",
            f"The sweep {folder.name} was being trained when saegui ended. Resume continues where it stopped.",
        )
        toast.subject = folder
        toast.stay()
        toast.add_button("Resume", partial(self._sweeps.resume, folder))

    @Slot()
    def _sweep_shown(self) -> None:
        self._toasts.dismiss_about(self._sweeps.folder.path)

    @Slot()
    def _ask_folder(self) -> None:
        parent = self._toasts.window()
        dialog = file_dialog(parent, titled("Save the run in another folder", parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    @Slot(str)
    def _folder_chosen(self, folder: str) -> None:
        self._training.save_elsewhere(Path(folder))

    @Slot()
    def _phase_changed(self) -> None:
        if self._state.phase == "training":
            self._toasts.worked("training")

    @Slot()
    def _copy_trace(self) -> None:
        QApplication.clipboard().setText(self._trace)
        self._state.notify("good", "Copied the details of the error to the clipboard.")

    @Slot(str, object)
    def _deleted(self, name: str, path: Path) -> None:
        toast = self._toasts.add(
            "info", f"Deleted “{name}”. Edit › Undo delete run restores it until the window closes."
        )
        toast.subject = path
        toast.add_button("Undo", partial(self._bin.restore, path))
