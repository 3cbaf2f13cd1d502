"""What must hold after every step of a training, whatever the family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from saegui.core.config import D_IN, WITH_K, RunConfig, make
from saegui.core.data import Dataset
from saegui.core.learner import annealed
from saegui.core.metrics import reconstruction
from saegui.core.sae import resampling
from saegui.core.sae.choose import choose
from saegui.core.sae.families import FAMILIES
from saegui.core.sae.inputs import apply, undo
from saegui.core.sae.step import Ask
from saegui.core.snapshot import to_input
from saegui.core.training import Trainer

torch = pytest.importorskip("torch")

SMALL = {"dataset": "digits", "n_latents": 40, "k": 4, "batch_size": 100, "epochs": 3, "lr": 2e-3}
INPUTS = ("raw", "centred", "unit", "standardised")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trainer_of(dataset: Dataset, **values: Any) -> Trainer:
    return Trainer(make({**SMALL, **values}), dataset)


@pytest.mark.parametrize("arch", FAMILIES)
class TestEveryFamily:
    def test_atoms_have_length_one_after_every_step(self, arch: str, digits: Dataset) -> None:
        trainer = trainer_of(digits, arch=arch, unit_norm=True)
        for _ in range(12):
            trainer.step()
            np.testing.assert_allclose(np.linalg.norm(trainer.snapshot().W_dec, axis=1), 1, atol=1e-6)

    def test_no_weight_is_negative_where_none_may_be(self, arch: str, digits: Dataset) -> None:
        trainer = trainer_of(digits, arch=arch, non_negative=True)
        for _ in range(12):
            trainer.step()
            snapshot = trainer.snapshot()
            assert snapshot.W_enc.min() >= 0 and snapshot.W_dec.min() >= 0
        assert min(snapshot.b_enc.min(), snapshot.b_dec.min()) < 0, "biases stay free"

    @pytest.mark.parametrize("input", INPUTS)
    def test_metrics_are_in_pixels_and_codes_those_of_the_training(
        self, arch: str, input: str, digits: Dataset
    ) -> None:
        trainer = trainer_of(digits, arch=arch, input=input)
        for _ in range(5):
            trainer.step()
        snapshot, images = trainer.snapshot(), digits.test_images[:50]
        x = to_input(images)
        seen = torch.from_numpy(apply(input, x, snapshot.fitted))
        with torch.no_grad():
            done = FAMILIES[arch].forward(trainer.weights, seen, trainer.config, trainer.config.k)
        if not FAMILIES[arch].measured:
            np.testing.assert_allclose(snapshot.encode(x), done.z.numpy(), atol=2e-4)
            x_hat = undo(input, (seen - done.error).numpy(), x, snapshot.fitted)
            np.testing.assert_allclose(snapshot.decode(snapshot.encode(x), x), x_hat, atol=2e-4)
        z = snapshot.encode(x)
        expected = float(np.square(snapshot.decode(z, x) - x).mean())
        assert reconstruction(snapshot, images).mse == pytest.approx(expected, rel=1e-4)

    @pytest.mark.parametrize("input", INPUTS)
    def test_the_curve_shows_errors_in_pixels(self, arch: str, input: str, digits: Dataset) -> None:
        """FVU is a ratio of errors in pixels, so what is seen of a whole epoch at rest is the data set's."""
        trainer = trainer_of(digits, arch=arch, input=input, lr=1e-9, batch_size=2000)
        result, snapshot = trainer.step(), trainer.snapshot()
        if not FAMILIES[arch].measured:
            assert result.fvu == pytest.approx(reconstruction(snapshot, digits.train_images).fvu, rel=1e-3)


class TestSparsity:
    @pytest.mark.parametrize("arch", WITH_K)
    def test_no_more_than_k_are_on(self, arch: str, digits: Dataset) -> None:
        trainer = trainer_of(digits, arch=arch)
        assert all(trainer.step().l0 <= 4 for _ in range(15))
        z = trainer.snapshot().encode(to_input(digits.test_images))
        if not FAMILIES[arch].measured:
            assert np.count_nonzero(z, axis=1).max() <= 4

    @pytest.mark.parametrize("arch", ["batch_topk", "matryoshka"])
    def test_the_threshold_keeps_about_k_of_each_image(self, arch: str, digits: Dataset) -> None:
        trainer = trainer_of(digits, arch=arch, epochs=30, decay=0.5)
        while not trainer.done:
            trainer.step()
        assert reconstruction(trainer.snapshot(), digits.train_images).l0 == pytest.approx(4, abs=0.5)

    def test_annealing_starts_at_four_times_k_and_ends_at_k(self, digits: Dataset) -> None:
        config = RunConfig(n_latents=40, k=4, k_anneal=0.5)
        found = [annealed(config, step, 100) for step in range(100)]
        assert found[0] == 16 and found[25] == 10 and set(found[50:]) == {4}
        assert found == sorted(found, reverse=True)
        assert annealed(config.model_copy(update={"k": 20}), 0, 100) == 40
        trainer = trainer_of(digits, k_anneal=0.5)
        on = []
        while not trainer.done:
            on.append(trainer.step().l0)
        assert max(on[:3]) > 8 and max(on[-5:]) <= 4


@pytest.mark.parametrize("pre_bias", [False, True], ids=["", "pre-bias"])
@pytest.mark.parametrize("n_latents", [12, 40], ids=["dense", "sparse"])
@pytest.mark.parametrize("arch", WITH_K)
def test_the_encoder_of_a_dead_latent_learns_from_auxk(
    arch: str, n_latents: int, pre_bias: bool, digits: Dataset
) -> None:
    """A latent that is never among the k has a gradient, and has it from AuxK alone."""
    trainer = trainer_of(digits, arch=arch, n_latents=n_latents, pre_bias=pre_bias)
    W, config = trainer.weights, trainer.config
    # Positive, but far below the others.
    W["b_enc"] += 0.1
    W["W_enc"][:, 7], W["b_enc"][7] = 0, 1e-9
    x = torch.from_numpy(to_input(digits.train_images[:50]))
    step, dead = choose([config], [W], 50), torch.arange(n_latents) == 7
    # Multi-TopK's second reconstruction would reach it too.
    k = 1 if arch == "multi_topk" else config.k
    gradients = []
    for flags in (None, dead):
        step(x, [Ask(config, k, flags)])
        gradients.append(W["W_enc"].grad[:, 7].abs().sum())
    assert float(gradients[0]) == 0
    assert float(gradients[1]) > 0


class TestResampling:
    CONFIG = make({**SMALL, "revival": "resample", "dead_after": 0.5, "resample_every": 1.0})

    def at_its_moment(self, digits: Dataset) -> tuple[Trainer, Any]:
        """A training one step before latents are restarted, and which of them are dead."""
        trainer = Trainer(self.CONFIG, digits)
        trainer.weights["b_enc"][:10] = -100
        for _ in range(trainer.steps_per_epoch - 1):
            trainer.step()
        # The images of the last batch of the epoch are still to come.
        dead = trainer.learner._since_fired + 100 > 0.5 * trainer.n_images
        assert dead[:10].all() and not dead.all()
        return trainer, dead

    def test_restarts_the_dead_and_their_moments_and_nothing_else(self, digits: Dataset) -> None:
        trainer, dead = self.at_its_moment(digits)
        trainer.step()
        adam, W = trainer.learner._optimiser, trainer.weights
        restarted = torch.arange(40) < 10
        for moments in (adam._means, adam._squares):
            assert not moments["W_enc"][:, restarted].any()
            assert not moments["W_dec"][restarted].any() and not moments["b_enc"][restarted].any()
            assert moments["W_dec"][~dead].abs().sum(1).all() and moments["b_dec"].any()
        assert not W["b_enc"][restarted].any()
        living = W["W_enc"][:, ~dead].norm(dim=0).mean()
        lengths = W["W_enc"][:, restarted].norm(dim=0)
        # Those that were restarted with them count as living no more than before.
        np.testing.assert_allclose(lengths, float(lengths[0]), rtol=1e-4)
        assert float(lengths[0]) == pytest.approx(resampling.ENCODER_SHARE * float(living), rel=0.2)

    def test_happens_only_when_it_is_due_and_not_at_the_end(self, digits: Dataset) -> None:
        trainer, _ = self.at_its_moment(digits)
        assert (trainer.weights["b_enc"][:10] < -99).all()
        trainer.step()
        assert not trainer.weights["b_enc"][:10].any()
        trainer.weights["b_enc"][:10] = -100
        while not trainer.done:
            trainer.step()
            late = trainer.steps > resampling.LAST * trainer.total_steps
            if late:
                trainer.weights["b_enc"][:10] = -100
        assert (trainer.weights["b_enc"][:10] < -99).all()

    def test_new_directions_are_images_that_are_reconstructed_badly(self) -> None:
        x = torch.eye(6, D_IN)
        error = torch.zeros(6, D_IN)
        error[2] = 1.0
        error[4] = 1e-3
        found = resampling.directions(x, error, 1, torch.Generator().manual_seed(0))
        assert torch.equal(found, x[2:3])
        assert torch.equal(found.norm(dim=1), torch.ones(1))
