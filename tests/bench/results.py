"""What every preset reaches on MNIST: mean and spread over three seeds, as a table for docs/results.md.

A preset that names a seed of its own is trained with that one alone. Trains for a quarter of an hour; 256 latents are
the benchmark ``best``'s.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.trained import train

SEEDS = (0, 1, 2)
REFERENCE = {
    "seed-k10": "0.0245",
    "seed-k64": "0.0093",
    "seed-small": "0.0286",
    "seed-tiny": "0.0319",
    "modern": "0.0180",
    "best": "< 0.0180",
}
"""Measured once elsewhere."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a preset; then the table for docs/results.md."""
    from saegui.core import data
    from saegui.core.config.presets import PRESETS
    from saegui.core.training.devices import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    configs = {name: preset.config for name, preset in PRESETS.items()}
    table = ["| Preset | MSE | FVU | L0 | Dead |", "| --- | --- | --- | --- | --- |"]
    for name, config in configs.items():
        seeds = SEEDS if config.seed == 0 and not quick else (config.seed,)
        trained = [train(config.model_copy(update={"seed": seed}), dataset, quick) for seed in seeds]
        found = [each.metrics for each in trained]
        mse = f"{statistics.mean(m.mse for m in found):.4f}"
        if len(found) > 1:
            mse += f" ± {statistics.stdev(m.mse for m in found):.4f}"
        fvu, l0 = (statistics.mean(getattr(m, key) for m in found) for key in ("fvu", "l0"))
        dead = ", ".join(str(m.dead) for m in found)
        seconds = statistics.median(each.seconds for each in trained)
        yield Row(
            f"{name}: FVU {fvu:.3f}, L0 {l0:.1f}, dead {dead}, {seconds:.0f} s", mse, REFERENCE.get(name, "")
        )
        table.append(f"| `{name}` | {mse} | {fvu:.3f} | {l0:.1f} | {dead} of {config.n_latents} |")
    print("\n" + "\n".join(table) + "\n")
