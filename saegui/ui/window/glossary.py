"""The ways to the glossary: the menu, and the underlined labels of the panels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from saegui.app.services import Services
from saegui.ui.window.glossary_window import GlossaryWindow


class Glossary(QObject):
    """Opens the glossary of one window. Widgets whose property ``term`` names a term are links to it.

    Labels and readings are links for the pointer; a field that has the keyboard is one for F1.
    """

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window
        self._open: GlossaryWindow | None = None
        self.link(window)

    def link(self, part: QWidget) -> None:
        """Make links of what has a term in ``part``, which was made later than the window."""
        for widget in part.findChildren(QWidget):
            if widget.property("term") and widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
                widget.setCursor(Qt.CursorShape.PointingHandCursor)
                widget.installEventFilter(self)

    def open(self) -> None:
        """Show the glossary, at the term of the widget that has the keyboard where it has one."""
        self.open_at(_term(QApplication.focusWidget()))

    def open_at(self, name: str) -> None:
        """Show the glossary at the term ``name``; empty: where it was left."""
        if self._open is None:
            self._open = GlossaryWindow(self._services, self._window)
        if name:
            self._open.open_at(name)
        self._open.show()
        self._open.raise_()
        self._open.activateWindow()
        self._open.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() == Qt.MouseButton.LeftButton
        ):
            self.open_at(str(watched.property("term")))
            return True
        return super().eventFilter(watched, event)


def _term(widget: QWidget | None) -> str:
    """The term that ``widget`` or what it is in is about; empty where there is none."""
    while widget is not None:
        if name := widget.property("term"):
            return str(name)
        widget = widget.parentWidget()
    return ""
