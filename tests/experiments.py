"""Four experiments with sparse autoencoders, by saegui's library alone, with their figures and a table.

``python tests/experiments.py OUT [--dataset mnist] [--data-dir DIR] [--epochs 5]``: what k does; what the number of latents
does; a penalty against a fixed number of active latents; dead latents and their cure.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import saegui
from saegui import analysis, figures
from saegui.core.data import Dataset

EXPERIMENTS: dict[str, dict[str, dict[str, object]]] = {
    "what k does": {"k10": {"preset": "seed-k10"}, "k64": {"preset": "seed-k64"}},
    "fewer latents": {"latents32": {"preset": "seed-small"}, "latents15": {"preset": "seed-tiny"}},
    "a penalty instead of k": {"kl": {"preset": "tutorial-kl"}},
    "a cure for dead latents": {"auxk": {"preset": "modern"}},
}
FIGURES = ("decoder-grid", "encoder-grid", "reconstruction", "activation-pattern")


def experiment(out: Path, dataset: Dataset, epochs: int) -> list[tuple[str, str, float, float, int]]:
    """Train all, draw all; returns experiment, run, MSE, L0 and dead latents of each."""
    rows = []
    for title, trainings in EXPERIMENTS.items():
        for name, parameters in trainings.items():
            run = saegui.train(out / name, dataset, epochs=epochs, **parameters)  # type: ignore[arg-type]
            model = run.latest()
            found = analysis.evaluate(model, dataset)
            rows.append((title, name, found.mse, found.l0, found.dead))
            subject = figures.completed(figures.Subject(run.name, model, run.history(), dataset))
            for kind in FIGURES:
                assert figures.missing(kind, subject) is None
                figures.save(figures.draw(kind, subject), out / name / f"{kind}.svg")
            codes = saegui.encode(model, dataset.test_images[:100])
            assert abs(float((codes > 0).sum(axis=1).mean()) - found.l0) < 0.5 * found.l0
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    dataset = saegui.load_data(options.dataset, options.data_dir)
    print(f"{'experiment':25}{'run':12}{'MSE':>9}{'L0':>7}{'dead':>6}")
    for title, name, mse, l0, dead in experiment(options.out, dataset, options.epochs):
        print(f"{title:25}{name:12}{mse:9.5f}{l0:7.1f}{dead:6}")


if __name__ == "__main__":
    main()
