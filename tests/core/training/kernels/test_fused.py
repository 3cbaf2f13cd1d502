"""Steps in compiled kernels: equal to autograd and Adam, bit for bit the same with any number of threads and after any pause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError
from saegui.core.families.registry import FAMILIES
from saegui.core.runs.history import StepResult
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS, Group
from saegui.core.training.gradients.step import PlainStep
from saegui.core.training.joint_trainer import STRIDE, JointTrainer
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

STEPS = 20
BASE = {"dataset": "digits", "n_latents": 70, "k": 7, "batch_size": 48, "epochs": 9, "lr": 1e-3}
RECIPE = {"pre_bias": True, "unit_norm": True, "tied_init": True}
CASES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "fewer latents than a block has": {"n_latents": 9, "k": 3},
    "a whole number of blocks": {"n_latents": 128},
    "more candidates than an image keeps": {"n_latents": 300, "k": 2},
    "k of all latents": {"n_latents": 65, "k": 65},
    "one latent": {"n_latents": 1, "k": 1},
    "pre-bias": {"pre_bias": True},
    "unit norm": {"unit_norm": True},
    "non-negative": {"non_negative": True, "tied_init": True},
    "recipe": {**RECIPE, "warmup_steps": 5, "decay": 0.4},
    "AuxK": {**RECIPE, "revival": "auxk", "dead_after": 0.1},
    "AuxK of more latents than draw": {
        **{**RECIPE, "n_latents": 300, "k": 2, "revival": "auxk", "dead_after": 0.1, "lr": 3e-4},
    },
    "resampling": {"revival": "resample", "dead_after": 0.1, "resample_every": 0.2},
    "annealed k": {"k_anneal": 0.05},
    "one refinement": {"refinements": 1},
    "refinements with fewer latents than a block has": {"n_latents": 9, "k": 3, "refinements": 2},
    "refinements and more candidates than an image keeps": {"n_latents": 300, "k": 2, "refinements": 2},
    "refinements with k of all latents": {"n_latents": 65, "k": 65, "refinements": 1, "lr": 1e-4},
    "refinements and AuxK": {**RECIPE, "refinements": 3, "revival": "auxk", "dead_after": 0.1, "lr": 5e-4},
    "refinements, annealed and non-negative": {
        **{"refinements": 2, "k_anneal": 0.05, "non_negative": True, "lr": 5e-4}
    },
    "refinements with most of a block": {
        **{**RECIPE, "n_latents": 64, "k": 40, "refinements": 3, "k_anneal": 0.05, "lr": 3e-4}
    },
    "refinements and AuxK with most of two blocks": {
        **{**RECIPE, "n_latents": 100, "k": 60, "refinements": 2},
        **{"revival": "auxk", "dead_after": 0.1, "lr": 2e-4},
    },
    "refinements of many latents and AuxK": {
        **{**RECIPE, "n_latents": 150, "k": 5, "refinements": 2},
        **{"revival": "auxk", "dead_after": 0.1, "lr": 5e-4},
    },
    "centred": {"input": "centred"},
    "length one": {"input": "unit"},
    "standardised": {"input": "standardised"},
}


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def few(digits: Dataset) -> Dataset:
    """Few enough that AuxK and resampling begin soon."""
    return replace(digits, train_images=digits.train_images[:300])


def made(images: Any, digits: Dataset) -> Dataset:
    return replace(digits, train_images=np.ascontiguousarray(images))


def by_autograd(config: RunConfig, dataset: Dataset) -> Trainer:
    """Trains by :class:`PlainStep` and Adam."""
    trainer = Trainer(config, dataset, way=BY_LIMITS)
    step = PlainStep(FAMILIES[config.arch])
    weights = trainer.weights
    trainer._joint._groups = [Group((0,), lambda x, asks: [step(weights, x, *asks[0])])]
    return trainer


def agree(config: RunConfig, dataset: Dataset, steps: int = STEPS) -> None:
    plain, fast = by_autograd(config, dataset), Trainer(config, dataset, way=KERNELS)
    for _ in range(steps):
        expected, found = plain.step(), fast.step()
        # Where nothing is dead, only autograd says so of AuxK.
        losses = dict.fromkeys(expected.losses, 0.0) | found.losses
        assert losses == pytest.approx(expected.losses, rel=1e-4, abs=1e-7)
        assert (found.l0, found.dead) == (expected.l0, expected.dead)
    for name, weight in plain.weights.items():
        torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)


def bits(trainer: Trainer) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in trainer.state().items() if name != "seconds"}


class TestEqualToAutograd:
    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("case", CASES)
    def test_with_every_option(self, case: str, arch: str, few: Dataset) -> None:
        agree(make({**BASE, "arch": arch, **CASES[case]}), few)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("width", [1, 15, 17, 83, 500])
    def test_with_inputs_of_any_width(self, width: int, arch: str, digits: Dataset) -> None:
        images = np.random.default_rng(width).integers(0, 256, (60, width), np.uint8)
        images[images < 200] = 0
        agree(make({**BASE, "arch": arch}), made(images, digits), 5)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("change", [{}, {"refinements": 2}, {"refinements": 2, "k": 30, "lr": 3e-4}])
    def test_with_dense_numbers_of_both_signs(
        self, change: dict[str, Any], arch: str, digits: Dataset
    ) -> None:
        words = np.random.default_rng(0).normal(size=(120, 50)).astype(np.float32)
        agree(make({**BASE, "arch": arch, **RECIPE, **change}), made(words, digits))

    @pytest.mark.parametrize("change", [{}, {"refinements": 1}, {"refinements": 1, "k": 40}])
    def test_with_blank_images_only(self, change: dict[str, Any], digits: Dataset) -> None:
        agree(make({**BASE, **change}), made(np.zeros((90, 8, 8), np.uint8), digits), 5)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("change", [{}, {"refinements": 1}, {"refinements": 1, "k": 40, "lr": 3e-4}])
    def test_with_blank_images_and_copies_among_others(
        self, change: dict[str, Any], arch: str, digits: Dataset
    ) -> None:
        images = np.array(digits.train_images[:90])
        images[::3] = 0
        images[1::3] = images[1]
        agree(make({**BASE, "arch": arch, **change}), made(images, digits), 15)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    def test_where_no_latent_is_ever_positive(self, arch: str, few: Dataset) -> None:
        config = make({**BASE, "arch": arch})
        for trainer in (Trainer(config, few, way=KERNELS), by_autograd(config, few)):
            trainer.weights["b_enc"].fill_(-1e3)
            assert trainer.step().l0 == 0

    def test_after_live_changes(self, few: Dataset) -> None:
        config = make(BASE)
        plain, fast = Trainer(config, few, way=BY_LIMITS), Trainer(config, few, way=KERNELS)
        for k, lr in ((7, 2e-3), (20, 1e-3), (3, 4e-3)):
            for trainer in (plain, fast):
                trainer.change(k=k, lr=lr)
                trainer.advance(5)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    @pytest.mark.parametrize("threads", [1, 2, 3])
    def test_of_several_in_one_pass(self, threads: int, few: Dataset) -> None:
        """Each as if it were trained alone, and one that has no kernels beside them."""
        changes = (
            {"k": 3},
            {"n_latents": 20},
            {"arch": "batch_topk"},
            {"k": 2},
            {"arch": "relu_l1"},
        )
        configs = [make({**BASE, **change}) for change in changes]
        torch.set_num_threads(threads)
        joint = JointTrainer(configs, few, way=KERNELS)
        # As many as each thread can have of; the one that is left over, all share.
        assert sum(group.beside for group in joint._groups) == {1: 0, 2: 4, 3: 3}[threads]
        joint.advance(5)
        for learner, config in zip(joint.learners, configs, strict=True):
            alone = Trainer(config, few, way=KERNELS)
            alone.advance(5)
            for name, weight in alone.weights.items():
                assert torch.equal(learner.weights[name], weight)


class TestBitByBit:
    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize(
        "case",
        [
            *(
                "more candidates than an image keeps",
                "recipe",
                "AuxK of more latents than draw",
                "one refinement",
            ),
            *("refinements with most of a block", "refinements and more candidates than an image keeps"),
            *("refinements of many latents and AuxK", "refinements and AuxK with most of two blocks"),
        ],
    )
    def test_with_one_two_and_four_threads(self, case: str, arch: str, few: Dataset) -> None:
        config = make({**BASE, "arch": arch, **CASES[case], "batch_size": 200})
        found = []
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            trainer = Trainer(config, few, way=KERNELS)
            trainer.advance(8)
            found.append(bits(trainer))
        assert found[0] == found[1] == found[2]

    @pytest.mark.parametrize(
        "case",
        ["as it is", "AuxK", "refinements and AuxK", "refinements and AuxK with most of two blocks"],
    )
    def test_after_a_pause(self, case: str, few: Dataset) -> None:
        config = make({**BASE, **CASES[case]})
        whole, first = (Trainer(config, few, way=KERNELS) for _ in range(2))
        whole.advance(12)
        first.advance(5)
        second = Trainer(config, few, way=KERNELS)
        second.restore(first.state())
        second.advance(7)
        assert bits(second) == bits(whole)


def one_call_each(config: RunConfig, dataset: Dataset) -> Trainer:
    """A trainer that comes back to Python within every step."""
    trainer = Trainer(config, dataset, way=KERNELS)
    trainer._joint._groups = [group._replace(several=None) for group in trainer._joint._groups]
    return trainer


def numbers(results: Sequence[StepResult]) -> list[StepResult]:
    """Without the clock's."""
    return [result._replace(seconds=0.0) for result in results]


class TestSeveralAtOnce:
    """One call of kernels takes the same steps as one call for each."""

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("case", CASES)
    def test_are_the_same_as_one_after_the_other(self, case: str, arch: str, few: Dataset) -> None:
        """Over the ends of epochs, and with batches that are not whole."""
        config = make({**BASE, "arch": arch, **CASES[case]})
        each, together = one_call_each(config, few), Trainer(config, few, way=KERNELS)
        expected = [each.step() for _ in range(STEPS)]
        assert numbers(together.advance(STEPS)) == numbers(expected)
        assert bits(together) == bits(each)

    def test_end_where_a_growing_k_asks_for_exact_weights_of_all(self, few: Dataset) -> None:
        config = make({**TestFewOfMany.MANY, "k": 10, "k_anneal": 0.01})
        each, together = one_call_each(config, few), Trainer(config, few, way=KERNELS)
        expected = [each.step() for _ in range(15)]
        assert numbers(together.advance(15)) == numbers(expected)
        assert bits(together) == bits(each)

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("refinements", [0, 2])
    def test_end_before_one_that_diverges(self, refinements: int, arch: str, few: Dataset) -> None:
        config = make({**BASE, "arch": arch, "refinements": refinements})
        each, together = one_call_each(config, few), Trainer(config, few, way=KERNELS)
        expected: list[StepResult] = []

        def one_after_the_other() -> None:
            while True:
                expected.append(each.step())

        for trainer in (each, together):
            trainer.advance(8)
            trainer.learner.change({"lr": 1.0})
        with pytest.raises(DivergedError) as alone:
            one_after_the_other()
        with pytest.raises(DivergedError, match=re.escape(str(alone.value))) as found:
            together.advance(STEPS)
        assert expected and numbers(found.value.before) == numbers(expected)
        assert bits(together) == bits(each)

    @pytest.mark.parametrize("threads", [1, 2, 3])
    def test_of_several_trainings_are_the_same_as_alone(self, threads: int, few: Dataset) -> None:
        """Also where some end earlier, diverge, or come back to Python in a step."""
        dying = (CASES["AuxK"], CASES["resampling"], {"lr": 1.0, "warmup_steps": 5})
        refined = (CASES["refinements and AuxK"], CASES["one refinement"])
        changes = (
            {"k": 3},
            {"epochs": 1},
            {"arch": "batch_topk"},
            *dying,
            *refined,
            {"n_latents": 300, "k": 2},
        )
        configs = [make({**BASE, **change}) for change in changes]
        torch.set_num_threads(threads)
        joint = JointTrainer(configs, few, way=KERNELS)
        assert all(group.several is not None for group in joint._groups)
        found = joint.advance(30)
        for learner, config, results in zip(joint.learners, configs, found, strict=True):
            alone = one_call_each(config, few)
            expected = []
            with suppress(DivergedError):
                while len(expected) < 30 and not alone.done:
                    expected.append(alone.step())
            assert numbers(results) == numbers(expected)
            assert (learner.diverged is None) == (alone.diverged is None)
            state = learner.state()
            for name, array in alone.learner.state().items():
                assert state[name].tobytes() == array.tobytes(), name

    def test_are_as_many_as_take_a_moment(self, few: Dataset) -> None:
        config = make(BASE)
        fast, plain = Trainer(config, few, way=KERNELS), Trainer(config, few, way=BY_LIMITS)
        for trainer in (fast, plain):
            assert trainer.at_once == 1
            trainer.advance(10)
        assert plain.at_once == 1 < fast.at_once <= STRIDE


class TestDiverging:
    @pytest.mark.parametrize("sign", [1.0, -1.0])
    @pytest.mark.parametrize("name", ["W_enc", "b_enc", "W_dec", "b_dec"])
    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize("change", [{}, {"refinements": 1}, {"refinements": 1, "k": 40}])
    def test_a_weight_that_is_no_number_is_noticed(
        self, change: dict[str, Any], arch: str, name: str, sign: float, few: Dataset
    ) -> None:
        trainer = Trainer(make({**BASE, "arch": arch, **change}), few, way=KERNELS)
        # Everything, as any atom and any pixel may be unused.
        trainer.weights[name].fill_(float(np.copysign(np.nan, sign)))
        with pytest.raises(DivergedError):
            trainer.step()

    def test_weights_that_explode_are_noticed_before_they_move(self, few: Dataset) -> None:
        trainer = Trainer(make(BASE), few, way=KERNELS)
        trainer.weights["W_dec"].mul_(1e6)
        before = {name: weight.clone() for name, weight in trainer.weights.items()}
        with pytest.raises(DivergedError):
            trainer.step()
        assert all(torch.equal(before[name], weight) for name, weight in trainer.weights.items())


class TestFewOfMany:
    """Latents among so many that half precision finds those that may be active."""

    MANY = {**BASE, "n_latents": 300, "k": 2, "epochs": 100}

    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    def test_are_the_same_as_without_half_precision_where_activations_are_nearly_equal(
        self, arch: str, few: Dataset
    ) -> None:
        """So near that half precision cannot tell them apart, and more than an image has room for."""
        config = make({**self.MANY, "arch": arch})
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        nearly = 1 + torch.rand(300, generator=torch.Generator().manual_seed(0)) * 1e-3
        for trainer in (plain, fast):
            trainer.weights["W_enc"].copy_(trainer.weights["W_enc"][:, :1].abs() * nearly)
            trainer.weights["b_enc"].zero_()
        for trainer in (plain, fast):
            trainer.step()
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    def test_are_the_same_where_the_pixels_of_each_batch_are_listed_when_it_comes(
        self, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = make(self.MANY)
        at_once = Trainer(config, few, way=KERNELS)
        monkeypatch.setattr("saegui.core.training.kernels.fused.LISTED_EACH", 1)
        each = Trainer(config, few, way=KERNELS)
        for trainer in (at_once, each):
            trainer.advance(8)
        assert bits(each) == bits(at_once)

    def test_are_found_again_when_somebody_else_wrote_into_the_weights(self, few: Dataset) -> None:
        config = make(self.MANY)
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        for trainer in (plain, fast):
            trainer.advance(2)
            trainer.weights["W_enc"].neg_()
            trainer.advance(2)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    def test_that_do_not_move_have_the_moments_that_adam_gives_them(self, few: Dataset) -> None:
        config = make(self.MANY)
        plain, fast = by_autograd(config, few), Trainer(config, few, way=KERNELS)
        for trainer in (plain, fast):
            trainer.advance(3)
            # From now on nothing is active, until it is again.
            trainer.weights["b_enc"].fill_(-1e3)
            trainer.advance(300)
            trainer.weights["b_enc"].zero_()
            trainer.advance(2)
        expected, found = plain.state(), fast.state()
        for name in expected:
            if name.startswith(("square.", "weight.")):
                # Weights near zero are what is left of larger ones.
                atol = 1e-9 if name.startswith("square.") else 1e-7
                np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=atol, err_msg=name)

    @pytest.mark.parametrize("revival", ["none", "resample", "auxk"])
    def test_are_the_same_after_a_pause_while_some_do_not_move(self, revival: str, few: Dataset) -> None:
        config = make(
            {**self.MANY, "revival": revival, "unit_norm": True, "dead_after": 1, "resample_every": 2}
        )
        whole, first = (Trainer(config, few, way=KERNELS) for _ in range(2))
        whole.advance(330)
        first.advance(290)
        first.state()
        first.advance(15)
        second = Trainer(config, few, way=KERNELS)
        second.restore(first.state())
        second.advance(25)
        assert bits(second) == bits(whole)

    def test_are_the_same_where_a_growing_k_asks_for_exact_weights_of_all(self, few: Dataset) -> None:
        """Latents that moved while half precision was enough are known when the others are read again."""
        config = make(self.MANY)
        plain, fast = Trainer(config, few, way=BY_LIMITS), Trainer(config, few, way=KERNELS)
        # The same step in kernels is told of every k.
        for k in (40, 2, 40, 2, 40):
            for trainer in (plain, fast):
                trainer.learner.change({"k": k})
                trainer.advance(3)
        for name, weight in plain.weights.items():
            torch.testing.assert_close(fast.weights[name], weight, rtol=1e-5, atol=1e-5, msg=name)

    @pytest.mark.parametrize("refinements", [0, 1])
    @pytest.mark.parametrize("n_latents", [100, 300])
    def test_are_found_where_few_images_have_most_of_the_batch(
        self, n_latents: int, refinements: int, few: Dataset
    ) -> None:
        """More than four times as many as the others: only those images are looked at again, and again."""
        images = np.array(few.train_images)
        images[np.arange(len(images)) % 24 > 0] //= 16
        change = {"n_latents": n_latents, "refinements": refinements, "arch": "batch_topk"}
        agree(make({**self.MANY, **change}), replace(few, train_images=images), 6)
