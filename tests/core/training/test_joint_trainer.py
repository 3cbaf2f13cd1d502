"""Several trainings on the same batches: each becomes what it becomes alone."""

from __future__ import annotations

import numpy as np
import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")


class TestTogether:
    CONFIGS = [
        make({"dataset": "digits", "n_latents": 24, "k": 4, "epochs": 2}),
        make({"dataset": "digits", "n_latents": 48, "k": 3, "epochs": 3, "lr": 2e-3, "unit_norm": True}),
        make({"dataset": "digits", "n_latents": 24, "arch": "relu_l1", "epochs": 3}),
        make({"dataset": "digits", "n_latents": 48, "k": 3, "epochs": 1, "arch": "batch_topk"}),
        make({"dataset": "digits", "n_latents": 64, "k": 64, "epochs": 3, "lr": 1.0, "arch": "batch_topk"}),
    ]

    def test_each_becomes_what_it_becomes_alone(self, digits: Dataset) -> None:
        """Equal seeds see equal batches; only the order of additions differs."""
        together = JointTrainer(self.CONFIGS, digits)
        while not together.done:
            together.advance()
        for config, learner in list(zip(self.CONFIGS, together.learners, strict=True))[:4]:
            alone = Trainer(config, digits)
            while not alone.done:
                alone.step()
            assert learner.steps == alone.steps
            snapshot = learner.snapshot()
            assert snapshot.epoch == config.epochs
            np.testing.assert_allclose(snapshot.density, alone.snapshot().density, atol=1e-3)
            for name, weight in alone.weights.items():
                assert torch.allclose(learner.weights[name], weight, atol=1e-4), name

    def test_one_that_diverges_drops_out(self, digits: Dataset) -> None:
        together = JointTrainer(self.CONFIGS, digits)
        taken = [0] * len(self.CONFIGS)
        while not together.done:
            for index, results in enumerate(together.advance()):
                taken[index] += len(results)
        assert [learner.diverged is not None for learner in together.learners] == [False] * 4 + [True]
        per_epoch = together.batches.per_epoch
        assert taken[:4] == [2 * per_epoch, 3 * per_epoch, 3 * per_epoch, per_epoch]
        assert taken[4] < 3 * per_epoch

    def test_the_images_must_be_the_same(self, digits: Dataset) -> None:
        other = make({"batch_size": 64}, self.CONFIGS[0])
        with pytest.raises(ConfigError, match="need one batch_size, not several: 256, 64"):
            JointTrainer([self.CONFIGS[0], other], digits)

    def test_a_precision_that_a_device_does_not_know_is_refused(self, digits: Dataset) -> None:
        """A device without memory stands for an accelerator: nothing is put on it."""
        half = make({"precision": "bfloat16"}, self.CONFIGS[0])
        with pytest.raises(ConfigError, match=r"no bfloat16 search of topk on meta.*--device cpu"):
            JointTrainer([self.CONFIGS[0], half], digits, device="meta")
