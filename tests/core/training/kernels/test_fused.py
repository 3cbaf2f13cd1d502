"""Steps in compiled kernels: equal to autograd and Adam, bit for bit the same with any number of threads and after any pause."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.trainer import Trainer
from tests.core.training.kernels.trainings import (
    BASE,
    CASES,
    RECIPE,
    agree,
    bits,
    by_autograd,
    made,
    one_call_each,
)

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from saegui.core.training.kernels import crew, fused, refined, small_refined  # noqa: E402


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
        assert sum(group.beside for group in joint._groups) == (0 if threads == 1 else 4)
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


class TestThreadsThatComeLate:
    """One that was kept from the processor for a step or more: all pieces are taken, and it must do nothing."""

    @pytest.mark.parametrize("at_once", [True, False])
    @pytest.mark.parametrize("arch", ["topk", "batch_topk"])
    @pytest.mark.parametrize(
        "case",
        [
            *("AuxK", "AuxK of more latents than draw", "annealed k"),
            *("refinements and AuxK with most of two blocks", "refinements of many latents and AuxK"),
        ],
    )
    def test_change_nothing(
        self, case: str, arch: str, at_once: bool, few: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = make({**BASE, "arch": arch, **CASES[case]})
        expected = one_call_each(config, few)
        expected.advance(12)
        begun: list[tuple[crew.Work, crew.Counters]] = []

        def share(work: crew.Work, *rest: Any) -> None:
            def noted(counters: crew.Counters) -> None:
                begun.append((work, counters))
                work(counters)

            crew.share(noted, *rest)
            # Those of the last steps, this one's too.
            for late, counters in begun[-12:]:
                late(counters)

        for module in (fused, refined, small_refined):
            monkeypatch.setattr(module, "share", share)
        trainer = Trainer(config, few, way=KERNELS) if at_once else one_call_each(config, few)
        trainer.advance(12)
        assert len(begun) >= (2 if at_once else 12)
        assert bits(trainer) == bits(expected)


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


@pytest.mark.parametrize("change", [{}, {"revival": "auxk"}, {"refinements": 2}])
def test_a_training_that_is_over_leaves_nothing_in_memory(change: dict[str, Any], few: Dataset) -> None:
    """Also where Python does not look for objects that keep each other."""
    gc.collect()
    gc.disable()
    try:
        trainer = Trainer(make({**BASE, **change}), few, way=KERNELS)
        trainer.advance(3)
        trainer.advance(3)
        left = [weakref.ref(trainer._joint._groups[0].gradients), weakref.ref(trainer.learner._optimiser)]
        del trainer
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()
