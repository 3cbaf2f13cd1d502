"""Monosemanticity, by hand on tiny data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import kept_arrays
from saegui.core.analysis.monosemanticity import TOP, measured, monosemanticity
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.model.snapshot import Snapshot

X = np.array([[1, 0], [3, 4], [0, 2], [0, 0], [4, 3]], np.float32)
"""Cosines: 0.6, 0, –, 0.8 with the first; 0.8, 0.96 of the second with the third and the fifth; 0.6 of the third with the fifth."""


def model(w: list[list[float]]) -> Snapshot:
    """A latent for each column, active where its product with the input is above zero."""
    encoder = np.array(w, np.float32)
    latents = encoder.shape[1]
    zeros = np.zeros(latents, np.float32)
    config = RunConfig(arch="relu_l1", n_latents=latents)
    return Snapshot(
        config, 1, 1.0, encoder, zeros, encoder.T.copy(), np.zeros(2, np.float32), zeros, shape=(2,)
    )


def test_it_is_the_mean_cosine_of_the_most_active_inputs_less_that_of_all_pairs() -> None:
    found = monosemanticity(model([[1, 0, -1, 1], [0, 1, -1, -1]]), X)
    by_chance = (0.6 + 0 + 0.8 + 0.8 + 0.96 + 0.6) / 10
    assert found.by_chance == pytest.approx(by_chance)
    # The first: inputs 0, 1, 4; the second: 1, 2, 4; the third none; the fourth 0 and 4.
    assert found.latents.tolist() == [0, 1, 3]
    expected = [(0.6 + 0.8 + 0.96) / 3, (0.8 + 0.96 + 0.6) / 3, 0.8]
    assert found.values == pytest.approx(np.array(expected) - by_chance)
    assert found.mean == pytest.approx(np.mean(expected) - by_chance)


def test_a_latent_that_is_active_once_or_never_has_none() -> None:
    found = monosemanticity(model([[-1], [0.2]]), X)
    assert found.latents.tolist() == [] and found.mean is None, "only the third input activates it"


def test_only_the_most_active_are_compared() -> None:
    close, far = np.tile([[4, 3]], (TOP, 1)), np.tile([[0.1, 3]], (50, 1))
    found = monosemanticity(model([[1], [0]]), np.concatenate([far, close]).astype(np.float32))
    assert found.values + found.by_chance == pytest.approx([1.0])


def test_what_took_long_is_kept_and_a_damaged_file_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saegui.core.analysis.monosemanticity.WORTH", 0)
    monkeypatch.setattr(kept_arrays, "folder", lambda: tmp_path)
    labels = np.zeros(len(X), np.uint8)
    dataset = Dataset("made-up", "Made up", X, labels, X, labels, ("one",))
    first = measured(model([[1], [0]]), dataset)
    (kept,) = tmp_path.iterdir()
    assert first.latents.tolist() == [0]
    kept_arrays.keep(kept, {"latents": np.array([0]), "values": np.array([0.125]), "by_chance": 0.5})
    again = measured(model([[1], [0]]), dataset)
    assert (again.values.tolist(), again.by_chance) == ([0.125], 0.5), "it was read"
    kept_arrays.keep(kept, {"latents": np.array([7]), "values": np.ones(1), "by_chance": 0.0})
    assert measured(model([[1], [0]]), dataset).latents.tolist() == [0]
