"""The menu *Edit*: changes to the drawing, undo, and the command palette."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

_DRAWING = ("draw",)
_EFFECT = ("draw", "features", "active")
"""The panels that show what another drawing changes."""

DRAW = (
    ActionSpec(
        "undo",
        "Edit",
        "Undo",
        "Undo what you did last: to the drawing, to a field, or to a run",
        "Ctrl+Z",
        "undo",
    ),
    ActionSpec(
        "redo",
        "Edit",
        "Redo",
        "Repeat what was undone last",
        "Ctrl+Shift+Z",
        "redo",
    ),
    ActionSpec(
        "clear",
        "Edit",
        "Clear drawing",
        "Remove the whole drawing",
        "Ctrl+Backspace",
        "clear",
        seen_in=_DRAWING,
    ),
    ActionSpec(
        "pen",
        "Edit",
        "Pen",
        "Draw with the left mouse button",
        "P",
        "pen",
        separated=True,
        seen_in=_DRAWING,
    ),
    ActionSpec(
        "eraser",
        "Edit",
        "Eraser",
        "Erase with the left mouse button; the right button always erases",
        "E",
        "eraser",
        seen_in=_DRAWING,
    ),
    ActionSpec(
        "test-image",
        "Edit",
        "Test input",
        "Load an input that the model was not trained on",
        "T",
        "picture",
        separated=True,
        seen_in=_EFFECT,
    ),
    ActionSpec(
        "paste",
        "Edit",
        "Paste picture",
        "Load the picture on the clipboard into the canvas",
        "Ctrl+V",
        "paste",
        seen_in=_EFFECT,
    ),
    ActionSpec(
        "open-picture",
        "Edit",
        "Open picture…",
        "Load a picture file into the canvas; one that is dropped on the panel is loaded, too",
        icon="folder",
        seen_in=_EFFECT,
    ),
)

WINDOW = (
    ActionSpec(
        "restore-run",
        "Edit",
        "Undo delete run",
        "Restore the run that was deleted last",
        separated=True,
    ),
    ActionSpec(
        "palette",
        "Edit",
        "Command palette…",
        "Find a command by typing part of its name",
        "Ctrl+Shift+P",
        "command",
        separated=True,
    ),
)
