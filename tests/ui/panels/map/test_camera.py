"""What part of a map is in sight, and how its points are painted."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.figures import class_marks
from saegui.ui.panels.map import dots
from saegui.ui.panels.map.camera import CLOSEST, Room, fitted
from saegui.ui.panels.map.cloud import log_ticks, ticks

ROOM = Room(10, 20, 200, 100)
X, Y = np.array([-1.0, 3.0]), np.array([0.0, 1.0])
WHITE, RED, BLUE = 0xFFFFFFFF, 0xFFFF0000, 0xFF0000FF


def test_the_whole_map_fills_the_room_and_equal_axes_have_one_scale() -> None:
    x, y = fitted(X, Y, ROOM, equal=False).to_screen(X, Y)
    assert (x.tolist(), y.tolist()) == ([10, 210], [120, 20])
    camera = fitted(X, Y, ROOM, equal=True)
    assert camera.x_scale == camera.y_scale == 50
    x, y = camera.to_screen(X, Y)
    assert (x.tolist(), y.tolist()) == ([10, 210], [95, 45])
    line = fitted(X, np.zeros(2), ROOM, equal=True)
    assert line.to_screen(X, np.zeros(2))[0].tolist() == [10, 210]
    assert fitted(np.zeros(1), np.zeros(1), ROOM, equal=True).to_screen(np.zeros(1), np.zeros(1))[0] == [110]


def test_the_place_under_the_pointer_stays_there_while_zooming() -> None:
    camera = fitted(X, Y, ROOM, equal=True)
    place = camera.to_map(60, 70)
    closer = camera.zoomed(2.5, 60, 70)
    assert closer.to_map(60, 70) == pytest.approx(place)
    assert closer.x_scale == 2.5 * camera.x_scale
    assert closer.zoomed(1e9, 60, 70).zoom == CLOSEST
    moved = closer.moved(5, -7).to_map(65, 63)
    assert moved == pytest.approx(place)


def test_dots_are_painted_where_they_lie_and_those_outside_are_left_out() -> None:
    x, y = np.array([10.0, 0.0, -5.0, 39.0, 100.0]), np.array([8.0, 0.0, 3.0, 19.0, 5.0])
    colours = np.array([RED, RED, BLUE, BLUE, BLUE], np.uint32)
    pixels = dots.picture(40, 20, WHITE, [dots.Layer(x, y, colours, 2.0)])
    assert pixels.shape == (20, 40)
    assert pixels[8, 10] == pixels[0, 0] == RED and pixels[19, 39] == BLUE
    assert (pixels[:, 20:35] == WHITE).all() and pixels[3, 0] == WHITE
    core, rim = dots.stamp("disc", 2.0)
    assert (pixels[4:13, 6:15] == RED).sum() == len(core)
    # A rim is softer than the core, a share of its colour on the ground.
    assert (pixels[4:13, 6:15] == dots.mixed(np.array([RED], np.uint32), WHITE, 0.45)[0]).sum() == len(rim)
    shapes = {shape: tuple(map(tuple, dots.stamp(shape, 4.0)[0].tolist())) for shape in class_marks.SHAPES}
    assert len(set(shapes.values())) == len(class_marks.SHAPES)
    later = dots.picture(
        9, 9, WHITE, [dots.Layer(x[:1] - 6, y[:1] - 4, c, 2.0) for c in (colours[:1], colours[2:3])]
    )
    assert later[4, 4] == BLUE


def test_ticks_are_round_numbers() -> None:
    assert ticks(0.13, 0.92, 5) == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert ticks(-3, 12, 4) == pytest.approx([0, 5, 10])
    assert ticks(1, 1, 4) == []
    assert 10 ** np.array(log_ticks(-2.6, -0.2, 9)) == pytest.approx([0.003, 0.01, 0.03, 0.1, 0.3])
    assert 10 ** np.array(log_ticks(-2.6, -0.2, 3)) == pytest.approx([0.01, 0.1])
