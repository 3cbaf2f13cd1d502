"""The description of a sweep that the program writes is the one that it reads."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig
from saegui.core.errors import RunError
from saegui.core.sweeps import spec, spec_text


@pytest.mark.parametrize("preset", [*PRESETS, None])
@pytest.mark.parametrize("changes", [{}, {"arch": "gated", "seed": 3}, {"lr": 1e-5, "tied_init": True}])
def test_settings_and_lists_come_back_as_the_same_trainings(
    preset: str | None, changes: dict[str, Any], tmp_path: Path
) -> None:
    base = PRESETS[preset].config.model_dump() if preset else RunConfig().model_dump()
    values = {**base, "dataset": "digits", "epochs": 3, **changes}
    values["k"] = min(values["k"], 4)
    lists = {"n_latents": [8, 64], "unit_norm": [True, False]}
    found = spec_text.described(values, preset, lists)
    file = tmp_path / spec_text.NAME
    spec_text.save(found, file)
    assert tomllib.loads(file.read_text()) == found
    trainings = spec.read(file)
    assert [each.varied for each in trainings] == [
        {"n_latents": latents, "unit_norm": unit} for latents in (8, 64) for unit in (True, False)
    ]
    for each in trainings:
        assert each.config == RunConfig(**{**values, **each.varied})
        assert each.preset == preset or preset is None


def test_only_what_differs_from_the_preset_is_named() -> None:
    values = {**PRESETS["modern"].config.model_dump(), "dataset": "digits", "epochs": 3}
    text = spec_text.as_toml(spec_text.described(values, "modern", {"lr": [1e-4, 0.001], "k": [5]}))
    assert text == (
        f'{spec_text.HEAD}\npreset = "modern"\ndataset = "digits"\nepochs = 3\n\n[vary]\nlr = [0.0001, 0.001]\nk = [5]\n'
    )


def test_a_text_with_any_character_is_read_again() -> None:
    odd = 'a"b\\c\x7f\té\n'
    assert tomllib.loads(spec_text.as_toml({"dataset": odd, "vary": {}}))["dataset"] == odd


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(RunError, match="cannot be written"):
        spec_text.save({}, file / spec_text.NAME)
