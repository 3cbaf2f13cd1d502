"""The latent panel: what one latent looks for, what it draws, and the images it is on for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPalette,
    QRegularExpressionValidator,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from saegui.app.explorer import Explorer
from saegui.core.analysis import N_EXAMPLES, LatentStats
from saegui.core.data import Dataset
from saegui.core.metrics import HELP
from saegui.core.snapshot import IMAGE_SHAPE, Snapshot
from saegui.ui.bars import (
    SMALL_PX,
    BarChart,
    HistogramRange,
    class_bars,
    histogram_bars,
    log_place,
    number,
    small_font,
)
from saegui.ui.examples import Example, ExamplesView
from saegui.ui.icons import icon
from saegui.ui.latent_layout import CAPTION, NUMBER_ROW, STRIP_HEAD, Layout, arrange
from saegui.ui.panel import EmptyState, Panel
from saegui.ui.theme import GAP, UNIT, Theme
from saegui.ui.tiles import PictureView, shared_scale

NUMBERS: tuple[tuple[str, str, str], ...] = (
    ("density", "density", HELP["density"]),
    ("drawing", "on drawing", "Activation z on the current drawing; off means z = 0."),
    ("maximum", "max", "Largest activation z on any training image."),
    ("mean", "mean when on", "Mean activation z over the training images on which the latent is on."),
    ("purity", "purity", "Largest share of one class in the sum of the mean activations per class."),
)
"""(name, caption, the sentence that defines it)."""

NOT_YET = "–"
HINT_WIDTH = 250
"""px: as wide as a message in place of the statistics gets."""


class _NumberField(QLineEdit):
    """A latent's number: Enter takes it, the arrow keys step. What is being typed is left alone."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setValidator(QRegularExpressionValidator(r"\d{0,6}", self))
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


class _Strip(QWidget):
    """One line of what the pictures are, and the pictures."""

    def __init__(self, theme: Theme, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = QLabel(title, self)
        self.title.setProperty("muted", True)
        self.title.setFont(small_font(self.font(), SMALL_PX))
        self.view = ExamplesView(theme, N_EXAMPLES, self)
        self.view.setAccessibleName(title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.title.setGeometry(0, 0, self.width(), STRIP_HEAD - UNIT)
        self.view.setGeometry(0, STRIP_HEAD, self.width(), self.height() - STRIP_HEAD)


class LatentPanel(Panel):
    """Shows the latent under the pointer, else the selected one. All parts are placed by :func:`arrange`."""

    name = "latent"
    title = "Latent"
    help = "What one latent looks for, what it draws, and the images it is on for."
    figures = ("latent",)

    def __init__(self, explorer: Explorer, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(explorer, theme, parent)
        self._latent: int | None = None
        self._scales: tuple[Snapshot, float, float] | None = None
        self._range: tuple[LatentStats, HistogramRange] | None = None
        self._shown: tuple[object, ...] = ()
        self._stale = True
        self._instead = False
        self.empty = EmptyState(theme, "Click a feature tile to see what it stands for.", parent=self)
        self.body = QWidget(self)
        self._build_header()
        self._build_pictures()
        self._build_numbers()
        self._build_statistics()
        self._set_tab_order()
        self.body.hide()
        self._connect()
        self.retheme()

    # -- building -----------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self.heading = self._label("", bold=True, pixels=15)
        self.heading.setAccessibleName("Latent")
        self.origin = self._label("", muted=True, pixels=SMALL_PX)
        self.previous = self._button("previous", "Previous latent", "Select the latent before this one")
        self.next = self._button("next", "Next latent", "Select the latent after this one")
        self.field = _NumberField(self.body)
        self.previous.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        self.field.stepped.connect(self._go)
        self.field.returnPressed.connect(self._typed)
        self.field.left.connect(self.refresh)

    def _build_pictures(self) -> None:
        self.encoder, self.decoder = (PictureView(self.theme, 64, self.body) for _ in range(2))
        self._captions = []
        for view, words, tip in (
            (
                self.encoder,
                "encoder",
                "What the latent looks for: its column of the encoder. Zero is the middle colour.",
            ),
            (
                self.decoder,
                "decoder",
                "What the latent draws: its row of the decoder. Zero is the middle colour.",
            ),
        ):
            view.setAccessibleName(f"{words} picture")
            view.setToolTip(f"{tip} All latents share one scale.")
            self._captions.append(self._label(words, muted=True, pixels=SMALL_PX))

    def _build_numbers(self) -> None:
        self.numbers: dict[str, QLabel] = {}
        self._number_captions: dict[str, QLabel] = {}
        for name, caption, help in NUMBERS:
            self._number_captions[name] = self._label(caption, muted=True, pixels=SMALL_PX)
            self.numbers[name] = self._label("")
            self.numbers[name].setAccessibleName(caption)
            for label in (self._number_captions[name], self.numbers[name]):
                label.setToolTip(help)

    def _build_statistics(self) -> None:
        theme = self.theme
        self.histogram = BarChart(
            theme,
            "images by activation",
            "How many training images give the latent which activation, where it is on. Both axes are logarithmic; "
            "the scale is the same for all latents.",
            self.body,
        )
        self.classes = BarChart(
            theme,
            "mean activation per class",
            "Mean activation over all training images of each class.",
            self.body,
        )
        self._strips = [_Strip(theme, title, self.body) for title in ("Most active", "Random")]
        self.top, self.sample = (strip.view for strip in self._strips)
        self.top.chosen.connect(self._choose_top)
        self.sample.chosen.connect(self._choose_sample)
        self.top_button = self._switch(
            f"Top {N_EXAMPLES}", "The training images that activate this latent most"
        )
        self.sample_button = self._switch(
            f"Random {N_EXAMPLES}", "Random training images on which this latent is on"
        )
        self.top_button.setChecked(True)
        self.top_button.toggled.connect(self._place)
        self.hint = self._label("", muted=True)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint_button = QPushButton(self.body)
        self.hint_button.clicked.connect(self._help_out)

    def _label(self, text: str, *, muted: bool = False, bold: bool = False, pixels: int = 0) -> QLabel:
        label = QLabel(text, self.body)
        label.setProperty("muted", muted)
        if bold or pixels:
            label.setFont(small_font(self.font(), pixels or label.fontInfo().pixelSize(), bold=bold))
        return label

    def _button(self, name: str, accessible: str, tip: str) -> QToolButton:
        button = QToolButton(self.body)
        button.setIconSize(QSize(16, 16))
        button.setProperty("icon_name", name)
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        return button

    def _switch(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self.body)
        button.setText(text)
        button.setFont(small_font(self.font(), SMALL_PX))
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setAccessibleName(f"Show {text.lower()}")
        button.setToolTip(tip)
        return button

    def _set_tab_order(self) -> None:
        order = (
            self.previous,
            self.field,
            self.next,
            self.top_button,
            self.sample_button,
            self.top,
            self.sample,
        )
        for first, second in zip(order, order[1:], strict=False):
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
            self.explorer.stats.running_changed,
            self.explorer.data.changed,
        ):
            signal.connect(self.refresh)
        state.code_changed.connect(self._refresh_drawing)

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
        if snapshot is None or latent is None or latent >= snapshot.n_latents:
            self._latent, self._shown = None, ()
            self.body.hide()
            self.empty.show()
            return
        self._latent = latent
        self._show_header(snapshot, latent)
        self._show_pictures(snapshot, latent)
        self._show_numbers(snapshot, latent)
        self._show_statistics(latent)
        self._refresh_drawing()
        self.empty.hide()
        self.body.show()

    def _show_header(self, snapshot: Snapshot, latent: int) -> None:
        stats = self.state.stats
        dead = " · dead" if stats is not None and stats.density[latent] == 0 else ""
        self.heading.setText(f"#{latent:,}{dead}")
        self.field.show_number(latent)
        words, self._origin_tip = self._origin()
        if self.state.hovered is not None and self.state.hovered != self.state.selected:
            words = f"preview · {words}"
        self._origin_words = words
        self._elide_origin()

    def _origin(self) -> tuple[str, str]:
        """Where the numbers come from, in short and in full."""
        stats, dataset, snapshot = self.state.stats, self.state.dataset, self.state.snapshot
        assert snapshot is not None
        if stats is None or dataset is None:
            return (
                "while training",
                "The density is the training's own estimate over its last epoch; the rest is not measured.",
            )
        told = f"Measured over the {stats.n_images:,} training images of {dataset.title}"
        if dataset.name != snapshot.config.dataset:
            return f"measured on {dataset.title}", f"{told}, which the run was not trained on."
        return f"measured over {stats.n_images:,} images", f"{told}."

    def _elide_origin(self) -> None:
        metrics = QFontMetrics(self.origin.font())
        self.origin.setText(
            metrics.elidedText(self._origin_words, Qt.TextElideMode.ElideRight, self.origin.width())
        )
        self.origin.setToolTip(self._origin_tip)

    def _show_pictures(self, snapshot: Snapshot, latent: int) -> None:
        if self._shown == (snapshot, latent):
            return
        self._shown = (snapshot, latent)
        if self._scales is None or self._scales[0] is not snapshot:
            self._scales = snapshot, shared_scale(snapshot.W_enc), shared_scale(snapshot.W_dec)
        _, of_encoder, of_decoder = self._scales
        self.encoder.show_weights(snapshot.W_enc[:, latent].reshape(IMAGE_SHAPE), of_encoder)
        self.decoder.show_weights(snapshot.W_dec[latent].reshape(IMAGE_SHAPE), of_decoder)

    def _show_numbers(self, snapshot: Snapshot, latent: int) -> None:
        stats, dataset = self.state.stats, self.state.dataset
        captions: dict[str, str] = {}
        if stats is None or dataset is None:
            texts = {"density": number(float(snapshot.density[latent]))}
            told = f"{float(snapshot.density[latent]):.2%} of the images of the training's last epoch."
        else:
            share = float(stats.density[latent])
            count = round(share * stats.n_images)
            purest = dataset.classes[int(np.argmax(stats.class_means[latent]))]
            texts = {"density": number(share)}
            told = f"{share:.2%}: {count:,} of {stats.n_images:,} training images."
            if count:
                texts["maximum"] = number(float(stats.maximum[latent]))
                texts["mean"] = number(float(stats.mean_active[latent]))
                texts["purity"] = f"{stats.purity(latent):.2f}"
                captions["purity"] = f"purity for {purest}"
        for name, label in self.numbers.items():
            if name != "drawing":
                label.setText(texts.get(name, NOT_YET))
        self._number_captions["purity"].setText(captions.get("purity", "purity"))
        self.numbers["density"].setToolTip(f"{HELP['density']}\n{told}")

    def _show_statistics(self, latent: int) -> None:
        stats, dataset = self.state.stats, self.state.dataset
        measured = stats is not None and dataset is not None and stats.density[latent] > 0
        if stats is not None and dataset is not None and measured:
            if self._range is None or self._range[0] is not stats:
                self._range = stats, HistogramRange.of(stats.edges, stats.histogram)
            self.histogram.set_bars(histogram_bars(self._range[1], stats.histogram[latent], stats.n_images))
            self.classes.set_bars(class_bars(stats.class_means[latent], dataset.classes))
            _show_examples(self.top, dataset, stats.top[latent], stats.top_values[latent])
            _show_examples(self.sample, dataset, stats.sample[latent], stats.sample_values[latent])
            self._name_strips(round(float(stats.density[latent]) * stats.n_images))
        elif self.top.examples or self.histogram.bars is not None:
            for view in (self.histogram, self.classes, self.top, self.sample):
                view.clear()
        self._show_hint(measured)

    def _name_strips(self, on: int) -> None:
        shown = len(self.top.examples)
        few = (
            f"All {shown} training images on which it is on"
            if shown > 1
            else "The only training image on which it is on"
        )
        titles = [
            f"Top {shown}: the training images that activate it most" if on > shown else few,
            f"Random {shown} of the {on:,} training images on which it is on" if on > shown else few,
        ]
        for strip, title in zip(self._strips, titles, strict=True):
            strip.title.setText(title)

    @Slot()
    def _refresh_drawing(self) -> None:
        if not self.isVisible() or self._latent is None:
            self._stale = self._stale or not self.isVisible()
            return
        code, stats, latent = self.state.code, self.state.stats, self._latent
        # The code follows its snapshot a moment later.
        value = float(code.z[latent]) if code is not None and latent < len(code.z) else None
        label = self.numbers["drawing"]
        label.setText(NOT_YET if value is None else number(value) if value > 0 else "off")
        on = value is not None and value > 0
        self._colour_drawing(on)
        measured = self.histogram.bars is not None and self._range is not None and self._range[0] is stats
        if value is not None and on and measured and self._range is not None:
            self.histogram.set_marker(
                log_place(self._range[1].edges, value), f"on the drawing: {number(value)}"
            )
        else:
            self.histogram.set_marker(None)

    def _colour_drawing(self, on: bool) -> None:
        label = self.numbers["drawing"]
        colours = QPalette(label.palette())
        wanted = self.theme.tokens.color("active" if on else "text")
        if colours.color(QPalette.ColorRole.WindowText) != wanted:
            colours.setColor(QPalette.ColorRole.WindowText, wanted)
            label.setPalette(colours)

    def _show_hint(self, measured: bool) -> None:
        sentence, button = ("", "") if measured else self._hint()
        if (sentence, button) != (self.hint.text(), self.hint_button.text()):
            self.hint.setText(sentence)
            self.hint_button.setText(button)
            self.hint_button.setAccessibleName(button)
            self.hint_button.setToolTip(sentence)
            # Nothing will come without a click, or nothing is there: then there is no use in empty frames.
            self._instead = bool(button) or (bool(sentence) and self.state.stats is not None)
            self._place()

    def _hint(self) -> tuple[str, str]:
        """(what is missing here and why, the button that helps)."""
        state, explorer = self.state, self.explorer
        stats, dataset = state.stats, state.dataset
        if stats is not None:
            return f"dead: never on for any of {stats.n_images:,} training images", ""
        if dataset is None:
            if explorer.data.loading:
                return "Examples appear when the images are loaded.", ""
            return explorer.data.problem or "Examples and statistics need the training images.", "Load images"
        if state.phase in ("training", "stopping"):
            return "Examples appear when the training pauses.", ""
        if explorer.stats.running:
            return f"Measuring over {len(dataset.train_images):,} images…", ""
        return "The latents were not measured.", "Measure"

    # -- acting -------------------------------------------------------------------------------------------------------

    @Slot()
    def _go_back(self) -> None:
        self._go(-1)

    @Slot()
    def _go_on(self) -> None:
        self._go(1)

    @Slot(int)
    def _go(self, by: int) -> None:
        if self._latent is not None and self.state.snapshot is not None:
            self.state.select((self._latent + by) % self.state.snapshot.n_latents)

    @Slot()
    def _typed(self) -> None:
        snapshot, text = self.state.snapshot, self.field.text()
        if snapshot is None or self._latent is None:
            return
        if text and int(text) >= snapshot.n_latents:
            self.state.tell(
                "warn", f"There is no latent {int(text):,}: they go from 0 to {snapshot.n_latents - 1:,}."
            )
        elif text:
            self.state.select(int(text))
        self.field.reset(self._latent)

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
            self.explorer.stats.refresh()
        elif self.state.snapshot is not None:
            self.explorer.data.show(self.state.snapshot.config.dataset)

    # -- placing and painting -----------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 280)

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
        self._place_header(places.header)
        for view, caption, place in zip(
            (self.encoder, self.decoder), self._captions, (places.encoder, places.decoder), strict=True
        ):
            view.setGeometry(place)
            caption.setGeometry(place.left(), place.bottom() + 1, place.width(), CAPTION)
        self._place_numbers(places.numbers)
        self.histogram.setGeometry(places.histogram)
        self.classes.setGeometry(places.classes)
        self._place_strips(places)

    def _place_header(self, place: QRect) -> None:
        x, tall, field = place.right() + 1, 26, 56
        top = place.top() + 3
        for widget, width in ((self.next, tall), (self.field, field), (self.previous, tall)):
            x -= width
            widget.setGeometry(x, top, width, tall)
            x -= 2
        room = x - place.left() - GAP
        self.heading.setGeometry(place.left(), place.top(), room, 20)
        self.origin.setGeometry(place.left(), place.top() + 20, room, CAPTION)
        if self._latent is not None:
            self._elide_origin()

    def _place_numbers(self, place: QRect) -> None:
        indent = max(label.sizeHint().width() for label in self._number_captions.values()) + GAP
        row = min(max(NUMBER_ROW, place.height() // len(NUMBERS)), 22)
        for i, (name, *_) in enumerate(NUMBERS):
            top = place.top() + i * row - 1
            self._number_captions[name].setGeometry(place.left(), top, indent, NUMBER_ROW)
            self.numbers[name].setGeometry(place.left() + indent, top, place.width() - indent, NUMBER_ROW)

    def _place_strips(self, places: Layout) -> None:
        told, instead, both = bool(self.hint.text()), self._instead, len(places.strips) == 2
        wanted = [True, True] if both else [self.top_button.isChecked(), not self.top_button.isChecked()]
        for i, strip in enumerate(self._strips):
            strip.setGeometry(places.strips[i if both else 0])
            strip.title.setVisible(both and not told)
            strip.setVisible(wanted[i] and not instead)
        head = QRect(places.strips[0].topLeft(), QSize(places.strips[0].width(), STRIP_HEAD))
        x = head.left()
        for button in (self.top_button, self.sample_button):
            width = button.sizeHint().width()
            button.setGeometry(x, head.top() - 2, width, STRIP_HEAD)
            button.setVisible(not both and not told)
            x += width + UNIT
        for chart in (self.histogram, self.classes):
            chart.setVisible(not instead)
        area = places.histogram.united(places.classes).united(places.strips[0]).united(places.strips[-1])
        self._place_hint(area if instead else head)

    def _place_hint(self, area: QRect) -> None:
        """In the middle of the statistics' place, with the button below; or on one line above the empty frames."""
        self.hint.setVisible(bool(self.hint.text()))
        self.hint.setAlignment(
            Qt.AlignmentFlag.AlignCenter
            if self._instead
            else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.hint.raise_()
        if self._instead:
            # Shorter lines: the second is not left with a single word.
            inset = max(0, (area.width() - HINT_WIDTH) // 2)
            area = area.adjusted(inset, 0, -inset, 0)
        button = self.hint_button
        button.setVisible(bool(button.text()))
        if not button.text():
            self.hint.setGeometry(area)
            return
        size, words = button.sizeHint(), self.hint.heightForWidth(area.width())
        top = area.center().y() - (words + GAP + size.height()) // 2
        self.hint.setGeometry(area.left(), top, area.width(), words)
        button.setGeometry(
            QRect(area.center().x() - size.width() // 2, top + words + GAP, size.width(), size.height())
        )

    @Slot()
    def retheme(self) -> None:
        for button in (self.previous, self.next):
            button.setIcon(icon(button.property("icon_name"), self.theme.tokens))
        self.refresh()


def _show_examples(
    view: ExamplesView, dataset: Dataset, indices: NDArray[np.int32], values: NDArray[np.float32]
) -> None:
    """The images at ``indices``; those that are −1 do not exist."""
    found = indices[indices >= 0]
    labels: Sequence[int] = dataset.train_labels[found].tolist()
    examples = [
        Example(index, dataset.classes[label], value)
        for index, label, value in zip(found.tolist(), labels, values.tolist(), strict=False)
    ]
    view.show_examples(np.asarray(dataset.train_images[found]), examples)
