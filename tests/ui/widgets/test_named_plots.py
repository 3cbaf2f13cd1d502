"""Vectors whose numbers have names: bars beside the names, where there is room; names where the mouse points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS
from saegui.core.figures import Subject, draw
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import LIGHT
from saegui.ui.widgets.named_plots import fits, paint_named, row_at
from saegui.ui.widgets.picture_view import PictureView
from tests.made_up import train_on

NAMES = ("length", "width", "weight", "age")
VALUES = np.array([1.0, -0.5, 0.0, 0.25], np.float32)


def painted(values: np.ndarray, *, signed: bool, over: bool = False) -> QImage:
    image = QImage(200, 80, QImage.Format.Format_RGB32)
    image.fill(QColor("lime"))
    painter = QPainter(image)
    paint_named(painter, QRectF(0, 0, 200, 80), values, (-1.0, 1.0), NAMES, LIGHT, signed=signed, over=over)
    painter.end()
    return image


def columns(image: QImage, y: int, colour: str) -> list[int]:
    return [x for x in range(image.width()) if image.pixelColor(x, y) == QColor(colour)]


def test_a_bar_goes_from_zero_to_its_value_in_the_row_of_its_name(qtbot: QtBot) -> None:
    image = painted(VALUES, signed=True)
    plus, minus = LIGHT.positive, LIGHT.negative
    first, second, fourth = columns(image, 10, plus), columns(image, 30, minus), columns(image, 70, plus)
    assert len(first) > 2 * len(second) - 4 > 20, "twice as long"
    assert len(first) == pytest.approx(4 * len(fourth), abs=6)
    assert max(second) <= min(first) and min(first) == pytest.approx(min(fourth), abs=2), "both begin at zero"
    assert not columns(image, 50, plus) and not columns(image, 50, minus)
    # Names stand left of the bars.
    text = [x for x in range(min(second)) for y in range(20) if image.pixelColor(x, y).lightness() < 110]
    assert text
    over = painted(VALUES, signed=True, over=True)
    assert columns(over, 10, plus) and columns(over, 10, "lime"), "on what is there already"


def test_there_is_room_or_a_line_is_drawn() -> None:
    assert fits(QRectF(0, 0, 100, 40), NAMES) and not fits(QRectF(0, 0, 100, 39), NAMES)
    assert not fits(QRectF(0, 0, 60, 400), NAMES) and not fits(QRectF(0, 0, 500, 5000), ["x"] * 25)
    assert not fits(QRectF(0, 0, 100, 400), ())
    tall, flat = QRectF(0, 0, 100, 40), QRectF(0, 0, 100, 20)
    assert [row_at(tall, NAMES, QPointF(50, y)) for y in (1, 11, 39)] == [0, 1, 3]
    assert [row_at(flat, NAMES, QPointF(x, 10)) for x in (1, 30, 99)] == [0, 1, 3]
    assert row_at(flat, NAMES, QPointF(101, 10)) is None and row_at(flat, (), QPointF(1, 1)) is None


def test_the_name_and_value_are_said_where_the_mouse_points(qtbot: QtBot, theme: Theme) -> None:
    view = PictureView(theme)
    qtbot.addWidget(view)
    view.setToolTip("What it is.")
    view.resize(120, 80)
    view.show()
    view.show_weights(VALUES, 1.0, NAMES)
    frame = view.frame()
    at = QPointF(frame.center().x(), frame.top() + frame.height() * 0.3)
    assert view.number_at(at) == "width: -0.5"
    QApplication.sendEvent(
        view, QHelpEvent(QEvent.Type.ToolTip, at.toPoint(), view.mapToGlobal(QPoint(1, 1)))
    )
    assert QToolTip.text() == "width: -0.5\nWhat it is."
    QToolTip.hideText()
    view.show_weights(VALUES, 1.0)
    assert view.number_at(at) == "", "they have no names"
    view.show_weights(np.zeros((3, 4), np.float32), 1.0, NAMES)
    assert view.number_at(at) == "", "a picture's pixels have none"


def named(count: int) -> Dataset:
    """Rows of ``count`` numbers with names."""
    rows = np.random.default_rng(0).normal(size=(60, count)).astype(np.float32)
    labels = np.zeros(60, np.uint8)
    axes = tuple(f"column {place}" for place in range(count))
    return Dataset(
        "made-up-vector", "Fruit", rows[:50], labels[:50], rows[50:], labels[50:], NO_LABELS, axes=axes
    )


@pytest.mark.parametrize(("count", "drawn"), [(4, True), (12, True), (30, False)])
def test_figures_have_the_names_beside_the_bars(count: int, drawn: bool, made_up: None) -> None:
    dataset = named(count)
    W = np.random.default_rng(1).normal(size=(3, count)).astype(np.float32)
    zeros = np.zeros
    config = RunConfig(dataset="made-up-vector", n_latents=3, k=2)
    model = Snapshot(
        config, 1, 1.0, W.T.copy(), zeros(3, np.float32), W, zeros(count, np.float32), zeros(3, np.float32)
    )
    model = replace(model, shape=(count,))
    subject = Subject("run", model, dataset=dataset, stats=analyse(model, dataset), latent=0)
    texts = [text.get_text() for text in draw("latent", subject).figure.texts]
    # Twice: of the encoder and of the decoder.
    assert texts.count("column 0") == texts.count(f"column {count - 1}") == (2 if drawn else 0)
    pattern = draw("activation-pattern", replace(subject, drawing=dataset.test_images[0])).figure.texts
    # Of the input, the reconstruction and the error, which are lower.
    assert [text.get_text() for text in pattern].count("column 0") == (3 if count == 4 else 0)


def test_the_sheet_shows_the_names_of_a_row(
    made_up: None, services: Services, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    dataset = named(4)
    path = train_on(dataset, tmp_path / "run", n_latents=8, k=2, epochs=1)
    services.library.open(path)
    services.state.set_dataset(dataset)
    panel = DrawPanel(services, theme)
    qtbot.addWidget(panel)
    panel.resize(460, 340)
    panel.show()
    services.state.set_image(dataset.test_images[0], "row 0")
    with_names = panel.canvas.grab().toImage()
    sees = panel.stage.sees
    assert sees.number_at(QPointF(sees.rect().center())).startswith("column ")
    services.state.set_dataset(replace(dataset, axes=()))
    assert sees.number_at(QPointF(sees.rect().center())) == ""
    assert panel.canvas.grab().toImage() != with_names
