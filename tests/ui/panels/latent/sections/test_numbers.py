"""The section *Numbers* in the window, which has a style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.numbers import Numbers
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT, draw


def ink(label: QLabel, background: QColor) -> QColor:
    """The colour of its text: the one farthest from the background."""
    image = label.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    def distance(name: str) -> int:
        colour = QColor(name)
        return sum(
            abs(getattr(colour, part)() - getattr(background, part)()) for part in ("red", "green", "blue")
        )

    return QColor(max(found, key=distance))


def test_the_activation_on_the_drawing_has_the_colour_of_active_latents_in_every_theme(
    window: MainWindow, qtbot: QtBot
) -> None:
    draw(window, [(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)])
    state, numbers = window.state, window.panel(LatentPanel).sections["numbers"]
    assert isinstance(numbers, Numbers)
    value = numbers.values["drawing"]
    qtbot.waitUntil(lambda: state.code is not None and state.code.l0 > 0, timeout=TIMEOUT)
    assert state.code is not None and state.snapshot is not None
    active = int(state.code.active[0])
    others = set(range(state.snapshot.n_latents)) - set(state.code.active.tolist())
    for theme in ("light", "dark", "light"):
        state.select(active)
        window.theme.choose(theme)
        tokens = window.theme.tokens
        assert ink(value, tokens.color("panel")) == tokens.color("active"), theme
        state.select(min(others))
        assert value.text() == "inactive"
        assert ink(value, tokens.color("panel")) == tokens.color("text"), theme
