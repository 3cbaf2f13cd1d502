"""The examples by activation: ten columns from the weakest to the strongest, each example where its activation belongs."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.example_choice import N_INTERVALS, PER_INTERVAL
from saegui.core.data import Dataset
from saegui.ui.panels.latent.bars import HistogramRange, log_place
from saegui.ui.panels.latent.intervals_view import IntervalsView
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.intervals import Intervals
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from tests.pointer import move


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> LatentPanel:
    """Shows the latent that is active most often, measured on the digits of which the first ten are there three times."""
    services.library.open(small_run)
    rows = np.r_[: len(digits.train_images), 0:10, 0:10]
    repeated = replace(digits, train_images=digits.train_images[rows], train_labels=digits.train_labels[rows])
    services.state.set_dataset(repeated)
    qtbot.waitUntil(lambda: services.state.stats is not None)
    made = LatentPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(420, 1300)
    with qtbot.waitExposed(made):
        made.show()
    assert services.state.stats is not None
    services.state.select(int(services.state.stats.density.argmax()))
    return made


def view_of(panel: LatentPanel) -> IntervalsView:
    section = panel.sections["intervals"]
    assert isinstance(section, Intervals) and section.isVisible()
    return section.view


def test_each_example_stands_in_the_column_of_its_activation(
    qtbot: QtBot, services: Services, panel: LatentPanel
) -> None:
    view, stats, latent = view_of(panel), services.state.stats, services.state.selected
    assert stats is not None and latent is not None
    edges, step = stats.interval_edges(latent), view.rect_of(0).width() + 2
    chosen = stats.interval_examples[latent]
    assert [each.index for each in view.examples] == chosen[chosen >= 0].tolist()
    for place, example in enumerate(view.examples):
        column = view.rect_of(place).left() // step
        assert edges[column] - 1e-5 <= example.value <= edges[column + 1] + 1e-5
        assert view.place_at(QPointF(view.rect_of(place).center())) == place
        assert example.times == stats.copies[example.index]
    below = QPointF(5 * step + 3, view.height() - 3)
    told = f"activation {number(float(edges[5]))} to {number(float(edges[6]))}: "
    assert (
        view.tip_at(below)[0].startswith(told)
        and f"{stats.interval_counts[latent, 5]:,} im" in view.tip_at(below)[0]
    )
    labels = view.axis_labels(view.fontMetrics())
    assert len(labels) >= 3 and all(one[0] + one[1] <= other[0] for one, other in pairwise(labels))


def test_activations_stand_below_the_columns_at_equal_distances(
    services: Services, panel: LatentPanel
) -> None:
    view, stats, latent = view_of(panel), services.state.stats, services.state.selected
    assert stats is not None and latent is not None
    edges = stats.interval_edges(latent)
    distances = set()
    for width in range(180, 700, 20):
        view.resize(width, 330)
        labels = view.axis_labels(view.fontMetrics())
        assert all(one[0] + one[1] <= other[0] for one, other in pairwise(labels)), width
        distance = (len(edges) - 1) // (len(labels) - 1)
        texts = [text for _, _, text in labels]
        assert [float(text) for text in texts] == pytest.approx(edges[::distance].tolist(), abs=0.006), width
        assert len({len(text.partition(".")[2]) for text in texts}) == 1, texts
        distances.add(distance)
    assert {1, 2} <= distances


def test_pointing_marks_the_histogram_and_a_click_or_enter_makes_it_the_current_image(
    qtbot: QtBot, services: Services, panel: LatentPanel, digits: Dataset
) -> None:
    view, stats = view_of(panel), services.state.stats
    assert stats is not None
    chart = panel.sections["histogram"].chart
    shared = HistogramRange.of(stats.edges, stats.histogram)
    move(view, view.rect_of(7).center())
    qtbot.waitUntil(
        lambda: chart.second_marker == pytest.approx(log_place(shared.edges, view.examples[7].value))
    )
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect_of(7).center())
    example = view.examples[7]
    assert np.array_equal(services.state.image, digits.train_images[example.index])
    # What is copied, or drawn by an action, is the example that was pointed at last, in whichever section.
    assert panel._examples.pointed is not None and panel._examples.pointed[0] is example
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    for key, place in (
        (Qt.Key.Key_Right, PER_INTERVAL),
        (Qt.Key.Key_Down, PER_INTERVAL + 1),
        (Qt.Key.Key_Up, 5),
        (Qt.Key.Key_Left, 0),
    ):
        qtbot.keyClick(view, key)
        assert view.current == place
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert services.state.drawing.title == view.examples[0].title


def test_equal_images_are_one_example_that_says_how_many(services: Services, panel: LatentPanel) -> None:
    stats = services.state.stats
    assert stats is not None
    shown = stats.interval_examples
    latent = int(np.flatnonzero(((shown >= 0) & (shown < 10)).any(axis=(1, 2)))[0])
    services.state.select(latent)
    (first, *_) = [each for each in view_of(panel).examples if each.index < 10]
    assert first.times == 3 and first.badge == "× 3"
    assert "3 equal images, of which this is the first" in first.tip


def test_the_room_is_the_same_for_every_latent_and_while_it_is_measured(
    services: Services, panel: LatentPanel
) -> None:
    room = view_of(panel).geometry(), panel.sections["intervals"].geometry()
    state, stats = services.state, services.state.stats
    assert stats is not None and state.snapshot is not None
    services.state.hover(int(stats.density.argmin()))
    assert (view_of(panel).geometry(), panel.sections["intervals"].geometry()) == room
    services.state.set_snapshot(replace(state.snapshot, step=state.snapshot.step + 1))
    assert services.state.stats is None and not view_of(panel).examples
    assert panel.sections["intervals"].geometry() == room[1]
    assert len(stats.interval_edges(0)) == N_INTERVALS + 1
