"""Every action of the window, once: menus, shortcuts, tooltips, the command palette and the README's list come from here."""

from __future__ import annotations

from saegui.ui.commands import analyse_menu, edit_menu, file_menu, help_menu, run_menu, view_menu
from saegui.ui.commands.spec import ActionSpec

__all__ = ["ACTIONS", "MENUS", "ActionSpec", "shortcuts_table"]

MENUS = ("File", "Edit", "View", "Run", "Analyse", "Help")
ACTIONS: tuple[ActionSpec, ...] = (
    *file_menu.ACTIONS,
    *edit_menu.ACTIONS,
    *view_menu.ACTIONS,
    *run_menu.ACTIONS,
    *analyse_menu.ACTIONS,
    *help_menu.ACTIONS,
)


def shortcuts_table() -> str:
    """The README's list of shortcuts, as Markdown."""
    rows = ["| Shortcut | Command | What it does |", "| --- | --- | --- |"]
    rows += [
        f"| `{spec.shortcut}` | {spec.title.rstrip('…')} | {spec.help} |" for spec in ACTIONS if spec.shortcut
    ]
    return "\n".join(rows) + "\n"
