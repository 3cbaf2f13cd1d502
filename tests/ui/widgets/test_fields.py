"""Editors of one value each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saegui.ui.widgets.fields import Combo


def test_a_choice_that_has_no_room_is_elided(qtbot: QtBot) -> None:
    combo = Combo()
    qtbot.addWidget(combo)
    combo.addItem("activations of layer twelve.npy")
    combo.resize(400, 28)
    combo.setToolTip("What it is.")
    assert combo.shown_text == "activations of layer twelve.npy" and combo.shown_tip == "What it is."
    combo.resize(150, 28)
    assert "…" in combo.shown_text and combo.shown_text.startswith("act")
    assert combo.shown_text.endswith("npy"), "names often differ at their ends"
    assert combo.shown_tip == "activations of layer twelve.npy\nWhat it is."
    assert combo.fontMetrics().horizontalAdvance(combo.shown_text) < 150


def listing(qtbot: QtBot) -> tuple[Combo, list[str]]:
    """A box, and what was chosen in it by a user."""
    combo, chosen = Combo(), []
    qtbot.addWidget(combo)
    combo.addItems(["Input", "Kind", "Latents", "k", "Learning rate", "k at the end"])
    combo.activated.connect(lambda place: chosen.append(combo.itemText(place)))
    with qtbot.waitExposed(combo):
        combo.show()
    return combo, chosen


def test_a_name_that_is_typed_whole_is_chosen_before_those_that_only_begin_so(qtbot: QtBot) -> None:
    combo, chosen = listing(qtbot)
    QTest.keyClicks(combo, "k")
    assert combo.currentText() == "k" and chosen == ["k"]
    # Another letter goes on with the name.
    QTest.keyClicks(combo, "i")
    assert chosen == ["k", "Kind"]
    QTest.keyClicks(combo, "x")
    assert chosen == ["k", "Kind"]


def test_a_letter_that_is_typed_again_goes_on_to_the_next_name(qtbot: QtBot) -> None:
    combo, chosen = listing(qtbot)
    QTest.keyClicks(combo, "kkkk")
    assert chosen == ["k", "k at the end", "Kind", "k"]
    # After a pause another name begins.
    combo._since.invalidate()
    QTest.keyClicks(combo, "l")
    assert chosen[-1] == "Learning rate"
    QTest.keyClick(combo, Qt.Key.Key_Up)
    assert chosen[-1] == "k", "other keys do what they always did"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_name_of_several_words_is_typed_with_its_spaces(qtbot: QtBot) -> None:
    combo, chosen = listing(qtbot)
    combo.addItems(["Learning", "Rate"])
    QTest.keyClicks(combo, "learning")
    assert chosen[-1] == "Learning"
    QTest.keyClicks(combo, " rate")
    assert chosen[-1] == combo.currentText() == "Learning rate" and not combo.view().isVisible()
    # Where no name goes on with it, Space opens the list, in which names are typed alike.
    QTest.keyClick(combo, Qt.Key.Key_Space)
    assert combo.view().isVisible()
    QTest.keyClicks(combo.view(), "k at")
    assert combo.view().currentIndex().row() == 5
    QTest.keyClick(combo.view(), Qt.Key.Key_Return)
    assert chosen[-1] == "k at the end"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_open_list_finds_names_alike_and_skips_those_that_cannot_be_chosen(qtbot: QtBot) -> None:
    combo, chosen = listing(qtbot)
    combo.model().item(1).setEnabled(False)  # type: ignore[attr-defined]
    QTest.keyClick(combo, Qt.Key.Key_Space)
    assert combo.view().isVisible()
    QTest.keyClicks(combo.view(), "k")
    assert combo.view().currentIndex().row() == 3 and chosen == []
    QTest.keyClicks(combo.view(), "kk")
    assert combo.view().currentIndex().row() == 3, "past Kind, which cannot be chosen"
    QTest.keyClick(combo.view(), Qt.Key.Key_Return)
    assert chosen == ["k"] and combo.currentText() == "k"
    QApplication.processEvents()
    assert not combo.view().isVisible()
