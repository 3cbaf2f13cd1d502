"""Measurements of a model on a data set, and advice that follows from them. Nothing is loaded before it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saegui.core.analysis.latent_stats import analyse
    from saegui.core.analysis.matching import match
    from saegui.core.analysis.metrics import evaluate

_HOME = {
    "analyse": "latent_stats",
    "evaluate": "metrics",
    "match": "matching",
}
__all__ = ["analyse", "evaluate", "match"]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
