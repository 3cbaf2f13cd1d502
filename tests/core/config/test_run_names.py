"""Settings and runs are called by the preset that they began with, and by what was changed of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.run_names import OWN, base_preset, differences, preset_title, run_name
from saegui.core.config.schema import RunConfig, make
from saegui.core.data import registry
from saegui.core.data.added import Added

MODERN = PRESETS["modern"].config


@pytest.mark.parametrize(
    ("values", "title", "name"),
    [
        ({}, "modern", "modern"),
        ({"epochs": 3}, "modern, changed", "modern, 3 epochs"),
        ({"epochs": 1, "seed": 2}, "modern, changed", "modern, 1 epoch, seed 2"),
        ({"k": 5}, "modern, changed", "modern, changed: k 5"),
        ({"k": 5, "epochs": 3, "lr": 2e-3}, "modern, changed", "modern, changed: k 5, lr 0.002, 3 epochs"),
        (
            {"n_latents": 1024, "unit_norm": False},
            "modern, changed",
            "modern, changed: 1,024 latents, unit-norm off",
        ),
        ({"dataset": "digits"}, "modern", "modern, digits"),
        ({"rho": 0.5}, "modern", "modern"),
    ],
)
def test_a_name_says_the_preset_and_what_was_changed(values: dict[str, Any], title: str, name: str) -> None:
    config = make(values, MODERN)
    assert preset_title(config.model_dump(), "modern") == title
    assert run_name(config, "modern") == name


@pytest.mark.parametrize("preset", PRESETS)
def test_the_values_of_a_preset_are_called_by_it_whatever_was_chosen_before(preset: str) -> None:
    values = PRESETS[preset].config.model_dump()
    for before in (None, "modern", preset):
        assert base_preset(values, before) == preset_title(values, before) == preset
    assert run_name(make({"epochs": 3}, PRESETS[preset].config)) == f"{preset}, 3 epochs"


def test_any_field_but_the_data_changes_a_preset() -> None:
    for field, value in {
        "lr": 2e-3,
        "warmup_steps": 7,
        "revival": "none",
        "batch_size": 99,
        "seed": 8,
    }.items():
        values = make({field: value}, MODERN).model_dump()
        assert preset_title(values, "modern") == "modern, changed"
        assert differences(values, "modern") == [field]


def test_what_another_kind_brings_is_not_listed() -> None:
    config = RunConfig(**with_kind({"arch": "relu_l1"}, MODERN.model_dump()))
    assert run_name(config, "modern") == "modern, changed: ReLU + L1"


def test_a_run_of_no_preset_is_described() -> None:
    config = make({"k": 5, "dataset": "digits"})
    assert preset_title(config.model_dump(), None) == OWN
    assert run_name(config) == "TopK · 64 latents · k 5 · digits"


def test_a_data_set_of_the_user_s_is_called_by_its_file() -> None:
    name = registry.add(Added("pictures", Path("/somewhere/My cats"), {}))
    try:
        config = MODERN.model_copy(update={"dataset": name})
        assert name != "My cats" and run_name(config, "modern") == "modern, My cats"
    finally:
        registry.forget(name)


def test_live_changes_are_named_even_where_they_end_at_the_preset_s_value() -> None:
    assert run_name(MODERN, "modern", {"k": "30 → 10"}) == "modern, changed: k 30 → 10"


def test_a_preset_of_another_version_keeps_its_name() -> None:
    assert preset_title(make({"k": 5}).model_dump(), "newer") == "newer"
    assert run_name(make({"k": 5}), "newer") == "newer"
