"""Help › Tour."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from saegui.ui.demo.mouse import SyntheticMouse
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.tour import AGAIN, OFFERED

PATIENCE = 60_000
TITLES = ["Draw", "Click", "Train", "Tweak", "Time", "Export"]


def box(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint()), widget.size())


def test_it_goes_on_by_itself_when_the_user_does_what_it_asks(window: MainWindow, qtbot: QtBot) -> None:
    tour, state, card = window.tour, window.state, window.tour.card

    def at(title: str) -> None:
        qtbot.waitUntil(lambda: tour.step is not None and tour.step.title() == title, timeout=PATIENCE)
        assert card.title.text() == title and card.isVisible()

    assert not tour.active
    window.actions_.by_name["tour"].trigger()
    at("Draw")
    hand = SyntheticMouse(window.panel(DrawPanel).canvas)
    hand.press(0.3, 0.3)
    hand.move(0.5, 0.5)
    qtbot.waitUntil(lambda: state.has_image, timeout=PATIENCE)
    QApplication.processEvents()
    at("Draw")
    hand.release(0.5, 0.6)
    at("Click")
    grid = window.panel(FeaturesPanel).grid
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    assert state.selected is not None
    at("Train")
    state.edit_draft("seed", 7)
    at("Train")
    qtbot.mouseClick(window.panel(TrainPanel).buttons["train"], Qt.MouseButton.LeftButton)
    at("Tweak")
    state.edit_draft("epochs", 5)
    at("Time")
    qtbot.waitUntil(lambda: not state.busy, timeout=PATIENCE)
    at("Time")
    assert "Pause" not in card.text.text()
    window.services.scrubbing.show_place(0)
    at("Export")
    assert card.next.text() == "Done"
    window.actions_.by_name["copy-figure"].trigger()
    qtbot.waitUntil(lambda: not tour.active, timeout=PATIENCE)
    assert card.isHidden() and tour.outline.isHidden()


def test_each_card_is_beside_what_it_speaks_of_and_shows_it_where_it_was_hidden(
    window: MainWindow, qtbot: QtBot
) -> None:
    tour = window.tour
    tour.start()
    for size, hide in (((1280, 800), False), ((1440, 900), True), ((2560, 1440), False)):
        window.resize(*size)
        while tour.step is not None and tour.step is not tour.steps[0]:
            tour.go_back()
        for place, step in enumerate(tour.steps):
            if hide:
                # One is closed, the next is behind a maximised one.
                tour.go_back()
                window.docking.set_open(window.docks[step.panel], place % 2 == 1)
                window.docking.toggle_maximised(window.docks["curves"])
                if place:
                    tour.go_on()
                else:
                    tour.start()
            # Outline and card move once everything has its place.
            qtbot.waitUntil(
                lambda: (
                    tour.target is not None
                    and tour.target.isVisible()
                    and box(tour.outline).contains(box(tour.target))
                    and not box(tour.card).intersects(box(tour.target))
                ),
                timeout=PATIENCE,
            )
            assert tour.step is step
            assert window.rect().contains(tour.card.geometry())
            assert tour.card.accessibleName() == f"Tour, {place + 1} of 6: {step.title()}"
            assert tour.card.accessibleDescription() == tour.card.text.text()
            assert 1 <= tour.card.text.text().count(".") <= 3 and "input" not in tour.card.text.text()
            assert tour.card.back.isVisible() == (place > 0)
            if place + 1 < len(tour.steps):
                tour.card.next.click()
    assert [step.title() for step in tour.steps] == TITLES
    tour.card.next.click()
    assert not tour.active


def test_esc_ends_it_and_the_keyboard_goes_back(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.panel(DrawPanel).canvas
    canvas.setFocus()
    for end in (
        lambda: qtbot.keyClick(window.tour.card.next, Qt.Key.Key_Escape),
        window.tour.card.skip.click,
    ):
        window.actions_.by_name["tour"].trigger()
        assert window.tour.card.next.hasFocus()
        assert window.actions_.by_name["back"].text() == "End tour"
        end()
        assert not window.tour.active and canvas.hasFocus()
        assert AGAIN in [toast.sentence for toast in window.toasts.toasts]


def test_it_is_offered_once_without_taking_the_keyboard_and_can_be_shown_again(window: MainWindow) -> None:
    tour = window.tour
    assert not tour.active and not window.services.settings.get(OFFERED)
    had = QApplication.focusWidget()
    tour.offer()
    assert tour.active and tour.step is None and QApplication.focusWidget() is had
    assert not box(tour.card).intersects(box(window.panel(DrawPanel).canvas))
    assert tour.outline.isHidden() and tour.card.skip.text() == "Not now"
    tour.card.skip.click()
    assert not tour.active
    tour.offer()
    assert not tour.active
    tour.start()
    assert tour.step is tour.steps[0]
    tour.end()


def test_a_step_brings_all_panels_that_it_speaks_of_in_front_but_opens_none_that_was_closed(
    window: MainWindow,
) -> None:
    window.docks["map"].raise_()
    window.docks["curves"].close()
    QApplication.processEvents()
    assert window.docks["features"].visibleRegion().isEmpty()
    window.tour.start()
    assert "light up in Features" in window.tour.card.text.text()
    QApplication.processEvents()
    assert not window.docks["features"].visibleRegion().isEmpty()
    while window.tour.step is not window.tour.steps[-1]:
        assert window.tour.card.skip.isVisible()
        window.tour.card.next.click()
    assert window.docks["curves"].isHidden()
    # In the last step there is nothing left to skip.
    assert window.tour.card.skip.isHidden() and window.tour.card.next.text() == "Done"
    window.tour.card.back.click()
    assert window.tour.card.skip.isVisible()
