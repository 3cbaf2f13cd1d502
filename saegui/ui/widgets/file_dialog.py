"""Qt's dialog that asks for files and folders, as the program asks everywhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileInfo, QSize
from PySide6.QtGui import QIcon, QPainter, QPalette
from PySide6.QtWidgets import QFileDialog, QHeaderView, QSplitter, QToolButton, QTreeView, QWidget

from saegui.ui.theme.tokens import GAP

SIZE = QSize(860, 500)
COLUMNS = {1: "128.88 KiB", 2: "plain text document", 3: "30 12 2026 12:30"}
"""Words that the columns of the list must have room for; the names have the rest."""
PLACES = 150
"""px for the list of places at the left."""
ARROWS = ("backButton", "forwardButton", "toParentButton")
"""What Qt calls the buttons whose icons are black in every theme."""


def file_dialog(parent: QWidget, title: str, folder: Path | None = None) -> QFileDialog:
    """A dialog that is deleted when it is closed. It begins in ``folder``, or in the next one above that is there.

    Many desktops show a dialog of their own instead, which has its own size.
    """
    dialog = QFileDialog(parent, title)
    if folder is not None:
        # Asked of Qt: a path raises where a folder above it cannot be read.
        dialog.setDirectory(str(next(each for each in (folder, *folder.parents) if QFileInfo(each).isDir())))
    dialog.setLabelText(QFileDialog.DialogLabel.LookIn, "Folder:")
    dialog.finished.connect(dialog.deleteLater)
    files, parts = dialog.findChild(QTreeView), dialog.findChild(QSplitter)
    if files is None or parts is None:
        return dialog
    dialog.resize(dialog.size().expandedTo(SIZE))
    header, metrics = files.header(), files.fontMetrics()
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, words in COLUMNS.items():
        wide = metrics.horizontalAdvance(words) + 2 * GAP
        header.resizeSection(column, max(header.sectionSize(column), wide))
    parts.setSizes([PLACES, SIZE.width() - PLACES])
    for name in ARROWS:
        if (button := dialog.findChild(QToolButton, name)) is not None:
            _colour_as_text(button)
    return dialog


def _colour_as_text(button: QToolButton) -> None:
    picture = button.icon().pixmap(button.iconSize(), button.devicePixelRatio())
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), button.palette().color(QPalette.ColorRole.ButtonText))
    painter.end()
    button.setIcon(QIcon(picture))
