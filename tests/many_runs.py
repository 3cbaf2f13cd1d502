"""A folder with any number of runs, quickly made: their weights and curves are the starter run's, on disk once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from saegui.core.runs.run import HISTORY, RUN, STARTER_PATH, WEIGHTS


def make_runs(parent: Path, count: int) -> list[Path]:
    """Make ``count`` runs in ``parent`` with names, dates and numbers of their own; returns their folders, the oldest first."""
    content = json.loads((STARTER_PATH / RUN).read_text("utf-8"))
    made: list[Path] = []
    for number in range(count):
        hour, minute, second = number // 3600, number // 60 % 60, number % 60
        folder = parent / f"20260101-{hour:02}{minute:02}{second:02}-topk-64-k{number}"
        folder.mkdir(parents=True)
        content["name"] = f"TopK · 64 latents · k {number}"
        content["created"] = f"2026-01-01T{hour:02}:{minute:02}:{second:02}.000+00:00"
        content["metrics"]["mse"] = 0.01 + number * 7919 % 10_007 / 1e6
        (folder / RUN).write_text(json.dumps(content), "utf-8")
        for name in (WEIGHTS, HISTORY):
            if made:
                (folder / name).hardlink_to(made[0] / name)
            else:
                shutil.copy(STARTER_PATH / name, folder)
        made.append(folder)
    return made
