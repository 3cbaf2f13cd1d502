"""``python tests/bench``: every timing as one table. Nothing is asserted: machines are shared, so read the ratios.

Each comparison alternates between its two sides and takes the median of each, so that a machine that becomes slower
half-way slows both. Needs the real MNIST files beside the checkout, or a folder given with --data-dir.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from saegui.core import gc_pause

# As the program does: before anything else is imported.
gc_pause.pause()

from saegui.core.training.devices import processor  # noqa: E402
from tests.bench import (  # noqa: E402
    against,
    analysis,
    baselines,
    best,
    big,
    datasets,
    dead,
    grid,
    matching,
    memory,
    neighbours,
    peers,
    quality,
    results,
    runs,
    scrub,
    seconds,
    speed,
    steering,
    strokes,
    sweep,
    training,
    window,
)

CHECKOUT = Path(__file__).parents[2]
BENCHES = {"training": training.rows, "start": window.rows, "strokes": strokes.rows}
ON_REQUEST = {
    "runs": runs.rows,
    "speed": speed.rows,
    "big": big.rows,
    "quality": quality.rows,
    "best": best.rows,
    "dead": dead.rows,
    "results": results.rows,
    "datasets": datasets.rows,
    "baselines": baselines.rows,
    "steering": steering.rows,
    "matching": matching.rows,
    "analysis": analysis.rows,
    "grid": grid.rows,
    "scrub": scrub.rows,
    "sweep": sweep.rows,
    "neighbours": neighbours.rows,
    "seconds": seconds.rows,
    "memory": memory.rows,
}


def main() -> int:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "benches",
        nargs="*",
        metavar="BENCH",
        help="training, start, strokes (these by default), runs, speed, big, quality, best, dead, results, datasets, steering, matching, analysis, grid, scrub, sweep, neighbours, seconds, memory",
    )
    parser.add_argument("--data-dir", type=Path, default=CHECKOUT.parent / "shared" / "data")
    parser.add_argument(
        "--device", choices=["cpu", "cuda", "mps"], default="cpu", help="what speed and big train on"
    )
    parser.add_argument(
        "--size",
        type=float,
        metavar="GB",
        default=big.GIGABYTES,
        help="of the file that big makes (default: %(default)s)",
    )
    parser.add_argument(
        "--against",
        metavar="REV",
        help="speed, seconds, memory: a revision of saegui to train beside this one",
    )
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="FOLDER",
        help="speed: environments of other libraries to train beside this one, as tools/interop_environments.py makes them",
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="only show that everything runs")
    options = parser.parse_args()
    print(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'what':<64} {'median':>16} {'target':>12}")
    if unknown := set(options.benches) - set(BENCHES) - set(ON_REQUEST):
        parser.error(
            f"there is no bench {', '.join(sorted(unknown))}; choose from {', '.join([*BENCHES, *ON_REQUEST])}"
        )
    for name in options.benches or BENCHES:
        if name != "strokes":
            # A window does that when it is on the screen.
            gc_pause.resume()
        on_device = {
            "speed": partial(speed.rows, device=options.device),
            "big": partial(big.rows, device=options.device, gigabytes=options.size),
        }
        if options.against:
            on_device["speed"] = partial(against.rows, revision=options.against)
            on_device["seconds"] = partial(seconds.rows, revision=options.against)
            on_device["memory"] = partial(memory.rows, revision=options.against)
        elif options.peers:
            on_device["speed"] = partial(peers.rows, folder=options.peers)
        bench = {**BENCHES, **ON_REQUEST, **on_device}[name]
        for row in bench(options.data_dir, 1 if options.quick else options.repeats, options.quick):
            print(f"{row.what:<64} {row.value:>16} {row.target:>12}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
