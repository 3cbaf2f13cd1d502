"""What stands on a tile whose weights are no picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from saegui.ui.panels.features.grid_marks import paint_active
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


def test_the_number_of_an_active_latent_covers_the_last_text_as_a_whole_and_no_other(qtbot: QtBot) -> None:
    means = Meaning(texts=lambda latent: ["one", "two", "three"])
    done, image = _painted(means, 90, 42)
    painter = QPainter(image)
    metrics = painter.fontMetrics()
    painter.end()
    lines, tall = 42 // metrics.height(), meanings.last_line(metrics, 42)
    assert done and 2 <= lines <= 3
    top = (42 - lines * metrics.height()) // 2
    assert 42 - tall == top + (lines - 1) * metrics.height()
    # Nothing of another latent's texts is left below.
    blank = LIGHT.color("paper")
    painter = QPainter(image)
    paint_active(painter, QRect(0, 0, 90, 42), 1.0, 1.0, LIGHT, selected=False, valued=True, last_line=tall)
    painter.end()
    left = {image.pixelColor(x, y).rgb() for x in range(6, 40) for y in range(42 - tall, 38)}
    assert left == {blank.rgb()}


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
