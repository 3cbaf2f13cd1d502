"""The line above the panels that says which data are missing, and offers what can be done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from saegui.app.services import Services
from saegui.core import data
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.styled import set_styled
from saegui.ui.widgets.titles import titled

ONE_LINE = 34
THREE_LINES = 56
"""px, with the margins."""


class DataBanner(QToolBar):
    """Shown while a data set is needed that is not on this computer, and while one is being downloaded."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__("Data", parent)
        self.setObjectName("data-banner")
        self.setMovable(False)
        self.setFloatable(False)
        self._services, self._theme = services, theme
        self.toggleViewAction().setVisible(False)
        body = self._body = QWidget()
        body.setObjectName("banner")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QHBoxLayout(body)
        layout.setContentsMargins(PAD, 2, GAP // 2, 2)
        layout.setSpacing(GAP)
        self._announced = ""
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(200)
        self.fetch = QPushButton("Download")
        self.folder = QPushButton("Choose a folder…")
        self.go_on = QPushButton(f"Use {data.title_of(data.built_in())}")
        self.stop = QPushButton("Cancel")
        self.go_on.setToolTip(data.DATASETS[data.built_in()].about)
        self.stop.setToolTip("Stop the download; nothing is left behind")
        layout.addWidget(self.text, 1)
        for widget in (self.bar, self.fetch, self.folder, self.go_on, self.stop):
            layout.addWidget(widget)
        self.addWidget(body)
        self.fetch.clicked.connect(self._fetch)
        self.folder.clicked.connect(self.choose_folder)
        self.go_on.clicked.connect(services.data.accept_built_in)
        self.stop.clicked.connect(self._stop)
        services.data.changed.connect(self.refresh)
        services.data.progressed.connect(self._progress)
        services.state.phase_changed.connect(self.refresh)
        services.state.draft_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what the data control knows."""
        control = self._services.data
        # Reading a folder or the cache is over in a moment; a banner for that would only flicker.
        fetching = control.loading and control.downloading
        self.bar.setVisible(fetching)
        self.stop.setVisible(fetching)
        source = data.source(control.missing or data.DEFAULT)
        self.fetch.setVisible(not fetching and bool(source.info.download_bytes))
        self.folder.setVisible(not fetching and source.takes_folder)
        self.go_on.setVisible(not fetching)
        if fetching:
            self.bar.setRange(0, 0)
            self.text.setText(f"Downloading {data.title_of(control.wanted)}…")
        elif control.missing:
            title, size = source.info.title, source.info.download_text
            self.fetch.setText(
                "Try again" if control.problem and control.downloading else f"Download ({size})"
            )
            self.fetch.setToolTip(f"Download {title} ({size}) and keep it for every later start")
            self.folder.setToolTip(f"Read {title} from a folder that holds {source.folder}")
            self.text.setText(control.problem or self._missing(source.info))
            self._announce(self.text.text())
        # Fixed: a wrapping label asks for much more before it knows its width, and the window would grow for good.
        self._body.setFixedHeight(ONE_LINE if fetching or not control.problem else THREE_LINES)
        self._mark(problem=bool(control.missing and control.problem), asks=self._services.training.waits)
        self.text.setToolTip(control.problem)
        self.setVisible(fetching or bool(control.missing))

    def _missing(self, wanted: data.DatasetInfo) -> str:
        built_in = data.title_of(data.built_in())
        if not self._services.training.waits:
            return f"{wanted.title} is not on this computer yet; examples come from {built_in} for now."
        ways = [f"download {wanted.title} ({wanted.download_text})"] if wanted.download_bytes else []
        ways.append(f"use {built_in}")
        return f"{wanted.title} is not on this computer yet. To begin the training, {' or '.join(ways)}."

    def _announce(self, sentence: str) -> None:
        if sentence != self._announced:
            self._announced = sentence
            announce(self, sentence)

    def _mark(self, *, problem: bool, asks: bool) -> None:
        """Show a problem as one, and the button of the next step as the first where a training waits for it."""
        for widget, name, on in ((self._body, "problem", problem), (self.fetch, "primary", asks)):
            if bool(widget.property(name)) != on:
                set_styled(widget, **{name: on})

    @Slot()
    def _fetch(self) -> None:
        if self._services.training.waits:
            self._services.training.fetch()
            return
        self._services.data.require(self._services.data.missing or data.DEFAULT)

    @Slot()
    def _stop(self) -> None:
        self._services.data.cancel()
        if self._services.state.phase == "preparing":
            self._services.training.stop()

    @Slot()
    def choose_folder(self) -> None:
        """Ask for the folder with the files of the data set that is read from one."""
        source = data.source(self._services.data.read_from_folder)
        dialog = file_dialog(self, titled(f"Folder with {source.folder}", self))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.take_folder)
        dialog.open()

    @Slot(str)
    def take_folder(self, folder: str) -> None:
        """Read the data set from this folder from now on."""
        self._services.data.choose_folder(Path(folder))

    @Slot(object, object, str)
    def _progress(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * done / total) if total else 0)
        self.text.setText(f"{text} · {done / 1e6:.1f} of {total / 1e6:.1f} MB")
