"""The file that describes a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from saegui.core.errors import ConfigError, SaeguiError
from saegui.core.sweeps.spec import read, trainings


def test_every_combination_is_one_training_named_by_its_whole_configuration(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        'preset = "modern"\ndataset = "digits"\nepochs = 2\n[vary]\nlatents = [16, 32]\nunit-norm = [true, false]\nlr = ["1e-3"]\n'
    )
    found = read(file)
    assert [each.varied for each in found] == [
        {"n_latents": latents, "unit_norm": unit, "lr": 1e-3}
        for latents in (16, 32)
        for unit in (True, False)
    ]
    assert [each.folder.rsplit("-", 1)[0] for each in found] == [
        "latents-16-unit-norm-on-lr-0.001",
        "latents-16-unit-norm-off-lr-0.001",
        "latents-32-unit-norm-on-lr-0.001",
        "latents-32-unit-norm-off-lr-0.001",
    ]
    config = found[0].config
    assert (config.epochs, config.dataset, config.pre_bias, found[0].preset) == (2, "digits", True, "modern")
    # Equal files, equal names; another value that is not varied gives others.
    assert [each.folder for each in read(file)] == [each.folder for each in found]
    file.write_text(file.read_text().replace("epochs = 2", "epochs = 3"))
    assert not {each.folder for each in read(file)} & {each.folder for each in found}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, "varies nothing"),
        ({"vary": {}}, "varies nothing"),
        ({"vary": {"k": 5}}, "varies k = 5; write a list"),
        ({"vary": {"k": []}}, "write a list"),
        ({"vary": {"features": [5]}}, "'features', which is no option"),
        ({"features": 5, "vary": {"k": [5]}}, "'features', which is no option"),
        ({"k": 5, "vary": {"k": [5, 6]}}, "both alone and in"),
        ({"vary": {"k": [5, 5]}}, "twice"),
        ({"vary": {"k": [5, 10**9]}}, "k is"),
        ({"epochs": "many", "vary": {"k": [5]}}, "many"),
        ({"preset": "best of all", "vary": {"k": [5]}}, "no preset 'best of all'"),
        ({"preset": 3, "vary": {"k": [5]}}, "preset = 3"),
        ({"dataset": 3, "vary": {"k": [5]}}, "dataset = 3"),
        ({"dataset": "no such", "vary": {"k": [5]}}, "no such"),
        ({"vary": {"dataset": ["mnist"]}}, "varies the data set"),
        ({"vary": {"seed": list(range(200)), "k": list(range(1, 64))}}, "12,600 trainings"),
        ({"vary": {"l1": [1.0, 2.0]}}, "no effect"),
    ],
)
def test_what_is_wrong_is_named(found: dict[str, object], message: str) -> None:
    with pytest.raises(SaeguiError, match=message):
        trainings(found, "s.toml")


@pytest.mark.parametrize("content", [b"k = [1", b"\xff\xfe", b"k = 1\nk = 2"])
def test_what_is_no_toml_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="is no TOML file"):
        read(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "nothing.toml")
