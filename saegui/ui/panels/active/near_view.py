"""The training inputs whose codes are nearest to that of the current input: a strip of them, and one of them larger."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QStackedLayout, QWidget

from saegui.app.near_inputs import COUNT, NearInput
from saegui.app.nouns import Naming, noun_of, said
from saegui.app.services import Services
from saegui.core import on_disk
from saegui.core.analysis.named_axes import axes_of
from saegui.core.arrays import BYTES, Images
from saegui.core.data import Dataset
from saegui.core.data.noun import Noun
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.active.near_strip import NearStrip
from saegui.ui.panels.active.places import LEAST
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import GAP, UNIT
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.pictures import Shades, shades_of
from saegui.ui.widgets.text import class_words, without_common_start
from saegui.ui.widgets.text_list import Entry, TextList

NONE_NEAR = "No training input activates a latent that this input activates."
SEARCHING = "Looking for the nearest training inputs…"
DEEDS = "Click to make it the current input, with Ctrl to compare with it."
BESIDE = "left: nearest training {}, and cosines of codes"
_LARGEST = 280
"""px: the side of the larger picture."""
_WORDS, _LINES = 126, 60
"""px that its words need: beside it, and below it."""


class NearView(QWidget):
    """Pointing at one shows it larger, clicking makes it the current input; with Ctrl it is kept for comparison."""

    keep_asked = Signal(int)
    """The row of a training input that is to be compared with."""

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._state = services, services.state
        self.strip = NearStrip(theme, COUNT)
        self.texts = TextList(theme)
        self.large = PictureView(theme)
        self.words = QLabel("")
        self.words.setProperty("muted", True)
        self.words.setStyleSheet("font-size: 11px")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.empty = EmptyState(theme, "", SEARCHING)
        self._side = QWidget()
        # After the picture, which would move with the number of their lines.
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._side)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.addWidget(self.large, 0, Qt.AlignmentFlag.AlignTop)
        self._beside.addWidget(self.words, 1)
        filled = QWidget()
        row = QHBoxLayout(filled)
        row.setContentsMargins(UNIT, 0, UNIT, 0)
        row.setSpacing(GAP)
        row.addWidget(self.strip)
        row.addWidget(self.texts, 1)
        row.addWidget(self._side, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(filled)
        self.strip.pointed.connect(self._point)
        self.strip.chosen.connect(self._chosen)
        self.strip.kept.connect(self._kept)
        self.texts.chosen.connect(self._chosen)
        services.near_inputs.changed.connect(self.refresh)
        Naming(self._state, self._name_inputs, self)

    def _name_inputs(self, noun: Noun) -> None:
        for view in (self.strip, self.texts):
            view.setAccessibleName(noun.instead_of_input("Nearest training inputs"))
        self.refresh()

    def minimumSizeHint(self) -> QSize:
        return LEAST

    @property
    def current(self) -> NearInput | None:
        """The one that was pointed at, or reached with the keyboard, last."""
        found, place = self._services.near_inputs.found, self.strip.current
        return found[place] if place is not None and place < len(found) else None

    @Slot()
    def refresh(self) -> None:
        """Show what was found, or why nothing is."""
        found, dataset, snapshot = self._services.near_inputs.found, self._state.dataset, self._state.snapshot
        if not found or dataset is None or snapshot is None:
            self._show_none()
            return
        texts = dataset.writes
        self.strip.setVisible(not texts)
        self._side.setVisible(not texts)
        self.texts.setVisible(texts)
        if texts and dataset.items is not None:
            items = dataset.items.train
            entries = [Entry(str(items[each.row]), f"{each.cosine:.2f}", self._told(each)) for each in found]
            self.texts.show_entries(entries)
        else:
            rows = [each.row for each in found]
            images, shades = _pictures(dataset, snapshot, rows)
            names = without_common_start(dataset.classes)
            labels = [
                names[dataset.classes.index(name)] if name else ""
                for name in (_class_of(dataset, row) for row in rows)
            ]
            cosines = [f"{each.cosine:.2f}" for each in found]
            captions = [
                (f"{label} · {cosine}", cosine) if label else (cosine,)
                for label, cosine in zip(labels, cosines, strict=True)
            ]
            self.strip.show_pictures(
                images,
                captions,
                [f"{self._told(each)}\n{said(self._state, DEEDS)}" for each in found],
                shades,
            )
            self._fit()
            self._point(None)
        self._pages.setCurrentIndex(1)

    def _show_none(self) -> None:
        near = self._services.near_inputs
        waits = near.missing or (SEARCHING if near.searching else NONE_NEAR)
        self.empty.label.setText(said(self._state, waits))
        self._pages.setCurrentIndex(0)

    def _told(self, each: NearInput, before_class: str = " · ") -> str:
        dataset, noun, code = self._state.dataset, noun_of(self._state), self._state.code
        assert dataset is not None
        label = _class_of(dataset, each.row)
        words = f"training {noun.one} {each.row:,}{f'{before_class}{class_words(label)}' if label else ''}"
        of = "" if code is None else f" of {code.l0}"
        return f"{words}\ncosine of codes {each.cosine:.3f}\n{each.shared}{of} latents shared"

    @Slot(object)
    def _point(self, place: int | None) -> None:
        """Show the picture at ``place`` larger; the current input for None."""
        dataset, snapshot = self._state.dataset, self._state.snapshot
        found, given = self._services.near_inputs.found, self._state.model_input
        if dataset is None or snapshot is None or given is None or not found:
            return
        if place is None or place >= len(found):
            axes = axes_of(dataset, given.shape)
            self.large.show_ink(given, shades_of(snapshot), axes)
            noun = noun_of(self._state)
            name = f"current {noun.one}"
            self.words.setText(f"{name}\n{BESIDE.format(noun.many)}")
        else:
            images, shades = _pictures(dataset, snapshot, [found[place].row])
            picture = images[0]
            self.large.show_ink(picture, shades, axes_of(dataset, picture.shape))
            # The class has a line of its own: it would be the word that is left over.
            self.words.setText(self._told(found[place], "\n"))
            name = self.words.text().strip().replace("\n", ", ")
        self.large.setAccessibleName(name)

    @Slot(int)
    def _chosen(self, place: int) -> None:
        found, dataset = self._services.near_inputs.found, self._state.dataset
        if place < len(found) and dataset is not None:
            row = found[place].row
            self._state.show_input("train", row, self._told(found[place]).splitlines()[0])

    @Slot(int)
    def _kept(self, place: int) -> None:
        found = self._services.near_inputs.found
        if place < len(found):
            self.keep_asked.emit(found[place].row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The strip is as wide as its pictures; the larger one is as large as what is left allows, with its words
        beside it or below."""
        inside = self.width() - 2 * UNIT - GAP
        taken = self.strip.width_in(inside - _WORDS, self.height())
        left, height = inside - taken, self.height()
        self.strip.setFixedWidth(taken)
        beside, below = min(height, left - GAP - _WORDS), min(left, height - _LINES)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._beside.setDirection(across if beside > below else down)
        self._beside.setSpacing(GAP if beside > below else UNIT)
        self.large.set_side(max(24, min(_LARGEST, max(beside, below))))


def _pictures(dataset: Dataset, snapshot: Snapshot, rows: list[int]) -> tuple[Images, Shades]:
    """What training inputs are looked at by: the pictures that they were made of, or themselves."""
    shades = shades_of(snapshot)
    if dataset.pictures is not None:
        return on_disk.taken(dataset.pictures, np.array(rows)), shades._replace(span=BYTES)
    return on_disk.taken(dataset.train_images, np.array(rows)), shades


def _class_of(dataset: Dataset, row: int) -> str:
    return dataset.classes[int(dataset.train_labels[row])] if dataset.has_labels else ""
