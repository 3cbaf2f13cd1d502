"""What a kind brings when it is chosen, and that every kind then trains to something worth looking at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saegui.core import data
from saegui.core.analysis.metrics import evaluate, reconstruction
from saegui.core.config.kinds import DEFAULTS, brought, with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, make, relevant
from saegui.core.data import Dataset
from saegui.core.families.registry import FAMILIES
from saegui.core.training.trainer import Trainer

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("one_thread")

BASES = pytest.mark.parametrize("base", [None, *PRESETS])
KINDS = pytest.mark.parametrize("kind", FAMILIES)


@pytest.fixture(scope="module")
def mnist(mnist_dir: Path) -> Dataset:
    """A third of it: whole epochs need more time and say the same."""
    found = data.load("mnist", mnist_dir)
    train, test = slice(20_000), slice(2_000)
    return replace(
        found,
        train_images=found.train_images[train].copy(),
        train_labels=found.train_labels[train].copy(),
        test_images=found.test_images[test].copy(),
        test_labels=found.test_labels[test].copy(),
    )


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


def test_the_k_of_a_preset_does_not_follow_into_another_kind() -> None:
    for base in ("seed-k64", "parts-k5", "parts-k128"):
        assert with_kind({"arch": "batch_topk"}, values(base))["k"] == 10
        assert with_kind({"arch": "batch_topk", "k": 64}, values(base))["k"] == 64


@BASES
@KINDS
def test_a_kind_that_is_chosen_alone_is_the_same_from_every_preset(base: str | None, kind: str) -> None:
    """So what it trains to, which is held below, is what it trains to from any of them."""
    if base is not None and PRESETS[base].config.arch == kind:
        assert make(with_kind({"arch": kind}, values(base))) == PRESETS[base].config
        return
    given = {"arch": kind, "n_latents": 64, "epochs": 5, "seed": 0}
    alone, found = with_kind(given), with_kind(given, values(base))
    assert {name: found[name] for name in relevant(found)} == {name: alone[name] for name in relevant(alone)}


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
@KINDS
def test_every_kind_chosen_alone_is_worth_looking_at(kind: str, mnist: Dataset) -> None:
    """With one seed: others end within 0.01 of its FVU, within 0.5 of its L0 and with no more dead latents."""
    # Densities that a penalty pulls down one by one settle more slowly.
    epochs = 10 if kind == "kl" else 5
    check_worth_looking_at(make(with_kind({"arch": kind, "epochs": epochs})), mnist)


@pytest.mark.slow
def test_few_latents_of_jumprelu_die_where_none_is_revived(mnist: Dataset) -> None:
    """The penalty acts on the thresholds alone, so no latent is pushed to where nothing activates it."""
    check_worth_looking_at(make(with_kind({"arch": "jumprelu", "epochs": 5, "revival": "none"})), mnist)


def test_the_cost_of_an_active_latent_decides_jumprelu_s_sparsity(digits: Dataset) -> None:
    """Its thresholds are trained faster than the weights, or every large cost would lead to the same L0."""
    l0 = []
    for weight in (1e-4, 1e-3, 1e-2):
        given = {"arch": "jumprelu", "dataset": "digits", "l0_weight": weight, "n_latents": 128}
        given |= {"epochs": 30, "batch_size": 64}
        model = trained(make(with_kind(given)), digits).snapshot()
        l0.append(reconstruction(model, digits.train_images).l0)
    assert l0[0] > 2 * l0[1] > 4 * l0[2] > 0, l0
