"""What steering changes on all test inputs: the errors in a sentence, and a row for each latent that moves."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saegui.app.state import AppState
from saegui.app.steering_all import Found
from saegui.core.numbers import latent_name
from saegui.ui.theme.tokens import PAD
from saegui.ui.widgets.text import error, number
from saegui.ui.widgets.titles import titled

MOST = 200
"""Latents that are listed."""
COLUMNS = ("Latent", "Active before", "Active after", "Mean before", "Mean after")
NOTHING_MOVED = "The reconstructions re-encode to the same activations of all other latents."
HOW = (
    "Latents whose mean activation changes most in what the reconstructions re-encode to, compared with the reconstructions "
    "before steering. Active: the share of {many} that activate the latent. Mean: over all {many}. "
    "The latents that were set are left out. Click a row to look at its latent."
)


class SteeredWindow(QDialog):
    """It stays open beside the main window, so that the latents in it can be looked at."""

    def __init__(self, found: Found, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self._found, self._state = found, state
        self.setWindowTitle(titled(f"Steering on all test {found.noun.many}", parent))
        self.summary, self.how = QLabel(summary(found)), QLabel()
        self.rows = QTreeWidget()
        self.rows.setAccessibleName("Latents that move")
        self.rows.setRootIsDecorated(False)
        self.rows.setHeaderLabels(list(COLUMNS))
        for line in table(found):
            item = QTreeWidgetItem(list(line))
            for column in range(1, len(COLUMNS)):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.rows.addTopLevelItem(item)
        self.rows.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        moved = bool(self.rows.topLevelItemCount())
        self.rows.setVisible(moved)
        self.how.setText(HOW.format(many=found.noun.many) if moved else NOTHING_MOVED)
        self.how.setProperty("muted", True)
        for label in (self.summary, self.how):
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy table", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("Copy the numbers to the clipboard, for a spreadsheet")
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        for part in (self.summary, self.how, self.rows, buttons):
            layout.addWidget(part, 1 if part is self.rows else 0)
        if not moved:
            layout.addStretch(1)
        self.resize(560, 480 if moved else 180)
        self.rows.currentItemChanged.connect(self._selected)

    @Slot(QTreeWidgetItem)
    def _selected(self, item: QTreeWidgetItem | None) -> None:
        # Of another model a latent of this number would be another one.
        run, shown = self._found.run, self._state.run
        if item is None or (run.path if run else None) != (shown.path if shown else None):
            return
        self._state.select(int(self._found.steered.moved[self.rows.indexOfTopLevelItem(item)]))

    @Slot()
    def _copy(self) -> None:
        lines = ["\t".join(COLUMNS), *("\t".join(line) for line in table(self._found))]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")
        self._state.notify("good", "Copied the table.")


def summary(found: Found) -> str:
    """What was set, on what, and how the error changes."""
    steered, noun = found.steered, found.noun
    listed = ", ".join(f"{latent_name(latent)} = {number(value)}" for latent, value in steered.values.items())
    step = f"step {found.snapshot.step:,}"
    model = step if found.run is None else f"{found.run.name}, {step}"
    change = steered.mse - steered.mse_before
    return (
        f"{listed} in the code of all {steered.n:,} test {noun.many} of {found.title} ({model}).\n"
        f"The code of {noun.counted(steered.touched)} changes. "
        f"MSE {error(steered.mse_before)} → {error(steered.mse)} ({'+' if change >= 0 else '−'}{error(abs(change))})."
    )


def table(found: Found) -> list[tuple[str, ...]]:
    """A line for each latent that moves, up to :data:`MOST`, as in :data:`COLUMNS`."""
    steered = found.steered
    return [
        (
            latent_name(latent),
            *(f"{count[latent] / steered.n:.1%}" for count in (steered.active_before, steered.active)),
            *(number(float(mean[latent])) for mean in (steered.mean_before, steered.mean)),
        )
        for latent in steered.moved[:MOST].tolist()
    ]
