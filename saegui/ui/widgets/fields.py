"""Editors of one value each: choices and switches, and the label that stands beside every editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

from saegui.core.config.parameter import Parameter
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.typed_choice import meant


def draw_chevron(painter: QPainter, centre: QPointF, *, up: bool, pen: QPen) -> None:
    """A small arrow head, as the line icons draw theirs."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    rise = -1.75 if up else 1.75
    points = [QPointF(-3.5, -rise), QPointF(0, rise), QPointF(3.5, -rise)]
    painter.drawPolyline([centre + point for point in points])


class Combo(QComboBox):
    """A combo box with an arrow, which the wheel changes only while it has the focus. A name that is typed chooses its entry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typed = ""
        self._since = QElapsedTimer()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def shown_text(self) -> str:
        """What is chosen, with an ellipsis where it has no room: in the middle, as names often differ at their ends."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        # As the style insets the words.
        return self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideMiddle, room.width() - 2
        )

    @property
    def shown_tip(self) -> str:
        """The tooltip, which begins with what is chosen where that has no room."""
        chosen = self.currentText() if self.shown_text != self.currentText() else ""
        return "\n".join(filter(None, (chosen, self.toolTip())))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.shown_tip, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_of_a_name(event):
            super().keyPressEvent(event)
            return
        place = self._meant(event.text(), self.currentIndex())
        if place is not None and place != self.currentIndex():
            self.setCurrentIndex(place)
            self.activated.emit(place)

    def showPopup(self) -> None:
        # Made when it is needed first: most boxes are never opened.
        self.view().installEventFilter(self)
        self._typed = ""
        super().showPopup()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view() and isinstance(event, QKeyEvent):
            if event.type() != QEvent.Type.KeyPress or not self._is_of_a_name(event):
                return super().eventFilter(watched, event)
            place = self._meant(event.text(), self.view().currentIndex().row())
            if place is not None:
                index = self.model().index(place, self.modelColumn(), self.rootModelIndex())
                self.view().setCurrentIndex(index)
            return True
        return super().eventFilter(watched, event)

    def _is_of_a_name(self, event: QKeyEvent) -> bool:
        """Whether a key is part of a name. Space is, where a name continues so, as after *Learning*; else it opens the list."""
        text = event.text()
        if not text.isprintable() or not text or event.modifiers() & _COMMANDS:
            return False
        if not text.isspace():
            return True
        begun = (self._typed + text).casefold()
        return self._is_typing and any(
            self.itemText(place).casefold().startswith(begun) for place in range(self.count())
        )

    @property
    def _is_typing(self) -> bool:
        """Whether the next letter belongs to the name that is typed; a pause ends it, as in every list of Qt."""
        pause = QApplication.keyboardInputInterval()
        return bool(self._typed) and self._since.isValid() and self._since.elapsed() <= pause

    def _meant(self, letter: str, current: int) -> int | None:
        """The entry that is meant by the letters so far."""
        self._typed = self._typed + letter if self._is_typing else letter
        self._since.start()
        model, column, root = self.model(), self.modelColumn(), self.rootModelIndex()
        enabled = Qt.ItemFlag.ItemIsEnabled
        entries = [
            self.itemText(place) if model.flags(model.index(place, column, root)) & enabled else ""
            for place in range(self.count())
        ]
        return meant(self._typed, entries, current)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling the panel must not change what happens to lie under the pointer.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        pen = QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.25)
        draw_chevron(painter, QPointF(self.width() - 10, self.height() / 2), up=False, pen=pen)
        painter.end()


_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class ChoiceField(Combo):
    """One of a few named values."""

    edited = Signal(object)
    """The user chose another value."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for value, title in zip(parameter.choices, parameter.choice_titles, strict=True):
            self.addItem(title, value)
        self._known = self.count()
        self.set_value(parameter.default)
        self.activated.connect(self._activated)

    @property
    def value(self) -> Any:
        """The value as the configuration spells it."""
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Show another value; nothing is emitted."""
        while self.count() > self._known:
            self.removeItem(self._known)
        if value is not None and self.findData(value) < 0:
            # A run may name a choice that only the program which trained it has.
            self.addItem(str(value), value)
        self.setCurrentIndex(self.findData(value))
        self._shown = value

    def set_choices(self, titles: Mapping[Any, str]) -> None:
        """Offer other choices, by their values; what is shown stays. Nothing is emitted."""
        if list(titles.items()) == [
            (self.itemData(place), self.itemText(place)) for place in range(self._known)
        ]:
            return
        shown = self.value
        self.clear()
        for value, title in titles.items():
            self.addItem(title, value)
        self._known = self.count()
        self.set_value(shown)

    def set_title(self, value: Any, title: str) -> None:
        """Show the choice ``value`` under another title."""
        if (index := self.findData(value)) >= 0:
            self.setItemText(index, title)

    @Slot(int)
    def _activated(self, index: int) -> None:
        value = self.itemData(index)
        if value != self._shown:
            self._shown = value
            self.edited.emit(value)


class SwitchField(QCheckBox):
    """On or off."""

    edited = Signal(object)
    """The user switched it."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_value(parameter.default)
        self.clicked.connect(self._clicked)

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        """Show another value; nothing is emitted."""
        self.setChecked(value)
        self.setText("on" if value else "off")

    @Slot(bool)
    def _clicked(self, on: bool) -> None:
        self.set_value(on)
        self.edited.emit(on)


class FieldLabel(QLabel):
    """A field's title and its marks: a dot for live, a bar where it differs from the run, ↻ for a restart."""

    INDENT = 6
    """px before the title, for the bar."""
    DOT = 10
    """px kept free after the title for the dot or the arrow."""

    def __init__(self, text: str, theme: Theme, *, live: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme, self.live = theme, live
        self._differs = self._restarts = False
        self.setProperty("muted", True)
        self.setContentsMargins(self.INDENT, 0, self.DOT, 0)
        theme.changed.connect(self.update)

    @property
    def differs(self) -> bool:
        """Whether the bar is shown: the current run was trained with another value."""
        return self._differs

    @property
    def restarts(self) -> bool:
        """Whether the arrow is shown: a training runs, and takes no notice of this edit."""
        return self._restarts

    def set_marks(self, *, differs: bool, restarts: bool) -> None:
        """Show or hide the bar and the arrow."""
        if (differs, restarts) != (self._differs, self._restarts):
            self._differs, self._restarts = differs, restarts
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens, middle = self._theme.tokens, self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        end = self.INDENT + self.fontMetrics().horizontalAdvance(self.text())
        if self._differs:
            painter.setBrush(tokens.color("accent"))
            painter.drawRoundedRect(QRectF(0, middle - 8, 2, 16), 1, 1)
        if self.live:
            painter.setBrush(tokens.color("accent"))
            painter.drawEllipse(QPointF(end + 6, middle + 0.5), 2.5, 2.5)
        elif self._restarts:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("warn"), 1.25))
            circle = QRectF(end + 3.5, middle - 3.5, 8, 8)
            painter.drawArc(circle, 60 * 16, -300 * 16)
            tip = QPointF(circle.right() - 1.2, circle.top() + 0.2)
            painter.drawPolyline([tip + QPointF(0.4, -1.2), tip + QPointF(0, 2), tip + QPointF(-3, 1.6)])
        painter.end()
