"""Sentences that need no file, the help topics that come with Python; and what is learnt of such data."""

from __future__ import annotations

import re
from pathlib import Path

from saegui.core.analysis.metrics import Metrics, evaluate
from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.training.devices import use_threads
from saegui.core.training.trainer import Trainer


def sentences(count: int) -> list[str]:
    """The first ``count`` different ones of 20 to 400 letters."""
    from pydoc_data.topics import topics

    found = (" ".join(part.split()) for text in topics.values() for part in re.split(r"(?<=[.!?])\s+", text))
    return list(dict.fromkeys(each for each in found if 20 <= len(each) <= 400))[:count]


def file_of(folder: Path, count: int) -> Path:
    """A text file of them, one a line."""
    path = folder / "topics.txt"
    path.write_text("\n".join(sentences(count)) + "\n", encoding="utf-8")
    return path


def trained(dataset: Dataset, **values: object) -> Metrics:
    """What a small autoencoder reaches on ``dataset``."""
    use_threads(1)
    trainer = Trainer(
        make({"batch_size": 100, "lr": 3e-3, "pre_bias": True, "init": "data", **values}), dataset
    )
    while not trainer.done:
        trainer.step()
    return evaluate(trainer.snapshot(), dataset)
