"""What becomes a toast with a button."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from saegui.core.config.schema import make
from saegui.core.runs.run import open_run, rename_run
from saegui.ui.window import toasts
from saegui.ui.window.main_window import MainWindow
from tests.core.runs.test_writer import make_read_only, make_writable
from tests.ui.window.by_hand import QUICK, TIMEOUT, draw


def test_a_deleted_run_comes_back_with_the_toast(window: MainWindow, small_run: Path) -> None:
    window.actions_.by_name["delete-run"].trigger()
    assert not small_run.exists()
    toast = window.toasts.toasts[-1]
    assert "Deleted" in toast.sentence
    toast.findChild(QWidget, "toast-button").click()  # type: ignore[union-attr, attr-defined]
    assert small_run.exists()


def test_each_deleted_run_has_its_own_undo_whose_toast_goes_with_it(
    window: MainWindow, small_run: Path
) -> None:
    paths = [Path(shutil.copytree(small_run, small_run.with_name(name))) for name in "ab"]
    for path in paths:
        window.services.bin.delete(rename_run(open_run(path), f"run {path.name}"))
    first, second = window.toasts.toasts[-2:]
    first.findChild(QWidget, "toast-button").click()  # type: ignore[union-attr, attr-defined]
    assert [path.exists() for path in paths] == [True, False]
    assert second in window.toasts.toasts and first not in window.toasts.toasts
    window.actions_.by_name["restore-run"].trigger()
    assert [path.exists() for path in paths] == [True, True]
    assert second not in window.toasts.toasts, "what it offered is done"


def test_a_bug_is_shown_and_the_window_lives_on(window: MainWindow, qtbot: QtBot) -> None:
    window.services.errors.report(KeyError("W_enc"))
    assert any("KeyError: 'W_enc'" in toast.sentence for toast in window.toasts.toasts)
    window.toasts.toasts[-1].findChild(QWidget, "toast-button").click()  # type: ignore[union-attr, attr-defined]
    assert "KeyError: 'W_enc'" in QApplication.clipboard().text()
    assert window.toasts.toasts[-1].sentence == "Copied the details of the error to the clipboard."
    draw(window, [(0.3, 0.3), (0.6, 0.7)])
    qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)


def test_a_training_that_cannot_be_saved_offers_both_ways(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    asked: list[object] = []
    training = window.services.training
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "save_elsewhere", asked.append)
        patch.setattr(training, "try_again", lambda: asked.append("again"))
        for press in ("Try again", "Other folder…"):
            window.state.notify("bad", "The run cannot be written.")
            training.unsaved.emit("The run cannot be written.")
            (toast,) = (toast for toast in window.toasts.toasts if toast.level == "bad")
            buttons = {button.text(): button for button in toast.findChildren(QPushButton)}
            assert set(buttons) == {"Other folder…", "Try again"}
            buttons[press].click()
        (dialog,) = window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path))
        dialog.reject()
        assert asked == ["again", tmp_path]


def test_in_a_home_that_cannot_be_written_the_window_works_and_trains_into_another_folder(
    make_main_window: Callable[..., MainWindow],
    small_run: Path,
    qtbot: QtBot,
    mounted: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    # A slow machine loads the data for longer than a toast is shown.
    monkeypatch.setattr(toasts, "SHOWN_MS", 600_000)
    home = mounted("20m")
    run = Path(shutil.copytree(small_run, home / "runs" / "kept"))
    monkeypatch.setenv("SAEGUI_HOME", str(home))
    make_read_only(home)
    try:
        window = make_main_window(run=run)
        told: list[str] = []
        window.state.notice.connect(lambda level, sentence, topic: told.append(sentence))
        assert any(toast.sentence.startswith("Settings are not kept: ") for toast in window.toasts.toasts)
        draw(window, [(0.3, 0.3), (0.6, 0.7)])
        qtbot.waitUntil(lambda: window.state.code is not None, timeout=TIMEOUT)
        window.actions_.by_name["delete-run"].trigger()
        assert run.exists() and "cannot be deleted (Read-only file system)" in told[-1]
        window.services.library.rename(open_run(run), "another name")
        assert "cannot be written (Read-only file system)" in told[-1]

        def asked(press: str) -> None:
            buttons: list[QPushButton] = []

            def offered() -> bool:
                buttons[:] = [
                    button
                    for toast in window.toasts.toasts
                    if toast.topic == "training" and "Read-only file system" in toast.sentence
                    for button in toast.findChildren(QPushButton)
                    if button.text() == press
                ]
                return window.state.phase == "idle" and bool(buttons)

            qtbot.waitUntil(offered, timeout=TIMEOUT)
            buttons[0].click()

        window.state.set_draft(make(QUICK))
        window.actions_.by_name["train"].trigger()
        asked("Try again")
        asked("Other folder…")
        (dialog,) = window.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "elsewhere"))
        dialog.reject()
        qtbot.waitUntil(lambda: window.state.phase == "training", timeout=TIMEOUT)
        qtbot.waitUntil(lambda: window.state.phase == "idle", timeout=TIMEOUT)
        assert window.state.run is not None and window.state.run.status == "finished"
        assert window.state.run.path.parent == tmp_path / "elsewhere"
        assert [path.name for path in (home / "runs").iterdir()] == ["kept"]
        window.close()
    finally:
        make_writable(home)
