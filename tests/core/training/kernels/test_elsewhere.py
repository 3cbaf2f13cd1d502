"""Kernels are compiled in a process of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("numba")

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.gradients.plan import KERNELS
from saegui.core.training.kernels import elsewhere
from saegui.core.training.trainer import Trainer
from tests.core.training.kernels.trainings import BASE, CASES

BEGIN = """
import sys
import numpy as np
from numba.core import event
here = []
class Listener(event.Listener):
    def on_start(self, event):
        here.append(event.data["dispatcher"].__name__)
    def on_end(self, event):
        pass
event.register("numba:compile", Listener())
from saegui.core.training.kernels import crew, elsewhere
def wait():
    crew._wait(np.full(16, 3), 3)
def compile_another():
    crew._wait(np.full(32, 3)[::2], 3)
"""
"""``here``: what is compiled in this process itself."""


def told(home: Path, code: str) -> str:
    """What such a program prints, on a machine on which nothing was compiled."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", BEGIN + code],
        env={**os.environ, "SAEGUI_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.strip()


def test_this_process_compiles_nothing_itself(tmp_path: Path) -> None:
    assert told(tmp_path, "wait(); print(here)") == "[]"
    assert list(tmp_path.glob("kernels/*/**/*.nbc"))


def test_modules_that_lie_where_it_runs_are_not_taken_for_others(tmp_path: Path) -> None:
    for name in ("json", "numba", "saegui"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')")
    assert told(tmp_path, "wait(); print(here)") == "[]"


def test_where_no_other_process_can_be_started_this_one_compiles(tmp_path: Path) -> None:
    assert told(tmp_path, "sys.executable = '/nowhere/python'; wait(); print(here[0])") == "_wait"


def test_where_the_other_process_ends_early_this_one_compiles(tmp_path: Path) -> None:
    assert told(tmp_path, "sys.executable = '/bin/true'; wait(); print(here[0])") == "_wait"


def test_one_that_has_ended_meanwhile_is_started_again(tmp_path: Path) -> None:
    code = """
wait()
first = elsewhere._process
first.kill()
first.wait()
compile_another()
print(here, elsewhere._process is first)
"""
    assert told(tmp_path, code) == "[] False"


def test_one_that_is_not_asked_for_long_ends(tmp_path: Path) -> None:
    code = """
elsewhere.IDLE = 0.1
wait()
print(elsewhere._process.wait(), here)
compile_another()
print(here)
"""
    assert told(tmp_path, code) == "0 []\n[]"


@pytest.mark.skipif(os.name == "nt", reason="other signals")
def test_what_is_interrupted_is_asked_again(tmp_path: Path) -> None:
    """The answer to the first question is not taken for that to the second."""
    code = """
import os, signal, threading
begun = elsewhere._begun
def begun_and_interrupted():
    process, elsewhere._begun = begun(), begun
    threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
    return process
elsewhere._begun = begun_and_interrupted
try:
    wait()
except KeyboardInterrupt:
    print("interrupted", elsewhere._process)
compile_another()
wait()
print(here)
"""
    assert told(tmp_path, code) == "interrupted None\n[]"


@pytest.mark.skipif(os.name == "nt", reason="other signals")
def test_it_goes_on_where_the_one_that_asks_handles_an_interruption(tmp_path: Path) -> None:
    """Both get it from a terminal."""
    code = """
import os, signal
wait()
first = elsewhere._process
os.kill(first.pid, signal.SIGINT)
compile_another()
print(here, elsewhere._process is first)
"""
    assert told(tmp_path, code) == "[] True"


@pytest.mark.parametrize("arch", ["topk", "batch_topk"])
def test_it_can_be_told_the_arguments_of_every_kernel(arch: str, few: Dataset) -> None:
    for case in ("as it is", "AuxK", "one refinement", "refinements of many latents and AuxK"):
        trainer = Trainer(make({**BASE, "arch": arch, **CASES[case]}), few, way=KERNELS)
        trainer.step()
        trainer.advance(2)
    modules = [
        import_module(f"{elsewhere.PACKAGE}.{source.stem}")
        for source in Path(elsewhere.__file__).parent.glob("[!_]*.py")
    ]
    found = {
        (name, arguments)
        for module in modules
        for name, each in vars(module).items()
        if isinstance(getattr(each, "_cache", None), elsewhere.Kept)
        for arguments in each.overloads
    }
    assert {"steps", "list_inked", "learn"} <= {name for name, _ in found}
    for name, arguments in found:
        told = json.loads(json.dumps(list(map(elsewhere._told, arguments))))
        assert tuple(map(elsewhere.type_of, told)) == arguments, name


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="only of its own children can a process know that they end"
)
def test_it_ends_with_the_one_that_asks(tmp_path: Path) -> None:
    """Also where that one is ended in the middle of it."""
    number = int(told(tmp_path, "wait(); print(elsewhere._process.pid, flush=True); import os; os._exit(0)"))
    with suppress(ProcessLookupError):
        ends = os.pidfd_open(number)
        try:
            assert select.select([ends], [], [], 60)[0]
        finally:
            os.close(ends)
