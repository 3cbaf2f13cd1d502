"""The trainer: same numbers for same seeds, the schedule, live parameters, and against torch's own optimiser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.families.registry import FAMILIES
from saegui.core.training import devices
from saegui.core.training.adam import Adam
from saegui.core.training.devices import MAX_THREADS, choose_device, kernel_threads, processors, use_threads
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
from saegui.core.training.schedules import schedule
from saegui.core.training.trainer import Trainer
from saegui.core.training.ways import threads_of
from tests.mnist_shape import D_IN

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = RunConfig(dataset="digits", n_latents=24, k=4, batch_size=100, epochs=3)
MODERN = PRESETS["modern"].config.model_copy(
    update=SMALL.model_dump(include={"dataset", "n_latents", "k", "epochs"})
)
WEIGHTS = ("W_enc", "b_enc", "W_dec", "b_dec")


def weights_after(config: RunConfig, dataset: Dataset, steps: int) -> dict[str, bytes]:
    trainer = Trainer(config, dataset)
    for _ in range(steps):
        trainer.step()
    return {name: getattr(trainer.snapshot(), name).tobytes() for name in WEIGHTS}


class TestRepeating:
    @pytest.mark.parametrize("config", [SMALL, MODERN], ids=["seed", "modern"])
    def test_equal_seeds_give_bit_identical_weights(self, config: RunConfig, digits: Dataset) -> None:
        assert weights_after(config, digits, 15) == weights_after(config, digits, 15)

    def test_other_seeds_give_others(self, digits: Dataset) -> None:
        other = SMALL.model_copy(update={"seed": 1})
        assert weights_after(SMALL, digits, 0) != weights_after(other, digits, 0)
        # The order of the images differs too, not only where the weights begin.
        trainers = Trainer(SMALL, digits), Trainer(other, digits)
        assert not torch.equal(
            *(trainer._joint.batches.next(trainer._joint.generator).x for trainer in trainers)
        )


class TestSteps:
    def test_every_epoch_shows_every_image_once_in_another_order(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        epochs = []
        for _ in range(2):
            seen = [
                trainer._joint.batches.next(trainer._joint.generator).x.clone()
                for _ in range(trainer.steps_per_epoch)
            ]
            epochs.append(np.concatenate([np.rint(batch.numpy() * 255) for batch in seen]))
        expected = digits.train_images.reshape(-1, D_IN)
        assert not np.array_equal(epochs[0], epochs[1])
        for epoch in epochs:
            np.testing.assert_array_equal(np.sort(epoch.sum(1)), np.sort(expected.sum(1)))

    def test_inputs_are_those_of_to_tensor(self, digits: Dataset) -> None:
        """Bit for bit what dividing by 255 in single precision gives."""
        trainer = Trainer(SMALL, digits)
        batch = trainer._joint.batches.next(trainer._joint.generator).x.numpy()
        assert batch.dtype == np.float32
        grey = np.rint(batch * 255).astype(np.uint8)
        np.testing.assert_array_equal(batch, grey.astype(np.float32) / np.float32(255))

    def test_counts_steps_epochs_and_images(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        n = len(digits.train_images)
        assert (trainer.steps, trainer.epoch, trainer.at_epoch_end, trainer.done) == (0, 0.0, False, False)
        assert trainer.steps_per_epoch == -(-n // 100)
        images = 0
        while not trainer.done:
            result = trainer.step()
            images += result.images
            assert result.step == trainer.steps
            assert result.epoch == pytest.approx(images / n)
            assert trainer.at_epoch_end == (images % n == 0)
        assert images == 3 * n
        assert trainer.steps == trainer.total_steps
        assert trainer.epoch == 3.0

    @pytest.mark.parametrize("config", [SMALL, MODERN], ids=["seed", "modern"])
    def test_at_an_epoch_s_end_the_density_is_that_epoch_s(self, config: RunConfig, digits: Dataset) -> None:
        trainer = Trainer(config, digits)
        n = len(digits.train_images)
        while not trainer.done:
            fired = np.zeros(24)
            while True:
                before = (
                    trainer.learner._fired.numpy().copy() if trainer.steps and not trainer.at_epoch_end else 0
                )
                result = trainer.step()
                fired += trainer.learner._fired.numpy() - before
                if trainer.at_epoch_end:
                    break
            snapshot = trainer.snapshot()
            np.testing.assert_allclose(snapshot.density, fired / n, atol=1e-6)
            assert result.dead == int((snapshot.density == 0).sum())

    def test_density_moves_from_one_epoch_to_the_next_without_a_jump(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        for _ in range(2 * trainer.steps_per_epoch):
            trainer.step()
        before = trainer.snapshot().density
        trainer.step()
        assert np.abs(trainer.snapshot().density - before).max() < 2 * 100 / len(digits.train_images)

    def test_unit_norm_atoms_have_length_one_after_every_step(self, digits: Dataset) -> None:
        trainer = Trainer(MODERN, digits)
        for _ in range(10):
            np.testing.assert_allclose(np.linalg.norm(trainer.snapshot().W_dec, axis=1), 1, atol=1e-6)
            trainer.step()

    def test_no_more_than_k_latents_are_on(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        assert all(trainer.step().l0 <= 4 for _ in range(10))

    def test_trains_as_autograd_and_torch_s_adam_do(self, digits: Dataset) -> None:
        """The closed form and the batches against the plainest loop there is, over twenty steps."""
        config = SMALL.model_copy(update={"pre_bias": True, "lr": 2e-3, "warmup_steps": 5})
        trainer, same_batches = Trainer(config, digits), Trainer(config, digits)
        plain = {name: weight.clone().requires_grad_() for name, weight in trainer.weights.items()}
        optimiser = torch.optim.Adam(plain.values())
        for step in range(20):
            optimiser.param_groups[0]["lr"] = 2e-3 * min(1, (step + 1) / 5)
            x = same_batches._joint.batches.next(same_batches._joint.generator).x
            loss = FAMILIES[config.arch].forward(plain, x, config, config.k).losses["mse"]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            assert trainer.step().loss == pytest.approx(float(loss.detach()), rel=1e-4)
        for name, weight in trainer.weights.items():
            np.testing.assert_allclose(weight.numpy(), plain[name].detach().numpy(), atol=2e-5, err_msg=name)

    def test_adam_is_torch_s_bit_for_bit(self) -> None:
        generator = torch.Generator().manual_seed(0)
        mine = [torch.randn(7, 5, generator=generator).t(), torch.randn(5, generator=generator)]
        theirs = [weight.clone() for weight in mine]
        adam, reference = Adam({"W": mine[0], "b": mine[1]}), torch.optim.Adam(theirs, fused=True)
        for rate in (1e-3, 5e-4, 0.1):
            for a, b in zip(mine, theirs, strict=True):
                a.grad = torch.empty_like(b).copy_(torch.randn(b.shape, generator=generator))
                b.grad = a.grad.clone()
            adam.step(rate)
            reference.param_groups[0]["lr"] = rate
            reference.step()
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))

    def test_a_weight_with_a_pace_of_its_own_moves_at_that_many_times_the_rate(self) -> None:
        generator = torch.Generator().manual_seed(0)
        mine, plain, fast = (torch.ones(5) for _ in range(3))
        adams = [Adam({"W": mine, "b": plain}, {"W": 5.0}), Adam({"W": fast})]
        for _ in range(3):
            mine.grad = plain.grad = fast.grad = torch.randn(5, generator=generator)
            adams[0].step(1e-3)
            adams[1].step(5e-3)
        np.testing.assert_allclose(mine.numpy(), fast.numpy(), atol=1e-6)
        np.testing.assert_allclose(plain.numpy() - 1, (fast.numpy() - 1) / 5, rtol=1e-3)

    def test_a_gradient_that_lies_transposed_in_memory_moves_the_same_weights(self) -> None:
        gradient = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
        weights = [torch.zeros(7, 5), torch.zeros(7, 5)]
        weights[0].grad, weights[1].grad = gradient, gradient.t().contiguous().t()
        for weight in weights:
            Adam({"W": weight}).step(0.1)
        assert weights[0].grad.stride() != weights[1].grad.stride()
        assert torch.equal(*weights)


class TestStart:
    @pytest.mark.parametrize("init", ["linear", "normal", "data"])
    @pytest.mark.parametrize("options", [{}, {"tied_init": True}, {"unit_norm": True}, {"pre_bias": True}])
    def test_is_what_the_configuration_asks_for(
        self, init: str, options: dict[str, Any], digits: Dataset
    ) -> None:
        config = make({"n_latents": 200, "k": 10, "dataset": "digits", "init": init, **options})
        start = Trainer(config, digits).snapshot()
        lengths = np.linalg.norm(start.W_dec, axis=1)
        if init == "linear" and not options:
            for weight, fan_in in (
                (start.W_enc, D_IN),
                (start.b_enc, D_IN),
                (start.W_dec, 200),
                (start.b_dec, 200),
            ):
                assert 0.9 / np.sqrt(fan_in) < np.abs(weight).max() <= np.float32(1 / np.sqrt(fan_in))
        if init == "normal" and not options:
            assert start.W_enc.std() == pytest.approx(np.sqrt(2 / D_IN), rel=0.02)
            assert start.W_dec.std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)
        if config.unit_norm or init == "data":
            np.testing.assert_allclose(lengths, 1, atol=1e-5)
        if config.tied_init:
            np.testing.assert_array_equal(start.W_enc, start.W_dec.T)
        if config.pre_bias:
            mean = digits.train_images.reshape(-1, D_IN).mean(0) / 255
            np.testing.assert_allclose(start.b_dec, mean, atol=1e-6)
            assert not start.b_enc.any()

    @pytest.mark.parametrize("init", ["linear", "normal", "data"])
    @pytest.mark.parametrize("tied", [False, True])
    def test_weights_lie_latent_by_latent_in_memory(self, init: str, tied: bool, digits: Dataset) -> None:
        """Torch answers for atoms that lie otherwise too, ten times as slowly."""
        weights = Trainer(SMALL.model_copy(update={"init": init, "tied_init": tied}), digits).weights
        assert weights["W_dec"].is_contiguous()
        assert weights["W_enc"].t().is_contiguous()

    def test_atoms_from_images_are_images_less_the_mean(self, digits: Dataset) -> None:
        start = Trainer(SMALL.model_copy(update={"init": "data"}), digits).snapshot()
        x = digits.train_images.reshape(-1, D_IN) / 255
        centred = x - x.mean(0)
        cosine = (centred / np.linalg.norm(centred, axis=1, keepdims=True)) @ start.W_dec.T
        np.testing.assert_allclose(cosine.max(0), 1, atol=1e-5)


class TestSchedule:
    def test_constant_without_warm_up_and_decay(self) -> None:
        assert {schedule(RunConfig(), step, 100) for step in range(100)} == {1.0}

    def test_by_hand(self) -> None:
        config = RunConfig(warmup_steps=4, decay=0.5)
        found = [schedule(config, step, 10) for step in range(10)]
        assert found == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])

    def test_warm_up_and_decay_may_overlap(self) -> None:
        found = [schedule(RunConfig(warmup_steps=3, decay=1.0), step, 4) for step in range(4)]
        assert found == pytest.approx([1 / 3, 2 / 3 * 0.75, 0.5, 0.25])

    def test_is_what_the_weights_feel(self, digits: Dataset) -> None:
        """Adam's first step moves a weight by the learning rate, whatever the gradient."""
        config = SMALL.model_copy(update={"warmup_steps": 10, "lr": 1e-3})
        trainer = Trainer(config, digits)
        before = trainer.snapshot().b_dec
        trainer.step()
        assert np.median(np.abs(trainer.snapshot().b_dec - before)) == pytest.approx(1e-4, rel=0.01)


class TestLive:
    def test_learning_rate_and_k_change_from_the_next_step_on(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        trainer.step()
        trainer.change(lr=1e-9, k=2)
        before = trainer.snapshot()
        result = trainer.step()
        assert result.l0 <= 2
        after = trainer.snapshot()
        assert np.abs(after.W_enc - before.W_enc).max() < 1e-7
        assert (after.config.lr, after.config.k) == (1e-9, 2)

    @pytest.mark.parametrize("change", [{"lr": 0.0}, {"lr": 2.0}, {"k": 25}, {"k": 0}, {"lr": 1e-4, "k": 99}])
    def test_what_cannot_be_changes_nothing(self, change: dict[str, Any], digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        with pytest.raises(ConfigError):
            trainer.change(**change)
        assert trainer.config == SMALL

    def test_k_may_grow_up_to_all_latents(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        trainer.change(k=24)
        assert trainer.step().l0 > 4


class TestDiverging:
    def test_says_at_which_step_and_what_to_try(self, digits: Dataset) -> None:
        trainer = Trainer(RunConfig(dataset="digits", n_latents=64, k=64, lr=1.0), digits)
        trainer.step()
        with pytest.raises(DivergedError, match=r"at step 2 .*Lower the learning rate \(now 1\)"):
            trainer.step()

    def test_refinements_are_named_where_they_may_be_why(self, digits: Dataset) -> None:
        """Atoms that are images of digits are much alike."""
        config = RunConfig(dataset="digits", n_latents=64, k=40, init="data", refinements=8)
        with pytest.raises(
            DivergedError, match=r"step 1 .* Take fewer refinements \(now 8\) or a lower k\.$"
        ):
            Trainer(config, digits).step()

    def test_a_loss_that_is_no_number_is_noticed_before_it_does_harm(self, digits: Dataset) -> None:
        trainer = Trainer(SMALL, digits)
        trainer.weights["b_dec"][0] = float("nan")
        before = trainer.weights["W_enc"].clone()
        with pytest.raises(DivergedError):
            trainer.step()
        assert torch.equal(trainer.weights["W_enc"], before)

    def test_images_that_are_all_alike_train(self, digits: Dataset) -> None:
        """They have no variance that an error could be compared with."""
        same = np.repeat(digits.train_images[:1], 50, axis=0)
        labels = np.repeat(digits.train_labels[:1], 50)
        alike = replace(digits, train_images=same, train_labels=labels)
        trainer = Trainer(SMALL, alike)
        results = [trainer.step() for _ in range(3)]
        assert results[-1].loss < results[0].loss
        assert results[0].fvu == float("inf")


class TestDevices:
    def test_without_an_accelerator_everything_is_the_processor_s(self) -> None:
        there = torch.cuda.is_available() or torch.backends.mps.is_available()
        assert choose_device("cpu") == "cpu"
        assert (choose_device("auto") == "cpu") == (not there)

    @pytest.mark.parametrize("name", ["cuda", "mps"])
    def test_one_that_is_not_there_is_named(self, name: str) -> None:
        if choose_device("auto") == name:
            pytest.skip(f"{name} is there")
        with pytest.raises(ConfigError, match=f"--device is {name}.*choose auto or cpu"):
            choose_device(name)

    def test_one_that_nobody_knows(self) -> None:
        with pytest.raises(ConfigError, match="'tpu'; choose one of auto, cpu, cuda, mps"):
            choose_device("tpu")


class TestThreads:
    def test_number_of_threads_is_torch_s(self) -> None:
        assert use_threads(2) == 2 == torch.get_num_threads()
        assert use_threads(None) == max(1, processors() - 1) == torch.get_num_threads()
        assert kernel_threads() == torch.get_num_threads()

    def test_kernels_use_all_processors_where_there_is_no_window(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(devices, "processors", lambda: 5)
        assert use_threads(None, windowless=True) == 4 == torch.get_num_threads() == threads_of(BY_LIMITS)
        assert kernel_threads() == 5 == threads_of(KERNELS)
        assert use_threads(2, windowless=True) == 2 == kernel_threads()
        # A window that is opened later in the same process.
        use_threads(None, windowless=True)
        assert use_threads(None) == 4 == kernel_threads()

    @pytest.mark.parametrize("count", [0, -1, MAX_THREADS + 1])
    def test_a_number_that_cannot_be(self, count: int) -> None:
        with pytest.raises(ConfigError, match=f"--threads is {count}"):
            use_threads(count)
