"""The menu *Help*."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

WINDOW = (
    ActionSpec(
        "tour",
        "Help",
        "Tour",
        "Six short steps through the window, each beside what it speaks of",
        icon="info",
    ),
    ActionSpec(
        "experiments",
        "Help",
        "Experiments…",
        "Train two or three runs with one press, and see them side by side",
        icon="info",
    ),
    ActionSpec("shortcuts", "Help", "Keyboard shortcuts", "List all shortcuts", "Shift+F1", "info"),
    ActionSpec(
        "glossary",
        "Help",
        "Glossary",
        "Explain the terms of the field, first the one of the field that has the keyboard",
        "F1",
        "info",
    ),
    ActionSpec(
        "about", "Help", "About saegui", "Version, licence, and the folders that saegui uses", icon="info"
    ),
)
