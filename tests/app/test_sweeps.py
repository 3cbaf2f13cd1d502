"""Sweeps that are trained in the window, and folders that fill while it looks at them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.app.sweeps import SHADE, UNDER_WAY, Plan
from saegui.cli.window import _run_path
from saegui.core.config.schema import RunConfig
from saegui.core.errors import ConfigError
from saegui.core.files import leftovers
from saegui.core.runs.run import RUN, is_run, open_run
from saegui.core.sweeps import spec, spec_text, task, unfinished

PATIENCE = 60_000


@pytest.fixture
def small(services: Services, qtbot: QtBot) -> Services:
    """Settings of trainings that last a moment."""
    services.open_first()
    services.training.threads, services.training.device = 1, "cpu"
    draft = {
        **services.state.draft,
        "dataset": "digits",
        "n_latents": 8,
        "k": 2,
        "epochs": 1,
        "batch_size": 256,
    }
    services.state.set_draft(draft, services.state.preset)
    return services


def ended(services: Services, qtbot: QtBot) -> None:
    sweeps = services.sweeps
    qtbot.waitUntil(lambda: not sweeps.busy, timeout=PATIENCE)


def test_the_program_is_started_with_a_folder_that_fills(
    services: Services, small_run: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    notices: list[str] = []
    services.state.notice.connect(lambda level, text, topic: notices.append(text))
    out = tmp_path / "elsewhere"
    out.mkdir()
    (out / spec_text.NAME).write_text('dataset = "digits"\n[vary]\nk = [1, 2, 3]\n')
    assert _run_path(str(out), {}) == out
    services.open_first(out)
    assert services.sweeps.folder.path == out and services.state.run is not None
    assert notices == ["elsewhere holds no run yet. Runs appear in Sweep as they are trained."]
    shutil.copytree(small_run, out / "k-1")
    there(services, qtbot, 1)
    assert _run_path(str(out), {}) == out
    services.open_first(out)
    assert services.state.run.path == out / "k-1"


def there(services: Services, qtbot: QtBot, count: int) -> None:
    folder = services.sweeps.folder
    qtbot.waitUntil(lambda: len(folder.runs) == count, timeout=PATIENCE)


def test_a_sweep_is_trained_shown_and_kept_with_its_description(small: Services, qtbot: QtBot) -> None:
    sweeps = small.sweeps
    plan = sweeps.plan({"k": [1, 2, 3], "seed": [0, 1]})
    assert [each.varied for each in plan.trainings][:2] == [{"k": 1, "seed": 0}, {"k": 1, "seed": 1}]
    notices: list[str] = []
    small.state.notice.connect(lambda level, sentence, about: notices.append(f"{level}: {sentence}"))
    shown: list[None] = []
    sweeps.shown.connect(lambda: shown.append(None))
    sweeps.start(plan)
    assert sweeps.busy and "is being trained" in sweeps.why_not() and shown
    sweeps.start(plan)
    out = sweeps.folder.path
    assert out is not None and out.name == "sweep-k-seed" and (out / spec_text.NAME).is_file()
    qtbot.waitUntil(lambda: sweeps.phase == "training", timeout=PATIENCE)
    assert small.settings.get(UNDER_WAY) == str(out)
    ended(small, qtbot)
    there(small, qtbot, 6)
    assert sweeps.share_done == 1 and sweeps.folder.lacking == 0 and sweeps.folder.expected == 6
    assert "good: The sweep is trained: 6 runs." in notices and "warn: A sweep is being trained" in notices[0]
    assert small.settings.get(UNDER_WAY) == ""
    # Curves of all, in shades from the first to the last; the best of all with its weights.
    assert [each.name for each in sweeps.overlays] == [each.name for each in plan.trainings]
    assert [each.place for each in sweeps.overlays] == [
        SHADE + round(SHADE * place / 5) for place in range(6)
    ]
    assert all(len(each.history.train["step"]) and len(each.history.test["step"]) for each in sweeps.overlays)
    best = min(sweeps.folder.results.found, key=lambda result: result.mse)
    assert sweeps.best is not None and sweeps.best.training.folder == best.run.path.name
    assert sweeps.best.snapshot.step == best.run.step
    # They are runs like others.
    assert {run.path for run in small.library.runs} >= {run.path for run in sweeps.folder.runs}
    sweeps.hide_curves()
    assert sweeps.overlays == ()


def test_a_stopped_or_killed_sweep_is_resumed_without_training_what_is_there_again(
    small: Services, qtbot: QtBot
) -> None:
    sweeps = small.sweeps
    sweeps.start(sweeps.plan({"epochs": [1, 2000]}))
    qtbot.waitUntil(lambda: len(sweeps.folder.runs) == 1, timeout=PATIENCE)
    sweeps.pause()
    assert sweeps.phase == "paused"
    sweeps.resume()
    assert sweeps.phase == "training"
    sweeps.stop()
    assert sweeps.phase == "stopping"
    ended(small, qtbot)
    out = sweeps.folder.path
    assert out is not None and sweeps.folder.lacking == 1
    kept = {path: path.stat().st_ino for path in out.iterdir() if is_run(path) and path.name[0] != "."}
    assert len(kept) == 1 and not list(out.glob(".*.tmp"))
    # Its description is changed by hand to one that ends: what is there stays, the rest is trained.
    file = out / spec_text.NAME
    file.write_text(file.read_text().replace("2000", "2"))
    sweeps.resume()
    assert [each.varied for each in sweeps._order.values()] == [{"epochs": 2}]
    ended(small, qtbot)
    there(small, qtbot, 2)
    assert {path: path.stat().st_ino for path in kept} == kept
    sweeps.resume()
    assert not sweeps.busy


def test_what_was_trained_when_the_program_ended_is_offered_at_the_next_start_and_continued(
    small: Services, qtbot: QtBot
) -> None:
    sweeps = small.sweeps
    plan = sweeps.plan({"epochs": [1, 40]})
    sweeps.start(plan)
    qtbot.waitUntil(lambda: len(sweeps.folder.runs) == 1, timeout=PATIENCE)
    out = sweeps.folder.path
    assert out is not None and task.is_under_way(out)
    small.shut_down()
    assert not list(out.glob(".*.tmp")) and small.settings.get(UNDER_WAY) == str(out)
    begun = unfinished.of(plan.trainings[1], out)
    assert begun is not None and begun.step > 0

    again = Services()
    again.training.threads, again.training.device = 1, "cpu"
    offered: list[Path] = []
    again.sweeps.unfinished.connect(offered.append)
    # Another process trains it meanwhile.
    other = out / leftovers.name_for("pass")
    other.mkdir()
    again.sweeps.look_for_unfinished()
    assert offered == []
    other.rmdir()
    again.sweeps.look_for_unfinished()
    assert offered == [out] and again.sweeps.folder.path == out
    there(again, qtbot, 1)
    assert again.sweeps.folder.lacking == again.sweeps.folder.begun == 1
    again.sweeps.look_for_unfinished()
    assert offered == [out]
    # It is continued from there, and its curve is whole.
    first: list[float] = []
    again.sweeps.grown.connect(lambda: first.append(again.sweeps.share_done))
    again.sweeps.resume(out)
    ended(again, qtbot)
    there(again, qtbot, 2)
    run = open_run(out / plan.trainings[1].folder)
    assert run.status == "finished" and run.created == begun.created
    (overlay,) = again.sweeps.overlays
    assert overlay.history.train["step"].tolist() == list(range(1, run.step + 1))
    assert first[0] >= begun.epoch / 40
    assert again.sweeps.folder.begun == 0
    again.shut_down()
    again.deleteLater()


def test_whoever_leaves_while_it_is_trained_or_prepared_finds_it_offered_and_whoever_stops_it_does_not(
    small: Services, qtbot: QtBot
) -> None:
    sweeps = small.sweeps
    notices: list[str] = []
    small.state.notice.connect(lambda level, sentence, about: notices.append(sentence))
    sweeps.leave()
    assert small.settings.get(UNDER_WAY) == ""
    sweeps.start(sweeps.plan({"epochs": [4000, 5000]}))
    assert sweeps.phase == "preparing"
    with qtbot.waitSignal(sweeps.ended, timeout=PATIENCE):
        sweeps.leave()
    out = sweeps.folder.path
    assert out is not None and small.settings.get(UNDER_WAY) == str(out)
    for leaves in (True, False):
        sweeps.resume(out)
        qtbot.waitUntil(lambda: len(sweeps.overlays) == 2, timeout=PATIENCE)
        with qtbot.waitSignal(sweeps.ended, timeout=PATIENCE):
            (sweeps.leave if leaves else sweeps.stop)()
        assert small.settings.get(UNDER_WAY) == (str(out) if leaves else "")
        assert unfinished.count(out) == 2 and bool(notices) != leaves
    assert "0 of 2 runs are complete. Resume in Sweep continues" in notices[0]


def test_a_run_that_cannot_be_continued_is_said_to_begin_again_and_does_not_count_as_failed(
    small: Services, qtbot: QtBot
) -> None:
    sweeps = small.sweeps
    sweeps.start(sweeps.plan({"epochs": [40, 50]}))
    qtbot.waitUntil(lambda: len(sweeps.overlays) == 2, timeout=PATIENCE)
    with qtbot.waitSignal(sweeps.ended, timeout=PATIENCE):
        sweeps.stop()
    out = sweeps.folder.path
    assert out is not None
    damaged = spec.read(out / spec_text.NAME)[0]
    (unfinished.place(damaged.key, out) / RUN).write_text("{")
    notices: list[tuple[str, str]] = []
    small.state.notice.connect(lambda level, sentence, about: notices.append((level, sentence)))
    sweeps.resume()
    qtbot.waitUntil(lambda: bool(notices), timeout=PATIENCE)
    assert sweeps.busy
    ((level, sentence),) = notices
    assert level == "warn" and sentence.startswith(f"“{damaged.name}”: It began again from its first step")
    assert "run.json cannot be read" in sentence
    ended(small, qtbot)
    there(small, qtbot, 2)
    assert list(sweeps.begun_again) == [damaged.name] and not sweeps.problems
    assert [each.diverged for each in sweeps.overlays] == [False, False]
    assert notices[1:] == [("good", "The sweep is trained: 2 runs.")]
    # Of several the first is named, and Sweep has the reasons.
    sweeps._note_begun_again({"k 1": "It began again.", "k 2": "It began again.", damaged.name: "Known."})
    assert notices[-1][1].startswith("“k 1” and 1 more began again") and "Sweep says why" in notices[-1][1]


def test_what_cannot_be_trained_is_said(
    small: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps = small.sweeps
    with pytest.raises(ConfigError, match="no effect"):
        sweeps.plan({"l1": [0.1, 0.2]})
    small.state.set_phase("training")
    assert "Stop it first" in sweeps.why_not()
    small.state.set_phase("idle")
    plan = sweeps.plan({"k": [1, 2]})
    notices: list[str] = []
    small.state.notice.connect(lambda level, sentence, about: notices.append(sentence))
    # One diverges: it is named, and the other is kept.
    small.state.set_draft(RunConfig(dataset="digits", n_latents=64, k=64, epochs=2, batch_size=128))
    plan = sweeps.plan({"lr": [1e-3, 1.0]})
    sweeps.start(plan)
    ended(small, qtbot)
    there(small, qtbot, 2)
    assert list(sweeps.problems) == [plan.trainings[1].name]
    assert any("It diverged" in each and "2 of 2 runs are kept" in each for each in notices)
    assert sweeps.folder.results.diverged == 1 and len(sweeps.folder.results.found) == 1
    assert [each.diverged for each in sweeps.overlays] == [False, True]
    # Data that nobody has.
    monkeypatch.setattr(type(small.data), "require", lambda self, name, ask=False: self.unavailable.emit())
    sweeps.start(Plan(plan.found, plan.trainings, "digits"))
    assert not sweeps.busy and "its data are missing" in notices[-1]


def test_a_folder_that_fills_is_watched_and_broken_runs_are_left_out(
    services: Services, small_run: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    out, sweeps = tmp_path / "elsewhere", services.sweeps
    out.mkdir()
    sweeps.open(out)
    folder = sweeps.folder
    shutil.copytree(small_run, out / "k-1")
    there(services, qtbot, 1)
    shutil.copytree(small_run, out / "k-2")
    (out / "broken").mkdir()
    (out / "broken" / RUN).write_text("{}")
    (out / "anything").mkdir()
    there(services, qtbot, 2)
    qtbot.waitUntil(lambda: len(folder.left_out) == 1, timeout=PATIENCE)
    assert folder.left_out[0].path.name == "broken" and folder.left_out[0].reason
    assert len(folder.results.found) == 2 and folder.results.unmeasured == 1
    (out / spec_text.NAME).write_text("nonsense = [")
    qtbot.waitUntil(lambda: "is no TOML file" in folder.problem, timeout=PATIENCE)
    (out / spec_text.NAME).write_text('dataset = "digits"\n[vary]\nk = [1, 2, 3]\n')
    qtbot.waitUntil(lambda: folder.expected == 3 and folder.problem == "", timeout=PATIENCE)
    shutil.rmtree(out / "k-2")
    there(services, qtbot, 1)
    # Curves as means, and monosemanticity, when they are asked for.
    services.data.show("digits")
    qtbot.waitUntil(lambda: services.state.dataset is not None, timeout=PATIENCE)
    folder.ask_means()
    qtbot.waitUntil(lambda: folder.means is not None, timeout=PATIENCE)
    assert services.state.dataset is not None
    folder.ask_alike(services.state.dataset)
    qtbot.waitUntil(lambda: folder.results.found[0].monosemanticity is not None, timeout=PATIENCE)
    # One whose folder is made later.
    sweeps.open(tmp_path / "later")
    assert folder.runs == ()
    shutil.copytree(small_run, tmp_path / "later" / "k-1")
    there(services, qtbot, 1)
