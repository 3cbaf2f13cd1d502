"""Dialogs of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QInputDialog,
    QLineEdit,
    QProxyStyle,
    QStyle,
    QTextBrowser,
)
from pytestqt.qtbot import QtBot

from saegui.core.runs.run import open_run
from saegui.ui.window import menus
from saegui.ui.window.main_window import MainWindow


class _Pictures(QProxyStyle):
    """Puts pictures of its own on the buttons that Qt makes, as many desktops do."""

    def styleHint(self, hint, *others):  # type: ignore[no-untyped-def]
        return hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons or super().styleHint(
            hint, *others
        )


def test_the_buttons_of_all_dialogs_look_alike(window: MainWindow, qtbot: QtBot) -> None:
    style = _Pictures()
    box = QDialogButtonBox()
    qtbot.addWidget(box)
    box.setStyle(style)
    box.setStandardButtons(QDialogButtonBox.StandardButton.Close)
    assert box.buttons()[0].icon().isNull()


def test_a_name_is_seen_whole_where_it_is_changed(window: MainWindow) -> None:
    name = "BatchTopK · 64 latents · k 10 · 3 refinements · refit · AuxK"
    window.services.library.rename(window.state.own_run, name)  # type: ignore[arg-type]
    window.actions_.by_name["rename-run"].trigger()
    QApplication.processEvents()
    dialog = window.findChild(QInputDialog)
    (field,) = dialog.findChildren(QLineEdit)
    assert field.text() == name
    assert field.width() > field.fontMetrics().horizontalAdvance(name)
    dialog.reject()


def test_a_new_name_goes_to_the_run_that_was_asked_about(
    window: MainWindow, stopped_run: Path, small_run: Path
) -> None:
    asked = window.state.own_run
    assert asked is not None
    window.actions_.by_name["rename-run"].trigger()
    dialog = window.findChild(QInputDialog)
    window.open_run(str(stopped_run))
    dialog.setTextValue("mine")
    dialog.accept()
    assert open_run(asked.path).name == "mine"
    assert open_run(stopped_run).name == "stopped run"


def lines_of(window: MainWindow, action: str) -> list[str]:
    """The paragraphs of a dialog that shows a text."""
    window.actions_.by_name[action].trigger()
    browser = window.findChild(QTextBrowser)
    lines = browser.toPlainText().splitlines()
    browser.window().close()
    return lines


def test_shortcuts_stand_below_the_menus_that_their_commands_are_in(window: MainWindow) -> None:
    lines = lines_of(window, "shortcuts")
    listed = menus.shortcuts_by_menu()
    places = [lines.index(menu) for menu in listed]
    assert places == sorted(places) and len(places) >= 5
    assert lines.index("Undo") > lines.index("Edit") > lines.index("Export figure")


def test_about_has_its_parts_under_headings(window: MainWindow) -> None:
    lines = lines_of(window, "about")
    for heading in ("Folders", "Licence", "Built with", "Data sets"):
        assert heading in lines
    assert any(line.startswith("MNIST: ") for line in lines)
