"""This saegui beside another revision of it, each in its own process, taking turns: ``python tests/bench speed --against REV``.

Ratios of images a second by the clock, and of images a second of processor time, which other programs disturb less. Of each side
the best turn counts: others only take time away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.rows import Row
from tests.bench.sides import Side, best

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
VARIANTS, MANY = 12, 100


def saegui(folder: Path, data_dir: Path, threads: int, way: str | None = None) -> Side:
    """A process that trains with the saegui in ``folder``, in that ``way`` or in the fastest one."""
    command = [sys.executable, str(WORKER), str(data_dir.resolve()), str(threads)]
    asked = {"SAEGUI_WAY": way} if way else {}
    return Side(command, folder, {**os.environ, "PYTHONPATH": str(folder), **asked})


def environment_of(home: Path, folder: Path) -> dict[str, str]:
    """Variables of a process that takes the saegui in ``folder``, and keeps in ``home`` what it writes."""
    return {**os.environ, "SAEGUI_HOME": str(home), "PYTHONPATH": str(folder)}


def rows(data_dir: Path, repeats: int, quick: bool, revision: str) -> Iterator[Row]:
    """One row a size and number of threads."""
    from saegui.core.training.devices import processor

    seconds = 0.05 if quick else 1.0
    print(f"{processor()}; this saegui / {revision}, by the clock (in processor time)")
    with worktree(revision) as other:
        for threads in (1, 2)[: 1 if quick else None]:
            new, old = (saegui(folder, data_dir, threads) for folder in (CHECKOUT, other))
            for what, mine, theirs, target in _cases(quick):
                turns: dict[str, list[dict[str, Any]]] = {"new": [], "old": []}
                for _ in range(repeats):
                    turns["old"].append(old.ask(configs=theirs, seconds=seconds))
                    turns["new"].append(new.ask(configs=mine, seconds=seconds))
                found, before = best(turns["new"]), best(turns["old"])
                wall, cpu = (found[kind] / before[kind] for kind in ("wall", "cpu"))
                way = turns["new"][0]["way"]
                yield Row(
                    f"{what}, {threads} threads: {found['wall']:,.0f} /s ({way})",
                    f"{wall:.2f} x ({cpu:.2f} x)",
                    target,
                )
            yield from _variants(new, old, threads, repeats, seconds, quick)
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
            config = preset(name).config.model_dump(exclude_unset=True) | {"n_latents": F} | ENDLESS
            yield f"{name} {F}", [config], [config], ">= 2 x"


def _variants(new: Side, old: Side, threads: int, repeats: int, seconds: float, quick: bool) -> Iterator[Row]:
    """How long a step of many models in one pass takes: of twelve in steps of one in the other revision, of a hundred in those of twelve."""
    one = {"n_latents": 64, "k": 10, "batch_size": 256, **ENDLESS}
    few, many = (
        [{**one, "k": k, "seed": seed} for k in (5, 8, 10, 12) for seed in range(number // 4)]
        for number in (VARIANTS, 4 if quick else MANY)
    )
    turns: dict[str, list[dict[str, Any]]] = {"one": [], "few": [], "many": []}
    for _ in range(repeats):
        turns["one"].append(old.ask(configs=[one], seconds=seconds))
        turns["few"].append(new.ask(configs=few, seconds=seconds))
        turns["many"].append(new.ask(configs=many, seconds=seconds))
    alone, together, hundred = (best(each) for each in turns.values())
    for what, number, slow, target in (
        (f"{VARIANTS} of 64 in one pass / one of before", together, alone, "< 4 x"),
        (f"{len(many)} of 64 in one pass / {VARIANTS}", hundred, together, "<= 9 x"),
    ):
        wall, cpu = (slow[kind] / number[kind] for kind in ("wall", "cpu"))
        yield Row(
            f"{what}, {threads} threads: {number['wall']:,.0f} /s each ({turns['few'][0]['way']})",
            f"{wall:.2f} x ({cpu:.2f} x)",
            target,
        )


@contextmanager
def worktree(revision: str) -> Iterator[Path]:
    """The checkout as it was at ``revision``, for as long as this lasts."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "other"
        git = ["git", "-C", str(CHECKOUT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(place), revision], check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True, capture_output=True)
