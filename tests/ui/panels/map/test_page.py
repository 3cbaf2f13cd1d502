"""What the pages of the map panel have in common."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

pytest.importorskip("torch")

from saegui.app.services import Services
from saegui.app.state import NO_MODEL
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.panels.map.panel import WHATS, MapPanel
from saegui.ui.theme.theme import Theme

TIMEOUT = 20_000


@pytest.mark.parametrize("what", WHATS)
def test_without_a_model_each_page_offers_the_starter_run(
    qtbot: QtBot, services: Services, theme: Theme, what: str
) -> None:
    panel = MapPanel(services, theme)
    qtbot.addWidget(panel)
    panel.set_what(what)
    with qtbot.waitExposed(panel):
        panel.show()
    empty = panel.pages[what].empty
    assert empty.isVisible() and NO_MODEL in empty.label.text()
    assert empty.button.text() == "Open the starter run"
    with qtbot.waitSignal(services.state.snapshot_changed, timeout=TIMEOUT):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    run = services.state.run
    assert run is not None and run.path == STARTER_PATH
    assert empty.button.text() != "Open the starter run", "it is open"
    assert NO_MODEL not in empty.label.text()
