"""Seconds that a user waits: for the seed's fifty epochs, for kernels that are compiled for the first time, and for a first step.

Each in a process of its own. With ``--against REV`` the fifty epochs of that revision, too.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.against import CHECKOUT, environment_of, worktree
from tests.bench.rows import Row

FIRST_STEP = """
import sys, time
from pathlib import Path
began = time.perf_counter()
from saegui.core import data
from saegui.core.config.schema import make
from saegui.core.training.devices import load_torch, use_threads
from saegui.core.training.trainer import Trainer
load_torch()
use_threads(None)
dataset = data.load("mnist", Path(sys.argv[1]))
config = make({"n_latents": 64, "k": 10, "batch_size": 256, "epochs": 50})
loaded = time.perf_counter()
trainer = Trainer(config, dataset)
trainer.step()
print(loaded - began, time.perf_counter() - loaded, trainer.way)
"""


def rows(data_dir: Path, repeats: int, quick: bool, revision: str | None = None) -> Iterator[Row]:
    """Every first step in a new home, then again in the same one."""
    with tempfile.TemporaryDirectory() as home:
        for what, target in (("first training of a machine", "<= 15 s"), ("next training", "")):
            for way in ("torch", "") if not quick else ("torch",):
                command = [sys.executable, "-c", FIRST_STEP, str(data_dir)]
                environment = environment_of(Path(home), CHECKOUT) | ({"SAEGUI_WAY": way} if way else {})
                done = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=True, timeout=300
                )
                loaded, stepped, taken = done.stdout.split()
                chosen = f"{taken}, named" if way else f"measured: {taken}"
                yield Row(
                    f"{what}, first step ({chosen}); {float(loaded):.1f} s to load",
                    f"{float(stepped):.2f} s",
                    "" if way else target,
                )
        epochs = 1 if quick else 50
        title = f"seed-k10, {epochs} epochs and all that is measured and saved"
        taken = _trained(CHECKOUT, data_dir, Path(home), epochs)
        yield Row(title, f"{taken:.1f} s", "<= 8 s" if not quick else "")
        if revision is not None:
            with worktree(revision) as other:
                before = _trained(other, data_dir, Path(home), epochs)
            yield Row(f"  the same by {revision}", f"{before:.1f} s, {before / taken:.2f} x", ">= 2.5 x")


def _trained(folder: Path, data_dir: Path, home: Path, epochs: int) -> float:
    """Seconds of ``saegui train`` from the command to its end."""
    command = [sys.executable, "-m", "saegui", "train", "--preset", "seed-k10", "--epochs", str(epochs)]
    with tempfile.TemporaryDirectory() as place:
        command += ["--data-dir", str(data_dir.resolve()), "--out", str(Path(place) / "run")]
        started = time.perf_counter()
        subprocess.run(
            command,
            cwd=folder,
            env=environment_of(home, folder),
            check=True,
            capture_output=True,
            timeout=600,
        )
        return time.perf_counter() - started
