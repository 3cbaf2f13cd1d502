"""saegui: train sparse autoencoders on images, draw on them, and see what they learnt.

``saegui.core`` is a library without Qt, ``saegui.app`` makes it live, ``saegui.ui`` shows it. For notebooks and scripts:
:func:`load_run`, :func:`load_data`, :func:`train`, :func:`encode`, :mod:`figures`, :mod:`analysis`; docs/library.md shows
them at work. Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saegui.core import analysis, figures
    from saegui.core.api import encode, load_data, load_run, train

__version__ = "0.1.0"
__all__ = ["analysis", "encode", "figures", "load_data", "load_run", "train"]


def __getattr__(name: str) -> object:
    if name in ("analysis", "figures"):
        return import_module(f"saegui.core.{name}")
    if name in __all__:
        return getattr(import_module("saegui.core.api"), name)
    raise AttributeError(f"module 'saegui' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
