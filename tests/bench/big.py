"""Rows a second of a training whose float16 rows lie on disk, beside one whose rows are in memory; and what it takes of that.

Both sides are processes of their own that take turns, each on as many rows as are shuffled at a time. Before a turn of the one
on disk the system forgets what it knows of the file. The one in memory gets the file's first rows: where there is not memory
enough for all, that is the comparison that can be made, and rows cost the same however many there are.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saegui.core import on_disk
from saegui.core.training import batches_on_disk
from tests.bench.rows import Row

if TYPE_CHECKING:
    from saegui.core.config.schema import RunConfig
    from saegui.core.data import Dataset

GIGABYTES = 10.0
WIDTH, LATENTS, K, BATCH = 768, 4096, 32, 1024
N_TEST = 4096
IN_MEMORY = 2**28
"""Bytes of the rows of the side in memory."""
TARGET, MOST_MB = 0.8, 1000
CHECKOUT = Path(__file__).parents[2]


def rows(
    data_dir: Path, repeats: int, quick: bool, device: str = "cpu", gigabytes: float = GIGABYTES
) -> Iterator[Row]:
    """Makes the file, which is removed afterwards, and lets the two take turns."""
    gigabytes = 0.03 if quick else gigabytes
    with tempfile.TemporaryDirectory(prefix="saegui-big-") as folder:
        needed, free = gigabytes * 1e9, shutil.disk_usage(folder).free
        if needed * 1.2 > free:
            yield Row(
                f"{folder} has {free / 1e9:.1f} GB free: set TMPDIR to a disk with room, or give --size",
                "no room",
            )
            return
        path = Path(folder) / "rows.npy"
        written = _write(path, gigabytes)
        yield Row(f"{gigabytes:g} GB of float16 rows of {WIDTH} numbers, written", f"{written:,.0f} MB/s")
        sequential, blocks = _read_rate(path), _block_rate(path)
        yield Row("the disk, from the file's beginning on", f"{sequential / 1e6:,.0f} MB/s")
        yield Row("the disk, blocks in the order of a training, shuffled", f"{blocks / 1e6:,.0f} MB/s")
        with _side(path, "disk", device, quick) as disk, _side(path, "memory", device, quick) as memory:
            pairs, busy = [], []
            for _ in range(repeats):
                _forget(path)
                turns = [[float(word) for word in _asked(side, "train").split()] for side in (disk, memory)]
                pairs.append((turns[0][0], turns[1][0]))
                busy.append(turns[0][1] / turns[1][1])
                print(
                    f"  load {os.getloadavg()[0]:.1f}: {pairs[-1][0]:,.0f} and {pairs[-1][1]:,.0f} rows/s",
                    flush=True,
                )
            started = disk.started, memory.started
            peaks = [float(_asked(side, "peak")) for side in (disk, memory)]
            measured = float(_asked(disk, "measure"))
    where = f"{LATENTS:,} latents, k {K}, batch {BATCH:,}, {device}"
    for side, index in (("on disk", 0), ("in memory", 1)):
        yield Row(f"{where}, rows {side}", f"{statistics.median(pair[index] for pair in pairs):,.0f} /s")
        yield Row(f"  the start, which looks at every row once, {side}", f"{started[index]:.1f} s")
        yield Row(
            f"  peak resident memory, {side}",
            f"{peaks[index]:,.0f} MB",
            f"< {MOST_MB:,} MB" if not index else "",
        )
    yield Row("  peak with a measurement of the test rows", f"{measured:,.0f} MB", f"< {MOST_MB:,} MB")
    ratio = statistics.median(disk / memory for disk, memory in pairs)
    yield Row("  on disk / in memory (median of pairs)", f"{ratio:.2f} x", f">= {TARGET} x")
    yield Row(
        "    in processor time, which others do not disturb",
        f"{statistics.median(busy):.2f} x",
        f">= {TARGET} x",
    )
    share = statistics.median(disk for disk, _ in pairs) * WIDTH * 2 / blocks
    yield Row("  on disk / what the disk can deliver", f"{share:.3f} x", f"or >= {TARGET} x")


def _write(path: Path, gigabytes: float) -> float:
    """MB/s; sums of a few atoms each, the same ones in another order and with other signs in every piece."""
    rng = np.random.default_rng(0)
    n = max(2 * N_TEST, round(gigabytes * 1e9 / WIDTH / 2))
    atoms = rng.normal(0, 1, (256, WIDTH)).astype(np.float32)
    z = np.zeros((min(n, 2**15), 256), np.float32)
    np.put_along_axis(
        z, rng.integers(0, 256, (len(z), 8)), rng.uniform(0.3, 1, (len(z), 8)).astype(np.float32), axis=1
    )
    piece = (z @ atoms).astype(np.float16)
    started = time.perf_counter()
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file,
            {"descr": np.lib.format.dtype_to_descr(piece.dtype), "fortran_order": False, "shape": (n, WIDTH)},
        )
        for start in range(0, n, len(piece)):
            sign = np.float16(rng.choice((-1, 1)))
            file.write((piece[rng.permutation(len(piece))[: n - start]] * sign).data)
        file.flush()
        os.fsync(file.fileno())
    return path.stat().st_size / 1e6 / (time.perf_counter() - started)


def _forget(path: Path) -> None:
    """Make the system read the file from the disk again."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read_rate(path: Path) -> float:
    """Bytes a second, of at most 2 GB."""
    _forget(path)
    buffer, done, started = bytearray(2**22), 0, time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while done < 2e9 and (read := file.readinto(buffer)):
            done += read
    return done / (time.perf_counter() - started)


def _block_rate(path: Path) -> float:
    """Bytes a second that a training could have, if it took no time itself."""
    flat: NDArray[Any] = np.load(path, mmap_mode="r")
    layout = batches_on_disk.Layout.of(flat)
    firsts = np.random.default_rng(0).permutation(-(-len(flat) // layout.rows)) * layout.rows
    window = np.ones((layout.rows * layout.blocks, WIDTH), np.float16)
    done, started = 0, time.perf_counter()
    _forget(path)
    for number in range(min(8, len(firsts) // layout.blocks)):
        some = np.sort(firsts[number * layout.blocks :][: layout.blocks])
        batches_on_disk.fill(window, flat, some, layout.rows, (0, number), "rows")
        done += window.nbytes
    return done / (time.perf_counter() - started)


def _config() -> RunConfig:
    from saegui.core.config.schema import RunConfig

    return RunConfig(n_latents=LATENTS, k=K, batch_size=BATCH, epochs=10_000)


def _dataset(path: Path, most: int | None) -> Dataset:
    """The last rows are for testing; ``most`` of the others for training."""
    from saegui.core.data.dataset import NO_LABELS, Dataset

    array: NDArray[Any] = np.load(path, mmap_mode="r")
    train, test = array[:-N_TEST][:most], array[-N_TEST:]
    labels = [np.zeros(len(each), np.uint8) for each in (train, test)]
    return Dataset("rows", "Rows", train, labels[0], test, labels[1], NO_LABELS)


class _Side:
    """A process that trains when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.started = float(process.stdout.readline())
        """Seconds that making the trainer took."""


def _asked(side: _Side, what: str) -> str:
    assert side.process.stdin is not None and side.process.stdout is not None
    side.process.stdin.write(f"{what}\n")
    side.process.stdin.flush()
    return side.process.stdout.readline()


@contextmanager
def _side(path: Path, where: str, device: str, quick: bool) -> Iterator[_Side]:
    command = [sys.executable, "-m", "tests.bench.big", str(path), where, device, str(int(quick))]
    limit = {on_disk.LIMIT_VARIABLE: "5"} if quick else {}
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **limit},
    ) as process:
        try:
            yield _Side(process)
        finally:
            process.kill()


def _main() -> None:
    path, where, device, quick = sys.argv[1:]
    from saegui.core.analysis.metrics import evaluate
    from saegui.core.training.session import stride
    from saegui.core.training.trainer import Trainer

    few = 2048 if int(quick) else IN_MEMORY // WIDTH // 2
    data = _dataset(Path(path), few if where == "memory" else None)
    if on_disk.stays_on_disk(data.train_images) != (where == "disk"):
        raise SystemExit(f"{len(data.train_images):,} rows are not {where} here: give another --size")
    started = time.perf_counter()
    trainer = Trainer(_config(), data, device)
    print(time.perf_counter() - started, flush=True)
    least = 2 * BATCH if int(quick) else batches_on_disk.WINDOW // WIDTH // 2
    for line in sys.stdin:
        if line == "train\n":
            done, started, busy = 0, time.perf_counter(), time.process_time()
            while done < least:
                done += sum(step.images for step in trainer.advance(stride(trainer, ())))
            took = time.perf_counter() - started, time.process_time() - busy
            print(*(done / seconds for seconds in took), flush=True)
            continue
        if line == "measure\n":
            # What is measured over the training rows goes the same way, for the better part of an hour.
            evaluate(trainer.snapshot(), data, shares=np.zeros(LATENTS))
        print(high_water() / 1000, flush=True)


def high_water() -> int:
    """kB; not from ``getrusage``, which also counts the process that this one was forked from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return int(
        next(line.split()[1] for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
    )


if __name__ == "__main__":
    _main()
