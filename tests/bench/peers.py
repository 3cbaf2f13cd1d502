"""saegui beside other libraries, each in its own environment, taking turns: ``python tests/bench speed --peers FOLDER``.

FOLDER is made by ``python tools/interop_environments.py FOLDER``, which pins their versions. All train TopK in float32 on the
images of MNIST that lie in memory, with Adam, at the same number of latents, k and batch.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.against import CHECKOUT, ENDLESS, SIZES, saegui
from tests.bench.peer_worker import STEPS
from tests.bench.rows import Row
from tests.bench.sides import Side, best

WORKER = Path(__file__).with_name("peer_worker.py")
TARGET = ">= 4 x"


def rows(data_dir: Path, repeats: int, quick: bool, folder: Path) -> Iterator[Row]:
    """One row a library, size and number of threads, and the ratio to the best of them, by the clock (in processor time)."""
    import numpy as np

    from saegui.core import data

    there = [name for name in STEPS if _python(folder, name).is_file()]
    assert there, f"{folder} has none of {', '.join(STEPS)}: python tools/interop_environments.py {folder}"
    seconds = 0.05 if quick else 1.0
    with tempfile.TemporaryDirectory() as place:
        images = Path(place) / "images.npy"
        np.save(images, data.load("mnist", data_dir).train_images)
        for threads in (1, 2)[: 1 if quick else None]:
            ours = saegui(CHECKOUT, data_dir, threads)
            others = {name: _peer(folder, name, images, threads) for name in there}
            for F, k, batch, _ in SIZES[: 1 if quick else None]:
                config = {"n_latents": F, "k": k, "batch_size": batch, **ENDLESS}
                turns: dict[str, list[dict[str, Any]]] = {name: [] for name in ("saegui", *there)}
                for _ in range(repeats):
                    turns["saegui"].append(ours.ask(configs=[config], seconds=seconds))
                    for name, side in others.items():
                        turns[name].append(side.ask(F=F, k=k, batch=batch, seconds=seconds))
                found = {name: best(each) for name, each in turns.items()}
                what = f"{F:,}, k {k}, batch {batch}, {threads} threads"
                for name, each in found.items():
                    yield Row(f"{what}: {name}", f"{each['wall']:,.0f} ({each['cpu']:,.0f}) /s")
                wall, cpu = (
                    found["saegui"][kind] / max(found[name][kind] for name in there)
                    for kind in ("wall", "cpu")
                )
                yield Row("  saegui / best of the others", f"{wall:.2f} x ({cpu:.2f} x)", TARGET)
            for side in (ours, *others.values()):
                side.close()


def _python(folder: Path, name: str) -> Path:
    return folder / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _peer(folder: Path, name: str, images: Path, threads: int) -> Side:
    # Not with this folder on its path: a module here has the name of a package that some of them import.
    command = [str(_python(folder.absolute(), name)), "-P", str(WORKER), name, str(images), str(threads)]
    environment = {each: value for each, value in os.environ.items() if each != "PYTHONPATH"}
    return Side(command, folder, environment)
