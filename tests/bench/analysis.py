"""Measuring the latents of a large model over 60,000 images, and counting which of 4,096 latents are active together.

Each is done in a process of its own, whose peak of resident memory is that of the work with the program and the data.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.rows import Row

if TYPE_CHECKING:
    from saegui.core.data import Dataset
    from saegui.core.model.snapshot import Snapshot

CHECKOUT = Path(__file__).parents[2]
K = 32
MOST_MB = 1000
SUBJECTS = {"statistics": (16_384, 60), "active together": (4_096, 30)}
"""What is measured → latents, and the seconds that it may take."""
FEW = (300, 64)
"""Images and latents where it only shows that everything runs."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Seconds and megabytes of each; once, as each takes long."""
    for name, (n_latents, seconds) in SUBJECTS.items():
        size = FEW[1] if quick else n_latents
        command = [
            sys.executable,
            "-m",
            "tests.bench.analysis",
            name,
            str(data_dir),
            str(size),
            str(int(quick)),
        ]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
        images, took, busy, peak = (float(word) for word in done.stdout.split())
        yield Row(f"{name} of {size:,} latents over {images:,.0f} images", f"{took:.1f} s", f"< {seconds} s")
        yield Row("  in processor time, of all cores together", f"{busy:.1f} s")
        yield Row("  peak resident memory", f"{peak:,.0f} MB", f"< {MOST_MB:,} MB")


def _model(n_latents: int, dataset: Dataset) -> Snapshot:
    """TopK with random atoms, and the mean image as its bias."""
    import numpy as np

    from saegui.core.config.schema import RunConfig
    from saegui.core.model.snapshot import Snapshot, to_input

    rng = np.random.default_rng(0)
    d_in = dataset.train_images[0].size
    atoms = rng.standard_normal((n_latents, d_in)).astype(np.float32)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    mean = to_input(dataset.train_images[:1000]).mean(axis=0)
    zeros = np.zeros(n_latents, np.float32)
    config = RunConfig(n_latents=n_latents, k=K, pre_bias=True)
    return Snapshot(config, 0, 0.0, atoms.T.copy(), zeros, atoms, mean, zeros.copy(), shape=dataset.shape)


def _main() -> None:
    name, data_dir, n_latents, quick = sys.argv[1:]
    from saegui.core import data
    from saegui.core.analysis.coactivation import coactivation
    from saegui.core.analysis.input_codes import input_codes
    from saegui.core.analysis.latent_stats import analyse
    from tests.bench.big import high_water

    dataset = _few() if int(quick) else data.load("mnist", Path(data_dir))
    snapshot = _model(int(n_latents), dataset)
    started, busy = time.perf_counter(), time.process_time()
    if name == "statistics":
        analyse(snapshot, dataset)
    else:
        coactivation(input_codes(snapshot, dataset))
    took, busy = time.perf_counter() - started, time.process_time() - busy
    print(len(dataset.train_images), took, busy, high_water() / 1000)


def _few() -> Dataset:
    import numpy as np

    from saegui.core.data.dataset import NO_LABELS, Dataset

    images = np.random.default_rng(0).integers(0, 256, (FEW[0], 8, 8), dtype=np.uint8)
    labels = np.zeros(len(images), np.uint8)
    return Dataset("few", "Few", images, labels, images[:10].copy(), labels[:10].copy(), NO_LABELS)


if __name__ == "__main__":
    _main()
