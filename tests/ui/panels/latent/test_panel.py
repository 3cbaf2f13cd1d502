"""The latent panel shows exactly what was measured, follows the pointer, and says why something is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.example_choice import N_EXAMPLES
from saegui.core.analysis.latent_stats import LatentStats
from saegui.core.analysis.metrics import HELP
from saegui.core.data import Dataset
from saegui.core.data.noun import IMAGE
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.run import open_run
from saegui.ui.panels.latent.bars import HistogramRange, class_bars, histogram_bars, log_place
from saegui.ui.panels.latent.examples import grid
from saegui.ui.panels.latent.layout import (
    LINE_OF_TEXTS,
    NARROWEST,
    SMALL_PICTURE,
    STRIP_HEAD,
    arrange,
    least_height,
)
from saegui.ui.panels.latent.panel import LatentPanel
from saegui.ui.panels.latent.parts import FIELD, LINE, OVERVIEW, SMALL_FIELD, TALL, Header
from saegui.ui.theme.theme import Theme
from saegui.ui.theme.tokens import DARK, LIGHT, UNIT
from saegui.ui.widgets.pictures import shared_scale, weight_image
from saegui.ui.widgets.segments import Segments
from saegui.ui.widgets.text import class_words, number
from tests.pointer import move

DEAD = 5

Show = Callable[..., LatentPanel]


@pytest.fixture
def show(qtbot: QtBot, services: Services, theme: Theme) -> Show:
    """Shows the panel in a window of its own."""

    def shown(width: int = 340, height: int = 300) -> LatentPanel:
        panel = LatentPanel(services, theme)
        qtbot.addWidget(panel)
        panel.resize(width, height)
        with qtbot.waitActive(panel):
            panel.show()
        return panel

    return shown


def load(services: Services, path: Path, *, dead: bool = False, trained_on: str = "digits") -> Snapshot:
    """Make the run current; ``dead`` kills one latent."""
    run = open_run(path)
    snapshot = run.latest()
    if dead:
        W_enc, b_enc = snapshot.W_enc.copy(), snapshot.b_enc.copy()
        W_enc[:, DEAD], b_enc[DEAD] = 0, -1
        snapshot = replace(snapshot, W_enc=W_enc, b_enc=b_enc)
    config = snapshot.config.model_copy(update={"dataset": trained_on})
    services.state.set_run(replace(run, config=config), replace(snapshot, config=config), run.history())
    assert services.state.snapshot is not None
    return services.state.snapshot


def measure(qtbot: QtBot, services: Services, dataset: Dataset) -> LatentStats:
    """Load the images and wait until the background job has measured the latents."""
    services.state.set_dataset(dataset)
    qtbot.waitUntil(lambda: services.state.stats is not None)
    assert services.state.stats is not None
    return services.state.stats


def alive(stats: LatentStats) -> list[int]:
    """Latents that are on for more images than there are examples, most often first."""
    enough = stats.density * stats.n_images > N_EXAMPLES
    return [int(i) for i in np.argsort(-stats.density) if enough[i]]


def values(panel: LatentPanel) -> dict[str, str]:
    return {name: label.text() for name, label in panel.sections["numbers"].values.items()}


def test_without_a_selection_it_says_what_to_do(show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    assert panel.empty.isVisible()
    assert "There is no model yet: open a run, or train one." in panel.empty.label.text()
    load(services, small_run)
    assert panel.empty.label.text() == "Click a tile to see what its latent looks for and draws."
    assert panel.empty.isVisible()
    services.state.select(3)
    assert panel.body.isVisible()
    assert not panel.empty.isVisible()
    services.state.select(None)
    assert panel.empty.isVisible()


def test_the_numbers_are_those_that_were_measured(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    for latent in alive(stats)[:6]:
        services.state.select(latent)
        assert panel.header.heading.text() == f"#{latent}"
        shown = values(panel)
        assert shown["density"] == number(float(stats.density[latent]))
        assert shown["maximum"] == number(float(stats.maximum[latent]))
        assert shown["mean"] == number(float(stats.mean_active[latent]))
        assert shown["purity"] == f"{stats.purity(latent):.2f}"
        assert shown["skew"] == f"{stats.skew[latent]:.2f}".replace("-", "−")
        assert shown["kurtosis"] == f"{stats.kurtosis[latent]:.2f}".replace("-", "−")
        tip = panel.sections["numbers"].values["mean"].toolTip()
        assert tip.endswith(f"\nSkew {shown['skew']}, kurtosis {shown['kurtosis']}.")
        tip = panel.sections["numbers"].values["density"].toolTip()
        on = int(stats.histogram[latent].sum())
        assert (
            tip
            == f"{IMAGE.instead_of_input(HELP['density'])}\n{on / 1438:.2%}: {on:,} of 1,438 training images."
        )
    assert panel.header.origin.text() == "measured over 1,438 images"


@pytest.mark.parametrize(("size", "room"), [((340, 560), True), ((420, 230), False)], ids=["high", "low"])
def test_skew_and_kurtosis_have_rows_where_there_is_room(
    qtbot: QtBot,
    show: Show,
    services: Services,
    small_run: Path,
    digits: Dataset,
    size: tuple[int, int],
    room: bool,
) -> None:
    panel = show(*size)
    load(services, small_run)
    services.state.select(alive(measure(qtbot, services, digits))[0])
    numbers = panel.sections["numbers"]
    for name, value in numbers.values.items():
        assert value.isVisible() == (room or name not in ("skew", "kurtosis"))
        assert value.isHidden() or value.geometry().bottom() <= numbers.height()


def test_a_class_with_a_long_name_leaves_the_numbers_their_room(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(340, 220)
    load(services, small_run)
    long = replace(digits, classes=tuple(f"{n}: a class with a name that goes on and on" for n in range(10)))
    stats = measure(qtbot, services, long)
    services.state.select(alive(stats)[0])
    numbers = panel.sections["numbers"]
    caption = numbers._captions["purity"]
    assert caption.text().startswith("purity (") and caption.text().endswith("…")
    assert "goes on and on" in caption.toolTip()
    for value in (*numbers.values.values(), caption):
        assert value.sizeHint().width() <= value.width() and value.geometry().right() <= numbers.width()


@pytest.mark.parametrize("shape", [(48, 9, 3), (200, 1), (9, 48), (28, 28)], ids=str)
def test_a_narrow_picture_has_room_for_its_caption(shape: tuple[int, ...]) -> None:
    for size in ((420, 240), (300, 300), (480, 700), (1300, 500)):
        places = arrange(*size, shape)
        assert places.encoder.width() >= NARROWEST
        assert places.encoder.right() < places.decoder.left() <= places.decoder.right()
        assert not places.numbers.intersects(places.encoder.united(places.decoder))
        assert places.numbers.right() < size[0]


def test_the_charts_hold_the_counts_and_means(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    latent = alive(stats)[0]
    services.state.select(latent)
    bars = panel.sections["histogram"].chart.bars
    assert bars is not None
    counts = stats.histogram[latent]
    told = [int(tip.split(": ")[1].split(" ")[0].replace(",", "")) for tip in bars.tips]
    assert sum(told) == counts.sum()
    assert [n for n in told if n] == [int(n) for n in counts if n]
    classes = panel.sections["classes"].chart.bars
    assert classes is not None
    means = stats.class_means[latent]
    assert classes.strongest == int(np.argmax(means))
    assert np.allclose(np.array(classes.heights) / max(classes.heights), means / means.max(), atol=1e-6)
    assert [text for _, text in classes.x_ticks] == list("0123456789")


def test_hovering_previews_and_goes_back(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    first, second, *_ = alive(measure(qtbot, services, digits))
    services.state.select(first)
    before = (
        panel.header.heading.text(),
        values(panel),
        panel.sections["pictures"].decoder.picture,
        panel.sections["examples"].top.examples,
    )
    services.state.hover(second)
    assert panel.latent == second
    assert panel.header.heading.text() == f"#{second}"
    assert panel.header.origin.text().startswith("preview · ")
    assert panel.sections["pictures"].decoder.picture != before[2]
    services.state.hover(None)
    assert (
        panel.header.heading.text(),
        values(panel),
        panel.sections["pictures"].decoder.picture,
        panel.sections["examples"].top.examples,
    ) == before
    assert not panel.header.origin.text().startswith("preview")


def test_pictures_have_the_scale_of_the_living_latents(
    qtbot: QtBot, show: Show, services: Services, theme: Theme, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    snapshot = load(services, small_run, dead=True)
    alive_ones = measure(qtbot, services, digits).density > 0
    for latent in (0, 7):
        services.state.select(latent)
        for view, images in (
            (panel.sections["pictures"].encoder, snapshot.encoder_images),
            (panel.sections["pictures"].decoder, snapshot.decoder_images),
        ):
            scale = shared_scale(images[alive_ones])
            assert scale != shared_scale(images)
            assert view.picture == weight_image(images[latent], scale, theme.tokens)


def test_examples_are_the_top_and_the_sampled_images(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(480, 700)
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    latent = alive(stats)[0]
    services.state.select(latent)
    assert panel.sections["examples"].top.isVisible()
    assert panel.sections["examples"].sample.isVisible()
    for view, indices, z in (
        (panel.sections["examples"].top, stats.top, stats.top_values),
        (panel.sections["examples"].sample, stats.sample, stats.sample_values),
    ):
        assert [example.index for example in view.examples] == indices[latent].tolist()
        assert [example.value for example in view.examples] == z[latent].tolist()
        assert np.array_equal(view.images, digits.train_images[indices[latent]])
        names = [digits.classes[i] for i in digits.train_labels[indices[latent]]]
        assert [example.label for example in view.examples] == names


def test_a_latent_that_is_on_for_few_images_shows_only_those(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(480, 700)
    load(services, small_run)
    measure(qtbot, services, digits)
    few = replace(digits, train_images=digits.train_images[:12], train_labels=digits.train_labels[:12])
    stats = measure(qtbot, services, few)
    latent = int(np.argmax((stats.density > 0) & (stats.density < 1)))
    services.state.select(latent)
    on = int(stats.histogram[latent].sum())
    assert 0 < on < 12
    assert len(panel.sections["examples"].top.examples) == on
    assert sorted(example.index for example in panel.sections["examples"].sample.examples) == sorted(
        example.index for example in panel.sections["examples"].top.examples
    )


def test_clicking_an_example_loads_it_into_the_drawing(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    latent = alive(stats)[0]
    services.state.select(latent)
    place = 13
    centre = panel.sections["examples"].top.rect_of(place).center()
    with qtbot.waitSignal(services.state.image_changed):
        qtbot.mouseClick(panel.sections["examples"].top, Qt.MouseButton.LeftButton, pos=centre)
    index = int(stats.top[latent, place])
    assert np.array_equal(services.state.image, digits.train_images[index])
    name = digits.classes[digits.train_labels[index]]
    assert services.state.drawing.title == f"training image {index:,} · {class_words(name)}"
    assert services.state.code is not None
    assert float(services.state.code.z[latent]) == pytest.approx(
        float(stats.top_values[latent, place]), rel=1e-5
    )
    assert values(panel)["drawing"] == number(float(stats.top_values[latent, place]))


def test_examples_can_be_chosen_with_the_keyboard(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(480, 700)
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    latent = alive(stats)[0]
    services.state.select(latent)
    assert panel.sections["examples"].sample.isVisible() and panel.sections["examples"].top.isVisible()
    panel.sections["examples"].sample.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(panel.sections["examples"].sample, key)
    assert (
        f"training image {stats.sample[latent, 11]:,} "
        in panel.sections["examples"].sample.accessibleDescription()
    )
    qtbot.keyClick(panel.sections["examples"].sample, Qt.Key.Key_Return)
    assert np.array_equal(services.state.image, digits.train_images[stats.sample[latent, 11]])
    qtbot.keyClick(panel.sections["examples"].sample, Qt.Key.Key_End)
    qtbot.keyClick(panel.sections["examples"].sample, Qt.Key.Key_Right)
    qtbot.keyClick(panel.sections["examples"].sample, Qt.Key.Key_Space)
    assert np.array_equal(services.state.image, digits.train_images[stats.sample[latent, 19]])


def test_next_and_previous_wrap(qtbot: QtBot, show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    last = load(services, small_run).n_latents - 1
    services.state.select(last)
    qtbot.mouseClick(panel.header.next, Qt.MouseButton.LeftButton)
    assert services.state.selected == 0
    qtbot.mouseClick(panel.header.previous, Qt.MouseButton.LeftButton)
    assert services.state.selected == last
    qtbot.keyClick(panel.header.field, Qt.Key.Key_Up)
    assert services.state.selected == 0
    qtbot.keyClick(panel.header.field, Qt.Key.Key_Down)
    assert services.state.selected == last
    assert panel.header.field.text() == str(last)


def test_a_number_can_be_typed(qtbot: QtBot, show: Show, services: Services, small_run: Path) -> None:
    panel = show()
    load(services, small_run)
    services.state.select(2)
    field = panel.header.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "17")
    assert services.state.selected == 2
    # New weights arrive several times a second while a training runs: what is being typed stays.
    load(services, small_run)
    assert field.text() == "17"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert services.state.selected == 17
    with qtbot.waitSignal(services.state.notice) as told:
        qtbot.keyClicks(field, "99")
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["warn", "There is no latent #99; choose one from #0 to #23.", "latent"]
    assert services.state.selected == 17
    assert field.text() == "17"
    field.clear()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "17"


def test_a_dead_latent_says_so(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run, dead=True)
    stats = measure(qtbot, services, digits)
    assert stats.density[DEAD] == 0
    services.state.select(alive(stats)[0])
    services.state.select(DEAD)
    assert panel.header.heading.text() == f"#{DEAD} · dead"
    assert panel.hint.text == "This latent is dead on all 1,438 training images."
    assert panel.hint.isVisible()
    assert values(panel) == {
        "density": "0",
        "drawing": "–",
        "maximum": "–",
        "mean": "–",
        "purity": "–",
        "skew": "–",
        "kurtosis": "–",
    }
    assert not any(
        view.isVisible()
        for view in (
            panel.sections["histogram"].chart,
            panel.sections["classes"].chart,
            panel.sections["examples"].top,
            panel.sections["examples"].sample,
        )
    )
    services.state.select(alive(stats)[0])
    assert panel.sections["histogram"].chart.isVisible()
    assert not panel.hint.isVisible()


def test_before_the_measurement_it_says_what_is_going_on(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    # Wide enough for all words of the header in any font.
    panel = show(700, 600)
    snapshot = load(services, small_run)
    services.state.select(1)
    assert panel.hint.text == "Examples and statistics need the training images."
    assert panel.header.origin.text() == "in the last epoch of training"
    assert values(panel)["density"] == number(float(snapshot.density[1]))
    assert values(panel)["maximum"] == "–"
    # Read when it happens: the measurement may be over before anybody looks again.
    shown: list[tuple[str, bool, object, object]] = []
    services.state.dataset_changed.connect(
        lambda: shown.append(
            (
                panel.hint.text,
                panel.sections["histogram"].chart.isVisible(),
                panel.sections["histogram"].chart.bars,
                panel.sections["examples"].top.examples,
            )
        )
    )
    qtbot.mouseClick(panel.hint.button, Qt.MouseButton.LeftButton)
    assert panel.hint.text == "Examples appear when the images are loaded."
    assert not panel.hint.button.isVisible()
    qtbot.waitUntil(lambda: panel.hint.text == "")
    assert shown == [("Measuring over 1,438 images…", True, None, ())]
    assert len(panel.sections["examples"].top.examples) == N_EXAMPLES


def test_while_training_examples_wait(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    latent = alive(measure(qtbot, services, digits))[0]
    services.state.select(latent)
    services.state.set_phase("training")
    load(services, small_run)
    assert services.state.stats is None
    assert panel.hint.text == "Examples appear when the training pauses."
    assert panel.sections["examples"].top.examples == ()
    assert panel.sections["histogram"].chart.bars is None
    # As a line above the frames, or in their place: never cut.
    for size in ((340, 420), (440, 250), (396, 226), (900, 300)):
        panel.resize(*size)
        QApplication.processEvents()
        label = panel.hint.label
        assert label.heightForWidth(label.width()) <= label.height() + 1, size
        assert panel.hint.rect().contains(label.geometry()), size
    panel.resize(420, 220)
    panel.header.pages.button("intervals").click()
    assert panel.hint.label.width() < 200, "two lines of several words each"
    services.state.set_phase("idle")
    qtbot.waitUntil(lambda: panel.hint.text == "")


def test_two_strips_of_the_same_images_have_different_names(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    panel.resize(900, 700)
    load(services, small_run)
    services.state.select(alive(measure(qtbot, services, digits))[0])
    examples = panel.sections["examples"]
    for count in (1, 5, 20, 21):
        examples._name_strips(count, digits.noun)
        names = [strip.title.text() for strip in examples.strips]
        assert len(set(names)) == 2, names


def test_other_images_than_the_runs_own_are_named(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run, trained_on="mnist")
    services.state.select(alive(measure(qtbot, services, digits))[0])
    assert panel.header.origin.text() == "measured on Built-in digits"
    assert "trained on other images" in panel.header.origin.toolTip()


def test_the_example_that_is_pointed_at_is_marked_in_the_histogram(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(420, 700)
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    services.state.select(alive(stats)[0])
    chart, examples = panel.sections["histogram"].chart, panel.sections["examples"]
    shared = HistogramRange.of(stats.edges, stats.histogram)
    assert chart.second_marker is None
    for view in (examples.top, examples.sample):
        move(view, view.rect_of(3).center())
        place = log_place(shared.edges, view.examples[3].value)
        qtbot.waitUntil(lambda place=place: chart.second_marker == pytest.approx(place))
    move(panel.header, QPoint(2, 2))
    qtbot.waitUntil(lambda: chart.second_marker is None)
    examples.top.setFocus()
    qtbot.keyClick(examples.top, Qt.Key.Key_Right)
    assert chart.second_marker == pytest.approx(log_place(shared.edges, examples.top.examples[1].value))
    texts = examples.strips[0].texts
    examples.strips[0].show_texts(True)
    texts.entered.emit(texts.model().index(4, 0))
    assert chart.second_marker == pytest.approx(log_place(shared.edges, examples.top.examples[4].value))
    texts.viewportEntered.emit()
    assert chart.second_marker is None
    services.state.set_dataset(None)
    assert chart.second_marker is None


def test_the_drawing_moves_the_marker(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    services.state.set_image(digits.test_images[0], "test image 0")
    assert services.state.code is not None
    on = int(services.state.code.active[0])
    off = int(np.flatnonzero(services.state.code.z == 0)[0])
    services.state.select(on)
    z = float(services.state.code.z[on])
    assert values(panel)["drawing"] == number(z)
    shared = HistogramRange.of(stats.edges, stats.histogram)
    assert panel.sections["histogram"].chart.marker == pytest.approx(log_place(shared.edges, z))
    services.state.select(off)
    assert values(panel)["drawing"] == "inactive"
    assert panel.sections["histogram"].chart.marker is None
    services.state.set_strokes([])
    assert values(panel)["drawing"] == "–"


def test_a_smaller_dictionary_may_be_opened_while_a_late_latent_is_shown(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    snapshot = load(services, small_run)
    measure(qtbot, services, digits)
    services.state.set_image(digits.test_images[0], "test image 0")
    services.state.select(20)
    smaller = replace(
        snapshot,
        config=snapshot.config.model_copy(update={"n_latents": 8}),
        W_enc=snapshot.W_enc[:, :8].copy(),
        b_enc=snapshot.b_enc[:8].copy(),
        W_dec=snapshot.W_dec[:8].copy(),
        density=snapshot.density[:8].copy(),
    )
    services.state.set_snapshot(smaller)
    assert panel.latent is None
    assert panel.empty.isVisible()
    services.state.select(7)
    assert panel.header.heading.text() == "#7"
    qtbot.waitUntil(lambda: services.state.stats is not None)


def test_a_hidden_panel_waits_until_it_is_seen(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel = show()
    load(services, small_run)
    services.state.select(1)
    panel.hide()
    services.state.select(2)
    assert panel.header.heading.text() == "#1"
    panel.show()
    assert panel.header.heading.text() == "#2"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_both_themes(
    qtbot: QtBot, show: Show, services: Services, theme: Theme, small_run: Path, digits: Dataset, name: str
) -> None:
    panel = show(480, 700)
    load(services, small_run)
    services.state.set_image(digits.test_images[0], "test image 0")
    services.state.select(alive(measure(qtbot, services, digits))[0])
    theme.choose("dark" if name == "light" else "light")
    before = panel.grab().toImage()
    theme.choose(name)  # type: ignore[arg-type]
    after = panel.grab().toImage()
    assert after != before
    tokens = LIGHT if name == "light" else DARK
    # A picture's corner is paper: the theme's own.
    corner = panel.sections["examples"].top.mapTo(
        panel, panel.sections["examples"].top.rect_of(0).topLeft()
    ) + QPoint(3, 3)
    assert after.pixelColor(corner) == tokens.color("paper")


def test_every_control_has_a_name_and_a_tooltip(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    services.state.select(1)
    controls: list[QWidget] = [*panel.body.findChildren(QAbstractButton), *panel.body.findChildren(QLineEdit)]
    assert len(controls) == 12
    for control in controls:
        assert control.accessibleName(), control
        assert control.toolTip(), control
        # Arrow keys lead from the page that is shown to the others.
        of_segments = isinstance(control, QAbstractButton) and isinstance(control.parentWidget(), Segments)
        other_page = of_segments and not control.isChecked()
        assert bool(control.focusPolicy() & Qt.FocusPolicy.TabFocus) != other_page, control
    services.state.select(alive(measure(qtbot, services, digits))[0])
    for view in (
        panel.sections["pictures"].encoder,
        panel.sections["pictures"].decoder,
        panel.sections["histogram"].chart,
        panel.sections["classes"].chart,
        panel.sections["examples"].top,
        panel.sections["examples"].sample,
    ):
        assert view.accessibleName()
    assert "images" in panel.sections["histogram"].chart.accessibleDescription()
    assert "class" in panel.sections["classes"].chart.accessibleDescription()


def test_the_charts_tell_the_number_under_the_pointer(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    stats = measure(qtbot, services, digits)
    latent = alive(stats)[0]
    services.state.select(latent)
    chart = panel.sections["classes"].chart
    found = {chart.bar_at(QPointF(x, chart.height() / 2)) for x in range(chart.width())} - {None}
    assert found == set(range(10))
    middle = QPointF(chart.width() - 3, chart.height() / 2)
    assert chart.tip_at(middle).startswith(
        f"class 9: mean activation {number(float(stats.class_means[latent, 9]))}"
    )
    assert "Mean activation over all training inputs" in chart.tip_at(QPointF(1, 1))


@example(width=552, height=294, texts=True)
@example(width=1044, height=388, texts=True)
@given(width=st.integers(280, 1600), height=st.integers(211, 1400), texts=st.booleans())
def test_every_size_has_room_for_every_part(width: int, height: int, texts: bool) -> None:
    # The panel scrolls rather than to be lower.
    height = max(height, least_height(width))
    places = arrange(width, height)
    places = places.for_texts() if texts else places
    charts = [places.histogram, places.classes]
    parts = [places.header, places.encoder, places.decoder, places.numbers, *charts, *places.strips]
    for i, part in enumerate(parts):
        assert part.left() >= 0
        assert part.top() >= 0
        assert part.right() < width
        assert part.bottom() < height
        assert part.width() > 0
        assert part.height() > 0
        assert not any(part.intersects(other) for other in parts[:i])
    assert all(chart.height() >= 45 and chart.width() >= 108 for chart in charts)
    assert places.encoder.width() == places.encoder.height() >= (SMALL_PICTURE if places.low else 64)
    assert not places.low or height < 330
    assert len({strip.size().toTuple() for strip in places.strips}) == 1
    strip = places.strips[0]
    assert grid(strip.width(), strip.height() - STRIP_HEAD, N_EXAMPLES).side >= (16 if places.low else 18)
    assert not texts or strip.height() - STRIP_HEAD >= 3 * LINE_OF_TEXTS


def test_buttons_lead_back_and_forward_through_what_was_looked_at(
    qtbot: QtBot, show: Show, services: Services, small_run: Path
) -> None:
    panel = show(420, 420)
    load(services, small_run)
    back, forward = panel.header.back, panel.header.forward
    services.state.select(3)
    assert not back.isEnabled() and not forward.isEnabled()
    services.state.select(7)
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert panel.latent == 3 and not back.isEnabled() and forward.isEnabled()
    qtbot.mouseClick(forward, Qt.MouseButton.LeftButton)
    assert panel.latent == 7 and back.isEnabled() and not forward.isEnabled()
    panel.resize(300, 420)
    words = panel.header.heading.width() + panel.header.origin.width()
    assert back.isHidden() and forward.isHidden() and words > 100


@pytest.mark.parametrize("size", [(446, 250), (412, 213), (477, 216), (520, 230)], ids=str)
def test_a_low_inspector_shows_both_charts_above_both_twenties(size: tuple[int, int]) -> None:
    places = arrange(*size)
    top, sample = places.strips
    assert (
        places.low and places.histogram.bottom() < top.top() == sample.top() and top.right() < sample.left()
    )
    assert sample.bottom() < size[1] and least_height(size[0]) <= size[1]
    assert places.histogram.width() == places.classes.width() >= 108
    assert grid(top.width(), top.height() - STRIP_HEAD, N_EXAMPLES).side >= 17
    # The nearest texts take the room of the classes.
    assert places.for_texts() == places


def test_the_narrowest_inspector_shows_both_twenties_too() -> None:
    top, sample = arrange(300, 300).strips
    assert top.top() == sample.top() and top.right() < sample.left()
    assert grid(top.width(), top.height() - STRIP_HEAD, N_EXAMPLES).side >= 18
    top, sample = arrange(480, 700).strips
    assert top.bottom() < sample.top() and top.left() == sample.left()


def test_short_titles_stand_above_narrow_strips_and_say_the_rest_as_a_tooltip(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show(423, 213)
    load(services, small_run)
    services.state.select(alive(measure(qtbot, services, digits))[0])
    titles = [strip.title for strip in panel.sections["examples"].strips]
    assert [title.text() for title in titles] == ["Top 20", "Random 20"]
    assert "training images that activate it most" in titles[0].toolTip()
    assert "training images on which it is active" in titles[1].toolTip()
    charts = panel.sections["histogram"].chart, panel.sections["classes"].chart
    assert not [chart.caption for chart in charts if "…" in chart.caption]
    panel.resize(900, 700)
    QApplication.processEvents()
    assert titles[0].text().startswith("Top 20: the training images") and titles[0].toolTip() == ""
    assert [chart.caption for chart in charts] == ["images by activation", "mean activation per class"]


def test_a_panel_that_fills_a_large_screen_draws_large_pictures() -> None:
    places = arrange(2540, 1360)
    assert places.encoder.width() == 393
    found = grid(places.strips[0].width(), places.strips[0].height() - STRIP_HEAD, N_EXAMPLES)
    assert (found.per_row, found.side) == (N_EXAMPLES, 112)


@given(width=st.integers(20, 900), height=st.integers(20, 300), count=st.integers(1, 40))
def test_examples_lie_inside_and_apart(width: int, height: int, count: int) -> None:
    found = grid(width, height, count)
    boxes = [found.rect(place) for place in range(count)]
    if found.side > 1:
        assert max(box.right() for box in boxes) < width
        assert max(box.bottom() for box in boxes) < height
    assert not any(boxes[i].intersects(boxes[j]) for i in range(count) for j in range(i))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0142, "0.0142"),
        (0.44, "0.440"),
        (3.2149, "3.21"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234.5, "1,234"),
        (0.00012, "1.2e-4"),
        (-0.5, "−0.500"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_one_image_is_a_bar_that_can_be_seen() -> None:
    edges = np.geomspace(0.01, 10, 5).astype(np.float32)
    histogram = np.array([[0, 1, 1000, 0], [0, 0, 10, 0]])
    shared = HistogramRange.of(edges, histogram)
    assert shared.bins == slice(1, 3)
    assert shared.most == 1000
    bars = histogram_bars(shared, histogram[0], 2000)
    assert bars.heights[0] > 0.05
    assert bars.heights[1] == pytest.approx(1)
    assert bars.edges == pytest.approx((0, 0.5, 1))
    assert histogram_bars(shared, histogram[1], 2000).heights[1] < bars.heights[1]


def test_a_latent_that_does_nothing_has_no_strongest_class() -> None:
    bars = class_bars(np.zeros(10, np.float32), tuple("0123456789"))
    assert bars.strongest is None
    assert set(bars.heights) == {0.0}


def test_classes_are_called_classes() -> None:
    assert [class_words(name) for name in ("7", "down", "ankle boot", "class 25", "Class 3")] == [
        "class 7",
        "class down",
        "class ankle boot",
        "class 25",
        "Class 3",
    ]


def test_examples_of_other_images_are_not_kept_by_a_panel_that_nobody_sees(
    qtbot: QtBot, show: Show, services: Services, small_run: Path, digits: Dataset
) -> None:
    panel = show()
    load(services, small_run)
    services.state.select(alive(measure(qtbot, services, digits))[0])
    examples = panel.sections["examples"]
    assert examples.pointed is not None
    panel.hide()
    few = replace(digits, train_images=digits.train_images[:3], train_labels=digits.train_labels[:3])
    services.state.set_dataset(few)
    # Its number may be beyond what there is now, or that of another image.
    assert examples.pointed is None
    examples.draw_pointed()
    assert not services.state.has_image


def test_five_pages_stand_beside_a_short_number_and_do_not_make_the_header_higher(
    qtbot: QtBot, theme: Theme
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    header = Header(theme, {name: (name.capitalize(), "") for name in ("levels", "alike", "effect")}, parent)
    parent.resize(600, 60)
    with qtbot.waitExposed(parent):
        parent.show()
    header.show_latent(127, "#127", "measured", "")
    header.show_pages(["levels", "alike", "effect"], OVERVIEW)
    width = header.pages.sizeHint().width() + UNIT + 2 * (TALL + 2) + SMALL_FIELD
    header.resize(width, 2 * LINE)
    assert header.height_for(width) == 2 * LINE < header.height_for(width - 1)
    assert header.field.width() == SMALL_FIELD
    assert header.pages.geometry().right() < header.previous.geometry().left()
    digits = header.field.fontMetrics().horizontalAdvance("127")
    assert digits < header.field.contentsRect().width() - 8
    # A number of four digits needs more room; where there is more, a short one has it, too.
    header.show_latent(1270, "#1270", "measured", "")
    assert header.height_for(width) > 2 * LINE and header.field.width() == FIELD
    header.show_latent(127, "#127", "measured", "")
    header.resize(width + 40, 2 * LINE)
    assert header.field.width() == FIELD
