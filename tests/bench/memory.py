"""The most memory that ``saegui train`` takes with many latents: the first training of a machine, which compiles its kernels, and the next one.

With ``--against REV`` what that revision takes, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.against import CHECKOUT, environment_of, worktree
from tests.bench.rows import Row

LATENTS = 16_384


def rows(data_dir: Path, repeats: int, quick: bool, revision: str | None = None) -> Iterator[Row]:
    """Of each kind of training one pass; of the two by this saegui the second finds what the first has compiled."""
    latents = 64 if quick else LATENTS
    for arch in ("topk", "batch_topk")[: 1 if quick else None]:
        command = [sys.executable, "-m", "saegui", "train", "--data-dir", str(data_dir.resolve())]
        command += ["--arch", arch, "--latents", str(latents), "--k", "32"]
        command += ["--batch-size", "1024", "--epochs", "1"]
        target = ""
        if revision is not None:
            with worktree(revision) as other, tempfile.TemporaryDirectory() as home:
                before = _peak(command, other, Path(home))
            target = f"<= {before:,.0f} MB"
        with tempfile.TemporaryDirectory() as home:
            for which in ("first", "next"):
                found = _peak(command, CHECKOUT, Path(home))
                yield Row(f"{arch} {latents:,}, {which} training of a machine", f"{found:,.0f} MB", target)


def _peak(command: list[str], folder: Path, home: Path) -> float:
    """Megabytes of memory that the process had at most, and those that it started at most, whichever is more."""
    with tempfile.TemporaryDirectory() as place:
        begun = subprocess.Popen(
            [*command, "--out", str(Path(place) / "run")],
            cwd=folder,
            env=environment_of(home, folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(begun.pid, 0)
        begun.returncode = os.waitstatus_to_exitcode(status)
        if begun.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {begun.returncode}")
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20
