"""What is copied in several forms."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from saegui.ui.widgets.clipboard import copy_forms

CHECKOUT = Path(__file__).parents[3]
COPIES_AND_ENDS = """
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from saegui.ui.widgets.clipboard import copy_forms

app = QApplication([])
image = QImage(4, 3, QImage.Format.Format_RGB32)
image.fill(0)
copy_forms(image, {"image/svg+xml": b"<svg/>"})
"""


def test_all_forms_are_there_and_nothing_else(qtbot: QtBot) -> None:
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(0)
    copy_forms(image, {"image/svg+xml": b"<svg/>"})
    found = QGuiApplication.clipboard().mimeData()
    assert set(found.formats()) == {"application/x-qt-image", "image/svg+xml"}
    assert QGuiApplication.clipboard().image().size() == image.size()
    assert found.data("image/svg+xml").data() == b"<svg/>"
    QGuiApplication.clipboard().clear()


def test_the_program_ends_well_with_something_on_the_clipboard() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COPIES_AND_ENDS],
        cwd=CHECKOUT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nothing_on_the_clipboard_is_made_by_python() -> None:
    made = [
        str(source.relative_to(CHECKOUT))
        for source in (CHECKOUT / "saegui").rglob("*.py")
        if "QMimeData(" in source.read_text("utf-8")
    ]
    assert made == []
