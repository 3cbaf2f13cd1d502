"""The training inputs whose codes are nearest to that of the current input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.app import near_inputs
from saegui.app.services import Services
from saegui.core.data import Dataset
from saegui.core.model.snapshot import to_input
from saegui.ui.panels.active.near_view import NONE_NEAR
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP
from tests.pointer import move

TIMEOUT = 10_000
LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset) -> ActivePanel:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    made = ActivePanel(services, theme)
    qtbot.addWidget(made)
    made.resize(520, 220)
    with qtbot.waitExposed(made):
        made.show()
    return made


def by_hand(panel: ActivePanel, digits: Dataset, leave_out: int) -> list[tuple[int, float]]:
    """The eight rows with the largest cosines, counted with full matrices."""
    assert panel.state.snapshot is not None and panel.state.code is not None
    codes = panel.state.snapshot.encode(to_input(digits.train_images)).astype(float)
    z = panel.state.code.z.astype(float)
    lengths = np.linalg.norm(codes, axis=1) * np.linalg.norm(z)
    cosines = codes @ z / np.where(lengths, lengths, 1)
    order = [row for row in np.argsort(-cosines, kind="stable").tolist() if row != leave_out]
    return [(row, cosines[row]) for row in order[:8]]


def test_pointing_shows_one_larger_and_a_click_makes_it_the_current_input(
    panel: ActivePanel, digits: Dataset, qtbot: QtBot
) -> None:
    near, view, state = panel.services.near_inputs, panel.near, panel.state
    state.show_input("train", 12, "training image 12")
    assert not panel.services.input_codes.running
    panel.header.views.button("near").click()
    assert "Encoding the training images" in view.empty.label.text() and view.empty.isVisible()
    qtbot.waitUntil(lambda: len(near.found) == 8, timeout=TIMEOUT)
    # The input itself is not its own neighbour.
    wanted = by_hand(panel, digits, leave_out=12)
    assert [each.cosine for each in near.found] == pytest.approx([cosine for _, cosine in wanted], abs=1e-5)
    assert {each.row for each in near.found} == {row for row, _ in wanted}
    strip = view.strip
    np.testing.assert_array_equal(strip.images, digits.train_images[[each.row for each in near.found]])
    label = digits.classes[digits.train_labels[near.found[0].row]]
    assert strip.captions[0] == (f"{label} · {near.found[0].cosine:.2f}", f"{near.found[0].cosine:.2f}")
    rects = [strip.rect_of(place) for place in range(8)]
    assert all(strip.rect().contains(rect) and rect.width() >= 28 for rect in rects)
    # Pointing shows it larger, leaving shows the current input again.
    np.testing.assert_array_equal(view.large.values, state.model_input)
    assert view.words.text().splitlines() == [
        "current image",
        "left: nearest training images, and cosines of codes",
    ]
    assert view.large.accessibleName() == "current image"
    # Its words are right below it, and it stays where it is however many lines they have.
    stands = view.large.geometry()
    assert stands.top() == 0 and view.words.y() - stands.bottom() <= 8
    move(strip, rects[3].center())
    assert view.large.geometry() == stands
    np.testing.assert_array_equal(view.large.values, digits.train_images[near.found[3].row])
    # The class has its own line, so that it does not stand alone at the end of a wrapped one.
    words = view.words.text().splitlines()
    assert words[:2] == [
        f"training image {near.found[3].row:,}",
        f"class {digits.classes[digits.train_labels[near.found[3].row]]}",
    ]
    strip.leaveEvent(None)  # type: ignore[arg-type]
    np.testing.assert_array_equal(view.large.values, state.model_input)
    # A click makes it the current input, and its neighbours are looked for.
    row = near.found[3].row
    QTest.mouseClick(strip, LEFT, pos=rects[3].center())
    np.testing.assert_array_equal(state.image, digits.train_images[row])
    qtbot.waitUntil(lambda: not near.searching, timeout=TIMEOUT)
    assert row not in {each.row for each in near.found}
    # So does the keyboard; with Ctrl it is kept for comparison.
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_End)
    last = near.found[7].row
    assert view.current == near.found[7] and strip.place_at(QPointF(strip.rect_of(7).center())) == 7
    QTest.keyClick(strip, Qt.Key.Key_Return, CTRL)
    assert panel.header.views.value == "compare" and panel.services.second.drawing is not None
    np.testing.assert_array_equal(panel.services.second.values, digits.train_images[last])
    # Nothing is looked for where nobody sees it.
    assert near.found == ()
    panel.set_view("near")
    qtbot.waitUntil(lambda: len(near.found) == 8, timeout=TIMEOUT)
    strip.chosen.emit(7)
    np.testing.assert_array_equal(state.image, digits.train_images[last])


@pytest.mark.parametrize("size", [(430, 120), (508, 181), (856, 262), (400, 400)])
def test_the_larger_picture_is_beside_the_others_and_as_large_as_there_is_room(
    panel: ActivePanel, digits: Dataset, qtbot: QtBot, size: tuple[int, int]
) -> None:
    panel.resize(*size)
    panel.set_view("near")
    panel.state.set_image(digits.test_images[3], "test image 3")
    qtbot.waitUntil(lambda: len(panel.services.near_inputs.found) == 8, timeout=TIMEOUT)
    QApplication.processEvents()
    view = panel.near
    near, large, words = (
        QRect(each.mapTo(view, QPoint()), each.size()) for each in (view.strip, view.large, view.words)
    )
    last = max(view.strip.rect_of(place).right() for place in range(8))
    assert 0 < large.left() - near.left() - last <= 3 * GAP
    assert view.rect().contains(large) and view.rect().contains(words) and not large.intersects(words)
    assert words.width() >= 100 and words.height() >= 3 * view.words.fontMetrics().lineSpacing()
    # Larger, it would leave the words no room on either side.
    right, below = view.width() - large.right(), view.height() - large.bottom()
    assert right < 180 or below <= GAP
    assert below < 80 or right <= 3 * GAP


def test_it_says_why_there_are_none(
    panel: ActivePanel, digits: Dataset, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a job, as with large data sets.
    monkeypatch.setattr(near_inputs, "AT_ONCE", 0)
    panel.set_view("near")
    assert panel.empty.isVisible()
    panel.state.set_image(digits.test_images[3], "test image 3")
    near, view = panel.services.near_inputs, panel.near
    qtbot.waitUntil(lambda: len(near.found) == 8, timeout=TIMEOUT)
    panel.state.set_dataset(None)
    assert near.found == () and "load them in the panel Latent" in view.empty.label.text()
    panel.state.set_dataset(digits)
    qtbot.waitUntil(lambda: len(near.found) == 8, timeout=TIMEOUT)
    monkeypatch.setattr(near_inputs, "_nearest", lambda *given: ())
    panel.state.set_image(digits.test_images[4], "test image 4")
    none = NONE_NEAR.replace("input", "image")
    qtbot.waitUntil(lambda: view.empty.label.text() == none, timeout=TIMEOUT)
