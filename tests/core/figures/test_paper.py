"""What the figures look like: pixels, colours and scales."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saegui.core.analysis.latent_order import dead_where
from saegui.core.config.schema import RunConfig
from saegui.core.figures import Subject, draw, paper, render
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History, StepResult
from saegui.core.runs.overlay import Overlay


def test_zero_is_the_exact_centre_of_the_colours() -> None:
    values = np.array([[-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]])
    row = paper.signed(values, 1.0)[0].astype(int)
    assert row[3].tolist() == [247, 247, 247]
    assert np.array_equal(row[0], row[1]), "beyond the scale the colour stays"
    assert row[2, 2] > row[2, 0], "negative is blue"
    assert row[4, 0] > row[4, 2], "positive is red"


def test_the_scale_is_symmetric_and_set_by_the_living(subject: Subject) -> None:
    images = subject.snapshot.decoder_images.copy()
    images[[2, 5, 11]] *= 1000
    alive = np.abs(np.delete(images, [2, 5, 11], axis=0))
    assert paper.weight_limit(subject, images) == pytest.approx(float(np.percentile(alive, 99.5)))
    assert paper.robust_limit(np.zeros((3, 3))) == 1.0
    mostly_zero = np.zeros(1000)
    mostly_zero[0] = -7
    assert paper.robust_limit(mostly_zero) == 7.0


def test_images_are_plain_grey_and_clipped() -> None:
    assert paper.grey(np.array([[0, 128, 255]], np.uint8))[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]
    assert paper.grey(np.array([[-0.5, 0.5, 1.5]], np.float32))[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.14, "14 %"), (1, "100 %"), (0.00034, "0.034 %"), (0.0997, "10 %")]
)
def test_shares_read_well(share: float, words: str) -> None:
    assert paper.percent(share) == words


@pytest.mark.parametrize(
    ("value", "words"), [(-0.3264, "−0.326"), (0, "0"), (12345, "12,345"), (999.6, "1e+03")]
)
def test_numbers_read_well(value: float, words: str) -> None:
    assert paper.number(value) == words


@pytest.mark.parametrize("kind", ["decoder-grid", "encoder-grid"])
def test_every_weight_is_a_square_of_whole_pixels_in_its_colour(subject: Subject, kind: str) -> None:
    images = subject.snapshot.decoder_images if kind == "decoder-grid" else subject.snapshot.encoder_images
    tiles = paper.enlarged(paper.signed(images, paper.weight_limit(subject, images)), 6)
    with Image.open(io.BytesIO(render(draw(kind, subject), "png"))) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    first = subject.order()[0]
    # The frame's hairline covers the tile's rim, so that the inside is looked for.
    wanted = tiles[first][3:-3, 3:-3]
    height, width = wanted.shape[:2]
    corner = wanted[height // 2, width // 2]
    candidates = np.argwhere((pixels[..., :] == corner).all(-1)) - [height // 2, width // 2]
    assert any(
        np.array_equal(pixels[y : y + height, x : x + width], wanted) for y, x in candidates if min(y, x) >= 0
    )


def test_dead_latents_are_below_a_heading_that_says_so(subject: Subject) -> None:
    figure = draw("decoder-grid", subject).figure
    words = {text.get_text(): text.get_window_extent().y0 for text in figure.texts}
    labels = {
        int(text.get_text()): text.get_window_extent().y0
        for text in figure.texts
        if text.get_fontsize() == paper.TINY and "%" not in text.get_text()
    }
    heading = words[f"3 dead {dead_where(subject.stats)}"]
    assert {latent for latent, y in labels.items() if y < heading} == {2, 5, 11}
    assert {latent for latent, y in labels.items() if y > heading} == set(range(12)) - {2, 5, 11}
    assert "9 alive" in " ".join(words)


def test_the_heading_states_run_kind_latents_and_k(subject: Subject) -> None:
    words = [text.get_text() for text in draw("encoder-grid", subject).figure.texts]
    assert words[:2] == ["my run", "Encoder: what each latent looks for · TopK · 12 latents · k 4 · epoch 20"]
    named = replace(subject, title=subject.snapshot.config.describe())
    words = [text.get_text() for text in draw("encoder-grid", named).figure.texts]
    assert words[:2] == ["TopK · 12 latents · k 4", "Encoder: what each latent looks for · epoch 20"]


@pytest.mark.parametrize("count", [1, 2, 15, 64, 100, 257, 1000])
def test_dictionaries_of_any_size_fit_a_page(count: int) -> None:
    figure = draw("decoder-grid", Subject("size", _random(count))).figure
    width, height = figure.get_size_inches()
    assert 4 <= width <= 7.5
    assert height <= 11
    numbers = {text.get_text() for text in figure.texts}
    assert (str(count - 1) in numbers) == (count <= 256)


def test_4096_latents_are_one_picture_and_take_seconds(subject: Subject) -> None:
    started = time.process_time()
    drawn = draw("decoder-grid", Subject("wide", _random(4096)))
    render(drawn, "png")
    assert time.process_time() - started < 15
    assert sum(len(axes.images) for axes in drawn.figure.axes) == 2, "the atlas and the colour bar"
    assert len(drawn.table.rows) == 4096


def _random(count: int) -> Snapshot:
    rng = np.random.default_rng(0)
    W = rng.normal(size=(count, 784)).astype(np.float32)
    density = rng.random(count).astype(np.float32) + np.float32(0.01)
    config = RunConfig(n_latents=count, k=1)
    zeros = np.zeros(784, np.float32)
    return Snapshot(config, 1, 1.0, W.T.copy(), np.zeros(count, np.float32), W, zeros, density)


def test_a_tiny_wobble_of_l0_does_not_fill_its_panel(subject: Subject) -> None:
    history = History()
    for step in range(1, 9):
        history.add_step(StepResult(step, step / 3, step, 0.1, 0.4, 4 - 1e-5 * (step % 2), 0, {}, 200))
    panels = [axes for axes in draw("curves", replace(subject, history=history)).figure.axes if axes.axison]
    low, high = panels[2].get_ylim()
    assert high - low >= 1


def falling(steps: int, start: float) -> History:
    history = History()
    for step in range(1, steps + 1):
        history.add_step(StepResult(step, step / 10, step, start / step, 0.4, 4, 0, {}, 200))
    return history


def test_a_short_run_is_not_squeezed_beside_a_long_one(subject: Subject) -> None:
    both = replace(
        subject,
        history=falling(40, 0.5),
        overlays=(Overlay(Path("long"), "long", falling(4000, 0.4), place=1),),
    )
    for epochs, span in ((None, (0.0, 400.0)), ((0.0, 4.0), (0.0, 4.0)), ((2.0, 3.0), (2.0, 3.0))):
        figure = draw("curves", replace(both, epochs=epochs))
        loss = next(axes for axes in figure.figure.axes if axes.axison)
        assert loss.get_xlim() == span
        # What is not in sight sets no scale; the line goes on to the edge all the same.
        low, high = loss.get_ylim()
        assert bool(low > 0.4 / 60) is (epochs is not None)
        assert high < (0.4 if epochs == (2.0, 3.0) else 1.0)
        assert max(loss.lines[0].get_xdata()) >= span[1]
        assert len(figure.table.rows) == 4040, "the numbers are all there"


def test_a_run_that_ends_before_what_is_in_sight_is_not_drawn(subject: Subject) -> None:
    short, long = History(), History()
    for history, steps in ((short, 10), (long, 60)):
        for step in range(1, steps + 1):
            history.add_step(StepResult(step, step / 10, step, 1 / step, 0.4, 4, 0, {}, 200))
    both = replace(
        subject, history=short, overlays=(Overlay(Path("long"), "long", long, place=1),), epochs=(3.0, 5.0)
    )
    loss = next(axes for axes in draw("curves", both).figure.axes if axes.axison)
    drawn = [np.asarray(line.get_xdata()) for line in loss.lines]
    assert sorted(len(x) for x in drawn if len(x)) == [23]
    assert loss.get_ylim()[1] < 0.1


def test_more_runs_than_the_window_shows_are_told_apart_by_colour_and_mark(subject: Subject) -> None:
    assert subject.history is not None
    others = tuple(
        Overlay(Path(f"run {place}"), f"run {place}", subject.history, place=place) for place in range(1, 20)
    )
    panel = next(
        axes for axes in draw("curves", replace(subject, overlays=others)).figure.axes if axes.axison
    )
    assert len({(line.get_color(), line.get_marker()) for line in panel.lines}) == 20
    assert {line.get_color() for line in panel.lines} == set(paper.SERIES)
    few = next(
        axes for axes in draw("curves", replace(subject, overlays=others[:5])).figure.axes if axes.axison
    )
    assert {line.get_color() for line in few.lines} == set(paper.SERIES)
    # One that is left of them keeps the colour that it had.
    one = next(
        axes for axes in draw("curves", replace(subject, overlays=others[2:3])).figure.axes if axes.axison
    )
    assert {line.get_color() for line in one.lines} == {paper.SERIES[0], paper.SERIES[3]}


def test_a_run_that_diverged_does_not_spoil_the_axes_of_others(subject: Subject) -> None:
    """Its last points are far outside; of the run that the figure is of everything is seen."""
    near, far = falling(40, 0.5), falling(40, 0.5)
    far.add_step(StepResult(41, 4.1, 41, 5e4, 5e4, 5e4, 50_000, {}, 200))
    for own, diverged, spoilt in ((near, True, False), (near, False, True), (far, True, True)):
        both = replace(
            subject, history=own, overlays=(Overlay(Path("far"), "far", far, place=1, diverged=diverged),)
        )
        drawn = draw("curves", both)
        assert any(text.get_text() == "far (diverged)" for text in drawn.figure.texts) is diverged
        assert {row[0] for row in drawn.table.rows} == {subject.title, "far"}
        for axes in (axes for axes in drawn.figure.axes if axes.axison):
            assert bool(axes.get_ylim()[1] >= 5e4) is spoilt


def test_no_earlier_run_has_the_hue_of_the_current_one(subject: Subject) -> None:
    assert subject.history is not None
    others = tuple(
        Overlay(Path(f"run {place}"), f"run {place}", subject.history, place=place) for place in range(1, 9)
    )
    panel = next(
        axes for axes in draw("curves", replace(subject, overlays=others)).figure.axes if axes.axison
    )
    mine = [line for line in panel.lines if line.get_color() == paper.SERIES[0]]
    assert [line.get_linestyle() for line in mine] == ["-", "--"], "train solid, test dashed"
    assert len(panel.lines) == 2 * 9
    assert all(line.get_alpha() is None for line in panel.lines), "a paler line could not be seen"


@pytest.mark.parametrize("letters", [10, 30, 50, 75])
def test_names_of_runs_are_whole_in_the_legend_of_curves(subject: Subject, letters: int) -> None:
    """By their ends they are told apart: a number, or what they were refitted with."""
    assert subject.history is not None
    names = [
        f"{'BatchTopK · 64 latents · k 10 · AuxK · refit ' * 2}"[: letters - 4] + f" ({n})" for n in (2, 3)
    ]
    others = tuple(
        Overlay(Path(name), name, subject.history, place=place) for place, name in enumerate(names, start=1)
    )
    shown = [text.get_text() for text in draw("curves", replace(subject, overlays=others)).figure.texts]
    assert set(names) <= set(shown)


def test_numbers_on_an_axis_do_not_overlap_whatever_it_reaches_over(subject: Subject) -> None:
    assert subject.stats is not None
    assert subject.latent is not None
    edges = subject.stats.edges
    for first, last in ((20, 20), (20, 21), (20, 23), (10, 16), (10, 30), (0, len(edges) - 2)):
        histogram = np.zeros_like(subject.stats.histogram)
        histogram[subject.latent, [first, last]] = 5
        figure = draw("latent", replace(subject, stats=replace(subject.stats, histogram=histogram))).figure
        figure.draw_without_rendering()
        axes = next(axes for axes in figure.axes if axes.axison)
        low, high = axes.get_xlim()
        labels = [tick.label1 for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
        boxes = sorted((box.x0, box.x1) for box in (label.get_window_extent() for label in labels))
        assert len(boxes) >= 2
        assert all(before[1] < after[0] for before, after in pairwise(boxes))
        assert not axes.xaxis.get_minor_ticks()


def test_words_are_measured_alike_whatever_was_drawn_before(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "ends at the 99.5th percentile of |w| over living latents"
    before = paper.text_width(words)
    paper._ruler.cache_clear()
    with monkeypatch.context() as patch:
        # As a test does that draws small pictures.
        patch.setattr(paper, "DPI", 30)
        assert paper.text_width(words) == pytest.approx(before, rel=0.1)
    assert paper.text_width(words) == before
