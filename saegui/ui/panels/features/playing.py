"""Playing a training: a button that shows one kept step after the other, and how fast."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from saegui.app.settings import Settings, choice
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme

SPEEDS = (2, 5, 10, 20)
"""Stops a second."""
SPEED = choice("time/speed", 10, SPEEDS)
PLAY, PAUSE = "Play the training from here (Alt+P)", "Stop playing (Alt+P)"


class PlayButton(QToolButton):
    """Asks for the next stop again and again until somebody stops it."""

    due = Signal()
    """The next stop is to be shown."""
    began = Signal()
    """Playing has begun."""

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings, self._theme = settings, theme
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.due)
        self.setAccessibleName("Play")
        self.setIconSize(QSize(16, 16))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.setStyleSheet(
            "QToolButton { padding-right: 14px; } QToolButton::menu-button { border: none; width: 14px; }"
        )
        menu = QMenu(self)
        group = QActionGroup(menu)
        for speed in SPEEDS:
            action = QAction(f"{speed} steps a second", group, checkable=True)
            action.setData(speed)
            action.setChecked(speed == settings.get(SPEED))
            menu.addAction(action)
        group.triggered.connect(self._speed_chosen)
        self.setMenu(menu)
        self.clicked.connect(self.toggle)
        theme.changed.connect(self._show)
        self._show()

    @property
    def playing(self) -> bool:
        """Whether stops are being asked for."""
        return self._timer.isActive()

    @property
    def tip(self) -> str:
        """What the button does now."""
        return PAUSE if self.playing else PLAY

    def toggle(self) -> None:
        """Begin, or stop."""
        if self.playing:
            self.stop()
        else:
            self._timer.start(1000 // self._settings.get(SPEED))
            self._show()
            self.began.emit()

    def stop(self) -> None:
        """Ask for no more stops."""
        self._timer.stop()
        self._show()

    @Slot(QAction)
    def _speed_chosen(self, action: QAction) -> None:
        self._settings.set(SPEED, action.data())
        if self.playing:
            self._timer.start(1000 // action.data())

    @Slot()
    def _show(self) -> None:
        self.setIcon(icon("pause" if self.playing else "play", self._theme.tokens))
        self.setAccessibleDescription("playing" if self.playing else "")
        if self.isEnabled():
            self.setToolTip(self.tip)
