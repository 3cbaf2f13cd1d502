"""Editors of one value each."""

from __future__ import annotations

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
