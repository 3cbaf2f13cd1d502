"""The current drawing through both models: reconstructions and codes beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from saegui.app.code import Code
from saegui.app.compare import Found, active_pairs
from saegui.app.nearest import Near
from saegui.core.arrays import Floats
from saegui.core.numbers import latent_name
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import shades_of
from saegui.ui.widgets.text import SMALL_PX, error, number, small_font

ROW = 16
"""px of a pair of activations."""
MOST = 64
TEXTS, TEXT_PX = 3, 100
"""Texts below a reconstruction of texts, and px of each."""
SIGNS = "hollow bars: below zero"
NOTHING = "Nothing is encoded yet: the codes in both models will stand here."


def _cut(label: QLabel, text: str) -> str:
    return label.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, TEXT_PX)


class _Line(NamedTuple):
    """Activations of a pair of latents; None for a latent without a partner."""

    a: int | None
    b: int | None
    z_a: float
    z_b: float

    @property
    def words(self) -> str:
        a, b = (
            "no partner" if latent is None else f"{latent_name(latent)} {number(z)}"
            for latent, z in ((self.a, self.z_a), (self.b, self.z_b))
        )
        return f"A {a}, B {b}"


class Codes(QWidget):
    """A row for each pair that is active on the drawing: bars of both activations, back to back."""

    accessible_role = QAccessible.Role.Chart

    chosen = Signal(object, object)
    """The latents of A and of B of a row that was clicked; one of them may be None."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: list[_Line] = []
        """What is shown, the strongest first."""
        self._selected: int | None = None
        self.setAccessibleName("Codes in both models")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def show_codes(self, found: Found | None, a: Code | None, b: Code | None) -> None:
        """Show both codes; nothing where one of them is missing."""
        self.lines = []
        if found is not None and a is not None and b is not None and len(a.z) == found.a.n_latents:
            for x, y in active_pairs(found, a, b, MOST):
                z_a, z_b = float(a.z[x]) if x is not None else 0.0, float(b.z[y]) if y is not None else 0.0
                self.lines.append(_Line(x, y, z_a, z_b))
        said = "; ".join(line.words for line in self.lines[:8])
        self.setAccessibleDescription(said or NOTHING)
        self.update()

    def mark(self, a: int | None) -> None:
        """Set off the row of the selected latent."""
        self._selected = a
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, 8 * ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(140, 2 * ROW)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y()) // ROW
        if 0 <= place < len(self.lines):
            self.chosen.emit(self.lines[place].a, self.lines[place].b)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), self._theme.tokens
        painter.setFont(small_font(self.font(), SMALL_PX))
        if not self.lines:
            painter.setPen(tokens.color("muted"))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), wrapped, NOTHING)
            return
        most = max(max(abs(line.z_a), abs(line.z_b)) for line in self.lines)
        wide = painter.fontMetrics().horizontalAdvance
        name = max(wide(latent_name(x)) for line in self.lines for x in line[:2] if x is not None) + UNIT
        middle = self.width() / 2
        bar = max(4.0, middle - name - UNIT)
        for place, line in enumerate(self.lines):
            top = place * ROW
            if top + ROW > self.height():
                break
            if line.a is not None and line.a == self._selected:
                painter.fillRect(QRectF(0, top, self.width(), ROW), tokens.color("accent", 0.15))
            self._paint_line(painter, line, top, middle, bar, most)

    def _paint_line(
        self, painter: QPainter, line: _Line, top: int, middle: float, bar: float, most: float
    ) -> None:
        tokens = self._theme.tokens
        for which, latent, z in ((0, line.a, line.z_a), (1, line.b, line.z_b)):
            left = which == 0
            width = bar * abs(z) / most if most > 0 else 0
            rect = QRectF(middle - 2 - width if left else middle + 2, top + 3, width, ROW - 6)
            colour = QColor(tokens.series[which])
            if z < 0:
                # Nothing but the colour's own edge: a size, on the other side of zero.
                painter.setPen(colour)
                painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                painter.fillRect(rect, colour)
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            painter.setPen(tokens.color("text" if z else "muted"))
            words = "–" if latent is None else latent_name(latent)
            painter.drawText(QRectF(0, top, self.width(), ROW), side | Qt.AlignmentFlag.AlignVCenter, words)


class DrawingPane(QWidget):
    """Two reconstructions with their errors above the two codes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = tuple(PictureView(theme, 72) for _ in range(2))
        self.numbers = tuple(QLabel() for _ in range(2))
        self.codes = Codes(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(0)
        for which, (picture, label) in enumerate(zip(self.pictures, self.numbers, strict=True)):
            picture.setAccessibleName(f"Reconstruction by {'AB'[which]}")
            label.setProperty("muted", True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setFont(small_font(self.font(), SMALL_PX))
            label.setMinimumWidth(1)
            grid.addWidget(picture, 0, which, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(label, 1, which)
        self.signs = QLabel(SIGNS)
        """What hollow bars are, where there are some."""
        self.signs.setProperty("muted", True)
        self.signs.setFont(small_font(self.font(), SMALL_PX))
        self.signs.hide()
        column.addLayout(grid)
        column.addWidget(self.signs)
        column.addWidget(self.codes, 1)

    def show_drawing(
        self,
        found: Found | None,
        a: Code | None,
        b: Code | None,
        axes: tuple[str, ...] = (),
        nearest: Callable[[Floats], Sequence[Near]] = lambda _: (),
    ) -> None:
        """Show what both models make of the drawing; ``axes`` are the names of a row's numbers, ``nearest`` the texts
        nearest to a reconstruction."""
        models = (None, None) if found is None else (found.a, found.b)
        for which, (model, code) in enumerate(zip(models, (a, b), strict=True)):
            picture, label = self.pictures[which], self.numbers[which]
            if model is None or code is None or found is None or b is None:
                picture.clear()
                label.setText("AB"[which])
                continue
            picture.show_ink(code.reconstruction, shades_of(model), axes)
            lines = [f"{'AB'[which]}: MSE {error(code.mse)}", f"L0 {code.l0}"]
            texts = [near.text for near in nearest(code.reconstruction)]
            label.setText("\n".join([*lines, *(_cut(label, text) for text in texts[:TEXTS])]))
            label.setToolTip(f"Nearest to the reconstruction: {', '.join(texts)}" if texts else "")
        self.codes.show_codes(found, a, b)
        self.signs.setVisible(any(min(line.z_a, line.z_b) < 0 for line in self.codes.lines))
