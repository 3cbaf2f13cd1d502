"""The draw panel with real events, a really trained model and the real files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFont, QGuiApplication, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core import strokes as pen
from saegui.core.data import Dataset
from saegui.ui.panels.draw.layout import CAPTION, arrange
from saegui.ui.panels.draw.panel import TOOLS, DrawPanel
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.pictures import SHADES, Shades

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def panel(
    qtbot: QtBot, services: Services, theme: Theme, small_run: Path, digits: Dataset
) -> Iterator[DrawPanel]:
    services.library.open(small_run)
    services.state.set_dataset(digits)
    made = DrawPanel(services, theme)
    qtbot.addWidget(made)
    made.resize(348, 300)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    QGuiApplication.clipboard().clear()


@pytest.fixture
def told(panel: DrawPanel) -> list[tuple[str, str]]:
    """What the user was told: (level, sentence)."""
    sentences: list[tuple[str, str]] = []
    panel.state.notice.connect(lambda level, sentence: sentences.append((level, sentence)))
    return sentences


def draw(panel: DrawPanel, *points: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    canvas = panel.canvas
    places = [QPoint(round(x * canvas.width()), round(y * canvas.height())) for x, y in points]
    QTest.mousePress(canvas, button, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, button, NONE, places[-1])


def seven(panel: DrawPanel) -> None:
    draw(panel, (0.3, 0.25), (0.7, 0.25), (0.45, 0.8))


# -- live -----------------------------------------------------------------------------------------------------


def test_a_stroke_is_encoded_and_shown(panel: DrawPanel) -> None:
    seven(panel)
    state, stage = panel.state, panel.stage
    np.testing.assert_array_equal(state.image, pen.render(panel.canvas.strokes))
    assert state.code is not None
    assert stage.sees.picture is not None
    assert stage.reconstruction.picture is not None
    assert stage.l0.text == str(state.code.l0) == "4"
    assert float(stage.mse.text) == pytest.approx(state.code.mse, rel=0.06)
    assert float(stage.ink.text) == pytest.approx(state.image.sum() / 255, abs=0.5)
    # Input, reconstruction and error have one scale: the ends of the error's colours are one whole step from paper to ink.
    x = state.image / np.float32(255)
    np.testing.assert_allclose(stage.error.values, x - state.code.reconstruction, atol=1e-6)
    assert stage.error._weights is not None and stage.error._weights[1] == 1.0
    assert state.dataset is not None
    mean = (state.dataset.train_images / 255).mean(axis=0)
    fvu = np.square(x - state.code.reconstruction).sum() / np.square(x - mean).sum()
    assert float(stage.fvu.text) == pytest.approx(fvu, rel=0.01)
    # They follow what is set by hand.
    latent = int(state.code.active[0])
    panel.services.steering.set(latent, 0.0)
    steered = panel.services.steering.shown
    assert steered is not None
    np.testing.assert_allclose(stage.error.values, x - steered.reconstruction, atol=1e-6)
    assert float(stage.fvu.text) > fvu
    panel.services.steering.reset()
    assert float(stage.fvu.text) == pytest.approx(fvu, rel=0.01)


def test_ink_is_counted_only_where_pictures_show_ink(panel: DrawPanel) -> None:
    stage = panel.stage
    for shape, shades, ink, each in (
        ((28, 28), SHADES, "98", True),
        ((28, 28), Shades(ink=False), "–", True),
        ((12, 12), Shades((-3.0, 3.0), ink=False), "–", False),
        ((12, 12, 3), SHADES, "–", True),
    ):
        stage.set_shape(shape, shades)
        stage.ink.show_ink(98.0)
        assert stage.ink.text == ink and stage.ink.isHidden() == (ink == "–")
        assert ("MNIST" in stage.ink.toolTip()) == (ink == "98")
        assert ("each from 0 to 1" in stage.mse.toolTip()) == each


def test_it_is_encoded_while_the_pen_moves(qtbot: QtBot, panel: DrawPanel) -> None:
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, NONE, QPoint(60, 60))
    codes = []
    for y in (100, 140, 180):
        with qtbot.waitSignal(panel.state.code_changed):
            QTest.mouseMove(canvas, QPoint(90, y))
        assert panel.state.code is not None
        codes.append(panel.state.code.z)
    assert not np.array_equal(codes[0], codes[1])
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not panel.state.has_image
    assert panel.state.code is None
    assert panel.stage.l0.text == panel.stage.fvu.text == "–"
    assert panel.stage.reconstruction.picture is None and panel.stage.error.picture is None


def test_the_right_button_erases_and_the_model_sees_it(panel: DrawPanel) -> None:
    draw(panel, (0.2, 0.3), (0.8, 0.3))
    draw(panel, (0.2, 0.7), (0.8, 0.7))
    draw(panel, (0.5, 0.1), (0.5, 0.5), button=RIGHT)
    assert len(panel.state.drawing.strokes) == 3
    np.testing.assert_array_equal(panel.state.image, pen.render(panel.canvas.strokes))


def test_undo_redo_and_clear_reach_the_model(panel: DrawPanel) -> None:
    seven(panel)
    image = panel.state.image
    assert panel.can_undo
    panel.clear()
    assert not panel.state.has_image
    assert not panel.buttons["clear"].isEnabled()
    panel.undo()
    np.testing.assert_array_equal(panel.state.image, image)
    panel.undo()
    assert not panel.can_undo
    assert not panel.buttons["undo"].isEnabled()
    assert not panel.state.has_image
    panel.redo()
    np.testing.assert_array_equal(panel.state.image, image)
    panel.redo()
    assert not panel.can_redo


def test_the_buttons_do_what_they_say(panel: DrawPanel) -> None:
    seven(panel)
    QTest.mouseClick(panel.buttons["undo"], LEFT)
    assert not panel.state.has_image
    QTest.mouseClick(panel.buttons["redo"], LEFT)
    assert panel.state.has_image
    QTest.mouseClick(panel.buttons["eraser"], LEFT)
    assert panel.canvas.tool == "eraser"
    panel.use_pen()
    assert panel.buttons["pen"].isChecked()
    assert not panel.buttons["eraser"].isChecked()
    QTest.mouseClick(panel.buttons["clear"], LEFT)
    assert not panel.state.has_image


def test_points_that_are_no_numbers_are_reported_and_do_not_escape(
    panel: DrawPanel, told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seven(panel)
    before = panel.state.image
    broken = pen.Drawing((np.array([[0.1, np.nan]]),))
    monkeypatch.setattr(type(panel.canvas), "drawing", property(lambda self: broken))
    panel.canvas.strokes_changed.emit()
    assert [level for level, _ in told] == ["bad"]
    np.testing.assert_array_equal(panel.state.image, before)


# -- test images ------------------------------------------------------------------------------------------------


def test_a_test_image_of_a_class_is_of_that_class(panel: DrawPanel, digits: Dataset) -> None:
    for label in [*range(10)] * 3:
        panel.load_test_image(label)
        index = int(panel.state.drawing.title.split()[2])
        assert digits.test_labels[index] == label
        np.testing.assert_array_equal(panel.state.image, digits.test_images[index])
        assert panel.state.drawing.title.endswith(f" · class {label}")


def test_test_images_come_by_chance_but_the_same_after_every_start(
    qtbot: QtBot, panel: DrawPanel, services: Services, theme: Theme
) -> None:
    titles = []
    for _ in range(4):
        panel.load_test_image(None)
        titles.append(panel.state.drawing.title)
    assert len(set(titles)) == 4
    again = DrawPanel(services, theme)
    qtbot.addWidget(again)
    for title in titles:
        again.load_test_image(None)
        assert panel.state.drawing.title == title


def test_shift_shows_the_next_one(panel: DrawPanel, digits: Dataset) -> None:
    panel.load_test_image(7)
    first = int(panel.state.drawing.title.split()[2])
    sevens = np.flatnonzero(digits.test_labels == 7).tolist()
    QTest.mouseClick(panel.buttons["test-image"], LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(8, 12))
    assert int(panel.state.drawing.title.split()[2]) == (first + 1) % len(digits.test_labels)
    panel.load_test_image(7)
    here = int(panel.state.drawing.title.split()[2])
    panel.load_test_image(7, following=True)
    expected = next((i for i in sevens if i > here), sevens[0])
    assert int(panel.state.drawing.title.split()[2]) == expected


def test_the_menu_lists_the_classes_of_the_data(panel: DrawPanel, digits: Dataset) -> None:
    actions = [action for action in panel.menu.actions() if not action.isSeparator()]
    assert [action.text() for action in actions] == ["Any class", *digits.classes]
    actions[4].trigger()
    assert panel.state.drawing.title.endswith(" · class 3")


def test_without_data_it_says_so(panel: DrawPanel, told: list[tuple[str, str]]) -> None:
    panel.state.set_dataset(None)
    assert not panel.buttons["test-image"].isEnabled()
    panel.load_test_image(3)
    assert told == [("warn", "There are no test images yet: load a data set first.")]


def test_an_image_from_elsewhere_is_shown_and_can_be_undone(panel: DrawPanel, digits: Dataset) -> None:
    seven(panel)
    drawn = panel.state.image
    panel.state.set_image(digits.test_images[5], "training image 5")
    assert panel.canvas.drawing.picture is not None
    assert panel.canvas.drawing.title == "training image 5"
    draw(panel, (0.2, 0.2), (0.2, 0.8))
    assert panel.state.drawing.title == ""
    assert len(panel.state.drawing.strokes) == 1
    panel.undo()
    np.testing.assert_array_equal(panel.state.image, digits.test_images[5])
    assert panel.state.drawing.title == "training image 5"
    panel.undo()
    np.testing.assert_array_equal(panel.state.image, drawn)


def test_canvas_and_state_hold_the_same_drawing(panel: DrawPanel, digits: Dataset) -> None:
    state, canvas = panel.state, panel.canvas
    assert canvas.drawing.empty and state.drawing.empty
    seven(panel)
    assert state.drawing is canvas.drawing
    drawn = state.drawing
    panel.load_test_image(3)
    assert state.drawing is canvas.drawing
    state.set_image(digits.test_images[5], "training image 5")
    assert state.drawing is canvas.drawing
    panel.undo()
    panel.undo()
    assert state.drawing is canvas.drawing is drawn
    panel.clear()
    assert state.drawing is canvas.drawing


def test_each_change_is_encoded_once(panel: DrawPanel, digits: Dataset) -> None:
    seven(panel)
    spy = QSignalSpy(panel.state.code_changed)
    panel.load_test_image(3)
    assert spy.count() == 1
    panel.undo()
    assert spy.count() == 2
    panel.state.set_image(digits.test_images[5], "training image 5")
    assert spy.count() == 3
    panel.canvas.strokes_changed.emit()
    assert spy.count() == 3, "nothing changed"


@pytest.mark.parametrize("button", [LEFT, RIGHT])
def test_an_image_that_comes_while_the_pen_is_down_stays(
    panel: DrawPanel, digits: Dataset, button: Qt.MouseButton
) -> None:
    seven(panel)
    drawn, canvas = panel.state.drawing, panel.canvas
    QTest.mousePress(canvas, button, NONE, QPoint(60, 60))
    QTest.mouseMove(canvas, QPoint(90, 90))
    panel.state.set_image(digits.test_images[5], "training image 5")
    assert not canvas.under_way
    QTest.mouseRelease(canvas, button, NONE, QPoint(90, 90))
    assert panel.state.drawing is canvas.drawing
    np.testing.assert_array_equal(panel.state.image, digits.test_images[5])
    panel.undo()
    assert panel.state.drawing is drawn, "the stroke that was being drawn is dropped"


def test_strokes_from_elsewhere_are_shown_where_the_model_sees_them(panel: DrawPanel) -> None:
    strokes = [np.array([[0.0, 0.0], [300.0, 0.0], [120.0, 500.0]])]
    panel.state.set_strokes(strokes)
    np.testing.assert_array_equal(pen.render(panel.canvas.strokes), pen.render(strokes))
    frame = panel.canvas.frame()
    assert frame is not None
    assert (frame.x(), frame.y(), frame.width()) == pytest.approx((0, 0, 1))


def test_what_was_there_before_the_panel_is_shown_but_no_step(
    qtbot: QtBot, panel: DrawPanel, services: Services, theme: Theme
) -> None:
    seven(panel)
    later = DrawPanel(services, theme)
    qtbot.addWidget(later)
    assert len(later.canvas.strokes) == 1
    assert not later.can_undo


# -- pictures ---------------------------------------------------------------------------------------------------


def page(ink: int, paper: int) -> QImage:
    """A 1 on a page."""
    image = QImage(90, 120, QImage.Format.Format_RGB32)
    image.fill(paper * 0x010101)
    for x in range(42, 50):
        for y in range(20, 100):
            image.setPixelColor(x, y, ink * 0x010101 | 0xFF000000)  # type: ignore[arg-type]
    return image


def test_a_dark_on_light_picture_is_pasted_and_its_dark_parts_called_ink(
    qtbot: QtBot, panel: DrawPanel, told: list[tuple[str, str]]
) -> None:
    QGuiApplication.clipboard().setImage(page(0, 255))
    with qtbot.waitSignal(panel.state.image_changed):
        panel.paste()
    image = panel.state.image
    assert image[14, 13:15].max() > 200
    assert image[:, :8].max() == 0
    assert [level for level, _ in told] == ["info"]
    assert "Its border is light, so its dark parts became the strokes." in told[0][1]
    assert panel.canvas.drawing.picture is not None


def test_a_light_on_dark_picture_is_taken_as_it_is(
    qtbot: QtBot, panel: DrawPanel, told: list[tuple[str, str]]
) -> None:
    QGuiApplication.clipboard().setImage(page(255, 0))
    with qtbot.waitSignal(panel.state.image_changed):
        panel.paste()
    assert panel.state.image[14, 13:15].max() > 200
    assert "Its border is dark, so its bright parts became the strokes." in told[0][1]


def test_pasting_nothing_says_so(panel: DrawPanel, told: list[tuple[str, str]]) -> None:
    seven(panel)
    QGuiApplication.clipboard().setText("no picture")
    panel.paste()
    assert told == [("info", "There is no picture on the clipboard: copy one first.")]
    assert len(panel.canvas.strokes) == 1


def drop(panel: DrawPanel, data: QMimeData) -> bool:
    at, copy = QPoint(50, 50), Qt.DropAction.CopyAction
    entered = QDragEnterEvent(at, copy, data, LEFT, NONE)
    QApplication.sendEvent(panel, entered)
    if entered.isAccepted():
        QApplication.sendEvent(panel, QDropEvent(QPointF(at), copy, data, LEFT, NONE))
    return entered.isAccepted()


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_a_picture_file_can_be_dropped(qtbot: QtBot, panel: DrawPanel, tmp_path: Path) -> None:
    page(255, 0).save(str(tmp_path / "one.png"))
    with qtbot.waitSignal(panel.state.image_changed):
        assert drop(panel, files(tmp_path / "one.png"))
    assert panel.state.drawing.title == "picture one.png"


@pytest.mark.parametrize("content", [b"just text\n", b"", b"\x89PNG\r\n\x1a\n broken"])
def test_a_file_that_is_no_picture_is_named_and_the_drawing_stays(
    qtbot: QtBot, panel: DrawPanel, told: list[tuple[str, str]], tmp_path: Path, content: bytes
) -> None:
    seven(panel)
    before, file = panel.state.image, tmp_path / "notes.png"
    file.write_bytes(content)
    assert drop(panel, files(file))
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told[0][0] == "bad"
    assert "notes.png" in told[0][1]
    np.testing.assert_array_equal(panel.state.image, before)
    assert panel.undo_stack.count() == 1


def test_blank_and_missing_pictures_are_named(
    qtbot: QtBot, panel: DrawPanel, told: list[tuple[str, str]], tmp_path: Path
) -> None:
    page(255, 255).save(str(tmp_path / "blank.png"))
    for name in ("blank.png", "missing.png"):
        panel.open_picture(tmp_path / name)
        qtbot.waitUntil(lambda name=name: bool(told) and name in told[-1][1])
    assert [level for level, _ in told] == ["bad", "bad"]
    assert not panel.state.has_image


def test_the_picture_asked_for_last_wins(qtbot: QtBot, panel: DrawPanel, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        page(255, 0).save(str(tmp_path / name))
        panel.open_picture(tmp_path / name)
    qtbot.waitUntil(lambda: not panel.services.jobs.running)
    assert panel.state.drawing.title == "picture b.png"
    assert panel.undo_stack.count() == 1


def test_text_cannot_be_dropped(panel: DrawPanel) -> None:
    data = QMimeData()
    data.setText("7")
    assert not drop(panel, data)


def test_opening_a_picture_asks_without_blocking(qtbot: QtBot, panel: DrawPanel, tmp_path: Path) -> None:
    page(255, 0).save(str(tmp_path / "one.png"))
    panel.ask_picture()
    (dialog,) = panel.findChildren(QFileDialog)
    with qtbot.waitSignal(panel.state.image_changed):
        dialog.fileSelected.emit(str(tmp_path / "one.png"))
    dialog.reject()
    assert panel.state.drawing.title == "picture one.png"


# -- contribution, looks ------------------------------------------------------------------------------------------


def test_hovering_a_latent_shows_what_it_adds(panel: DrawPanel) -> None:
    seven(panel)
    plain = panel.canvas.grab().toImage()
    assert panel.state.code is not None
    panel.state.hover(int(panel.state.code.active[0]))
    assert panel.canvas.grab().toImage() != plain
    off = int(np.flatnonzero(panel.state.code.z == 0)[0])
    panel.state.hover(off)
    assert panel.canvas.grab().toImage() == plain
    panel.state.hover(None)
    assert panel.canvas.grab().toImage() == plain


def test_both_themes_paint_and_differ(panel: DrawPanel, theme: Theme) -> None:
    seven(panel)
    pictures = []
    for name in ("light", "dark"):
        theme.choose(name)
        pictures.append(panel.grab().toImage())
    assert pictures[0] != pictures[1]
    sees = panel.stage.sees.picture
    assert sees is not None
    assert sees.pixelColor(0, 0).lightness() < 30, "paper is dark in the dark theme"


def test_everything_has_a_name_and_a_tip(panel: DrawPanel) -> None:
    assert list(panel.buttons) == [name for group in TOOLS for name in group]
    for button in panel.buttons.values():
        assert button.accessibleName()
        assert button.toolTip()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert "(Ctrl+Z)" in panel.buttons["undo"].toolTip()
    for widget in (panel.canvas, panel.stage.sees, panel.stage.reconstruction, panel.stage.ink):
        assert widget.accessibleName()
    assert panel.stage.l0.accessibleName() == "L0 –"


def test_what_a_network_says_is_told_apart_before_it_is_said_in_full(panel: DrawPanel) -> None:
    stage, found = panel.stage, set()
    stage.say("7, 100 %", "7, 98 %")
    for size in product((260, 324, 420, 536, 900), (136, 200, 300, 440)):
        panel.resize(*size)
        first, second = stage._captions[:2]
        for caption in (first, second):
            if caption.isVisible():
                needed = caption.fontMetrics().horizontalAdvance(caption.text())
                assert needed <= caption.width(), (size, caption.text())
                assert "%" in caption.toolTip()
        if first.isVisible() and second.isVisible() and first.width() >= 48:
            assert first.text() != second.text(), size
            assert first.text().split(":")[0] in ("model input", "input"), size
            found.add(first.text())
    assert {"input: 7", "model input: 7, 100 %"} <= found


def test_captions_are_whole_and_keep_apart(panel: DrawPanel) -> None:
    stage = panel.stage
    for size in product((260, 316, 324, 336, 420, 536, 900), (136, 180, 192, 200, 240, 300, 440)):
        stage.resize(*size)
        shown = [caption for caption in stage._captions if caption.isVisible()]
        for caption in shown:
            needed = caption.fontMetrics().horizontalAdvance(caption.text())
            assert needed <= caption.width(), (size, caption.text())
            assert caption.geometry().right() <= stage.width(), (size, caption.text())
        if len(shown) == 2:
            assert not shown[0].geometry().intersects(shown[1].geometry()), size


def test_readings_keep_apart_and_the_gauge_is_whole_or_away(panel: DrawPanel) -> None:
    stage = panel.stage
    for reading in (stage.l0, stage.mse, stage.fvu):
        reading.show_text("10" if reading is stage.l0 else "0.275" if reading is stage.fvu else "0.0086")
    stage.ink.show_ink(99.0)
    for size in product((260, 316, 324, 400, 420, 536, 900), (136, 240, 256, 440)):
        stage.resize(*size)
        readings = [each for each in (stage.ink, stage.l0, stage.mse, stage.fvu) if each.width()]
        for reading in readings:
            beside = [
                other.x() - reading.x()
                for other in readings
                if other.y() == reading.y() and other.x() > reading.x()
            ]
            assert reading.end <= min([*(far - 4 for far in beside), reading.width()]), size


def test_where_there_is_no_ink_its_room_is_not_left_empty(panel: DrawPanel) -> None:
    stage = panel.stage
    ways = set()
    for size in product((260, 324, 400, 536, 900), (136, 240, 256, 440)):
        stage.set_shape((28, 28))
        stage.resize(*size)
        first, before = stage.ink.geometry(), [each.geometry() for each in (stage.l0, stage.mse, stage.fvu)]
        if first.isEmpty():
            continue
        stage.set_shape((28, 28), Shades(ink=False))
        after = [each.geometry() for each in (stage.l0, stage.mse, stage.fvu)]
        assert stage.ink.isHidden() and after[0].topLeft() == first.topLeft(), size
        # Each is as wide as it was, or wider, and none lies on another.
        assert all(new.width() >= old.width() for new, old in zip(after, before, strict=True)), size
        assert not any(one.intersects(other) for one, other in combinations(after, 2)), size
        ways.add(len({place.y() for place in after}))
    assert ways >= {1, 2}


def test_the_gauge_keeps_apart_from_what_is_beside_it_in_every_font(panel: DrawPanel) -> None:
    gauge = panel.stage.ink
    gauge.show_ink(99.0)
    for family in ("DejaVu Sans", "DejaVu Serif", "monospace", ""):
        gauge.setFont(QFont(family))
        ends = {}
        for width in range(60, 180):
            gauge.resize(width, 18)
            ends[width] = gauge.end
        # With the gauge it is longer than without.
        assert len(set(ends.values())) == 2
        assert all(end + 4 <= width for width, end in ends.items() if end == max(ends.values()))


@pytest.mark.parametrize("width", [260, 316, 324, 420, 536, 900])
@pytest.mark.parametrize("height", [136, 180, 240, 300, 440, 900])
def test_nothing_overlaps_or_leaves_the_stage(width: int, height: int) -> None:
    layout = arrange(width, height)
    captions = [place.adjusted(0, -CAPTION, 0, 0) for place in layout.previews]
    places = [layout.canvas, *captions, *layout.readings]
    assert all(QRect(0, 0, width, height).contains(place) for place in places)
    for index, place in enumerate(places):
        assert not any(place.intersects(other) for other in places[:index])
    assert layout.canvas.width() == layout.canvas.height() >= 100
    assert all(place.width() == place.height() >= 36 for place in layout.previews)
