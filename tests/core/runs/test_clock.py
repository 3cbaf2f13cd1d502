"""The clock of the machine goes back: between runs, and in the middle of a training."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.files import leftovers
from saegui.core.runs import folders, writer
from saegui.core.runs.run import Run, kept_steps, open_run
from saegui.core.training.session import Session

CONFIG = RunConfig(dataset="digits", n_latents=16, k=3, epochs=2, batch_size=64)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Every module that asks what time it is is told ``moment``."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    for module in (folders, writer):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(leftovers.time, "time", moment.timestamp)


def test_runs_trained_while_the_clock_goes_back_are_whole_and_in_the_order_of_what_it_said(
    digits: Dataset, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    set_clock(monkeypatch, late)
    session = Session(CONFIG, digits, folders.new_path(CONFIG))
    while session.trainer.epoch < 1:
        session.advance()
    # What this process is writing now is from the future to itself.
    waiting = own_home / "runs" / leftovers.name_for("saving")
    waiting.mkdir()
    set_clock(monkeypatch, late - timedelta(days=400))
    while not session.done:
        session.advance()
    session.close()
    leftovers.sweep(own_home / "runs")
    assert waiting.is_dir()
    waiting.rmdir()
    first = open_run(session.run.path)
    assert (first.status, first.created) == ("finished", late.isoformat(timespec="milliseconds"))
    assert first.seconds is not None
    assert first.seconds > 0
    curves = first.history().train
    assert (np.diff(curves["seconds"]) >= 0).all()
    assert curves["seconds"][0] >= 0
    assert kept_steps(first.path) == sorted(first.steps())
    # The same second comes twice, as when summer time ends: the folder is another one.
    set_clock(monkeypatch, late)
    second = Session(CONFIG, digits, folders.new_path(CONFIG))
    assert second.run.path != first.path
    second.advance()
    second.close()
    set_clock(monkeypatch, late - timedelta(hours=1))
    third = Session(CONFIG, digits, folders.new_path(CONFIG))
    third.advance()
    third.close()
    resumed = Session.resume(open_run(third.run.path), digits)
    while not resumed.done:
        resumed.advance()
    resumed.close()
    found = folders.list_runs()
    assert [run.path for run in found] == [first.path, second.run.path, third.run.path]
    assert all(isinstance(run, Run) for run in found)
    assert found[2].latest().step == first.step  # type: ignore[union-attr]
