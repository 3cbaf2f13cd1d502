"""What stands on a tile whose weights are no picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from saegui.ui.theme.tokens import DARK, LIGHT, Tokens
from saegui.ui.widgets import meanings
from saegui.ui.widgets.meanings import Meaning


def _painted(means: Meaning, width: int, height: int, tokens: Tokens = LIGHT) -> tuple[bool, QImage]:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    done = means.paint(painter, QRect(0, 0, width, height), 0, tokens)
    painter.end()
    return done, image


def test_tiles_show_as_many_texts_as_fit_and_small_ones_one(qtbot: QtBot) -> None:
    asked: list[int] = []

    def texts(latent: int) -> list[str]:
        asked.append(latent)
        return ["incomprehensibilities", "two", "three", "four", "five"]

    image = QImage(9, 9, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    metrics = painter.fontMetrics()
    tall = metrics.height()
    fitting = [
        meanings._lines(metrics, texts(0), 60, height) for height in (tall - 1, tall, 3 * tall, 20 * tall)
    ]
    painter.end()
    assert [len(lines) for lines in fitting] == [0, 1, 3, meanings.MOST_LINES]
    assert fitting[1][0].endswith("…") and fitting[2][1:] == ["two", "three"]
    assert _painted(Meaning(texts=texts), 90, 60)[0]
    # Where no word could be read, the plot stays.
    assert not _painted(Meaning(texts=texts), meanings.LEAST_WIDTH - 1, 60)[0]
    assert not _painted(Meaning(texts=lambda latent: []), 90, 60)[0]


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_an_average_keeps_its_proportions_and_a_dead_latent_has_none(qtbot: QtBot, tokens: Tokens) -> None:
    averages = np.zeros((1, 4, 4), np.float32)
    assert not _painted(Meaning(averages), 40, 20)[0]
    averages[0, 0] = 1
    done, image = _painted(Meaning(averages), 40, 20, tokens)
    assert done
    assert image.pixelColor(20, 2) == tokens.color("ink") and image.pixelColor(20, 18) == tokens.color(
        "paper"
    )
    assert image.pixelColor(2, 2) == tokens.color("paper")
