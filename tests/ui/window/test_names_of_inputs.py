"""What is said in a window about inputs names them as its data set does: words are no images, and neither are rows and patches."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.nouns import noun_of
from saegui.core import figures
from saegui.core.analysis.latent_filter import LatentFilter
from saegui.core.data.dataset import Arrays, Found, Items
from saegui.core.data.noun import PATCH, ROW, WORD, Noun
from saegui.core.data.options import Options
from saegui.core.data.registry import DATASETS
from saegui.core.data.source import Source
from saegui.core.figures.registry import missing
from saegui.core.progress import Progress
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.draw.writing import DRAWING_TOOLS
from saegui.ui.panels.features.captions import nothing_shown
from saegui.ui.panels.features.panel import FeaturesPanel
from saegui.ui.window.main_window import MainWindow
from tests import made_up
from tests.ui.window.by_hand import TIMEOUT

Load = Callable[[Path | None, Options, Progress], Arrays | Found]
WRONG = re.compile(r"\b(image|picture|digit)s?\b", re.IGNORECASE)
DRAWN = re.compile(r"\b(drawing|pen|canvas|draw something)\b", re.IGNORECASE)
"""Nobody draws a word or a row."""
SHAPE = re.compile(r"\d+×\d+ pictures?\b")
"""What has a height and a width, whatever it is called."""
FILES = ("paste", "open-picture", "copy-latent", "copy-example", "screenshot")
"""Actions about files and the clipboard, which do hold pictures."""
DRAWING = {"pen", "eraser", *FILES}
"""Actions that are of no use where nothing can be drawn."""


def _load(folder: Path | None, options: Options, progress: Progress) -> Found:
    arrays = made_up.VECTOR.load(folder, options, progress)
    assert isinstance(arrays, Arrays)
    train, test = arrays.train_images, arrays.test_images
    items = Items([f"word{row}" for row in range(len(train))], [f"test{row}" for row in range(len(test))])
    return Found(Arrays.unlabelled(train, test), "made-up words", items=items)


def _named(source: Source, name: str, noun: Noun, load: Load | None = None) -> Source:
    info = replace(source.info, name=name, title=name.replace("-", " "), classes=(), called=noun)
    return replace(source, info=info, load=load or source.load)


KINDS = {
    WORD: _named(made_up.VECTOR, "made-up-words", WORD, _load),
    ROW: made_up.VECTOR,
    PATCH: _named(made_up.UNLABELLED, "made-up-patches", PATCH),
}
"""What inputs are called, and made-up data of that kind."""


def _said(window: MainWindow, left_out: Collection[str] = FILES) -> set[str]:
    """Every text and explanation in the window, but those of actions that are ``left_out`` and of other data sets."""
    state, noun = window.state, noun_of(window.state)
    found = {
        noun.instead_of_input(words) for step in window.tour.steps for words in (step.title(), step.text())
    }
    facts = window.panel(FeaturesPanel).grid.order.facts()
    assert facts is not None
    found.add(nothing_shown(LatentFilter(on=True), replace(facts, z=None), state)[0])
    subject = window.services.exporter.subject()
    assert subject is not None
    found |= {missing(kind, replace(subject, drawing=None)) or "" for kind in figures.KINDS}
    for widget in window.findChildren(QWidget):
        name = widget.objectName()
        if any(name in (action, f"draw-{action}") for action in left_out):
            continue
        found |= {widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
        if isinstance(widget, QLabel | QAbstractButton):
            found.add(widget.text())
        if isinstance(widget, QComboBox):
            for place in range(widget.count()):
                found |= {widget.itemText(place), str(widget.itemData(place, Qt.ItemDataRole.ToolTipRole))}
    for name, action in window.actions_.by_name.items():
        if name not in left_out:
            found |= {action.text(), action.toolTip()}
    others = [words for info in DATASETS.values() for words in (info.title, info.about)]
    return {words for words in found if not any(other in words for other in others)}


@pytest.mark.parametrize("noun", KINDS, ids=lambda noun: noun.one)
def test_no_text_of_the_window_calls_inputs_something_else(
    noun: Noun, make_main_window: Callable[..., MainWindow], own_home: Path, qtbot: QtBot
) -> None:
    source = KINDS[noun]
    with made_up.added(source):
        window = make_main_window(run=made_up.train(source, own_home / "runs" / noun.one, epochs=1))
        state, draw = window.state, window.panel(DrawPanel)
        qtbot.waitUntil(lambda: state.stats is not None, timeout=TIMEOUT)
        drawn = noun is PATCH
        left_out = FILES if drawn else DRAWING
        before = _said(window, left_out)
        draw.load_test_image()
        assert state.code is not None and state.stats is not None
        state.select(int(state.stats.density.argmax()))
        window.services.pins.toggle(state.selected)
        after = _said(window, left_out)
        wrong = [words for words in sorted(before | after) if WRONG.search(SHAPE.sub("", words))]
        assert wrong == [], "\n".join(wrong)
        wrong = [words for words in sorted(before | after) if not drawn and DRAWN.search(words)]
        assert wrong == [], "\n".join(wrong)
        assert f"Test {noun.one}" in after
        assert any(f"any training {noun.one} come first" in words for words in after)
        assert any(f"active on at least one training {noun.one}" in words.lower() for words in after)
        # A pen and an eraser are there only where something can be drawn.
        assert all(draw.buttons[name].isHidden() != drawn for name in DRAWING_TOOLS)
        assert window.actions_.by_name["pen"].isEnabled() == drawn
