"""How inputs of each shape are drawn: sizes, colours, plots, and their columns in tables."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from saegui.core.arrays import Shape
from saegui.core.figures import paper, tiles
from saegui.core.figures.paper import Page
from saegui.core.figures.tiles import Tile


def painted(tile: Tile, values: np.ndarray, limit: float | None = None) -> np.ndarray:
    """The device pixels of a tile in the corner of an empty page."""
    with paper.style():
        page = Page(200, 200)
        if limit is None:
            tile.plain(page, values, 0, 0)
        else:
            tile.signed(page, values, limit, 0, 0)
        buffer = io.BytesIO()
        page.figure.savefig(buffer, format="png", dpi=paper.DPI)
    with Image.open(buffer) as image:
        return np.asarray(image.convert("RGB"))[: tile.height, : tile.width]


def test_columns_are_named_by_row_column_and_channel() -> None:
    assert tiles.columns((2, 3)) == ("y0x0", "y0x1", "y0x2", "y1x0", "y1x1", "y1x2")
    assert tiles.columns((1, 2, 3)) == ("y0x0r", "y0x0g", "y0x0b", "y0x1r", "y0x1g", "y0x1b")
    assert tiles.columns((3,)) == ("x0", "x1", "x2")


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (3,)])
def test_cells_are_in_the_order_of_their_columns(shape: Shape) -> None:
    values = np.arange(np.prod(shape)).reshape(shape)
    assert tiles.cells(values) == list(range(len(tiles.columns(shape))))


@pytest.mark.parametrize(
    ("shape", "size"),
    [((28, 28), (168, 168)), ((12, 20), (96, 160)), ((20, 12, 3), (160, 96)), ((7,), (112, 168))],
)
def test_a_tile_keeps_the_proportions_of_its_input(shape: Shape, size: tuple[int, int]) -> None:
    tile = Tile.within(shape, 168)
    assert (tile.height, tile.width) == size


def test_every_value_of_a_picture_is_a_square_of_whole_pixels() -> None:
    values = np.linspace(0, 255, 6).astype(np.uint8).reshape(2, 3)
    tile = Tile.within((2, 3), 30)
    assert np.array_equal(painted(tile, values)[..., 0], values.repeat(10, 0).repeat(10, 1))


def test_a_picture_in_colour_has_its_own_colours() -> None:
    values = np.array([[[255, 0, 0], [0, 128, 255]]], np.uint8)
    assert painted(Tile((1, 2, 3), 1), values).tolist() == values.tolist()


def test_weights_in_colour_are_half_plus_weight_over_twice_the_limit() -> None:
    weights = np.array([[[0.0, 0.2, -0.2], [0.4, -0.4, 9.0]]], np.float32)
    expected = np.rint(255 * np.clip(0.5 + weights / (2 * 0.4), 0, 1))
    assert painted(Tile((1, 2, 3), 1), weights, 0.4).tolist() == expected.tolist()


def test_a_vector_is_a_line_through_its_values_with_a_line_at_zero() -> None:
    """Twelve values of 0.5 and twelve of −0.5 on a scale from −1 to 1: at a quarter and at three quarters of the height."""
    values = np.repeat([0.5, -0.5], 12)
    tile = Tile((24,), 10)
    dark = (painted(tile, values, 1.0).astype(int).sum(-1)).argmin(0) / tile.height
    assert dark[20:110] == pytest.approx(0.25, abs=0.02)
    assert dark[130:220] == pytest.approx(0.75, abs=0.02)
    zero = painted(tile, values, 1.0)[:, 40].astype(int).sum(-1)
    assert zero[tile.height // 2 - 2 : tile.height // 2 + 2].min() < 700
    assert zero[tile.height // 2 + 8 : -8].min() == 3 * 255


@pytest.mark.parametrize("count", [1, 2, 24, 5000])
def test_vectors_of_any_length_are_drawn_from_edge_to_edge(count: int) -> None:
    dark = painted(Tile((count,), 4), np.zeros(count), 1.0).astype(int).sum(-1).argmin(0)
    assert set(dark.tolist()) <= {31, 32}


def test_a_picture_with_more_pixels_than_there_is_room_is_averaged() -> None:
    values = np.zeros((60, 100), np.float32)
    values[:, ::2] = 1
    tile = Tile.within((60, 100), 50)
    assert (tile.height, tile.width) == (30, 50)
    assert set(painted(tile, values)[..., 0].ravel().tolist()) == {128}
    assert "averaged" in " ".join(tiles._notes(tile, 1.0))


def test_a_row_of_pixels_is_drawn_high_enough_to_be_seen() -> None:
    tile = Tile.within((1, 80), 160)
    assert (tile.height, tile.width) == (20, 160)
    assert np.array_equal(painted(tile, np.full((1, 80), 255, np.uint8)), np.full((20, 160, 3), 255))


def test_compared_vectors_are_plotted_over_all_their_values_and_zero() -> None:
    plot = Tile.within((2,), 40)
    assert tiles.span_of(plot, (-3, 3), np.array([0.2, 0.5]), np.array([0.1, 0.9])) == (0.0, 0.9)
    assert tiles.span_of(plot, (-3, 3), np.array([-0.25]), np.array([0.0])) == (-0.25, 0.0)
    assert tiles.span_of(plot, (-3, 3), np.zeros(3)) == (0.0, 1.0)
    assert tiles.span_of(Tile.within((2, 2), 40), (-3, 3), np.ones((2, 2))) == (-3, 3)


def test_numbers_that_are_no_pixels_are_not_called_pixels() -> None:
    assert tiles.unit((28, 28), (0, 1)) == "pixels in [0, 1]"
    assert tiles.unit((30,), (0, 1)) == "values in [0, 1]"
    assert tiles.unit((12, 12), (-3, 3)) == "in the unit of the data"


def test_pictures_of_numbers_go_from_black_to_white_over_their_span() -> None:
    values = np.array([[-3.0, 0.0], [3.0, 9.0]])
    np.testing.assert_array_equal(paper.grey(tiles._shares(values, (-3, 3)))[..., 0], [[0, 128], [255, 255]])
    kept = np.array([[0, 128]], np.uint8)
    assert tiles._shares(kept, (-3, 3)) is kept
