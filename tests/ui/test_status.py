"""The status bar says where it trains."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from saegui.app.explorer import Explorer
from saegui.ui.status import StatusBar
from saegui.ui.theme import Theme


def test_where_it_trains_is_told_once_it_is_known(qtbot: QtBot, explorer: Explorer, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    status = StatusBar(explorer, theme, window)
    assert status.device.text().startswith("CPU · ")
    explorer.training.running_on = "cuda"
    explorer.state.set_phase("training")
    assert status.device.text() == "CUDA"
    assert "accelerator" in status.device.toolTip()
    explorer.training.running_on = "cpu"
    explorer.state.set_phase("idle")
    assert "thread" in status.device.text()
