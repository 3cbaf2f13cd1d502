"""The parts of the latent panel that place and paint themselves: header and message."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from saegui.app.state import NO_MODEL
from saegui.ui.panels.latent.layout import CAPTION, HEADER, STRIP_HEAD
from saegui.ui.theme.icons import icon
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.latent_line import LatentLine
from saegui.ui.widgets.segments import Segments
from saegui.ui.widgets.text import SMALL_PX, narrowest, small_font

ROOMY_HEADER = 340
"""px of width from which the header has buttons for the way back and forward."""
TALL = 26
"""px of a button of the header."""
FIELD, SMALL_FIELD = 56, 40
"""px of the latent's number, and where the pages then have room beside it: three digits need no more."""
LINE = 17
"""px of a line of the header where there is a line of pages, too."""
NONE_CHOSEN = "Click a tile to see what its latent looks for and draws."
NO_LATENT = f"What a latent looks for and draws is shown here. {NO_MODEL}"
OVERVIEW = "overview"
"""The page of the sections that the layout has a place for."""
HINT_WIDTH = 250
"""px: as wide as a message in place of the statistics gets."""


def label(
    parent: QWidget, text: str = "", *, muted: bool = False, bold: bool = False, pixels: int = 0
) -> QLabel:
    """A label of the panel's few styles."""
    made = QLabel(text, parent)
    made.setProperty("muted", muted)
    if pixels:
        made.setFont(small_font(parent.font(), pixels, bold=bold))
    return made


class LatentField(LatentLine):
    """A latent's number: Enter takes it, the arrow keys step. What is being typed is left alone."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setAccessibleName("Latent number")
        self.setToolTip("Type a latent's number and press Enter; the up and down keys go to its neighbours")

    def show_number(self, latent: int) -> None:
        """Show a number, unless another is being typed."""
        if not (self.hasFocus() and self.isModified()) and self.text() != str(latent):
            self.setText(str(latent))

    def reset(self, latent: int) -> None:
        """Drop what was typed."""
        self.setText(str(latent))
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in steps:
            self.setModified(False)
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.setModified(False)
        super().focusOutEvent(event)
        self.left.emit()


class Header(QWidget):
    """Which latent this is, where its numbers come from, and buttons to the other latents: those looked at, and those beside it."""

    def __init__(self, theme: Theme, pages: dict[str, tuple[str, str]], parent: QWidget) -> None:
        """``pages``: name → (word, tooltip) of each part that may be a page of its own."""
        super().__init__(parent)
        self._theme = theme
        self.heading = label(self, bold=True, pixels=15)
        self.origin = label(self, muted=True, pixels=SMALL_PX)
        self._title = self._origin = ""
        self.back = self._button("Back", "Back to the latent that was selected before this one (Alt+Left)")
        self.forward = self._button(
            "Forward", "Forward to the latent that was selected after this one (Alt+Right)"
        )
        self.previous = self._button("Previous latent", "Select the latent before this one (Ctrl+Left)")
        self.field = LatentField(self)
        self.next = self._button("Next latent", "Select the latent after this one (Ctrl+Right)")
        self.pages = Segments(
            "Part of the latent", {OVERVIEW: ("Overview", "What the latent is, at a glance"), **pages}, self
        )
        for name in (OVERVIEW, *pages):
            self.pages.button(name).setProperty("compact", True)
        self.pages.set_value(OVERVIEW)
        self.pages.hide()
        theme.changed.connect(self.recolour)
        self.recolour()

    def show_latent(self, latent: int, title: str, origin: str, tip: str) -> None:
        """``title`` and ``origin`` are cut where there is no room; the one is its own tooltip, ``tip`` says the other in full."""
        self._title = title
        self.heading.setToolTip(title)
        self.field.show_number(latent)
        self._origin = origin
        self.origin.setToolTip(tip)
        self._place()

    @Slot()
    def recolour(self) -> None:
        """Follow the theme."""
        self.back.setIcon(icon("back", self._theme.tokens))
        self.forward.setIcon(icon("forward", self._theme.tokens))
        self.previous.setIcon(icon("previous", self._theme.tokens))
        self.next.setIcon(icon("next", self._theme.tokens))

    def show_pages(self, names: Sequence[str], page: str) -> None:
        """Offer these pages besides the overview; none: everything is in sight."""
        for name in self.pages.values:
            self.pages.button(name).setVisible(name == OVERVIEW or name in names)
        layout = self.pages.layout()
        assert layout is not None
        # Else it keeps the width of before until the next round of events.
        layout.invalidate()
        self.pages.setVisible(bool(names))
        self.pages.set_value(page)
        self._place()

    def height_for(self, width: int) -> int:
        """px that it takes where it is ``width`` px wide."""
        if self.pages.isHidden():
            return HEADER
        return 2 * LINE if self._pages_beside(width) else HEADER + LINE

    def _pages_beside(self, width: int) -> bool:
        """Whether the pages have room at the left of the buttons."""
        return self._free(width) >= self._field_width(width)

    def _free(self, width: int) -> int:
        """px that the pages leave for the latent's number."""
        return width - self.pages.sizeHint().width() - UNIT - 2 * (TALL + 2)

    def _field_width(self, width: int) -> int:
        small = SMALL_FIELD <= self._free(width) < FIELD and len(self.field.text()) <= 3
        return SMALL_FIELD if small and not self.pages.isHidden() else FIELD

    def _wide(self, *, roomy: bool) -> int:
        """px of the buttons at the right; ``roomy``: with those for the way back and forward."""
        return 2 * TALL + self._field_width(self.width()) + 4 + roomy * 2 * (TALL + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        paged = not self.pages.isHidden()
        pages = self.pages.sizeHint().width()
        beside = paged and self._pages_beside(self.width())
        top, x = 4 if beside else 3, self.width()
        field = self._field_width(self.width())
        for widget, width in ((self.next, TALL), (self.field, field), (self.previous, TALL)):
            x -= width
            widget.setGeometry(x, top, width, TALL)
            x -= 2
        # A narrow header keeps its words; the keys and the menu lead back, too.
        roomy = self.width() >= ROOMY_HEADER and not (
            beside and self.width() - self._wide(roomy=True) < pages + GAP
        )
        for button in (self.forward, self.back):
            button.setVisible(roomy)
            if roomy:
                x -= TALL
                button.setGeometry(x, top, TALL, TALL)
        room = x - GAP
        self.pages.setGeometry(0, LINE if beside else HEADER, pages, LINE)
        if beside:
            metrics = QFontMetrics(self.heading.font())
            words = min(room, metrics.horizontalAdvance(self._title) + 1)
            self.heading.setGeometry(0, 0, words, LINE)
            self.origin.setGeometry(words + GAP, 1, max(0, room - words - GAP), LINE)
        else:
            self.heading.setGeometry(0, 0, room, 20)
            self.origin.setGeometry(0, 20, room, CAPTION)
        self._elide()

    def _elide(self) -> None:
        for line, text in ((self.heading, self._title), (self.origin, self._origin)):
            metrics = QFontMetrics(line.font())
            line.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width()))

    def _button(self, accessible: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        return button


class Notice(QWidget):
    """Why there are no statistics, and a button where one helps. Centred, unless there is room for one line only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = label(self, muted=True)
        self.label.setWordWrap(True)
        self.button = QPushButton(self)
        self.show_sentence("", "")

    @property
    def text(self) -> str:
        """The sentence; empty when there is nothing to say."""
        return self.label.text()

    @property
    def line_width(self) -> int:
        """px that the sentence takes in one line."""
        return self.label.fontMetrics().horizontalAdvance(self.text)

    def show_sentence(self, sentence: str, button: str) -> None:
        """Say ``sentence``; ``button`` is empty where nothing can be done."""
        self.label.setText(sentence)
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.button.setToolTip(sentence)
        self.button.setVisible(bool(button))
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        if self.height() <= STRIP_HEAD:
            self.label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.label.setGeometry(self.rect())
            return
        self.label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        # Equally long lines: the second is not left with a single word.
        width = narrowest(self.label, min(self.width(), HINT_WIDTH))
        words, size = self.label.heightForWidth(width), self.button.sizeHint()
        below = size.height() + GAP if self.button.text() else 0
        top = max(0, (self.height() - words - below) // 2)
        self.label.setGeometry((self.width() - width) // 2, top, width, words)
        left = (self.width() - size.width()) // 2
        self.button.setGeometry(QRect(left, top + words + GAP, size.width(), size.height()))
