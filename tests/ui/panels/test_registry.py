"""The tuple of panels: complete, free of contradictions, and all that a new panel has to be named in."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QTextBrowser
from pytestqt.qtbot import QtBot

from saegui.core import figures
from saegui.core.files import paths
from saegui.ui import panels
from saegui.ui.panels import registry
from saegui.ui.panels.draw.panel import DrawPanel
from saegui.ui.panels.panel import Panel
from saegui.ui.window import menus
from saegui.ui.window.main_window import MainWindow
from tests.house import EXAMPLES, House

TIMEOUT = 60_000
HELP = "How many latents are active on the drawing"
"""What the example says of itself."""
MakeWindow = Callable[..., MainWindow]


def test_no_folder_of_a_panel_is_left_out() -> None:
    folders = {path.parent.name for path in Path(panels.__file__).parent.glob("*/panel.py")}
    assert {kind.__module__.split(".")[-2] for kind in registry.PANELS} == folders
    assert {kind.name for kind in registry.PANELS} == folders


def test_every_panel_says_what_it_is_and_shares_its_names_with_no_other() -> None:
    for kind in registry.PANELS:
        assert kind.title and kind.help
        assert kind.figures and set(kind.figures) <= set(figures.KINDS), "Export… is on each"
        for spec in kind.specs:
            assert not spec.icon or paths.resource(f"icons/{spec.icon}.svg").exists()
    for names in (
        [kind.name for kind in registry.PANELS],
        [spec.name for spec in menus.specs()],
        [setting.name for kind in registry.PANELS for setting in kind.settings],
        [kind.place for kind in registry.PANELS],
    ):
        assert len(set(names)) == len(names)
    assert [kind.first_focus for kind in registry.PANELS].count(True) == 1


def test_settings_of_panels_are_in_the_file_under_their_old_names() -> None:
    """Else what people chose with an earlier version would be forgotten."""
    assert {setting.name for kind in registry.PANELS for setting in kind.settings} == {
        "active/rank",
        "active/view",
        "train/more",
        "compare/view",
        "compare/method",
        "compare/least",
        "curves/x",
        "curves/log",
        "density/order",
        "grid/sort",
        "grid/show",
        "grid/scale",
        "grid/side",
        "latent/neighbours",
        "map/counted",
        "map/inputs",
        "map/latents",
        "map/what",
        "sweep/chart",
        "sweep/metric",
    }


# -- a new panel ----------------------------------------------------------------------------------------------------


@pytest.fixture
def example(tmp_path: Path) -> type[Panel]:
    """The panel of the documentation's example, in no tuple yet."""
    copy = Path(shutil.copy(EXAMPLES / "panel.py", tmp_path / "codes_panel.py"))
    spec = importlib.util.spec_from_file_location("codes_panel", copy)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CodesPanel  # type: ignore[no-any-return]


@pytest.fixture
def codes(example: type[Panel], monkeypatch: pytest.MonkeyPatch) -> type[Panel]:
    """The example in the tuple of panels."""
    monkeypatch.setattr(registry, "PANELS", (*registry.PANELS, example))
    return example


def draw(window: MainWindow) -> None:
    canvas = window.panel(DrawPanel).canvas
    for x, y in ((0.5, 0.2), (0.5, 0.8)):
        place = QPoint(round(x * canvas.width()), round(y * canvas.height()))
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def in_menu(window: MainWindow, title: str) -> list[str]:
    (menu,) = (menu for menu in window.menuBar().findChildren(QMenu) if menu.title().strip("&") == title)
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def everything_named_codes(window: MainWindow) -> list[str]:
    found = [name for name in window.docks if name == "codes"]
    found += [title for title in in_menu(window, "Panels") if title == "Codes"]
    found += [title for title in in_menu(window, "Edit") if title == "Copy code"]
    window.palette_box.open()
    QTest.keyClicks(window.palette_box.query, "copy code")
    found += [title for title in window.palette_box.titles if title.startswith("Copy code")]
    QTest.keyClick(window.palette_box.query, Qt.Key.Key_Escape)
    window.actions_.by_name["shortcuts"].trigger()
    (text,) = window.findChildren(QTextBrowser)
    found += [word for word in ("Ctrl+Shift+L",) if word in text.toPlainText()]
    text.window().close()
    QApplication.processEvents()
    found += [row.split(" | ")[1] for row in menus.shortcuts_table().splitlines() if "Ctrl+Shift+L" in row]
    return found


def test_a_new_panel_is_one_file_and_appears_everywhere(
    codes: type[Panel], make_main_window: MakeWindow, small_run: Path, qtbot: QtBot
) -> None:
    window = make_main_window(run=small_run)
    assert everything_named_codes(window) == [
        "codes",
        "Codes",
        "Copy code",
        "Copy code   Ctrl+Shift+L",
        "Ctrl+Shift+L",
        "Copy code",
    ]
    # Its place: the right column, between the active latents and the inspector.
    docks = {name: dock.geometry() for name, dock in window.docks.items()}
    assert docks["active"].bottom() < docks["codes"].top() < docks["codes"].bottom() < docks["latent"].top()
    assert docks["features"].right() < docks["codes"].left()
    panel: Any = window.panel(codes)
    assert panel.count.text() == "No code"
    copy = window.actions_.by_name["codes-copy"]
    assert not copy.isEnabled()
    draw(window)
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
    code = window.state.code
    assert code is not None
    assert panel.count.text() == f"L0: {code.l0} of 24"
    assert copy.isEnabled()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=TIMEOUT)
    QTest.keyClick(
        window.panel(DrawPanel).canvas,
        Qt.Key.Key_L,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert QApplication.clipboard().text().count("\n") == code.l0 - 1
    bar = window.docks["codes"].bar
    assert bar.export.isVisible()
    bar.export.click()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.property("kind") == "activation-pattern"
    dialog.reject()


def test_what_is_chosen_in_a_new_panel_is_remembered(
    codes: type[Panel], make_main_window: MakeWindow, small_run: Path
) -> None:
    window = make_main_window(run=small_run)
    panel: Any = window.panel(codes)
    assert panel.units.currentData() == "number"
    QTest.keyClick(panel.units, Qt.Key.Key_Down)
    assert panel.units.currentData() == "percent"
    window.close()
    assert "unit=percent" in (paths.home() / "settings.ini").read_text()
    again: Any = make_main_window(run=small_run).panel(codes)
    assert again.units.currentData() == "percent"


def test_a_panel_that_is_taken_out_again_leaves_nothing(
    codes: type[Panel], make_main_window: MakeWindow, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_main_window(run=small_run).close()
    monkeypatch.setattr(registry, "PANELS", registry.PANELS[:-1])
    window = make_main_window(run=small_run)
    assert everything_named_codes(window) == []
    assert all(dock.isVisible() for name, dock in window.docks.items() if name != "runs")


def test_a_panel_that_a_saved_layout_does_not_know_gets_its_own_place(
    example: type[Panel], make_main_window: MakeWindow, small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_main_window(run=small_run)
    window.docks["latent"].bar.close_button.click()
    window.docks["train"].setFloating(True)
    window.close()
    monkeypatch.setattr(registry, "PANELS", (*registry.PANELS, example))
    again = make_main_window(run=small_run)
    docks = again.docks
    assert docks["codes"].isVisible() and not docks["codes"].isFloating()
    assert docks["active"].geometry().bottom() < docks["codes"].geometry().top()
    assert docks["features"].geometry().right() < docks["codes"].geometry().left()
    # What people had arranged stays.
    assert docks["train"].isFloating() and not docks["latent"].isVisible()


WINDOW = """
from PySide6.QtTest import QTest
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.window.application import make_application, make_window

app = make_application()
window = make_window(run=STARTER_PATH)
window.show()
window.palette_box.open()
QTest.keyClicks(window.palette_box.query, "copy code")
print([name for name in window.docks if name == "codes"], window.palette_box.titles[0])
export = window.docks["codes"].bar.export
print(export.isVisibleTo(window), export.text() or export.accessibleName())
window.close()
"""


@pytest.mark.slow
def test_a_file_and_a_word_in_the_tuple_are_all_that_a_new_panel_needs(tmp_path: Path) -> None:
    house = House(tmp_path)
    (house.folder / "saegui/ui/panels/codes").mkdir()
    (house.folder / "saegui/ui/panels/codes/__init__.py").touch()
    house.add("panel.py", "saegui/ui/panels/codes/panel.py")
    file = "saegui/ui/panels/registry.py"
    mark = "from saegui.ui.panels.curves.panel"
    house.edit(file, mark, f"from saegui.ui.panels.codes.panel import CodesPanel\n{mark}")
    house.edit(file, "    LatentPanel,\n)", "    LatentPanel,\n    CodesPanel,\n)")

    dock, exports = house.python("-c", WINDOW).splitlines()[-2:]
    assert dock == "['codes'] Copy code   Ctrl+Shift+L"
    assert exports == "True Export Codes…"
    house.python("tools/readme_tables.py")
    reference = (house.folder / "docs" / "reference.md").read_text()
    assert f"| Codes | {HELP} | `activation-pattern` |" in reference
    assert "| `Ctrl+Shift+L` | Copy code |" in reference


# -- what does not fit together is said at the start ----------------------------------------------------------------

START = """
from saegui.ui.panels.train.panel import TrainPanel
from saegui.ui.window.application import make_application, make_window

app = make_application()
TrainPanel.handlers = lambda self: {}
make_window()
"""


def test_an_action_that_nothing_handles_is_refused_at_the_start_with_a_sentence(own_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode != 0
    assert (
        "ValueError: The action 'train' of TrainPanel has no handler; return one from handlers()."
        in done.stderr
    )
