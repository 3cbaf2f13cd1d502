"""The command line on a file that is larger than memory takes no more of it than on a small one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from saegui.core import on_disk
from saegui.core.files.paths import HOME_VARIABLE
from tests import large

CHECKOUT = Path(__file__).parents[2]
LIMIT_MB, MORE_MB = 1, 10
"""What counts as larger than memory here, and how much more a tenfold file may take: a quarter of what it is larger by."""
CHILD = """
import json, sys
from pathlib import Path
from saegui.__main__ import main
from saegui.core.analysis import codes

# Reconstructions wait in memory while they are few.
codes.IN_MEMORY = 2**16

def peak():
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000

peaks = []
# The first time everything is imported, too.
for name in ("first", "small", "big"):
    for words in (
        ["train", "--dataset", f"{name}.npy", "--out", name, *sys.argv[1:]],
        ["eval", name],
        ["encode", name, "--out", f"{name}.npz"],
        ["figure", name, "--kind", "percent-active", "--out", f"{name}.png"],
    ):
        status = main(words)
        if status:
            sys.exit(f"{words}: {status}")
        peaks.append(peak())
print(json.dumps(peaks))
"""
HOW = (
    "--data-option scale=stored --data-option split=last --arch batch_topk --latents 24 --k 2 --lr 5e-3 "
    "--batch-size 250 --epochs 1"
)


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not say how much was taken"
)
def test_training_measuring_encoding_and_figures_take_no_more_memory_for_a_tenfold_file(
    tmp_path: Path,
) -> None:
    for name, n in (("first", 6000), ("small", 6000), ("big", 60_000)):
        np.save(tmp_path / f"{name}.npy", large.rows(n, 400))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *HOW.split()],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(CHECKOUT),
            HOME_VARIABLE: str(tmp_path / "home"),
            on_disk.LIMIT_VARIABLE: str(LIMIT_MB),
            "PATH": "",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, small, big = np.split(np.array(json.loads(done.stdout.splitlines()[-1])), 3)
    assert big[-1] - small[-1] < MORE_MB, (small, big)
    with np.load(tmp_path / "big.npz") as codes:
        assert codes["latents"].shape == (6000, 24)
        np.testing.assert_array_equal(codes["images"], np.load(tmp_path / "big.npy", mmap_mode="r")[-6000:])
        error = np.square(codes["images"] - codes["reconstructions"].astype(np.float64)).mean()
        assert error < 0.8 * np.square(codes["images"].astype(np.float64)).mean()
