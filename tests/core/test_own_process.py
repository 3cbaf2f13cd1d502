"""A module of saegui in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import saegui
from saegui.core import own_process


def test_its_modules_are_those_of_this_process_whatever_lies_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    for folder in (here, other):
        folder.mkdir()
    for name in ("json", "saegui"):
        (here / f"{name}.py").write_text("raise SystemExit('not this one')")
    (other / "told.py").write_text(
        "import json, os, sys, saegui; print(saegui.__file__, *sys.argv[1:], os.environ['SAID'], sys.stdin.read())"
    )
    monkeypatch.chdir(here)
    # As a program has it that is typed in, or given by -c.
    monkeypatch.setattr(sys, "path", ["", str(other), *sys.path])
    process = own_process.start(
        "told", "one", "two", environment={"SAID": "three"}, stdout=subprocess.PIPE, text=True
    )
    assert process.communicate("four")[0].split() == [saegui.__file__, "one", "two", "three", "four"]
    assert process.returncode == 0


def test_where_there_is_no_python_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process.sys, "executable", "/nowhere/python")
    with pytest.raises(OSError, match="nowhere"):
        own_process.start("json.tool", environment={})
