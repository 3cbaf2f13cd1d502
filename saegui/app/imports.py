"""Imports beside Qt: PySide reads the source of every module that is imported after it, and Python keeps what was read.

It looks for the word PySide6, since a module may ask for names in snake_case, which none of saegui's do. Of torch, SciPy and
matplotlib these are two thousand files: a second of every start.
"""

from __future__ import annotations

import sys
from types import ModuleType

import PySide6.QtCore  # noqa: F401

_WITH_QT = ("saegui", "pyqtgraph", "__main__")


def read_no_sources() -> None:
    """Tell modules that use Qt by their names from now on; does nothing with a PySide that reads no sources."""
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", _uses_qt)  # noqa: B010 - it is typed as a module like others


def _uses_qt(module: ModuleType) -> bool:
    return module.__name__.partition(".")[0] in _WITH_QT
