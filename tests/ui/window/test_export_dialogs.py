"""Figures and screenshots that leave the window."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from saegui.cli import main as program
from saegui.core.files.paths import runs_dir
from saegui.core.runs import table_text
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import open_run
from saegui.ui.panels.curves.panel import CurvesPanel
from saegui.ui.panels.runs.panel import RunsPanel
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def test_panels_export_their_figure(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.state.select(1)
    for kind, suffix in product(("decoder-grid", "curves", "latent"), ("png", "svg", "pdf")):
        name = f"{kind}-as-{suffix}"
        window.services.exporter.save(kind, tmp_path / f"{name}.{suffix}")
        qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
        assert (tmp_path / f"{name}.{suffix}").stat().st_size > 1000
        assert (tmp_path / f"{name}.csv").read_text().count("\n") > 1, name


def test_exported_curves_show_what_the_window_shows(
    window: MainWindow, stopped_run: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: window.panel(CurvesPanel).grid is not None, timeout=TIMEOUT)
    long = window.state.history
    window.open_run(str(stopped_run))
    window.services.overlays.set([Overlay(Path("longer"), "the longer one", long, diverged=True, place=3)])
    subject = window.services.exporter.subject()
    assert subject is not None and subject.epochs is None
    (other,) = subject.overlays
    assert (other.name, other.place, other.diverged) == ("the longer one", 3, True)
    window.panel(CurvesPanel).reset_view()
    subject = window.services.exporter.subject()
    assert subject is not None and subject.epochs is not None
    assert subject.epochs == (0.0, window.state.history.train["epoch"][-1])
    assert subject.epochs[1] < 3 < long.train["epoch"][-1]


def test_an_export_that_cannot_be_written_is_reported(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    window.services.exporter.save("decoder-grid", tmp_path / "file" / "figure.png")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    told = [toast.sentence for toast in window.toasts.toasts if toast.level == "bad"]
    assert len(told) == 1 and "figure.png cannot be written" in told[0]


def test_a_figure_without_its_subject_is_reported(window: MainWindow) -> None:
    assert window.services.exporter.save("activation-pattern", Path("unused.png")) is None
    assert any("there is no drawing yet" in toast.sentence for toast in window.toasts.toasts)


def test_copying_a_figure_fills_the_clipboard(window: MainWindow, qtbot: QtBot) -> None:
    QApplication.clipboard().clear()
    window.services.exporter.focus("decoder-grid")
    window.actions_.by_name["copy-figure"].trigger()
    qtbot.waitUntil(lambda: not QApplication.clipboard().image().isNull(), timeout=TIMEOUT)
    assert QApplication.clipboard().image().width() > 500
    assert bytes(QApplication.clipboard().mimeData().data("image/svg+xml").data()).startswith(b"<?xml")
    assert window.toasts.toasts[-1].sentence.endswith("to the clipboard, as an image and as SVG.")


def test_a_screenshot_is_written_or_its_failure_reported(window: MainWindow, tmp_path: Path) -> None:
    assert window.exports.save_picture(window.grab(), tmp_path / "shot.png")
    assert QPixmap(str(tmp_path / "shot.png")).width() == window.grab().width()
    assert not window.exports.save_picture(window.grab(), tmp_path / "missing" / "shot.png")
    assert any("cannot be written" in toast.sentence for toast in window.toasts.toasts)


def test_a_screenshot_is_kept_no_longer_than_its_dialog(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_.by_name["screenshot"].trigger()
    (dialog,) = window.findChildren(QFileDialog)
    assert window.exports._screenshot.width() == window.grab().width()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    assert window.exports._screenshot.isNull()


def test_the_training_is_saved_as_an_animation(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.exports.ask_animation()
    dialog = window.findChildren(QFileDialog)[-1]
    assert dialog.defaultSuffix() == "gif"
    dialog.fileSelected.emit(str(tmp_path / "training.webp"))
    dialog.reject()
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert (tmp_path / "training.webp").stat().st_size > 1000
    assert "Saved training.webp" in window.toasts.toasts[-1].sentence


def test_a_report_is_named_after_its_run_and_can_be_opened(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.exports.ask_report()
    dialog = window.findChildren(QFileDialog)[-1]
    assert window.state.run is not None
    assert Path(dialog.selectedFiles()[0]).name == f"{window.state.run.path.name}.html"
    dialog.fileSelected.emit(str(tmp_path / "page.html"))
    dialog.reject()
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert (tmp_path / "page.html").stat().st_size > 10_000
    assert "Open page" in [button.text() for button in window.toasts.toasts[-1].findChildren(QPushButton)]


def test_the_runs_that_are_listed_leave_as_a_table_as_the_command_line_prints_it(
    window: MainWindow, small_run: Path, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a second", "a third"):
        shutil.copytree(small_run, runs_dir() / name)
        window.services.library.rename(open_run(runs_dir() / name), name)
    window.services.library.refresh()
    panel = window.panel(RunsPanel)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 4, timeout=TIMEOUT)
    window.docks["runs"].open_action.trigger()
    window.docks["runs"].bar.maximise.click()
    qtbot.waitUntil(panel.filter.isVisible, timeout=TIMEOUT)
    panel.filter.setText("latents=24 name<b")
    panel.header.buttons["name"].click()
    panel.header.buttons["name"].click()
    shown = [row.run.name for row in panel.model.rows]
    assert shown == ["a third", "a second"]
    words = [
        "runs",
        str(runs_dir()),
        "--columns",
        "all",
        "--sort",
        "name",
        "--reverse",
        "--filter",
        "latents=24",
        "name<b",
    ]

    def printed(form: str) -> str:
        capsys.readouterr()
        assert program([*words, "--format", form]) == 0
        return capsys.readouterr().out

    offered = window.docks["runs"].bar.export.menu().actions()[-2:]
    assert [action.text() for action in offered] == ["Export table of runs…", "Copy table of runs"]
    for ending, form in table_text.ENDINGS.items():
        offered[0].trigger()
        dialog = window.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(tmp_path / f"runs{ending}"))
        dialog.reject()
        qtbot.waitUntil((tmp_path / f"runs{ending}").exists, timeout=TIMEOUT)
        assert (tmp_path / f"runs{ending}").read_text() == printed(form), form
    assert "toprule" in (tmp_path / "runs.tex").read_text()
    qtbot.waitUntil(lambda: "Saved runs.tex" in window.toasts.toasts[-1].sentence, timeout=TIMEOUT)
    offered[0].trigger()
    dialog = window.findChildren(QFileDialog)[-1]
    assert dialog.defaultSuffix() == "tex" and "*.tex)" in dialog.selectedNameFilter(), "it is remembered"
    dialog.reject()

    offered[1].trigger()
    copied = QApplication.clipboard().mimeData()
    assert copied.text() == printed("markdown")
    assert copied.html().count("<tr>") == 3 and "a second" in copied.html()
    assert window.toasts.toasts[-1].sentence == "Copied the table of 2 runs to the clipboard."
    window.services.runs_table.save(tmp_path / "runs.doc")
    assert "end its name in .csv, .md or .tex" in window.toasts.toasts[-1].sentence
    (tmp_path / "file").touch()
    window.services.runs_table.save(tmp_path / "file" / "runs.csv")
    qtbot.waitUntil(lambda: "cannot be written" in window.toasts.toasts[-1].sentence, timeout=TIMEOUT)
