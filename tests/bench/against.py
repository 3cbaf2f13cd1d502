"""This saegui beside another revision of it, each in its own process, taking turns: ``python tests/bench speed --against REV``.

Ratios of images a second by the clock, and of images a second of processor time, which other programs disturb less. Of each side
the best turn counts: others only take time away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.rows import Row

CHECKOUT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("against_worker.py")
ENDLESS = {"epochs": 10_000}
SIZES = (
    (64, 10, 256, 2.5),
    (256, 10, 256, 2.5),
    (1024, 32, 1024, 1.5),
    (4096, 32, 1024, 2.0),
    (16384, 32, 1024, 2.0),
)
"""(latents, k, batch, how many times as fast it should be)."""
VARIANTS = 12


class _Side:
    """A process that trains with the saegui in ``folder``."""

    def __init__(self, folder: Path, data_dir: Path, threads: int) -> None:
        command = [sys.executable, str(WORKER), str(data_dir), str(threads)]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def train(self, configs: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
        """Images a second, of all configurations in one pass."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"configs": configs, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def rows(data_dir: Path, repeats: int, quick: bool, revision: str) -> Iterator[Row]:
    """One row a size and number of threads."""
    from saegui.core.training.devices import processor

    seconds = 0.05 if quick else 1.0
    print(f"{processor()}; this saegui / {revision}, by the clock (in processor time)")
    with _worktree(revision) as other:
        for threads in (1, 2)[: 1 if quick else None]:
            new, old = (_Side(folder, data_dir.resolve(), threads) for folder in (CHECKOUT, other))
            for what, mine, theirs, target in _cases(quick):
                found: dict[str, list[dict[str, Any]]] = {"new": [], "old": []}
                for _ in range(repeats):
                    found["old"].append(old.train(theirs, seconds))
                    found["new"].append(new.train(mine, seconds))
                best = {
                    side: {kind: max(turn[kind] for turn in turns) for kind in ("wall", "cpu")}
                    for side, turns in found.items()
                }
                wall, cpu = (best["new"][kind] / best["old"][kind] for kind in ("wall", "cpu"))
                way = found["new"][0]["way"]
                yield Row(
                    f"{what}, {threads} threads: {best['new']['wall']:,.0f} /s ({way})",
                    f"{wall:.2f} x ({cpu:.2f} x)",
                    target,
                )
            new.close()
            old.close()


def _cases(quick: bool) -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]], str]]:
    """Title, what either side trains, and the target."""
    from saegui.core.config.presets import preset

    for F, k, batch, target in SIZES[: 1 if quick else None]:
        for arch in ("topk", "batch_topk")[: 1 if quick else None]:
            config = {"n_latents": F, "k": k, "batch_size": batch, "arch": arch, **ENDLESS}
            yield f"{arch} {F:,}, k {k}, batch {batch}", [config], [config], f">= {target} x"
    for name in ("modern", "best")[: 0 if quick else None]:
        for F in (64, 256):
            config = preset(name).config.model_dump() | {"n_latents": F} | ENDLESS
            yield f"{name} {F}", [config], [config], ">= 2 x"
    one = {"n_latents": 64, "k": 10, "batch_size": 256, **ENDLESS}
    many = [{**one, "k": k, "seed": seed} for k in (5, 8, 10, 12) for seed in range(VARIANTS // 4)]
    yield f"{VARIANTS} of 64 in one pass / one", many, [one], "> 0.25 x"


@contextmanager
def _worktree(revision: str) -> Iterator[Path]:
    """The checkout as it was at ``revision``, for as long as this lasts."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "other"
        git = ["git", "-C", str(CHECKOUT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(place), revision], check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True, capture_output=True)
