"""``saegui export``, ``import`` and ``formats``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core.formats.registry import FORMATS
from tests.cli.conftest import Result
from tests.house import House

EXACT = [name for name, format in FORMATS.items() if format.exact]
Here = Callable[..., Result]


@pytest.mark.parametrize("name", EXACT)
def test_a_model_that_is_exported_and_imported_measures_the_same(
    name: str, here: Here, small_run: Path, tmp_path: Path
) -> None:
    file, run = tmp_path / "model", tmp_path / "again"
    done = here("export", small_run, "--format", name, "--out", file)
    assert (done.status, done.out) == (0, f"{file}\n")
    assert "small run" in done.err
    done = here("import", file, "--out", run)
    assert (done.status, done.out) == (0, f"{run}\n")
    assert FORMATS[name].title in done.err
    before, after = (here("eval", folder, "--json").last for folder in (small_run, run))
    assert after == before


def test_the_starter_run_can_be_exported(here: Here, tmp_path: Path) -> None:
    assert here("export", "starter", "--format", "npz", "--out", tmp_path / "a.npz").status == 0
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert found["W_dec"].shape == (64, 784)


def test_formats_are_listed(here: Here) -> None:
    listed = here("formats").out
    for format in FORMATS.values():
        assert format.name in listed
        assert format.about in listed
    assert [found["name"] for found in here("formats", "--json").last] == list(FORMATS)


def test_what_cannot_be_done_is_one_sentence_with_a_remedy(
    refused: Callable[..., str], small_run: Path, tmp_path: Path
) -> None:
    assert "'nothing' (choose from" in refused("export", small_run, "--format", "nothing", "--out", "f")
    (tmp_path / "file").write_text("text")
    assert "choose another folder" in refused(
        "export", small_run, "--format", "npz", "--out", tmp_path / "file" / "model.npz"
    )
    assert "holds no model" in refused("import", tmp_path / "file", "--out", tmp_path / "run")
    assert "does not exist" in refused("import", tmp_path / "missing", "--out", tmp_path / "run")
    assert "exists already" in refused("import", exported(small_run, tmp_path), "--out", small_run)
    assert not (tmp_path / "run").exists()


def exported(run: Path, folder: Path) -> Path:
    from saegui.core.formats.registry import export_model
    from saegui.core.runs.run import open_run

    export_model(open_run(run).latest(), "npz", folder / "whole.npz")
    return folder / "whole.npz"


@pytest.mark.slow
def test_a_new_format_is_one_file_and_one_word(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.add("format.py", "saegui/core/formats/json_text.py")
    registry = "saegui/core/formats/registry.py"
    house.edit(registry, "    dictionary_learning,\n", "    dictionary_learning,\n    json_text,\n")
    house.edit(registry, "        npz.FORMAT,\n", "        npz.FORMAT,\n        json_text.FORMAT,\n")

    assert "json: JSON text" in house.saegui("export", "--help")
    assert "The whole model as one text" in house.saegui("formats")
    house.saegui("export", "starter", "--format", "json", "--out", "model.json")
    house.saegui("import", "model.json", "--out", "again")
    house.saegui("export", "again", "--format", "json", "--out", "second.json")
    first, second = (house.folder / name for name in ("model.json", "second.json"))
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text())["shape"] == [28, 28]

    house.python("tools/readme_tables.py")
    assert "| `json` | `.json` |" in (house.folder / "docs" / "reference.md").read_text()
