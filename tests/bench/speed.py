"""Images a second of TopK at four sizes, beside plain autograd and beside the encoder's product alone.

No TopK step can do without the encoder's product, so the share of it that a step reaches says how much is left to gain.
Peak memory is that of a process of its own, less what it had when the images were loaded; on CUDA what it took there.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from saegui.core.runs.history import StepResult
from saegui.core.training.joint_trainer import STRIDE
from tests.bench.rows import Row, rate

SIZES = ((64, 10, 256), (1024, 32, 1024), (4096, 32, 1024), (16384, 32, 1024))
"""(latents, k, batch)."""
ON_ACCELERATOR = (*SIZES, (65536, 32, 1024))
LIBRARY = {64: 57_000, 1024: 11_400, 4096: 6_000, 16384: 1_600}
"""Images/s of the best public library, seen once on two processors."""
TARGET = {64: 3, 1024: 3, 4096: 2, 16384: 2}
HALF_TARGET = {4096: 4, 16384: 4}
OURS, HALF, AUTOGRAD, PRODUCT = "saegui", "saegui, bfloat16", "plain autograd", "encoder product alone"
HEADER = (
    "| Latents, k, batch | saegui | with bfloat16 search | Plain autograd, fused Adam | Encoder's product alone "
    "| saegui / autograd | saegui / product |"
)
"""Of the table in docs/results.md."""
VARIANTS = 12
SECONDS = 2.0
CHECKOUT = Path(__file__).parents[2]


class Way(NamedTuple):
    """One way of doing a step."""

    title: str
    step: Callable[[], int]
    """Does one, or as many as are read at once, and says how many images it took."""
    on_device: float
    """Megabytes of CUDA's memory that making it and some steps took at most."""


def rows(data_dir: Path, repeats: int, quick: bool, device: str = "cpu") -> Iterator[Row]:
    """All ways of one size take turns; ratios are medians over the turns."""
    import torch

    seconds = 0.05 if quick else SECONDS
    where = f"{torch.get_num_threads()} threads" if device == "cpu" else device
    sizes = SIZES if device == "cpu" else ON_ACCELERATOR
    # Each in a process of its own, which takes long to start.
    alone = (OURS,) if quick else tuple(MEASURED)
    table = [HEADER, "|" + " --- |" * 7]
    for F, k, batch in sizes[: 1 if quick else None]:
        ways = list(_ways(data_dir, device, F, k, batch))
        rates = {way.title: [rate(way.step, seconds)] for way in ways}
        for _ in range(repeats - 1):
            for way in ways:
                rates[way.title].append(rate(way.step, seconds))
        name = f"{F:,} latents, k {k}, batch {batch}"
        cells = [f"{F:,}, {k}, {batch:,}"]
        for way in ways:
            goals = {OURS: TARGET, HALF: HALF_TARGET}.get(way.title, {})
            goal = goals.get(F) if device == "cpu" else None
            memory = ""
            if way.title in MEASURED and device == "cuda":
                memory = f", {way.on_device:,.0f} MB"
            elif way.title in alone and device == "cpu" and sys.platform == "linux":
                memory = f", {_peak(data_dir, way.title, F, k, batch):,.0f} MB"
            middle = f"{statistics.median(rates[way.title]):,.0f}"
            cells.append(f"{middle} ({memory[2:]})" if memory else middle)
            yield Row(
                f"{name}: {way.title}, {where}{memory}",
                f"{middle} /s",
                f">= {goal * LIBRARY[F]:,} /s" if goal else "",
            )
        for title in (AUTOGRAD, PRODUCT):
            for ours in (OURS, HALF):
                ratios = [a / b for a, b in zip(rates[ours], rates[title], strict=True)]
                yield Row(f"  {ours} / {title}", f"{statistics.median(ratios):.2f} x")
                if ours == OURS:
                    cells.append(f"{statistics.median(ratios):.2f}")
        table.append(f"| {' | '.join(cells)} |")
        ways.clear()
    print("\n" + "\n".join(table) + "\n")
    yield from _together(data_dir, device, repeats, seconds)


def _together(data_dir: Path, device: str, repeats: int, seconds: float) -> Iterator[Row]:
    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.training.joint_trainer import JointTrainer
    from saegui.core.training.trainer import Trainer

    base = preset("seed-k10").config.model_copy(update={"epochs": 10_000})
    changes = [{"k": k, "seed": seed} for k in (5, 8, 10, 12) for seed in range(VARIANTS // 4)]
    dataset = data.load("mnist", data_dir)
    together = JointTrainer([base.model_copy(update=change) for change in changes], dataset, device)
    one = Trainer(base, dataset, device)
    ratios, rates = [], []
    for _ in range(repeats):
        alone = rate(lambda: _images(one.advance(one.at_once)), seconds)
        rates.append(rate(lambda: _images(together.advance(together.at_once)[0]), seconds))
        ratios.append(alone / rates[-1])
    yield Row(f"64 latents, {VARIANTS} variants in one pass", f"{statistics.median(rates):,.0f} /s each")
    yield Row("  time of one pass / of one variant alone", f"{statistics.median(ratios):.1f} x", "< 4 x")


def _images(steps: list[StepResult]) -> int:
    return sum(step.images for step in steps)


def _ways(data_dir: Path, device: str, F: int, k: int, batch: int) -> Iterator[Way]:
    import torch

    for title, make in MEASURED.items():
        before = 0
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
        step = make(data_dir, device, F, k, batch)
        step()
        yield Way(title, step, (torch.cuda.max_memory_allocated() - before) / 1e6 if device == "cuda" else 0)
    yield Way(PRODUCT, _product(device, F, batch), 0)


def _ours(precision: str) -> Callable[[Path, str, int, int, int], Callable[[], int]]:
    def make(data_dir: Path, device: str, F: int, k: int, batch: int) -> Callable[[], int]:
        from saegui.core import data
        from saegui.core.config.schema import RunConfig
        from saegui.core.training.trainer import Trainer

        config = RunConfig(n_latents=F, k=k, batch_size=batch, epochs=10_000, precision=precision)
        trainer = Trainer(config, data.load("mnist", data_dir), device)
        return lambda: _images(trainer.advance(trainer.at_once))

    return make


def _autograd(data_dir: Path, device: str, F: int, k: int, batch: int) -> Callable[[], int]:
    """The same training with nothing clever: torch's layers, scatter, and fused Adam."""
    import torch

    from saegui.core import data

    images = torch.from_numpy(data.load("mnist", data_dir).train_images.reshape(-1, 784).copy()).to(device)
    encoder, decoder = torch.nn.Linear(784, F, device=device), torch.nn.Linear(F, 784, device=device)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-4, fused=True)
    order, place = torch.randperm(len(images), device=device), 0

    def step() -> int:
        nonlocal place
        place = 0 if place + batch > len(images) else place
        x = images[order[place : place + batch]].float() / 255
        place += batch
        pre = torch.relu(encoder(x))
        values, indices = pre.topk(k, dim=1)
        loss = torch.nn.functional.mse_loss(decoder(torch.zeros_like(pre).scatter_(1, indices, values)), x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return batch

    return _several(step, device)


def _several(step: Callable[[], int], device: str) -> Callable[[], int]:
    """As many as are read at once, and the wait for them."""
    if device == "cpu":
        return step

    def steps() -> int:
        import torch

        images = sum(step() for _ in range(STRIDE))
        torch.accelerator.synchronize()
        return images

    return steps


MEASURED = {OURS: _ours("float32"), HALF: _ours("bfloat16"), AUTOGRAD: _autograd}


def _product(device: str, F: int, batch: int) -> Callable[[], int]:
    import torch

    x, W = torch.rand(batch, 784, device=device), torch.rand(784, F, device=device)
    out = torch.empty(batch, F, device=device)

    def step() -> int:
        torch.mm(x, W, out=out)
        return batch

    return _several(step, device)


def _peak(data_dir: Path, title: str, F: int, k: int, batch: int) -> float:
    """MB that a few steps take beside the images."""
    command = [sys.executable, "-m", "tests.bench.speed", str(data_dir), title, str(F), str(k), str(batch)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=300)
    return float(done.stdout)


def _main() -> None:
    from saegui.core import data

    data_dir, title, *numbers = sys.argv[1:]
    data.load("mnist", Path(data_dir))
    import torch  # noqa: F401 - it is not what a step takes

    before = _high_water()
    step = MEASURED[title](Path(data_dir), "cpu", *(int(number) for number in numbers))
    for _ in range(3):
        step()
    print((_high_water() - before) / 1000)


def _high_water() -> int:
    """kB; not from ``getrusage``, which also counts the process that this one was forked from."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


if __name__ == "__main__":
    _main()
