"""What every preset reaches on MNIST: mean and spread over three seeds, as the README's table.

Not part of ``python tests/bench`` without a name: it trains for a quarter of an hour.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row

SEEDS = (0, 1, 2)
REFERENCE = {
    "seed-k10": "0.0245",
    "seed-k64": "0.0093",
    "seed-small": "0.0286",
    "seed-tiny": "0.0319",
    "modern": "0.0180",
    "modern, 256 latents": "0.0140",
}


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a preset, with the value that was measured once elsewhere as its target."""
    from saegui.core import data
    from saegui.core.presets import PRESETS
    from saegui.core.processors import use_threads
    from saegui.core.session import Session

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    configs = {name: preset.config for name, preset in PRESETS.items()}
    configs["modern, 256 latents"] = configs["modern"].model_copy(update={"n_latents": 256})
    for name, config in configs.items():
        found, seconds = [], []
        for seed in SEEDS:
            changes = {"seed": seed, **({"epochs": 1} if quick else {})}
            with tempfile.TemporaryDirectory() as folder:
                session = Session(config.model_copy(update=changes), dataset, Path(folder) / "run")
                while not session.done:
                    session.advance()
                found.append(session.close())
                seconds.append(session.trainer.seconds)
        mse = [metrics.mse for metrics in found]
        fvu, l0 = (statistics.mean(getattr(m, key) for m in found) for key in ("fvu", "l0"))
        dead = ", ".join(str(metrics.dead) for metrics in found)
        text = f"{name}: FVU {fvu:.3f}, L0 {l0:.1f}, dead {dead}, {statistics.median(seconds):.0f} s"
        yield Row(text, f"{statistics.mean(mse):.4f} ± {statistics.stdev(mse):.4f}", REFERENCE[name])
