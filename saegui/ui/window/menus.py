"""All actions of the program in the order of the menus: the menu bar and the lists of shortcuts are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from saegui.ui.commands import MENUS, ActionSpec, edit_menu, file_menu, help_menu, run_menu, view_menu
from saegui.ui.panels import registry
from saegui.ui.window.dock import PanelDock

WINDOW = (
    *file_menu.WINDOW,
    *edit_menu.WINDOW,
    *view_menu.WINDOW,
    *run_menu.WINDOW,
    *help_menu.WINDOW,
)
"""The actions that belong to the window and to no panel."""


def specs() -> tuple[ActionSpec, ...]:
    """Every action, menu by menu: in each menu those of the panels, then those of the window."""
    found = [*(spec for panel in registry.PANELS for spec in panel.specs), *WINDOW]
    return tuple(sorted(found, key=lambda spec: MENUS.index(spec.menu)))


def shortcuts() -> list[tuple[str, str, str]]:
    """(keys, title, what it does) of every action that has a shortcut."""
    return [found for each in shortcuts_by_menu().values() for found in each]


def shortcuts_by_menu() -> dict[str, list[tuple[str, str, str]]]:
    """:func:`shortcuts` by the menu that each command stands in, without the menus that have none."""
    listed = {
        menu: [
            (spec.shortcut, spec.title.rstrip("…"), spec.help)
            for spec in specs()
            if spec.menu == menu and spec.shortcut
        ]
        for menu in MENUS
    }
    return {menu: found for menu, found in listed.items() if found}


def shortcuts_table() -> str:
    """The README's list of shortcuts, as Markdown."""
    rows = ["| Shortcut | Command | What it does |", "| --- | --- | --- |"]
    rows += [f"| `{keys}` | {title} | {help} |" for keys, title, help in shortcuts()]
    return "\n".join(rows) + "\n"


def fill(bar: QMenuBar, actions: Mapping[str, QAction], docks: Iterable[PanelDock]) -> None:
    """Make the menus, and *View › Panels* with one check mark for each dock."""
    menus: dict[str, QMenu] = {}
    for name in MENUS:
        menus[name] = bar.addMenu(f"&{name}")
        menus[name].setToolTipsVisible(True)
    for spec in specs():
        menu = menus[spec.menu]
        if spec.separated and menu.actions():
            menu.addSeparator()
        menu.addAction(actions[spec.name])
    menus["View"].addSeparator()
    panels = menus["View"].addMenu("Panels")
    for dock in docks:
        panels.addAction(dock.open_action)
