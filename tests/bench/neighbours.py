"""Images a second while two other programs keep processors busy, beside the share of the machine that is fair.

The fair share is that of a machine that gives every thread that wants to run as much time as every other: P / (t + b) with P
processors, t threads of the training and b busy programs. A training gets less where its threads wait for one of them that is
not running.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.rows import Row, rate

BUSY = 2
CASES = {
    "64 latents": ({"n_latents": 64, "k": 10, "batch_size": 256}, 1),
    "12 of 64 in one pass": ({"n_latents": 64, "k": 10, "batch_size": 256}, 12),
    "1,024 latents": ({"n_latents": 1024, "k": 32, "batch_size": 1024}, 1),
}
"""A configuration, and with how many seeds it is trained at once."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Alone and with neighbours take turns; of both the best counts."""
    import torch

    from saegui.core import data
    from saegui.core.config.schema import make
    from saegui.core.training import devices, ways
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

                alone, beside = 0.0, 0.0
                for _ in range(max(1, min(repeats, 2))):
                    alone = max(alone, rate(step, seconds))
                    with _neighbours(BUSY):
                        beside = max(beside, rate(step, seconds))
                fair = min(1.0, devices.processors() / (threads + BUSY))
                yield Row(
                    f"{title}, {way}, {threads} threads: {alone:,.0f} /s alone, {beside:,.0f} beside {BUSY}",
                    f"{beside / alone:.2f}",
                    f">= {fair:.2f}",
                )
    torch.set_num_threads(before)


@contextmanager
def _neighbours(number: int) -> Iterator[None]:
    """So many programs that do nothing but count."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        # They have begun.
        time.sleep(0.2)
        yield
    finally:
        for each in busy:
            each.kill()
        for each in busy:
            each.wait()
