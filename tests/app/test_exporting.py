"""Exporting without a window: one figure, all of them, the clipboard's bytes, and what is said when it cannot be done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app import jobs
from saegui.app.exporting import DEFAULT
from saegui.app.services import Services
from saegui.app.state import NO_MODEL
from saegui.core.data import Dataset
from saegui.core.figures import KINDS, export_all
from saegui.core.figures.export_all import PAGE
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import StepResult

TIMEOUT = 60_000


@pytest.fixture
def shown(services: Services, small_run: Path, digits: Dataset) -> Services:
    """A run is open, its data are there, its latents have not been measured."""
    few = replace(digits, train_images=digits.train_images[:200], train_labels=digits.train_labels[:200])
    services.library.open(small_run)
    services.state.dataset_changed.disconnect(services.stats.refresh)
    services.state.snapshot_changed.disconnect(services.stats.refresh)
    services.state.set_dataset(few)
    assert services.state.stats is None
    return services


@pytest.fixture
def told(services: Services) -> list[tuple[str, str]]:
    """The notices, as they come."""
    found: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: found.append((level, sentence)))
    return found


def test_the_service_needs_no_widgets() -> None:
    code = "import sys, saegui.app.exporting; print('PySide6.QtWidgets' in sys.modules, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_one_figure_is_saved_with_its_numbers_and_its_folder_is_remembered(
    shown: Services, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "grid.svg"
    with qtbot.waitSignal(shown.exporter.saved, timeout=TIMEOUT) as saved:
        assert shown.exporter.save("decoder-grid", path) is not None
    assert saved.args == [[path, path.with_suffix(".csv")]]
    assert path.read_text().startswith("<?xml")
    assert shown.exporter.folder == tmp_path


def test_latents_that_a_figure_needs_are_measured_on_the_way(
    shown: Services, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(shown.exporter.saved, timeout=TIMEOUT):
        assert shown.exporter.save("percent-active", tmp_path / "active.png") is not None
    rows = (tmp_path / "active.csv").read_text().splitlines()[1:]
    assert sum(int(row.split(",")[2]) for row in rows) == 200


def test_all_figures_are_saved_though_nothing_is_drawn_or_selected(
    shown: Services, tmp_path: Path, qtbot: QtBot, small_figures: None
) -> None:
    folder = shown.exporter.folder_for_all(tmp_path)
    assert folder == tmp_path / "small"
    assert shown.exporter.folder == tmp_path
    with qtbot.waitSignal(shown.exporter.saved, timeout=TIMEOUT):
        shown.exporter.save_all(folder)
    alone = [kind for kind in KINDS if not shown.exporter.obstacles()[kind]]
    assert not {"matches", "stability"} & set(alone) and "latent" in alone
    assert {path.name for path in folder.iterdir()} == {
        f"small-{kind}.{end}" for kind in alone for end in ("pdf" if kind == PAGE else "png", "csv")
    }


def test_what_is_left_out_of_all_figures_is_said(
    shown: Services,
    told: list[tuple[str, str]],
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_all, "LARGE", 50_000)
    kinds = ["decoder-grid", "matches", "percent-active"]
    assert set(shown.exporter.large_tables(kinds)) == {"decoder-grid"}
    with qtbot.waitSignal(shown.exporter.saved, timeout=TIMEOUT) as saved:
        shown.exporter.save_all(tmp_path, "svg", kinds=kinds)
    assert [path.name for path in saved.args[0]] == [
        "small-decoder-grid.svg",
        "small-percent-active.svg",
        "small-percent-active.csv",
    ]
    assert shown.exporter.format == "svg", "it is remembered"
    qtbot.waitUntil(lambda: len(told) == 2, timeout=TIMEOUT)
    assert "there is no second run" in told[0][1]
    assert told[1][1].startswith("Tables of more than 50 kB were left out: decoder-grid (")


def test_what_is_measured_first_and_then_drawn_is_one_run_of_progress(
    shown: Services, tmp_path: Path, qtbot: QtBot, small_figures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.0)
    kinds = ["percent-active", "density-raster", "curves"]
    shares: list[float] = []
    words: list[str] = []
    job = shown.exporter.save_all(tmp_path, kinds=kinds)
    assert job is not None
    job.progressed.connect(lambda done, total, text: shares.append(done / total))
    job.progressed.connect(lambda done, total, text: words.append(text))
    with qtbot.waitSignal(job.done, timeout=TIMEOUT):
        pass
    assert shares == sorted(shares) and shares[0] < 0.5 and shares[-1] == 1
    assert words[0].startswith("Reading the kept steps: ") and "Training curves: 3 of 3" in words


def test_all_figures_that_are_given_up_leave_nothing(shown: Services, tmp_path: Path, qtbot: QtBot) -> None:
    job = shown.exporter.save_all(tmp_path / "new")
    assert job is not None
    job.progressed.connect(job.cancel)
    with qtbot.waitSignal(job.cancelled, timeout=TIMEOUT):
        pass
    assert not (tmp_path / "new").exists()


def test_folders_of_runs_from_elsewhere_name_where_they_are_from(
    services: Services, small_run: Path, tmp_path: Path
) -> None:
    for series in ("by-k", "by-lr"):
        services.library.open(Path(shutil.copytree(small_run, tmp_path / series / "k-5")))
        assert services.exporter.folder_for_all(tmp_path).name == f"{series}-k-5"


def test_a_copied_figure_is_a_png(shown: Services, qtbot: QtBot) -> None:
    shown.exporter.focus("encoder-grid")
    with qtbot.waitSignal(shown.exporter.copied, timeout=TIMEOUT) as copied:
        shown.exporter.copy()
    kind, png, svg = copied.args[0]
    assert svg.startswith(b"<?xml")
    assert kind == shown.exporter.current
    assert png.startswith(b"\x89PNG")


def test_without_a_model_a_notice_says_so(
    services: Services, tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    assert services.exporter.subject() is None
    assert services.exporter.save("decoder-grid", tmp_path / "grid.png") is None
    assert services.exporter.save_all(tmp_path) is None
    assert set(services.exporter.obstacles().values()) == {NO_MODEL}
    assert services.exporter.large_tables(KINDS) == {}
    assert services.exporter.copy() is None
    assert told == [("warn", NO_MODEL)] * 3


def test_what_is_missing_is_said_and_the_dictionary_is_offered_instead(
    shown: Services, tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    shown.exporter.focus("activation-pattern")
    assert shown.exporter.offered == DEFAULT
    assert shown.exporter.save("activation-pattern", tmp_path / "pattern.png") is None
    assert [level for level, _ in told] == ["warn"]
    assert "there is no drawing yet" in told[0][1]
    shown.state.set_image(np.full((28, 28), 200, np.uint8), "a grey square")
    assert shown.exporter.offered == "activation-pattern"


def test_a_drawing_that_the_model_cannot_read_is_named(
    shown: Services, tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    old = shown.state.snapshot
    assert old is not None
    cut = {name: getattr(old, name) for name in ("config", "step", "epoch", "b_enc", "density", "extras")}
    weights = {"W_enc": old.W_enc[:240], "W_dec": old.W_dec[:, :240].copy(), "b_dec": old.b_dec[:240].copy()}
    shown.state.set_image(np.full((28, 28), 200, np.uint8), "a grey square")
    shown.state.set_snapshot(Snapshot(**cut, **weights, shape=(12, 20)))
    assert shown.exporter.save("activation-pattern", tmp_path / "pattern.png") is None
    assert "the drawing is a 28×28 picture, but the model reads 12×20 pictures" in told[-1][1]
    assert shown.exporter.save("decoder-grid", tmp_path / "grid.png") is not None


def test_a_file_that_cannot_be_written_is_reported(
    shown: Services, tmp_path: Path, told: list[tuple[str, str]], qtbot: QtBot
) -> None:
    (tmp_path / "file").touch()
    shown.exporter.save("decoder-grid", tmp_path / "file" / "grid.png")
    qtbot.waitUntil(lambda: bool(told), timeout=TIMEOUT)
    assert told[0][0] == "bad"
    assert "grid.png cannot be written" in told[0][1]


def test_a_subject_stays_as_it_was_while_the_training_continues(shown: Services) -> None:
    subject = shown.exporter.subject()
    assert subject is not None
    assert subject.history is not None
    before = len(subject.history.train["step"])
    shown.state.history.add_step(StepResult(10_000, 99.0, 1.0, 0.1, 0.4, 4, 0, {}, 64))
    assert len(subject.history.train["step"]) == before
    assert len(shown.state.history.train["step"]) == before + 1


def test_a_run_is_saved_as_a_page(shown: Services, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown.exporter.saved, timeout=TIMEOUT) as saved:
        job = shown.exporter.report(tmp_path / "page.html")
    assert saved.args == [[tmp_path / "page.html"]] and job is not None
    text = (tmp_path / "page.html").read_text()
    assert '<figure id="figure-activation-pattern">' in text, "a drawing is chosen"
    assert shown.state.run is not None and shown.state.run.name in text
    assert shown.exporter.folder == tmp_path
