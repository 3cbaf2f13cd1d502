"""What happens anywhere in the program and people should know: each becomes a toast."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from saegui.app.services import Services
from saegui.ui.window.toasts import Toasts


class Notices(QObject):
    """Listens to the services and shows toasts, some with a button for the next step."""

    def __init__(self, services: Services, toasts: Toasts, parent: QObject) -> None:
        super().__init__(parent)
        self._bin, self._toasts = services.bin, toasts
        self._trace = ""
        services.state.notice.connect(toasts.show_notice)
        services.errors.raised.connect(self._unexpected)
        services.bin.deleted.connect(self._deleted)
        services.bin.restored.connect(toasts.dismiss_about)

    @Slot(str, str)
    def _unexpected(self, sentence: str, trace: str) -> None:
        self._trace = trace
        toast = self._toasts.add("bad", f"{sentence}. Your runs and your drawing are kept.")
        toast.add_button("Copy details", self._copy_trace)

    @Slot()
    def _copy_trace(self) -> None:
        QApplication.clipboard().setText(self._trace)

    @Slot(str, object)
    def _deleted(self, name: str, path: Path) -> None:
        toast = self._toasts.add(
            "info", f"Deleted “{name}”. Edit › Undo delete run restores it until the window closes."
        )
        toast.subject = path
        toast.add_button("Undo", partial(self._bin.restore, path))
