"""The codes of training inputs: quantiles and cosines against those counted by hand, thinned where there are too many."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core.analysis import input_codes as module
from saegui.core.analysis import kept_arrays, kept_codes
from saegui.core.analysis.input_codes import InputCodes, input_codes
from saegui.core.analysis.ranking import numbers, order
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.errors import Cancelled, DataError
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.run import open_run
from tests.badfiles.damage import everywhere
from tests.watched import Watched

F32 = np.float32
ROWS = np.array([[1, 0, 0], [3, 4, 0], [2, 0, 0], [0, 0, 0], [0, 5, 0], [2, 0, 0]], F32)
"""Inputs that their model takes over as their codes: latent 2 is inactive on all of them."""


def same_as_inputs() -> Snapshot:
    config = RunConfig(n_latents=3, pre_bias=False, arch="relu_l1")
    one, zeros = np.eye(3, dtype=F32), np.zeros(3, F32)
    return Snapshot(config, 0, 0.0, one, zeros, one.copy(), zeros.copy(), zeros.copy(), shape=(3,))


def vectors(rows: np.ndarray = ROWS) -> Dataset:
    labels = np.zeros(len(rows), np.uint8)
    return Dataset("made-up", "Made up", rows, labels, rows[:1].copy(), labels[:1].copy(), ("all",))


@pytest.fixture
def found() -> InputCodes:
    return input_codes(same_as_inputs(), vectors())


def test_a_quantile_is_the_share_of_a_latent_s_own_positive_activations_that_are_at_most_as_large(
    found: InputCodes,
) -> None:
    assert found.positives(0).tolist() == [1, 2, 2, 3] and found.positives(1).tolist() == [4, 5]
    # 3 of 1, 2, 2, 3 are at most 2; none of 4, 5 is at most 3.9; latent 2 has no activations to compare with.
    quantiles = found.quantiles(np.array([2, 3.9, 7], F32), [0, 1, 2])
    assert quantiles[:2].tolist() == [0.75, 0.0] and math.isnan(quantiles[2])
    assert found.quantiles(np.array([0.5, 9, 0], F32), [1, 0]).tolist() == [1.0, 0.0]


def test_the_nearest_inputs_have_the_largest_cosine_of_codes_and_equals_keep_their_order(
    found: InputCodes,
) -> None:
    rows, cosines = found.nearest(np.array([2, 0, 0], F32), 4)
    # (3, 4, 0) has 3/5; inputs 3 and 4 share no latent and are left out.
    assert rows.tolist() == [0, 2, 5, 1] and cosines.tolist() == pytest.approx([1, 1, 1, 0.6])
    assert found.nearest(np.array([2, 0, 0], F32), 2)[0].tolist() == [0, 2]
    assert found.nearest(np.array([0, 0, 1], F32), 4)[0].tolist() == []
    assert found.nearest(np.zeros(3, F32), 4)[0].tolist() == []
    assert [found.shared(row, np.array([2, 0, 7], F32)) for row in (0, 1, 3, 4)] == [1, 1, 0, 0]


def test_of_too_many_activations_every_second_input_is_left_out_until_they_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 2)
    few = input_codes(same_as_inputs(), vectors())
    assert (few.every, len(few), few.n_inputs) == (4, 2, 6)
    # Inputs 0 and 4.
    assert few.positives(0).tolist() == [1] and few.positives(1).tolist() == [5]
    assert few.nearest(np.array([0, 1, 0], F32), 4)[0].tolist() == [4]


def test_codes_of_a_trained_model_are_those_that_it_encodes(small_run: Path, digits: Dataset) -> None:
    snapshot = open_run(small_run).latest()
    seen = Watched()
    found = input_codes(snapshot, digits, progress=seen)
    z = snapshot.encode(to_input(digits.train_images))
    assert len(found.values) == np.count_nonzero(z) and len(found) == len(z)
    for latent in (0, 5, 23):
        np.testing.assert_array_equal(found.positives(latent), np.sort(z[z[:, latent] > 0, latent]))
    lengths = np.linalg.norm(z.astype(float), axis=1) * np.linalg.norm(z[7].astype(float))
    wanted = z.astype(float) @ z[7] / np.where(lengths, lengths, 1)
    np.testing.assert_allclose(found.cosines(z[7]), wanted, rtol=1e-5)
    with pytest.raises(DataError):
        input_codes(same_as_inputs(), digits)
    with pytest.raises(Cancelled):
        input_codes(snapshot, digits, progress=Watched(lambda: True))


@pytest.mark.parametrize("rank", ["activation", "quantile", "effect"])
def test_active_latents_are_ranked_by_what_was_chosen_and_what_has_no_number_is_last(
    rank: str, found: InputCodes
) -> None:
    snapshot, z = same_as_inputs(), np.array([2, 4.5, 7], F32)
    image, latents = np.array([2, 1, 7], F32), np.array([0, 1, 2])
    numbered = numbers(rank, snapshot, image, z, latents, found)  # type: ignore[arg-type]
    # Without latent 0 the error of its number is 2² in place of 0; without latent 1 it is 1² in place of 3.5².
    wanted = {
        "activation": ([2, 4.5, 7], [2, 1, 0]),
        "quantile": ([0.75, 0.5, math.nan], [0, 1, 2]),
        "effect": ([4 / 3, (1 - 3.5**2) / 3, 49 / 3], [2, 0, 1]),
    }[rank]
    np.testing.assert_allclose(numbered, wanted[0], rtol=1e-6)
    assert order(numbered, z, latents).tolist() == wanted[1]
    # Equals go by their activation, then by the latent.
    assert order(np.ones(3), np.array([1, 2, 2], F32), latents).tolist() == [1, 2, 0]


def test_codes_of_large_models_are_kept_and_made_again_where_the_file_is_damaged(
    small_run: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_arrays, "WORTH", 0)
    snapshot = open_run(small_run).latest()
    first = kept_codes.measured(snapshot, digits)
    (file,) = kept_arrays.folder().iterdir()
    content, made = file.read_bytes(), []
    encode: Callable[..., InputCodes] = input_codes

    def counted(*given: object, **more: object) -> InputCodes:
        made.append(given)
        return encode(*given, **more)

    monkeypatch.setattr(kept_codes, "input_codes", counted)

    def same() -> bool:
        again = kept_codes.measured(open_run(small_run).latest(), digits)
        names = ("starts", "latents", "values")
        return again.every == first.every and all(
            np.array_equal(getattr(again, name), getattr(first, name)) for name in names
        )

    assert same() and not made
    for damage in [each for each in everywhere() if not each.may_mean_something][::2]:
        if damage.change is not None:
            damage.apply(file)
            assert same() and file.read_bytes() == content, damage.name
    assert made
