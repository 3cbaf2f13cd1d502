"""Sparse autoencoders beside what scikit-learn fits, on MNIST at 64 and 256 latents, as a table for docs/results.md.

Each kind is measured with its own codes, and with at most 10 active latents. Purity is the mean over the latents that are
active at all, over the training images; seconds are the processor's, measuring on the test images included. Takes some ten minutes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saegui.core.data import Dataset
from tests.bench.rows import Row
from tests.bench.trained import Trained, few, train

SIZES = (64, 256)
K = 10
EXPECTED = {
    ("pca", 0): ("0.00905", "0.00138"),
    ("pca", K): ("0.02384", "0.02383"),
    ("ica", 0): ("0.00907", "0.0014"),
    ("ica", K): ("0.01805", "0.01402"),
    ("nmf", 0): ("0.01297", "0.00246"),
    ("nmf", K): ("0.03736", "0.06773"),
    ("kmeans", 0): ("0.03795", "0.03195"),
    ("kmeans", K): ("0.01979", "0.01484"),
    ("dictionary", K): ("0.01839", "0.01318"),
    ("modern", K): ("0.0181", "0.0140"),
    ("best", K): ("0.0161", "0.0110"),
}
"""MSE at each size, measured once elsewhere, with the class of scikit-learn itself."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a kind, way of its codes, and size; then the table for docs/results.md."""
    from saegui.core import data
    from saegui.core.training.devices import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    # Codes of all images take longer than a quick training.
    dataset = few(dataset) if quick else dataset
    cells: dict[str, list[str]] = {}
    for column, latents in enumerate(SIZES[: 1 if quick else None]):
        for (name, active), expected in EXPECTED.items():
            started = time.process_time()
            title, found = title_of(name, active), _trained(name, active, latents, dataset, quick)
            seconds = time.process_time() - started
            m = found.metrics
            purity = _purity(found, dataset)
            cells.setdefault(title, []).append(
                f"{m.mse:.5f} · {m.l0:.1f} · {m.dead} · {purity:.2f} · {seconds:.0f} s"
            )
            yield Row(
                f"{title}, {latents} latents: L0 {m.l0:.1f}, dead {m.dead}, purity {purity:.2f}, {seconds:.0f} s",
                f"{m.mse:.5f}",
                expected[column],
            )
    print("\n| Kind | " + " | ".join(map(str, SIZES)) + " |")
    print("| --- |" + " --- |" * len(SIZES))
    for title, texts in cells.items():
        print(f"| {title} | " + " | ".join(texts) + " |")
    print()


def title_of(name: str, active: int) -> str:
    """Of a row: a preset, or a kind with what makes its codes."""
    from saegui.core.config.presets import PRESETS
    from saegui.core.families.registry import KINDS

    return f"`{name}`" if name in PRESETS else f"{KINDS[name].title}{f', OMP {active}' if active else ''}"


def _trained(name: str, active: int, latents: int, dataset: Dataset, quick: bool) -> Trained:
    from saegui.core.config.kinds import with_kind
    from saegui.core.config.presets import PRESETS
    from saegui.core.config.schema import make

    if name in PRESETS:
        config = PRESETS[name].config.model_copy(update={"n_latents": latents})
    else:
        config = make(with_kind({"arch": name, "n_latents": latents, "n_nonzero_coefs": active}))
    return train(config, dataset, quick)


def _purity(found: Trained, dataset: Dataset) -> float:
    from saegui.core.analysis.latent_stats import analyse

    stats = analyse(found.snapshot, dataset)
    alive = stats.density > 0
    return float(np.mean(stats.purities[alive])) if alive.any() else 0.0
