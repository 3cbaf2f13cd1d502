"""The dialog *Export model*: which format, what it is good for, and why one cannot hold the model that is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from saegui.core.formats import registry
from saegui.core.formats.base import Format
from saegui.core.model.snapshot import Snapshot
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.fit_height import fit_height
from saegui.ui.widgets.titles import titled

WIDTH = 620


class ModelExport(QDialog):
    """A row for each format; the place is asked for afterwards."""

    chosen = Signal(str)
    """The name of a format that can hold the model."""

    def __init__(self, model: Snapshot, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(titled("Export model", parent))
        self.setMinimumWidth(WIDTH)
        rows = QGridLayout()
        rows.setHorizontalSpacing(2 * PAD)
        rows.setVerticalSpacing(GAP)
        rows.setColumnStretch(1, 1)
        self.buttons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for place, (name, format) in enumerate(registry.exported().items()):
            self._add_row(rows, place, name, format, registry.refusal(model, name))
        first = next(button for button in self.buttons.values() if button.isEnabled())
        first.setChecked(True)
        first.setFocus()
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = box.addButton("Choose place…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setProperty("primary", True)
        box.accepted.connect(self._accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(PAD)
        layout.addLayout(rows)
        layout.addWidget(box)
        self.go.setDefault(True)
        self.resize(WIDTH, self.height())
        fit_height(self)

    @property
    def format(self) -> str:
        """The name of the format that is chosen."""
        return next(name for name, button in self.buttons.items() if button.isChecked())

    def _add_row(self, rows: QGridLayout, place: int, name: str, format: Format, refusal: str) -> None:
        button = self.buttons[name] = QRadioButton(format.title)
        button.setEnabled(not refusal)
        button.setToolTip(refusal or format.about)
        self._group.addButton(button)
        about = QLabel(refusal or format.about)
        about.setWordWrap(True)
        about.setProperty("muted", True)
        about.setBuddy(button)
        # The words of both begin at one height.
        about.setContentsMargins(0, 1, 0, 0)
        rows.addWidget(button, place, 0, Qt.AlignmentFlag.AlignTop)
        rows.addWidget(about, place, 1, Qt.AlignmentFlag.AlignTop)

    @Slot()
    def _accept(self) -> None:
        self.accept()
        self.chosen.emit(self.format)
