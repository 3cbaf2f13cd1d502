"""A number that people type as they write it, or step through."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QWidget

from saegui.core.config.parameter import Parameter
from saegui.core.numbers import AmbiguousNumberError, NumberError, read_number
from saegui.ui.widgets.fields import draw_chevron

_COARSE = 10
"""Qt hands over this many steps at once for Page Up, or for an arrow with Ctrl."""


def number_text(value: float) -> str:
    """The shortest text that reads back as ``value``: ``256``, ``0.25``, ``5e-4``."""
    if isinstance(value, int):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e6:
        return str(int(value))
    if 1e-2 <= abs(value) < 1e6:
        return repr(float(value))
    exact = next(text for digits in range(17) if float(text := f"{value:.{digits}e}") == value)
    mantissa, exponent = exact.split("e")
    return f"{mantissa}e{int(exponent)}"


def wanted_text(parameter: Parameter) -> str:
    """``a whole number from 1 to 65,536``, or ``a number above 0, at most 1``."""
    kind = "a whole number" if parameter.kind == "int" else "a number"
    return f"{kind} {'' if parameter.above else 'from '}{bounds_text(parameter)}"


def bounds_text(parameter: Parameter) -> str:
    """``1 to 65,536``, or ``above 0, at most 1``."""
    low, high = f"{parameter.low:,}", f"{parameter.high:,}"
    return f"above {low}, at most {high}" if parameter.above else f"{low} to {high}"


ARROWS = 10
"""px at a field's right end for its arrows."""
INSET = 4
"""px before the digits, where there is room."""


def _sheet(width: int) -> str:
    # Qt's own arrows become grey boxes under a style sheet: its buttons stay, unseen, below drawn arrows.
    return f"""
        QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
            border: none; background: transparent; width: {width}px; subcontrol-origin: border;
        }}
        QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
        QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
        QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow {{ image: none; width: 0; height: 0; }}
    """


_EXPONENT = re.compile(r"[^a-z]*\de[^a-z]*", re.IGNORECASE)
"""A number with an exponent, typed so far."""
_COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class NumberField(QAbstractSpinBox):
    """A number one can type in any notation, or step through with arrows and wheel.

    Arrows step sensibly: whole numbers by one (by ten with Ctrl); counts whose default is a power of two to the
    next power of two (by one with Ctrl); numbers above zero, such as a learning rate, along 1, 2, 5, 10.
    What was typed counts on Enter, when the field is left, and when a shortcut is pressed.
    """

    edited = Signal(object)
    """The user chose another value: an int or a float."""
    refused = Signal(str)
    """What was typed cannot be; the sentence says why, and the field shows its former value again."""
    accepted = Signal()
    """What was typed is a value; an earlier refusal is settled."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        assert parameter.low is not None
        assert parameter.high is not None
        self._bounds = parameter.low, parameter.high
        self._whole = parameter.kind == "int"
        self._open_low = parameter.above
        self._value: float = parameter.default
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.stepping = False
        """Whether the value that is announced comes of an arrow or of the wheel."""
        self._arrows = True
        self.setStyleSheet(_sheet(ARROWS))
        self.lineEdit().setTextMargins(1, 0, 0, 0)
        self.editingFinished.connect(self.commit)
        self._show()

    @property
    def value(self) -> float:
        """An int or a float, always within bounds."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show another value; nothing is emitted. Text that is being typed stays when the value is the same."""
        if value != self._value or type(value) is not type(self._value):
            self._value = value
            self._show()

    @Slot()
    def commit(self) -> None:
        """Take what was typed, or explain why not and show the former value again."""
        typed = self._typed()
        if not self._is_typed:
            self._show()
            return
        try:
            value = read_number(typed, whole=self._whole)
            if not self._within(value):
                raise NumberError(f"{typed} is out of bounds.")
        except NumberError as error:
            self._show()
            # What has two readings says itself how to write each.
            remedy = (
                "" if isinstance(error, AmbiguousNumberError) else f" Type {wanted_text(self.parameter)}."
            )
            self.refused.emit(f"{error}{remedy} {self.parameter.title} stays {self._text(with_unit=False)}.")
            return
        self._take(value)

    # -- what QAbstractSpinBox asks -------------------------------------------------------------------------

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flag = QAbstractSpinBox.StepEnabledFlag
        found = flag.StepNone
        if self._stepped(1) != self._value:
            found |= flag.StepUpEnabled
        if self._stepped(-1) != self._value:
            found |= flag.StepDownEnabled
        return found

    def stepBy(self, steps: int) -> None:
        self.commit()
        self.stepping = True
        self._take(self._stepped(steps))
        self.stepping = False
        self.selectAll()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        # Anything may be typed; commit() judges it as a whole and says what is wrong.
        return QValidator.State.Acceptable, text, position

    def sizeHint(self) -> QSize:
        # As high as the style sheet makes a combo box, so that rows are evenly spaced.
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance("0" * 6) + 12 + ARROWS, max(20, metrics.height()) + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        # Anything else first, and cheaply: dozens of events come to each field while a window is made.
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
            return super().event(event)
        if self._is_foreign(event) or self._is_window_s(event):
            # What is no part of a number is left to the window, which may have a shortcut for it.
            event.ignore()
            self.commit()
            return False
        handled = super().event(event)
        # A shortcut such as Train is about to act on the settings: it must find what was typed.
        if not event.isAccepted():
            self.commit()
        return handled

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_foreign(event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _is_foreign(self, event: QKeyEvent) -> bool:
        """Whether a key would type a letter; only the e of an exponent, after a digit, is part of a number."""
        if event.modifiers() & _COMMANDS or not any(letter.isalpha() for letter in event.text()):
            return False
        edit = self.lineEdit()
        text, start = edit.text(), edit.selectionStart()
        end = edit.selectionEnd() if start >= 0 else edit.cursorPosition()
        start = start if start >= 0 else end
        typed = (text[:start] + event.text() + text[end:]).strip().removesuffix(self.parameter.unit)
        return _EXPONENT.fullmatch(typed) is None

    def _is_window_s(self, event: QKeyEvent) -> bool:
        """Whether Undo or Redo means what was done in the window: nothing is being typed here."""
        keys = QKeySequence.StandardKey
        return (event.matches(keys.Undo) or event.matches(keys.Redo)) and not self._is_typed

    @property
    def _is_typed(self) -> bool:
        return self._typed() != self._text(with_unit=False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lineEdit().deselect()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_typed:
            self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._arrows:
            return
        painter = QPainter(self)
        pen = QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.25)
        x, middle = self.width() - 2 - ARROWS / 2, self.height() / 2
        draw_chevron(painter, QPointF(x, middle - 4.5), up=True, pen=pen)
        draw_chevron(painter, QPointF(x, middle + 4.5), up=False, pen=pen)
        painter.end()

    # -- inside ---------------------------------------------------------------------------------------------

    def _typed(self) -> str:
        text = self.lineEdit().text().strip()
        return text.removesuffix(self.parameter.unit).strip() if self.parameter.unit else text

    def _text(self, *, with_unit: bool) -> str:
        text = number_text(self._value)
        return f"{text} {self.parameter.unit}" if with_unit and self.parameter.unit else text

    def _show(self) -> None:
        edit, room = self.lineEdit(), self.width() - 7
        width = self.fontMetrics().horizontalAdvance
        text = self._text(with_unit=True)
        if width(text) > room - ARROWS:
            text = self._text(with_unit=False)
        # A number that is cut off would be another number: the arrows give way to its digits.
        arrows = width(text) <= room - ARROWS
        if arrows != self._arrows:
            self._arrows = arrows
            self.setStyleSheet(_sheet(ARROWS if arrows else 0))
        # Where there is room the digits begin where the words of a choice do.
        inset = INSET if width(text) <= room - ARROWS - INSET else 1
        if edit.textMargins().left() != inset:
            edit.setTextMargins(inset, 0, 0, 0)
        if edit.text() != text:
            edit.setText(text)
            edit.setCursorPosition(0)

    def _take(self, value: float) -> None:
        value = int(value) if self._whole else float(value)
        changed = value != self._value
        self._value = value
        self._show()
        self.accepted.emit()
        if changed:
            self.edited.emit(value)

    def _within(self, value: float) -> bool:
        low, high = self._bounds
        return (value > low if self._open_low else value >= low) and value <= high

    def _stepped(self, steps: int) -> float:
        """The value ``steps`` arrows away, within bounds; ±10 stands for one step of the other kind."""
        coarse, up = abs(steps) >= _COARSE, steps > 0
        low, high = self._bounds
        value = self._value
        for _ in range(abs(steps) // _COARSE if coarse else abs(steps)):
            if self._whole:
                value = self._whole_step(int(value), up, coarse)
            elif self._open_low:
                value = _series_step(value, up, 3 if coarse else 1)
            else:
                size = (high - low) / (10 if coarse else 20)
                value = round(
                    (round(value / size, 9) // 1 + 1 if up else -(-round(value / size, 9) // 1) - 1) * size, 9
                )
        value = min(max(value, low), high)
        return value if self._within(value) else self._value

    def _whole_step(self, value: int, up: bool, coarse: bool) -> int:
        default = self.parameter.default
        powers = default >= 16 and default & (default - 1) == 0
        if not powers:
            size = _COARSE if coarse else 1
            return value + size if up else value - size
        if coarse:
            return value + 1 if up else value - 1
        if up:
            return 1 << value.bit_length()
        return 1 << max(0, (value - 1).bit_length() - 1)


def _series_step(value: float, up: bool, count: int) -> float:
    """The next number of the series … 0.1, 0.2, 0.5, 1, 2, 5 … above or below ``value``, ``count`` times."""
    for _ in range(count):
        exponent = math.floor(math.log10(value))
        series = [float(f"{digit}e{exponent + shift}") for shift in (-1, 0, 1) for digit in (1, 2, 5)]
        value = next(n for n in series if n > value) if up else next(n for n in reversed(series) if n < value)
    return value
