"""What a kind brings when it is chosen, and that every kind then trains to something worth looking at."""

from __future__ import annotations

from pathlib import Path

import pytest

from saegui.core import data
from saegui.core.analysis.metrics import evaluate, reconstruction
from saegui.core.config.kinds import DEFAULTS, brought, with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.training.trainer import Trainer

BASES = pytest.mark.parametrize("base", [None, *PRESETS])
KINDS = pytest.mark.parametrize("kind", FAMILIES)


@pytest.fixture(scope="module")
def mnist(mnist_dir: Path) -> Dataset:
    return data.load("mnist", mnist_dir)


def values(base: str | None) -> dict[str, object] | None:
    return None if base is None else PRESETS[base].config.model_dump()


@BASES
@KINDS
def test_a_kind_brings_only_what_nobody_chose(base: str | None, kind: str) -> None:
    given = {"arch": kind, "lr": 0.0123, "n_latents": 40, "k": 7}
    found = make(with_kind(given, values(base)))
    assert {name: getattr(found, name) for name in given} == given
    assert not set(brought(given, values(base))) & set(given)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_s_own_kind_changes_nothing(name: str) -> None:
    config = PRESETS[name].config
    assert make(with_kind({"arch": config.arch}, config.model_dump())) == config
    assert make(with_kind({}, config.model_dump())) == config


def test_without_a_kind_the_defaults_stay() -> None:
    assert make(with_kind({"k": 5})) == RunConfig(k=5)
    assert with_kind({"arch": "jumprelu"})["lr"] == 1e-3 != DEFAULTS.lr


def test_a_k_of_all_latents_does_not_follow_into_another_kind() -> None:
    base = values("seed-k64")
    assert with_kind({"arch": "batch_topk"}, base)["k"] == 10
    assert with_kind({"arch": "batch_topk", "k": 64}, base)["k"] == 64
    assert with_kind({"arch": "batch_topk"}, values("parts-k20"))["k"] == 20


def trained(config: RunConfig, dataset: Dataset) -> Trainer:
    trainer = Trainer(config, dataset)
    while not trainer.done:
        trainer.step()
    return trainer


def check_worth_looking_at(config: RunConfig, dataset: Dataset) -> None:
    found = evaluate(trained(config, dataset).snapshot(), dataset)
    assert found.fvu < 0.5
    assert found.dead < found.n_latents / 5
    assert 5 <= found.l0 <= 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
@KINDS
def test_every_kind_chosen_alone_is_worth_looking_at(kind: str, seed: int, mnist: Dataset) -> None:
    check_worth_looking_at(make(with_kind({"arch": kind, "epochs": 5, "seed": seed})), mnist)


@pytest.mark.slow
@pytest.mark.parametrize("base", ["seed-k10"])
@KINDS
def test_every_kind_is_worth_looking_at_from_any_other_preset(kind: str, base: str, mnist: Dataset) -> None:
    if PRESETS[base].config.arch == kind:
        pytest.skip("a preset's own kind is the preset")
    given = {"arch": kind, "epochs": 5, "n_latents": 64}
    check_worth_looking_at(make(with_kind(given, values(base))), mnist)


def test_the_cost_of_an_active_latent_decides_jumprelu_s_sparsity(digits: Dataset) -> None:
    """The penalty's gradient reaches what is before the threshold, which alone moves too slowly."""
    l0 = []
    for weight in (1e-5, 1e-4, 1e-3, 1e-2):
        given = {"arch": "jumprelu", "dataset": "digits", "l0_weight": weight, "epochs": 60, "batch_size": 64}
        model = trained(make(with_kind(given)), digits).snapshot()
        l0.append(reconstruction(model, digits.train_images).l0)
    assert l0[0] > 1.5 * l0[1] > 3 * l0[2] > 6 * l0[3], l0
