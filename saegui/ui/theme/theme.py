"""Which colours are in force: light, dark, or whatever the system says."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from saegui.app.settings import Settings, ThemeName
from saegui.ui.theme.tokens import DARK, LIGHT, Tokens


class Theme(QObject):
    """The tokens in force. Follows the system unless the user chose light or dark."""

    changed = Signal()
    """Other colours are in force."""
    chosen = Signal()
    """:attr:`name` was set, to the same colours or to others."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self._tokens = self._choose()

    @property
    def name(self) -> ThemeName:
        """What the user chose."""
        return self._settings.theme

    @property
    def tokens(self) -> Tokens:
        """Colours in force."""
        return self._tokens

    @property
    def dark(self) -> bool:
        """Whether the dark tokens are in force."""
        return self._tokens is DARK

    def choose(self, name: ThemeName) -> None:
        """Light, dark or system, from now on."""
        self._settings.theme = name
        self._apply()
        self.chosen.emit()

    def _choose(self) -> Tokens:
        if self._settings.theme == "system":
            return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._settings.theme == "dark" else LIGHT

    @Slot()
    def _system_changed(self) -> None:
        self._apply()

    def _apply(self) -> None:
        tokens = self._choose()
        if tokens is not self._tokens:
            self._tokens = tokens
            self.changed.emit()
