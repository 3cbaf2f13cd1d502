"""Seconds to match two dictionaries of random directions one to one, the hardest there are: nothing in them is alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saegui.core.analysis.matching import Method, match
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from tests.bench.rows import Row
from tests.mnist_shape import D_IN

EXACT, GREEDY = 4096, 16_384


def model(n_latents: int, seed: int) -> Snapshot:
    """TopK with random atoms."""
    atoms = np.random.default_rng(seed).standard_normal((n_latents, D_IN), dtype=np.float32)
    zeros = np.zeros(n_latents, np.float32)
    config = RunConfig(n_latents=n_latents, k=1)
    return Snapshot(config, 0, 0.0, atoms.T, zeros, atoms, np.zeros(D_IN, np.float32), zeros.copy())


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Exactly and greedily, with the whole process' most memory nowhere near that of all cosines."""
    cases: tuple[tuple[int, Method, str], ...] = (
        (EXACT, "exact", "< 3 s"),
        (EXACT, "greedy", ""),
        (GREEDY, "greedy", "< 20 s"),
        (GREEDY, "exact", ""),
    )
    for size, method, target in cases:
        count = 300 if quick else size
        a, b, nobody = model(count, 0), model(count, 1), np.zeros(count, np.bool_)
        started = time.perf_counter()
        found = match(a, b, nobody, nobody, method)
        seconds = time.perf_counter() - started
        what = f"{count:,} × {count:,}, {method}, mean cosine {found.mean:.4f}"
        yield Row(what, f"{seconds:.1f} s", target)
