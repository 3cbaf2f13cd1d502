"""The buttons below the canvas, and the menu that chooses a class of test images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from saegui.ui.commands import edit_menu

TOOLS = (("pen", "eraser"), ("undo", "redo", "clear"), ("test-image", "paste", "open-picture"))
"""Actions that have a button, in groups."""
SPECS = {spec.name: spec for spec in edit_menu.DRAW}


def tool_button(name: str, run: Callable[[], object]) -> QToolButton:
    """The button of the action ``name``, without its icon, which the theme decides."""
    spec = SPECS[name]
    button = QToolButton()
    button.setObjectName(f"draw-{name}")
    button.setAccessibleName(spec.title.rstrip("…"))
    button.setToolTip(f"{spec.help}  ({spec.shortcut})" if spec.shortcut else spec.help)
    button.setIconSize(QSize(20, 20))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(run)
    return button


def list_classes(menu: QMenu, classes: Sequence[str]) -> None:
    """Make ``menu`` offer any class, then each of ``classes``; the data of an action is a label, or None for any."""
    menu.clear()
    any_class = menu.addAction("Any class")
    any_class.setToolTip("A test image of any class; with Shift the next one")
    menu.addSeparator()
    for label, name in enumerate(classes):
        action = menu.addAction(name)
        action.setData(label)
        action.setToolTip(f"A test image of class {name}; with Shift the next one")
