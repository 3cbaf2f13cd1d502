"""Images a second while two other programs keep processors busy, beside the share of the machine that is fair.

The fair share is what programs that never wait keep beside the same neighbours. On several threads, as many trainings of one thread
each, at the same time: what they compute loses as much where the neighbours slow memory and caches. On one thread, where that would be the
same training, a program that does nothing but count; on several, as many of these are there to see how much such things are. A training
gets less than its share where its threads wait for one of them that is not running; it may get less of the processors then, or more that
it only waits with. So how many of them each has beside its neighbours is said in brackets.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from tests.bench.against import CHECKOUT, ENDLESS, saegui
from tests.bench.rows import Row
from tests.bench.sides import Side

BUSY = 2
LASTING = 3.0
"""Seconds of a turn: which program gets a free processor is the same for up to a second."""
SETTLED = 5.0
"""Seconds after which kernels have tried how many threads are the fastest beside programs that have begun, or have ended."""
CASES = {
    "64 latents": ({"n_latents": 64, "k": 10, "batch_size": 256}, 1),
    "12 of 64 in one pass": ({"n_latents": 64, "k": 10, "batch_size": 256}, 12),
    "1,024 latents": ({"n_latents": 1024, "k": 32, "batch_size": 1024}, 1),
}
"""A configuration, and with how many seeds it is trained at once."""
_BUSY = "print(flush=True)\nwhile True: pass"
_COUNTS = """
import time
n, used, end = 0, time.process_time(), time.perf_counter() + {seconds}
while time.perf_counter() < end: n += 1
print(n, time.process_time() - used)
"""


class _Turn(NamedTuple):
    speed: float
    """Images, or what else was counted, a second."""
    processors: float


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """One row a training, way and number of threads."""
    from saegui.core.training import ways
    from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS

    for title, (values, models) in list(CASES.items())[: 1 if quick else None]:
        configs = [{**values, "seed": seed, **ENDLESS} for seed in range(models)]
        for way in (KERNELS, BY_LIMITS) if ways.has_kernels() else (BY_LIMITS,):
            for threads in (1, 2):
                several = saegui(CHECKOUT, data_dir, threads, way)
                each = [saegui(CHECKOUT, data_dir, 1, way) for _ in range(threads if threads > 1 else 0)]
                settled = SETTLED if way == KERNELS and threads > 1 else 0.0
                yield _row(
                    f"{title}, {way}",
                    configs,
                    several,
                    each,
                    threads,
                    0.0 if quick else settled,
                    repeats,
                    quick,
                )
                for side in (several, *each):
                    side.close()


def _row(
    what: str, configs: list[dict[str, Any]], several: Side, each: list[Side], threads: int, settled: float, repeats: int, quick: bool
) -> Row:  # fmt: skip
    """Alone and with neighbours take turns; of both the mean counts, as which program gets a free processor is chance."""
    seconds = 0.05 if quick else LASTING
    takers: dict[str, Callable[[], _Turn]] = {"several": lambda: _trained([several], configs, seconds)}
    if each:
        takers["each"] = lambda: _trained(each, configs, seconds)
    takers["counting"] = lambda: _counted(threads, seconds)
    for take in takers.values():
        take()
    turns: dict[str, tuple[list[_Turn], list[_Turn]]] = {name: ([], []) for name in takers}
    for _ in range(max(1, repeats)):
        for place, busy in enumerate((0, BUSY)):
            with _neighbours(busy):
                _trained([several], configs, settled)
                for name, take in takers.items():
                    turns[name][place].append(take())
    alone, beside = (fmean(turn.speed for turn in found) for found in turns["several"])
    value, *fair = (_kept(*found) for found in turns.values())
    return Row(
        f"{what}, {threads} threads: {alone:,.0f} /s alone, {beside:,.0f} beside {BUSY}",
        f"{value} processors",
        f">= {fair[0]}" + "".join(f"; counting {found}" for found in fair[1:]),
    )


def _kept(without: list[_Turn], beside: list[_Turn]) -> str:
    """The share of its speed that something keeps beside the neighbours, and how many processors it has then."""
    speeds = [fmean(turn.speed for turn in turns) for turns in (without, beside)]
    return f"{speeds[1] / speeds[0]:.2f} ({fmean(turn.processors for turn in beside):.2f})"


def _trained(sides: list[Side], configs: list[dict[str, Any]], seconds: float) -> _Turn:
    """By all ``sides`` at the same time."""
    for side in sides:
        side.begin(configs=configs, seconds=seconds)
    found = [side.answer() for side in sides]
    return _Turn(
        sum(each["wall"] for each in found),
        sum(each["wall"] / each["cpu"] for each in found) if seconds else 0.0,
    )


def _counted(threads: int, seconds: float) -> _Turn:
    """By so many programs that do nothing but count."""
    code = _COUNTS.format(seconds=seconds)
    counting = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(threads)
    ]
    found = [each.communicate()[0].split() for each in counting]
    return _Turn(sum(int(n) for n, _ in found) / seconds, sum(float(used) for _, used in found) / seconds)


@contextmanager
def _neighbours(number: int) -> Iterator[None]:
    """So many programs that do nothing at all, without a break."""
    busy = [subprocess.Popen([sys.executable, "-c", _BUSY], stdout=subprocess.PIPE) for _ in range(number)]
    try:
        for each in busy:
            assert each.stdout is not None
            # It has begun.
            each.stdout.readline()
        yield
    finally:
        for each in busy:
            each.kill()
        for each in busy:
            each.communicate()
