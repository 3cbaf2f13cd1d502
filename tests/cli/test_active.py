"""``saegui active``: the active latents of one input, with the numbers that the window shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saegui.core import strokes
from saegui.core.analysis.contributions import ablation_costs
from saegui.core.data import Dataset
from saegui.core.model.snapshot import to_input
from saegui.core.runs.run import open_run
from saegui.core.strokes.drawings import load_npz
from tests.cli.conftest import Result

Here = Callable[..., Result]
Refused = Callable[..., str]


@pytest.mark.parametrize("rank", ["activation", "quantile", "effect"])
def test_latents_of_a_test_input_are_listed_in_the_order_of_what_was_chosen(
    here: Here, small_run: Path, digits: Dataset, rank: str
) -> None:
    found = json.loads(here("active", small_run, "--index", "5", "--rank", rank, "--json").out)
    snapshot, image = open_run(small_run).latest(), digits.test_images[5]
    z = snapshot.encode(to_input(image[np.newaxis]))[0]
    rows = found["active"]
    assert found["l0"] == len(rows) == np.count_nonzero(z)
    assert [row[rank] for row in rows] == sorted((row[rank] for row in rows), reverse=True)
    latents = [row["latent"] for row in rows]
    assert [row["activation"] for row in rows] == pytest.approx(z[latents].tolist())
    costs = ablation_costs(snapshot, image, z, np.array(latents))
    assert [row["effect"] for row in rows] == pytest.approx(costs.tolist())
    trained = snapshot.encode(to_input(digits.train_images))
    for row in rows:
        own = trained[:, row["latent"]]
        assert row["quantile"] == pytest.approx((own[own > 0] <= z[row["latent"]]).mean())


def test_a_drawing_is_listed_as_a_table_and_what_is_not_there_is_refused(
    here: Here, refused: Refused, small_run: Path, drawings: Path
) -> None:
    image = strokes.render(load_npz(drawings)[1])
    snapshot = open_run(small_run).latest()
    z = snapshot.encode(to_input(image[np.newaxis]))[0]
    lines = here("active", small_run, "--strokes", drawings, "--index", "1").out.splitlines()
    assert lines[0].split() == ["latent", "activation", "quantile", "effect", "label"]
    wanted = np.argsort(-z, kind="stable")[: np.count_nonzero(z)].tolist()
    assert [int(line.split()[0]) for line in lines[1:]] == wanted
    assert "no input 9" in refused("active", small_run, "--strokes", drawings, "--index", "9")
    assert "give --data" in refused("active", small_run, "--data-option", "shape=vector")
