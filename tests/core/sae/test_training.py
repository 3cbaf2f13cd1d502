"""Every family trains: what it reaches on the built-in digits in seconds, and that its run comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saegui.core import snapshot
from saegui.core.config import make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.metrics import evaluate
from saegui.core.presets import preset
from saegui.core.training import Together, Trainer

torch = pytest.importorskip("torch")

REACHED: dict[str, tuple[dict[str, Any], float, tuple[float, float]]] = {
    "topk": ({}, 0.26, (5.5, 6)),
    "batch_topk": ({}, 0.25, (5, 7)),
    "multi_topk": ({}, 0.26, (5.5, 6)),
    "matryoshka": ({}, 0.29, (5, 7)),
    "relu_l1": ({"l1": 0.001}, 0.25, (6, 14)),
    "kl": ({"kl_weight": 0.01}, 0.42, (6, 16)),
    "jumprelu": ({"l0_weight": 0.001}, 0.25, (4, 9)),
    "gated": ({"l1": 0.002}, 0.25, (4, 12)),
}
"""Changes, the FVU that has to be fallen below, and bounds of L0, on the test images."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


BASE = preset("modern").config.model_dump() | {"dataset": "digits", "k": 6, "epochs": 60, "batch_size": 128}


@pytest.mark.slow
@pytest.mark.parametrize("arch", REACHED)
def test_a_family_reaches(arch: str, digits: Dataset, tmp_path: Path) -> None:
    changes, fvu, (low, high) = REACHED[arch]
    trainer = Trainer(make({**BASE, "arch": arch, **changes}), digits)
    while not trainer.done:
        trainer.step()
    trained = trainer.snapshot()
    found = evaluate(trained, digits)
    assert found.fvu < fvu
    assert low <= found.l0 <= high
    assert found.dead == 0

    trained.save(tmp_path / "weights.safetensors")
    loaded = snapshot.load(tmp_path / "weights.safetensors")
    assert set(loaded.extras) == set(trained.extras)
    for name, tensor in trained._tensors().items():
        assert loaded._tensors()[name].tobytes("C") == tensor.tobytes("C"), name
    assert evaluate(loaded, digits) == found


class TestTogether:
    CONFIGS = [
        make({"dataset": "digits", "n_latents": 24, "k": 4, "epochs": 2}),
        make({"dataset": "digits", "n_latents": 48, "k": 3, "epochs": 3, "lr": 2e-3, "unit_norm": True}),
        make({"dataset": "digits", "n_latents": 24, "arch": "relu_l1", "epochs": 3}),
        make({"dataset": "digits", "n_latents": 64, "k": 64, "epochs": 3, "lr": 1.0, "arch": "batch_topk"}),
    ]

    def test_each_becomes_what_it_becomes_alone(self, digits: Dataset) -> None:
        """Equal seeds see equal batches; only the order of additions differs."""
        together = Together(self.CONFIGS, digits)
        while not together.done:
            together.advance()
        for config, learner in list(zip(self.CONFIGS, together.learners, strict=True))[:3]:
            alone = Trainer(config, digits)
            while not alone.done:
                alone.step()
            assert learner.steps == alone.steps
            for name, weight in alone.weights.items():
                assert torch.allclose(learner.weights[name], weight, atol=1e-4), name

    def test_one_that_diverges_drops_out(self, digits: Dataset) -> None:
        together = Together(self.CONFIGS, digits)
        taken = [0] * 4
        while not together.done:
            for index, results in enumerate(together.advance()):
                taken[index] += len(results)
        assert [learner.diverged is not None for learner in together.learners] == [False, False, False, True]
        per_epoch = together.batches.per_epoch
        assert taken[:3] == [2 * per_epoch, 3 * per_epoch, 3 * per_epoch]
        assert taken[3] < 3 * per_epoch

    def test_the_images_must_be_the_same(self, digits: Dataset) -> None:
        other = make({"batch_size": 64}, self.CONFIGS[0])
        with pytest.raises(ConfigError, match="need one batch_size, not several: 256, 64"):
            Together([self.CONFIGS[0], other], digits)
