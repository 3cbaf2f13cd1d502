"""Images a second of the ``seed-k10`` recipe: the way of the notebook that saegui grew from, and saegui's trainer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.rows import Row, rate

SECONDS = 2.0


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """Alternate between the two, in one process and with the same number of threads."""
    import torch

    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.training.trainer import Trainer

    seconds = 0.5 if quick else SECONDS
    torch.set_num_threads(torch.get_num_threads())
    dataset = data.load("mnist", data_dir)
    # More epochs than a fast machine gets through meanwhile.
    trainer = Trainer(preset("seed-k10").config.model_copy(update={"epochs": 10_000}), dataset)
    notebook = _notebook(data_dir)
    ours, theirs = [], []
    for _ in range(repeats):
        theirs.append(rate(notebook, seconds))
        ours.append(rate(lambda: trainer.step().images, seconds))
    threads = torch.get_num_threads()
    yield Row(f"the notebook's loop, {threads} threads", f"{statistics.median(theirs):,.0f} /s")
    yield Row(f"saegui's trainer, {threads} threads", f"{statistics.median(ours):,.0f} /s")
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    yield Row("  ratio (median of pairs)", f"{statistics.median(ratios):.1f} x", ">= 10 x")
    a = torch.rand(2048, 2048)
    gigaflops = [2 * 2048**3 / 1e9 / _seconds(lambda: a @ a) for _ in range(max(3, repeats))]
    yield Row("a 2,048 cubed float32 product, for comparison", f"{statistics.median(gigaflops):.0f} GFLOP/s")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _notebook(data_dir: Path) -> Callable[[], int]:
    """torchvision's data set, ToTensor, a DataLoader, autograd and plain Adam."""
    import tempfile

    import torch
    from torch import nn
    from torchvision import transforms
    from torchvision.datasets import MNIST

    class Notebook(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = nn.Linear(784, 64), nn.Linear(64, 784)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            pre = torch.relu(self.encoder(x))
            values, indices = torch.topk(pre, 10, dim=1)
            return self.decoder(torch.zeros_like(pre).scatter_(1, indices, values))

    # torchvision wants to unpack beside the packed files, which may be read-only.
    folder = Path(tempfile.mkdtemp())
    (folder / "MNIST").mkdir()
    (folder / "MNIST" / "raw").symlink_to(_raw(data_dir, folder))
    images = MNIST(str(folder), train=True, transform=transforms.ToTensor())
    loader = torch.utils.data.DataLoader(images, batch_size=256, shuffle=True)
    model, loss = Notebook(), nn.MSELoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-4)

    def batches() -> Iterator[torch.Tensor]:
        while True:
            for x, _ in loader:
                yield x

    stream = batches()

    def step() -> int:
        x = next(stream).view(-1, 784)
        found = loss(model(x), x)
        optimiser.zero_grad()
        found.backward()
        optimiser.step()
        return len(x)

    return step


def _raw(data_dir: Path, folder: Path) -> Path:
    import gzip
    import shutil

    from saegui.core.data.idx_folder import locate
    from saegui.core.data.sources.mnist_family import MNIST

    raw = folder / "raw"
    raw.mkdir()
    located = locate(data_dir, MNIST, [MNIST])
    assert not isinstance(located, Path)
    for path, *_ in located:
        if path.suffix == ".gz":
            with gzip.open(path) as source, (raw / path.stem).open("wb") as target:
                shutil.copyfileobj(source, target)
        else:
            (raw / path.name).symlink_to(path.resolve())
    return raw
