"""Trainings on CUDA: what the processor computes, the same each time, recorded or not, interrupted or not."""

from __future__ import annotations

from typing import Any

import pytest

from saegui.core import data
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, DivergedError
from saegui.core.training.cuda_graphs import MOST, GraphReplay
from saegui.core.training.gradients.sparse_sums import levels, sums_by_levels
from saegui.core.training.joint_trainer import JointTrainer
from saegui.core.training.trainer import Trainer

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")

STEPS = 40
SMALL: dict[str, Any] = {
    "dataset": "digits",
    "n_latents": 48,
    "k": 6,
    "batch_size": 100,
    "epochs": 4,
    "lr": 3e-3,
}
AUXK = {"revival": "auxk", "pre_bias": True, "unit_norm": True, "dead_after": 0.3, "input": "unit"}
RESAMPLE = {
    "revival": "resample",
    "resample_every": 0.5,
    "warmup_steps": 5,
    "decay": 0.5,
    "non_negative": True,
    "input": "standardised",
}
REFINED = {"refinements": 2, "k_anneal": 0.5}
FAMILIES = (
    {"arch": "topk"},
    {"arch": "batch_topk"},
    {"arch": "multi_topk"},
    {"arch": "matryoshka"},
    {"arch": "relu_l1"},
    {"arch": "kl", "code": "sigmoid"},
    {"arch": "kl", "code": "relu"},
    {"arch": "jumprelu"},
    {"arch": "gated"},
)
CASES = [
    {**SMALL, **family, **options}
    for family in FAMILIES
    for options in ({}, AUXK, RESAMPLE, *([REFINED] if "topk" in family["arch"] else []))
]
LARGE = {**SMALL, "n_latents": 4096, "k": 32}
SPARSE = [
    LARGE,
    {**LARGE, "precision": "bfloat16"},
    {**LARGE, **AUXK},
    {**LARGE, **AUXK, "precision": "bfloat16"},
    {**SMALL, "precision": "bfloat16", "k_anneal": 0.5},
]


def label(values: dict[str, Any]) -> str:
    return "-".join(str(value) for name, value in values.items() if name not in SMALL or value != SMALL[name])


@pytest.fixture(scope="module")
def images() -> Dataset:
    return data.load("digits")


def equal(one: Trainer, other: Trainer) -> bool:
    return all(torch.equal(weight, other.weights[name]) for name, weight in one.weights.items())


@pytest.mark.parametrize("values", [*CASES, *SPARSE], ids=label)
def test_is_what_the_processor_computes_and_bit_for_bit_the_same_each_time(
    values: dict[str, Any], images: Dataset
) -> None:
    config = make(values)
    there = Trainer(config, images, "cuda")
    found = there.advance(STEPS)
    here = Trainer(make({**values, "precision": "float32"}), images)
    expected = [here.step() for _ in range(STEPS)]
    # Later the smallest difference decides which of two latents is on.
    for step in range(8):
        assert found[step].loss == pytest.approx(expected[step].loss, rel=1e-4)
        assert found[step].l0 == pytest.approx(expected[step].l0, rel=0.02)
    assert found[-1].loss == pytest.approx(expected[-1].loss, rel=0.02)

    # A step at a time, so that most of them are read at once, and none is recorded before the others are.
    again = Trainer(config, images, "cuda")
    for _ in range(STEPS):
        again.step()
    assert equal(again, there)


@pytest.mark.parametrize("values", [*CASES, *SPARSE], ids=label)
def test_interrupted_becomes_what_it_becomes_uninterrupted(values: dict[str, Any], images: Dataset) -> None:
    """The first steps after it are done the usual way, where the uninterrupted training repeats a recording."""
    config = make(values)
    whole, first, second = (Trainer(config, images, "cuda") for _ in range(3))
    whole.advance(STEPS)
    first.advance(STEPS // 2 + 1)
    second.restore(first.state())
    second.advance(STEPS - first.steps)
    assert equal(second, whole)


@pytest.mark.parametrize("batch", [1024, 5000])
def test_the_order_of_additions_is_the_same_each_time(batch: int) -> None:
    """Of latents that are on in nearly all images as in few: those are what a sparse product would add up by chance."""
    generator = torch.Generator("cuda").manual_seed(0)
    often = 1 / torch.arange(1, 3001, device="cuda").float()
    latents = torch.multinomial(often.expand(batch, -1), 32, generator=generator).flatten()
    order = latents.argsort(stable=True)
    ends = torch.nn.functional.pad(latents.bincount(minlength=3000).cumsum(0), (1, 0))
    assert int(ends.diff().max()) > 0.9 * batch
    values = torch.randn(batch, 784, device="cuda", generator=generator)
    factors = torch.rand(len(latents), device="cuda", generator=generator)
    first, *others = (
        sums_by_levels(levels(ends, len(latents), batch), order // 32, factors, values) for _ in range(50)
    )
    assert all(torch.equal(other, first) for other in others)
    assert torch.allclose(first, sums_by_levels([ends], order // 32, factors, values), atol=1e-3)


def test_a_live_change_is_not_what_was_recorded(images: Dataset) -> None:
    there, here = Trainer(make(SMALL), images, "cuda"), Trainer(make(SMALL), images)
    for trainer in (there, here):
        trainer.advance(5)
        trainer.change(k=2, lr=1e-3)
        trainer.advance(5)
    assert there.step().l0 <= 2
    assert there.step().loss == pytest.approx([here.step() for _ in range(2)][1].loss, rel=1e-3)


def test_several_together_are_what_each_is_alone(images: Dataset) -> None:
    changes = [{"k": 3}, {"k": 9, "lr": 1e-3}, {"arch": "relu_l1", "epochs": 1}, {"n_latents": 4096}, AUXK]
    configs = [make({**SMALL, "input": "unit", **change}) for change in changes]
    together = JointTrainer(configs, images, "cuda")
    while not together.done:
        together.advance(3)
    for config, learner in zip(configs, together.learners, strict=True):
        alone = Trainer(config, images, "cuda")
        alone.advance(alone.total_steps)
        assert learner.steps == alone.steps
        assert all(torch.equal(weight, learner.weights[name]) for name, weight in alone.weights.items())


def test_diverging_is_noticed(images: Dataset) -> None:
    trainer = Trainer(make({**SMALL, "k": 48, "lr": 1.0}), images, "cuda")
    with pytest.raises(DivergedError, match=r"diverged at step \d+ .*Lower the learning rate"):
        trainer.advance(STEPS)


@pytest.mark.parametrize("revival", ["auxk", "resample"])
def test_diverging_is_noticed_with_dead_latents_too(revival: str, images: Dataset) -> None:
    """Latents are revived while nobody has seen yet that the weights have exploded."""
    values = {**SMALL, "k": 48, "lr": 1.0, "revival": revival, "resample_every": 0.1, "dead_after": 0.05}
    trainer = Trainer(make(values), images, "cuda")
    with pytest.raises(DivergedError, match="diverged at step"):
        trainer.advance(STEPS)


def test_one_that_diverges_leaves_the_others_alone(images: Dataset) -> None:
    configs = [make(SMALL), make({**SMALL, "k": 48, "lr": 1.0})]
    together, alone = JointTrainer(configs, images, "cuda"), Trainer(configs[0], images, "cuda")
    for _ in range(4):
        together.advance(10)
        alone.advance(10)
    assert together.learners[1].diverged is not None
    assert all(torch.equal(weight, together.learners[0].weights[n]) for n, weight in alone.weights.items())


def test_restoring_where_steps_are_recorded_already(images: Dataset) -> None:
    one, other = (Trainer(make(SMALL), images, "cuda") for _ in range(2))
    one.advance(15)
    state = one.state()
    one.advance(10)
    other.advance(30)
    other.restore(state)
    other.advance(10)
    assert equal(one, other)


def test_what_cannot_be_recorded_is_reported_and_done_all_the_same() -> None:
    """Reading a number waits for the device."""
    recorded: GraphReplay[float] = GraphReplay(torch.device("cuda"))
    values = torch.zeros(3, device="cuda")

    def part() -> float:
        return float(values.add_(1).sum())

    assert recorded("a", [part]) == [3]
    with pytest.warns(UserWarning, match="more slowly: its steps cannot be recorded"):
        assert recorded("a", [part]) == [6]
    assert recorded("a", [part]) == [9]
    assert float(torch.ones(1000, 1000, device="cuda").sum()) == 1e6


def test_recordings_do_not_pile_up(images: Dataset) -> None:
    """Each k is a recording of its own; those that are no longer used are let go."""
    config = make({**SMALL, "epochs": 40, "k_anneal": 1.0, "n_latents": 512, "k": 30, "batch_size": 50})
    trainer = Trainer(config, images, "cuda")
    trainer.advance(trainer.total_steps // 4)
    before = torch.cuda.memory_reserved()
    trainer.advance(trainer.total_steps // 2)
    assert torch.cuda.memory_reserved() < before + 64e6
    assert trainer._joint._replay is not None
    assert len(trainer._joint._replay._recordings) <= MOST


def test_a_search_that_is_not_there_is_refused(images: Dataset) -> None:
    config = RunConfig(**{**SMALL, "arch": "batch_topk", "precision": "bfloat16"})
    with pytest.raises(ConfigError, match="no bfloat16 search of batch_topk on cuda"):
        Trainer(config, images, "cuda")
