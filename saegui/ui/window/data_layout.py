"""Where the parts of the window *Data sets* stand: the list on the left, the chosen data set on the right, buttons below both."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.window.data_card import DataCard

SIZE = QSize(880, 600)
SMALLEST = QSize(780, 420)


def button(text: str, tip: str, action: object) -> QPushButton:
    """One that Return does not press while another part has the keyboard."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.clicked.connect(action)
    return made


def progress_bar() -> QProgressBar:
    """How far what is looked at is."""
    made = QProgressBar()
    made.setTextVisible(False)
    made.setAccessibleName("Progress")
    return made


def lay_out(
    window: QDialog,
    left: Sequence[QWidget],
    card: DataCard,
    below: tuple[QPushButton, QProgressBar, QPushButton],
    last: Sequence[QPushButton],
) -> None:
    """``left``: the list and what stands below it; ``below`` the card: remove, progress and cancel, and at the end ``last``."""
    column = QVBoxLayout()
    column.setSpacing(GAP)
    for place, widget in enumerate(left):
        column.addWidget(widget, 0 if place else 1)
    remove, progress, stop = below
    foot = QHBoxLayout()
    foot.setSpacing(GAP)
    foot.addWidget(remove)
    foot.addWidget(progress, 1)
    foot.addWidget(stop)
    foot.addStretch(1)
    for each in last:
        foot.addWidget(each)
    right = QVBoxLayout()
    right.setSpacing(GAP)
    right.addWidget(card, 1)
    # Below what scrolls, so that it is seen whatever is typed into.
    right.addWidget(card.problem)
    right.addLayout(foot)
    whole = QHBoxLayout(window)
    whole.setContentsMargins(PAD, PAD, PAD, PAD)
    whole.setSpacing(PAD)
    whole.addLayout(column)
    whole.addLayout(right, 1)
    screen = window.screen() or QGuiApplication.primaryScreen()
    window.setMinimumSize(SMALLEST)
    window.resize(SIZE.boundedTo(screen.availableSize() - QSize(40, 80)))
