"""Milliseconds to steer one image and to take its reconstruction apart: what each movement of a slider asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from saegui.core.analysis.contributions import term_sum
from saegui.core.analysis.steering import Steering
from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot, to_input
from tests.bench.rows import Row
from tests.mnist_shape import D_IN

SIZES = (64, 4096)
MOVES = 200


def model(n_latents: int) -> Snapshot:
    """TopK with random weights."""
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(n_latents, D_IN)).astype(np.float32)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    zeros = np.zeros(n_latents, np.float32)
    config = RunConfig(n_latents=n_latents, k=min(32, n_latents))
    return Snapshot(config, 0, 0.0, atoms.T.copy(), zeros, atoms, np.zeros(D_IN, np.float32), zeros.copy())


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Of a small model and a large one."""
    image = np.random.default_rng(1).random(D_IN).astype(np.float32)
    count = 10 if quick else MOVES
    for size in SIZES:
        snapshot = model(size)
        values = image.reshape(snapshot.shape)
        z = snapshot.encode(to_input(values[np.newaxis]))[0]
        ready, latents = Steering(snapshot, values, z), np.flatnonzero(z)
        yield _row(
            f"a slider moves, {size:,} latents",
            lambda place, ready=ready, latents=latents: ready.steer({int(latents[0]): place / 10}),  # type: ignore[misc]
            count,
        )
        yield _row(
            f"the sum of {len(latents)} terms, {size:,} latents",
            lambda place, model=snapshot, values=values, z=z: term_sum(model, values, z),  # type: ignore[misc]
            count,
        )


def _row(what: str, do: Callable[[int], object], count: int) -> Row:
    do(0)
    found = []
    for place in range(count):
        started = time.perf_counter()
        do(place)
        found.append(1000 * (time.perf_counter() - started))
    middle, high = np.percentile(found, [50, 99])
    return Row(f"{what}: median {middle:.1f} ms, 99 %", f"{high:.1f} ms", "<= 16 ms")
