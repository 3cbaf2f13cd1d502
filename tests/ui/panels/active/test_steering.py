"""Steering in the panel of active latents: sliders, keys, any latent by its number, and what is shown of it."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.data import Dataset
from saegui.ui.panels.active.panel import VIEW, ActivePanel
from saegui.ui.panels.active.steer_pane import HOW, LOW, NARROW, SAME, arrange
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.text import number
from tests.pointer import move

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
KEY = Qt.Key


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> ActivePanel:
    """With the active latents of a real digit, as sliders."""
    services.library.open(small_run)
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(502, 182)
    with qtbot.waitExposed(made):
        made.show()
    made.state.set_image(digits.test_images[3], "test image 3")
    made.set_view("steer")
    return made


def at(panel: ActivePanel, row: int, share: float) -> QPoint:
    """A point on the bar of a row."""
    groove = panel.list.groove(row)
    return QPoint(groove.left() + round(share * groove.width()), groove.center().y())


def drag(panel: ActivePanel, to: QPoint) -> None:
    """Move the mouse with the left button down."""
    viewport, at = panel.list.viewport(), QPointF(to)
    kind = QEvent.Type.MouseMove
    QApplication.sendEvent(
        viewport, QMouseEvent(kind, at, viewport.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, NONE)
    )


def off(panel: ActivePanel) -> int:
    assert panel.state.code is not None
    return int(np.flatnonzero(panel.state.code.z == 0)[0])


def test_a_bar_is_dragged_and_the_whole_drag_is_one_step(panel: ActivePanel) -> None:
    rows, steering, undo = panel.list, panel.services.steering, panel.services.undo
    undo.clear()
    latent, viewport = rows.latents[1], rows.viewport()
    QTest.mousePress(viewport, LEFT, NONE, at(panel, 1, 0.25))
    assert steering.values == {latent: pytest.approx(0.25 * steering.top, rel=0.05)}
    assert panel.state.selected == latent
    for share in (0.5, 0.75):
        drag(panel, at(panel, 1, share))
        assert steering.values[latent] == pytest.approx(share * steering.top, rel=0.05)
    # Beyond the end, and far from the row, it is still this bar.
    drag(panel, QPoint(viewport.width() + 200, 2))
    assert steering.values[latent] == pytest.approx(steering.top)
    QTest.mouseRelease(viewport, LEFT, NONE, at(panel, 1, 0.75))
    move(viewport, at(panel, 1, 0.1))
    assert steering.values[latent] == pytest.approx(steering.top)
    assert undo.count() == 1
    undo.undo()
    assert not steering.on


def test_a_double_click_resets_and_a_click_beside_the_bar_only_selects(panel: ActivePanel) -> None:
    rows, steering, viewport = panel.list, panel.services.steering, panel.list.viewport()
    QTest.mouseClick(viewport, LEFT, NONE, at(panel, 0, 0.9))
    QTest.mouseClick(viewport, LEFT, NONE, at(panel, 2, 0.0))
    assert set(steering.values) == {rows.latents[0], rows.latents[2]}
    QTest.mouseDClick(viewport, LEFT, NONE, at(panel, 0, 0.5))
    assert steering.values == {rows.latents[2]: 0.0}
    QTest.mouseClick(viewport, LEFT, NONE, QPoint(10, at(panel, 1, 0).y()))
    assert steering.values == {rows.latents[2]: 0.0}
    assert panel.state.selected == rows.latents[1]


def test_in_the_list_nothing_is_steered_by_a_click_and_what_is_set_is_still_marked(
    panel: ActivePanel,
) -> None:
    rows, steering = panel.list, panel.services.steering
    panel.set_view("list")
    QTest.mouseClick(rows.viewport(), LEFT, NONE, at(panel, 1, 0.9))
    assert not steering.on
    assert panel.state.selected == rows.latents[1]
    before = rows.viewport().grab().toImage()
    steering.set(rows.latents[0], 0.0)
    assert rows.viewport().grab().toImage() != before
    assert not panel.header.reset.isHidden()
    assert "set to 0.00, was" in rows.accessibleName()


def test_keys_set_switch_off_and_reset_the_focused_slider(panel: ActivePanel) -> None:
    rows, steering, code = panel.list, panel.services.steering, panel.state.code
    assert code is not None
    rows.setFocus()
    QTest.keyClick(rows, KEY.Key_Down)
    latent, step = rows.latents[1], 0.02 * steering.top
    value = float(code.z[latent])
    for key, wanted in (
        (KEY.Key_Right, value + step),
        (KEY.Key_Plus, value + 2 * step),
        (KEY.Key_Left, value + step),
        (KEY.Key_Minus, value),
        (KEY.Key_Delete, 0.0),
        (KEY.Key_Left, 0.0),
    ):
        QTest.keyClick(rows, key)
        assert steering.values == {latent: pytest.approx(wanted, abs=1e-4)}
    assert f"#{latent} set to 0.00, was {value:.2f}" in rows.accessibleDescription()
    QTest.keyClick(rows, KEY.Key_Backspace)
    assert steering.values == {}
    QTest.keyClick(rows, KEY.Key_Down)
    assert panel.state.hovered == rows.latents[2]


def test_any_latent_gets_a_bar_by_its_number(panel: ActivePanel) -> None:
    steering, rows, field = panel.services.steering, panel.list, panel.pane.field
    latent = off(panel)
    field.setText(f"#{latent}")
    QTest.keyClick(field, KEY.Key_Return)
    assert field.text() == ""
    assert steering.values == {latent: 0.0}
    assert rows.latents[-1] == latent == panel.state.selected
    assert rows.hasFocus()
    QTest.keyClick(rows, KEY.Key_Right)
    assert steering.values[latent] == pytest.approx(0.02 * steering.top)
    # One that is active has its bar already.
    steering.reset()
    assert latent not in rows.latents
    field.setText(str(rows.latents[2]))
    QTest.keyClick(field, KEY.Key_Return)
    assert not steering.on
    assert panel.state.selected == rows.latents[2]
    said = QSignalSpy(panel.state.notice)
    field.setText("99")
    QTest.keyClick(field, KEY.Key_Return)
    assert "There is no latent #99; choose one from #0 to #23." in said.at(0)[1]


def test_any_latent_gets_a_bar_by_words_of_its_label(panel: ActivePanel) -> None:
    steering, field, latent = panel.services.steering, panel.pane.field, off(panel)
    panel.services.notes.set_label(latent, "Lower loop")
    field.setFocus()
    QTest.keyClicks(field, "er lo")
    assert field.text() == "er lo"
    QTest.keyClick(field, KEY.Key_Return)
    assert steering.values == {latent: 0.0} and panel.state.selected == latent and field.text() == ""
    said = QSignalSpy(panel.state.notice)
    QTest.keyClicks(field, "zebra")
    QTest.keyClick(field, KEY.Key_Return)
    assert "zebra" in said.at(0)[1] and field.text() == "zebra"


def test_the_pane_shows_the_reconstruction_its_difference_and_what_it_re_encodes_to(
    panel: ActivePanel,
) -> None:
    steering, pane, code = panel.services.steering, panel.pane, panel.state.code
    assert code is not None
    assert pane.words.text() == HOW
    np.testing.assert_allclose(pane.steered.values, code.reconstruction, atol=1e-6)
    assert not np.asarray(pane.difference.values).any()
    strongest, other = panel.list.latents[0], off(panel)
    steering.set(strongest, 0.0)
    steering.set(other, steering.top)
    result = steering.result
    assert result is not None
    np.testing.assert_array_equal(pane.steered.values, result.reconstruction)
    np.testing.assert_array_equal(pane.difference.values, result.difference)
    new, gone = result.appearing, result.vanishing
    assert len(new) and len(gone)
    for latent in (*new, *gone):
        assert f"#{latent}" in pane.words.toolTip()
    assert pane.words.text().startswith("Re-encodes to + ")
    assert f"{number(result.mse_before)} before, {number(result.mse)} now" in panel.header.steered.toolTip()
    assert panel.header.steered.isVisible()
    panel.header.reset.click()
    assert not steering.on
    assert not panel.header.steered.isVisible()
    assert pane.words.text() == HOW
    steering.hold(other)
    assert pane.words.text() == SAME


def test_actions_steer_the_selected_latent_and_switch_it_off_and_on(panel: ActivePanel) -> None:
    steering, handlers, latent = panel.services.steering, panel.handlers(), off(panel)
    panel.set_view("list")
    assert handlers["steer-latent"].enabled is not None
    assert not handlers["steer-latent"].enabled()
    panel.state.select(latent)
    assert handlers["steer-latent"].enabled()
    asked = QSignalSpy(panel.front_asked)
    handlers["steer-latent"].run()
    assert panel.list.sliders
    assert steering.values == {latent: 0.0}
    assert asked.count() == 1
    handlers["reset-steering"].run()
    active, ablate = panel.list.latents[0], handlers["ablate-latent"]
    panel.state.select(active)
    assert ablate.title is not None
    assert ablate.title() == "Switch latent off"
    ablate.run()
    assert steering.values == {active: 0.0}
    assert ablate.title() == "Reset latent"
    ablate.run()
    assert not steering.on


def test_a_row_tells_what_the_error_would_be_without_its_latent(panel: ActivePanel) -> None:
    rows, steering, given = panel.list, panel.services.steering, panel.state.model_input
    assert rows.shown is not None
    told = rows.shown.told(1, given)
    steering.set(rows.latents[1], 0.0)
    result = steering.result
    assert result is not None
    change = result.mse - result.mse_before
    said = re.search(r"change the MSE by ([+−].+)\.", told)
    assert said is not None
    assert float(said[1].replace("−", "-")) == pytest.approx(change, rel=0.02)
    assert "change the MSE" not in rows.shown.told(1, given)


def test_the_view_is_remembered(panel: ActivePanel, services: Services, theme: Theme, qtbot: QtBot) -> None:
    panel.header.views.button("sum").click()
    assert services.settings.get(VIEW) == "sum"
    again = ActivePanel(services, theme)
    qtbot.addWidget(again)
    assert again.header.views.value == "sum"
    assert not again.list.sliders


def test_without_an_image_there_is_nothing_to_steer(panel: ActivePanel) -> None:
    panel.services.steering.set(0, 1.0)
    panel.state.set_strokes([])
    assert panel.empty.isVisible()
    assert panel.empty.label.text() == "Draw something: the active latents are listed here."


def test_the_draw_panel_says_that_its_reconstruction_is_steered(panel: ActivePanel, qtbot: QtBot) -> None:
    draw = DrawPanel(panel.services, panel.theme)
    qtbot.addWidget(draw)
    steering, view, code = panel.services.steering, draw.stage.reconstruction, panel.state.code
    assert code is not None
    np.testing.assert_array_equal(view.values, code.reconstruction)
    steering.set(panel.list.latents[0], 0.0)
    assert steering.result is not None
    np.testing.assert_array_equal(view.values, steering.result.reconstruction)
    assert view.accessibleName() == "steered reconstruction"
    steering.reset()
    np.testing.assert_array_equal(view.values, code.reconstruction)
    assert view.accessibleName() == "reconstruction"


SIZES = ((110, 80), (112, 104), (150, 80), (155, 112), (198, 90), (220, 111), (420, 150), (600, 400))
SHAPES = ((28, 28), (64, 64, 3), (784,), (8, 8), (10, 60))


def test_parts_of_the_pane_lie_within_it_and_apart() -> None:
    for size, shape in product(SIZES, SHAPES):
        layout = arrange(*size, shape, 26)
        parts = [*layout.pictures, layout.field, layout.words]
        for place, part in enumerate(parts):
            assert part.left() >= 0 and part.top() >= 0, (size, shape)
            assert part.right() < size[0] and part.bottom() < size[1], (size, shape, place)
            assert not any(part.intersects(other) for other in parts[place + 1 :]), (size, shape, place)
        assert max(layout.pictures[0].width(), layout.pictures[0].height()) >= 12, (size, shape)
        assert layout.field.width() >= 40, (size, shape)
        if not (size[0] <= NARROW and size[1] < LOW):
            assert layout.words.height() >= 13, (size, shape)
