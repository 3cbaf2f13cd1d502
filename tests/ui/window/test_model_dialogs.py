"""*Export model…*, *Import model…* and a model that is dropped: what the registry has, and a model comes back as a run."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from saegui.core.formats import registry
from saegui.core.formats.base import Format
from saegui.ui.window.main_window import MainWindow
from saegui.ui.window.model_export import ModelExport
from saegui.ui.window.model_import import ModelImport
from tests.core.formats.models import model, openai_file
from tests.drops import drop
from tests.house import EXAMPLES

D = TypeVar("D", bound=QDialog)
TIMEOUT = 60_000


def shown(window: MainWindow, kind: type[D]) -> D:
    (dialog,) = (found for found in window.findChildren(kind) if found.isVisible())
    return dialog


def dialog_of(window: MainWindow, action: str, kind: type[D]) -> D:
    window.actions_.by_name[action].trigger()
    return shown(window, kind)


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


def test_a_model_that_is_exported_comes_back_as_a_run(
    window: MainWindow, example: Format, qtbot: QtBot, tmp_path: Path
) -> None:
    before = window.state.snapshot
    assert before is not None
    export = dialog_of(window, "export-model", ModelExport)
    assert set(export.buttons) == {name for name, format in registry.FORMATS.items() if format.is_exported}
    export.buttons["json"].setChecked(True)
    export.go.click()
    place = shown(window, QFileDialog)
    assert place.nameFilters() == [f"{example.title} (*{example.suffix})"]
    assert place.defaultSuffix() == "json"
    file = tmp_path / "kept.json"
    place.fileSelected.emit(str(file))
    place.reject()
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert example.sniff(file)
    assert any("Saved kept.json" in toast.sentence for toast in window.toasts.toasts)

    imports = dialog_of(window, "import-model", ModelImport)
    assert not imports.go.isEnabled()
    imports.choose(str(file))
    qtbot.waitUntil(imports.go.isEnabled, timeout=TIMEOUT)
    assert "JSON text" in imports.says.text()
    # The file says all that there is to say.
    assert not imports.shape.isVisible() and not imports.k.isVisible() and not imports.own.isVisible()
    imports.go.click()
    qtbot.waitUntil(lambda: window.state.run is not None and window.state.run.name == "kept", timeout=TIMEOUT)
    after = window.state.snapshot
    assert after is not None and after is not before
    assert np.array_equal(after.W_dec, before.W_dec)
    assert "kept" in [run.name for run in window.services.library.runs]


def test_a_format_that_cannot_hold_the_model_says_why(window: MainWindow, tmp_path: Path) -> None:
    window.state.set_snapshot(model(arch="gated", d_in=784, shape=(28, 28)))
    export = dialog_of(window, "export-model", ModelExport)
    assert not export.buttons["sparsify"].isEnabled()
    assert "no autoencoder of the kind Gated" in export.buttons["sparsify"].toolTip()
    export.buttons["saelens"].setChecked(True)
    export.go.click()
    place = shown(window, QFileDialog)
    assert place.fileMode() == QFileDialog.FileMode.AnyFile
    place.reject()


def test_a_folder_that_is_dropped_is_asked_about_and_measured_on_the_open_data(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    registry.export_model(model(arch="batch_topk", d_in=784, shape=(28, 28)), "saelens", folder)
    config = json.loads((folder / "cfg.json").read_text())
    del config["metadata"]["saegui"]
    (folder / "cfg.json").write_text(json.dumps(config))
    assert drop(window, folder)
    imports = shown(window, ModelImport)
    qtbot.waitUntil(imports.go.isEnabled, timeout=TIMEOUT)
    assert imports.says.text() == "SAELens: BatchTopK · 24 latents · k 4, inputs of 784 values."
    assert not imports.says.property("problem")
    assert [imports.shape.itemText(place) for place in range(imports.shape.count())] == [
        "28×28",
        "784 values",
    ]
    assert imports.own.isVisible() and imports.own.isChecked()
    # What the warning below advises can be done here, too.
    assert imports.k.isVisible()
    imports.shape.setEditText("3x3")
    imports.go.click()
    assert "The shape is '3x3'; write one of 784 values" in imports.says.text() and imports.isVisible()
    assert imports.says.property("problem")
    imports.shape.setEditText("28 x 28")
    imports.go.click()
    qtbot.waitUntil(
        lambda: window.state.run is not None and window.state.run.name == "theirs", timeout=TIMEOUT
    )
    run = window.state.run
    assert run is not None and run.metrics["k"] == 4 and run.config.dataset == "digits"
    sentences = [toast.sentence for toast in window.toasts.toasts]
    l0 = float(run.metrics["l0"] or 0)
    assert f"Its L0 is {l0:.4g} on the test inputs of Built-in digits, and the file says k 4." in sentences
    assert any("is far from k 4" in sentence for sentence in sentences) == (abs(l0 - 4) > 0.4)


def test_a_model_of_openai_is_asked_about_its_inputs_and_an_odd_width_opens_as_lines(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    file = openai_file(tmp_path / "theirs.pt")
    assert drop(window, file)
    imports = shown(window, ModelImport)
    qtbot.waitUntil(imports.go.isEnabled, timeout=TIMEOUT)
    assert "does not say whether its inputs were normalised" in imports.notes.text()
    assert imports.input.isVisible() and imports.input.currentData() == "layer_norm"
    assert not imports.k.isVisible() and not imports.own.isVisible()
    assert imports.shape.currentText() == "30 values"
    imports.input.setCurrentIndex(imports.input.findData("raw"))
    imports.go.click()
    qtbot.waitUntil(
        lambda: window.state.run is not None and window.state.run.name == "theirs", timeout=TIMEOUT
    )
    run = window.state.run
    assert run is not None and (run.config.input, run.shape) == ("raw", (30,))
    atoms = window.services.state.snapshot
    assert atoms is not None and atoms.shape == (30,)


def test_what_is_otherwise_in_an_exported_file_is_told(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.services.models.save("overcomplete", tmp_path / "theirs")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    sentences = [toast.sentence for toast in window.toasts.toasts]
    assert any("Saved theirs" in sentence for sentence in sentences)
    assert any("is the atom of concept 24" in sentence for sentence in sentences)


def test_a_file_that_holds_no_model_is_named_with_a_remedy(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    current = window.state.run
    (tmp_path / "notes.txt").write_text("no model")
    imports = dialog_of(window, "import-model", ModelImport)
    imports.choose(str(tmp_path / "notes.txt"))
    qtbot.waitUntil(lambda: "holds no model" in imports.says.text(), timeout=TIMEOUT)
    assert "notes.txt" in imports.says.text() and "choose a file" in imports.says.text()
    assert imports.says.property("problem")
    assert not imports.go.isEnabled()
    for ask, mode in (
        (imports.file, QFileDialog.FileMode.ExistingFile),
        (imports.folder, QFileDialog.FileMode.Directory),
    ):
        ask.click()
        (place,) = (found for found in imports.findChildren(QFileDialog) if found.isVisible())
        assert place.fileMode() == mode
        place.reject()
    imports.reject()
    window.services.models.open(tmp_path / "notes.txt")
    qtbot.waitUntil(lambda: not window.services.jobs.running, timeout=TIMEOUT)
    assert any(
        "notes.txt holds no model" in toast.sentence for toast in window.toasts.toasts if toast.level == "bad"
    )
    assert window.state.run == current
