"""What an action is: data. What it does is bound by its owner, see :mod:`saegui.ui.commands.handler`."""

from __future__ import annotations

from dataclasses import dataclass

MENUS = ("File", "Edit", "View", "Run", "Analyse", "Help")
"""The window's menus, from left to right."""


@dataclass(frozen=True)
class ActionSpec:
    """One action as people see it: in a menu, in tooltips, in the command palette, in the lists of shortcuts.

    Raises:
        ValueError: the menu does not exist.
    """

    name: str
    """Unique in the program, such as ``export-all``."""
    menu: str
    """One of :data:`MENUS`."""
    title: str
    help: str
    """One sentence."""
    shortcut: str = ""
    icon: str = ""
    """A file's name in ``resources/icons``, without its ending."""
    group: str = ""
    """Of the actions of one group exactly one is checked."""
    checkable: bool = False
    """Has a check mark, on or off. Actions of a group always have one."""
    separated: bool = False
    """Has a line above it in the menu."""
    seen_in: tuple[str, ...] = ()
    """The panels, by name, of which at least one must be in sight: nobody acts on what is hidden. Empty: it always can be used."""

    def __post_init__(self) -> None:
        if self.menu not in MENUS:
            raise ValueError(
                f"The action {self.name!r} is for a menu {self.menu!r}; the menus are {', '.join(MENUS)}."
            )
        if self.group and not self.checkable:
            object.__setattr__(self, "checkable", True)
