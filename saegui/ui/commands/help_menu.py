"""What there is to know: the menu *Help*."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

ACTIONS = (
    ActionSpec(
        "shortcuts",
        "Help",
        "Keyboard shortcuts",
        "List every shortcut",
        lambda w: w.dialogs.show_shortcuts(),
        "F1",
        "info",
    ),
    ActionSpec(
        "about",
        "Help",
        "About saegui",
        "Version, licence and where things are kept",
        lambda w: w.dialogs.show_about(),
        icon="info",
    ),
)
