"""Menus at the pointer: made of the program's actions, for the parts of the panels that name some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from saegui.ui.panels.panel import Panel
from saegui.ui.widgets.context_menu import ContextMenu


class ContextMenus(QObject):
    """Opens them, at the right button and at the keyboard's menu key.

    Raises:
        KeyError: a menu names an action that does not exist.
    """

    def __init__(self, panels: Iterable[Panel], actions: Mapping[str, QAction], window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[ContextMenu, list[QAction | None]] = {}
        self._menus: dict[QObject, ContextMenu] = {}
        for panel in panels:
            for menu in panel.context_menus():
                self._actions[menu] = [actions[name] if name else None for name in menu.actions]
                for part in _receivers(menu.part):
                    self._menus[part] = menu
                    part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ContextMenu or not isinstance(event, QContextMenuEvent):
            return False
        menu = self._menus[watched]
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = menu.choose(None if by_keys else event.pos())
        if at is not None:
            self._open(menu).popup(_receivers(menu.part)[-1].mapToGlobal(at))
        return True

    def _open(self, menu: ContextMenu) -> QMenu:
        made = QMenu(self._window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.setToolTipsVisible(True)
        for action in self._actions[menu]:
            if action is None:
                made.addSeparator()
            else:
                made.addAction(action)
        return made


def _receivers(part: QWidget) -> list[QWidget]:
    """Who hears of the key and, last, of the button: a scroll area has a widget of its own for its contents."""
    return [part, part.viewport()] if isinstance(part, QAbstractScrollArea) else [part]
