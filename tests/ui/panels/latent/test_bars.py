"""Small bar charts: what stands below the bars."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.ui.panels.latent.bars import BarChart, Bars, class_bars, log_ticks, tick
from saegui.ui.theme.theme import Theme


@pytest.mark.parametrize("strongest", range(4))
@pytest.mark.parametrize("width", [120, 150, 200, 400])
def test_the_names_of_classes_never_touch(qtbot: QtBot, theme: Theme, width: int, strongest: int) -> None:
    chart = BarChart(theme, "mean activation per class", "", None)
    qtbot.addWidget(chart)
    chart.resize(width, 80)
    means = np.full(4, 0.1, np.float32)
    means[strongest] = 0.3
    names = ("across", "down", "falling", "rising")
    chart.set_bars(class_bars(means, names))
    labels = chart.x_labels()
    assert [shown in (name, name[0]) for (_, _, _, shown), name in zip(labels, names, strict=True)] == [
        True
    ] * 4
    for (_, left, wide, _), (_, after, _, _) in pairwise(labels):
        assert left + wide < after
    if width == 400:
        assert tuple(shown for _, _, _, shown in labels) == names


def test_the_strongest_of_many_digits_is_always_named(qtbot: QtBot, theme: Theme) -> None:
    chart = BarChart(theme, "mean activation per class", "", None)
    qtbot.addWidget(chart)
    chart.resize(150, 80)
    chart.set_bars(class_bars(np.eye(10, dtype=np.float32)[7], tuple("0123456789")))
    assert [shown for _, _, _, shown in chart.x_labels()] == list("0123456789")


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.004, 7.0, [0.01, 0.1, 1]),
        (0.3, 3.4, [0.5, 1, 2]),
        (0.06, 0.9, [0.1, 0.2, 0.5]),
        (2.1, 4.9, [3, 4]),
        (0.5, 5.0, [0.5, 1, 2, 5]),
    ],
)
def test_a_logarithmic_axis_has_more_than_one_number(low: float, high: float, found: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(found)


def test_a_number_below_the_bars_is_left_out_rather_than_cut(qtbot: QtBot, theme: Theme) -> None:
    chart = BarChart(theme, "images by activation", "", None)
    qtbot.addWidget(chart)
    chart.resize(60, 80)
    ticks = tuple((place, tick(value)) for place, value in ((0.1, 0.05), (0.3, 0.1), (0.6, 0.25), (0.9, 0.5)))
    chart.set_bars(Bars((0.0, 1.0), (0.5,), ("",), ticks, (), ""))
    shown = [text for _, _, _, text in chart.x_labels()]
    assert shown and set(shown) <= {"0.05", "0.1", "0.25", "0.5"}
