"""What is imported beside Qt is imported as fast as without it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("first", "read"), [("PySide6.QtCore", "True"), ("saegui.app", "False")])
def test_no_sources_are_read_of_modules_that_are_imported_after_qt(first: str, read: str) -> None:
    """If PySide itself reads none, :mod:`saegui.app.imports` can go."""
    code = f"import {first}, linecache, wave; print(wave.__file__ in linecache.cache)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (read, "")
