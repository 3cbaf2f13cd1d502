"""What the lines of the curves mean: their colours, a plot's headline and the legend below."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from saegui.ui.theme.line_colours import line_colour
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT

SAMPLE = 14
"""px of line that stand for a curve."""
LINE = 16
"""px a line of text takes."""
_MARGIN = 2
"""px left of a title."""
MAX_NAME, MIN_NAME = 150, 40
"""px of a run's name in the legend: at most, where names share lines and half a line is not more, and at least."""


def _draw_sample(painter: QPainter, left: float, y: float, color: QColor, *, dashed: bool) -> None:
    pen = QPen(color, 1, Qt.PenStyle.CustomDashLine if dashed else Qt.PenStyle.SolidLine)
    if dashed:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.drawLine(QPointF(left, y), QPointF(left + SAMPLE, y))


class _Small(QWidget):
    """Text a little smaller than the body's."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)
        theme.changed.connect(self.update)


class _Value(NamedTuple):
    """A number of a headline."""

    text: str
    x: float
    """Where the text begins; a piece of line, where there is one, stands before it."""
    dashed: bool | None
    """How that line is drawn; None without it."""


class PlotHead(_Small):
    """A plot's title, and on the right its values at the cross-hair, or the latest ones: as many as leave the title free."""

    def __init__(
        self, title: str, help: str, theme: Theme, *, short: str = "", parent: QWidget | None = None
    ) -> None:
        """``short``: the title for where the long one leaves no room for the values; a title that says whose they are."""
        super().__init__(theme, parent)
        self._long, self._short, self._help = title, short or title, help
        self.values: tuple[str, str] = ("", "")
        """Of the training (after a piece of solid line) and of the test (dashed); empty when there is none."""
        self.setFixedHeight(LINE)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._show_tip()

    def show_values(self, train: str, test: str) -> None:
        """Show other values."""
        if (train, test) != self.values:
            self.values = (train, test)
            self._show_tip()
            self.update()

    @property
    def title(self) -> str:
        """The longest title that leaves room for the values."""
        metrics = QFontMetrics(self._bold())
        room = (
            self.width() - 8 - _MARGIN - 2 * GAP - SAMPLE - metrics.horizontalAdvance(self._texts()[-1:][0])
        )
        return self._long if metrics.horizontalAdvance(self._long) <= room else self._short

    def _texts(self) -> list[str]:
        """The values with their names, where the title does not say whose they are."""
        if self._short != self._long:
            return [self.values[0]]
        return [
            f"{name} {text}" for name, text in zip(("train", "test"), self.values, strict=True) if text
        ] or [""]

    @property
    def title_end(self) -> float:
        """Where the title ends, in px."""
        return _MARGIN + QFontMetrics(self._bold()).horizontalAdvance(self.title)

    def placed(self) -> list[_Value]:
        """What is shown beside the title, and where, from left to right.

        Each says whether it is of the training or of the test. Where there is no room for both with their lines, the
        lines go; then the value of the training; at last that of the test too.
        """
        both = [(text, text.startswith("test")) for text in self._texts() if text]
        choices: tuple[list[tuple[str, bool | None]], ...] = (
            [*both],
            [(text, None) for text, _ in both],
            [*both[-1:]],
            [(text, None) for text, _ in both[-1:]],
        )
        for choice in choices:
            found, x = [], self.width() - 8.0
            for text, dashed in reversed(choice):
                x -= self.fontMetrics().horizontalAdvance(text)
                found.append(_Value(text, x, dashed))
                x -= (SAMPLE + UNIT if dashed is not None else 0) + GAP
            if x >= self.title_end:
                return [value for value in reversed(found) if value.text]
        return []

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, metrics = QPainter(self), self._theme.tokens, self.fontMetrics()
        base = (self.height() + metrics.ascent() - metrics.descent()) / 2
        title = self._bold()
        title.setUnderline(bool(self.property("term")))
        painter.setFont(title)
        painter.setPen(tokens.color("muted"))
        painter.drawText(QPointF(_MARGIN, base), self.title)
        painter.setFont(self.font())
        for value in self.placed():
            painter.setPen(tokens.color("text"))
            painter.drawText(QPointF(value.x, base), value.text)
            if value.dashed is not None:
                left, y = value.x - UNIT - SAMPLE, round(base - metrics.xHeight() / 2)
                _draw_sample(painter, left, y, line_colour(tokens, 0), dashed=value.dashed)
        painter.end()

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def _show_tip(self) -> None:
        # What there is no room for is still to be had.
        said = [f"{name} {text}" for name, text in zip(("train", "test"), self.values, strict=True) if text]
        self.setToolTip(
            "<br>".join([f"<b>{self._long}</b>", self._help, *([", ".join(said)] if said else [])])
        )


class Entry(NamedTuple):
    """One line of the curves in the legend."""

    place: int
    """Whose colour: 0 for the current run's, then those of overlays."""
    dashed: bool
    name: str
    value: str = ""
    """At the cross-hair; empty without one."""
    whole: str = ""
    """The name with all its words, where some are left out."""
    brief: str = ""
    """A shorter name, for where there is no room for all names; empty where there is none."""


class Legend(_Small):
    """Pieces of line with their names, flowing into as many lines as there is room for."""

    accessible_role = QAccessible.Role.Graphic

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.entries: list[Entry] = []
        self._brief = False
        """Whether the short names are shown, because the others have no room."""
        self._most = 1
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(LINE)

    def show_entries(self, entries: list[Entry]) -> None:
        """Show other entries."""
        if entries != self.entries:
            self.entries = entries
            text = "\n".join(
                f"{e.whole or e.name}{', dashed' if e.dashed else ''} {e.value}".strip() for e in entries
            )
            self.setToolTip(text)
            self.setAccessibleDescription(text)
            self._fit()
            self.update()

    def set_most_lines(self, count: int) -> None:
        """Take at most ``count`` lines of text; what does not fit is counted at the end."""
        self._most = count
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(100, LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, metrics = QPainter(self), self._theme.tokens, self.fontMetrics()
        places, left_out = self._places()
        drop = (LINE + metrics.ascent() - metrics.descent()) / 2
        for (x, row, _), (entry, name) in zip(places, self.shown(), strict=True):
            base = row * LINE + drop
            _draw_sample(
                painter,
                x,
                round(base - metrics.xHeight() / 2),
                line_colour(tokens, entry.place),
                dashed=entry.dashed,
            )
            painter.setPen(tokens.color("muted"))
            x += SAMPLE + UNIT
            painter.drawText(QPointF(x, base), name)
            if entry.value:
                painter.setPen(tokens.color("text"))
                painter.drawText(QPointF(x + metrics.horizontalAdvance(f"{name} "), base), entry.value)
        if left_out:
            painter.setPen(tokens.color("muted"))
            text = f"+{left_out}"
            base = (self._most - 1) * LINE + drop
            painter.drawText(QPointF(self.width() - metrics.horizontalAdvance(text), base), text)
        painter.end()

    def shown(self) -> list[tuple[Entry, str]]:
        """The entries that there is room for, each with its name as it is written; no two look equal."""
        metrics = self.fontMetrics()
        places, _ = self._places()
        pairs = list(zip(self.entries, places, strict=False))
        cut = [self._name(entry, width) for entry, (_, _, width) in pairs]
        for index, (entry, (_, _, width)) in enumerate(pairs):
            if cut.count(cut[index]) > 1 and cut[index] != self._words(entry):
                number = f" ({index - 1})"
                room = width - metrics.horizontalAdvance(number)
                cut[index] = self._name(entry, room) + number
        return [(entry, name) for (entry, _), name in zip(pairs, cut, strict=True)]

    def _name(self, entry: Entry, width: int | None = None) -> str:
        most = self._longest() if width is None else width
        return self.fontMetrics().elidedText(self._words(entry), Qt.TextElideMode.ElideMiddle, most)

    def _words(self, entry: Entry) -> str:
        return entry.brief if self._brief and entry.brief else entry.name

    def _all_whole(self) -> bool:
        """Whether every name is shown, and none is cut."""
        places, left_out = self._places()
        wide = self.fontMetrics().horizontalAdvance
        return not left_out and all(
            wide(self._words(entry)) <= width
            for entry, (_, _, width) in zip(self.entries, places, strict=True)
        )

    def _longest(self) -> int:
        """px of a name at most: a line of its own where there is one for each, else half a line."""
        others = sum(entry.place > 0 for entry in self.entries)
        return self.width() if others < self._most else max(MAX_NAME, self.width() // 2)

    def _places(self) -> tuple[list[tuple[float, int, int]], int]:
        """(x, line, px for the name) of every entry that fits, and how many do not."""
        advance, x, row = self.fontMetrics().horizontalAdvance, 0.0, 0
        places: list[tuple[float, int, int]] = []
        more = advance("+9") + GAP
        for index, entry in enumerate(self.entries):
            value = advance(f" {entry.value}") if entry.value else 0
            # One px of grace: a text is elided that has exactly its own room.
            name = advance(self._name(entry)) + 1
            last = index == len(self.entries) - 1
            end = self.width() - (more if row == self._most - 1 and not last else 0)
            room = int(end - x) - SAMPLE - UNIT - value
            if x > 0 and name > room and row + 1 < self._most:
                x, row = 0.0, row + 1
                end = self.width() - (more if row == self._most - 1 and not last else 0)
                room = int(end) - SAMPLE - UNIT - value
            name = min(name, room)
            if name < MIN_NAME and name <= advance(self._words(entry)):
                return places, len(self.entries) - index
            places.append((x, row, name))
            x += SAMPLE + UNIT + name + value + 2 * GAP
        return places, 0

    @Slot()
    def _fit(self) -> None:
        self._brief = False
        self._brief = not self._all_whole()
        rows = max((row for _, row, _ in self._places()[0]), default=0) + 1
        if self.height() != rows * LINE:
            self.setFixedHeight(rows * LINE)
