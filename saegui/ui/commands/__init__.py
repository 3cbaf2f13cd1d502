"""The actions of the window as data, one file a menu; each file lists its menu from top to bottom, by owner."""

from __future__ import annotations

from saegui.ui.commands.handler import Bound, Handler, bind
from saegui.ui.commands.spec import MENUS, ActionSpec

__all__ = ["MENUS", "ActionSpec", "Bound", "Handler", "bind"]
