"""The features panel: its choices, what it says, what it remembers."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.settings import Settings, ThemeName
from saegui.core.analysis.latent_order import Sort
from saegui.core.analysis.latent_stats import analyse
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.figures import KINDS
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import starter_run
from saegui.ui.panels.features.choices import SCALE, SHOW, SIDE, SORT
from saegui.ui.panels.features.grid_layout import MAX_SIDE, MIN_SIDE
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.features.scale_bar import BAR_WIDTH, LEAST_WIDTH
from saegui.ui.panels.features.tile_rows import GridShow
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.weight_scales import GridScale
from tests.mnist_shape import D_IN

THEMES: tuple[ThemeName, ...] = ("light", "dark")
LEFT = Qt.MouseButton.LeftButton
CHOICES = {"sort": get_args(Sort), "show": get_args(GridShow), "scale": get_args(GridScale)}


def make_snapshot(F: int = 64, dead: int = 12, epoch: float = 5.0) -> Snapshot:
    rng = np.random.default_rng(0)
    W = rng.standard_normal((F, D_IN), dtype=np.float32)
    density = np.linspace(1, 0.1, F, dtype=np.float32)
    density[F - dead :] = 0
    zeros, b_dec = np.zeros(F, np.float32), np.zeros(D_IN, np.float32)
    return Snapshot(RunConfig(n_latents=F, k=5), 10, epoch, W.T.copy(), zeros, W, b_dec, density)


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme) -> FeaturesPanel:
    made = FeaturesPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(700, 640)
    services.state.set_snapshot(make_snapshot())
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_tiles_that_kept_their_places_are_sorted_again_by_a_button(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    assert panel.again.isHidden()
    before = panel.grid.order.latents
    services.state.set_snapshot(make_snapshot(dead=64))
    services.state.set_snapshot(make_snapshot(dead=0))
    assert panel.again.isHidden(), "they are where they belong"
    changed = make_snapshot(dead=0)
    services.state.set_snapshot(replace(changed, density=changed.density[::-1].copy()))
    assert panel.again.isVisible()
    assert panel.grid.order.latents is before
    assert panel.sorts.property("outdated") and "not in this order" in panel.sorts.accessibleDescription()
    assert panel.sorts.toolTip() == panel.sorts.accessibleDescription()
    assert "no longer in this order" in panel.summary.full
    qtbot.mouseClick(panel.again, LEFT)
    assert panel.grid.order.latents.tolist() == list(range(63, -1, -1))
    assert panel.again.isHidden() and "no longer" not in panel.summary.full
    assert not panel.sorts.property("outdated") and "not in this" not in panel.sorts.toolTip()


def test_sorted_by_one_class_the_class_is_chosen_beside_the_order(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, digits: Dataset
) -> None:
    services.state.set_dataset(digits)
    qtbot.waitUntil(lambda: services.state.stats is not None, timeout=20_000)
    stats = services.state.stats
    assert stats is not None and panel.labels.isHidden()
    panel.set_sort("class")
    assert panel.labels.isVisible() and panel.labels.count() == 10
    for label in (0, 3):
        panel.labels.setFocus()
        for _ in range(label):
            qtbot.keyClick(panel.labels, Qt.Key.Key_Down)
        wanted = np.lexsort((-stats.density, -stats.class_shares[:, label], stats.dead))
        assert panel.grid.order.latents.tolist() == wanted.tolist()
    panel.set_sort("purity")
    assert panel.labels.isHidden()


def test_an_order_that_waits_says_what_for_after_the_count(panel: FeaturesPanel) -> None:
    panel.set_sort("cosine")
    count = panel.grid.order.count
    assert panel.summary.full.startswith(f"{count} of {count} shown · Select a latent")
    assert "Select a latent" in panel.summary.toolTip() and panel.sorts.property("outdated")
    assert "not in this order yet. Select a latent" in panel.sorts.toolTip()
    # Without room for both, why it waits is what is read.
    panel.summary.resize(140, panel.summary.height())
    assert panel.summary.text().startswith("Select a latent")
    panel.state.select(3)
    assert "alive" in panel.summary.full and not panel.sorts.property("outdated")


def test_the_numbers_on_tiles_are_named(panel: FeaturesPanel) -> None:
    assert panel.numbers.isVisible() and panel.numbers.text() == "Numbers on tiles: activation on the drawing"
    panel.set_show("both")
    assert panel.numbers.full.startswith("Left half: decoder, right half: encoder. Numbers on tiles")
    panel.resize(540, 640)
    QApplication.processEvents()
    assert panel.numbers.text() == "Left half: decoder, right half: encoder"
    assert "a number: the activation on the drawing" in panel.grid.accessibleDescription()


def test_it_says_how_many_are_alive_and_what_that_rests_on(panel: FeaturesPanel, services: Services) -> None:
    state = services.state
    assert panel.summary.full == "64 of 64 shown · 52 alive · 12 dead in the last epoch of training"
    state.set_phase("training")
    assert panel.summary.full == "64 of 64 shown · 52 alive · 12 dead in the last epoch of training"
    state.set_phase("idle")
    state.set_snapshot(make_snapshot(epoch=0.5))
    assert panel.summary.full.startswith("64 of 64 shown · dead ones are known after an epoch")
    images, labels = np.full((7, 28, 28), 90, np.uint8), np.zeros(7, np.uint8)
    snapshot = make_snapshot()
    state.set_snapshot(snapshot)
    stats = analyse(snapshot, Dataset("grey", "Grey", images, labels, images, labels, ("0",)))
    state.set_stats(stats, snapshot)
    # Five of 64 are on for the one grey that there is.
    found = "64 of 64 shown · 5 alive · 59 dead on all 7 training images"
    assert panel.summary.full == f"{found} · no longer in this order"
    panel.again.click()
    assert panel.summary.full == found


def test_what_was_measured_on_other_images_says_so(
    panel: FeaturesPanel, digits: Dataset, qtbot: QtBot
) -> None:
    """Such as without MNIST: a digit's latents need not fire on others' digits."""
    panel.services.open_first()
    panel.state.set_dataset(digits)
    qtbot.waitUntil(lambda: panel.state.stats is not None, timeout=20_000)
    assert panel.summary.full.endswith(
        "training images · measured on Built-in digits, not on the run's own images"
    )


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in CHOICES for name in CHOICES[group]])
def test_every_choice_is_shown_announced_and_remembered(
    qtbot: QtBot, panel: FeaturesPanel, services: Services, theme: Theme, group: str, name: str
) -> None:
    with qtbot.waitSignal(panel.view_changed):
        getattr(panel, f"set_{group}")(name)
    assert panel.view(group) == name
    services.settings.flush()
    again = FeaturesPanel(services, theme)
    qtbot.addWidget(again)
    assert again.view(group) == name
    assert Settings().get({"sort": SORT, "show": SHOW, "scale": SCALE}[group]) == name


def test_choosing_by_hand(qtbot: QtBot, panel: FeaturesPanel) -> None:
    qtbot.mouseClick(panel.shows.button("both"), LEFT)
    assert panel.shown == "both"
    assert panel.grid.places.pair
    qtbot.mouseClick(panel.scales.button("tile"), LEFT)
    assert panel.scale == "tile"
    panel.sorts.setFocus()
    qtbot.keyClick(panel.sorts, Qt.Key.Key_Down)
    assert panel.sort == "index"
    assert panel.grid.order.latents[:52].tolist() == list(range(52))


def test_a_size_is_fitted_chosen_zoomed_and_remembered(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    fitted = panel.grid.places.side
    assert panel.fit.isChecked()
    assert panel.sizes.value() == fitted
    assert panel.grid.verticalScrollBar().maximum() == 0, "64 tiles are seen at once"
    panel.sizes.setValue(80)
    assert panel.grid.places.side == 80
    assert not panel.fit.isChecked()
    assert services.settings.get(SIDE) == 80
    panel.zoom_in()
    assert panel.grid.places.side == panel.sizes.value() == 88
    for _ in range(30):
        panel.zoom_out()
    assert panel.grid.places.side == MIN_SIDE
    for _ in range(30):
        panel.zoom_in()
    assert panel.grid.places.side == MAX_SIDE
    qtbot.mouseClick(panel.fit, LEFT)
    assert panel.grid.places.side == fitted
    assert services.settings.get(SIDE) is None


def test_ctrl_and_the_wheel_zoom(panel: FeaturesPanel) -> None:
    before = panel.grid.places.side
    middle = QPointF(panel.grid.viewport().rect().center())
    event = QWheelEvent(
        middle,
        panel.grid.viewport().mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.grid.viewport(), event)
    assert panel.grid.places.side == before + 8


def test_a_larger_panel_gets_larger_tiles(qtbot: QtBot, panel: FeaturesPanel) -> None:
    before = panel.grid.places.side
    panel.resize(1700, 1250)
    qtbot.waitUntil(lambda: panel.grid.places.side > before)
    assert panel.grid.places.side > 140
    assert panel.sizes.value() == panel.grid.places.side


def test_go_to_takes_a_number_and_hands_the_keyboard_back(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    panel.activateWindow()
    panel.go_to()
    qtbot.waitUntil(panel.number.hasFocus)
    qtbot.keyClicks(panel.number, "33")
    qtbot.keyClick(panel.number, Qt.Key.Key_Return)
    assert services.state.selected == 33
    assert panel.grid.hasFocus()
    assert panel.number.text() == ""


def test_go_to_a_number_that_is_none_says_so_and_stays(
    qtbot: QtBot, panel: FeaturesPanel, services: Services
) -> None:
    panel.go_to()
    qtbot.keyClicks(panel.number, "x999")
    assert panel.number.text() == "999", "only digits are taken"
    with qtbot.waitSignal(services.state.notice) as told:
        qtbot.keyClick(panel.number, Qt.Key.Key_Return)
    assert told.args[1] == "There is no latent #999; choose one from #0 to #63."
    assert panel.number.selectedText() == "999"


def test_next_and_previous_walk_in_the_order_shown(panel: FeaturesPanel, services: Services) -> None:
    panel.select_next()
    assert services.state.selected == 0
    panel.select_next()
    panel.select_next()
    panel.select_previous()
    assert services.state.selected == 1


def test_without_a_model_it_says_what_to_do(qtbot: QtBot, panel: FeaturesPanel, services: Services) -> None:
    services.state.set_snapshot(None)
    assert panel.empty.isVisible()
    assert not panel.grid.isVisible()
    assert panel.summary.full == ""
    for ask in (panel.zoom_in, panel.zoom_out, panel.go_to, panel.select_next, panel.select_previous):
        ask()
    starter = starter_run()
    qtbot.mouseClick(panel.empty.button, LEFT)
    assert panel.grid.isVisible()
    assert services.state.run == starter


def test_a_fit_without_atoms_shows_no_tiles_until_there_are_some(
    panel: FeaturesPanel, services: Services
) -> None:
    config = RunConfig(arch="kmeans", n_latents=64)
    found = replace(make_snapshot(), config=config)
    none = replace(found, step=0, epoch=0.0, W_enc=found.W_enc * 0, W_dec=found.W_dec * 0)
    assert none.is_blank and not found.is_blank and not replace(none, config=make_snapshot().config).is_blank
    services.state.set_snapshot(none)
    assert panel.blank.isVisible() and not panel.grid.isVisible() and panel.summary.text() == ""
    assert "after the first step" in panel.blank.label.text() and panel.blank.button.isHidden()
    assert panel.legend.fitting() is None
    services.state.set_snapshot(found)
    assert panel.legend.fitting() is not None
    assert panel.grid.isVisible() and not panel.blank.isVisible() and panel.summary.text() != ""


def test_the_colour_scale_names_the_weights_at_its_ends(panel: FeaturesPanel) -> None:
    look = panel.grid.look
    assert look is not None
    limit = f"{look.scales.shared('decoder'):.2g}"
    assert panel._limits() == [(f"−{limit}", f"+{limit}"), ("", f"±{limit}")]
    panel.set_show("both")
    assert panel._limits()[0][1].startswith(f"decoder ±{limit} · encoder ±")
    assert panel._limits()[1][1].startswith(f"±{limit} · ±")
    panel.set_scale("tile")
    assert panel._limits()[0] == ("", "± each tile's largest")


@pytest.mark.parametrize("scale", CHOICES["scale"])
@pytest.mark.parametrize("show", CHOICES["show"])
def test_the_colour_scale_is_there_on_the_smallest_screen(
    panel: FeaturesPanel, show: GridShow, scale: GridScale
) -> None:
    panel.set_show(show)
    panel.set_scale(scale)
    # As narrow as it can be, as wide as in a window of 1280 px, and wider.
    for width, long in ((380, False), (540, False), (1500, True)):
        panel.resize(width, 640)
        QApplication.processEvents()
        found = panel.legend.fitting()
        assert found is not None
        words, length = found
        assert LEAST_WIDTH <= length <= BAR_WIDTH
        assert words == panel._limits()[0] or not long
        if scale == "shared" and show != "both":
            assert all(words)
        assert panel.choices.caption.isVisible() or width == 380
        assert panel.choices.height() < 40, "the choices are one line"
        # Something of the colour map is painted.
        image = panel.legend.grab().toImage()
        assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 20
    panel.legend.setMinimumWidth(0)
    panel.legend.resize(20, 20)
    assert panel.legend.fitting() is None


def test_both_themes_and_all_choices_can_be_painted(panel: FeaturesPanel, theme: Theme) -> None:
    seen = set()
    for name in THEMES:
        theme.choose(name)
        for show in CHOICES["show"]:
            panel.set_show(show)
            image = panel.grab().toImage()
            seen.add(bytes(image.constBits()))
    assert len(seen) == 6


def test_every_control_has_a_name_a_tooltip_and_can_be_reached(panel: FeaturesPanel) -> None:
    panel.filter.open()
    bar = panel.filter.bar
    controls: list[QWidget] = [panel.sorts, panel.labels, panel.sizes, panel.fit, panel.number]
    controls += [
        panel.filter.button,
        panel.filter.clear,
        *bar.chips.values(),
        bar.range,
        bar.labels,
        bar.text,
    ]
    # Of words side by side Tab leads to the chosen one, and arrow keys to the others.
    controls += [panel.shows.button(panel.shows.value), panel.scales.button(panel.scales.value)]
    others = [panel.shows.button(show) for show in CHOICES["show"]]
    others += [panel.scales.button(scale) for scale in CHOICES["scale"]]
    for control in (*controls, *others):
        assert control.accessibleName()
        assert control.toolTip()
    for control in controls:
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert panel.grid.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert all(kind in KINDS for kind in panel.figures)


def test_it_fits_the_smallest_window(panel: FeaturesPanel) -> None:
    assert panel.minimumSizeHint().width() <= 380
    assert panel.minimumSizeHint().height() <= 400
