"""The whole window with a model of texts: they are typed, latents light up, and examples and atoms are read as texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from saegui.core.arrays import Array
from saegui.core.data import Dataset, Items
from saegui.core.data.dataset import Found
from saegui.core.data.options import Options
from saegui.core.data.registry import built_in
from saegui.core.errors import DataError
from saegui.core.numbers import latent_name
from saegui.core.progress import Progress
from saegui.core.runs.run import open_run
from saegui.ui.panels.active.panel import ActivePanel
from saegui.ui.panels.active.row_paint import TILE
from saegui.ui.panels.compare.panel import ComparePanel
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.features.hover_card import Facts
from saegui.ui.panels.latent.bars import BarChart
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.sections.examples import Examples
from saegui.ui.panels.latent.sections.intervals import Intervals
from saegui.ui.panels.latent.sections.nearest import Nearest
from saegui.ui.panels.map.map_view import MapView
from saegui.ui.panels.map.panel import MapPanel
from saegui.ui.window.main_window import MainWindow
from tests import made_up as sources

TIMEOUT = 60_000
BASE = replace(sources.VECTOR.info, name="made-up-texts", title="made-up texts", classes=())


def _load(folder: Path | None, options: Options, progress: Progress) -> Found:
    """The made-up vectors, each called by a word."""
    arrays = sources.VECTOR.load(folder, options, progress)
    assert not isinstance(arrays, Found)
    train, test = arrays.train_images, arrays.test_images
    rows = {f"word{i}": row for i, row in enumerate(train)} | {f"test{i}": row for i, row in enumerate(test)}

    def encode(texts: Sequence[str]) -> Array:
        if unknown := [text for text in texts if text not in rows]:
            raise DataError(f"'{unknown[0]}' is no word.")
        return np.stack([rows[text] for text in texts]).astype(np.float32) / 255

    found = arrays.unlabelled(train, test)
    items = Items([f"word{i}" for i in range(len(train))], [f"test{i}" for i in range(len(test))], encode)
    return Found(found, BASE.title, items=items)


TEXTS = replace(sources.VECTOR, info=BASE, load=_load)


@pytest.fixture
def window(make_main_window: Callable[..., MainWindow], own_home: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with sources.added(TEXTS):
        window = make_main_window(run=sources.train(TEXTS, own_home / "runs" / "texts"), size=(1440, 900))
        near = window.services.nearest
        qtbot.waitUntil(lambda: window.state.stats is not None and bool(near.of_atom(0)), timeout=TIMEOUT)
        yield window


def test_texts_are_typed_light_up_and_are_read(window: MainWindow, qtbot: QtBot) -> None:
    state, near = window.state, window.services.nearest
    draw, latent, active = (window.panels[name] for name in ("draw", "latent", "active"))
    assert isinstance(draw, DrawPanel) and isinstance(latent, LatentPanel) and isinstance(active, ActivePanel)
    page, dock = draw.stage.write, window.docks["draw"]
    assert page.isVisible() and not draw.canvas.isVisible() and dock.open_action.text() == "Write"
    assert draw.buttons["pen"].isHidden() and not draw.buttons["clear"].isHidden()

    # Typing: what is no word is said and lights nothing up; a word lights up.
    page.field.setFocus()
    QTest.keyClicks(page.field, "wor")
    assert state.drawing.text == "wor" and state.code is None and "'wor' is no word." in page.note.text()
    assert active.empty.label.text() == "'wor' is no word."
    QTest.keyClicks(page.field, "d7")
    assert state.code is not None and state.code.l0 and active.list.isVisible() and not page.note.text()
    np.testing.assert_allclose(state.model_input, state.dataset.train_images[7] / 255, atol=1e-6)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: len(near.of_reconstruction) == 10)
    assert [entry.text for entry in page.nearest.entries] == [each.text for each in near.of_reconstruction]
    assert near.of_reconstruction[0].text == "word7" or near.of_reconstruction[0].cosine > 0.8

    # Undo is the window's.
    QTest.keyClick(page.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.field.text == "")
    draw.redo()
    assert page.field.text == "word7"

    # The inspector shows words: examples, and what is nearest to the atom.
    state.select(int(state.code.active[0]))
    examples, nearest = latent.sections["examples"], latent.sections["nearest"]
    assert isinstance(examples, Examples) and isinstance(nearest, Nearest)
    strip = examples.strips[0]
    assert strip.texts.isVisible() and not strip.view.isVisible()
    # Random ones stand beside them, and both lists have some lines.
    assert all(each.texts.isVisible() and each.texts.viewport().height() >= 50 for each in examples.strips)
    assert [entry.text for entry in strip.texts.entries] == [
        f"word{each.index}" for each in strip.view.examples
    ]
    latent.header.pages.button("intervals").click()
    spread = latent.sections["intervals"]
    assert isinstance(spread, Intervals) and spread.strip.texts.isVisible()
    values = [each.value for each in spread.view.examples]
    assert values == sorted(values, reverse=True) and len(values) == len(spread.strip.texts.entries) > 5
    latent.header.pages.button("overview").click()
    assert nearest.isVisible() and not latent.sections["classes"].isVisible()
    atom = state.snapshot.W_dec[state.selected]  # type: ignore[union-attr]
    rows = state.dataset.train_images / 255.0  # type: ignore[union-attr]
    seen = rows - rows.mean(0)
    cosines = seen @ atom / np.linalg.norm(seen, axis=1) / np.linalg.norm(atom)
    expected = [f"word{i}" for i in np.argsort(-cosines)[:3]]
    assert [entry.text for entry in nearest.texts.entries[:3]] == expected
    strip.texts.chosen.emit(1)
    assert page.field.text == strip.texts.entries[1].text == state.drawing.text
    strip.texts.setCurrentIndex(strip.texts.model().index(2, 0))
    QTest.keyClick(strip.texts, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == strip.texts.entries[2].text

    # A test text is shown as its text; another data set brings the canvas back, without a pen: the model reads no drawings.
    draw.load_test_image()
    assert page.field.text.startswith("test") and page.note.text().startswith("test text ")
    window.services.data.require(built_in())
    qtbot.waitUntil(lambda: not state.writes, timeout=TIMEOUT)
    assert draw.canvas.isVisible() and dock.open_action.text() == "Input" and draw.buttons["pen"].isHidden()
    QApplication.processEvents()


def test_nothing_that_is_measured_on_texts_is_said_of_images(window: MainWindow, qtbot: QtBot) -> None:
    window.state.select(int(window.state.stats.density.argmax()))
    draw, latent = window.panels["draw"], window.panels["latent"]
    button = draw.buttons["test-image"]
    said = [button.accessibleName(), button.toolTip()]
    said += [label.text() + label.toolTip() for label in latent.findChildren(QLabel)]
    said += [
        chart.accessibleName() + chart.accessibleDescription() for chart in latent.findChildren(BarChart)
    ]
    said += [window.panels["features"].grid.accessibleDescription()]
    assert button.accessibleName() == "Test text" and "Load a text" in button.toolTip()
    assert any("texts by activation" in words for words in said)
    assert any(words.startswith("on text") for words in said)
    assert not [words for words in said if "on drawing" in words or "current drawing" in words]
    assert any("measured over 60 texts" in words or "texts" in words for words in said)
    draw.load_test_image()
    assert window.state.drawing.title.startswith("test text ")
    assert [words for words in said if "training image" in words or "60 images" in words] == []


def test_all_figures_are_drawn_of_a_model_of_texts(window: MainWindow, tmp_path: Path) -> None:
    from saegui.core.figures import KINDS, draw
    from saegui.core.figures.subject_of_run import prepared

    window.panels["draw"].stage.write.field.insertPlainText("word7")  # type: ignore[attr-defined]
    subject = window.services.exporter.subject()
    assert subject is not None and subject.drawing is not None
    subject = prepared(subject, KINDS)
    for kind in KINDS:
        # Curves need a history, and some figures other runs.
        if kind != "curves" and not {"other", "seeds", "runs"} & {*KINDS[kind].needs}:
            rows = draw(kind, subject).table.rows
            assert rows
            assert kind != "latent" or any(
                row[0] == "top_image" and row[2] == f"word{row[1]}" for row in rows
            )
    grid = window.panels["features"].grid  # type: ignore[attr-defined]
    assert list(grid.nearest_of(3)) == [near.text for near in window.services.nearest.of_atom(3)] != []
    # Tiles and the rows of active latents name the same texts.
    assert list(grid.look.meaning.texts(3)) == list(grid.nearest_of(3))
    window.state.show_input("train", 0, "one")
    rows = window.panels["active"].list._shown
    first = int(rows.latents[0])
    assert rows.name(first) == f"#{first} {grid.nearest_of(first)[0]}"
    grid.preview.show_facts(
        Facts(
            3,
            np.ones(30, np.float32),
            1,
            np.ones(30, np.float32),
            1,
            0.1,
            "all",
            None,
            False,
            nearest=("one", "two"),
        ),
        QRect(0, 0, 20, 20),
    )
    assert [label.text() for label in grid.preview.nearest if label.isVisible()] == ["one", "two"]


def _names_keep_apart(view: MapView) -> None:
    names = [room for room, _ in view.names_in_sight(QFontMetrics(view.font()))]
    assert len(names) >= 5
    assert not any(room.intersects(other) for place, room in enumerate(names) for other in names[:place])
    dots = [view.point_of(int(latent)) for latent in view.cloud.ids]
    assert not any(dot is not None and room.contains(dot) for room in names for dot in dots)
    assert all(view.rect().contains(room.toAlignedRect()) for room in names)


def test_latents_of_texts_are_dots_with_names_on_the_map(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.panels["map"]
    assert isinstance(panel, MapPanel)
    window.docks["map"].show()
    window.docks["map"].raise_()
    qtbot.waitUntil(panel.latents.view.isVisible, timeout=TIMEOUT)
    view = panel.latents.view
    assert not view.side, "texts have no pictures, whose frames would be all there is to see"
    painted = view.grab().toImage()
    _names_keep_apart(view)
    view.name_of = None
    view.repaint_points()
    assert view.grab().toImage() != painted, "names stand beside the dots"


def test_a_drawing_of_the_model_before_is_not_spoken_of_and_texts_have_room_in_the_list(
    window: MainWindow, qtbot: QtBot
) -> None:
    state, draw, active = window.state, window.panel(DrawPanel), window.panel(ActivePanel)
    page = draw.stage.write
    state.set_strokes([np.array([[4.0, 4.0], [20.0, 20.0]])])
    assert not page.note.isVisible()
    assert active.empty.label.text() == "Type a word or a sentence: the active latents are listed here."
    page.field.setFocus()
    QTest.keyClicks(page.field, "word7")
    shown, places = active.list.shown, active.list.places
    assert shown is not None and places.count > 1
    metrics = QFontMetrics(active.list.font())
    for row, latent in enumerate(shown.latents.tolist()):
        names = active.list.groove(row).left() - active.list.row_rect(row).left() - TILE
        assert metrics.horizontalAdvance(f"{latent_name(latent)} word") < names


def test_images_come_after_texts_while_the_map_of_latents_is_open(
    window: MainWindow, digits: Dataset, qtbot: QtBot
) -> None:
    page = window.panel(MapPanel)
    window.docking.set_open(window.docks[MapPanel.name], True)
    window.state.select(0)
    qtbot.waitUntil(lambda: page.latents.atoms.name(0) != "", timeout=TIMEOUT)
    window.state.set_dataset(digits)
    assert window.services.nearest.of_atom(0) == ()
    assert page.latents.atoms.name(0) == ""


def test_latents_of_two_models_of_texts_are_compared_by_their_texts(
    window: MainWindow, qtbot: QtBot, own_home: Path
) -> None:
    panel, services = window.panels["compare"], window.services
    assert isinstance(panel, ComparePanel)
    panel.front_asked.emit()
    qtbot.waitUntil(panel.isVisible, timeout=TIMEOUT)
    other = open_run(sources.train(TEXTS, own_home / "runs" / "second", seed=1))
    assert services.comparison.choose(other)
    qtbot.waitUntil(lambda: services.comparison.found is not None, timeout=TIMEOUT)
    found = services.comparison.found
    assert found is not None
    qtbot.waitUntil(lambda: services.other_atoms.of(found.b) is not None, timeout=TIMEOUT)
    atoms, pair = services.other_atoms.of(found.b), panel.pairs.pairs[0]
    assert atoms is not None and atoms.texts is not None and pair.a is not None and pair.b is not None
    own = ", ".join(near.text for near in services.nearest.of_atom(pair.a)[:4])
    words = f"{pair.words}; #{pair.a} {own}; #{pair.b} {', '.join(atoms.texts[pair.b])}"
    assert panel.pairs.words_of(0) == words
    painted = panel.pairs.viewport().grab(panel.pairs.cell(0)).toImage()
    panel.pairs.show_meanings(None, None)
    assert panel.pairs.viewport().grab(panel.pairs.cell(0)).toImage() != painted, (
        "texts, not plots, are painted"
    )

    window.state.show_input("train", 3, "word3")
    code, beside = window.state.code, services.comparison.code
    assert code is not None and beside is not None
    for label, made in zip(panel.drawing.numbers, (code, beside), strict=True):
        near = [each.text for each in services.nearest.at_once(made.reconstruction)]
        assert label.text().splitlines()[2:] == near[:3] and len(near) > 3
        assert label.toolTip() == f"Nearest to the reconstruction: {', '.join(near)}"
    assert services.nearest.at_once(np.zeros(3, np.float32)) == ()
