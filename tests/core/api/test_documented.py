"""docs/library.md: what it shows runs, with stand-ins for the packages that saegui does not need."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import saegui
from saegui.core.runs.run import open_run

DOCUMENT = Path(__file__).parents[3] / "docs" / "library.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)


class Logged:
    """A run of Weights & Biases, as far as it is used."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config, self.logged = config, []  # type: ignore[var-annotated]
        self.summary: dict[str, Any] = {}

    def __enter__(self) -> Logged:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def log(self, values: dict[str, Any], step: int | None = None) -> None:
        self.logged.append((step, values))


@pytest.fixture(autouse=True)
def _own_folder(digits_cached: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def runs(word: str) -> None:
    """Run the program that holds ``word``, with digits and for one epoch."""
    (found,) = (program for program in PROGRAMS if word in program)
    assert len(found.splitlines()) <= 20
    found = found.replace('"mnist"', '"digits"').replace("epochs=20", "epochs=1")
    Path("shown.py").write_text(found.replace('preset="modern",', 'preset="modern", epochs=1,'), "utf-8")
    runpy.run_path("shown.py")


def test_the_six_names_are_used_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    runs("figures.draw")
    assert "mse" in capsys.readouterr().out.lower()
    assert Path("decoder.pdf").exists() and Path("decoder.csv").exists()
    assert all(f"saegui.{name}" in DOCUMENT.read_text("utf-8") for name in saegui.__all__)


def test_weights_and_biases_gets_each_step_and_the_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Logged] = []

    def init(project: str, config: dict[str, Any]) -> Logged:
        made.append(Logged(config))
        return made[-1]

    wandb = ModuleType("wandb")
    wandb.init, wandb.Image = init, lambda picture: picture  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    runs("wandb")
    (log,) = made
    run = open_run(Path("runs/k10"))
    assert [step for step, _ in log.logged] == [*range(1, run.step + 1), None]
    assert set(log.logged[0][1]) == {"loss", "fvu", "l0"} and log.logged[-1][1]["dictionary"].shape[-1] == 3
    assert log.summary["mse"] == run.metrics["mse"] and (run.config.k, run.config.n_latents) == (10, 256)


def test_mlflow_gets_parameters_metrics_and_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[Any, ...]] = []
    mlflow = ModuleType("mlflow")

    class Started(SimpleNamespace):
        def __enter__(self) -> Started:
            return self

        def __exit__(self, *error: object) -> None:
            pass

    mlflow.start_run = Started  # type: ignore[attr-defined]
    for name in ("log_params", "log_metrics", "log_artifacts"):
        setattr(mlflow, name, lambda *values, name=name: told.append((name, *values)))
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    runs("mlflow")
    run = open_run(Path("runs/k10"))
    assert told[0] == ("log_params", {"preset": "modern", "k": 10})
    assert told[-1] == ("log_artifacts", str(Path("runs/k10")), "run")
    assert told[-2][1]["mse"] == run.metrics["mse"]
    assert all(name == "log_metrics" and step % 50 == 0 for name, _, step in told[1:-2])
