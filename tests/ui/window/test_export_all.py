"""The dialog that exports all figures."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from saegui.core.figures import KINDS, export_all
from saegui.core.figures.made_for import for_width
from saegui.core.runs.run import open_run
from saegui.ui.window.export_all import STOPPED, ExportAll
from saegui.ui.window.main_window import MainWindow
from tests.ui.window.by_hand import TIMEOUT


def opened(window: MainWindow) -> ExportAll:
    window.actions_.by_name["export-all"].trigger()
    (dialog,) = window.findChildren(ExportAll)
    assert dialog.isVisible()
    return dialog


def choose_folder(window: MainWindow, dialog: ExportAll, folder: Path) -> None:
    dialog.go.click()
    asked = window.findChildren(QFileDialog)[-1]
    asked.fileSelected.emit(str(folder))
    asked.reject()


def test_kinds_format_page_and_large_tables_are_asked_and_remembered(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_all, "LARGE", 50_000)
    dialog = opened(window)
    assert not dialog.kinds["matches"].isEnabled() and "second run" in dialog.kinds["matches"].toolTip()
    assert "dictionary" in dialog.kinds["decoder-grid"].toolTip()
    possible = sum(box.isEnabled() for box in dialog.kinds.values())
    assert dialog.count.text().startswith(
        f"{possible} of {possible}; {len(KINDS) - possible} cannot be drawn"
    )
    dialog.none.click()
    assert not dialog.chosen and not dialog.go.isEnabled() and not dialog.large.isVisible()
    for kind in ("decoder-grid", "percent-active"):
        dialog.kinds[kind].click()
    assert re.search(r"also a table of more than .*: about \d+ kB", dialog.large.text())
    dialog.formats.setCurrentIndex(dialog.formats.findData("svg"))
    dialog.fields.places.setCurrentIndex(dialog.fields.places.findData("column"))
    choose_folder(window, dialog, tmp_path)
    assert dialog.isVisible() and dialog.bar.isVisible() and dialog.cancel.text() == "Stop"
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=TIMEOUT)
    assert window.state.run is not None
    name = window.state.run.path.name
    assert {path.name for path in (tmp_path / name).iterdir()} == {
        *(f"{name}-decoder-grid.{end}" for end in ("svg", "txt", "tex")),
        *(f"{name}-percent-active.{end}" for end in ("svg", "csv", "txt", "tex")),
    }
    assert 'width="241pt"' in (tmp_path / name / f"{name}-percent-active.svg").read_text()
    said = [toast.sentence for toast in window.toasts.toasts]
    assert any("Saved 7 files" in sentence for sentence in said)
    assert any("left out: decoder-grid" in sentence for sentence in said)

    again = opened(window)
    assert again.chosen == ["decoder-grid", "percent-active"] and again.format == "svg"
    assert again.fields.made_for.width == for_width("column")
    again.kinds["percent-active"].click()
    again.large.click()
    choose_folder(window, again, tmp_path)
    qtbot.waitUntil(lambda: not again.isVisible(), timeout=TIMEOUT)
    assert (tmp_path / name / f"{name}-decoder-grid.csv").stat().st_size > 50_000

    third = opened(window)
    assert not third.large.isChecked() or third is again
    third.every.click()
    assert len(third.chosen) == possible
    choose_folder(window, third, tmp_path / "given up")
    third.cancel.click()
    qtbot.waitUntil(lambda: third.words.text() == STOPPED, timeout=TIMEOUT)
    assert not (tmp_path / "given up").exists() and third.cancel.text() == "Close"
    third.cancel.click()
    assert not third.isVisible()


def test_what_cannot_be_drawn_is_not_ticked_until_it_can_and_why_is_said(
    window: MainWindow, stopped_run: Path, qtbot: QtBot
) -> None:
    dialog = opened(window)
    why = dialog.why.text()
    unable = [KINDS[name].title for name, box in dialog.kinds.items() if not box.isEnabled()]
    assert "Matched latents" in unable and all(title in why for title in unable) and dialog.why.isVisible()
    assert "Matched latents: there is no second run; choose one in Compare" in why
    assert why.count("several runs are needed") == 1
    dialog.every.click()
    dialog.kinds["curves"].click()
    for name, box in dialog.kinds.items():
        assert box.isChecked() == (box.isEnabled() and name != "curves")
    # As high as its contents, so that nothing is cut.
    layout = dialog.layout()
    assert layout is not None and dialog.height() >= layout.totalHeightForWidth(dialog.width())
    # What could not be drawn was not left out by hand.
    window.services.comparison.choose(open_run(stopped_run))
    qtbot.waitUntil(lambda: dialog.kinds["matches"].isEnabled(), timeout=TIMEOUT)
    assert dialog.kinds["matches"].isChecked() and "Matched latents" not in dialog.why.text()
    assert not dialog.kinds["curves"].isChecked()
    dialog.close()


def test_progress_names_the_figure_and_what_fails_is_said_and_the_dialog_stays(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    dialog = opened(window)
    seen: list[str] = []
    dialog.none.click()
    dialog.kinds["curves"].click()
    choose_folder(window, dialog, tmp_path / "file")
    qtbot.waitUntil(lambda: "cannot be written" in dialog.words.text(), timeout=TIMEOUT)
    assert dialog.isVisible() and dialog.go.isEnabled()
    choose_folder(window, dialog, tmp_path)
    job = window.services.jobs.running[-1]
    job.progressed.connect(lambda *_: seen.append(dialog.words.text()))
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=TIMEOUT)
    assert "Training curves: 1 of 1" in seen


def test_figures_of_runs_from_elsewhere_do_not_replace_each_other(
    window: MainWindow, small_run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for series in ("by-k", "by-lr"):
        window.open_run(str(shutil.copytree(small_run, tmp_path / series / "k-5")))
        dialog = opened(window)
        dialog.none.click()
        dialog.kinds["encoder-grid"].click()
        choose_folder(window, dialog, tmp_path / "figures")
        qtbot.waitUntil(lambda dialog=dialog: not dialog.isVisible(), timeout=TIMEOUT)  # type: ignore[misc]
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"by-k-k-5", "by-lr-k-5"}
