"""Small bar charts: what stands below the bars."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.ui.panels.latent.bars import BarChart, class_bars
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
