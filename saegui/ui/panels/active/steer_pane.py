"""What steering gives, beside the sliders: the reconstruction, how it differs, and what it re-encodes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from saegui.core.analysis.steering import Steered
from saegui.core.arrays import Shape
from saegui.core.data.noun import INPUT, Noun
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import hundredths, latent_name, read_latent
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.latent_line import LatentLine
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import proportions, shades_of, side_within, size_in, whole
from saegui.ui.widgets.text import SMALL_PX

_FIELD = "Type the number of any latent, or words of its label, and press Enter: it gets a bar, also where the input leaves it off"
HOW = "Drag a bar to set a latent, double-click it to reset it."
SHORT = "Drag a bar; double-click resets it."
KEYS = "With the keyboard: ← and → change the value, Del switches the latent off, Backspace resets it."
SAME = "Re-encodes to the same latents."
COMPARED = "+ appear, − vanish, compared with what the reconstruction before steering re-encodes to."
CAPTION = SMALL_PX + 3
FIELD = 64
"""px of width that the line for a latent's number needs."""
BESIDE = 132
"""px of width that words need beside the pictures."""
LINE = 15
"""px of height of a line of words."""
MOST = 168
LOW = 104
"""px of height below which there are no words, which the tooltip says, so that more of the sliders are in sight."""
NARROW = 122
"""px of width that is enough then."""
SLIM = 168
"""px of width up to which the line for a number is below the pictures."""


@dataclass(frozen=True)
class PaneLayout:
    """One rectangle a part; a caption lies in the ``CAPTION`` px above each picture."""

    pictures: tuple[QRect, QRect]
    field: QRect
    words: QRect


def arrange(width: int, height: int, shape: Shape, field_height: int) -> PaneLayout:
    """Two pictures side by side; the line for a number and the words beside them, or the words below where that is too narrow.

    In a pane that is narrower still the line stands below the pictures, and the words below it where there is room for them.
    """
    proportion = proportions(shape)

    def sized(across: int, high: int) -> QSize:
        side = side_within(proportion, max(across, 8), max(high, 8))
        return size_in(proportion, whole(min(side, MOST), shape))

    if width <= (NARROW if height < LOW else SLIM):
        words_least = 0 if height < LOW else UNIT + LINE
        size = sized((width - GAP) // 2, height - CAPTION - UNIT - field_height - words_least)
        first = QRect(0, CAPTION, size.width(), size.height())
        top = height - field_height if height < LOW else first.bottom() + 1 + UNIT
        field = QRect(0, top, width, field_height)
        words = QRect(0, field.bottom() + 1 + UNIT, width, height - field.bottom() - 1 - UNIT)
        second = first.translated(size.width() + GAP, 0)
        return PaneLayout((first, second), field, words if words.height() >= LINE else QRect())
    beside = sized((width - BESIDE - 2 * GAP) // 2, height - CAPTION)
    lines = 3 if height > 120 else 2 if height > 104 else 1
    below = sized((width - FIELD - 2 * GAP) // 2, height - CAPTION - UNIT - lines * LINE)
    flat = beside.width() * beside.height() * 2 >= below.width() * below.height()
    size = beside if flat else below
    first = QRect(0, CAPTION, size.width(), size.height())
    second = first.translated(size.width() + GAP, 0)
    left = second.right() + 1 + GAP
    field = QRect(left, CAPTION, min(96, width - left), field_height)
    # Flat pictures are lower than the line for a number.
    top = (field.bottom() if flat else max(first.bottom(), field.bottom())) + 1 + UNIT
    words = QRect(left if flat else 0, top, width - left if flat else width, height - top)
    return PaneLayout((first, second), field, words)


class SteerPane(QWidget):
    """Shows a :class:`Steered`; ``asked`` says the latent whose number was typed, or the text that is no number."""

    asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steered, self.difference = PictureView(theme, parent=self), PictureView(theme, parent=self)
        self.field = LatentLine(self, words=True)
        self.field.setPlaceholderText("set #")
        self.field.setAccessibleName("Latent to set")
        self.name_inputs(INPUT)
        self.words = QLabel(HOW, self)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._captions = [QLabel(words, self) for words in ("steered", "difference")]
        self._shape: Shape = (1, 1)
        self._result: Steered | None = None
        for label in (*self._captions, self.words):
            label.setStyleSheet("font-size: 11px")
            label.setProperty("muted", True)
        tips = (
            "The reconstruction from the activations that are set.",
            "That reconstruction, less the one before steering; in the colours of contributions.",
        )
        for view, name, tip in zip(
            (self.steered, self.difference), ("steered reconstruction", "difference"), tips, strict=True
        ):
            view.setAccessibleName(name)
            view.setAccessibleDescription(tip)
            view.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.field.returnPressed.connect(self._entered)

    def name_inputs(self, noun: Noun) -> None:
        """Call inputs so in explanations."""
        self.field.setToolTip(noun.instead_of_input(_FIELD))

    def show_result(
        self,
        result: Steered | None,
        snapshot: Snapshot | None,
        on: bool,
        full_colour: float,
        axes: Sequence[str] = (),
    ) -> None:
        """Show what steering gives; ``on``: whether any latent is set; ``full_colour``: the ends of the difference's colours;
        ``axes``: names of a vector's numbers."""
        self._result = result if on else None
        if result is None or snapshot is None:
            self.steered.clear()
            self.difference.clear()
        else:
            self.steered.show_ink(result.reconstruction, shades_of(snapshot), axes)
            self.difference.show_weights(result.difference, full_colour, axes)
            if snapshot.shape != self._shape:
                self._shape = snapshot.shape
                self._place()
        self._say()

    # -- inside ---------------------------------------------------------------------------------------

    @Slot()
    def _entered(self) -> None:
        text = self.field.text()
        if text.strip():
            latent = read_latent(text)
            self.asked.emit(text if latent is None else latent)

    def _say(self) -> None:
        """In as many words as there is room for; the tooltip says all."""
        result = self._result
        if result is None:
            text, whole_text = next(filter(self._has_room, (HOW, SHORT)), ""), f"{HOW}\n{KEYS}"
        else:
            most = max(len(result.appearing), len(result.vanishing))
            whole_text = f"{_changes(result, most, values=True)}\n{COMPARED}"
            tried = [(min(most, 12), True), *((count, False) for count in range(min(most, 12), -1, -1))]
            for count, values in tried:
                text = _changes(result, count, values=values)
                if self._has_room(text):
                    break
        if text != self.words.text():
            self.words.setText(text)
        self.words.setToolTip(whole_text)
        self.setToolTip(whole_text)

    def _has_room(self, text: str) -> bool:
        room, flags = self.words.size(), Qt.TextFlag.TextWordWrap
        needed = self.words.fontMetrics().boundingRect(0, 0, max(1, room.width()), 10_000, flags, text)
        return needed.height() <= room.height()

    def sizeHint(self) -> QSize:
        return QSize(190, 92)

    def minimumSizeHint(self) -> QSize:
        return QSize(102, 80)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
        self._say()

    def _place(self) -> None:
        width = self.width() - UNIT
        layout = arrange(width, self.height(), self._shape, self.field.sizeHint().height())
        for view, caption, place in zip(
            (self.steered, self.difference), self._captions, layout.pictures, strict=True
        ):
            view.set_side(max(place.width(), place.height()))
            view.setGeometry(place)
            beside = place.width() + GAP - 1 if place == layout.pictures[0] else width - place.x()
            caption.setGeometry(place.x(), 0, beside, CAPTION - 1)
        self.words.setHidden(layout.words.isEmpty())
        self.field.setGeometry(layout.field)
        self.words.setGeometry(layout.words)


def _changes(result: Steered, most: int, *, values: bool) -> str:
    """What appears and what vanishes, at most so many latents of each; ``values``: with the activations of the new ones."""
    new, gone = result.appearing, result.vanishing
    if not len(new) and not len(gone):
        return SAME
    parts = [
        f"{sign} {_listed(latents, result.reencoded if values and sign == '+' else None, most)}"
        for sign, latents in (("+", new), ("−", gone))
        if len(latents)
    ]
    return f"Re-encodes to {' '.join(parts)}"


def _listed(latents: NDArray[np.intp], values: NDArray[np.float32] | None, most: int) -> str:
    named = [
        latent_name(latent) if values is None else f"{latent_name(latent)} {hundredths(values[latent])}"
        for latent in latents[:most].tolist()
    ]
    left = len(latents) - len(named)
    if left:
        named.append(f"{left:,} more" if named else f"{left:,}")
    return ", ".join(named)
