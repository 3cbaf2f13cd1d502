"""A sweep on two processes of this machine beside the same on one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from saegui.core.sweeps import places
from saegui.core.sweeps.spec import trainings
from tests.bench.rows import Row

RUNS = 20
TARGET = "≥ 1.7×"


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Starting and stopping the processes counts."""
    count, epochs = (2, 1) if quick else (RUNS, 2)
    mnist = data_dir / "MNIST" / "raw"
    spec = {"preset": "modern", "epochs": epochs, "vary": {"seed": list(range(count))}}
    if quick:
        spec |= {"dataset": "digits", "latents": 16, "k": 4}
    found = trainings(spec, data_dir=None if quick else mnist)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(1 if quick else max(1, repeats // 3)):
        for workers, taken in seconds.items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                ended = list(places.on_dask(found, Path(folder), local=workers))
                taken.append(time.perf_counter() - started)
            assert all(each.problem is None for each in ended), ended
    one, two = median(seconds[1]), median(seconds[2])
    yield Row(f"{count} runs, one process", f"{one:.1f} s")
    yield Row(f"{count} runs, two processes", f"{two:.1f} s, {one / two:.2f}×", TARGET)
