"""A small model on the built-in digits: its atoms are training images, so it reconstructs untrained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from numpy.typing import NDArray

from saegui.core.analysis.latent_stats import analyse
from saegui.core.analysis.matching import match
from saegui.core.analysis.stability import Stability
from saegui.core.arrays import Shape
from saegui.core.config.schema import RunConfig
from saegui.core.data import Dataset
from saegui.core.figures import Drawn, Subject, atoms_by_k, draw, fonts, render
from saegui.core.figures.base import Other
from saegui.core.model.snapshot import Snapshot, to_input
from saegui.core.runs.densities import Densities
from saegui.core.runs.history import History, StepResult, TestResult
from saegui.core.runs.overlay import Overlay
from saegui.core.runs.run import Run
from tests.mnist_shape import D_IN

N_LATENTS, K = 12, 4
DEAD = (2, 5, 11)
LATENT = 4
STEPS = (0, 1, 2, 30, 60)
"""Kept steps of the run."""


def forget_fonts() -> None:
    for found in (fonts.written, fonts._entries, fonts._has, fonts._found_new):
        found.cache_clear()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[font_manager.FontEntry]]:
    """matplotlib's list of fonts, which is put back: its own alone, whatever is installed on this machine."""
    manager, own = font_manager.fontManager, Path(matplotlib.get_data_path())
    monkeypatch.setattr(
        manager, "ttflist", [entry for entry in manager.ttflist if Path(entry.fname).is_relative_to(own)]
    )
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    forget_fonts()
    yield manager.ttflist
    forget_fonts()


@pytest.fixture(scope="session")
def some_digits(digits: Dataset) -> Dataset:
    """600 training and 80 test images of the built-in digits."""
    return replace(
        digits,
        train_images=digits.train_images[:600],
        train_labels=digits.train_labels[:600],
        test_images=digits.test_images[:80],
        test_labels=digits.test_labels[:80],
    )


@pytest.fixture(scope="session")
def snapshot(some_digits: Dataset) -> Snapshot:
    """Atoms are unit-norm training images less their mean, encoder tied; no image reaches the dead's bias."""
    x = to_input(some_digits.train_images)
    atoms = x[: N_LATENTS * 7 : 7] - x.mean(0)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    b_enc = np.zeros(N_LATENTS, np.float32)
    b_enc[list(DEAD)] = -1000
    config = RunConfig(dataset="digits", n_latents=N_LATENTS, k=K, pre_bias=True)
    density = np.zeros(N_LATENTS, np.float32)
    encoder = np.ascontiguousarray(atoms.T)
    assert encoder.shape == (D_IN, N_LATENTS)
    return Snapshot(config, 60, 20.0, encoder, b_enc, atoms, x.mean(0), density)


@pytest.fixture(scope="session")
def history() -> History:
    """Sixty steps, three an epoch, with a test point after each epoch."""
    history = History()
    for step in range(1, 61):
        loss = 0.2 / step
        history.add_step(
            StepResult(step, step / 3, step * 0.1, loss, loss * 4, 4 - 1 / step, step // 20, {}, 200)
        )
        if step % 3 == 0:
            history.add_test(TestResult(step, step / 3, step * 0.1, loss * 1.1, loss * 4.4, 3.5))
    return history


@pytest.fixture(scope="session")
def subject(snapshot: Snapshot, some_digits: Dataset, history: History) -> Subject:
    """Everything that any kind of figure needs."""
    stats = analyse(snapshot, some_digits)
    assert np.flatnonzero(stats.dead).tolist() == list(DEAD)
    other = (Overlay(Path("another run"), "another run", history, place=1),)
    drawing = some_digits.test_images[3]
    kept = Densities(np.array(STEPS), np.array(STEPS) / 3, densities_by_hand())
    whole = Subject("my run", snapshot, history, some_digits, stats, drawing, LATENT, other, densities=kept)
    seeds = tuple(
        Run(Path(), f"seed {seed}", RunConfig(seed=seed), "", "finished", 1, 1.0) for seed in (1, 2)
    )
    found = Stability(
        np.linspace(0.5, 1, 2 * N_LATENTS, dtype=np.float32).reshape(2, -1), np.arange(N_LATENTS)
    )
    matching = match(snapshot, snapshot, stats.dead, stats.dead)
    runs = sweep()
    return replace(
        whole,
        other=Other("another run", snapshot),
        matching=matching,
        seeds=seeds,
        stability=found,
        runs=runs,
        alike={run.path: run.config.k / 100 - run.config.seed / 50 for run in runs},
        histories=tuple((run, history_of(run)) for run in runs),
        models=models_of(runs, snapshot),
    )


def history_of(run: Run) -> History:
    """Twelve steps, three an epoch; a larger k has a smaller loss, and a later seed a larger one."""
    history = History()
    for step in range(1, 13):
        loss = (1 + 0.2 * run.config.seed) / (step * run.config.k)
        dead = min(step, run.config.n_latents - run.config.k)
        history.add_step(StepResult(step, step / 3, step * 0.1, loss, loss * 4, run.config.k, dead, {}, 200))
        if step % 3 == 0:
            history.add_test(TestResult(step, step / 3, step * 0.1, loss, loss * 4, run.config.k))
    return history


def models_of(runs: Sequence[Run], snapshot: Snapshot) -> tuple[tuple[Run, Snapshot], ...]:
    """Weights of ``snapshot`` for those runs that are drawn; the smaller the index, the more often a latent is active."""
    density = np.linspace(0.9, 0, snapshot.n_latents).astype(np.float32)
    return tuple((run, replace(snapshot, density=density)) for _, run in atoms_by_k.chosen(runs))


def sweep(shape: Shape = (28, 28)) -> tuple[Run, ...]:
    """Runs of two sizes, each with three k and two seeds, and one that diverged. A larger k has a smaller error."""
    made = []
    for size, k, seed in product((12, 24), (2, 4, 10), (0, 1)):
        config = RunConfig(
            dataset="digits", n_latents=size, k=k, seed=seed, init=("linear", "data")[size == 24]
        )
        fvu = 1.2 / k**0.5 - 0.01 * seed - size / 200
        metrics: dict[str, float | int | str | None] = {
            "mse": fvu / 10,
            "fvu": fvu,
            "l0": k - 0.1 * seed,
            "dead": (12 - k) * (size == 12),
        }
        name = f"{size}-{k}-{seed}"
        made.append(Run(Path(name), name, config, "", "finished", 60, 20.0, metrics, shape))
    gone = replace(made[0], path=Path("gone"), name="gone", status="diverged")
    return (*made, gone)


def densities_by_hand() -> NDArray[np.float32]:
    """(5, 12): all latents are active from the first step on, except #2, never; #5, born late; #4, dead and back."""
    values = np.full((len(STEPS), N_LATENTS), 0.25, np.float32)
    values[0] = values[:, 2] = values[:3, 5] = 0
    values[1:, 4] = [0.5, 0, 0.001, 0]
    return values


@pytest.fixture(scope="session")
def drawn(subject: Subject) -> Callable[[str], Drawn]:
    """Each kind, drawn once."""
    return cache(lambda kind: draw(kind, subject))


@pytest.fixture(scope="session")
def rendered(drawn: Callable[[str], Drawn]) -> Callable[[str, str], bytes]:
    """The file of a kind in a format, made once."""
    return cache(lambda kind, fmt: render(drawn(kind), fmt))
