"""What stands for the atoms of the model that is compared with: nearest texts, average pictures, or the atoms themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saegui.app.services import Services
from saegui.core.analysis.latent_stats import analyse
from saegui.core.analysis.neighbours import Directions
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.data.dataset import NO_LABELS, Items
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, open_run
from saegui.core.runs.writer import RunWriter

TIMEOUT = 20_000
WIDTH, F = 6, 4
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(40, WIDTH)).astype(np.float32)
WORDS = Items([f"word{place}" for place in range(30)], [f"test{place}" for place in range(10)])
PICTURES = RNG.integers(0, 256, (40, 5, 7), dtype=np.uint8)


def dataset(items: Items | None) -> Dataset:
    labels = np.zeros(40, np.uint8)
    return Dataset(
        "made-up-vector", "Rows", ROWS[:30], labels[:30], ROWS[30:], labels[30:], NO_LABELS, items=items
    )


def run_of(folder: Path, data: str = "made-up-vector") -> Run:
    config = RunConfig(dataset=data, n_latents=F, k=2)
    W = RNG.normal(size=(F, WIDTH)).astype(np.float32)
    zeros, half = np.zeros, np.full(F, 0.5, np.float32)
    model = Snapshot(config, 1, 1.0, W.T.copy(), zeros(F, np.float32), W, zeros(WIDTH, np.float32), half)
    writer = RunWriter(folder, config, shape=(WIDTH,))
    writer.save(model, History(), keep=True, status="finished")
    return open_run(folder)


def compared(qtbot: QtBot, services: Services, tmp_path: Path, items: Items | None, data: str) -> Snapshot:
    assert services.library.open(run_of(tmp_path / "a").path)
    services.state.set_dataset(dataset(items))
    services.comparison.watch(True)
    assert services.comparison.choose(run_of(tmp_path / "b", data))
    qtbot.waitUntil(lambda: services.comparison.found is not None, timeout=TIMEOUT)
    assert services.comparison.found is not None
    return services.comparison.found.b


@pytest.mark.parametrize("items", [WORDS, Items(PICTURES[:30], PICTURES[30:])], ids=["words", "pictures"])
def test_of_the_same_data_they_are_read(
    qtbot: QtBot, services: Services, tmp_path: Path, made_up: None, items: Items
) -> None:
    model = compared(qtbot, services, tmp_path, items, "made-up-vector")
    qtbot.waitUntil(lambda: services.other_atoms.of(model) is not None, timeout=TIMEOUT)
    atoms = services.other_atoms.of(model)
    assert atoms is not None
    if items is WORDS:
        nearest = Directions(ROWS[:30]).nearest(model.W_dec, 4).rows
        assert atoms.texts == [[f"word{row}" for row in rows] for rows in nearest.tolist()]
    else:
        assert np.array_equal(atoms.averages, analyse(model, dataset(items)).average)
    jobs = services.jobs.running
    services.other_atoms.refresh()
    assert services.jobs.running == jobs, "they are not read again"
    services.state.set_dataset(dataset(None))
    assert services.other_atoms.of(model) is None


@pytest.mark.parametrize(("items", "data"), [(None, "made-up-vector"), (WORDS, "words")])
def test_of_other_data_and_of_plain_rows_the_atoms_stand_for_themselves(
    qtbot: QtBot, services: Services, tmp_path: Path, made_up: None, items: Items | None, data: str
) -> None:
    model = compared(qtbot, services, tmp_path, items, data)
    assert not [job for job in services.jobs.running if job.title == "Reading the latents of B"]
    assert services.other_atoms.of(model) is None
