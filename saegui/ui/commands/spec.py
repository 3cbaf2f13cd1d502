"""What an action is, and when it makes sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Window = Any
"""A ``MainWindow``. Panels read the table of actions and the window is made of panels: a circle that type checkers give up on,
so a test triggers every action instead."""


def always(window: Window) -> bool:
    """Whenever."""
    return True


@dataclass(frozen=True)
class ActionSpec:
    """One action. ``run`` does it, ``enabled`` says whether it makes sense now."""

    name: str
    menu: str
    title: str
    help: str
    run: Callable[[Window], object]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[Window], bool] = always
    checked: Callable[[Window], bool] | None = None
    group: str = ""
    """Actions of one group exclude each other."""
    separated: bool = False
    """A line above it in the menu."""


def idle(window: Window) -> bool:
    """No training is under way."""
    return window.state.phase == "idle"


def has_snapshot(window: Window) -> bool:
    """There is a model."""
    return window.state.snapshot is not None


def has_image(window: Window) -> bool:
    """There is a drawing."""
    return window.state.has_image


def own_run(window: Window) -> bool:
    """A run is open that is the user's to change."""
    return window.own_run is not None


def can_scrub(window: Window) -> bool:
    """Other moments of the training can be shown."""
    return window.state.phase in ("idle", "paused") and len(window.features.scrubber.stops) > 1
