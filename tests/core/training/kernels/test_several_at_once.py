"""Several steps in one go: the same as one after the other, of one training and of some that step together."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from saegui.core.config.schema import make
from saegui.core.data import Dataset
from saegui.core.errors import DivergedError
from saegui.core.runs.history import StepResult
from saegui.core.training.gradients.plan import BY_LIMITS, KERNELS
from saegui.core.training.joint_trainer import STRIDE, JointTrainer
from saegui.core.training.trainer import Trainer
from tests.core.training.kernels.trainings import (
    BASE,
    CASES,
    MANY,
    STEPS,
    bits,
    numbers,
    one_call_each,
)

torch = pytest.importorskip("torch")
pytest.importorskip("numba")


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
        config = make({**MANY, "k": 10, "k_anneal": 0.01})
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

    def test_go_on_until_dead_latents_are_restarted(self, few: Dataset) -> None:
        trainer = Trainer(make({**BASE, **CASES["resampling"], "batch_size": 8}), few, way=KERNELS)
        trainer.advance(1)
        (group,) = trainer._joint._groups
        assert group.several is not None
        found = trainer.learner.take(group.several, 100)
        last = next(step for step in range(2, 100) if trainer.learner._is_due(step))
        assert [step.step for step in found] == list(range(2, last + 1)) and last > 2

    def test_of_two_threads_that_revive_have_a_place_each(self, few: Dataset) -> None:
        """Also where one thread did both models before."""
        torch.set_num_threads(2)
        joint = JointTrainer(
            [make({**BASE, **CASES["AuxK"], "seed": seed}) for seed in (0, 1)], few, way=KERNELS
        )
        joint.advance()
        steps: list[Any] = [group.several for group in joint._groups]
        parts = [partial(joint._take, group, 3, 0) for group in joint._groups]
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
            for part in parts:
                one.submit(part).result()
            places = [step._revival for step in steps]
            assert places[0] is places[1] is not None
            for thread, part in zip((one, other), parts, strict=True):
                thread.submit(part).result()
            places = [step._revival for step in steps]
        assert places[0] is not places[1]

    def test_are_as_many_as_take_a_moment(self, few: Dataset) -> None:
        config = make(BASE)
        fast, plain = Trainer(config, few, way=KERNELS), Trainer(config, few, way=BY_LIMITS)
        for trainer in (fast, plain):
            assert trainer.at_once == 1
            # Kernels may have to be compiled or loaded at the first step.
            trainer.advance(1)
            trainer.advance(10)
        assert plain.at_once == 1 < fast.at_once <= STRIDE

    @pytest.mark.parametrize(("models", "most"), [(1, 1), (3, 3), (12, 10)])
    def test_are_more_of_several_trainings_but_not_for_long(
        self, few: Dataset, models: int, most: int
    ) -> None:
        joint = JointTrainer([make({**BASE, "seed": seed}) for seed in range(models)], few, way=KERNELS)
        # Seconds that a step of all took.
        joint._each = 0.0999
        assert joint.at_once == most
        for learner in joint.learners[1:]:
            learner.diverged = DivergedError("too large")
        assert joint.at_once == 1
