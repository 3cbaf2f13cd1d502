"""The feature grid with real events: what is clicked, typed and drawn is what lights up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.settings import ThemeName
from saegui.app.sort_keys import HEAVY
from saegui.app.state import Phase
from saegui.core.analysis.latent_order import Sort
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.writer import RunWriter
from saegui.ui.panels.features import grid_marks
from saegui.ui.panels.features.grid import FeatureGrid
from saegui.ui.panels.features.grid_layout import NUMBERED_FROM
from saegui.ui.panels.features.grid_marks import FAINTEST, active_colour
from saegui.ui.panels.features.grid_order import DRAWING_MS
from saegui.ui.panels.features.tile_rows import GridShow
from saegui.ui.theme.theme import Theme
from tests.mnist_shape import D_IN
from tests.pointer import move

SORTS = get_args(Sort)
SHOWS = get_args(GridShow)
THEMES: tuple[ThemeName, ...] = ("light", "dark")
LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def make_snapshot(F: int = 64, *, dead: int = 0, seed: int = 0, epoch: float = 5.0) -> Snapshot:
    """Random weights; the ``dead`` latents are scattered among the others."""
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((F, D_IN), dtype=np.float32) / np.float32(10)
    density = rng.uniform(0.01, 1, F).astype(np.float32)
    density[rng.permutation(F)[:dead]] = 0
    zeros = np.zeros(F, np.float32)
    config = RunConfig(n_latents=F, k=min(10, F))
    W_enc = rng.standard_normal((D_IN, F), dtype=np.float32) / np.float32(20)
    return Snapshot(config, 100 + seed, epoch, W_enc, zeros, W, np.zeros(D_IN, np.float32), density)


def drawing(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (28, 28)).astype(np.uint8)


@pytest.fixture
def grid(qtbot: QtBot, services: Services, theme: Theme) -> Iterator[FeatureGrid]:
    """A grid in a window, with room around it that the pointer can leave to."""
    host = QWidget()
    layout = QVBoxLayout(host)
    layout.setContentsMargins(30, 30, 30, 30)
    made = FeatureGrid(services, theme)
    layout.addWidget(made)
    host.resize(660, 660)
    qtbot.addWidget(host)
    services.state.set_snapshot(make_snapshot())
    with qtbot.waitExposed(host):
        host.show()
    # The pointer may still rest where the test before left it; over the grid it would hold the tiles.
    move(host, QPoint(10, 10))
    move(host, QPoint(5, 5))
    made.setFocus(Qt.FocusReason.MouseFocusReason)
    yield made
    services.state.set_phase("idle")


@pytest.fixture
def click(qtbot: QtBot, grid: FeatureGrid) -> Callable[[int], None]:
    def press(latent: int) -> None:
        qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.tile_rect(latent).center())

    return press


def picture(grid: FeatureGrid) -> QImage:
    return grid.viewport().grab().toImage()


def tile(grid: FeatureGrid, latent: int) -> QImage:
    return picture(grid).copy(grid.tile_rect(latent))


def corner(rect: QRect) -> QPoint:
    """On the frame of a tile, left of its middle."""
    return QPoint(rect.left() - 1, rect.center().y())


# -- clicking and keys -------------------------------------------------------------------------------------


def test_a_click_selects_and_a_second_one_deselects(
    grid: FeatureGrid, services: Services, click: Callable[[int], None]
) -> None:
    click(17)
    assert services.state.selected == 17
    click(40)
    assert services.state.selected == 40
    click(40)
    assert services.state.selected is None


def test_a_click_beside_the_tiles_selects_none(qtbot: QtBot, grid: FeatureGrid, services: Services) -> None:
    services.state.select(3)
    qtbot.mouseClick(grid.viewport(), LEFT, pos=QPoint(2, grid.viewport().height() - 2))
    assert services.state.selected is None


def test_arrows_home_end_and_pages_walk_in_the_order_shown(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    order, columns = grid.order.latents, grid.places.columns
    walk = [
        (KEY.Key_Right, 0),
        (KEY.Key_Right, 1),
        (KEY.Key_Down, 1 + columns),
        (KEY.Key_Left, columns),
        (KEY.Key_Up, 0),
        (KEY.Key_Up, 0),
        (KEY.Key_End, 63),
        (KEY.Key_Right, 63),
        (KEY.Key_PageUp, 0),
        (KEY.Key_PageDown, 63),
        (KEY.Key_Home, 0),
    ]
    for key, place in walk:
        qtbot.keyClick(grid, key)
        assert services.state.selected == order[place], key
    qtbot.keyClick(grid, KEY.Key_Escape)
    assert services.state.selected is None


def test_a_typed_number_selects_with_enter_or_after_a_rest(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    qtbot.keyClicks(grid, "42")
    assert services.state.selected is None
    qtbot.keyClick(grid, KEY.Key_Return)
    assert services.state.selected == 42
    with qtbot.waitSignal(services.state.selection_changed, timeout=60_000):
        qtbot.keyClicks(grid, "7")
    assert services.state.selected == 7


def test_escape_abandons_a_typed_number_and_keeps_the_selection(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    services.state.select(5)
    qtbot.keyClicks(grid, "12")
    qtbot.keyClick(grid, KEY.Key_Escape)
    qtbot.keyClick(grid, KEY.Key_Return)
    assert services.state.selected == 5


def test_a_number_that_is_no_latent_says_which_there_are(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    services.state.select(5)
    with qtbot.waitSignal(services.state.notice) as told:
        qtbot.keyClicks(grid, "64")
        qtbot.keyClick(grid, KEY.Key_Return)
    assert told.args == ["warn", "There is no latent #64; choose one from #0 to #63.", "latent"]
    assert services.state.selected == 5


def test_a_selection_from_elsewhere_scrolls_into_view(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    services.state.set_snapshot(make_snapshot(4096))
    last = int(grid.order.latents[-1])
    assert not grid.viewport().rect().intersects(grid.tile_rect(last))
    services.state.select(last)
    qtbot.waitUntil(lambda: grid.viewport().rect().contains(grid.tile_rect(last)))
    place = grid.verticalScrollBar().value()
    services.state.select(int(grid.order.latents[-2]))
    assert grid.verticalScrollBar().value() == place, "what is in view already does not scroll"


def test_another_run_begins_at_the_first_tiles_and_news_of_one_run_scroll_nothing(
    grid: FeatureGrid, services: Services, tmp_path: Path
) -> None:
    model = make_snapshot(4096)
    runs = [RunWriter(tmp_path / name, model.config).run for name in ("a", "b")]
    services.state.set_run(runs[0], model, History())
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum())
    end = bar.value()
    assert end > 0
    services.state.update_run(runs[0])
    services.state.set_snapshot(make_snapshot(4096, seed=1))
    assert bar.value() == end
    services.state.set_run(runs[1], make_snapshot(4096, seed=2), History())
    assert bar.value() == 0
    bar.setValue(end)
    services.state.select(int(grid.order.latents[-1]))
    services.state.set_run(runs[0], model, History())
    selected = services.state.selected
    assert selected is not None
    grid._scrolling.setCurrentTime(grid._scrolling.duration())
    assert grid.viewport().rect().intersects(grid.tile_rect(selected)), "what is compared stays in view"


# -- order -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
def test_dead_latents_are_last_in_every_order(grid: FeatureGrid, services: Services, sort: Sort) -> None:
    services.state.set_snapshot(make_snapshot(65, dead=20, seed=1))
    services.state.set_image(drawing(), "")
    grid.set_sort(sort)
    dead = grid.order.dead[grid.order.latents]
    assert dead.tolist() == [False] * 45 + [True] * 20


def test_sorted_by_activation_the_tiles_follow_the_pen(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    grid.set_sort("activation")
    for seed in (1, 2):
        services.state.set_image(drawing(seed), "")
        code = services.state.code
        assert code is not None
        with qtbot.waitSignal(grid.order.changed):
            pass
        assert grid.order.latents[: code.l0].tolist() == code.active.tolist()


def test_by_density_the_pen_moves_no_tile(grid: FeatureGrid, services: Services) -> None:
    before = grid.order.latents
    services.state.set_image(drawing(), "")
    assert grid.order.latents is before
    assert not grid.order._timer.isActive()


@pytest.mark.parametrize("phase", ["training", "idle"])
def test_other_weights_of_a_run_move_no_tile_until_asked(
    qtbot: QtBot, grid: FeatureGrid, services: Services, phase: Phase
) -> None:
    services.state.set_phase(phase)
    before = grid.order.latents
    moved = QSignalSpy(grid.order.changed)
    assert not grid.order.stale
    with qtbot.waitSignal(grid.order.stale_changed):
        services.state.set_snapshot(make_snapshot(seed=1))
    services.state.set_snapshot(make_snapshot(seed=2))
    for end in ("training", "paused", "training", "idle"):
        services.state.set_phase(end)
    assert not any(timer.isActive() for timer in grid.order.findChildren(QTimer)), "nothing is to come"
    assert grid.order.latents is before
    assert moved.count() == 0
    assert grid.order.stale
    grid.set_sort(grid.order.sort)
    assert not grid.order.stale
    assert (np.diff(services.state.density[grid.order.latents]) <= 0).all()  # type: ignore[index]


def test_sorted_by_activation_other_weights_of_a_run_move_no_tile(
    grid: FeatureGrid, services: Services
) -> None:
    services.state.set_image(drawing(1), "")
    grid.set_sort("activation")
    grid.order.apply()
    before = grid.order.latents
    services.state.set_snapshot(make_snapshot(seed=1))
    assert grid.order.latents is before
    assert grid.order.stale


def test_nothing_moves_under_the_pointer(qtbot: QtBot, grid: FeatureGrid, services: Services) -> None:
    grid.set_sort("activation")
    move(grid.viewport(), grid.tile_rect(20).center())
    before = grid.order.latents
    services.state.set_image(drawing(1), "")
    [due] = [timer for timer in grid.order.findChildren(QTimer) if timer.interval() == DRAWING_MS]
    qtbot.waitUntil(lambda: not due.isActive())
    assert grid.order.latents is before
    with qtbot.waitSignal(grid.order.changed):
        move(grid.parentWidget(), QPoint(5, 5))
    code = services.state.code
    assert code is not None
    assert grid.order.latents[: code.l0].tolist() == code.active.tolist()


def test_another_run_is_sorted_at_once(
    qtbot: QtBot, grid: FeatureGrid, services: Services, tmp_path: Path
) -> None:
    move(grid.viewport(), grid.tile_rect(20).center())
    snapshot = make_snapshot(seed=1)
    services.state.set_run(RunWriter(tmp_path / "run", snapshot.config).run, snapshot, History())
    assert (np.diff(snapshot.density[grid.order.latents]) <= 0).all()


# -- what is painted ---------------------------------------------------------------------------------------


def test_active_latents_and_only_they_have_the_amber_frame(
    grid: FeatureGrid, services: Services, theme: Theme
) -> None:
    services.state.set_image(drawing(), "")
    code, image = services.state.code, picture(grid)
    assert code is not None
    assert code.l0 == 10
    strongest = code.z.max()
    for latent in range(64):
        colour = image.pixelColor(corner(grid.tile_rect(latent)))
        if code.z[latent] > 0:
            opacity = FAINTEST + (1 - FAINTEST) * float(code.z[latent] / strongest)
            assert colour == active_colour(opacity, theme.tokens), latent
        else:
            assert colour == QColor(theme.tokens.panel), latent
    opacities = [image.pixelColor(corner(grid.tile_rect(latent))) for latent in code.active.tolist()]
    distance = [abs(c.blue() - QColor(theme.tokens.panel).blue()) for c in opacities]
    assert all(a >= b for a, b in pairwise(distance)), "the stronger, the more amber"


def test_drawing_colours_no_tile_again(grid: FeatureGrid, services: Services) -> None:
    picture(grid)
    painted = grid.rows.painted
    services.state.set_image(drawing(1), "")
    services.state.select(4)
    services.state.hover(5)
    picture(grid)
    assert grid.rows.painted == painted


def test_the_selected_tile_has_the_accent_ring(grid: FeatureGrid, services: Services, theme: Theme) -> None:
    services.state.select(9)
    image = picture(grid)
    assert image.pixelColor(corner(grid.tile_rect(9))) == QColor(theme.tokens.accent)
    assert image.pixelColor(corner(grid.tile_rect(10))) == QColor(theme.tokens.panel)


def test_the_number_of_a_selected_active_tile_leaves_nothing_of_the_one_below(
    grid: FeatureGrid, services: Services, theme: Theme
) -> None:
    grid.resize(700, 700)
    QApplication.processEvents()
    assert NUMBERED_FROM <= grid.places.side < grid_marks.LARGE
    services.state.set_image(drawing(), "")
    code = services.state.code
    assert code is not None
    latent = int(code.active[0])
    services.state.select(latent)
    image, rect = picture(grid), grid.tile_rect(latent)
    inside = rect.topLeft() + QPoint(1, 1) * grid_marks.frame_width(rect)
    # The plate's own edge is blank.
    edge = [QPoint(n, 0) for n in range(10)] + [QPoint(0, n) for n in range(10)]
    assert {image.pixelColor(inside + point).name() for point in edge} == {QColor(theme.tokens.panel).name()}


def test_of_thousands_only_visible_tiles_are_painted(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    services.state.set_snapshot(make_snapshot(4096))
    before = grid.rows.painted
    picture(grid)
    in_view = len(grid.places.rows_between(0, grid.viewport().height() - 1))
    assert grid.places.rows > 10 * in_view
    assert grid.rows.painted - before == in_view
    grid.verticalScrollBar().setValue(grid.places.row_height)
    picture(grid)
    assert grid.rows.painted - before == in_view + 1, "scrolling paints only what comes into view"


def test_shared_and_per_tile_scale_differ(grid: FeatureGrid, services: Services) -> None:
    snapshot = make_snapshot()
    weights = snapshot.W_dec.copy()
    weights[3] /= 20
    faint = Snapshot(
        snapshot.config, 1, 5.0, snapshot.W_enc, snapshot.b_enc, weights, snapshot.b_dec, snapshot.density
    )
    services.state.set_snapshot(faint)

    def colours() -> int:
        image = tile(grid, 3)
        return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})

    shared = colours()
    grid.set_scale("tile")
    assert colours() > 3 * shared, "a faint tile uses the whole map only on its own scale"


def test_decoder_encoder_and_both_show_their_own_weights(grid: FeatureGrid, services: Services) -> None:
    found = {}
    for show in SHOWS:
        grid.set_show(show)
        grid.set_side(40)
        found[show] = picture(grid).copy(grid.places.pictures(0)[0].adjusted(3, 3, -3, -3))
        if show == "both":
            second = picture(grid).copy(grid.places.pictures(0)[1].adjusted(3, 3, -3, -3))
    assert found["decoder"] != found["encoder"]
    assert found["both"] == found["decoder"]
    assert second == found["encoder"]


def test_both_themes_have_their_own_colours(grid: FeatureGrid, theme: Theme) -> None:
    pictures = []
    grid.clearFocus()
    for name in THEMES:
        theme.choose(name)
        image = picture(grid)
        assert image.pixelColor(1, 1) == QColor(theme.tokens.panel)
        pictures.append(tile(grid, 0))
    assert pictures[0] != pictures[1]


def test_dead_tiles_are_hatched(grid: FeatureGrid, services: Services) -> None:
    alive = make_snapshot()
    latent = 8
    services.state.set_snapshot(alive)
    before = tile(grid, latent)
    density = alive.density.copy()
    density[latent] = 0
    services.state.set_snapshot(
        Snapshot(alive.config, 1, 5.0, alive.W_enc, alive.b_enc, alive.W_dec, alive.b_dec, density)
    )
    assert grid.order.dead[latent]
    after = tile(grid, latent)
    lines = [[after.pixelColor(x, y).lightness() for x in range(after.width())] for y in (10, 30)]
    assert before != after
    assert max(max(line) - min(line) for line in lines) > 20, "lines can be told from what lies under them"


# -- any geometry, any snapshot ----------------------------------------------------------------------------


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 700),
    side=st.one_of(st.none(), st.integers(40, 160)),
    show=st.sampled_from(SHOWS),
    sort=st.sampled_from(SORTS),
    scroll=st.floats(0, 1),
    data=st.data(),
)
def test_the_middle_of_a_tile_leads_back_to_its_latent(
    grid: FeatureGrid,
    services: Services,
    count: int,
    side: int | None,
    show: GridShow,
    sort: Sort,
    scroll: float,
    data: st.DataObject,
) -> None:
    services.state.set_snapshot(make_snapshot(count, dead=count // 3))
    grid.set_show(show)
    grid.set_sort(sort)
    grid.set_side(side)
    bar = grid.verticalScrollBar()
    bar.setValue(round(scroll * bar.maximum()))
    latent = data.draw(st.integers(0, count - 1))
    assert grid.latent_at(grid.tile_rect(latent).center()) == latent


def test_keys_walk_on_while_the_pointer_rests_on_a_tile(
    qtbot: QtBot, grid: FeatureGrid, services: Services
) -> None:
    state, shown = services.state, grid.preview.isVisible
    qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.tile_rect(2).center())
    move(grid.viewport(), grid.tile_rect(2).center())
    qtbot.waitUntil(lambda: state.hovered == 2 and shown())
    qtbot.keyClick(grid, KEY.Key_Right)
    assert state.previewed == state.selected != 2
    assert not shown()
    # The next move of the pointer looks again.
    move(grid.viewport(), grid.tile_rect(2).center() + QPoint(2, 2))
    assert state.previewed == 2


def test_fewer_latents_keep_everything_valid(qtbot: QtBot, grid: FeatureGrid, services: Services) -> None:
    services.state.set_snapshot(make_snapshot(400))
    services.state.set_image(drawing(), "")
    services.state.hover(399)
    services.state.select(398)
    for count in (12, 1):
        services.state.set_snapshot(make_snapshot(count))
        assert not picture(grid).isNull()
        assert services.state.selected is None
        assert services.state.hovered is None
        assert sorted(grid.order.latents) == list(range(count))
    services.state.set_snapshot(None)
    assert not picture(grid).isNull()
    assert grid.latent_at(QPoint(50, 50)) is None
    for key in (KEY.Key_Right, KEY.Key_Home, KEY.Key_PageDown):
        qtbot.keyClick(grid, key)
    assert services.state.selected is None


def test_a_screen_reader_reads_what_is_selected(grid: FeatureGrid, services: Services) -> None:
    snapshot = make_snapshot(64, dead=3, seed=4)
    services.state.set_snapshot(snapshot)
    services.state.set_image(drawing(), "")
    assert grid.accessibleDescription().startswith(
        "64 latents, 61 alive, 3 dead in the last epoch of training, sorted by density."
    )
    dead = int(np.flatnonzero(snapshot.density == 0)[0])
    services.state.select(dead)
    assert (
        f"Latent #{dead} is selected: dead in the last epoch of training, density 0,"
        in grid.accessibleDescription()
    )
    code = services.state.code
    assert code is not None
    services.state.select(int(code.active[0]))
    assert f"on the drawing: {code.z.max():.3g}" in grid.accessibleDescription()


# -- orders that are measured ------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", [sort for sort in HEAVY if sort != "stability"])
def test_the_tiles_wait_for_an_order_that_is_measured_and_then_stand_in_it(
    qtbot: QtBot, grid: FeatureGrid, services: Services, digits: Dataset, sort: Sort
) -> None:
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None and not services.jobs.running, timeout=20_000)
    by_density = grid.order.latents.tolist()
    grid.set_sort(sort)
    assert grid.order.missing == "Measuring…" and grid.order.latents.tolist() == by_density
    qtbot.waitUntil(lambda: not grid.order.missing, timeout=20_000)
    values = services.sort_keys.of(sort).values
    assert values is not None
    alive = [latent for latent in grid.order.latents.tolist() if not grid.order.dead[latent]]
    assert (np.diff(values[alive]) <= 0).all() and alive != by_density[: len(alive)]
    # Other weights, of a training or from the scrubber: nothing moves or is measured until somebody asks.
    before = grid.order.latents.tolist()
    services.state.set_snapshot(make_snapshot(seed=1))
    assert grid.order.latents.tolist() == before and grid.order.stale and not grid.order.missing
    grid.order.apply()
    assert grid.order.missing and not grid.order.stale
    qtbot.waitUntil(lambda: not grid.order.missing, timeout=20_000)
    assert grid.order.latents.tolist() != before


def test_sorted_by_cosine_the_tiles_move_when_asked_and_not_with_every_click(
    grid: FeatureGrid, services: Services, click: Callable[[int], None]
) -> None:
    by_density = grid.order.latents.tolist()
    grid.set_sort("cosine")
    assert "Select a latent" in grid.order.missing and grid.order.latents.tolist() == by_density
    grid.order.hold(False)
    services.state.select(7)
    assert grid.order.latents[0] == 7 and not grid.order.missing
    by_seven = grid.order.latents.tolist()
    services.state.select(9)
    assert grid.order.latents.tolist() == by_seven and grid.order.stale
    services.state.select(None)
    assert not grid.order.stale or grid.order.latents.tolist() == by_seven
    services.state.select(9)
    grid.order.apply()
    assert grid.order.latents[0] == 9 and not grid.order.stale


def test_another_run_stands_by_density_until_its_order_is_known(
    grid: FeatureGrid, services: Services
) -> None:
    grid.set_sort("maximum")
    assert "load them" in grid.order.missing
    services.state.set_snapshot(make_snapshot(48, seed=3))
    density = services.state.density
    assert density is not None and (np.diff(density[grid.order.latents]) <= 0).all()
    assert grid.order.missing and not grid.order.stale
