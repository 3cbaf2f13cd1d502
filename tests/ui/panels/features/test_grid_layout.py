"""Where tiles stand: a point leads to its place and back, and what fits is shown at once."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint

from saegui.ui.panels.features import grid_layout
from saegui.ui.panels.features.grid_layout import GAP, MAX_SIDE, MIN_SIDE, GridLayout

proportions = st.sampled_from([(1, 1), (12, 20), (20, 12), (2, 3), (1, 8), (8, 1)])
layouts = st.builds(
    GridLayout,
    count=st.integers(1, 5000),
    side=st.integers(MIN_SIDE, MAX_SIDE),
    width=st.integers(150, 2600),
    pair=st.booleans(),
    proportion=proportions,
)


@given(layout=layouts, data=st.data())
def test_a_tile_leads_to_itself_from_everywhere_inside_it(layout: GridLayout, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, layout.count - 1))
    rect = layout.rect(place)
    x = data.draw(st.integers(rect.left(), rect.right()))
    y = data.draw(st.integers(rect.top(), rect.bottom()))
    assert layout.place_at(QPoint(x, y)) == place
    assert layout.place_at(rect.center()) == place


@given(layout=layouts, x=st.integers(-50, 3000), y=st.integers(-50, 40_000))
def test_a_point_leads_to_a_tile_that_is_near_it_or_to_none(layout: GridLayout, x: int, y: int) -> None:
    place = layout.place_at(QPoint(x, y))
    if place is not None:
        assert 0 <= place < layout.count
        assert layout.rect(place).adjusted(-GAP, -GAP, GAP, GAP).contains(x, y)


@given(layout=layouts, data=st.data())
def test_tiles_never_touch_and_never_leave_the_width(layout: GridLayout, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, layout.count - 1))
    rect = layout.rect(place)
    assert rect.bottom() + GAP < layout.height
    assert rect.left() >= GAP
    if layout.cell_width + 2 * GAP <= layout.width:
        assert rect.right() + GAP <= layout.width
    ring = rect.adjusted(-GAP // 2, -GAP // 2, GAP // 2, GAP // 2)
    for other in (place + 1, place + layout.columns):
        if other < layout.count:
            assert not ring.intersects(layout.rect(other))


@given(layout=layouts, top=st.integers(0, 20_000), height=st.integers(1, 1500))
def test_the_rows_between_two_lines_are_exactly_those_that_touch(
    layout: GridLayout, top: int, height: int
) -> None:
    assume(top + height <= layout.height)
    rows = layout.rows_between(top, top + height - 1)
    for place in range(0, layout.count, layout.columns):
        rect = layout.rect(place)
        if rect.bottom() >= top and rect.top() < top + height:
            assert place // layout.columns in rows
    assert len(rows) <= height // layout.row_height + 2


@given(layout=layouts)
def test_pictures_make_up_the_tile(layout: GridLayout) -> None:
    pictures = layout.pictures(0)
    assert len(pictures) == (2 if layout.pair else 1)
    assert all(picture.size() == layout.tile for picture in pictures)
    assert max(layout.tile.width(), layout.tile.height()) == layout.side
    tall, wide = layout.proportion
    assert abs(layout.tile.width() * tall - layout.tile.height() * wide) <= max(tall, wide)
    assert pictures[0].united(pictures[-1]) == layout.rect(0)


@given(
    count=st.integers(1, 3000),
    width=st.integers(300, 2600),
    height=st.integers(200, 1400),
    pair=st.booleans(),
    proportion=proportions,
)
def test_fitted_tiles_are_about_the_largest_that_show_all(
    count: int, width: int, height: int, pair: bool, proportion: tuple[int, int]
) -> None:
    layout = grid_layout.fitted(count, width, height, 10, pair=pair, proportion=proportion)
    assert layout.proportion == proportion

    def of(side: int) -> GridLayout:
        return GridLayout(count, side, width, pair, proportion=proportion)

    assert MIN_SIDE <= layout.side <= MAX_SIDE
    if layout.height <= height:
        larger = of(layout.side + 1)
        too_wide = larger.cell_width + 2 * GAP > width
        if layout.side < MAX_SIDE and larger.height <= height and not too_wide:
            # Only for a fuller last row.
            assert fullness(layout) > fullness(larger)
            much_larger = of(int(layout.side / grid_layout.WORTH) + 1)
            too_wide = much_larger.cell_width + 2 * GAP > width
            assert much_larger.side > MAX_SIDE or much_larger.height > height or too_wide
    else:
        assert of(MIN_SIDE).height > height
        # Scrolled tiles fill the width that the scroll bar leaves.
        left = layout.width - layout.rect(layout.columns - 1).right() - 1
        assert layout.width == width - 10
        assert left <= GAP + 2 * layout.columns


def fullness(layout: GridLayout) -> float:
    return len(layout.places_in(layout.rows - 1)) / layout.columns


def test_the_last_row_is_full_where_tiles_stay_nearly_as_large() -> None:
    for width, height in ((1270, 1200), (1580, 1240), (526, 560), (350, 500), (640, 640), (900, 600)):
        layout = grid_layout.fitted(64, width, height, 10)
        assert layout.height <= height
        assert len(layout.places_in(layout.rows - 1)) > 1 and fullness(layout) >= 0.5, (width, height)
    assert fullness(grid_layout.fitted(64, 1580, 1240, 10)) == 1


@given(
    count=st.integers(4, 600),
    side=st.integers(MIN_SIDE, 200),
    width=st.integers(350, 2600),
    height=st.integers(200, 1400),
)
def test_tiles_of_a_chosen_size_use_the_width_and_leave_no_tile_alone_where_that_can_be(
    count: int, side: int, width: int, height: int
) -> None:
    layout = grid_layout.sized(count, side, width, height, 10)
    assert layout.side == side
    gaps = layout.rect(1).left() - layout.rect(0).right() - 1
    right = layout.rect(layout.columns - 1).right()
    if layout.rows > 1 and layout.columns > 1 and gaps < GAP + side // 2:
        assert (
            layout.rect(0).left() <= GAP + layout.columns and right >= layout.width - GAP - layout.columns - 1
        )
    plain = GridLayout(count, side, layout.width)
    assert fullness(layout) >= fullness(plain) or layout.rows == plain.rows
    # A column fewer, at most: evenly filled rows are worth that.
    assert layout.columns >= plain.columns - 2 or layout.rows <= plain.rows + 1


def test_sixty_four_tiles_fill_the_space_of_either_screen() -> None:
    small = grid_layout.fitted(64, 586, 520, 10)
    assert (small.columns, small.rows) == (8, 8)
    large = grid_layout.fitted(64, 1680, 1130, 10)
    assert large.side > 140
    pairs = grid_layout.fitted(64, 1680, 1130, 10, pair=True)
    assert (pairs.columns, pairs.rows) == (8, 8)


def test_a_step_over_an_edge_stays_and_a_page_stops_at_the_end() -> None:
    layout = GridLayout(10, 40, 4 * 44 + GAP)
    assert layout.columns == 4
    assert layout.moved(0, -1) == 0
    assert layout.moved(1, -4) == 1
    assert layout.moved(7, 4) == 7
    assert layout.moved(5, 4) == 9
    assert layout.moved(2, 400) == 9
    assert layout.moved(7, -400) == 0


def test_a_chosen_size_makes_room_for_the_scroll_bar_only_where_it_scrolls() -> None:
    assert grid_layout.sized(10, 60, 400, 400, 10).width == 400
    assert grid_layout.sized(500, 60, 400, 400, 10).width == 390


def test_two_hundred_and_fifty_six_tiles_use_the_height_of_a_large_screen() -> None:
    large = grid_layout.fitted(256, 1507, 1236, 10)
    assert (large.columns, large.rows) == (16, 16)
    assert 1150 < large.height <= 1236
