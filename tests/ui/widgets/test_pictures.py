"""Inputs and weights of every kind of shape as pictures: proportions, colours, plots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from saegui.core import data
from saegui.core.arrays import Shape
from saegui.core.config.schema import make
from saegui.core.data import Source
from saegui.core.model.snapshot import Snapshot
from saegui.core.training.trainer import Trainer
from saegui.ui.theme.colour_map import colour_channels
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import DARK, LIGHT, Tokens
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import (
    NARROWEST,
    Shades,
    fitted,
    ink_image,
    paint_ink_plot,
    paint_weight_plot,
    proportions,
    shades_of,
    shared_scale,
    size_in,
    weight_image,
    whole,
    zero_in_words,
)
from tests.made_up import GREY, SIGNED, added

sides = st.integers(1, 400)
shapes = st.one_of(
    st.tuples(sides, sides), st.tuples(sides, sides, st.just(3)), st.tuples(st.integers(1, 5000))
)


@given(shape=shapes, width=st.integers(10, 900), height=st.integers(10, 900))
def test_a_picture_lies_in_its_room_and_keeps_its_proportions(shape: Shape, width: int, height: int) -> None:
    room = QRect(7, 11, width, height)
    place = fitted(shape, room)
    assert room.contains(place)
    tall, wide = proportions(shape)
    assert max(tall, wide) <= NARROWEST * min(tall, wide)
    # To a pixel.
    assert abs(place.width() * tall - place.height() * wide) <= max(tall, wide)
    larger = size_in((tall, wide), max(place.width(), place.height()) + NARROWEST + 1)
    assert larger.width() > width or larger.height() > height


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((28, 28), (56, 56)),
        ((12, 20), (56, 34)),
        ((20, 12, 3), (34, 56)),
        ((30,), (56, 37)),
        ((1, 100), (56, 7)),
    ],
)
def test_the_longer_side_has_the_side_that_was_asked_for(shape: Shape, size: tuple[int, int]) -> None:
    found = size_in(proportions(shape), 56)
    assert (found.width(), found.height()) == size


def test_pixels_are_equally_large_where_that_costs_little() -> None:
    assert [whole(28, shape) for shape in ((28, 28), (12, 20), (6, 8, 3), (30,), (64, 64))] == [
        28,
        20,
        24,
        28,
        28,
    ]


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_zero_of_a_colour_picture_s_weights_is_mid_grey_and_a_channel_goes_both_ways(tokens: Tokens) -> None:
    weights = np.zeros((2, 3, 3), np.float32)
    weights[0, 1] = [0.5, -0.5, 0]
    weights[1, 2] = [2, 0.25, -2]
    picture = weight_image(weights, 0.5, tokens)
    assert (picture.width(), picture.height()) == (3, 2)
    assert picture.pixelColor(0, 0) == QColor(128, 128, 128)
    assert picture.pixelColor(1, 0) == QColor(255, 0, 128)
    assert picture.pixelColor(2, 1) == QColor(255, 191, 0)
    assert "Mid grey is zero" in zero_in_words(weights.shape)


def test_each_tile_can_have_its_own_scale_in_colour() -> None:
    weights = np.ones((2, 1, 1, 3), np.float32)
    weights[1] = 0.25
    scales = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    assert (colour_channels(weights, scales)[..., :3] == 255).all()
    assert (colour_channels(np.zeros_like(weights), np.zeros_like(scales))[..., :3] == 128).all()


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_an_image_in_colour_is_shown_in_its_colours_in_both_themes(tokens: Tokens) -> None:
    image = np.array([[[255, 0, 10], [1, 2, 3]]], np.uint8)
    picture = ink_image(image, tokens)
    assert picture.pixelColor(0, 0) == QColor(255, 0, 10)
    assert picture.pixelColor(1, 0) == QColor(1, 2, 3)
    again = ink_image((image / 255).astype(np.float32), tokens)
    assert again == picture
    assert ink_image(np.full((1, 1, 3), 1.5, np.float32), tokens).pixelColor(0, 0) == QColor(255, 255, 255)


def painted(paint: object, width: int = 90, height: int = 60) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint(painter, QRectF(0, 0, width, height))  # type: ignore[operator]
    painter.end()
    return image


def hue(image: QImage, x: int, y: int) -> str:
    """Of more than the middle of either map, which is a dark brown where the window is dark."""
    colour = image.pixelColor(x, y)
    return (
        "red"
        if colour.red() > colour.blue() + 20
        else "blue"
        if colour.blue() > colour.red() + 12
        else "grey"
    )


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_a_vector_s_weights_are_a_line_that_is_red_above_zero_and_blue_below(tokens: Tokens) -> None:
    values = np.array([1, 1, 1, -1, -1, -1], np.float32)
    image = painted(lambda painter, room: paint_weight_plot(painter, room, values, 1.0, tokens))
    assert [hue(image, 25, y) for y in (15, 45)] == ["red", "grey"]
    assert [hue(image, 65, y) for y in (15, 45)] == ["grey", "blue"]
    # Half as strong: half as high.
    image = painted(lambda painter, room: paint_weight_plot(painter, room, values, 2.0, tokens))
    assert [hue(image, 25, y) for y in (8, 22)] == ["grey", "red"]


def test_a_vector_of_very_many_values_keeps_its_extremes() -> None:
    values = np.zeros(50_000, np.float32)
    values[12_345] = 1
    image = painted(lambda painter, room: paint_weight_plot(painter, room, values, 1.0, LIGHT))
    column = round(12_345 / 50_000 * 90)
    assert any(hue(image, x, 12) == "red" for x in range(column - 2, column + 3))
    assert hue(image, column + 8, 12) == "grey"


@pytest.mark.parametrize("values", [np.array([200], np.uint8), np.zeros(3, np.uint8), np.ones(2, np.float32)])
def test_short_and_flat_vectors_can_be_painted(values: np.ndarray) -> None:  # type: ignore[type-arg]
    painted(lambda painter, room: paint_ink_plot(painter, room, values, LIGHT))
    painted(lambda painter, room: paint_weight_plot(painter, room, values.astype(np.float32), 0.0, LIGHT))


@pytest.mark.parametrize("shape", [(12, 20), (6, 8, 3), (30,), (21, 21)])
def test_a_shared_scale_looks_at_all_places_of_a_tile(shape: Shape) -> None:
    # As many weights as a scale is not taken from all of them; one place of the tile holds the only large ones.
    count = 400_000 // int(np.prod(shape)) + 1
    for place in (0, int(np.prod(shape)) - 1):
        weights = np.zeros((count, int(np.prod(shape))), np.float32)
        weights[:, place] = 3
        found = shared_scale(weights.reshape(count, *shape))
        share = 1 / np.prod(shape)
        assert found == (3 if share > 0.005 else 0)


def test_a_view_keeps_the_proportions_of_what_it_shows(qtbot: QtBot, theme: Theme) -> None:
    view = PictureView(theme, 168)
    qtbot.addWidget(view)
    for shape, size in (
        ((28, 28), (168, 168)),
        ((12, 20), (168, 101)),
        ((8, 6, 3), (126, 168)),
        ((30,), (168, 112)),
    ):
        view.show_weights(np.ones(shape, np.float32), 1.0)
        assert (view.sizeHint().width(), view.sizeHint().height()) == size
        view.resize(168, 168)
        frame = view.frame()
        assert (round(frame.width() + 1), round(frame.height() + 1)) == size
        assert frame.center().x() == pytest.approx(84, abs=0.6)
        view.grab()
        view.show_ink(np.full(shape, 9, np.uint8))
        view.grab()
    view.clear()
    assert view.picture is None and view.values is None


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_photographs_keep_their_greys_and_ink_follows_the_theme(tokens: Tokens) -> None:
    bytes_ = np.array([[0, 255]], np.uint8)
    photograph = ink_image(bytes_, tokens, Shades(ink=False))
    assert [photograph.pixelColor(x, 0).name() for x in (0, 1)] == ["#000000", "#ffffff"]
    ink = ink_image(bytes_, tokens)
    assert [ink.pixelColor(x, 0) for x in (0, 1)] == [QColor(tokens.paper), QColor(tokens.ink)]


def test_numbers_are_drawn_over_their_span() -> None:
    shown = ink_image(np.array([[-9.0, -2.0, 0.0, 2.0]], np.float32), LIGHT, Shades((-2, 2), ink=False))
    assert [shown.pixelColor(x, 0).red() for x in range(4)] == [0, 0, 128, 255]


def test_what_a_model_reads_is_drawn_as_its_data_set_says(made_up: None) -> None:
    with added(SIGNED):
        signed = snapshot_of(SIGNED)
        assert shades_of(signed) == Shades(signed.span, ink=False)
        assert signed.span[0] < 0
        assert shades_of(snapshot_of(GREY)) == shades_of(None) == Shades()


def snapshot_of(source: Source) -> Snapshot:
    config = make({"dataset": source.info.name, "n_latents": 4, "k": 2})
    return Trainer(config, data.load(source.info.name)).snapshot()
