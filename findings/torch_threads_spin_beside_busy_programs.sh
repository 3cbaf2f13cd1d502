#!/usr/bin/env bash
# Two threads of PyTorch beside two busy programs compute a hundredth to a fifth of what they do alone; with OMP_WAIT_POLICY=passive half.
#
# Versions: torch 2.13.0 (CPU build), numpy 2.4.6, Python 3.11; Linux 6.18, AMD EPYC with 2 processors.
# Expected: on a shared machine, where two other programs never rest, two threads that compute small products keep about half of
#           their speed, as two programs do that only count: four want two processors.
# Seen:     11 steps a second beside them, 685 to 1,149 alone: they keep 0.01 to 0.02 (two runs; torch 2.14.1, not pinned to the two processors: 0.17 to
#           0.29). A thread that has done its part of a product waits for the other one without sleeping, and so uses up its own
#           time while the other one has none: the two are seldom on at the same time. With OMP_WAIT_POLICY=passive they sleep, and come
#           back when the other one goes on: 275 to 433 steps a second, 0.46 to 0.77. Alone on the machine passive takes longer, 560 to 604 steps a second, as a
#           product of 256 images is over in less than a thread needs to wake.
# Remedy:   OMP_WAIT_POLICY=passive (before torch is imported) where a training shares its processors; or one thread.
# Exits non-zero when this changes: where passive threads compute less than 1.3 times as much beside two busy programs, in the median of
# five turns. Needs Python 3.11 or newer, pip, taskset and two processors.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cat >"$work/steps.py" <<'PY'
import sys
import time

import torch

torch.set_num_threads(2)
torch.manual_seed(0)
x, W_enc, W_dec = torch.randn(256, 784), torch.randn(784, 64), torch.randn(64, 784)


def step():
    codes = torch.relu(x @ W_enc)
    residual = codes @ W_dec - x
    return codes.t() @ residual, x.t() @ (residual @ W_dec.t())


for _ in range(20):
    step()
steps, began = 0, time.perf_counter()
while time.perf_counter() - began < float(sys.argv[1]):
    step()
    steps += 1
print(steps / (time.perf_counter() - began))
PY
cat >"$work/turns.py" <<'PY'
import os
import statistics
import subprocess
import sys
from importlib.metadata import version

if len(os.sched_getaffinity(0)) < 2:
    sys.exit("needs two processors")
two = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
pinned = ["taskset", "-c", two, sys.executable]


def steps(policy, busy):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    if policy:
        environment["OMP_WAIT_POLICY"] = policy
    others = [subprocess.Popen([*pinned, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        command = [*pinned, sys.argv[1], "2"]
        return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    finally:
        for other in others:
            other.kill()
            other.wait()


print(f"torch {version('torch')}, numpy {version('numpy')}, Python {sys.version.split()[0]}")
found = {(policy, busy): [] for policy in ("", "passive") for busy in (0, 2)}
for _ in range(5):
    for (policy, busy), turns in found.items():
        turns.append(steps(policy, busy))
middle = {which: statistics.median(turns) for which, turns in found.items()}
for policy in ("", "passive"):
    alone, beside = middle[policy, 0], middle[policy, 2]
    print(f"{policy or 'as it is':9} {alone:7.0f} steps/s alone, {beside:7.0f} beside two busy programs: keeps {beside / alone:.2f}")
gained = middle["passive", 2] / middle["", 2]
print(f"beside them, passive computes {gained:.1f} times as much")
sys.exit(0 if gained >= 1.3 else 1)
PY
"$work/venv/bin/python" "$work/turns.py" "$work/steps.py"
