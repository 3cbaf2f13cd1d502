"""The card of the tour, and the line around the widget that it speaks of."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.accessible import announce

WIDTH = 300
MARGIN = 4
"""px between a widget and the line around it."""


class TourCard(QFrame):
    """A title, one or two sentences, and what can be done now. It lies over the panels and takes the keyboard from nobody."""

    accessible_role = QAccessible.Role.Grouping

    next_asked = Signal()
    back_asked = Signal()
    skip_asked = Signal()
    keyboard_freed = Signal()
    """It had the keyboard, and closes."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("tour-card")
        self._theme = theme
        self.title, self.text, self.place = QLabel(), QLabel(), QLabel()
        self.title.setProperty("heading", True)
        self.place.setProperty("muted", True)
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.skip = self._button("Skip", "End the tour (Esc); Help › Tour shows it again")
        self.back = self._button("Back", "The step before this one")
        self.next = self._button("Next", "The next step")
        self.next.setProperty("primary", True)
        self.skip.clicked.connect(self.skip_asked)
        self.back.clicked.connect(self.back_asked)
        self.next.clicked.connect(self.next_asked)
        below = QHBoxLayout()
        below.setSpacing(GAP)
        below.addWidget(self.place, 1)
        for button in (self.skip, self.back, self.next):
            below.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PAD, PAD, PAD, PAD)
        layout.setSpacing(GAP)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(below)
        self.setFixedWidth(WIDTH)
        theme.changed.connect(self.recolour)
        self.recolour()
        self.hide()

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(True)
        return button

    def say(self, title: str, text: str, place: str = "", *, skip: str = "Skip", go_on: str = "Next") -> None:
        """Show and announce it; ``place`` is such as *2 of 6*, and empty where there is no way back."""
        self.title.setText(title)
        self.text.setText(text)
        self.place.setText(place)
        self.skip.setText(skip)
        self.next.setText(go_on)
        self.setAccessibleName(f"Tour, {place}: {title}" if place else title)
        self.setAccessibleDescription(text)
        self.fit()
        announce(self, f"{self.accessibleName()}. {text}")

    def fit(self) -> None:
        """Be as high as the sentences are."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self.setFixedHeight(layout.totalHeightForWidth(WIDTH))

    def leave(self) -> None:
        """Close it, and give the keyboard back."""
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            self.keyboard_freed.emit()
        self.hide()

    @Slot()
    def recolour(self) -> None:
        """Use the colours of the theme."""
        tokens = self._theme.tokens
        self.setStyleSheet(
            f"QFrame#tour-card {{ background: {tokens.panel}; border: 2px solid {tokens.accent}; border-radius: 8px; }}"
        )


class Outline(QWidget):
    """A line around a widget. It lets the mouse through, and there is nothing of it inside."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.changed.connect(self.update)
        self.hide()

    def surround(self, window: QWidget, box: QRect) -> None:
        """Stand around ``box`` of ``window``, over everything."""
        if self.parentWidget() is not window:
            self.setParent(window)
        self.setGeometry(box.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).intersected(window.rect()))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.tokens.color("accent"), 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6)
        painter.end()
