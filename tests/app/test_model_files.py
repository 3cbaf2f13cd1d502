"""Exporting and importing without a window: what cannot be done is a notice, never an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.formats.registry import FORMATS

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


def test_a_file_that_cannot_be_written_is_a_notice(
    services: Services, small_run: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    services.library.open(small_run)
    (tmp_path / "file").touch()
    with qtbot.waitSignal(services.state.notice, timeout=TIMEOUT) as notice:
        services.models.save("npz", tmp_path / "file" / "model.npz")
    assert notice.args is not None
    assert notice.args[0] == "bad" and "cannot be written" in notice.args[1]
