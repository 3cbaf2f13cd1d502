"""The engine works where there is no Qt, and without torch until something is trained."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import saegui

BLOCKED = """
import importlib.abc, pkgutil, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(f"{{name}} is not installed")

sys.meta_path.insert(0, Absent())
"""
EVERYTHING = """
import importlib
import saegui.core
for module in pkgutil.walk_packages(saegui.core.__path__, "saegui.core."):
    importlib.import_module(module.name)
"""
LOOKING = """
from saegui.core import figures
from saegui.core.analysis import metrics
from saegui.core.figures.subject_of_run import subject_of
from saegui.core.runs.run import starter_run
run = starter_run()
subject = subject_of(run, ["decoder-grid"])
figures.render(figures.draw("decoder-grid", subject), "png")
"""


def run(code: str, *blocked: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process in which some packages cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED.format(blocked=set(blocked)) + code],
        env=os.environ | {"PYTHONPATH": str(Path(saegui.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_every_module_imports_without_qt() -> None:
    done = run(EVERYTHING, "PySide6", "shiboken6", "pyqtgraph", "superqt")
    assert done.returncode == 0, done.stderr


def test_importing_everything_loads_nothing_heavy() -> None:
    heavy = ("torch", "torchvision", "sklearn", "PySide6", "rich")
    done = run(EVERYTHING + f"print(*[name for name in {heavy!r} if name in sys.modules])")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_runs_are_opened_and_drawn_without_torch() -> None:
    done = run(LOOKING, "torch", "PySide6")
    assert done.returncode == 0, done.stderr
