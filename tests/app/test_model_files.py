"""Exporting and importing without a window: what cannot be done is a notice, never an exception."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.formats.registry import FORMATS, export_model
from tests.core.formats.models import model

EXACT = [name for name, format in FORMATS.items() if format.exact]
TIMEOUT = 60_000


def test_without_a_model_there_is_nothing_to_export(services: Services, tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    services.state.notice.connect(lambda level, sentence: told.append((level, sentence)))
    services.state.set_snapshot(None)
    assert services.models.save("npz", tmp_path / "model.npz") is None
    assert told == [("warn", "There is no model to export yet: open a run or train one.")]


@pytest.mark.parametrize("name", EXACT)
def test_a_model_is_written_and_read_in_the_background(
    name: str, services: Services, small_run: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    services.library.open(small_run)
    file = tmp_path / f"kept{FORMATS[name].suffix}"
    with qtbot.waitSignal(services.models.saved, timeout=TIMEOUT) as saved:
        services.models.save(name, file)
    assert saved.args == [[file]]
    assert services.models.folder == tmp_path
    with qtbot.waitSignal(services.models.imported, timeout=TIMEOUT) as imported:
        services.models.open(file)
    (run,) = imported.args or [None]
    assert run is not None and run.name == "kept"
    assert run.latest().config == services.state.snapshot.config  # type: ignore[union-attr]


def test_a_model_that_nobody_knows_the_data_of_opens_all_the_same(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    told: list[str] = []
    services.state.notice.connect(lambda level, sentence: told.append(sentence))
    export_model(model(arch="topk"), "sparsify", tmp_path / "theirs")
    description = tmp_path / "theirs" / "cfg.json"
    description.write_text(json.dumps({**json.loads(description.read_text()), "saegui": None}))
    with qtbot.waitSignal(services.models.imported, timeout=TIMEOUT) as imported:
        services.models.open(tmp_path / "theirs")
    (run,) = imported.args or [None]
    assert run is not None and services.open_run(run.path)
    assert services.state.snapshot is not None and services.state.snapshot.shape == (30,)
    assert [sentence for sentence in told if "does not say which inputs it reads" in sentence]


def test_a_file_that_cannot_be_written_is_a_notice(
    services: Services, small_run: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    services.library.open(small_run)
    (tmp_path / "file").touch()
    with qtbot.waitSignal(services.state.notice, timeout=TIMEOUT) as notice:
        services.models.save("npz", tmp_path / "file" / "model.npz")
    assert notice.args is not None
    assert notice.args[0] == "bad" and "cannot be written" in notice.args[1]
