"""Menus at the pointer: made of the program's actions, for the parts of the panels that name some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from saegui.ui.panels.panel import Panel
from saegui.ui.widgets.context_menu import ContextMenu


def add_context_menus(panels: Iterable[Panel], actions: Mapping[str, QAction], window: QWidget) -> None:
    """Open what the panels name, at the right button and at the keyboard's menu key.

    Raises:
        KeyError: a menu names an action that does not exist.
    """
    for panel in panels:
        for menu in panel.context_menus():
            _Opener(menu, [actions[name] if name else None for name in menu.actions], window)


class _Opener(QObject):
    """Opens one menu. Each has its own, as what Qt hands to a filter need not be the Python object that was given to Qt."""

    def __init__(self, menu: ContextMenu, actions: list[QAction | None], window: QWidget) -> None:
        super().__init__(window)
        self._menu, self._actions, self._window = menu, actions, window
        for part in _receivers(menu.part):
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ContextMenu or not isinstance(event, QContextMenuEvent):
            return False
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self._menu.choose(None if by_keys else event.pos())
        if at is not None:
            self._make().popup(_receivers(self._menu.part)[-1].mapToGlobal(at))
        return True

    def _make(self) -> QMenu:
        made = QMenu(self._window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.setToolTipsVisible(True)
        for action in self._actions:
            if action is None:
                made.addSeparator()
            else:
                made.addAction(action)
        return made


def _receivers(part: QWidget) -> list[QWidget]:
    """Who hears of the key and, last, of the button: a scroll area has a widget of its own for its contents."""
    return [part, part.viewport()] if isinstance(part, QAbstractScrollArea) else [part]
