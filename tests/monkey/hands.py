"""Random events of the mouse and of the keyboard."""

from __future__ import annotations

from random import Random

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QMainWindow, QWidget

from saegui.ui.commands import ActionSpec
from saegui.ui.window import menus
from saegui.ui.window.dock import PanelDock
from tests.monkey.deed import Deed
from tests.monkey.hand import NONE
from tests.monkey.stage import Stage, named

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEYS = (
    *(
        Qt.Key.Key_Tab,
        Qt.Key.Key_Backtab,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Return,
        Qt.Key.Key_Space,
        Qt.Key.Key_Menu,
    ),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2),
    *(Qt.Key(Qt.Key.Key_A + letter) for letter in range(26)),
    *(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10)),
    *(Qt.Key.Key_Comma, Qt.Key.Key_Period, Qt.Key.Key_Minus, Qt.Key.Key_Plus, Qt.Key.Key_Alt),
)
TEXTS = (
    "",
    "0",
    "1",
    "3",
    "5",
    "16",
    "64",
    "0.5",
    "1e-3",
    "0,001",
    "1,234",
    "-1",
    "nan",
    "abc",
    "1e400",
    "100 000",
    "ß日本",
)
"""Of the numbers none makes a training that needs much memory."""
QUITS = "quit"

MODIFIERS = (NONE, NONE, NONE, CTRL, SHIFT)


def press(stage: Stage, random: Random) -> Deed:
    """A button goes down and stays down: what comes next happens meanwhile."""
    if stage.hand.held is not None:
        return release(stage, random)
    top = stage.top_level(random)
    at, there = stage.place(top, random)
    button, modifier = _button(random), random.choice(MODIFIERS)
    return Deed(
        f"{button.name} goes down at {at.toTuple()} on {there}",
        lambda: stage.hand.press(top, at, button, modifier),
    )


def release(stage: Stage, random: Random) -> Deed:
    """The button that is down goes up."""
    if stage.hand.held is None:
        return click(stage, random)
    button, at = stage.hand.held[1], stage.anywhere(stage.top_level(random), random)
    return Deed(f"{button.name} goes up at {at.toTuple()}", lambda: stage.hand.let_go(at))


def move(stage: Stage, random: Random) -> Deed:
    """The pointer moves, with or without a button."""
    top = stage.top_level(random)
    at, there = stage.place(top, random)
    return Deed(f"the pointer moves to {at.toTuple()} on {there}", lambda: stage.hand.move(top, at))


def click(stage: Stage, random: Random) -> Deed:
    """A whole click, one in six a double click."""
    top = stage.top_level(random)
    at, there = stage.place(top, random)
    if random.random() < 0.17 and isinstance(top, QMainWindow | PanelDock):
        return Deed(f"a double click at {at.toTuple()} on {there}", lambda: stage.hand.double_click(top, at))
    button, modifier = _button(random), random.choice(MODIFIERS)
    return Deed(
        f"{button.name} click at {at.toTuple()} on {there}",
        lambda: stage.hand.click(top, at, button, modifier),
    )


def drag(stage: Stage, random: Random) -> Deed:
    """Press, some movements, release: strokes on the canvas, lines between panels, scroll bars, selections."""
    top = stage.top_level(random)
    at, there = stage.place(top, random)
    steps = [QPoint(random.randint(-60, 60), random.randint(-60, 60)) for _ in range(random.randint(1, 5))]

    def do() -> None:
        stage.hand.press(top, at, LEFT)
        place = at
        for step in steps:
            if stage.hand.held is None:
                return
            place += step
            stage.hand.move(top, place)
        stage.hand.let_go(place)

    return Deed(f"a drag from {at.toTuple()} on {there}", do)


def wheel(stage: Stage, random: Random) -> Deed:
    """The wheel turns, up or down, sometimes with Ctrl."""
    top = stage.top_level(random)
    at, there = stage.place(top, random)
    turned = random.choice((-360, -120, -120, -15, 15, 120, 120, 360))
    modifier = random.choice(MODIFIERS)
    return Deed(
        f"the wheel turns by {turned} at {at.toTuple()} on {there}",
        lambda: stage.hand.turn(top, at, turned, modifier),
    )


def key(stage: Stage, random: Random) -> Deed:
    """A key, one in five with a modifier."""
    pressed = random.choice(KEYS)
    modifier = random.choice((NONE, NONE, NONE, NONE, random.choice((CTRL, SHIFT, ALT))))
    if modifier == CTRL and pressed == Qt.Key.Key_Q:
        modifier = NONE
    return _keys(stage, random, pressed, modifier)


def shortcut(stage: Stage, random: Random) -> Deed:
    """A shortcut of the table of actions."""
    spec: ActionSpec = random.choice([spec for spec in menus.specs() if spec.shortcut and spec.name != QUITS])
    combination = QKeySequence(spec.shortcut)[0]
    return _keys(stage, random, combination.key(), combination.keyboardModifiers())


def text(stage: Stage, random: Random) -> Deed:
    """Something is typed into a field that can be seen, and ended with Return, Tab, or not at all."""
    top = stage.top_level(random)
    fields = [
        field
        for field in top.findChildren(QWidget)
        if isinstance(field, QLineEdit | QAbstractSpinBox)
        and field.isVisible()
        and field.isEnabled()
        and not field.visibleRegion().isEmpty()
    ]
    if not fields:
        return key(stage, random)
    field = random.choice(fields)
    typed, end = random.choice(TEXTS), random.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, None))

    def do() -> None:
        stage.hand.click(top, field.mapTo(top, field.rect().center()), LEFT)
        stage.hand.key(top, Qt.Key.Key_A, CTRL)
        stage.hand.type(top, typed)
        if end is not None:
            stage.hand.key(top, end)

    return Deed(f"{typed!r} is typed into {named(field)}", do)


def _keys(stage: Stage, random: Random, pressed: Qt.Key, modifier: Qt.KeyboardModifier) -> Deed:
    top = stage.top_level(random)
    focus = top.focusWidget()
    keys = f"{modifier.name}+{pressed.name}" if modifier != NONE else pressed.name
    return Deed(f"{keys} in {named(focus or top)}", lambda: stage.hand.key(top, pressed, modifier))


def _button(random: Random) -> Qt.MouseButton:
    return random.choices((LEFT, RIGHT, MIDDLE), (8, 2, 1))[0]
