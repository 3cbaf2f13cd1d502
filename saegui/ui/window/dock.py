"""Docks with one quiet title bar: the panel's name, Export…, maximise and close."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from saegui.core import figures
from saegui.ui.panels.panel import Panel
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD


class TitleBar(QWidget):
    """A dock's title. Double click maximises; the buttons can be reached with Tab."""

    def __init__(self, panel: Panel, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("dockTitle")
        self._theme = theme
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, 3, 4, 1)
        layout.setSpacing(0)
        label = QLabel(panel.title.upper())
        label.setObjectName("panelTitle")
        label.setToolTip(panel.help)
        layout.addWidget(label)
        layout.addStretch(1)
        self.export = self._button(
            "export", f"Export {panel.title}…", f"Save the figure of {panel.title}, with its numbers as CSV"
        )
        self.maximise = self._button(
            "maximise", f"Maximise {panel.title}", "Show only this panel; click again to show the others"
        )
        self.close_button = self._button(
            "close", f"Close {panel.title}", "Close this panel; View › Panels opens it again"
        )
        self.export.setVisible(bool(panel.figures))
        for button in (self.export, self.maximise, self.close_button):
            layout.addWidget(button)
        theme.changed.connect(self.recolour)
        self.recolour()

    def _button(self, name: str, accessible: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("dockButton")
        button.setProperty("icon_name", name)
        button.setIconSize(QSize(14, 14))
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        return button

    @Slot()
    def recolour(self) -> None:
        """Use the icons of the theme."""
        for button in (self.export, self.maximise, self.close_button):
            button.setIcon(icon(button.property("icon_name"), self._theme.tokens))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise.click()


class _Body(QWidget):
    """The framed surface a panel lies on."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(panel)


class PanelDock(QDockWidget):
    """A dock around one panel."""

    export_asked = Signal(str)
    """The name of a kind of figure."""
    maximise_asked = Signal(object)

    def __init__(self, panel: Panel, theme: Theme, parent: QWidget) -> None:
        super().__init__(panel.title, parent)
        self.setObjectName(f"{panel.name}-dock")
        self.panel = panel
        self.setWidget(_Body(panel))
        self.bar = TitleBar(panel, theme)
        self.setTitleBarWidget(self.bar)
        self.bar.close_button.clicked.connect(self.close)
        self.bar.maximise.clicked.connect(self._maximise)
        self._add_export()

    def _add_export(self) -> None:
        kinds = self.panel.figures
        if len(kinds) == 1:
            self.bar.export.clicked.connect(self._export_first)
        elif kinds:
            menu = QMenu(self.bar.export)
            for kind in kinds:
                action = menu.addAction(f"{figures.KINDS[kind].title}…")
                action.setData(kind)
            menu.triggered.connect(self._export_chosen)
            self.bar.export.setMenu(menu)
            self.bar.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    @Slot()
    def _export_first(self) -> None:
        self.export_asked.emit(self.panel.figures[0])

    @Slot(object)
    def _export_chosen(self, action: object) -> None:
        self.export_asked.emit(action.data())  # type: ignore[attr-defined]

    @Slot()
    def _maximise(self) -> None:
        self.maximise_asked.emit(self)
