"""The dialog *Export all*: which figures, in which format and made for what, and how far the work is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.jobs import Job
from saegui.app.services import Services
from saegui.app.settings import Setting
from saegui.core.figures import FILE_TYPES, KINDS
from saegui.core.figures.export_all import LARGE, PAGE, size_text
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.fields import Combo
from saegui.ui.widgets.fit_height import fit_height
from saegui.ui.widgets.titles import titled
from saegui.ui.window.made_for_fields import MadeForFields

FORMATS = {
    "png": "PNG picture",
    "svg": "SVG drawing",
    "pdf": "PDF document",
    "svgz": "Compressed SVG drawing",
}
assert set(FORMATS) == set(FILE_TYPES)
COLUMNS = 3
STOPPED = "Stopped: nothing was written."


def _names(text: str) -> frozenset[str]:
    """Kinds of figures; names that no kind has, or has no longer, are passed over."""
    return frozenset(text.split()) & frozenset(KINDS)


WITHOUT: Setting[frozenset[str]] = Setting(
    "figures/without", frozenset(), _names, lambda names: " ".join(sorted(names))
)
"""Kinds that were left out last: one that is new is exported."""


def _grouped(obstacles: Mapping[str, str]) -> str:
    """A line for each reason why figures cannot be drawn, with those that it holds for; the reason alone where it holds for all."""
    found: dict[str, list[str]] = {}
    for name, why in obstacles.items():
        title = KINDS[name].title
        if why:
            found.setdefault(why.removeprefix(f"{title}: "), []).append(title)
    if len(obstacles) in map(len, found.values()):
        return next(iter(found))
    return "\n".join(f"{', '.join(titles)}: {why}" for why, titles in found.items())


class ExportAll(QDialog):
    """A tick for each kind of figure; the folder is asked for afterwards. It stays open until everything is written."""

    folder_asked = Signal()
    """What was chosen here is to be written: ask where, then call :meth:`export`."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._exporter = services, services.exporter
        self._job: Job | None = None
        self.setWindowTitle(titled("Export all figures", parent))
        self.kinds: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * PAD)
        grid.setVerticalSpacing(UNIT)
        without = services.settings.get(WITHOUT)
        self._wanted = set(KINDS) - without
        """Also those that cannot be drawn now: they are ticked when they can."""
        rows = -(-len(KINDS) // COLUMNS)
        for place, kind in enumerate(KINDS.values()):
            box = self.kinds[kind.name] = QCheckBox(kind.title)
            box.setChecked(kind.name in self._wanted)
            box.clicked.connect(self._ticked)
            grid.addWidget(box, place % rows, place // rows)
        self.every, self.none = QPushButton("All"), QPushButton("None")
        self.count = QLabel()
        self.why = QLabel()
        self.why.setWordWrap(True)
        for label in (self.count, self.why):
            label.setProperty("muted", True)
        several = QHBoxLayout()
        several.setSpacing(GAP)
        for button, name in ((self.every, "Tick all figures"), (self.none, "Tick no figure")):
            button.setAccessibleName(name)
            button.setToolTip(name)
            several.addWidget(button)
        several.addWidget(self.count)
        several.addStretch(1)
        form = self._form = QFormLayout()
        form.setHorizontalSpacing(PAD)
        form.setVerticalSpacing(UNIT)
        self.formats = Combo()
        self.formats.setAccessibleName("Format")
        for value, title in FORMATS.items():
            self.formats.addItem(title, value)
        form.addRow("Format", self.formats)
        self.fields = MadeForFields(services.settings, form, self)
        self.large = QCheckBox()
        self.large.setAccessibleDescription("Otherwise they are left out, and named")
        form.addRow("Numbers", self.large)
        self.words, self.bar = QLabel(), QProgressBar()
        self.words.setProperty("muted", True)
        self.words.setWordWrap(True)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the export")
        self.cancel, self.go = QPushButton("Close"), QPushButton("Choose folder…")
        self.go.setProperty("primary", True)
        self._lay_out(grid, several, form)
        self.every.clicked.connect(self._tick_all)
        self.none.clicked.connect(self._tick_none)
        self.cancel.clicked.connect(self._cancel)
        self.go.clicked.connect(self.folder_asked)
        state = services.state
        for signal in (state.run_changed, state.dataset_changed):
            signal.connect(self.refresh)
        for signal in (services.comparison.changed, services.library.changed):
            signal.connect(self.refresh)
        self._show_progress()

    def _lay_out(self, grid: QGridLayout, several: QHBoxLayout, form: QFormLayout) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self.bar, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(PAD)
        layout.addLayout(grid)
        layout.addLayout(several)
        layout.addWidget(self.why)
        layout.addLayout(form)
        layout.addWidget(self.words)
        layout.addLayout(buttons)
        self.go.setDefault(True)

    # -- what is chosen -----------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> list[str]:
        """The kinds that are ticked and can be drawn."""
        return [name for name, box in self.kinds.items() if box.isChecked() and box.isEnabled()]

    @property
    def format(self) -> str:
        """``png``, for example."""
        return str(self.formats.currentData())

    def export(self, folder: Path) -> None:
        """Write what is chosen into a folder of the run's inside ``folder``; choices are remembered."""
        if not self.chosen or self._job is not None:
            return
        self._job = self._exporter.save_all(
            self._exporter.folder_for_all(folder),
            self.format,
            kinds=self.chosen,
            made_for=self.fields.made_for,
            large=self.large.isChecked(),
        )
        if self._job is not None:
            self._job.progressed.connect(self._progressed)
            self._job.done.connect(self._done)
            self._job.failed.connect(self._failed)
            self._job.cancelled.connect(self._cancelled)
        self._show_progress("The figures are being drawn…")

    # -- what is shown ------------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Offer what can be drawn of the current run."""
        if not self.isVisible():
            return
        noun = self._services.state.dataset.noun if self._services.state.dataset is not None else None
        obstacles = self._exporter.obstacles()
        for name, why in obstacles.items():
            about = KINDS[name].about if noun is None else noun.instead_of_input(KINDS[name].about)
            if name == PAGE:
                about = f"{about} It is a PDF in any case."
            self.kinds[name].setEnabled(not why)
            self.kinds[name].setToolTip(why or about)
        self._show_ticks()
        self.why.setText(_grouped(obstacles))
        self.why.setVisible(any(obstacles.values()))
        self._count()

    def _show_ticks(self) -> None:
        for name, box in self.kinds.items():
            box.setChecked(name in self._wanted and box.isEnabled())

    def _count(self) -> None:
        chosen, large = self.chosen, self._exporter.large_tables(self.chosen)
        possible = sum(box.isEnabled() for box in self.kinds.values())
        left = len(self.kinds) - possible
        words = f"{len(chosen)} of {possible}"
        self.count.setText(f"{words}; {left} cannot be drawn now" if left else words)
        self._form.setRowVisible(self.large, bool(large))
        if not large:
            self.large.setChecked(False)
        many = f"{len(large)} tables" if len(large) > 1 else "a table"
        self.large.setText(
            f"also {many} of more than {size_text(LARGE)}: about {size_text(sum(large.values()))}"
        )
        self.large.setToolTip(
            ", ".join(f"{KINDS[name].title}: {size_text(size)}" for name, size in large.items())
        )
        self.go.setEnabled(bool(chosen) and self._job is None)
        fit_height(self)

    @Slot()
    def _ticked(self) -> None:
        able = {name for name, box in self.kinds.items() if box.isEnabled()}
        self._want(self._wanted - able | set(self.chosen))

    @Slot()
    def _tick_all(self) -> None:
        self._want(set(KINDS))

    @Slot()
    def _tick_none(self) -> None:
        self._want(set())

    def _want(self, names: set[str]) -> None:
        self._wanted = names
        self._services.settings.set(WITHOUT, frozenset(KINDS) - names)
        self._show_ticks()
        self._count()

    # -- the work -----------------------------------------------------------------------------------------------------

    def _show_progress(self, words: str = "") -> None:
        runs = self._job is not None
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.bar.setVisible(runs)
        self.bar.setRange(0, 0)
        self.cancel.setText("Stop" if runs else "Close")
        self.go.setEnabled(not runs and bool(self.chosen))
        fit_height(self)

    @Slot(object, object, str)
    def _progressed(self, done: int, total: int, text: str) -> None:
        if self.sender() is self._job and total > 0:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self.words.setText(text)

    def _ended(self, words: str = "") -> None:
        self._job = None
        self._show_progress(words)

    @Slot()
    def _done(self) -> None:
        self._ended()
        self.accept()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._ended(str(error))

    @Slot()
    def _cancelled(self) -> None:
        self._ended(STOPPED)

    @Slot()
    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            self.reject()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._job is None:
            self._show_progress()
        self.fields.read()
        self.formats.setCurrentIndex(self.formats.findData(self._exporter.format))
        self.refresh()
