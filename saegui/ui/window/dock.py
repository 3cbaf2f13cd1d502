"""Docks with one quiet title bar: the panel's name, Export…, maximise and close."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from saegui.app.nouns import Naming
from saegui.app.services import Services
from saegui.core import figures
from saegui.core.data.noun import Noun
from saegui.ui.panels.panel import Panel
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import PAD


class TitleBar(QWidget):
    """A dock's title. Double click maximises; the buttons can be reached with Tab."""

    def __init__(self, panel: Panel, theme: Theme, dock: QWidget) -> None:
        super().__init__(dock)
        self.setObjectName("dockTitle")
        self._theme, self._title = theme, panel.shown_title
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, 3, 4, 1)
        layout.setSpacing(0)
        self._label = QLabel()
        self._label.setObjectName("panelTitle")
        Naming(panel.state, partial(self._explain, panel), self)
        layout.addWidget(self._label)
        layout.addSpacing(PAD)
        self._owner = QLabel()
        self._owner.setObjectName("panelOwner")
        self._owner.setProperty("muted", True)
        # A long name of a run is cut rather than to keep the panel from being made narrow.
        self._owner.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout.addWidget(self._owner, 1)
        self.export = self._button("export", "", "")
        self.maximise = self._button("maximise", "", "")
        self.close_button = self._button("close", "", "Close this panel; View › Panels opens it again")
        self._maximised = False
        self._has_table = bool(panel.exports)
        self.export.setVisible(bool(panel.figures))
        for button in (self.export, self.maximise, self.close_button):
            layout.addWidget(button)
        theme.changed.connect(self.recolour)
        self.show_title(self._title)

    def _explain(self, panel: Panel, noun: Noun) -> None:
        help = noun.instead_of_input(panel.help)
        self._label.setToolTip(help)
        panel.setAccessibleDescription(help)

    def _button(self, name: str, accessible: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("dockButton")
        button.setProperty("icon_name", name)
        button.setIconSize(QSize(14, 14))
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        return button

    def show_title(self, title: str) -> None:
        """Call the panel by another name."""
        self._title = title
        self._label.setText(title.upper())
        self.export.setAccessibleName(f"Export {title}…")
        tip = (
            f"Save the figure or the table of {title}"
            if self._has_table
            else f"Save the figure of {title}, with its numbers as CSV"
        )
        self.export.setToolTip(tip)
        self.close_button.setAccessibleName(f"Close {title}")
        self.show_maximised(self._maximised)

    def show_maximised(self, on: bool) -> None:
        """Say what the button does now: maximise the panel, or show the others again."""
        self._maximised = on
        button = self.maximise
        button.setProperty("icon_name", "restore" if on else "maximise")
        button.setAccessibleName("Show all panels" if on else f"Maximise {self._title}")
        button.setToolTip("Show the other panels again" if on else "Show only this panel")
        self.recolour()

    def show_owner(self, title: str) -> None:
        """Name the window that the panel belongs to; empty: nothing."""
        self._owner.setText(title)
        self._owner.setToolTip(title)

    def take_focus(self, on: bool) -> None:
        """Whether Tab stops at the buttons."""
        for button in (self.export, self.maximise, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if on else Qt.FocusPolicy.NoFocus)

    @Slot()
    def recolour(self) -> None:
        """Use the icons of the theme."""
        for button in (self.export, self.maximise, self.close_button):
            button.setIcon(icon(button.property("icon_name"), self._theme.tokens))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise.click()


class _Body(QWidget):
    """The framed surface a panel lies on."""

    def __init__(self, kind: type[Panel], services: Services, theme: Theme, dock: QWidget) -> None:
        super().__init__(dock)
        # Within it from the beginning: moved there, every part of the panel would be given its style once more.
        self.panel, self._theme = kind(services, theme, self), theme
        self.panel.focus_changed.connect(self.update)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.panel)
        # Behind another panel it is hidden, and the place that both share keeps its size.
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.panel.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
            painter.end()


class PanelDock(QDockWidget):
    """A dock around one panel, which it makes."""

    export_asked = Signal(str)
    """The name of a kind of figure."""
    maximise_asked = Signal(object)
    open_asked = Signal(object, bool)
    """This dock shall be opened, or closed."""

    def __init__(self, kind: type[Panel], services: Services, theme: Theme, parent: QWidget) -> None:
        super().__init__(kind.title, parent)
        self.setObjectName(f"{kind.name}-dock")
        self._body = _Body(kind, services, theme, self)
        self.panel = panel = self._body.panel
        self.setWidget(self._body)
        self.bar = TitleBar(panel, theme, self)
        self.setTitleBarWidget(self.bar)
        self.open_action = QAction(panel.title, self, checkable=True)
        """Opens and closes it. Qt's own would change the layout whatever else is under way."""
        self.open_action.setToolTip(f"Show or hide the panel {panel.title}")
        self.toggleViewAction().toggled.connect(self.open_action.setChecked)
        self.open_action.triggered.connect(self._open)
        self.bar.close_button.clicked.connect(self._close)
        self.visibilityChanged.connect(self._seen)
        self._focused: QWidget | None = None
        self.bar.maximise.clicked.connect(self._maximise)
        self._of = ""
        """The title of the window that it belongs to."""
        self.topLevelChanged.connect(self._retitle)
        panel.front_asked.connect(self._to_front)
        panel.retitled.connect(self._renamed)
        panel.export_asked.connect(self.export_asked)
        self._add_export()

    def remember_focus(self, widget: QWidget) -> None:
        """``widget``, a part of the panel, has the keyboard."""
        self._focused = widget

    def take_keyboard(self) -> None:
        """Give the keyboard to the part of the panel that had it last, or to its first one."""
        last = self._focused
        if last is not None and isValid(last) and last.isEnabled() and last.isVisibleTo(self.panel):
            last.setFocus()
        else:
            self.panel.first_stop().setFocus()

    def name_window(self, title: str) -> None:
        """Say which window it belongs to, while it is a window of its own."""
        self._of = title
        self._retitle()

    @Slot()
    def _renamed(self) -> None:
        title = self.panel.shown_title
        self.bar.show_title(title)
        self.open_action.setText(title)
        self.open_action.setToolTip(f"Show or hide the panel {title}")
        self._retitle()

    @Slot()
    def _retitle(self) -> None:
        # In its window the title is what stands on a tab.
        name, floating = self.panel.shown_title, self.isFloating()
        self.setWindowTitle(f"{name} · {self._of}" if floating else name)
        self.bar.show_owner(self._of if floating else "")

    def _add_export(self) -> None:
        kinds = self.panel.figures
        if len(kinds) == 1 and not self.panel.exports:
            self.bar.export.clicked.connect(self._export_first)
        elif kinds:
            menu = QMenu(self.bar.export)
            for kind in kinds:
                action = menu.addAction(f"{figures.KINDS[kind].title}…")
                action.setData(kind)
            for spec in self.panel.exports:
                action = menu.addAction(spec.title)
                action.setToolTip(spec.help)
                action.triggered.connect(partial(self.panel.action_asked.emit, spec.name))
            menu.triggered.connect(self._export_chosen)
            self.bar.export.setMenu(menu)
            self.bar.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    @Slot()
    def _export_first(self) -> None:
        self.export_asked.emit(self.panel.figures[0])

    @Slot(object)
    def _export_chosen(self, action: object) -> None:
        if kind := action.data():  # type: ignore[attr-defined]
            self.export_asked.emit(kind)

    @Slot()
    def _maximise(self) -> None:
        self.maximise_asked.emit(self)

    @Slot(bool)
    def _open(self, on: bool) -> None:
        self.open_asked.emit(self, on)

    @Slot()
    def _to_front(self) -> None:
        self.open_asked.emit(self, True)

    @Slot()
    def _close(self) -> None:
        self.open_asked.emit(self, False)

    @Slot(bool)
    def _seen(self, seen: bool) -> None:
        # Behind another panel Qt leaves a panel visible outside the window, where Tab and keys would reach it.
        self._body.setVisible(seen)
        self.bar.take_focus(seen)
