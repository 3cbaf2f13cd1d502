"""Toasts: short messages in the corner of the window that say what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from html import escape

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QEnterEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saegui.app.state import Level, Topic
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD
from saegui.ui.widgets.accessible import announce
from saegui.ui.window import toast_place
from saegui.ui.window.dock import PanelDock

SHOWN_MS = 6000
MAX_TOASTS = 3
MAX_LETTERS = 320
"""Of a longer sentence, such as one with a very long path, the middle is left out; its tooltip has all of it."""
_WORDS: dict[Level, str] = {"info": "Note", "good": "Done", "warn": "Careful", "bad": "Problem"}


class Toast(QFrame):
    """One message. Problems, and what :meth:`stay` was asked of, stay until they are closed; others close after a while, unless the
    pointer is on them."""

    accessible_role = QAccessible.Role.AlertMessage

    dismissed = Signal(object)
    """This toast was closed. Of a toast that cannot be seen, such as one of a minimised window, Qt tells nobody that it was hidden."""
    keyboard_freed = Signal()
    """It has the keyboard, and closes."""

    def __init__(self, theme: Theme, level: Level, sentence: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.level, self.sentence = level, sentence
        self.topic: Topic = ""
        """What it is about, as in :meth:`AppState.notify`."""
        self.subject: object = None
        """What its button acts on, if it has one: see :meth:`Toasts.dismiss_about`."""
        self.setAccessibleName(f"{_WORDS[level]}: {sentence}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PAD, GAP, GAP, GAP)
        layout.setSpacing(GAP)
        self._symbol = QLabel()
        self._symbol.setAccessibleName(_WORDS[level])
        self._text = QLabel(_shortened(sentence))
        if self._text.text() != sentence:
            self._text.setToolTip(f"<p>{escape(sentence)}</p>")
        # Sentences quote names and files, which are whatever their owner typed.
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._text.setSizePolicy(policy)
        self._close = QToolButton()
        self._close.setAccessibleName("Close message")
        self._close.setToolTip("Close this message")
        self._close.clicked.connect(self.dismiss)
        layout.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        middle = QVBoxLayout()
        middle.addWidget(self._text)
        self._below = QHBoxLayout()
        middle.addLayout(self._below)
        layout.addLayout(middle, 1)
        self._beside = layout
        self._buttons: list[QPushButton] = []
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._theme = theme
        theme.changed.connect(self.recolour)
        self.recolour()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.dismiss)
        self.stays = level == "bad"
        """Whether it closes only when somebody closes it."""
        if not self.stays:
            self._timer.start()

    def stay(self) -> None:
        """Do not close after a while: what it offers is offered once."""
        self.stays = True
        self._timer.stop()

    def add_button(self, text: str, action: Callable[[], object]) -> None:
        """Add a button for the next step; pressing it closes the toast."""
        button = QPushButton(text)
        button.setObjectName("toast-button")
        button.clicked.connect(action)
        button.clicked.connect(self.dismiss)
        self._buttons.append(button)
        if len(self._buttons) == 1:
            self._beside.insertWidget(2, button, 0, Qt.AlignmentFlag.AlignTop)
            return
        # Beside several buttons the sentence would have no room.
        for each in self._buttons:
            self._below.addWidget(each)
        self._below.addStretch(1)

    def is_outdated_by(self, topic: Topic) -> bool:
        """Whether it only says that something of this topic was done, of which the last counts."""
        return bool(topic) and self.topic == topic and self.level == "good" and not self._buttons

    @Slot()
    def recolour(self) -> None:
        """Use the colours of the theme."""
        tokens = self._theme.tokens
        self._symbol.setPixmap(icon(self.level, tokens).pixmap(20, 20))
        self._close.setIcon(icon("close", tokens))
        edge = {"info": tokens.accent, "good": tokens.good, "warn": tokens.warn, "bad": tokens.bad}[
            self.level
        ]
        self.setStyleSheet(
            f"QFrame#toast {{ background: {tokens.panel}; border: 1px solid {tokens.line};"
            f" border-left: 3px solid {edge}; border-radius: 6px; }}"
        )

    @Slot()
    def dismiss(self) -> None:
        """Close the toast."""
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self.isAncestorOf(focused)
        self._timer.stop()
        if had_keyboard:
            # Of what is hidden Qt moves the keyboard on to whatever comes next.
            self.keyboard_freed.emit()
        self.hide()
        self.dismissed.emit(self)
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if not self.stays:
            self._timer.start()


def _shortened(sentence: str) -> str:
    if len(sentence) <= MAX_LETTERS:
        return sentence
    return f"{sentence[: MAX_LETTERS // 2]}…{sentence[-MAX_LETTERS // 2 :]}"


def _height(boxes: Sequence[QRect]) -> int:
    """From the highest to the lowest of ``boxes``, in px."""
    return max(box.bottom() for box in boxes) + 1 - min(box.top() for box in boxes)


class Toasts(QWidget):
    """The toasts, newest at the bottom, where they cover nothing that matters: :mod:`saegui.ui.window.toast_place`."""

    changed = Signal()
    """A toast came or went."""
    keyboard_freed = Signal()
    """A toast that has the keyboard closes."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._toasts: list[Toast] = []
        self._laid_out = 0
        self.docks: Sequence[PanelDock] = ()
        """The panels that the toasts may lie on."""
        self.beside: QWidget | None = None
        """What else lies over the panels, which they do not cover."""
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]
        window.installEventFilter(self)
        self.hide()

    def release(self) -> None:
        """Stop listening: the window closes, and its panels go before the toasts do."""
        QApplication.instance().focusChanged.disconnect(self._focus_moved)  # type: ignore[union-attr]
        self.window().removeEventFilter(self)
        self.docks, self.beside = (), None

    @property
    def toasts(self) -> tuple[Toast, ...]:
        """The toasts on the screen, oldest first."""
        return tuple(self._toasts)

    @Slot(str, str, str)
    def show_notice(self, level: Level, sentence: str, topic: Topic) -> None:
        """Show a sentence. If it is on the screen already, it is shown only once."""
        self.add(level, sentence, topic)

    def add(self, level: Level, sentence: str, topic: Topic = "") -> Toast:
        """Show a sentence; returns its toast, to which a button can be added."""
        if level == "good":
            self.worked(topic)
        for toast in list(self._toasts):
            if toast.sentence == sentence or (level == "good" and toast.is_outdated_by(topic)):
                toast.dismiss()
        toast = Toast(self._theme, level, sentence, self)
        toast.topic = topic
        toast.dismissed.connect(self._gone)
        toast.destroyed.connect(self._place)
        toast.keyboard_freed.connect(self.keyboard_freed)
        self._toasts.append(toast)
        while len(self._toasts) > MAX_TOASTS:
            self._toasts[0].dismiss()
        self._layout.addWidget(toast)
        toast.installEventFilter(self)
        self._place()
        self.changed.emit()
        announce(toast, toast.accessibleName(), urgent=level == "bad")
        return toast

    def close_newest(self) -> None:
        """Close the toast that came last, if there is one."""
        if self._toasts:
            self._toasts[-1].dismiss()

    @Slot(str)
    def worked(self, topic: Topic) -> None:
        """Close the problems of a topic: what they say could not be done was done."""
        for toast in list(self._toasts):
            if topic and toast.topic == topic and toast.level in ("bad", "warn"):
                toast.dismiss()

    @Slot(object)
    def dismiss_about(self, subject: object) -> None:
        """Close the toasts whose button acts on ``subject``: it is done already."""
        for toast in list(self._toasts):
            if toast.subject == subject:
                toast.dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.LayoutRequest):
            # Of a toast: it was given a button, which takes room from its sentence. Of the window: panels have moved.
            self._place()
        return False

    @Slot(object)
    def _gone(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._layout.removeWidget(toast)
            self._place()
            self.changed.emit()

    @Slot()
    def _place(self) -> None:
        parent = self.parentWidget()
        if not self._toasts or parent is None:
            self.hide()
            return
        if self.underMouse() and self._laid_out == len(self._toasts):
            # Nobody should press a button that moves away.
            return
        panels = [dock for dock in self.docks if dock.isVisible() and not dock.visibleRegion().isEmpty()]
        boxes = [self._box(dock) for dock in panels] or [parent.rect()]
        # All corners of a panel ask for the same.
        height_for = cache(self._height_for)
        if len(self._toasts) > 1 and height_for(toast_place.WIDTH) > _height(boxes):
            # The others are placed when this one has gone.
            self._toasts[0].dismiss()
            return
        spoken_of = [self._box(dock) for dock in panels if self._is_spoken_of(dock)]
        box = toast_place.choose(boxes, height_for, self._kept_clear(panels), spoken_of, self.geometry())
        assert box is not None
        for toast in self._toasts:
            toast.setFixedWidth(box.width())
        self.setGeometry(box)
        self._laid_out = len(self._toasts)
        # A toast that came with the stack itself was laid out before anything had its size.
        self._layout.invalidate()
        self._layout.activate()
        self.show()
        self.raise_()

    def _height_for(self, width: int) -> int:
        """How high the sentences are when they are wrapped at this width."""
        heights = [toast.layout().totalHeightForWidth(width) for toast in self._toasts]  # type: ignore[union-attr]
        return sum(heights) + GAP * (len(heights) - 1)

    def _box(self, widget: QWidget) -> QRect:
        """Where a widget is in the window."""
        return QRect(widget.mapTo(self.window(), QPoint()), widget.size())

    def _is_spoken_of(self, dock: PanelDock) -> bool:
        """Whether a toast is about what ``dock`` shows, or was perhaps caused there: it has the keyboard."""
        focused = QApplication.focusWidget()
        topics = {toast.topic for toast in self._toasts}
        return not topics.isdisjoint(dock.panel.topics) or (
            focused is not None and dock.isAncestorOf(focused)
        )

    def _kept_clear(self, docks: Sequence[PanelDock]) -> list[QRect]:
        """Where nothing may be covered: the drawing, and the control that has the keyboard."""
        kept = [widget for dock in docks for widget in dock.panel.kept_clear() if widget.isVisible()]
        if self.beside is not None and self.beside.isVisible():
            kept.append(self.beside)
        focused = QApplication.focusWidget()
        if focused is not None and focused.window() is self.window() and not self.isAncestorOf(focused):
            kept.append(focused)
        return [self._box(widget) for widget in kept]

    @Slot(object, object)
    def _focus_moved(self, before: QWidget | None, now: QWidget | None) -> None:
        # What has the keyboard in another window is not covered by toasts of this one.
        if now is not None and now.window() is self.window() and not self.isAncestorOf(now):
            self._place()
