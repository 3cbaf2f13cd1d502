"""The numbers of figures of atoms, of many runs and of the summary, computed here once more by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from saegui.core.figures import Drawn, Subject, draw
from saegui.core.figures.made_for import MadeFor, for_width
from tests.core.figures.conftest import sweep
from tests.core.figures.test_numbers import image, read

Draw = Callable[[str], Drawn]


def test_mean_curves_hold_mean_and_deviation_over_seeds(drawn: Draw) -> None:
    rows = read(drawn("mean-curves").table)
    own = [row for row in rows if row["group"] == "12 latents, k 4, init linear" and row["split"] == "train"]
    assert [float(row["epoch"]) for row in own] == pytest.approx([step / 3 for step in range(1, 13)])
    for step, row in enumerate(own, 1):
        losses = np.array([1, 1.2]) / (step * 4)
        assert float(row["loss"]) == pytest.approx(losses.mean())
        assert float(row["loss_std"]) == pytest.approx(losses.std(ddof=1))
        assert (float(row["dead"]), row["seeds"]) == (min(step, 8), "2")
    assert {row["dead"] for row in rows if row["split"] == "test"} == {""}
    assert len({row["group"] for row in rows}) == 6


def test_bands_reach_one_deviation_from_the_mean_and_marks_tell_lines_apart(drawn: Draw) -> None:
    loss = drawn("mean-curves").figure.axes[1]
    (band, *_) = loss.collections
    points = band.get_paths()[0].vertices
    first = points[points[:, 0] == points[:, 0].min()][:, 1]
    losses = np.array([1, 1.2]) / 2
    deviation = losses.std(ddof=1)
    assert sorted({round(float(value), 6) for value in first}) == pytest.approx(
        [losses.mean() - deviation, losses.mean() + deviation], abs=1e-5
    )
    solid = [line for line in loss.lines if line.get_linestyle() == "-"]
    assert len({line.get_marker() for line in solid}) == len(solid) == 6


def test_atoms_by_k_hold_the_most_often_active_of_the_first_seed(subject: Subject, drawn: Draw) -> None:
    rows = read(drawn("atoms-by-k").table)
    assert list(dict.fromkeys(row["run"] for row in rows)) == [
        f"{size}-{k}-0" for size in (12, 24) for k in (2, 4, 10)
    ]
    first = [row for row in rows if row["run"] == "12-2-0"]
    assert [int(row["latent"]) for row in first] == list(range(11)), "the last has a density of 0"
    for row in first:
        assert np.array_equal(image(row).astype(np.float32), subject.snapshot.W_dec[int(row["latent"])])
    few = draw("atoms-by-k", replace(subject, made_for=MadeFor(tiles=3)))
    assert len(few.table.rows) == 18


def test_the_dendrogram_joins_what_is_most_alike_first_by_mean_cosines(subject: Subject, drawn: Draw) -> None:
    W = subject.snapshot.W_dec.astype(float)
    cosines = W @ W.T / np.outer(*2 * [np.linalg.norm(W, axis=1)])
    groups = {f"#{latent}": [latent] for latent in range(12) if latent not in (2, 5, 11)}
    rows = read(drawn("dendrogram").table)
    assert len(rows) == 8
    for row in rows:
        means = {
            frozenset((a, b)): np.mean([cosines[i, j] for i in groups[a] for j in groups[b]])
            for a, b in itertools.combinations(groups, 2)
        }
        best = max(means, key=lambda pair: means[pair])
        assert {row["first"], row["second"]} == set(best)
        assert float(row["mean_cosine"]) == pytest.approx(means[best], abs=1e-5)
        merged = groups.pop(row["first"]) + groups.pop(row["second"])
        assert int(row["latents"]) == len(merged)
        groups[f"branch {row['branch']}"] = merged


def test_a_dendrogram_has_as_many_leaves_as_have_room_or_were_chosen(subject: Subject) -> None:
    chosen = draw("dendrogram", replace(subject, made_for=MadeFor(latents=(7, 2, 0, 4))))
    names = {text.get_text() for text in chosen.figure.texts}
    assert {"#7", "#0", "#4"} <= names and "#2" not in names, "it is dead"
    assert "3 chosen latents; 3 dead left out" in names
    few = draw("dendrogram", replace(subject, made_for=MadeFor(tiles=5)))
    assert len(few.table.rows) == 4


def test_decoder_beside_encoder_has_both_and_their_cosine(subject: Subject, drawn: Draw) -> None:
    rows = read(drawn("decoder-beside-encoder").table)
    assert len(rows) == 2 * 9 and [row["side"] for row in rows[:2]] == ["decoder", "encoder"]
    for row in rows:
        latent = int(row["latent"])
        weights = {"decoder": subject.snapshot.W_dec[latent], "encoder": subject.snapshot.W_enc[:, latent]}
        assert np.array_equal(image(row).astype(np.float32), weights[row["side"]])
        assert float(row["cosine"]) == pytest.approx(1, abs=1e-6), "tied"
    half = replace(subject.snapshot, W_enc=np.abs(subject.snapshot.W_enc))
    chosen = draw("decoder-beside-encoder", replace(subject, snapshot=half, made_for=MadeFor(latents=(3, 2))))
    cosine = half.W_dec[3].astype(float) @ half.W_enc[:, 3] / np.linalg.norm(half.W_enc[:, 3])
    assert [row[:2] for row in chosen.table.rows[::2]] == [
        [3, pytest.approx(cosine)],
        [2, pytest.approx(half.W_dec[2].astype(float) @ half.W_enc[:, 2] / np.linalg.norm(half.W_enc[:, 2]))],
    ]


def test_mean_activations_are_over_all_training_inputs(subject: Subject, drawn: Draw) -> None:
    assert subject.dataset is not None
    z = subject.snapshot.encode(subject.dataset.train_images.reshape(-1, 784).astype(np.float32) / 255)
    rows = read(drawn("mean-activation").table)
    assert len(rows) == 9
    for row in rows:
        assert float(row["mean"]) == pytest.approx(z[:, int(row["latent"])].mean(), rel=1e-4)
    means = [float(row["mean"]) for row in rows]
    assert means == sorted(means, reverse=True)
    assert subject.stats is not None
    signed = replace(subject.stats, mean_active=-subject.stats.mean_active)
    axes = draw("mean-activation", replace(subject, stats=signed)).figure.axes[-1]
    assert axes.get_ylim()[0] < -max(means), "codes that have a sign are not cut off"
    with_target = replace(subject.snapshot, config=subject.snapshot.config.model_copy(update={"arch": "kl"}))
    words = [
        text.get_text()
        for text in draw("mean-activation", replace(subject, snapshot=with_target)).figure.texts
    ]
    assert "target ρ = 0.05, dashed" in words


def test_most_active_inputs_are_those_with_the_largest_activations(subject: Subject, drawn: Draw) -> None:
    assert subject.dataset is not None
    z = subject.snapshot.encode(subject.dataset.train_images.reshape(-1, 784).astype(np.float32) / 255)
    rows = read(drawn("top-inputs").table)
    assert list(dict.fromkeys(int(row["latent"]) for row in rows)) == subject.order()[:9].tolist()
    for latent in (0, 7):
        own = [row for row in rows if int(row["latent"]) == latent]
        strongest = np.sort(z[:, latent])[::-1][: len(own)]
        assert [float(row["activation"]) for row in own] == pytest.approx(strongest.tolist(), rel=1e-5)
        for row in own:
            label = subject.dataset.train_labels[int(row["training_input"])]
            assert row["name"] == subject.dataset.classes[label]


def test_the_summary_has_all_parameters_and_metrics_and_leaves_out_what_there_is_not(
    subject: Subject,
) -> None:
    measured = replace(
        subject, run=replace(sweep()[0], metrics={"mse": 0.0123, "l0": 3.5, "dead": 2, "k": 4})
    )
    rows = {(row["part"], row["name"]): row["value"] for row in read(draw("summary", measured).table)}
    assert rows["metric", "mse"] == "0.0123" and rows["metric", "dead"] == "2"
    assert ("metric", "k") not in rows
    assert rows["parameter", "n_latents"] == "12" and rows["parameter", "pre_bias"] == "True"
    words = {text.get_text() for text in draw("summary", measured).figure.texts}
    assert {"0.01230", "Parameters", "Training", "Atoms", "Reconstructions", "on", "TopK"} <= words
    bare = Subject("bare", subject.snapshot, made_for=MadeFor(for_width("page"), header=False))
    words = {text.get_text() for text in draw("summary", bare).figure.texts}
    assert "Parameters" in words and not {"Training", "Reconstructions"} & words
