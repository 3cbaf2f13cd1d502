"""A figure before it is saved: which latents it shows, what it will be seen on, and a live preview of it."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from saegui.app.exporting import CopiedFigure, Preview
from saegui.app.figure_tiles import TILES, Tiles
from saegui.app.services import Services
from saegui.app.settings import Setting, choice
from saegui.core.errors import ExportError
from saegui.core.figures import KINDS
from saegui.core.figures.made_for import MadeFor, in_mm
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fitted_picture import FittedPicture
from saegui.ui.widgets.titles import titled
from saegui.ui.window.drawing_dialog import DRAWING, DrawingDialog
from saegui.ui.window.made_for_fields import MadeForFields

COPIED = "Copied to the clipboard, as an image and as SVG."
SOON_MS = 300
"""After the window showed or marked other latents, the figure follows when that has rested for so long."""


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ValueError(f"{text!r} is no number of tiles")
    return int(text)


CONTENT: Setting[Tiles] = choice("figure/tiles", "fit", get_args(Tiles))
FIRST: Setting[int] = Setting("figure/first", 64, _count)


class FigureWindow(DrawingDialog):
    """It stays open beside the main window; the figure is drawn again where the choices, the run or its tiles change."""

    save_asked = Signal(str, object)
    """The kind, and the :class:`MadeFor` that was chosen."""
    copy_asked = Signal(str, object)

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._made_for = MadeFor()
        self.setWindowTitle(titled("Figure for a page", parent))
        self.kinds, self.tiles, self.first = Combo(), Combo(), QSpinBox()
        self.kinds.setAccessibleName("Figure")
        for kind in KINDS.values():
            self.kinds.addItem(kind.title, kind.name)
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(PAD)
        form.setVerticalSpacing(UNIT)
        form.addRow("Figure", self.kinds)
        self._tiles_row = self._row_of_tiles()
        form.addRow("Latents", self._tiles_row)
        self.fields = MadeForFields(services.settings, form, self)
        self.caption, self.figure = QLabel(), FittedPicture()
        self.caption.setWordWrap(True)
        self.caption.setProperty("muted", True)
        self.figure.setMinimumSize(320, 260)
        self.figure.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.save_button, self.copy_button = QPushButton("Save…"), QPushButton("Copy")
        self.save_button.setProperty("primary", True)
        self.save_button.clicked.connect(self._save)
        self.copy_button.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
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
        self.save_button.setDefault(True)
        self.resize(640, 720)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._draw)
        self.kinds.currentIndexChanged.connect(self._draw)
        self.fields.changed.connect(self._draw)
        services.state.run_changed.connect(self._draw)
        services.tiles.changed.connect(self._tiles_changed)
        services.exporter.copied.connect(self._copied)

    def _row_of_tiles(self) -> QWidget:
        settings = self._services.settings
        self.tiles.setAccessibleName("Latents")
        for place, (value, (title, tip)) in enumerate(TILES.items()):
            self.tiles.addItem(title, value)
            self.tiles.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.tiles.setCurrentIndex(self.tiles.findData(settings.get(CONTENT)))
        self.first.setRange(1, 99_999)
        self.first.setValue(settings.get(FIRST))
        self.first.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.first.setFixedWidth(72)
        self.first.setAccessibleName("How many latents")
        self.first.setToolTip("How many latents are shown, the most often active first")
        self.tiles.currentIndexChanged.connect(self._tiles_chosen)
        self.first.valueChanged.connect(self._tiles_chosen)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        line.addWidget(self.tiles, 1)
        line.addWidget(self.first)
        return row

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
        """What was chosen.

        Raises:
            ExportError: no latent is as chosen; what to do.
        """
        made_for = self.fields.made_for
        if KINDS[self.kind].of_tiles:
            return self._services.tiles.chosen(self.tiles.currentData(), self.first.value(), made_for)
        return made_for

    @Slot()
    def _tiles_chosen(self) -> None:
        self._services.settings.set(CONTENT, self.tiles.currentData())
        self._services.settings.set(FIRST, self.first.value())
        self._draw()

    @Slot()
    def _tiles_changed(self) -> None:
        if self.isVisible() and KINDS[self.kind].of_tiles:
            self._soon.start()

    @Slot()
    def _draw(self) -> None:
        self._give_up()
        if not self.isVisible():
            return
        self._soon.stop()
        content = self.tiles.currentData()
        self._form.setRowVisible(self._tiles_row, KINDS[self.kind].of_tiles)
        self.first.setVisible(content == "first")
        self.tiles.setToolTip(TILES[content][1])
        try:
            self._made_for = self.made_for
        except ExportError as error:
            self._refuse(str(error))
            return
        self._await(self._services.exporter.picture(self.kind, self._made_for))
        self.caption.setText(DRAWING if self._job is not None else "")

    def _refuse(self, sentence: str) -> None:
        self.figure.clear()
        self.caption.setText(sentence)
        self._offer(False)

    def _offer(self, possible: bool) -> None:
        for button in (self.save_button, self.copy_button):
            button.setEnabled(possible)

    def _show_drawn(self, seen: Preview) -> None:
        self._offer(True)
        self.figure.show_png(seen.png)
        # White ink is seen on a dark slide only.
        dark = self._made_for.ink == "white"
        self.figure.setStyleSheet("background: #16181B" if dark else "")
        width = self._made_for.width
        beside = "" if self._made_for.header else ", with its caption beside it"
        wide = f"{in_mm(width)} wide{beside}" if width is not None else "As on the screen"
        pages = f"; the first of {seen.pages:,} pages" if seen.pages > 1 else ""
        self.caption.setText(f"{wide}{pages}.")
        self.figure.setAccessibleName(f"{KINDS[self.kind].title}: {wide}{pages}")

    @Slot()
    def _save(self) -> None:
        if self._is_possible():
            self.save_asked.emit(self.kind, self._made_for)

    @Slot()
    def _copy(self) -> None:
        if self._is_possible():
            self.copy_asked.emit(self.kind, self._made_for)

    def _is_possible(self) -> bool:
        """Whether there is a figure of what was chosen last, also where its picture was still waited with."""
        if self._soon.isActive():
            self._draw()
        return self.save_button.isEnabled()

    @Slot(object)
    def _copied(self, figure: CopiedFigure) -> None:
        if self.isVisible() and figure.kind == self.kind:
            self.caption.setText(COPIED)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fields.read()
        self._draw()
