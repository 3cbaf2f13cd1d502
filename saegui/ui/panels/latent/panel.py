"""The latent panel: what one latent looks for, what it draws, and the images it is on for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from saegui.app.services import Services
from saegui.core.analysis.latent_order import dead_latents
from saegui.core.analysis.latent_stats import N_EXAMPLES, LatentStats
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot
from saegui.ui.panels.latent.bars import BarChart, HistogramRange, class_bars, histogram_bars, log_place
from saegui.ui.panels.latent.examples import Example, ExamplesView
from saegui.ui.panels.latent.layout import CAPTION, STRIP_HEAD, Layout, arrange
from saegui.ui.panels.latent.parts import NOT_YET, Header, Notice, Numbers, Strip, label
from saegui.ui.panels.panel import Panel
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import UNIT
from saegui.ui.widgets.empty_state import EmptyState
from saegui.ui.widgets.picture_view import PictureView
from saegui.ui.widgets.text import SMALL_PX, number, small_font
from saegui.ui.widgets.weight_scales import Scales, weights_of

_ENCODER = "What the latent looks for: its column of the encoder."
_DECODER = "What the latent draws: its row of the decoder."
_SCALE = "The middle colour is zero; all latents share one scale."
_HISTOGRAM = (
    "How many training images give the latent which activation, where it is on. "
    "Both axes are logarithmic; the scale is the same for all latents."
)
_CLASSES = "Mean activation over all training images of each class."


class LatentPanel(Panel):
    """Shows the latent under the pointer, else the selected one.

    The parts are placed by :func:`saegui.ui.panels.latent.layout.arrange`, not by Qt's layouts: what changes under a moving
    pointer must not make the window lay itself out again.
    """

    name = "latent"
    title = "Latent"
    help = "What one latent looks for, what it draws, and the images it is on for."
    figures = ("latent",)

    def __init__(self, services: Services, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(services, theme, parent)
        self._latent: int | None = None
        self._scales: tuple[Snapshot, LatentStats | None, Scales] | None = None
        self._range: tuple[LatentStats, HistogramRange] | None = None
        self._pictured: tuple[Scales, int] | None = None
        self._stale = True
        self.empty = EmptyState(theme, "Click a feature tile to see what it stands for.", parent=self)
        self.body = QWidget(self)
        self.header = Header(theme, self.body)
        self.encoder, self._encoder_caption = self._picture("encoder", _ENCODER)
        self.decoder, self._decoder_caption = self._picture("decoder", _DECODER)
        self.numbers = Numbers(theme, self.body)
        self.histogram = BarChart(theme, "images by activation", _HISTOGRAM, self.body)
        self.classes = BarChart(theme, "mean activation per class", _CLASSES, self.body)
        self._strips = [Strip(theme, title, self.body) for title in ("Most active", "Random")]
        self.top, self.sample = (strip.view for strip in self._strips)
        self.top_button = self._switch("Top", "The training images that activate this latent most")
        self.sample_button = self._switch("Random", "Random training images on which this latent is on")
        self.top_button.setChecked(True)
        self.hint = Notice(self.body)
        self.body.hide()
        self._set_tab_order()
        self._connect()

    # -- building -----------------------------------------------------------------------------------------------------

    def _picture(self, words: str, help: str) -> tuple[PictureView, QLabel]:
        view = PictureView(self.theme, parent=self.body)
        view.setAccessibleName(f"{words} picture")
        view.setToolTip(f"{help} {_SCALE}")
        return view, label(self.body, words, muted=True, pixels=SMALL_PX)

    def _switch(self, which: str, tip: str) -> QToolButton:
        button = QToolButton(self.body)
        button.setText(f"{which} {N_EXAMPLES}")
        button.setFont(small_font(self.font(), SMALL_PX))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setAccessibleName(f"Show {which.lower()} {N_EXAMPLES} examples")
        button.setToolTip(tip)
        return button

    def _set_tab_order(self) -> None:
        header = (self.header.previous, self.header.field, self.header.next)
        rest = (self.top_button, self.sample_button, self.top, self.sample, self.hint.button)
        for first, second in pairwise((*header, *rest)):
            QWidget.setTabOrder(first, second)

    def _connect(self) -> None:
        state = self.state
        for signal in (
            state.selection_changed,
            state.hover_changed,
            state.snapshot_changed,
            state.stats_changed,
            state.dataset_changed,
            state.phase_changed,
            self.services.stats.running_changed,
            self.services.data.changed,
            self.header.field.left,
        ):
            signal.connect(self.refresh)
        state.code_changed.connect(self._show_drawing)
        self.header.previous.clicked.connect(self._go_back)
        self.header.next.clicked.connect(self._go_on)
        self.header.field.stepped.connect(self._go)
        self.header.field.returnPressed.connect(self._typed)
        self.top_button.toggled.connect(self._place)
        self.top.chosen.connect(self._choose_top)
        self.sample.chosen.connect(self._choose_sample)
        self.hint.button.clicked.connect(self._help_out)

    # -- showing ------------------------------------------------------------------------------------------------------

    @property
    def latent(self) -> int | None:
        """The latent that is shown, or None."""
        return self._latent

    @Slot()
    def refresh(self) -> None:
        """Show what the state says now; a panel that cannot be seen waits until it can."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        snapshot, latent = self.state.snapshot, self.state.previewed
        # A selection outlives its snapshot for the moment in which a smaller dictionary is opened.
        there = snapshot is not None and latent is not None and latent < snapshot.n_latents
        self._latent = latent if there else None
        if snapshot is not None and latent is not None and there:
            self._show_header(snapshot, latent)
            self._show_pictures(snapshot, latent)
            self._show_numbers(snapshot, latent)
            self._show_statistics(latent)
            self._show_drawing()
        self.empty.setVisible(not there)
        self.body.setVisible(there)

    def _show_header(self, snapshot: Snapshot, latent: int) -> None:
        stats, dataset, state = self.state.stats, self.state.dataset, self.state
        dead = " · dead" if stats is not None and stats.density[latent] == 0 else ""
        if stats is None or dataset is None:
            origin = "while training"
            tip = "The density is the training's own estimate over its last epoch; the rest is not measured."
        else:
            origin = f"measured over {stats.n_images:,} images"
            tip = f"Measured over the {stats.n_images:,} training images of {dataset.title}."
            if dataset.name != snapshot.config.dataset:
                origin = f"measured on {dataset.title}"
                tip += " The run was trained on other images."
        preview = "preview · " if state.hovered is not None and state.hovered != state.selected else ""
        self.header.show_latent(latent, dead, preview + origin, tip)

    def _show_pictures(self, snapshot: Snapshot, latent: int) -> None:
        stats = self.state.stats
        if self._scales is None or self._scales[0] is not snapshot or self._scales[1] is not stats:
            # The grid's own scale, which leaves out the dead: one colour means one weight in both.
            self._scales = snapshot, stats, Scales(snapshot, dead_latents(snapshot, stats), "shared")
        scales = self._scales[2]
        if self._pictured is not None and self._pictured[0] is scales and self._pictured[1] == latent:
            return
        self._pictured = scales, latent
        self.encoder.show_weights(weights_of(snapshot, "encoder", [latent])[0], scales.shared("encoder"))
        self.decoder.show_weights(weights_of(snapshot, "decoder", [latent])[0], scales.shared("decoder"))

    def _show_numbers(self, snapshot: Snapshot, latent: int) -> None:
        stats, dataset, numbers = self.state.stats, self.state.dataset, self.numbers
        if stats is None or dataset is None:
            share = float(snapshot.density[latent])
            numbers.set(
                "density", number(share), more=f"{share:.2%} of the images of the training's last epoch."
            )
        else:
            share = float(stats.density[latent])
            numbers.set(
                "density",
                number(share),
                more=f"{share:.2%}: {stats.count(latent):,} of {stats.n_images:,} training images.",
            )
            if share > 0:
                purest = dataset.classes[int(np.argmax(stats.class_means[latent]))]
                numbers.set("maximum", number(float(stats.maximum[latent])))
                numbers.set("mean", number(float(stats.mean_active[latent])))
                numbers.set("purity", f"{stats.purity(latent):.2f}", caption=f"purity for {purest}")
                return
        for name in ("maximum", "mean", "purity"):
            numbers.set(name, NOT_YET)

    def _show_statistics(self, latent: int) -> None:
        stats, dataset = self.state.stats, self.state.dataset
        if stats is not None and dataset is not None and stats.density[latent] > 0:
            if self._range is None or self._range[0] is not stats:
                self._range = stats, HistogramRange.of(stats.edges, stats.histogram)
            self.histogram.set_bars(histogram_bars(self._range[1], stats.histogram[latent], stats.n_images))
            self.classes.set_bars(class_bars(stats.class_means[latent], dataset.classes))
            _show_examples(self.top, dataset, stats.top[latent], stats.top_values[latent])
            _show_examples(self.sample, dataset, stats.sample[latent], stats.sample_values[latent])
            self._name_strips(stats.count(latent))
            self._tell("", "")
            return
        if self.histogram.bars is not None:
            for view in (self.histogram, self.classes, self.top, self.sample):
                view.clear()
        self._tell(*self._what_is_missing())

    def _name_strips(self, on: int) -> None:
        shown = len(self.top.examples)
        if on > shown:
            top = f"Top {shown}: the training images that activate it most"
            sample = f"Random {shown} of the {on:,} training images on which it is on"
        else:
            top = sample = (
                f"All {on} training images on which it is on" if on > 1 else "The one image it is on for"
            )
        for strip, title in zip(self._strips, (top, sample), strict=True):
            strip.title.setText(title)
            strip.view.setAccessibleName(title)

    def _what_is_missing(self) -> tuple[str, str]:
        """(why there are no statistics, the button that helps)."""
        stats, dataset, data = self.state.stats, self.state.dataset, self.services.data
        if stats is not None:
            return f"dead: never on for any of {stats.n_images:,} training images", ""
        if dataset is None and data.loading:
            return "Examples appear when the images are loaded.", ""
        if dataset is None:
            return data.problem or "Examples and statistics need the training images.", "Load images"
        if self.state.phase in ("training", "stopping"):
            return "Examples appear when the training pauses.", ""
        if self.services.stats.running:
            return f"Measuring over {len(dataset.train_images):,} images…", ""
        return "The latents could not be measured.", "Try again"

    def _tell(self, sentence: str, button: str) -> None:
        if (sentence, button) != (self.hint.text, self.hint.button.text()):
            self.hint.tell(sentence, button)
            self._place()

    @Slot()
    def _show_drawing(self) -> None:
        """What the latent does on the drawing: all that changes while the pen moves."""
        if not self.isVisible() or self._latent is None:
            return
        code, stats = self.state.code, self.state.stats
        there = code is not None and self._latent < len(code.z)
        value = float(code.z[self._latent]) if code is not None and there else 0.0
        self.numbers.set("drawing", number(value) if value > 0 else "off" if there else NOT_YET)
        self.numbers.mark_on(value > 0)
        if (
            value > 0
            and self.histogram.bars is not None
            and self._range is not None
            and self._range[0] is stats
        ):
            place = log_place(self._range[1].edges, value)
            self.histogram.set_marker(place, f"on the drawing: {number(value)}")
        else:
            self.histogram.set_marker(None)

    # -- acting -------------------------------------------------------------------------------------------------------

    @Slot()
    def _go_back(self) -> None:
        self._go(-1)

    @Slot()
    def _go_on(self) -> None:
        self._go(1)

    @Slot(int)
    def _go(self, by: int) -> None:
        start = self.state.selected if self.state.selected is not None else self._latent
        if start is not None and self.state.snapshot is not None:
            self.state.select((start + by) % self.state.snapshot.n_latents)

    @Slot()
    def _typed(self) -> None:
        snapshot, text = self.state.snapshot, self.header.field.text()
        if snapshot is None or self._latent is None:
            return
        if text and int(text) >= snapshot.n_latents:
            last = snapshot.n_latents - 1
            self.state.tell("warn", f"There is no latent {int(text):,}; they are numbered 0 to {last:,}.")
        elif text:
            self.state.select(int(text))
        self.header.field.reset(self._latent)

    @Slot(int)
    def _choose_top(self, place: int) -> None:
        self._choose(self.top.examples[place])

    @Slot(int)
    def _choose_sample(self, place: int) -> None:
        self._choose(self.sample.examples[place])

    def _choose(self, example: Example) -> None:
        if self.state.dataset is not None:
            self.state.set_image(self.state.dataset.train_images[example.index], example.title)

    @Slot()
    def _help_out(self) -> None:
        if self.state.dataset is not None:
            self.services.stats.refresh()
        elif self.state.snapshot is not None:
            self.services.data.show(self.state.snapshot.config.dataset)

    # -- placing ------------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 270)

    def sizeHint(self) -> QSize:
        return QSize(340, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.empty.setGeometry(self.rect())
        self.body.setGeometry(self.rect())
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @Slot()
    def _place(self) -> None:
        places = arrange(self.width(), self.height())
        self.header.setGeometry(places.header)
        self.encoder.setGeometry(places.encoder)
        self.decoder.setGeometry(places.decoder)
        for caption, above in (
            (self._encoder_caption, places.encoder),
            (self._decoder_caption, places.decoder),
        ):
            caption.setGeometry(above.left(), above.bottom() + 1, above.width(), CAPTION)
        self.numbers.setGeometry(places.numbers)
        self.histogram.setGeometry(places.histogram)
        self.classes.setGeometry(places.classes)
        self._place_examples(places)

    def _place_examples(self, places: Layout) -> None:
        told, both = bool(self.hint.text), len(places.strips) == 2
        # Nothing will come by itself: then empty frames promise too much, and the words take their place.
        instead = told and (self.state.stats is not None or bool(self.hint.button.text()))
        shown = (both or self.top_button.isChecked(), both or self.sample_button.isChecked())
        for i, strip in enumerate(self._strips):
            strip.setGeometry(places.strips[i if both else 0])
            strip.title.setVisible(both and not told)
            strip.setVisible(shown[i] and not instead)
        head = QRect(places.strips[0].topLeft(), QSize(places.strips[0].width(), STRIP_HEAD))
        x = head.left()
        for button in (self.top_button, self.sample_button):
            width = button.sizeHint().width()
            button.setGeometry(x, head.top() - 2, width, STRIP_HEAD)
            button.setVisible(not both and not told)
            x += width + UNIT
        for chart in (self.histogram, self.classes):
            chart.setVisible(not instead)
        every = places.histogram.united(places.classes).united(places.strips[0]).united(places.strips[-1])
        self.hint.setGeometry(every if instead else head)
        self.hint.setVisible(told)
        self.hint.raise_()


def _show_examples(
    view: ExamplesView, dataset: Dataset, indices: NDArray[np.int32], values: NDArray[np.float32]
) -> None:
    """The images at ``indices``; those that are −1 do not exist."""
    found = indices[indices >= 0]
    known = zip(found.tolist(), dataset.train_labels[found].tolist(), values.tolist(), strict=False)
    examples = [Example(index, dataset.classes[name], value) for index, name, value in known]
    view.show_examples(np.asarray(dataset.train_images[found]), examples)
