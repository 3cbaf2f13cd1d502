"""The feature grid with 16,384 latents: how soon a run is on the screen, how it scrolls, and how much memory it takes."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from saegui.core.config.schema import RunConfig
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.history import History
from saegui.core.runs.run import STARTER_PATH
from saegui.core.runs.writer import RunWriter
from tests.bench.rows import Row
from tests.bench.strokes import paints, scroll_row, scrolled, settle, until
from tests.mnist_shape import D_IN

LATENTS, QUICK_LATENTS = 16_384, 512
STEPS = 200
SIDES = (32, 64)
"""px of a tile: the smallest there are in use, and a common size."""


def model(n_latents: int, step: int = 1) -> Snapshot:
    """TopK with random weights, one latent in ten dead."""
    rng = np.random.default_rng(step)
    atoms = rng.standard_normal((n_latents, D_IN), np.float32)
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    density = rng.random(n_latents, np.float32) ** 3
    density[::10] = 0
    zeros = np.zeros(n_latents, np.float32)
    config = RunConfig(n_latents=n_latents, k=min(32, n_latents))
    return Snapshot(
        config, step, float(step), atoms.T.copy(), zeros, atoms, np.zeros(D_IN, np.float32), density
    )


def written(path: Path, snapshot: Snapshot) -> Path:
    """A run on disk whose newest weights are these."""
    writer = RunWriter(path, snapshot.config)
    writer.save(snapshot, History())
    writer.release()
    return path


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One window of 1440×900; nothing else runs in it."""
    home = Path(tempfile.mkdtemp())
    os.environ["SAEGUI_HOME"] = str(home)
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QCoreApplication

    from saegui.ui.window.application import make_application, make_window

    count = QUICK_LATENTS if quick else LATENTS
    path = written(home / "runs" / "large", model(count))
    app = make_application()
    window = make_window()
    window.resize(1440, 900)
    window.show()
    until(lambda: window.state.dataset is not None)
    settle(0.2)
    grid = window.panels["features"].grid
    gc.collect()
    before = _resident()
    found, own = [], []
    for _ in range(repeats):
        window.services.library.open(STARTER_PATH)
        settle(0.05)
        started, used = time.perf_counter(), time.thread_time()
        with paints(grid.viewport()) as painted:
            window.services.library.open(path)
            while not painted:
                QCoreApplication.processEvents()
        found.append(time.perf_counter() - started)
        own.append(time.thread_time() - used)
    what = f"opening a run of {count:,} latents, to its painted tiles"
    yield Row(what, f"{np.median(found):.2f} s", "< 1 s")
    yield Row(f"{what}: processor", f"{np.median(own):.2f} s", "< 1 s")
    weights = window.state.snapshot.nbytes
    for side in SIDES:
        window.panels["features"].set_side(side)
        settle(0.1)
        yield scroll_row(f"{count:,} latents of {side} px", scrolled(window, 5 if quick else STEPS))
    bar = grid.verticalScrollBar()
    for place in np.linspace(bar.minimum(), bar.maximum(), 10 if quick else 100):
        bar.setValue(int(place))
        grid.viewport().repaint()
    kept = sum(image.sizeInBytes() for image in grid.rows._rows.values())
    yield Row(f"pictures of rows that the grid keeps, {count:,} latents", f"{kept / 1e6:.0f} MB", "< 100 MB")
    gc.collect()
    more = _resident() - before - weights
    yield Row("memory of the process for that run, weights left out", f"{more / 1e6:.0f} MB")
    window.close()
    app.processEvents()


def _resident() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
