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
    from saegui.core.data import Dataset

SEEDS = range(5)
SIZES = (64, 256)
REFERENCE = {64: 0.0180, 256: 0.0140}
"""What ``modern`` has to be beaten at."""
MODERN_LEVERS: dict[str, dict[str, Any]] = {
    "start from training images": {"init": "data"},
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
}
"""One change each to ``best``."""


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """The levers with one seed at 64 latents, then ``modern`` and ``best`` at both sizes."""
    from saegui.core import data
    from saegui.core.presets import preset
    from saegui.core.processors import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    for name, levers in (("modern", MODERN_LEVERS), ("best", BEST_LEVERS)):
        base = preset(name).config
        for lever, change in list(levers.items())[: 1 if quick else None]:
            found = train(base.model_copy(update=change), dataset, quick)
            yield Row(f"{name}, but {lever}: {_about([found])}", f"{found.metrics.mse:.5f}")
    for F in SIZES:
        for name in ("modern", "best"):
            base = preset(name).config.model_copy(update={"n_latents": F})
            seeds = SEEDS[: 1 if quick else None]
            all_found = [train(base.model_copy(update={"seed": s}), dataset, quick) for s in seeds]
            yield _summary(f"{name}, {F} latents", all_found, dataset, quick, REFERENCE[F])


def _summary(title: str, found: list[Trained], dataset: Dataset, quick: bool, reference: float) -> Row:
    from saegui.core.metrics import amortisation_gap

    mse = [each.metrics.mse for each in found]
    spread = statistics.stdev(mse) if len(mse) > 1 else 0.0
    images = dataset.test_images[: 100 if quick else None]
    gap = amortisation_gap(found[0].snapshot, images)
    assert gap is not None
    text = f"{title}: {_about(found)}, gap {gap:.4f}"
    return Row(text, f"{statistics.mean(mse):.5f} ± {spread:.5f}", f"< {reference}")


def _about(found: list[Trained]) -> str:
    l0 = statistics.mean(each.metrics.l0 for each in found)
    dead = ", ".join(str(each.metrics.dead) for each in found)
    seconds = statistics.median(each.seconds for each in found)
    return f"L0 {l0:.2f}, dead {dead}, {seconds:.0f} s"
