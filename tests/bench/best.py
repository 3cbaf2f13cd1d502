"""How the preset ``best`` was found: what each lever gains over ``modern``, then both with five seeds.

MSE on MNIST's test images, with L0 and dead latents beside it, because an error can be bought with either; and the
amortisation gap, which is what the encoder loses against a search. Trains for the better part of an hour.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.rows import Row
from tests.bench.trained import Trained, train

if TYPE_CHECKING:
    from saegui.core.config.schema import RunConfig
    from saegui.core.data import Dataset

SEEDS = range(5)
SIZES = (64, 256)
REFERENCE = {64: 0.0180, 256: 0.0140}
"""What ``modern`` has to be beaten at."""
ADAM = "adam"
"""A lever's change of Adam's β₁ and β₂, which are no parameters of a training."""
MODERN_LEVERS: dict[str, dict[str, Any]] = {
    "start from training images": {"init": "data"},
    "start not tied": {"tied_init": False},
    "no warm-up": {"warmup_steps": 0},
    "no decay": {"decay": 0.0},
    "decay over 80 %": {"decay": 0.8},
    "Adam without momentum": {ADAM: (0.0, 0.999)},
    "Adam with β₂ 0.99": {ADAM: (0.9, 0.99)},
    "batch 128": {"batch_size": 128},
    "anneal k": {"k_anneal": 0.3},
    "learning rate 2e-3": {"lr": 2e-3},
    "learning rate 4e-3, batch 1,024": {"lr": 4e-3, "batch_size": 1024},
    "resampling": {"revival": "resample"},
    "Multi-TopK": {"arch": "multi_topk"},
    "one refinement": {"refinements": 1},
    "three refinements": {"refinements": 3},
    "BatchTopK": {"arch": "batch_topk"},
    "refit": {"refit": True},
}
"""One change each to ``modern``."""
BEST_LEVERS: dict[str, dict[str, Any]] = {
    "no refinement": {"refinements": 0},
    "one refinement": {"refinements": 1},
    "six refinements": {"refinements": 6},
    "TopK": {"arch": "topk"},
    "no refit": {"refit": False},
    "k not annealed": {"k_anneal": 0.0},
    "learning rate 1e-3": {"lr": 1e-3},
    "learning rate 4e-3": {"lr": 4e-3},
    "start not tied": {"tied_init": False},
    "atoms of any length": {"unit_norm": False},
    "no revival": {"revival": "none"},
    "decay over 80 %": {"decay": 0.8},
    "no warm-up": {"warmup_steps": 0},
    "batch 1,024": {"batch_size": 1024},
    "Adam without momentum": {ADAM: (0.0, 0.999)},
    "Adam with β₂ 0.99": {ADAM: (0.9, 0.99)},
}
"""One change each to ``best``."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """The levers with one seed at 64 latents, then ``modern`` and ``best`` at both sizes."""
    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.training.devices import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    for name, levers in (("modern", MODERN_LEVERS), ("best", BEST_LEVERS)):
        base = preset(name).config
        for lever, change in list(levers.items())[: 1 if quick else None]:
            found = _pulled(base, change, dataset, quick)
            yield Row(f"{name}, but {lever}: {_about([found])}", f"{found.metrics.mse:.5f}")
    table = ["| Preset | MSE | L0 | Dead | Amortisation gap |", "| --- | --- | --- | --- | --- |"]
    for F in SIZES:
        for name in ("modern", "best"):
            base = preset(name).config.model_copy(update={"n_latents": F})
            seeds = SEEDS[: 1 if quick else None]
            all_found = [train(base.model_copy(update={"seed": s}), dataset, quick) for s in seeds]
            mse = [each.metrics.mse for each in all_found]
            value = f"{statistics.mean(mse):.5f} ± {statistics.stdev(mse) if len(mse) > 1 else 0.0:.5f}"
            gap = _gap(all_found, dataset, quick)
            yield Row(f"{name}, {F} latents: {_about(all_found)}, gap {gap:.4f}", value, f"< {REFERENCE[F]}")
            title = name if preset(name).config.n_latents == F else f"{name} --latents {F}"
            l0 = statistics.mean(each.metrics.l0 for each in all_found)
            dead = max(each.metrics.dead for each in all_found)
            table.append(f"| `{title}` | {value} | {l0:.2f} | {dead} of {F} | {gap:.4f} |")
    print("\n" + "\n".join(table) + "\n")


def _pulled(base: RunConfig, change: dict[str, Any], dataset: Dataset, quick: bool) -> Trained:
    from saegui.core.training import adam

    values = {name: value for name, value in change.items() if name != ADAM}
    usual = adam.BETA1, adam.BETA2
    adam.BETA1, adam.BETA2 = change.get(ADAM, usual)
    try:
        return train(base.model_copy(update=values), dataset, quick)
    finally:
        adam.BETA1, adam.BETA2 = usual


def _gap(found: list[Trained], dataset: Dataset, quick: bool) -> float:
    """The mean over all that were trained."""
    from saegui.core.analysis.metrics import amortisation_gap

    images = dataset.test_images[: 100 if quick else None]
    gaps = [amortisation_gap(each.snapshot, images) for each in found]
    return statistics.mean(gap for gap in gaps if gap is not None)


def _about(found: list[Trained]) -> str:
    l0 = statistics.mean(each.metrics.l0 for each in found)
    dead = ", ".join(str(each.metrics.dead) for each in found)
    seconds = statistics.median(each.seconds for each in found)
    return f"L0 {l0:.2f}, dead {dead}, {seconds:.0f} s"
