"""Where texts are typed instead of drawn: a field, what is wrong with it, and the texts nearest to the reconstruction."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QTextCursor
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from saegui.app.nearest import Near
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.text import SMALL_PX, small_font
from saegui.ui.widgets.text_list import TextList, entries_of

INVITATION = "Type a word or a sentence: it is encoded while you type."
LINES = 3
"""Lines of text that the field shows."""


class TextField(QPlainTextEdit):
    """One text without line breaks. What was typed is undone by the window, in the order of everything else."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Text")
        self.setAccessibleDescription(INVITATION)
        self.setPlaceholderText(INVITATION)

    @property
    def text(self) -> str:
        """What it holds, in one line."""
        return self.toPlainText().replace("\n", " ")

    def show_text(self, text: str) -> None:
        """Show another text, with the cursor behind it; no signal follows."""
        if text != self.text:
            self.blockSignals(True)
            self.setPlainText(text)
            self.moveCursor(QTextCursor.MoveOperation.End)
            self.blockSignals(False)

    def sizeHint(self) -> QSize:
        tall = LINES * self.fontMetrics().lineSpacing() + 2 * self.frameWidth() + 8
        return QSize(super().sizeHint().width(), tall)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.fontMetrics().lineSpacing() + 2 * self.frameWidth() + 8)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _undoes(event):
            # Left to the window: else the field would swallow these keys and do nothing.
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or _undoes(event):
            event.ignore()
        else:
            super().keyPressEvent(event)


class WritePage(QWidget):
    """Takes the place of the canvas while inputs are texts."""

    typed = Signal(str)
    chosen = Signal(int)
    """The index of a training input: its text was clicked among the nearest."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._near: tuple[Near, ...] = ()
        self.field = TextField(self)
        self.note, self.caption = QLabel(self), QLabel("nearest to the reconstruction", self)
        self.note.setWordWrap(True)
        # Right below the field also while no texts are listed below it.
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.nearest = TextList(theme, self)
        self.nearest.setAccessibleName("Texts nearest to the reconstruction")
        for label in (self.note, self.caption):
            label.setProperty("muted", True)
            label.setFont(small_font(label.font(), SMALL_PX))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.field)
        layout.addWidget(self.note)
        layout.addWidget(self.caption)
        layout.addWidget(self.nearest, 1)
        self.field.setMaximumHeight(self.field.sizeHint().height())
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._typed)
        self.nearest.chosen.connect(self._chosen)
        self.say("", problem=False)
        self.show_nearest(())

    def say(self, note: str, *, problem: bool) -> None:
        """One sentence below the field: where the text came from, or why it cannot be encoded."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.note.setProperty("problem", problem)
        self.note.style().polish(self.note)
        self.field.setAccessibleDescription(note or INVITATION)

    def show_nearest(self, near: tuple[Near, ...]) -> None:
        """The texts nearest to the reconstruction."""
        self._near = near
        self.caption.setVisible(bool(near))
        self.nearest.setVisible(bool(near))
        self.nearest.show_entries(entries_of(near))

    @Slot()
    def _typed(self) -> None:
        self.typed.emit(self.field.text)

    @Slot(int)
    def _chosen(self, place: int) -> None:
        self.chosen.emit(self._near[place].row)


def _undoes(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
