"""A figure before it is saved: what it will be seen on, and a live preview of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from saegui.app.jobs import Job
from saegui.app.services import Services
from saegui.core.figures import KINDS
from saegui.core.figures.made_for import MadeFor, in_mm
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_picture import FittedPicture
from saegui.ui.widgets.titles import titled
from saegui.ui.window.made_for_fields import MadeForFields

DRAWING = "The figure is being drawn…"


class FigureWindow(QDialog):
    """It stays open beside the main window; the figure is drawn again where the choices or the run change."""

    save_asked = Signal(str, object)
    """The kind, and the :class:`MadeFor` that was chosen."""
    copy_asked = Signal(str, object)

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._job: Job | None = None
        self.setWindowTitle(titled("Figure for a page", parent))
        self.kinds = Combo()
        self.kinds.setAccessibleName("Figure")
        for kind in KINDS.values():
            self.kinds.addItem(kind.title, kind.name)
        form = QFormLayout()
        form.addRow("Figure", self.kinds)
        self.fields = MadeForFields(services.settings, form, self)
        self.kinds.currentIndexChanged.connect(self._draw)
        self.fields.changed.connect(self._draw)
        self.caption, self.figure = QLabel(), FittedPicture()
        self.caption.setWordWrap(True)
        self.caption.setProperty("muted", True)
        self.figure.setMinimumSize(320, 260)
        self.figure.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.save_button, self.copy_button = QPushButton("Save…"), QPushButton("Copy")
        self.save_button.clicked.connect(self._save)
        self.copy_button.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.copy_button, self.save_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
        layout.addLayout(form)
        layout.addWidget(self.figure, 1)
        layout.addWidget(self.caption)
        layout.addLayout(buttons)
        self.resize(640, 720)
        services.state.run_changed.connect(self._draw)

    def open_at(self, kind: str) -> None:
        """Show the figure of that kind."""
        self.kinds.setCurrentIndex(self.kinds.findData(kind))
        self.show()
        self.raise_()

    @property
    def kind(self) -> str:
        """What is drawn."""
        return str(self.kinds.currentData())

    @property
    def made_for(self) -> MadeFor:
        """What was chosen."""
        return self.fields.made_for

    @Slot()
    def _draw(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._services.exporter.picture(self.kind, self.made_for) if self.isVisible() else None
        self.caption.setText(DRAWING if self._job is not None else "")
        if self._job is not None:
            self._job.done.connect(self._drawn)
            self._job.failed.connect(self._failed)

    @Slot(object)
    def _drawn(self, png: bytes) -> None:
        if self.sender() is not self._job:
            # Something else was chosen since.
            return
        self._job = None
        self.figure.show_png(png)
        # White ink is seen on a dark slide only.
        dark = self.made_for.ink == "white"
        self.figure.setStyleSheet("background: #16181B" if dark else "")
        width = self.made_for.width
        wide = f"{in_mm(width)} wide, with its caption beside it" if width is not None else "As on the screen"
        self.caption.setText(f"{wide}.")
        self.figure.setAccessibleName(f"{KINDS[self.kind].title}: {wide}")

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        self.figure.clear()
        self.caption.setText(str(error))

    @Slot()
    def _save(self) -> None:
        self.save_asked.emit(self.kind, self.made_for)

    @Slot()
    def _copy(self) -> None:
        self.copy_asked.emit(self.kind, self.made_for)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fields.read()
        self._draw()
