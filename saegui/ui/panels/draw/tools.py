"""The buttons below the canvas, and the menu that chooses a class of test images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isqrt

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from saegui.core.data.noun import IMAGE, Noun
from saegui.ui.commands import edit_menu
from saegui.ui.widgets.text import without_common_start

TOOLS = (("pen", "eraser"), ("undo", "redo", "clear"), ("test-image", "paste", "open-picture"))
"""Actions that have a button, in groups."""
MOST_CLASSES = 20
"""A longer list would not fit on a screen."""
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


def name_inputs(buttons: Mapping[str, QToolButton], noun: Noun) -> None:
    """Call inputs by their name: such as a test word, where words are read."""
    for name, button in buttons.items():
        spec = SPECS[name]
        # Two of them say what they would undo or repeat, where there is something.
        if name not in ("undo", "redo") or button.accessibleName() == spec.title:
            button.setAccessibleName(noun.instead_of_input(spec.title.rstrip("…")))
            button.setToolTip(f"{noun.instead_of_input(spec.help)}  ({spec.shortcut})")


def list_classes(menu: QMenu, classes: Sequence[str], noun: Noun = IMAGE) -> None:
    """Make ``menu`` offer any class, then each of ``classes``; the data of an action is a label, or None for any.

    More than :data:`MOST_CLASSES` are offered in submenus of neighbours.
    """
    menu.clear()
    for old in menu.findChildren(QMenu):
        old.deleteLater()
    any_class = menu.addAction("Any class")
    any_class.setToolTip(f"A test {noun.one} of any class; with Shift the next one")
    menu.addSeparator()
    per_menu = len(classes) if len(classes) <= MOST_CLASSES else max(MOST_CLASSES // 2, isqrt(len(classes)))
    short = without_common_start(classes)
    for first in range(0, len(classes), max(per_menu, 1)):
        last = min(first + per_menu, len(classes)) - 1
        place = menu if per_menu == len(classes) else menu.addMenu(f"{short[first]} to {short[last]}")
        place.setToolTipsVisible(menu.toolTipsVisible())
        for label in range(first, last + 1):
            action = place.addAction(classes[label].replace("&", "&&"))
            action.setData(label)
            action.setToolTip(f"A test {noun.one} of class {classes[label]}; with Shift the next one")
