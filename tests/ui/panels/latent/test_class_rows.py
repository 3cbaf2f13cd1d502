"""Classes as rows: the largest first, each with its whole name where there is room, all within reach."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from saegui.app.settings import ThemeName
from saegui.ui.panels.latent.bars import TICK_PX, BarChart, class_bars
from saegui.ui.panels.latent.class_rows import ClassRows
from saegui.ui.panels.latent.examples import Example, caption
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import SMALL_PX, small_font

NAMES = tuple(f"name {place}" for place in range(62))


@pytest.fixture
def rows(qtbot: QtBot, theme: Theme) -> ClassRows:
    rows = ClassRows(theme, ("mean activation per class",), "Help.")
    qtbot.addWidget(rows)
    rows.resize(180, 120)
    rows.show()
    return rows


def test_the_largest_is_first_and_equal_ones_keep_their_order(rows: ClassRows) -> None:
    means = np.zeros(62, np.float32)
    means[[40, 7, 61]] = 1, 3, 2
    rows.set_bars(class_bars(means, NAMES))
    assert list(rows.order[:4]) == [7, 61, 40, 0] and sorted(rows.order) == list(range(62))
    assert "Largest for class 7: mean activation 3" in rows.accessibleDescription()
    assert rows.row_at(QPointF(5, 2)) == 7


def test_the_caption_ends_before_the_scroll_bar(qtbot: QtBot, theme: Theme) -> None:
    captions = ("mean activation per class", "mean per class", "per class")
    rows = ClassRows(theme, captions, "Help.")
    qtbot.addWidget(rows)
    rows.set_bars(class_bars(np.arange(62, dtype=np.float32), NAMES))
    metrics = QFontMetrics(small_font(rows.font(), SMALL_PX))
    rows.show()
    for width in range(120, 400, 3):
        rows.resize(width, 90)
        bar = rows.verticalScrollBar()
        assert bar.isVisible()
        assert metrics.horizontalAdvance(rows.caption) <= bar.mapTo(rows, bar.rect().topLeft()).x(), width


@pytest.mark.parametrize("width", [120, 180, 450, 900])
def test_every_row_can_be_scrolled_to(rows: ClassRows, width: int) -> None:
    rows.resize(width, 120)
    rows.set_bars(class_bars(np.arange(62, dtype=np.float32), NAMES))
    bar = rows.verticalScrollBar()
    seen = set()
    half = rows.viewport().height() // 2
    for value in range(bar.minimum(), bar.maximum() + half, half):
        bar.setValue(value)
        for y in range(0, rows.viewport().height(), 4):
            seen |= {rows.row_at(QPointF(x, y)) for x in range(0, rows.viewport().width(), 20)}
    assert seen - {None} == set(range(62))
    rows.set_bars(class_bars(np.ones(62, np.float32), NAMES))
    assert bar.value() == 0


def test_it_is_painted_in_both_themes_and_the_bars_grow_with_the_means(rows: ClassRows, theme: Theme) -> None:
    rows.set_bars(class_bars(np.linspace(1, 0, 62, dtype=np.float32), NAMES))
    choices: tuple[ThemeName, ...] = ("light", "dark")
    for name in choices:
        theme.choose(name)
        image = rows.grab().toImage()
        colours = {image.pixelColor(x, y).rgb() for x in range(0, 180, 3) for y in range(0, 120, 2)}
        assert len(colours) > 8


@pytest.mark.parametrize(
    ("names", "width", "fit"),
    [
        (tuple("0123456789"), 160, True),
        (("T-shirt/top", "Trouser", "Sandal", "Shirt", "Sneaker"), 160, False),
        (("T-shirt/top", "Trouser", "Sandal", "Shirt", "Sneaker"), 600, True),
    ],
)
def test_bars_say_whether_every_name_has_room(
    qtbot: QtBot, theme: Theme, names: tuple[str, ...], width: int, fit: bool
) -> None:
    chart = BarChart(theme, "caption", "Help.")
    qtbot.addWidget(chart)
    chart.resize(width, 120)
    assert chart.names_all(class_bars(np.ones(len(names), np.float32), names)) is fit


@pytest.mark.parametrize(
    ("short", "room", "words"),
    [
        ("7", 60, "7 · 0.613"),
        ("Sneaker", 300, "Sneaker · 0.613"),
        ("Sneaker", 60, "Sne"),
        ("2154", 42, "0.613"),
        ("", 60, "0.613"),
    ],
)
def test_a_caption_cuts_names_and_never_numbers(
    short: str, room: int, words: str, qtbot: QtBot, theme: Theme
) -> None:
    rows = ClassRows(theme, ("",), "")
    qtbot.addWidget(rows)
    metrics = QFontMetrics(small_font(rows.font(), TICK_PX))
    found = caption(Example(3, short, 0.613, short), metrics, room)
    assert found.startswith(words) if short == "Sneaker" else found == words
    assert found.endswith("0.613") and metrics.horizontalAdvance(found) <= room
