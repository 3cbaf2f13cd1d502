"""Images a second while two other programs keep processors busy, beside the share of the machine that is fair.

The fair share is what as many programs as the training has threads, which do nothing but count, keep beside the same neighbours. It is
less than P / (t + b) with P processors, t threads and b busy programs where the processors are slower when all are busy, or where the
system moves programs to a free processor late. A training gets less than that where its threads wait for one of them that is not
running. It may get less of the processors then, which does not depend on how fast these are at that moment, or more that it only waits with: so how
many of them each has beside its neighbours is said in brackets.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

from tests.bench.rows import Row, rate

BUSY = 2
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


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Alone and with neighbours take turns; of both the mean counts, as which program gets a free processor is chance."""
    import torch

    from saegui.core import data
    from saegui.core.config.schema import make
    from saegui.core.training import ways
    from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
    from saegui.core.training.joint_trainer import JointTrainer

    dataset, seconds = data.load("mnist", data_dir), 0.05 if quick else 1.0
    before = torch.get_num_threads()
    for title, (values, models) in list(CASES.items())[: 1 if quick else None]:
        configs = [make({**values, "seed": seed, "epochs": 10_000}) for seed in range(models)]
        for way in (KERNELS, BY_LIMITS) if ways.has_kernels() else (BY_LIMITS,):
            for threads in (1, 2):
                torch.set_num_threads(threads)
                joint = JointTrainer(configs, dataset, way=way)
                joint.advance()

                def step(joint: JointTrainer = joint) -> int:
                    return sum(taken.images for taken in joint.advance(joint.at_once)[0])

                turns, before_each = [], SETTLED if way == KERNELS and threads > 1 and not quick else 0.0
                for _ in range(max(1, repeats)):
                    for busy in (0, BUSY):
                        with _neighbours(busy):
                            rate(step, before_each)
                            turns.append((*_trained(step, seconds), *_counted(threads, seconds)))
                (alone, _, counted, _), (beside, used, counted_beside, used_counting) = (
                    map(fmean, zip(*turns[start::2], strict=True)) for start in (0, 1)
                )
                yield Row(
                    f"{title}, {way}, {threads} threads: {alone:,.0f} /s alone, {beside:,.0f} beside {BUSY}",
                    f"{beside / alone:.2f} ({used:.2f} processors)",
                    f">= {counted_beside / counted:.2f} ({used_counting:.2f})",
                )
    torch.set_num_threads(before)


def _trained(step: Callable[[], int], seconds: float) -> tuple[float, float]:
    """Images a second, and how many processors that took."""
    began, used = time.perf_counter(), time.process_time()
    images = rate(step, seconds)
    return images, (time.process_time() - used) / (time.perf_counter() - began)


def _counted(threads: int, seconds: float) -> tuple[int, float]:
    """How far so many programs count in that time, together, and how many processors that took."""
    code = _COUNTS.format(seconds=seconds)
    counting = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(threads)
    ]
    found = [each.communicate()[0].split() for each in counting]
    return sum(int(n) for n, _ in found), sum(float(used) for _, used in found) / seconds


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
