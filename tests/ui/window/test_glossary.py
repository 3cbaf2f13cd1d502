"""Help › Glossary."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from saegui.core import figures as kinds
from saegui.core.glossary import TERMS
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.draw.readings import Reading
from saegui.ui.widgets.fields import FieldLabel
from saegui.ui.window.glossary_window import NOTHING, GlossaryWindow
from saegui.ui.window.main_window import MainWindow

PATIENCE = 60_000


def glossary(window: MainWindow) -> GlossaryWindow:
    (found,) = window.findChildren(GlossaryWindow)
    return found


def test_terms_are_searched_by_keyboard_and_shown_with_a_figure_of_the_run(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.actions_.by_name["glossary"].trigger()
    shown = glossary(window)
    assert shown.terms.count() == len(TERMS)
    qtbot.keyClicks(shown.search, "FVU")
    assert shown.shown is TERMS["FVU"]
    assert "fraction of variance unexplained" in shown.text.text() and "mean image" in shown.text.text()
    qtbot.waitUntil(lambda: not shown.figure.pixmap().isNull(), timeout=PATIENCE)
    assert window.state.run is not None and window.state.run.name in shown.caption.text()
    # A map is of the method that is explained, whatever the panel Map shows.
    drawn: list[str] = []
    original = kinds.draw

    def draw(kind: str, subject: kinds.Subject) -> object:
        drawn.append(subject.mapped.method if subject.mapped is not None else "")
        return original(kind, subject)

    monkeypatch.setattr(kinds, "draw", draw)
    shown.open_at("t-SNE")
    qtbot.waitUntil(lambda: not shown.figure.pixmap().isNull(), timeout=PATIENCE)
    assert drawn == ["tsne"] and "Map of latents" in shown.caption.text()
    shown.open_at("FVU")
    shown.search.clear()
    qtbot.keyClick(shown.search, Qt.Key.Key_Down)
    assert shown.terms.currentRow() == list(TERMS).index("FVU") + 1
    qtbot.keyClicks(shown.search, "zebra")
    assert shown.text.text() == NOTHING and shown.caption.text() == "" and shown.figure.pixmap().isNull()
    qtbot.keyClick(shown.search, Qt.Key.Key_Return)
    assert shown.isVisible()
    shown.close()


def test_every_underlined_word_leads_to_its_entry(window: MainWindow, qtbot: QtBot) -> None:
    """Curves, numbers of a latent, parameters, readings and the active latents; the kind's own entry follows the choice."""
    window.state.select(0)
    window.panel(DrawPanel).load_test_image()
    qtbot.waitUntil(lambda: window.state.stats is not None, timeout=PATIENCE)
    links = [
        each
        for each in window.findChildren(QWidget)
        if each.property("term") and each.focusPolicy() == Qt.FocusPolicy.NoFocus
    ]
    words = [
        "L0",
        "FVU",
        "MSE",
        "density",
        "dead",
        "AuxK",
        "purity",
        "k",
        "skew",
        "kurtosis",
        "cosine",
        "activation",
        "steering",
        "epoch",
        "latent",
        "atom",
        "penalty",
        "TopK",
    ]
    assert {*words, "learning rate"} <= {each.property("term") for each in links}
    window.actions_.by_name["glossary"].trigger()
    shown = glossary(window)
    for link in links:
        assert link.cursor().shape() == Qt.CursorShape.PointingHandCursor
        if isinstance(link, QLabel) and link.isVisible():
            assert link.font().underline(), link.property("term")
    for link in {(type(each), each.property("term")): each for each in links}.values():
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)
        assert shown.shown is TERMS[link.property("term")]
    window.state.edit_draft("arch", "kl")
    kind = next(each for each in links if isinstance(each, FieldLabel) and each.text() == "Kind")
    QTest.mouseClick(kind, Qt.MouseButton.LeftButton)
    assert shown.shown is TERMS["KL"]
    assert window.actions_.by_name["glossary"].shortcut().toString() == "F1"
    shown.close()


def test_labels_fields_and_the_list_of_shortcuts_lead_to_it(window: MainWindow, qtbot: QtBot) -> None:
    labels = [each for each in window.findChildren(FieldLabel) if each.property("term")]
    label = next(each for each in labels if each.property("term") == "k")
    assert label.font().underline()
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    shown = glossary(window)
    assert shown.shown is TERMS["k"]
    for reading in window.findChildren(Reading):
        if reading.property("term"):
            qtbot.mouseClick(reading, Qt.MouseButton.LeftButton)
            assert shown.shown is TERMS[reading.property("term")]
    shown.close()
    window.activateWindow()
    field = next(each.buddy() for each in labels if each.property("term") == "latent")
    field.setFocus()
    qtbot.waitUntil(lambda: field.hasFocus(), timeout=PATIENCE)
    window.actions_.by_name["glossary"].trigger()
    assert shown.shown is TERMS["latent"]
    shown.close()
    window.actions_.by_name["shortcuts"].trigger()
    (browser,) = window.findChildren(QTextBrowser)
    dialog = browser.window()
    assert isinstance(dialog, QDialog) and "href='glossary'" not in browser.toPlainText()
    browser.setFocus()
    qtbot.waitUntil(browser.hasFocus, timeout=PATIENCE)
    qtbot.keyClick(browser, Qt.Key.Key_Tab)
    qtbot.keyClick(browser, Qt.Key.Key_Return)
    assert not dialog.isVisible() and shown.isVisible()
    shown.close()
