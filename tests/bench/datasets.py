"""What two presets reach on every data set that needs no network, as a table for docs/results.md.

Data sets with few inputs are trained for more epochs, so that every training has :data:`STEPS` steps at least. One thread, whose processor
time is measured, evaluation included. Trains for half an hour.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.trained import train

PRESETS = ("modern", "best")
LATENTS = (64, 256)
STEPS = 2000


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a training; then the table for docs/results.md."""
    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.training.devices import use_threads

    use_threads(1)
    table = [
        "| Data set | Input | Preset | Latents | Epochs | FVU | L0 | Dead | CPU seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, source in data.SOURCES.items():
        folder = data_dir if source.takes_folder and data.available(name, data_dir) else None
        if not data.available(name, folder) or (quick and name != data.built_in()):
            continue
        dataset = data.load(name, folder)
        for called in PRESETS:
            base = preset(called).config
            steps = math.ceil(len(dataset.train_images) / base.batch_size)
            epochs = max(base.epochs, math.ceil(STEPS / steps))
            for latents in LATENTS:
                changes = {"dataset": name, "n_latents": latents, "epochs": epochs}
                started = time.process_time()
                found = train(base.model_copy(update=changes), dataset, quick)
                seconds = time.process_time() - started
                fvu, l0, dead = found.metrics.fvu, found.metrics.l0, found.metrics.dead
                words = f"{name}, {called}, {latents} latents: L0 {l0:.1f}, dead {dead}, {seconds:.0f} s"
                yield Row(words, f"FVU {fvu:.3f}")
                table.append(
                    f"| {dataset.title} | {source.info.shape_text} | `{called}` | {latents} | {epochs} | {fvu:.3f} "
                    f"| {l0:.1f} | {dead} | {seconds:.0f} |"
                )
    print("\n" + "\n".join(table) + "\n")
