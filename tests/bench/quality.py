"""What every kind reaches on MNIST at five sizes, without and with revival of dead latents: one row a training.

Ends with the table for docs/results.md. Trains for the better part of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.trained import train

SIZES = (15, 32, 64, 256, 1024)
EPOCHS = 5
FAMILIES: dict[str, dict[str, object]] = {
    "topk": {},
    "batch_topk": {},
    "multi_topk": {},
    "matryoshka": {},
    "relu_l1": {},
    "kl": {"code": "relu"},
    "kl sigmoid": {"arch": "kl", "code": "sigmoid"},
    "jumprelu": {},
    "gated": {},
}
REVIVALS = ("none", "auxk", "resample")


def rows(data_dir: Path, repeats: int, quick: bool) -> Iterator[Row]:
    """The preset ``modern`` with another family, size and revival; k 10, penalties as they are by default."""
    from saegui.core import data
    from saegui.core.config.presets import preset
    from saegui.core.config.schema import make
    from saegui.core.training.devices import use_threads

    use_threads(1)
    dataset = data.load("mnist", data_dir)
    cells: dict[tuple[str, str], list[str]] = {}
    for name, changes in FAMILIES.items():
        for revival in REVIVALS:
            for F in SIZES[: 1 if quick else None]:
                values = {"arch": name, "n_latents": F, "revival": revival, "epochs": EPOCHS, **changes}
                found = train(make(values, preset("modern").config), dataset, quick)
                m = found.metrics
                cells.setdefault((name, revival), []).append(
                    f"{m.mse:.4f} · {m.fvu:.3f} · {m.l0:.1f} · {m.dead} · {found.seconds:.0f} s"
                )
                yield Row(
                    f"{name}, {F:,} latents, revival {revival}: FVU {m.fvu:.3f}, L0 {m.l0:.1f}, "
                    f"dead {m.dead}, {found.seconds:.0f} s",
                    f"{m.mse:.4f}",
                    "0 dead" if revival != "none" else "",
                )
    print("\n| Kind | Revival | " + " | ".join(f"{F:,}" for F in SIZES) + " |")
    print("| --- | --- |" + " --- |" * len(SIZES))
    for (name, revival), texts in cells.items():
        print(f"| `{name}` | {revival} | " + " | ".join(texts) + " |")
    print()
