"""The large picture of the latent under the pointer, beside its tile, with its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from saegui.core.arrays import Array
from saegui.core.runs.latent_notes import NOTHING, Note, title
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, PAD, UNIT
from saegui.ui.widgets.meanings import Meaning
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.text import SMALL_PX, number, small_font

SIDE = 96
"""px: the longer side of a picture."""
NEAREST = 5
"""Texts that are listed."""
CAPTION = 180
"""px that a caption takes at most."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What is said of one latent."""

    latent: int
    decoder: Array
    """In the shape of the model's inputs."""
    decoder_scale: float
    encoder: Array
    encoder_scale: float
    density: float
    measured: str
    """What the density is a share of, such as ``60,000 images``."""
    activation: float | None
    """On the drawing; None when there is no drawing, or one that the model cannot read."""
    dead: bool
    current: str = "drawing"
    """What the input that is shown is called."""
    readable: bool = True
    """Whether the model can read an input of the drawing's shape."""
    note: Note = NOTHING
    """Its star and label."""
    nearest: tuple[str, ...] = ()
    """The texts nearest to the decoder, where inputs were made of texts."""
    axes: tuple[str, ...] = ()
    """Names of a vector's numbers."""
    meaning: Meaning | None = None
    """Where the decoder is a vector: what shows better than a plot what it stands for."""

    @property
    def average(self) -> Array | None:
        """The average of the pictures that activate it, where it is known."""
        means = self.meaning.averages if self.meaning is not None else None
        return None if means is None or not means[self.latent].any() else means[self.latent]


def describe(activation: float | None, readable: bool = True) -> str:
    """What a latent does on the drawing, in words."""
    if activation is None:
        return "nothing drawn" if readable else "not readable"
    return number(activation) if activation else "inactive"


def placed(tile: QRect, size: QSize, screen: QRect) -> QPoint:
    """Where a popup of ``size`` goes: beside ``tile``, wholly on ``screen``, and never over the tile.

    To the right where it fits, else left, below, above. On a screen too small for any of these it stays on
    the screen, as far from the tile as it can.
    """
    y = _clamped(tile.center().y() - size.height() // 2, screen.top(), screen.bottom() + 1 - size.height())
    x = _clamped(tile.center().x() - size.width() // 2, screen.left(), screen.right() + 1 - size.width())
    candidates = [
        QPoint(tile.right() + 1 + GAP, y),
        QPoint(tile.left() - GAP - size.width(), y),
        QPoint(x, tile.bottom() + 1 + GAP),
        QPoint(x, tile.top() - GAP - size.height()),
    ]
    for corner in candidates:
        if screen.contains(QRect(corner, size)):
            return corner
    right = screen.right() - tile.right() >= tile.left() - screen.left()
    return QPoint(max(screen.left(), screen.right() + 1 - size.width()) if right else screen.left(), y)


def _clamped(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


class LatentPreview(QWidget):
    """A window of its own that takes neither focus nor mouse."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        flags = Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint
        super().__init__(parent, flags | Qt.WindowType.WindowTransparentForInput)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Latent under the pointer")
        self._theme = theme
        self.latent: int | None = None
        """The latent that is shown; None while hidden."""
        self.decoder, self.encoder = PictureView(theme, SIDE), PictureView(theme, SIDE)
        self.number, self.state = _label("heading"), _label("")
        self.density, self.activation = _label(""), _label("")
        self._scales = [_label("muted"), _label("muted")]
        layout = QGridLayout(self)
        layout.setContentsMargins(PAD, GAP, PAD, PAD)
        layout.setHorizontalSpacing(GAP)
        layout.setVerticalSpacing(UNIT)
        right = Qt.AlignmentFlag.AlignRight
        layout.addWidget(self.number, 0, 0)
        layout.addWidget(self.state, 0, 1, right)
        layout.addWidget(self.decoder, 1, 0)
        layout.addWidget(self.encoder, 1, 1)
        layout.addWidget(self._scales[0], 2, 0)
        layout.addWidget(self._scales[1], 2, 1)
        layout.setRowMinimumHeight(3, UNIT)
        self.measured = _label("muted")
        self.measured.setWordWrap(True)
        self.measured.setMaximumWidth(CAPTION)
        self.current = _label("muted")
        for row, (caption, value) in enumerate(
            ((self.measured, self.density), (self.current, self.activation)), start=4
        ):
            layout.addWidget(caption, row, 0)
            layout.addWidget(value, row, 1, right)
        self.nearest = [_label("") for _ in range(NEAREST)]
        for row, label in enumerate(self.nearest, start=6):
            layout.addWidget(label, row, 0, 1, 2)

    def show_facts(self, facts: Facts, tile: QRect) -> None:
        """Show a latent beside its ``tile``, which is in global coordinates."""
        self.latent = facts.latent
        words = title(facts.latent, facts.note)
        room = 2 * SIDE - self.state.fontMetrics().horizontalAdvance("alive")
        self.number.setText(self.number.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
        self.state.setText("dead" if facts.dead else "alive")
        self.state.setProperty("problem", facts.dead)
        self.state.style().polish(self.state)
        average = facts.average
        if average is None:
            self.decoder.show_weights(facts.decoder, facts.decoder_scale, facts.axes)
        else:
            assert facts.meaning is not None
            self.decoder.show_ink(average, facts.meaning.shades)
        self.encoder.show_weights(facts.encoder, facts.encoder_scale, facts.axes)
        self._scales[0].setText(
            f"decoder ±{facts.decoder_scale:.2g}" if average is None else "average picture"
        )
        self._scales[1].setText(f"encoder ±{facts.encoder_scale:.2g}")
        self.measured.setText(f"density over {facts.measured}")
        self.density.setText(number(facts.density))
        self.current.setText(f"activation on the {facts.current}")
        self.activation.setText(describe(facts.activation, facts.readable))
        for place, label in enumerate(self.nearest):
            text = facts.nearest[place] if place < len(facts.nearest) else ""
            metrics = label.fontMetrics()
            label.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, 2 * SIDE))
            label.setVisible(bool(text))
        self.adjustSize()
        screen = QGuiApplication.screenAt(tile.center()) or self.screen()
        self.move(placed(tile, self.size(), screen.availableGeometry()))
        if not self.isVisible():
            self.show()

    def dismiss(self) -> None:
        """Hide."""
        self.latent = None
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.tokens.color("panel"))
        painter.setPen(QPen(self._theme.tokens.color("line"), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def _label(kind: str) -> QLabel:
    label = QLabel()
    if kind:
        label.setProperty(kind, True)
    if kind != "heading":
        label.setFont(small_font(label.font(), SMALL_PX))
    return label
