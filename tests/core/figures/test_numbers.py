"""The tables hold the numbers of the pictures, computed here once more by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text
from numpy.typing import NDArray
from scipy.stats import kurtosis, skew

from saegui.core.analysis.code_map import by_components, codes_of
from saegui.core.analysis.latent_map import Mapped, Places
from saegui.core.config.kinds import with_kind
from saegui.core.config.schema import make
from saegui.core.figures import Drawn, Subject, draw
from saegui.core.figures.base import Table
from saegui.core.figures.export import to_csv
from saegui.core.figures.tiles import columns
from saegui.core.model.snapshot import to_input
from saegui.core.runs.densities import Densities
from saegui.core.runs.overlay import Overlay

Rows = list[dict[str, str]]
Draw = Callable[[str], Drawn]
Floats = NDArray[np.float64]


def read(table: Table) -> Rows:
    """The table as any other program reads its file."""
    return list(csv.DictReader(io.StringIO(to_csv(table))))


def image(row: dict[str, str]) -> Floats:
    return np.array([float(row[name]) for name in columns((28, 28))])


def by_hand(subject: Subject, x: Floats) -> tuple[Floats, Floats]:
    """Code and reconstruction of images ``(n, 784)`` in double precision, straight from the definitions."""
    snapshot = subject.snapshot
    W_enc, W_dec, b_dec = (np.asarray(w, float) for w in (snapshot.W_enc, snapshot.W_dec, snapshot.b_dec))
    z = np.maximum((x - b_dec) @ W_enc + snapshot.b_enc, 0)
    smallest_kept = np.sort(z, axis=1)[:, -snapshot.config.k][:, None]
    z[z < smallest_kept] = 0
    return z, z @ W_dec + b_dec


@pytest.mark.parametrize("side", ["decoder", "encoder"])
def test_grids_hold_every_weight_exactly_with_the_dead_last(subject: Subject, drawn: Draw, side: str) -> None:
    assert subject.dataset is not None
    x = subject.dataset.train_images.reshape(-1, 784) / 255
    density = (by_hand(subject, x)[0] > 0).mean(0)
    weights = subject.snapshot.W_dec if side == "decoder" else subject.snapshot.W_enc.T
    rows = read(drawn(f"{side}-grid").table)
    latents = [int(row["latent"]) for row in rows]
    assert latents == sorted(range(12), key=lambda latent: (-density[latent], latent))
    assert latents[-3:] == [2, 5, 11]
    assert [row["dead"] for row in rows] == ["0"] * 9 + ["1"] * 3
    for row, latent in zip(rows, latents, strict=True):
        assert np.array_equal(image(row).astype(np.float32), weights[latent])
        assert float(row["density"]) == pytest.approx(density[latent], abs=1e-6)


def test_curves_hold_every_point_of_every_run(subject: Subject, drawn: Draw) -> None:
    assert subject.history is not None
    rows = read(drawn("curves").table)
    for run in ("my run", "another run"):
        train = [row for row in rows if row["run"] == run and row["split"] == "train"]
        test = [row for row in rows if row["run"] == run and row["split"] == "test"]
        assert [float(row["loss"]) for row in train] == pytest.approx([0.2 / step for step in range(1, 61)])
        assert [int(row["dead"].split(".")[0]) for row in train] == [step // 20 for step in range(1, 61)]
        assert [float(row["epoch"]) for row in test] == pytest.approx(range(1, 21))
        assert [float(row["fvu"]) for row in test] == pytest.approx([0.88 / step for step in range(3, 61, 3)])
        assert {row["dead"] for row in test} == {""}
    assert len(rows) == 2 * 80


def test_curves_with_one_point_or_one_not_a_number_are_drawn(subject: Subject) -> None:
    from saegui.core.runs.history import History, StepResult

    history = History()
    history.add_step(StepResult(1, 0.01, 0.1, 0.5, 2.0, 4.0, 0, {}, 200))
    assert len(draw("curves", replace(subject, history=history, overlays=())).table.rows) == 1
    history.add_step(StepResult(2, 0.02, 0.2, float("nan"), float("inf"), 4.0, 0, {}, 200))
    rows = read(draw("curves", replace(subject, history=history, overlays=())).table)
    assert rows[1]["loss"] == ""


@pytest.mark.filterwarnings("error")
def test_long_curves_keep_their_newest_point_and_their_extremes_and_gaps_where_nothing_can_be_drawn(
    subject: Subject,
) -> None:
    from saegui.core.runs.history import History, StepResult

    history = History()
    for step in range(1, 3002):
        loss = {100: 7.0, 1000: 0.0, 1001: float("nan"), 1002: float("inf"), 3001: 0.7}.get(step, 1 / step)
        history.add_step(StepResult(step, step / 100, step, loss, loss, 4.0, 0, {}, 200))
    loss = next(
        axes
        for axes in draw("curves", replace(subject, history=history, overlays=())).figure.axes
        if axes.axison
    )
    assert loss.get_yscale() == "log"
    (train,) = (line for line in loss.lines if len(line.get_xdata()))
    assert (train.get_xdata()[-1], train.get_ydata()[-1]) == (30.01, 0.7)
    assert np.isfinite(train.get_ydata()).all(), "a mean of what can be drawn"
    (band,) = loss.collections
    reached = band.get_paths()[0].vertices[:, 1]
    assert (np.nanmin(reached), np.nanmax(reached)) == pytest.approx((1 / 3000, 7.0))


def test_values_changed_during_the_training_are_marked_and_in_the_numbers(subject: Subject) -> None:
    from saegui.core.config.changes import Change
    from saegui.core.runs.history import History, StepResult

    history = History()
    for step in range(1, 101):
        history.add_step(StepResult(step, step / 10, step / 50, 1 / step, 1 / step, 4.0, 0, {}, 200))
    history.add_change(Change(20, 2.0, 0.4, "k", 30, 10))
    history.add_change(Change(25, 2.5, 0.5, "lr", 0.001, 0.01))
    history.add_change(Change(80, 8.0, 1.6, "k", 10, 5))
    drawn = draw("curves", replace(subject, history=history, overlays=()))
    for axes in (axes for axes in drawn.figure.axes if axes.axison):
        found = [(text.get_position()[0], text.get_text().strip()) for text in axes.texts]
        assert found == [(2.0, "k 30 → 10, lr 0.001 → 0.01"), (8.0, "k 10 → 5")]
        dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        assert dotted == [2.0, 8.0]
    rows = [row for row in read(drawn.table) if row["split"] == "change"]
    assert [(row["step"], row["epoch"], row["change"]) for row in rows] == [
        ("20", "2", "k 30 → 10"),
        ("25", "2.5", "lr 0.001 → 0.01"),
        ("80", "8", "k 10 → 5"),
    ]
    # Those of a run that is compared are marked, too.
    other = Overlay(Path(), "other", history, place=1)
    plain = History()
    plain.add_step(StepResult(100, 10.0, 2.0, 1.0, 1.0, 4.0, 0, {}, 200))
    drawn = draw("curves", replace(subject, history=plain, overlays=(other,)))
    for axes in (axes for axes in drawn.figure.axes if axes.axison):
        assert [text.get_text().strip() for text in axes.texts] == ["k 30 → 10, lr 0.001 → 0.01", "k 10 → 5"]


def test_reconstructions_are_one_test_image_of_each_class_in_order(subject: Subject, drawn: Draw) -> None:
    assert subject.dataset is not None
    rows = read(drawn("reconstruction").table)
    assert [row["label"] for row in rows[::3]] == list("0123456789")
    for original, reconstruction, error in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        index = int(original["test_image"])
        label = int(subject.dataset.test_labels[index])
        assert original["label"] == str(label)
        assert label not in subject.dataset.test_labels[:index]
        x = subject.dataset.test_images[index].reshape(1, -1) / 255
        z, x_hat = by_hand(subject, x)
        assert image(original) == pytest.approx(x[0], abs=1e-6)
        assert image(reconstruction) == pytest.approx(x_hat[0], abs=1e-5)
        assert image(error) == pytest.approx((x - x_hat)[0], abs=1e-5)
        assert int(original["l0"]) == np.count_nonzero(z)
        assert float(original["mse"]) == pytest.approx(np.mean((x - x_hat) ** 2), rel=1e-4)


def test_an_activation_pattern_adds_up(subject: Subject, drawn: Draw) -> None:
    assert subject.drawing is not None
    rows = read(drawn("activation-pattern").table)
    x = subject.drawing.reshape(1, -1) / 255
    z, x_hat = by_hand(subject, x)
    pictures = {row["picture"]: image(row) for row in rows if row["picture"] != "contribution"}
    parts = [row for row in rows if row["picture"] == "contribution"]
    strongest = sorted(np.flatnonzero(z[0]), key=lambda latent: -z[0, latent])
    assert [int(row["latent"]) for row in parts] == strongest
    for row, latent in zip(parts, strongest, strict=True):
        assert float(row["activation"]) == pytest.approx(z[0, latent], rel=1e-4)
        assert image(row) == pytest.approx(z[0, latent] * subject.snapshot.W_dec[latent], abs=1e-5)
    assert pictures["input"] == pytest.approx(x[0], abs=1e-6)
    assert pictures["reconstruction"] == pytest.approx(x_hat[0], abs=1e-5)
    assert pictures["error"] == pytest.approx((x - x_hat)[0], abs=1e-5)
    assert pictures["sum of top 3"] == pytest.approx(sum(image(row) for row in parts[:3]), abs=1e-5)
    whole = pictures["bias"] + sum(image(row) for row in parts)
    assert whole == pytest.approx(pictures["reconstruction"], abs=1e-5)


def test_activations_below_zero_have_their_sign_and_are_summed_by_their_size(subject: Subject) -> None:
    """As of PCA with more components than there is room for."""
    atoms = np.linalg.qr(np.random.default_rng(0).normal(size=(784, 24)))[0].T.astype(np.float32)
    components = replace(
        subject.snapshot,
        config=make(with_kind({"arch": "pca", "n_latents": 24})),
        W_dec=atoms,
        W_enc=atoms.T.copy(),
        b_enc=np.zeros(24, np.float32),
        density=np.ones(24, np.float32),
    )
    figure = draw("activation-pattern", replace(subject, snapshot=components, stats=None)).figure
    words = [text.get_text() for text in figure.findobj(Text)]
    assert subject.drawing is not None
    z = components.encode(to_input(subject.drawing[np.newaxis]))[0]
    order = np.argsort(-np.abs(z))
    rest = np.abs(z[order[20:]]).sum()
    assert f"and 4 more latents, {rest:.2f} in total, whatever their signs" in words
    below = [value for value in z[order[:20]] if value < 0]
    assert below and all(f"−{abs(value):.2f}" in words for value in below)


def test_an_image_that_turns_nothing_on_is_drawn(subject: Subject) -> None:
    silent = replace(subject.snapshot, b_enc=np.full(12, -1000, np.float32))
    rows = read(draw("activation-pattern", replace(subject, snapshot=silent, stats=None)).table)
    assert [row["picture"] for row in rows] == ["input", "reconstruction", "error", "bias", "sum of top 3"]
    assert not image(rows[-1]).any()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "target k / F = 4 / 12 = 33.3 %"),
        ({"arch": "kl", "rho": 0.25}, "ρ = 25 %, the target of mean activations"),
        ({"arch": "relu_l1"}, ""),
    ],
)
def test_percent_active_marks_a_target_where_there_is_one(
    values: dict[str, Any], expected: str, subject: Subject
) -> None:
    config = make(values, subject.snapshot.config)
    drawing = draw("percent-active", replace(subject, snapshot=replace(subject.snapshot, config=config)))
    words = [text.get_text() for text in drawing.figure.findobj(Text)]
    assert [each for each in words if "target" in each] == ([expected] if expected else [])
    dashed = [line for axes in drawing.figure.axes for line in axes.lines if line.get_linestyle() != "-"]
    assert bool(dashed) is bool(expected)


def test_percent_active_counts_the_images(subject: Subject, drawn: Draw) -> None:
    assert subject.dataset is not None
    z, _ = by_hand(subject, subject.dataset.train_images.reshape(-1, 784) / 255)
    on = (z > 0).sum(1)
    rows = read(drawn("percent-active").table)
    assert [int(row["active_latents"]) for row in rows] == [0, 1, 2, 3, 4]
    assert [int(row["images"]) for row in rows] == [int((on == n).sum()) for n in range(5)]
    assert [float(row["percent_active"]) for row in rows] == pytest.approx([100 * n / 12 for n in range(5)])
    assert [float(row["share_of_images"]) for row in rows] == pytest.approx(
        [(on == n).mean() for n in range(5)]
    )


def test_one_latent_is_shown_with_its_numbers(subject: Subject, drawn: Draw) -> None:
    assert subject.dataset is not None
    assert subject.latent is not None
    z = by_hand(subject, subject.dataset.train_images.reshape(-1, 784) / 255)[0][:, subject.latent]
    labels = subject.dataset.train_labels
    rows = read(drawn("latent").table)

    def values(part: str, column: str = "value") -> list[float]:
        return [float(row[column]) for row in rows if row["part"] == part]

    summary = {row["name"]: float(row["value"]) for row in rows if row["part"] == "summary"}
    per_class = [z[labels == label].mean() for label in range(10)]
    expected = {
        "density": (z > 0).mean(),
        "mean_active": z[z > 0].mean(),
        "skew": skew(z[z > 0].astype(np.float64)),
        "kurtosis": kurtosis(z[z > 0].astype(np.float64)),
        "maximum": z.max(),
        "purity": max(per_class) / sum(per_class),
    }
    assert summary == pytest.approx(expected, rel=1e-4)
    assert values("class_mean") == pytest.approx(per_class, rel=1e-3, abs=1e-6)
    assert sum(values("histogram")) == np.count_nonzero(z)
    bins = list(
        zip(values("histogram", "low"), values("histogram", "high"), values("histogram"), strict=True)
    )
    # The outermost bins hold what lies beyond them, too.
    for low, high, count in bins[1:-1]:
        assert count == np.count_nonzero((z >= low) & (z < high))
    best = np.argsort(-z, kind="stable")[:20]
    assert values("top_image") == pytest.approx(z[best], rel=1e-4)
    tops = [row for row in rows if row["part"] == "top_image"]
    assert [row["name"] for row in tops] == [str(labels[int(row["index"])]) for row in tops]
    chosen = [int(index) for index in values("random_image", "index")]
    assert len(set(chosen)) == 20
    assert values("random_image") == pytest.approx(z[chosen], rel=1e-4)
    assert min(values("random_image")) > 0
    words = [text.get_text() for text in drawn("latent").figure.texts]
    on = np.count_nonzero(z)
    assert f"20 random ones of the {on:,} training images that activate it: class, z" in words
    assert values("encoder") == pytest.approx(subject.snapshot.W_enc[:, subject.latent], abs=1e-9)
    assert values("decoder") == pytest.approx(subject.snapshot.W_dec[subject.latent], abs=1e-9)


def test_a_dead_latent_says_so(subject: Subject) -> None:
    drawn = draw("latent", replace(subject, latent=5))
    words = [text.get_text() for text in drawn.figure.texts]
    assert "dead" in words and words[1].startswith("Latent #5: dead on all 600 training images")
    assert all(text.get_window_extent().x1 <= drawn.figure.bbox.x1 for text in drawn.figure.texts)
    assert {row["part"] for row in read(drawn.table)} == {
        "summary",
        "histogram",
        "class_mean",
        "encoder",
        "decoder",
    }


def test_a_raster_holds_the_density_of_every_latent_at_every_kept_step(subject: Subject, drawn: Draw) -> None:
    """Those of the fixture: #2 is never active, #5 late, #4 dies, comes back and dies again."""
    assert subject.densities is not None
    rows = read(drawn("density-raster").table)
    latents = [int(row["latent"]) for row in rows]
    assert latents == [0, 1, 3, 6, 7, 8, 9, 10, 11, 4, 5, 2], "by birth, then who lived longest"
    for row, latent in zip(rows, latents, strict=True):
        said = [float(row[f"step_{step}"]) for step in (0, 1, 2, 30, 60)]
        assert np.array_equal(np.float32(said), subject.densities.values[:, latent])
    lived = {int(row["latent"]): (row["first_active_step"], row["deaths"], row["revivals"]) for row in rows}
    assert lived[0] == ("1", "0", "0")
    assert lived[4] == ("1", "2", "1")
    assert lived[5] == ("30", "0", "0")
    assert lived[2] == ("", "0", "0")
    listed = replace(subject, listed=np.array([7, 4]))
    assert [row["latent"] for row in read(draw("density-raster", listed).table)] == ["7", "4"]


def test_a_raster_of_many_latents_draws_some_and_lists_all(subject: Subject) -> None:
    values = np.full((3, 5000), 0.5, np.float32)
    kept = Densities(np.arange(3), np.arange(3.0), values)
    drawing = draw("density-raster", replace(subject, densities=kept))
    assert len(drawing.table.rows) == 5000
    words = [text.get_text() for text in drawing.figure.findobj(Text)]
    assert any("2,400 of 5,000 latents, evenly chosen" in each for each in words)


def test_maps_hold_the_place_of_every_latent_that_is_not_dead(subject: Subject, drawn: Draw) -> None:
    stats, alive = subject.stats, np.flatnonzero(~subject.dead)
    assert stats is not None and len(alive) == subject.snapshot.n_latents - 3
    rows = read(drawn("density-scatter").table)
    assert [int(row["latent"]) for row in rows] == alive.tolist()
    assert [float(row["density"]) for row in rows] == pytest.approx(stats.density[alive].tolist())
    assert [10 ** float(row["log10_density"]) for row in rows] == pytest.approx(stats.density[alive].tolist())
    assert [float(row["mean_active"]) for row in rows] == pytest.approx(stats.mean_active[alive].tolist())
    rows = read(drawn("latent-map").table)
    assert [int(row["latent"]) for row in rows] == alive.tolist()
    atoms = subject.snapshot.decoder_images[alive].reshape(len(alive), -1).astype(np.float64)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    lengths = np.linalg.svd(atoms - atoms.mean(0), compute_uv=False)
    for place in (0, 1):
        said = np.array([float(row[f"component_{place + 1}"]) for row in rows])
        assert np.linalg.norm(said) == pytest.approx(lengths[place], rel=1e-4)
    for kind in ("density-scatter", "latent-map"):
        words = {text.get_text() for text in drawn(kind).figure.findobj(Text)}
        assert f"{len(alive)} latents, 3 dead left out" in words


def test_the_map_that_the_window_shows_is_the_one_that_is_drawn(subject: Subject) -> None:
    latents = np.array([2, 5])
    places = Places(latents, np.array([1.5, -3.0]), np.array([0.25, 4.0]))
    drawing = draw(
        "latent-map", replace(subject, mapped=Mapped("tsne", places, "Places are those of step 9."))
    )
    assert drawing.table.header == ("latent", "x", "y")
    assert drawing.table.rows == [[2, 1.5, 0.25], [5, -3.0, 4.0]]
    words = {text.get_text() for text in drawing.figure.findobj(Text)}
    assert {
        "Places are those of step 9.",
        "t-SNE: alike latents are near; distances between groups say little",
    } <= words


def test_histograms_count_all_latents_and_all_activations(subject: Subject, drawn: Draw) -> None:
    stats = subject.stats
    assert stats is not None
    rows = read(drawn("density-histogram").table)
    assert sum(int(row["latents"]) for row in rows) == (stats.density > 0).sum()
    rows = read(drawn("activation-histogram").table)
    assert sum(int(row["activations"]) for row in rows) == stats.active_per_image.sum()
    assert all(float(row["low"]) < float(row["high"]) for row in rows)


def test_the_map_of_codes_holds_every_test_input_with_its_class(subject: Subject, drawn: Draw) -> None:
    dataset = subject.dataset
    assert dataset is not None
    rows = read(drawn("code-map").table)
    assert [int(row["test_input"]) for row in rows] == list(range(len(dataset.test_images)))
    assert [row["class"] for row in rows] == [dataset.classes[label] for label in dataset.test_labels]
    z = subject.snapshot.encode(to_input(dataset.test_images)).astype(np.float64)
    lengths = np.linalg.svd(z - z.mean(0), compute_uv=False)
    for place, name in enumerate("xy"):
        said = np.array([float(row[name]) for row in rows])
        assert np.linalg.norm(said) == pytest.approx(lengths[place], rel=1e-4)
    shown = by_components(np.arange(3), codes_of(subject.snapshot, dataset.test_images[:3]))
    assert len(draw("code-map", replace(subject, coded=shown)).table.rows) == 3


def test_charts_of_runs_show_every_point_inside_the_axes_and_hold_it(subject: Subject, drawn: Draw) -> None:
    for kind in ("mse-by-l0", "explained-variance-by-k", "monosemanticity-by-k"):
        axes = drawn(kind).figure.axes[-1]
        low, high = axes.get_ylim()
        points = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines])
        assert len(points) >= 6 and low < points.min() and points.max() < high, kind
    rows = read(drawn("explained-variance-by-k").table)
    assert [(row["series"], row["k"]) for row in rows] == [
        (series, k)
        for series in ("12 latents, init linear", "24 latents, init data")
        for k in ("2", "4", "10")
    ]
    first = 1 - np.array([1.2 / 2**0.5 - 0.06, 1.2 / 2**0.5 - 0.07])
    assert float(rows[0]["explained_variance"]) == pytest.approx(first.mean())
    assert float(rows[0]["std"]) == pytest.approx(first.std(ddof=1))
    assert rows[0]["names"] == "12-2-0; 12-2-1"
    alike = read(drawn("monosemanticity-by-k").table)
    assert [float(row["monosemanticity"]) for row in alike[:3]] == pytest.approx([0.01, 0.03, 0.09])
    frontier = [row["name"] for row in read(drawn("mse-by-l0").table) if row["on_frontier"] == "1"]
    assert frontier == ["24-2-1", "24-4-1", "24-10-1"]
    dead = read(drawn("dead-by-size").table)
    assert [(row["latents"], row["init"], row["runs"]) for row in dead] == [
        ("12", "linear", "6"),
        ("24", "data", "6"),
    ]
    assert float(dead[0]["dead_share"]) == pytest.approx((10 + 8 + 2) / 36)
