"""The reconstruction as a strip of terms, with a really trained model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.contributions import MOST_TERMS, term_sum
from saegui.core.data import Dataset
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.active.sum_places import places_in
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import ink_image
from tests.pointer import move
from tests.ui.panels.active.test_panel import wide

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
KEY = Qt.Key


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> ActivePanel:
    """With the sum of a real digit."""
    services.library.open(small_run)
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(426, 176)
    with qtbot.waitExposed(made):
        made.show()
    made.state.set_image(digits.test_images[3], "test image 3")
    made.set_view("sum")
    return made


def middle(panel: ActivePanel, place: int) -> QPoint:
    return panel.sum.cell(place).center()


def latents(panel: ActivePanel) -> list[int]:
    assert panel.sum.sum is not None
    return [int(latent) for latent in panel.sum.sum.latents]


def test_the_sum_is_that_of_the_code_and_follows_what_is_set(panel: ActivePanel) -> None:
    state, steering, found = panel.state, panel.services.steering, panel.sum.sum
    assert found is not None and state.code is not None and state.snapshot is not None
    assert state.model_input is not None
    wanted = term_sum(state.snapshot, state.model_input, state.code.z)
    np.testing.assert_array_equal(found.latents, wanted.latents)
    np.testing.assert_allclose(found.partial[-1], state.code.reconstruction, atol=1e-5)
    assert found.mse[-1] == pytest.approx(state.code.mse, rel=1e-4)
    assert panel.sum.accessibleName() == "Sum: bias and 4 terms"
    gone = latents(panel)[0]
    steering.set(gone, 0.0)
    assert gone not in latents(panel)
    assert panel.sum.sum is not None and steering.result is not None
    assert panel.sum.sum.mse[-1] == pytest.approx(steering.result.mse, rel=1e-4)
    state.set_strokes([])
    assert panel.sum.sum is None


def test_pointing_at_a_term_previews_its_latent_and_a_click_selects_it(panel: ActivePanel) -> None:
    viewport, order, state = panel.sum.viewport(), latents(panel), panel.state
    for place in (1, 3, 2):
        move(viewport, middle(panel, place))
        assert state.hovered == order[place - 1]
    move(viewport, middle(panel, 0))
    assert state.hovered is None
    QTest.mouseClick(viewport, LEFT, NONE, middle(panel, 0))
    assert state.selected is None
    QTest.mouseClick(viewport, LEFT, NONE, middle(panel, 2))
    assert state.selected == order[1]
    move(viewport, middle(panel, 1))
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert state.hovered is None


def test_keys_walk_along_the_terms_and_select(panel: ActivePanel) -> None:
    strip, order, state = panel.sum, latents(panel), panel.state
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert "Part 1 of 5: bias, MSE" in strip.accessibleDescription()
    for key, place in ((KEY.Key_Right, 1), (KEY.Key_End, 4), (KEY.Key_Right, 4), (KEY.Key_Left, 3)):
        QTest.keyClick(strip, key)
        assert state.hovered == order[place - 1]
        assert f"Part {place + 1} of 5: #{order[place - 1]} " in strip.accessibleDescription()
    QTest.keyClick(strip, KEY.Key_Return)
    assert state.selected == order[2]
    QTest.keyClick(strip, KEY.Key_Home)
    assert state.hovered is None
    QTest.keyClick(strip, KEY.Key_Right)
    strip.clearFocus()
    assert state.hovered is None


def test_each_partial_sum_is_painted_below_its_term(panel: ActivePanel, theme: Theme) -> None:
    found, strip = panel.sum.sum, panel.sum
    assert found is not None
    picture = strip.viewport().grab().toImage()
    for place in range(5):
        target = strip.places.pictures(place)[1]
        wanted = ink_image(found.partial[place], theme.tokens)
        scale = target.width() // wanted.width()
        assert scale >= 1 and target.width() == scale * wanted.width()
        for x, y in ((14, 14), (10, 8), (20, 17)):
            inside = QPoint(target.left() + scale * x, target.top() + scale * y)
            assert picture.pixelColor(inside) == wanted.pixelColor(x, y)


def test_of_thousands_of_terms_the_first_are_shown_and_the_others_are_counted(panel: ActivePanel) -> None:
    panel.state.set_snapshot(wide(1000))
    strip, code = panel.sum, panel.state.code
    assert code is not None
    assert len(latents(panel)) == MOST_TERMS
    assert strip.said(MOST_TERMS + 1) == f"{code.l0 - MOST_TERMS:,} more terms"
    bar = strip.horizontalScrollBar()
    assert bar.maximum() > 0
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(strip.viewport(), turn)
    assert bar.value() == 2 * strip.places.step
    strip.setFocus()
    QTest.keyClick(strip, KEY.Key_End)
    strip.viewport().grab()
    assert bar.value() == bar.maximum()
    assert panel.state.hovered is None
    QTest.mouseClick(strip.viewport(), LEFT, NONE, strip.cell(MOST_TERMS).center())
    assert panel.state.selected == latents(panel)[-1]


def test_bias_and_ten_terms_fit_beside_each_other_in_the_smallest_window() -> None:
    for shape in ((28, 28), (64, 64, 3), (768,), (8, 8), (10, 60)):
        places = places_in(11, 402, 90, shape)
        assert places.height <= 90
        assert places.step - 8 >= places.tile.width()
        if shape == (28, 28):
            assert places.width <= 402 and places.tile.width() == 28
        for place in range(10):
            assert not places.cell(place).intersects(places.cell(place + 1))
            assert places.place_at(QPointF(places.cell(place).center())) == place
        larger = places_in(11, 1100, 300, shape)
        assert larger.tile.width() >= places.tile.width() and larger.height <= 300


def test_another_input_brings_the_largest_terms_back_into_view_and_other_weights_keep_the_place(
    panel: ActivePanel, digits: Dataset
) -> None:
    panel.state.set_snapshot(wide(200))
    bar = panel.sum.horizontalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    panel.state.set_snapshot(wide(200))
    assert bar.value() == bar.maximum()
    panel.state.set_image(digits.test_images[4], "test image 4")
    assert bar.value() == 0 and panel.sum.rect().contains(panel.sum.cell(1))
    assert panel.sum.accessibleDescription().startswith("Part 1 of")
