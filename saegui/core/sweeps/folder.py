"""Whether a folder is one that runs of a sweep are written to."""

from __future__ import annotations

from pathlib import Path

from saegui.core.runs.run import inside, is_run
from saegui.core.sweeps import spec_text


def holds_runs(path: Path, at_least: int = 0) -> bool:
    """Whether ``path`` is the folder of a sweep, or holds several runs; with ``at_least``, whether it holds so many."""
    if is_run(path) or not path.is_dir():
        return False
    try:
        count = len(inside(path))
    except OSError:
        return False
    return count >= at_least if at_least else count > 1 or (path / spec_text.NAME).is_file()
