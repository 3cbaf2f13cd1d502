"""One side of ``python tests/bench speed --against``: trains with the saegui of the folder it is started in, for as long as it is told.

It uses no more of saegui than revisions of long ago have. A line of JSON asks, a line answers.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(data_dir: str, threads: str) -> None:
    """Answer until there are no more questions: the configurations of trainings in one pass, and how many seconds to train them."""
    sys.path.insert(0, str(Path.cwd()))
    import torch

    from saegui.core import data
    from saegui.core.config.schema import RunConfig
    from saegui.core.training.joint_trainer import JointTrainer

    torch.set_num_threads(int(threads))
    dataset = data.load("mnist", Path(data_dir))
    trainers: dict[str, JointTrainer] = {}
    for line in sys.stdin:
        question = json.loads(line)
        key = json.dumps(question["configs"])
        if key not in trainers:
            # One at a time: the largest take gigabytes.
            trainers.clear()
            trainers[key] = JointTrainer([RunConfig(**each) for each in question["configs"]], dataset)
            trainers[key].advance()
        images, wall, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < question["seconds"]:
            # As many steps as that revision takes at once.
            steps = trainers[key].advance(getattr(trainers[key], "at_once", 1))[0]
            images += sum(step.images for step in steps)
        found = {
            "wall": images / (time.perf_counter() - wall),
            "cpu": images / (time.process_time() - cpu),
            "way": getattr(trainers[key], "way", ""),
        }
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
