"""The page of inputs: each test input a point by its code, in the colour of its class, the drawing among them."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter, QPixmap

from saegui.app.code_map import Method
from saegui.app.nouns import noun_of
from saegui.app.services import Services
from saegui.app.settings import choice
from saegui.core.analysis.code_map import NEAREST, CodeMap
from saegui.core.analysis.latent_order import Indices
from saegui.core.figures.class_marks import MOST
from saegui.ui.panels.map.cloud import Axis, Cloud, Look, component_axes
from saegui.ui.panels.map.legend import Legend
from saegui.ui.panels.map.map_view import MapView
from saegui.ui.panels.map.page import AGAIN, Page
from saegui.ui.theme.theme import Theme
from saegui.ui.widgets.accessible import announce
from saegui.ui.widgets.pictures import (
    Shades,
    ink_image,
    paint_ink_plot,
    paint_picture,
    proportions,
    shades_of,
    size_in,
)
from saegui.ui.widgets.text import class_words

METHODS: dict[Method, str] = {"pca": "by code: PCA", "tsne": "by code: t-SNE"}
_FIRST: Method = "pca"
METHOD = choice("map/inputs", _FIRST, tuple(METHODS))
KEPT = 64
"""Pictures of inputs that are kept."""
PLACED = {
    "pca": "The drawing lies where its code does.",
    "tsne": f"The drawing lies at the mean of the {NEAREST} nearest codes by cosine, as t-SNE places no further points.",
}
ALL_EQUAL = "The codes of all test inputs are equal, so there is no map of them."
HOW = "Wheel: zoom. Drag: move. Click: make it the current {0.one}. Arrow keys: next {0.one}, Enter takes it. Double-click or 0: whole map."


class InputsPage(Page):
    """Shows what :class:`saegui.app.code_map.CodeMapControl` finds, which it does while this is in sight."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__(services, theme)
        self.control = services.code_map
        self.view = MapView(theme)
        self.view.pictures_as_points = False
        self.view.picture_of = self.picture
        self.legend = Legend(theme)
        self._pictures: OrderedDict[tuple[int, int], QPixmap] = OrderedDict()
        chosen = services.settings.get(METHOD)
        self.offer("Map of inputs", "What decides where an input lies", METHODS, chosen)
        self.whole = self.button("Fit", "Show the whole map (double-click, or 0)")
        self.inside.addWidget(self.view, 1)
        self.inside.addWidget(self.legend)
        self.control.set_method(chosen)
        self._watched = False
        self._pointed: int | None = None
        services.exporter.coded = self.coded
        self.choices.activated.connect(self._method_chosen)
        self.whole.clicked.connect(self.view.fit)
        self.control.changed.connect(self.refresh)
        self.control.drawing_moved.connect(self._drawing_moved)
        self.legend.chosen.connect(self._class_chosen)
        self.view.pointed_at.connect(self._point)
        self.view.chosen.connect(self._take)
        theme.changed.connect(self._recolour)
        self.state.dataset_changed.connect(self._recolour)

    @property
    def figure(self) -> str:
        return "code-map"

    @property
    def method(self) -> Method:
        """What decides where inputs lie."""
        return self.control.method

    def coded(self) -> CodeMap | None:
        """The map that is in sight, for its figure."""
        return self.control.value if self._watched and not self.state.busy else None

    def set_method(self, method: Method) -> None:
        """Draw another map; remembered."""
        self.services.settings.set(METHOD, method)
        self.choices.setCurrentIndex(self.choices.findData(method))
        self.control.set_method(method)

    def watch(self, watched: bool) -> None:
        self._watched = watched
        self.control.watch(watched)

    # -- what changes ---------------------------------------------------------------------------------------------

    @Slot(int)
    def _method_chosen(self, index: int) -> None:
        self.set_method(self.choices.itemData(index))

    @Slot()
    def _recolour(self) -> None:
        self._pictures.clear()

    @Slot()
    def refresh(self) -> None:
        if not self._watched:
            return
        found, dataset = self.control.value, self.state.dataset
        if found is not None and len(found.x) and not (np.ptp(found.x) or np.ptp(found.y)):
            self.show_chart(False, noun_of(self.state).instead_of_input(ALL_EQUAL))
        elif found is not None and dataset is not None and self.state.snapshot is not None:
            self.legend.set_classes(dataset.classes if dataset.has_labels else ())
            self.view.show_cloud(self._cloud(found), self._look(found.inputs))
            self.view.setAccessibleName(f"Map of test {dataset.noun.many}")
            self.show_chart(True)
        else:
            self.show_chart(False, self.control.said, AGAIN if self.control.can_try_again else "")
        self._drawing_moved()
        self._read()

    def help_out(self) -> None:
        self.control.try_again()

    def _cloud(self, found: CodeMap) -> Cloud:
        run, dataset = self.state.run, self.state.dataset
        key = self.method, run.path if run is not None else None, dataset.title if dataset is not None else ""
        if found.basis is None:
            across, up = Axis("alike codes are near; distances between groups say little"), Axis("t-SNE")
        else:
            across, up = component_axes(found.basis.shares)
        return Cloud(found.inputs, found.x, found.y, True, across, up, key)

    def _look(self, inputs: Indices) -> Look:
        dataset = self.state.dataset
        if dataset is None or not dataset.has_labels or len(dataset.classes) > MOST:
            return Look()
        labels = dataset.test_labels[inputs].astype(np.intp)
        alone = self.legend.value
        return Look(labels, None if alone is None else labels != alone)

    @Slot(object)
    def _class_chosen(self, label: int | None) -> None:
        self.view.show_look(self._look(self.view.cloud.ids))

    @Slot()
    def _drawing_moved(self) -> None:
        self.view.mark_drawing(self.control.drawing)

    @Slot(object)
    def _point(self, number: int | None) -> None:
        self._pointed = number
        self.view.mark(None, number)
        self._read()

    @Slot(object)
    def _take(self, number: int) -> None:
        """Make a test input the current one."""
        dataset = self.state.dataset
        if dataset is not None and number < len(dataset.test_images):
            self.state.show_input("test", number, self.words_of(number))
            announce(self.view, self.words_of(number))

    # -- words and pictures ---------------------------------------------------------------------------------------

    def words_of(self, number: int) -> str:
        """``test image 12 · class 7``."""
        dataset = self.state.dataset
        if dataset is None or number >= len(dataset.test_images):
            return ""
        words = f"test {dataset.noun.one} {number}"
        if dataset.has_labels:
            words += f" · {class_words(dataset.classes[int(dataset.test_labels[number])])}"
        return words

    def _read(self) -> None:
        """Say what is under the pointer, else what there is."""
        found, dataset, noun = self.control.value, self.state.dataset, noun_of(self.state)
        if found is None or dataset is None:
            self.reading.setText("")
            return
        total = len(dataset.test_images)
        whole = f"{len(found.inputs):,} test {noun.many}" + (
            f", evenly chosen from {total:,}" if total > len(found.inputs) else ""
        )
        if dataset.has_labels and len(dataset.classes) > MOST:
            whole += f"; {len(dataset.classes)} classes are too many for colours"
        whole = ". ".join(part for part in (whole, self.control.said.rstrip(".")) if part) + "."
        said = whole
        if self._pointed is not None:
            said = self.words_of(self._pointed)
            if dataset.items is not None and dataset.items.are_texts:
                said += f" · {dataset.items.test[self._pointed]}"
        self.reading.setText(said)
        how = f"{noun.instead_of_input(PLACED[self.method])} {HOW.format(noun)}"
        self.reading.setToolTip("\n".join([*([said, whole] if said != whole else [whole]), how]))
        self.view.setAccessibleDescription(f"{said} {whole if said != whole else ''} {how}".strip())

    def picture(self, number: int, side: int) -> QPixmap | None:
        """A test input, or the picture that it was made of; None for a text."""
        dataset = self.state.dataset
        if dataset is None or dataset.writes or number >= len(dataset.test_images):
            return None
        key = number, side
        if key not in self._pictures:
            pictures = dataset.test_images if dataset.items is None else dataset.items.test
            self._pictures[key] = self._painted(np.asarray(pictures[number]), side)
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
        return self._pictures[key]

    def _painted(self, values: np.ndarray, side: int) -> QPixmap:
        tokens, shades = self.theme.tokens, shades_of(self.state.snapshot)
        size = size_in(proportions(values.shape), side)
        made = QPixmap(size * 2)
        made.setDevicePixelRatio(2)
        painter = QPainter(made)
        room = QRectF(0, 0, size.width(), size.height())
        if values.ndim == 1:
            paint_ink_plot(painter, room, values, tokens, shades.span)
        else:
            painter.fillRect(room, tokens.color("paper"))
            paint_picture(painter, room, ink_image(values, tokens, Shades(shades.span, shades.ink)))
        painter.end()
        return made
