"""Makes the starter run that ships with the program: ``python -m tools.make_starter_run --data-dir DIR``.

The preset ``modern`` on MNIST with two threads, its curves thinned. Of the moments that a training keeps it has the few at
which the features change most, so that they can be watched and the whole run stays below 3 megabytes.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from saegui.core import data
from saegui.core.config.presets import preset
from saegui.core.files import locks, paths
from saegui.core.model import snapshot_file
from saegui.core.runs.run import snapshot_path
from saegui.core.runs.writer import RunWriter
from saegui.core.training.devices import use_threads
from saegui.core.training.session import Session

CURVE_POINTS = 1000
EARLY_STEPS, EPOCHS = (4, 16, 64, 128), (1, 2, 5, 10, 25)
"""Moments that ship, beside the untrained weights and the last."""
NAME = "Starter run (modern)"


def make(data_dir: Path | None, target: Path) -> None:
    """Train, keep the little that ships, and replace ``target``."""
    use_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(
            preset("modern").config, data.load("mnist", data_dir), Path(folder) / "full", name=NAME
        )
        while not session.done:
            session.advance()
        found = session.close()
        steps = session.run.steps()
        an_epoch = session.run.step // session.run.config.epochs
        wanted = (*EARLY_STEPS, *(an_epoch * epoch for epoch in EPOCHS))
        snapshots = [
            snapshot_file.load(snapshot_path(session.run.path, step)) for step in (steps[0], *wanted)
        ]
        # Without the folder, which nobody else has.
        origin = replace(session.checkpoints.dataset.origin, folder=None)
        writer = RunWriter(Path(folder) / "small", session.run.config, name=NAME, origin=origin)
        history = session.checkpoints.history.thinned(CURVE_POINTS)
        for snapshot in snapshots:
            writer.keep(snapshot)
        writer.save(session.trainer.snapshot(), history, status="finished", metrics=found.to_dict())
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(writer.run.path, target, ignore=shutil.ignore_patterns(locks.NAME))
    print(
        f"{target}: MSE {found.mse:.5f}, {found.dead} dead, {sum(f.stat().st_size for f in target.rglob('*.*'))} bytes"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path)
    make(parser.parse_args().data_dir, paths.resource("starter"))
