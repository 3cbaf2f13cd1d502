"""What is left of names where there is little room."""

from __future__ import annotations

import pytest

from saegui.core.config.changes import Change, trails
from saegui.core.config.presets import PRESETS
from saegui.core.config.run_names import run_name
from saegui.core.config.schema import RunConfig, make
from saegui.core.runs.short_names import Named, distinguishing_names, names_beside, telling_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["TopK · 64 latents · k 5", "TopK · 64 latents · k 10"], ["… k 5", "… k 10"]),
        (["A · k 5 · seed 0", "A · k 5 · seed 1", "mine"], ["… seed 0", "… seed 1", "mine"]),
        (["A · k 5", "A · k 5 (2)", "A · k 5"], ["… k 5", "… k 5 (2)", "… k 5"]),
        (["A · k 5", "A · k 5"], ["A · k 5", "A · k 5"]),
        (["A · k 5"], ["A · k 5"]),
        (["modern, changed: k 5, seed 1", "modern, changed: k 9, seed 1"], ["… k 5", "… k 9"]),
        ([], []),
    ],
)
def test_what_all_have_in_common_is_left_out(names: list[str], expected: list[str]) -> None:
    assert distinguishing_names(names) == expected


MODERN = PRESETS["modern"].config


def of(config: RunConfig, *changes: Change, preset: str | None = "modern", number: str = "") -> Named:
    return Named(run_name(config, preset, trails(changes)) + number, config, preset, changes)


def test_runs_are_told_apart_by_what_differs_between_them() -> None:
    """Also by values that no name says because they are the preset's."""
    k = [of(make({"k": value, "seed": 3}, MODERN)) for value in (5, 10)]
    assert telling_names(k) == ["k 5", "k 10"]
    both = [of(make(values, MODERN)) for values in ({"lr": 0.01}, {"seed": 1, "n_latents": 128}, {})]
    assert telling_names(both) == [
        "64 latents, lr 0.01, seed 0",
        "128 latents, lr 0.001, seed 1",
        "64 latents, lr 0.001, seed 0",
    ]
    presets = [of(MODERN), of(PRESETS["seed-k64"].config, preset="seed-k64"), of(make({"k": 5}, MODERN))]
    assert telling_names(presets) == ["modern", "seed-k64", "modern, changed: k 5"]
    live = of(make({"k": 5}, MODERN), Change(9, 0.1, 1.0, "k", 10, 5))
    assert telling_names([of(MODERN), live]) == ["k 10", "k 10 → 5"]


def test_beside_one_run_others_are_called_by_what_differs_from_it_alone() -> None:
    own = of(make({"lr": 0.01}, MODERN))
    others = [of(make(values, MODERN)) for values in ({"lr": 0.01, "seed": 1}, {"seed": 0}, {"lr": 0.01})]
    others += [
        of(PRESETS["seed-k64"].config, preset="seed-k64"),
        Named("mine", MODERN, "modern"),
        Named("old"),
    ]
    assert names_beside(own, others) == ["seed 1", "lr 0.001", others[2].name, "seed-k64", "mine", "old"]
    assert names_beside(Named("old"), others[:1]) == [others[0].name]


def test_equal_settings_and_chosen_names_never_look_equal() -> None:
    assert telling_names([of(MODERN), of(MODERN, number=" (2)")]) == ["modern", "modern (2)"]
    assert telling_names([Named("mine", MODERN, "modern"), of(MODERN)]) == ["mine", "modern"]
    assert telling_names([Named("mine"), Named("mine")]) == ["mine (1)", "mine (2)"]
    assert telling_names([]) == []


def test_runs_of_other_presets_or_of_none_are_told_apart_by_few_values_too() -> None:
    """As those that the command line trains without a preset."""
    seed = PRESETS["seed-k10"].config
    runs = [
        of(seed, preset="seed-k10"),
        of(make({"k": 5, "epochs": 12}, seed), preset=None),
        of(make({"k": 20}, seed), preset=None),
    ]
    assert telling_names(runs) == ["k 10, 50 epochs", "k 5, 12 epochs", "k 20, 50 epochs"]
    assert names_beside(runs[0], runs[1:]) == ["k 5, 12 epochs", "k 20"]
    far = [of(seed, preset="seed-k10"), of(MODERN)]
    assert telling_names(far) == ["seed-k10", "modern"], "they differ in much"
