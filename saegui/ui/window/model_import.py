"""The dialog *Import model*: a file or folder, what is found there, and what its file does not say."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.services import Services
from saegui.core.arrays import Shape, checked_shape, shape_text
from saegui.core.families.registry import FAMILIES, WITH_K
from saegui.core.formats import registry
from saegui.core.formats.base import Found
from saegui.core.model.normalisation import LAYER_NORM
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.file_dialog import file_dialog
from saegui.ui.widgets.fit_height import fit_height
from saegui.ui.widgets.styled import set_styled
from saegui.ui.widgets.titles import titled

WIDTH = 560
ASK = "Choose the file or the folder of a model, or drop it on the window."
_AS_SAID = "As the file says"
_INPUTS = {"raw": "Taken as they are", LAYER_NORM: "Each normalised by itself (layer norm)"}


class ModelImport(QDialog):
    """Looks into what is chosen before anything is written; *Import* makes a run of it."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._path: Path | None = None
        self._found: Found | None = None
        self.setWindowTitle(titled("Import model", parent))
        self.setMinimumWidth(WIDTH)
        self.place = QLineEdit()
        self.place.setReadOnly(True)
        self.place.setAccessibleName("Chosen file or folder")
        self.file, self.folder = QPushButton("File…"), QPushButton("Folder…")
        self.file.clicked.connect(self.ask_file)
        self.folder.clicked.connect(self.ask_folder)
        self.says = QLabel(ASK)
        self.notes = QLabel()
        self.notes.setProperty("muted", True)
        for label in (self.says, self.notes):
            label.setWordWrap(True)
        self.shape = Combo()
        self.shape.setEditable(True)
        self.shape.setToolTip(
            "How one input and one atom are drawn, such as 12×20; a line draws all values in a row"
        )
        self.own = QCheckBox()
        self.own.setToolTip(
            "The model reads the inputs of the data set that is open: its L0 is measured there"
        )
        self.k = QLineEdit()
        self.k.setPlaceholderText(_AS_SAID)
        self.k.setToolTip(
            "Keep only so many of the largest activations of each input, for files that do not say how many"
        )
        self.input = Combo()
        self.input.setToolTip("What the model does to each input before it encodes it")
        for name in registry.INPUTS:
            self.input.addItem(_INPUTS[name], name)
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(2 * PAD)
        for words, field in (
            ("Shape", self.shape),
            ("Data", self.own),
            ("k", self.k),
            ("Inputs", self.input),
        ):
            field.setAccessibleName(words)
            self._form.addRow(words, field)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = box.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setProperty("primary", True)
        box.accepted.connect(self._import)
        box.rejected.connect(self.reject)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.place, 1)
        top.addWidget(self.file)
        top.addWidget(self.folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(PAD)
        layout.addLayout(top)
        layout.addWidget(self.says)
        layout.addWidget(self.notes)
        layout.addLayout(self._form)
        layout.addStretch(1)
        layout.addWidget(box)
        self.go.setDefault(True)
        services.models.looked.connect(self._looked)
        services.models.refused.connect(self._refused)
        self._show(None)
        self.file.setFocus()

    @Slot()
    def ask_file(self) -> None:
        """Ask for a file."""
        known = " ".join(f"*{format.suffix}" for format in registry.imported().values() if format.suffix)
        self._ask(QFileDialog.FileMode.ExistingFile, "Import model from a file", f"Models ({known} *.pth)")

    @Slot()
    def ask_folder(self) -> None:
        """Ask for a folder, as other libraries keep their models."""
        self._ask(QFileDialog.FileMode.Directory, "Import model from a folder", "")

    @Slot(str)
    def choose(self, name: str) -> None:
        """Look into a file or folder."""
        self._path = Path(name)
        self.place.setText(name)
        self._say(f"Looking into {self._path.name}…")
        self._show(None)
        self._services.models.look(self._path)

    def _ask(self, mode: QFileDialog.FileMode, words: str, filters: str) -> None:
        dialog = file_dialog(self, titled(words, self), self._services.models.folder)
        dialog.setFileMode(mode)
        if filters:
            dialog.setNameFilters([filters, "All files (*)"])
        dialog.fileSelected.connect(self.choose)
        dialog.open()

    @Slot(object, object)
    def _looked(self, path: Path, found: Found) -> None:
        if path != self._path:
            return
        model = found.model
        says = (
            f"k {found.k:g} in the file, " if found.k is not None and model.config.arch not in WITH_K else ""
        )
        self._say(
            f"{registry.format_of(path).title}: {model.config.describe()}, {says}inputs of {model.d_in:,} values."
        )
        self._show(found)
        self.go.setFocus()

    @Slot(object, str)
    def _refused(self, path: Path, sentence: str) -> None:
        if path == self._path:
            self._say(sentence, bad=True)
            self._show(None)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self.says.setText(sentence)
        set_styled(self.says, problem=bad)

    def _show(self, found: Found | None) -> None:
        self._found = found
        self.go.setEnabled(found is not None)
        self.notes.setText("\n".join(found.told()) if found is not None else "")
        self.notes.setVisible(bool(self.notes.text()))
        for field in (self.shape, self.own, self.k, self.input):
            self._form.setRowVisible(field, False)
        if found is not None:
            self._ask_what_is_missing(found)
        fit_height(self)

    def _ask_what_is_missing(self, found: Found) -> None:
        dataset, d_in = self._services.state.dataset, found.model.d_in
        fits = dataset is not None and math.prod(dataset.shape) == d_in
        self._form.setRowVisible(self.shape, not found.knows_shape)
        self._form.setRowVisible(self.own, fits and not found.knows_data)
        arch = found.model.config.arch
        # A threshold may be one of an early step; the L0 that is measured afterwards shows it.
        thresholds = found.k is not None and bool(FAMILIES[arch].measured)
        asks_k = thresholds or (found.k is None and arch == "relu_l1") or bool(found.without_k)
        self._form.setRowVisible(self.k, asks_k)
        self._form.setRowVisible(self.input, bool(found.without_input))
        self.input.setCurrentIndex(max(0, self.input.findData(found.model.config.input)))
        self.shape.clear()
        shapes: list[Shape] = [dataset.shape] if dataset is not None and fits else []
        side = math.isqrt(d_in)
        shapes += [(side, side)] if side * side == d_in else []
        for shape in dict.fromkeys([*shapes, (d_in,)]):
            self.shape.addItem(shape_text(shape), shape)
        if not fits:
            # That the values are a picture is a guess.
            self.shape.setCurrentIndex(self.shape.count() - 1)
        if dataset is not None:
            self.own.setText(f"It reads the inputs of {dataset.title}, where its L0 is measured")
        self.own.setChecked(fits)
        self.k.clear()
        self.k.setValidator(QIntValidator(1, found.model.n_latents, self.k))

    def _shape(self) -> Shape | None:
        """That which is chosen or typed.

        Raises:
            ValueError: it is none.
        """
        assert self._found is not None
        if self._found.knows_shape:
            return None
        text = self.shape.currentText()
        place = self.shape.findText(text)
        if place >= 0:
            return tuple(self.shape.itemData(place))
        return checked_shape([int(part) for part in text.lower().replace("×", "x").split("x")])

    @Slot()
    def _import(self) -> None:
        assert self._found is not None and self._path is not None
        d_in = self._found.model.d_in
        try:
            shape = self._shape()
            if shape is not None and math.prod(shape) != d_in:
                raise ValueError
        except ValueError:
            self._say(
                f"The shape is {self.shape.currentText()!r}; write one of {d_in:,} values, such as {d_in:,} or a height and a width with × between them.",
                bad=True,
            )
            fit_height(self)
            return
        typed = self.k.text().strip()
        if typed and not self.k.hasAcceptableInput():
            self._say(
                f"k is {typed}; it must be a whole number from 1 to {self._found.model.n_latents:,}.",
                bad=True,
            )
            fit_height(self)
            return
        k = int(typed) if typed else None
        dataset = self._services.state.dataset
        measure = dataset is not None and self._measures(shape or self._found.model.shape)
        self._services.models.open(
            self._path,
            shape=shape,
            dataset=dataset if measure else None,
            k=k,
            input=self.input.currentData() if self._found.without_input else None,
        )
        self.accept()

    def _measures(self, shape: Shape) -> bool:
        """Whether the model is measured on the data set that is open: the user says so, or the file does."""
        assert self._found is not None
        dataset = self._services.state.dataset
        if dataset is None or dataset.shape != shape:
            return False
        if self._found.knows_data:
            return self._found.k is not None and dataset.name == self._found.model.config.dataset
        return self.own.isChecked()
