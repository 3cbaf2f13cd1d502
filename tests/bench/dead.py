"""How many latents ``modern`` leaves dead with 1,024 latents after five epochs on MNIST, over ten seeds.

A single seed says little: whether the last latent comes to life depends on the seed, and on the processor, whose sums are
rounded differently. Ends with the table for docs/results.md.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.trained import train

LATENTS, EPOCHS = 1024, 5
REVIVALS = ("auxk",)
SEEDS = range(10)


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a way of revival."""
    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.training.devices import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    table = ["| `modern --epochs 5 --latents 1024` | MSE | Dead, mean | Range |", "| --- | --- | --- | --- |"]
    for revival in REVIVALS:
        changes = {"n_latents": LATENTS, "epochs": EPOCHS, "revival": revival}
        config = preset("modern").config.model_copy(update=changes)
        seeds = SEEDS[: 1 if quick else None]
        found = [train(config.model_copy(update={"seed": seed}), dataset, quick).metrics for seed in seeds]
        dead = [each.dead for each in found]
        mse, mean = statistics.mean(each.mse for each in found), statistics.mean(dead)
        yield Row(f"{revival}, seeds {seeds[0]} to {seeds[-1]}: MSE {mse:.4f}, dead {dead}", f"{mean:.1f}")
        table.append(
            f"| `--revival {revival}` | {mse:.4f} | {mean:.1f} of 1,024 | {min(dead)} to {max(dead)} |"
        )
    print("\n" + "\n".join(table) + "\n")
