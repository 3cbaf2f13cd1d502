"""The canvas, drawn on with real events."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QKeyEvent, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from saegui.core import strokes as pen
from saegui.core.strokes import Drawing, Stroke, fitted, of_picture
from saegui.ui.panels.draw import palm
from saegui.ui.panels.draw.canvas import Canvas
from saegui.ui.panels.draw.drawing_editor import CHUNK, ERASER_RADIUS, FRAME_MS, DrawingEditor
from saegui.ui.panels.draw.keys import KEY_STEP
from saegui.ui.theme.theme import Theme

SIDE = 560
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO_BUTTON = Qt.MouseButton.NoButton
NONE = Qt.KeyboardModifier.NoModifier
ROW = [QPoint(x, 280) for x in range(100, 461, 20)]


@pytest.fixture
def canvas(qtbot: QtBot, theme: Theme) -> Canvas:
    made = Canvas(theme)
    qtbot.addWidget(made)
    made.resize(SIDE, SIDE)
    with qtbot.waitExposed(made):
        made.show()
    return made


def draw(canvas: Canvas, points: Sequence[QPoint], button: Qt.MouseButton = LEFT) -> None:
    QTest.mousePress(canvas, button, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, button, NONE, points[-1])


def in_canvas(points: Sequence[QPoint]) -> Stroke:
    return np.array([[point.x(), point.y()] for point in points]) / SIDE


def ink_at(canvas: Canvas, point: QPoint) -> bool:
    """Whether there is ink under a point, away from the dashed guide box."""
    return canvas.grab().toImage().pixelColor(point).lightness() < 60


def equal(a: Sequence[Stroke], b: Sequence[Stroke]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# -- mouse --------------------------------------------------------------------------------------------------


def test_the_mouse_draws_a_stroke_through_every_point(canvas: Canvas) -> None:
    draw(canvas, ROW)
    (stroke,) = canvas.strokes
    np.testing.assert_allclose(stroke, in_canvas(ROW))
    assert not stroke.flags.writeable
    assert ink_at(canvas, QPoint(270, 280))
    assert not ink_at(canvas, QPoint(270, 180))


def test_a_click_draws_a_dot(canvas: Canvas) -> None:
    draw(canvas, [QPoint(200, 200)])
    assert [len(stroke) for stroke in canvas.strokes] == [1]
    assert ink_at(canvas, QPoint(200, 200))


def test_points_beyond_the_paper_stay_on_its_edge(canvas: Canvas) -> None:
    draw(canvas, [QPoint(200, 200), QPoint(-50, 900)])
    np.testing.assert_allclose(canvas.strokes[0][-1], [0, 1])


def test_all_moves_of_one_frame_are_kept_and_reported_together(qtbot: QtBot, canvas: Canvas) -> None:
    with qtbot.waitSignal(canvas.strokes_changed):
        draw(canvas, ROW[:2])
    spy = QSignalSpy(canvas.strokes_changed)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(50, 50))
    for x in range(51, 351):
        QTest.mouseMove(canvas, QPoint(x, 50 + x % 3))
    assert spy.count() == 0
    qtbot.waitUntil(lambda: spy.count() == 1)
    assert len(canvas.strokes[-1]) == 301
    QTest.mouseMove(canvas, QPoint(400, 60))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(400, 60))
    assert spy.count() == 2, "a release tells at once"


def test_no_more_news_than_frames(qtbot: QtBot, canvas: Canvas) -> None:
    spy, clock = QSignalSpy(canvas.strokes_changed), QElapsedTimer()
    clock.start()
    QTest.mousePress(canvas, LEFT, NONE, QPoint(50, 50))
    step = 0
    while clock.elapsed() < 12 * FRAME_MS:
        step += 1
        QTest.mouseMove(canvas, QPoint(50 + step % 400, 50 + step // 400))
        QCoreApplication.processEvents()
    frames = clock.elapsed() / FRAME_MS
    assert 2 <= spy.count() <= frames + 2
    assert step > 2 * spy.count(), "several moves a frame, or this shows nothing"
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(300, 300))


def test_the_last_state_always_wins(qtbot: QtBot, canvas: Canvas) -> None:
    seen: list[int] = []
    canvas.strokes_changed.connect(lambda: seen.append(sum(map(len, canvas.strokes))))
    draw(canvas, ROW)
    assert seen[-1] == len(ROW)


def test_a_second_button_does_not_disturb_a_stroke(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
    QTest.mousePress(canvas, RIGHT, NONE, QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(150, 100))
    QTest.mouseRelease(canvas, RIGHT, NONE, QPoint(150, 100))
    assert canvas.under_way
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(200, 100))
    assert [len(stroke) for stroke in canvas.strokes] == [3]


def test_hiding_the_canvas_lifts_the_pen(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
    canvas.hide()
    assert not canvas.under_way
    assert canvas.undo_stack.count() == 1


def move(canvas: Canvas, point: QPoint, held: Qt.MouseButton) -> None:
    """A move as the window system reports it: with the buttons that are down at that moment."""
    on_screen = QPointF(canvas.mapToGlobal(point))
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(point), on_screen, NO_BUTTON, held, NONE)
    QCoreApplication.sendEvent(canvas, event)


def test_a_move_without_a_button_ends_a_stroke_whose_release_was_lost(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, ROW[0])
    move(canvas, ROW[1], LEFT)
    # The button is let go over a dialog.
    move(canvas, QPoint(300, 500), NO_BUTTON)
    assert not canvas.under_way
    assert equal(canvas.strokes, [in_canvas(ROW[:2])])
    move(canvas, QPoint(320, 500), NO_BUTTON)
    assert len(canvas.strokes) == canvas.undo_stack.count() == 1


def test_a_press_after_a_lost_release_begins_another_stroke(canvas: Canvas) -> None:
    QTest.mousePress(canvas, LEFT, NONE, ROW[0])
    move(canvas, ROW[1], LEFT)
    draw(canvas, [QPoint(100, 500), QPoint(200, 500)])
    assert equal(canvas.strokes, [in_canvas(ROW[:2]), in_canvas([QPoint(100, 500), QPoint(200, 500)])])


def test_with_a_button_held_over_a_dialog_the_pen_does_not_stick(qtbot: QtBot, theme: Theme) -> None:
    canvas = Canvas(theme)
    qtbot.addWidget(canvas)
    canvas.resize(SIDE, SIDE)
    with qtbot.waitExposed(canvas):
        canvas.show()
    QTest.mousePress(canvas.windowHandle(), LEFT, NONE, ROW[0])
    QTest.mouseMove(canvas.windowHandle(), ROW[1])
    dialog = QDialog(canvas)
    dialog.open()
    qtbot.waitExposed(dialog)
    QTest.mouseRelease(dialog.windowHandle(), LEFT, NONE, QPoint(5, 5))
    dialog.close()
    QTest.mouseMove(canvas.windowHandle(), QPoint(300, 500))
    assert not canvas.under_way
    assert canvas.undo_stack.count() == 1
    assert len(canvas.strokes[0]) == 2


# -- erasing ------------------------------------------------------------------------------------------------


def test_the_right_button_splits_a_stroke(canvas: Canvas) -> None:
    draw(canvas, ROW)
    draw(canvas, [QPoint(280, 200), QPoint(280, 360)], RIGHT)
    left, right = canvas.strokes
    cut = ERASER_RADIUS + pen.PEN / 28 / 2
    assert left[-1] == pytest.approx([0.5 - cut, 0.5])
    assert right[0] == pytest.approx([0.5 + cut, 0.5])
    assert not ink_at(canvas, QPoint(280, 280))
    assert ink_at(canvas, QPoint(150, 280))
    assert canvas.undo_stack.count() == 2
    canvas.undo()
    np.testing.assert_allclose(canvas.strokes[0], in_canvas(ROW))
    assert ink_at(canvas, QPoint(280, 280))


def test_the_eraser_tool_erases_with_the_left_button(canvas: Canvas) -> None:
    draw(canvas, ROW)
    canvas.use("eraser")
    draw(canvas, [QPoint(280, 200), QPoint(280, 360)])
    assert len(canvas.strokes) == 2
    canvas.use("pen")
    draw(canvas, ROW)
    assert len(canvas.strokes) == 3


def test_ink_beyond_the_ring_stays_and_ink_within_goes(canvas: Canvas) -> None:
    draw(canvas, ROW)
    draw(canvas, [QPoint(280, 280)], RIGHT)
    ring = round(ERASER_RADIUS * SIDE)
    assert not ink_at(canvas, QPoint(280 + ring - 3, 280))
    assert ink_at(canvas, QPoint(280 + ring + 3, 280))


def test_erasing_nothing_is_no_step(canvas: Canvas) -> None:
    draw(canvas, ROW)
    draw(canvas, [QPoint(100, 30), QPoint(300, 30)], RIGHT)
    assert canvas.undo_stack.count() == 1
    assert len(canvas.strokes) == 1


def test_a_whole_erase_gesture_is_one_step(qtbot: QtBot, canvas: Canvas) -> None:
    draw(canvas, ROW)
    QTest.mousePress(canvas, RIGHT, NONE, QPoint(150, 280))
    for x in (150, 300, 420):
        with qtbot.waitSignal(canvas.strokes_changed):
            QTest.mouseMove(canvas, QPoint(x, 276))
    assert len(canvas.strokes) < 3, "it erases while it moves"
    QTest.mouseRelease(canvas, RIGHT, NONE, QPoint(420, 280))
    assert canvas.undo_stack.count() == 2


# -- touch, tablet, keyboard ----------------------------------------------------------------------------------


def test_a_finger_draws_and_a_second_one_does_nothing(canvas: Canvas) -> None:
    device = QTest.createTouchDevice()
    QTest.touchEvent(canvas, device).press(0, QPoint(100, 100), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(150, 120), canvas).commit()
    QTest.touchEvent(canvas, device).stationary(0).press(1, QPoint(400, 400), canvas).commit()
    QTest.touchEvent(canvas, device).move(0, QPoint(200, 140), canvas).release(
        1, QPoint(400, 400), canvas
    ).commit()
    QTest.touchEvent(canvas, device).release(0, QPoint(250, 160), canvas).commit()
    (stroke,) = canvas.strokes
    expected = [QPoint(100, 100), QPoint(150, 120), QPoint(200, 140), QPoint(250, 160)]
    np.testing.assert_allclose(stroke, in_canvas(expected))


def tablet(canvas: Canvas, points: Sequence[QPoint], end: QPointingDevice.PointerType) -> None:
    device = QPointingDevice(
        "stylus", 7, QInputDevice.DeviceType.Stylus, end, QInputDevice.Capability.Position, 1, 2
    )
    kinds = [
        QEvent.Type.TabletPress,
        *[QEvent.Type.TabletMove] * (len(points) - 2),
        QEvent.Type.TabletRelease,
    ]
    for kind, point in zip(kinds, points, strict=True):
        at, on_screen = QPointF(point), QPointF(canvas.mapToGlobal(point))
        event = QTabletEvent(kind, device, at, on_screen, 0.5, 0, 0, 0, 0, 0, NONE, LEFT, LEFT)
        QCoreApplication.sendEvent(canvas, event)
        assert event.isAccepted(), "or Qt would send mouse events as well"


def test_a_tablet_pen_draws_and_its_other_end_erases(canvas: Canvas) -> None:
    tablet(canvas, ROW, QPointingDevice.PointerType.Pen)
    np.testing.assert_allclose(canvas.strokes[0], in_canvas(ROW))
    down = [QPoint(280, y) for y in (200, 280, 360)]
    tablet(canvas, down, QPointingDevice.PointerType.Eraser)
    assert len(canvas.strokes) == 2


class Stylus:
    """A tablet's pen, one event at a time."""

    def __init__(self, canvas: Canvas, end: QPointingDevice.PointerType) -> None:
        self.canvas = canvas
        kind, position = QInputDevice.DeviceType.Stylus, QInputDevice.Capability.Position
        self.device = QPointingDevice("stylus", 8, kind, end, position, 1, 3)

    def send(self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        on_screen = QPointF(self.canvas.mapToGlobal(at))
        event = QTabletEvent(
            kind, self.device, QPointF(at), on_screen, 0.5, 0, 0, 0, 0, 0, NONE, button, held
        )
        QCoreApplication.sendEvent(self.canvas, event)

    def press(self, at: QPoint, button: Qt.MouseButton = LEFT, held: Qt.MouseButton | None = None) -> None:
        self.send(QEvent.Type.TabletPress, at, button, button if held is None else held)

    def move(self, at: QPoint, held: Qt.MouseButton = LEFT) -> None:
        self.send(QEvent.Type.TabletMove, at, NO_BUTTON, held)

    def release(
        self, at: QPoint, button: Qt.MouseButton = LEFT, held: Qt.MouseButton = Qt.MouseButton.NoButton
    ) -> None:
        self.send(QEvent.Type.TabletRelease, at, button, held)


@pytest.fixture
def stylus(canvas: Canvas) -> Stylus:
    return Stylus(canvas, QPointingDevice.PointerType.Pen)


@pytest.mark.parametrize("barrel", [RIGHT, Qt.MouseButton.MiddleButton])
def test_a_click_of_a_barrel_button_does_not_end_a_stroke(
    canvas: Canvas, stylus: Stylus, barrel: Qt.MouseButton
) -> None:
    stylus.press(ROW[0])
    stylus.move(ROW[1])
    stylus.press(ROW[1], barrel, LEFT | barrel)
    stylus.release(ROW[2], barrel, LEFT)
    stylus.move(ROW[3])
    stylus.release(ROW[4])
    assert equal(canvas.strokes, [in_canvas(ROW[:5])])


def test_the_middle_barrel_button_alone_draws_nothing_and_the_right_one_erases(
    canvas: Canvas, stylus: Stylus
) -> None:
    middle = Qt.MouseButton.MiddleButton
    stylus.press(ROW[0], middle)
    stylus.move(ROW[1], middle)
    stylus.release(ROW[2], middle)
    assert canvas.strokes == []
    assert canvas.undo_stack.count() == 0
    draw(canvas, ROW)
    stylus.press(QPoint(280, 200), RIGHT)
    stylus.move(QPoint(280, 360), RIGHT)
    stylus.release(QPoint(280, 360), RIGHT)
    assert len(canvas.strokes) == 2


def test_a_pen_that_was_lifted_over_a_dialog_does_not_go_on_drawing(canvas: Canvas, stylus: Stylus) -> None:
    stylus.press(ROW[0])
    stylus.move(ROW[1])
    stylus.move(QPoint(300, 500), NO_BUTTON)
    assert equal(canvas.strokes, [in_canvas(ROW[:2])])
    stylus.press(QPoint(100, 500))
    stylus.press(QPoint(200, 400))
    stylus.release(QPoint(200, 400))
    assert [len(stroke) for stroke in canvas.strokes] == [2, 1, 1]


def test_the_pen_wins_over_a_palm_that_is_down_already(canvas: Canvas, stylus: Stylus) -> None:
    screen = QTest.createTouchDevice()
    QTest.touchEvent(canvas, screen).press(0, QPoint(400, 500), canvas).commit()
    QTest.touchEvent(canvas, screen).move(0, QPoint(402, 500), canvas).commit()
    stylus.press(ROW[0])
    QTest.touchEvent(canvas, screen).move(0, QPoint(404, 500), canvas).commit()
    stylus.move(ROW[1])
    QTest.touchEvent(canvas, screen).release(0, QPoint(404, 500), canvas).commit()
    stylus.release(ROW[2])
    assert equal(canvas.strokes, [in_canvas(ROW[:3])])
    assert canvas.undo_stack.count() == 1


def tap(canvas: Canvas, at: QPoint) -> None:
    screen = QTest.createTouchDevice()
    QTest.touchEvent(canvas, screen).press(0, at, canvas).commit()
    QTest.touchEvent(canvas, screen).release(0, at, canvas).commit()


def test_the_dot_of_a_palm_is_taken_back_by_the_pen_that_follows(
    canvas: Canvas, stylus: Stylus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palm, "PALM_MS", 60_000)
    draw(canvas, ROW)
    tap(canvas, QPoint(400, 500))
    assert len(canvas.strokes) == 2
    stylus.press(ROW[0])
    stylus.release(ROW[0])
    assert equal(canvas.strokes, [in_canvas(ROW), in_canvas(ROW[:1])])
    tap(canvas, QPoint(400, 500))
    assert len(canvas.strokes) == 2, "beside the pen a hand leaves no dot"
    canvas.undo()
    canvas.undo()
    assert canvas.strokes == []


def test_what_a_finger_drew_before_stays(
    canvas: Canvas, stylus: Stylus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palm, "PALM_MS", -1)
    tap(canvas, QPoint(400, 500))
    stylus.press(ROW[0])
    stylus.release(ROW[0])
    tap(canvas, QPoint(300, 500))
    assert len(canvas.strokes) == 3


def test_the_keyboard_draws(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.under_way
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    (stroke,) = canvas.strokes
    steps = np.diff(stroke, axis=0) / KEY_STEP
    np.testing.assert_allclose(stroke[0], [0.5, 0.5 - KEY_STEP])
    np.testing.assert_allclose(steps, [[1, 0]] * 4 + [[0, 4]], atol=1e-9)


def test_escape_takes_the_stroke_under_way_back_and_else_is_left_to_the_window(canvas: Canvas) -> None:
    draw(canvas, ROW)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
    QTest.mouseMove(canvas, QPoint(200, 100))

    def overridden() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, NONE)
        event.ignore()
        QCoreApplication.sendEvent(canvas, event)
        return event.isAccepted()

    assert overridden()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert len(canvas.strokes) == 1
    assert canvas.undo_stack.count() == 1
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(250, 100))
    assert len(canvas.strokes) == 1
    assert not overridden()


def test_leaving_with_the_keyboard_lifts_the_pen(canvas: Canvas) -> None:
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    canvas.clearFocus()
    assert not canvas.under_way
    assert len(canvas.strokes) == 1


# -- undo -----------------------------------------------------------------------------------------------------


def test_clear_can_be_undone(canvas: Canvas) -> None:
    draw(canvas, ROW)
    before = canvas.strokes
    canvas.clear()
    assert canvas.strokes == []
    canvas.clear()
    assert canvas.undo_stack.count() == 2, "clearing blank paper is no step"
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert equal(canvas.strokes, before)


def test_a_pen_on_a_picture_starts_afresh_and_undo_brings_it_back(canvas: Canvas) -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[8:20, 12:16] = 255
    canvas.show_drawing(of_picture(picture, "test image 3 · a 1"))
    assert ink_at(canvas, QPoint(280, 280))
    QTest.mousePress(canvas, LEFT, NONE, QPoint(60, 60))
    assert canvas.drawing.picture is None
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(60, 90))
    assert not ink_at(canvas, QPoint(280, 280))
    canvas.undo()
    assert canvas.drawing.picture is picture
    assert canvas.strokes == []


def test_the_eraser_leaves_a_picture_alone(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.show_drawing(of_picture(np.full((28, 28), 255, np.uint8), "white"))
    with qtbot.waitSignal(canvas.picture_rubbed):
        draw(canvas, ROW, RIGHT)
    assert canvas.drawing.picture is not None
    assert canvas.undo_stack.count() == 1


unit = st.floats(0, 1)
paths = st.lists(st.tuples(unit, unit), min_size=1, max_size=2 * CHUNK + 3)
commands = st.one_of(
    st.tuples(st.just("pen"), paths),
    st.tuples(st.just("eraser"), st.lists(st.tuples(unit, unit), min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["clear", "picture", "undo", "redo", "cancelled"]), paths.map(lambda p: p[:3])),
)


def act(sketch: DrawingEditor, name: str, path: list[tuple[float, float]]) -> None:
    if name in ("pen", "eraser", "cancelled"):
        sketch.begin("eraser" if name == "eraser" else "pen", path[0])
        for point in path[1:]:
            sketch.extend(point)
        if name == "cancelled":
            sketch.cancel()
        else:
            sketch.finish()
    elif name == "picture":
        sketch.show(of_picture(np.full((28, 28), 9, np.uint8), "picture"))
    else:
        getattr(sketch, name)()


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, max_size=12))
def test_undoing_everything_leaves_blank_paper_and_redoing_brings_everything_back(
    qapp: object, steps: list[tuple[str, list[tuple[float, float]]]]
) -> None:
    sketch = DrawingEditor()
    for name, path in steps:
        act(sketch, name, path)
    while sketch.undo_stack.canRedo():
        sketch.redo()
    strokes, picture = sketch.drawing.strokes, sketch.drawing.picture
    while sketch.undo_stack.canUndo():
        sketch.undo()
    assert sketch.drawing.strokes == ()
    assert sketch.drawing.picture is None
    while sketch.undo_stack.canRedo():
        sketch.redo()
    assert equal(sketch.drawing.strokes, strokes)
    assert sketch.drawing.picture is picture
    assert all(((stroke >= 0) & (stroke <= 1)).all() for stroke in strokes)


def test_an_editor_and_its_steps_go_without_the_collector(qapp: object) -> None:
    """It would take objects of Python and of Qt apart in any order, which ends the program at times."""
    sketch = DrawingEditor()
    for name in ("pen", "eraser", "clear", "undo", "pen"):
        act(sketch, name, [(0.1, 0.1), (0.5, 0.5)])
    gone = weakref.ref(sketch)
    gc.disable()
    try:
        del sketch
        assert gone() is None
    finally:
        gc.enable()


# -- the picture on the screen --------------------------------------------------------------------------------


def test_the_cached_picture_is_what_drawing_afresh_gives(canvas: Canvas, theme: Theme, qtbot: QtBot) -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        path = 280 + np.cumsum(rng.normal(0, 12, (3 * CHUNK, 2)), axis=0)
        draw(canvas, [QPoint(round(x), round(y)) for x, y in path.clip(20, 540).tolist()])
        canvas.grab()
    draw(canvas, [QPoint(100, 100), QPoint(450, 450)], RIGHT)
    canvas.grab()
    canvas.undo()
    canvas.grab()
    canvas.redo()
    QTest.mouseMove(canvas, QPoint(2, 2))
    fresh = Canvas(theme)
    qtbot.addWidget(fresh)
    fresh.resize(SIDE, SIDE)
    fresh.show_drawing(Drawing(canvas.drawing.strokes))
    canvas.clearFocus()
    # The images are held: the bytes go with them.
    images = [w.grab().toImage() for w in (canvas, fresh)]
    a, b = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in images)
    assert np.abs(a - b).max() <= 2


def test_both_themes_show_the_drawing_and_differ(canvas: Canvas, theme: Theme) -> None:
    draw(canvas, ROW)
    pictures = []
    for name in ("light", "dark"):
        theme.choose(name)
        pictures.append(canvas.grab().toImage())
    light, dark = (picture.pixelColor(270, 280).lightness() for picture in pictures)
    assert light < 20
    assert dark > 235


def test_a_message_on_empty_paper_is_not_crossed_by_the_box_for_drawings(canvas: Canvas) -> None:
    def greys_along_the_top_of_the_box() -> set[int]:
        picture = canvas.grab().toImage()
        top = round(SIDE * 4 / 28)
        return {
            picture.pixelColor(x, y).lightness() for x in range(200, 400) for y in range(top - 3, top + 4)
        }

    assert len(greys_along_the_top_of_the_box()) > 1
    canvas.set_message(
        "This model reads 12×20 pictures; drawings are 28×28. Load a test image to see what it does."
    )
    assert len(greys_along_the_top_of_the_box()) == 1


def test_a_contribution_lies_exactly_over_the_ink_that_it_adds(canvas: Canvas) -> None:
    draw(canvas, [QPoint(x, 150 + x // 4) for x in range(60, 200, 4)])
    image = pen.render(canvas.strokes)
    frame = canvas.frame()
    assert frame is not None
    for x, y in canvas.strokes[0].tolist():
        column = int((x - frame.x()) / frame.width() * 28)
        row = int((y - frame.y()) / frame.height() * 28)
        assert image[row, column] >= 200
    before = canvas.grab().toImage()
    canvas.set_contribution((image / 255).astype(np.float32), "#3 adds 1.00 × decoder")
    over = canvas.grab().toImage().pixelColor(130, 182)
    assert over.red() > over.blue() + 60, "ink that is added is red on light paper"
    canvas.set_contribution(None)
    assert canvas.grab().toImage() == before


@pytest.fixture
def digit_of(shared_data: Path) -> Callable[[int], list[Stroke]]:
    digits = pen.load_npz(shared_data / "strokes" / "digits.npz")
    return lambda index: list(digits[index])


@pytest.mark.parametrize("index", [0, 411, 1203, 1999])
def test_a_real_digit_drawn_with_the_mouse_is_the_image_of_its_strokes(
    canvas: Canvas, digit_of: Callable[[int], list[Stroke]], index: int
) -> None:
    digit = digit_of(index)
    for stroke in fitted(digit):
        draw(canvas, [QPoint(round(x * SIDE), round(y * SIDE)) for x, y in stroke.tolist()])
    drawn, wanted = (pen.render(strokes).astype(float) for strokes in (canvas.strokes, digit))
    # Points lie on whole pixels of the screen: a twentieth of one of the image's.
    assert np.abs(drawn - wanted).mean() < 2
    assert np.abs(drawn - wanted).max() < 60


def test_strokes_of_any_unit_are_fitted_into_the_sheet(digit_of: Callable[[int], list[Stroke]]) -> None:
    digit = digit_of(5)
    moved = [stroke * 300 - 70 for stroke in digit]
    shown = fitted(moved)
    points = np.concatenate(shown)
    assert points.min() > 0
    assert points.max() < 1
    np.testing.assert_array_equal(pen.render(shown), pen.render(digit))
    (dot,) = fitted([np.array([[5.0, 7.0]])])
    np.testing.assert_allclose(dot, [[0.5, 0.5]])
