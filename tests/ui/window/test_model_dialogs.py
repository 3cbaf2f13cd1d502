"""*Export model…* and *Import model…* offer what the registry has, and a model comes back as a run."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from saegui.core.formats import registry
from saegui.core.formats.base import Format
from saegui.ui.window.main_window import MainWindow
from tests.house import EXAMPLES

TIMEOUT = 60_000


def dialog_of(window: MainWindow, action: str) -> QFileDialog:
    window.actions_.by_name[action].trigger()
    (dialog,) = (found for found in window.findChildren(QFileDialog) if found.isVisible())
    return dialog


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Format:
    """The example's format, from a file in a temporary folder, registered for this test."""
    file = Path(shutil.copy(EXAMPLES / "format.py", tmp_path / "json_text.py"))
    spec = importlib.util.spec_from_file_location("json_text", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(registry.FORMATS, module.FORMAT.name, module.FORMAT)
    return module.FORMAT  # type: ignore[no-any-return]


def test_both_dialogs_offer_every_registered_format(window: MainWindow, example: Format) -> None:
    for action in ("export-model", "import-model"):
        dialog = dialog_of(window, action)
        filters = dialog.nameFilters()
        for format in registry.FORMATS.values():
            assert f"{format.title} (*{format.suffix})" in filters
        assert example.title in " ".join(filters)
        dialog.reject()


def test_a_model_that_is_exported_comes_back_as_a_run(
    window: MainWindow, example: Format, qtbot: QtBot, tmp_path: Path
) -> None:
    before = window.state.snapshot
    assert before is not None
    dialog = dialog_of(window, "export-model")
    dialog.selectNameFilter(f"{example.title} (*{example.suffix})")
    dialog.filterSelected.emit(dialog.selectedNameFilter())
    assert dialog.defaultSuffix() == "json"
    file = tmp_path / "kept.json"
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert example.sniff(file)
    assert any("Saved kept.json" in toast.sentence for toast in window.toasts.toasts)

    dialog = dialog_of(window, "import-model")
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    qtbot.waitUntil(lambda: window.state.run is not None and window.state.run.name == "kept", timeout=TIMEOUT)
    after = window.state.snapshot
    assert after is not None and after is not before
    assert np.array_equal(after.W_dec, before.W_dec)
    assert "kept" in [run.name for run in window.services.library.runs]


def test_a_file_that_holds_no_model_is_named_with_a_remedy(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    current = window.state.run
    (tmp_path / "notes.txt").write_text("no model")
    window.services.models.open(tmp_path / "notes.txt")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    (sentence,) = (toast.sentence for toast in window.toasts.toasts if toast.level == "bad")
    assert "notes.txt holds no model" in sentence and "choose a file" in sentence
    assert window.state.run == current
