"""Families: every file is listed once, and a new one is a file and a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saegui.core import families
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.families.family import Family
from saegui.core.families.registry import FAMILIES, using
from tests.house import House

SHARED = {"__init__", "family", "registry", "refinement", "topk_search", "matmul"}
"""Files of the folder that are no family."""
TRAIN_PANEL = """
from saegui.ui.window.application import make_application, make_window
from saegui.ui.panels.train.panel import TrainPanel
app = make_application()
panel = make_window().panel(TrainPanel)
kinds = panel.form.fields["arch"].editor
print([kinds.itemText(index) for index in range(kinds.count())])
panel.state.edit_draft("arch", "log_penalty")
print(panel.formula.text())
"""
MARK = "        gated.FAMILY,\n"


def test_no_file_is_left_out() -> None:
    files = {file.stem for file in Path(families.__path__[0]).glob("*.py")} - SHARED
    assert files == set(FAMILIES)
    for name, family in FAMILIES.items():
        assert type(family).__module__ == f"{families.__name__}.{name}"


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_a_family_says_what_tables_and_forms_need(family: Family) -> None:
    assert family.title
    assert family.source
    assert family.loss.startswith(("MSE", "Σ MSE"))
    assert family.parameters
    for name in family.parameters:
        assert family.name in using(name) == parameter(name).when["arch"]
    assert RunConfig(arch=family.name).describe().startswith(family.title)


@pytest.mark.slow
def test_a_new_family_is_one_file_and_one_word(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.add("family.py", "saegui/core/families/log_penalty.py")
    house.edit("saegui/core/families/registry.py", "import batch_topk, ", "import batch_topk, log_penalty, ")
    house.edit("saegui/core/families/registry.py", MARK, MARK + "        log_penalty.FAMILY,\n")

    assert "log_penalty" in house.saegui("train", "--help")
    options = ("--dataset", "digits", "--arch", "log_penalty", "--epochs", "2", "--l1", "0.01", "--json")
    found = json.loads(house.saegui("train", "--out", "run", *options))
    assert found["epoch"] == 2
    assert 0 < found["l0"] < 64
    assert json.loads(house.saegui("eval", "run", "--json"))["mse"] == pytest.approx(found["mse"])
    assert "Log penalty · 64 latents · λ 0.01" in house.saegui("runs", ".")

    shown = house.python("-c", TRAIN_PANEL)
    assert "'Log penalty'" in shown
    assert "log(1 + zⱼ²)" in shown

    house.python("tools/readme_tables.py")
    assert "| Log penalty | `log_penalty` |" in (house.folder / "docs" / "reference.md").read_text()
