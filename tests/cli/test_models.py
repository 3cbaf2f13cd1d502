"""``saegui export``, ``import`` and ``formats``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core.formats.registry import FORMATS, export_model, write_run
from saegui.core.runs.run import open_run
from tests.cli.conftest import Result
from tests.core.formats.models import model, openai_file
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


def theirs(folder: Path, name: str = "dictionary_learning", **values: object) -> Path:
    """A model of pictures like the digits, as another program would have written it."""
    before = model(**{"arch": "batch_topk", "d_in": 784, "shape": (28, 28), **values})  # type: ignore[arg-type]
    export_model(before, name, folder)
    file = folder / ("config.json" if name == "dictionary_learning" else "cfg.json")
    said = json.loads(file.read_text())
    (said.get("metadata") or said).pop("saegui")
    file.write_text(json.dumps(said))
    return folder


def test_a_model_for_another_library_is_a_folder_that_comes_back(
    here: Here, small_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "saelens"
    done = here("export", small_run, "--format", "saelens", "--out", out)
    assert (done.status, done.out) == (0, f"{out}\n")
    assert sorted(file.name for file in out.iterdir()) == ["cfg.json", "sae_weights.safetensors"]
    done = here("import", out, "--out", tmp_path / "again")
    assert done.status == 0 and "from SAELens (saelens)" in done.err
    # The file says which data it was trained on, and they are here.
    assert "on the test inputs of Built-in digits, and the file says k 4." in done.err
    before, after = (here("eval", folder, "--json").last for folder in (small_run, tmp_path / "again"))
    assert after["mse"] == pytest.approx(before["mse"], rel=1e-5) and after["l0"] == before["l0"]


def test_what_a_library_cannot_hold_is_refused_with_the_reason(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    run = write_run(model(arch="gated"), tmp_path / "gated", tmp_path / "run")
    said = refused("export", run.path, "--format", "sparsify", "--out", tmp_path / "out")
    assert "sparsify has no autoencoder of the kind Gated" in said and not (tmp_path / "out").exists()
    assert "invalid choice: 'openai'" in refused(
        "export", run.path, "--format", "openai", "--out", tmp_path / "out"
    )


def test_an_l0_far_from_k_is_warned_of_and_k_can_be_given(here: Here, tmp_path: Path) -> None:
    folder = theirs(tmp_path / "theirs")
    done = here("import", folder, "--out", tmp_path / "run", "--dataset", "digits")
    assert done.status == 0, done
    run = open_run(tmp_path / "run")
    assert run.shape == (28, 28) and run.config.dataset == "digits"
    l0 = float(run.metrics["l0"] or 0)
    assert abs(l0 - 4) > 0.4
    assert f"Its L0 is {l0:.4g} on the test inputs of" in done.err and "and the file says k 4." in done.err
    assert f"An L0 of {l0:.4g} is far from k 4" in done.err
    assert run.latest().density.max() > 0
    done = here("import", folder, "--out", tmp_path / "kept", "--dataset", "digits", "--k", "4")
    assert "is far from" not in done.err
    assert open_run(tmp_path / "kept").config.arch == "topk"


def test_what_a_file_does_not_say_is_told_or_given(
    here: Here, refused: Callable[..., str], small_run: Path, tmp_path: Path
) -> None:
    file = openai_file(tmp_path / "theirs.pt")
    done = here("import", file, "--out", tmp_path / "norm")
    assert "taken to use layer norm" in done.err and open_run(tmp_path / "norm").config.input == "layer_norm"
    done = here("import", file, "--out", tmp_path / "raw", "--input", "raw")
    assert "layer norm" not in done.err and open_run(tmp_path / "raw").config.input == "raw"
    done = here("export", small_run, "--format", "overcomplete", "--out", tmp_path / "model")
    assert "is the atom of concept 24, one more than the 24 latents" in done.err
    said = refused("import", tmp_path / "model", "--out", tmp_path / "no", "--input", "raw")
    assert "says what is done to every input; import it without --input" in said


def test_another_width_opens_as_lines_or_in_the_shape_that_is_given(
    here: Here, refused: Callable[..., str], tmp_path: Path
) -> None:
    folder = theirs(tmp_path / "theirs", "saelens", d_in=48, shape=(6, 8))
    assert here("import", folder, "--out", tmp_path / "line").status == 0
    assert open_run(tmp_path / "line").shape == (48,)
    assert here("import", folder, "--out", tmp_path / "six", "--shape", "6x8").status == 0
    assert open_run(tmp_path / "six").shape == (6, 8)
    figure = tmp_path / "atoms.png"
    assert (
        here("figure", tmp_path / "line", "--kind", "decoder-grid", "--out", figure).status == 0
        and figure.exists()
    )
    assert "cannot have the shape 7×7" in refused(
        "import", folder, "--out", tmp_path / "no", "--shape", "7x7"
    )
    assert "write a height and a width" in refused(
        "import", folder, "--out", tmp_path / "no", "--shape", "wide"
    )
    assert "inputs of" in refused("import", folder, "--out", tmp_path / "no", "--dataset", "digits")
    assert "There is no data set 'nothing'" in refused(
        "import", folder, "--out", tmp_path / "no", "--dataset", "nothing"
    )
    assert not (tmp_path / "no").exists()
