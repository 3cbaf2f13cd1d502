"""What tests of the whole window do with it, as a person would."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
)
from pytestqt.qtbot import QtBot

from saegui.core.config.schema import make
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.window.main_window import MainWindow

TIMEOUT = 60_000
QUICK = {"dataset": "digits", "n_latents": 16, "k": 3, "epochs": 3, "batch_size": 64}
LONG = {**QUICK, "epochs": 5000}


def draw(window: MainWindow, places: list[tuple[float, float]]) -> None:
    """A stroke by hand: real mouse events, places in canvas units."""
    canvas, sheet = window.panel(DrawPanel).canvas, window.panel(DrawPanel).canvas.sheet
    points = [
        QPoint(round(sheet.x() + x * sheet.width()), round(sheet.y() + y * sheet.height())) for x, y in places
    ]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])


def train(window: MainWindow, values: dict[str, object], qtbot: QtBot) -> None:
    """Until it has begun; it must be long enough to be seen running."""
    window.state.set_draft(make(values))
    window.actions_.by_name["train"].trigger()
    qtbot.waitUntil(
        lambda: window.state.phase == "training" and window.state.last_step is not None, timeout=TIMEOUT
    )


def close_dialogs(qtbot: QtBot) -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            widget.reject()
    qtbot.waitUntil(
        lambda: not any(isinstance(w, QDialog) and w.isVisible() for w in QApplication.topLevelWidgets())
    )
