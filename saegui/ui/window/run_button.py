"""The button in the corner of the window: it shows which run is open, and opens another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QToolButton, QWidget

from saegui.app.services import Services
from saegui.core.runs.run import STARTER_PATH
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.run_rows import Row, ordered, row_of

NEWEST = 12
"""Own runs in the menu; all of them are in the list of runs."""
WIDTH = 460
"""px that the button takes at most."""
ITEM_WIDTH = 420
"""px that a name in the menu takes at most."""


class RunButton(QToolButton):
    """``modern, 3 epochs ▾``; its menu is filled each time it opens."""

    def __init__(
        self, services: Services, theme: Theme, show_all: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services, self._theme, self._show_all = services, theme, show_all
        self.setObjectName("run-menu")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMaximumWidth(WIDTH)
        # The text ends in an arrow of its own; Qt's would lie over it.
        self.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        services.state.run_changed.connect(self._retitle)
        self._retitle()

    @Slot()
    def _retitle(self) -> None:
        run = self._services.state.run
        name = run.name if run is not None else "No run"
        metrics = self.fontMetrics()
        # The padding of a tool button is left out of the room for the text.
        room = WIDTH - metrics.horizontalAdvance(" ▾") - 16
        self.setText(f"{_shown(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room))} ▾")
        self.setAccessibleName(f"Current run: {name}")
        self.setToolTip(
            f"{name}\nThis run is open; click to open another one" if run is not None else "Open a run"
        )
        self.updateGeometry()
        if isinstance(bar := self.parentWidget(), QMenuBar):
            # It gives its corner another width only when it is resized itself.
            QApplication.sendEvent(bar, QResizeEvent(bar.size(), bar.size()))

    @Slot()
    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        found = ordered(self._services)
        group = QActionGroup(menu)
        for run in found[: NEWEST + 1] if found and found[0].path == STARTER_PATH else found[:NEWEST]:
            self._add(menu, group, row_of(run, self._services))
        menu.addSeparator()
        menu.addAction("All runs…", self._show_all).setToolTip("Show the list of all runs")

    def _add(self, menu: QMenu, group: QActionGroup, row: Row) -> None:
        name = self.fontMetrics().elidedText(row.run.name, Qt.TextElideMode.ElideMiddle, ITEM_WIDTH)
        # What follows a tab stands in a column of its own at the right: it tells runs of one name apart.
        action = QAction(f"{_shown(name)}\t{row.status if row.broken else row.when}", menu)
        action.setData(str(row.run.path))
        action.setToolTip(row.tip)
        action.setEnabled(not row.broken)
        action.setCheckable(True)
        action.setChecked(row.current)
        action.triggered.connect(self._open)
        group.addAction(action)
        menu.addAction(action)
        if row.starter:
            menu.addSeparator()

    @Slot()
    def _open(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._services.open_run(Path(action.data()))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), WIDTH), hint.height())


def _shown(name: str) -> str:
    """In menus and on buttons ``&`` marks a key; doubled it is itself."""
    return name.replace("&", "&&")
