"""Several values of a parameter as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from saegui.core.errors import ConfigError
from saegui.core.sweeps.spec import trainings
from saegui.core.sweeps.values import read_values, text_of


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("k", "5, 10,20", [5, 10, 20]),
        ("k", "5", [5]),
        ("lr", "1e-4 … 1e-2, 5 steps, log", [1e-4, 3.162e-4, 1e-3, 3.162e-3, 1e-2]),
        ("lr", "1e-4...1e-2, log, 3 values", [1e-4, 1e-3, 1e-2]),
        ("lr", "0,001; 0,002", [1e-3, 2e-3]),
        ("seed", "0 … 4", [0, 1, 2, 3, 4]),
        ("seed", "2..0", [2, 1, 0]),
        ("n_latents", "16 to 256, 5 steps, log", [16, 32, 64, 128, 256]),
        ("k", "1..3, 5 steps", [1, 2, 3]),
        ("decay", "0 to 1, 3 steps", [0.0, 0.5, 1.0]),
        ("unit_norm", "on, off", [True, False]),
        ("arch", "TopK, relu_l1", ["topk", "relu_l1"]),
        ("init", "He (normal), data", ["normal", "data"]),
    ],
)
def test_lists_and_ranges_are_read_and_written_again(name: str, text: str, values: list[Any]) -> None:
    found = read_values(name, text)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]
    assert read_values(name, text_of(name, found)) == found


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("k", " , ", "has no value; write values such as"),
        ("unit_norm", "", "write on, off"),
        ("k", "5..5", "two ends that differ"),
        ("k", "1..9, 1 step", "at least 2 steps"),
        ("lr", "1e-4 … 1e-2", "say how many values"),
        ("k", "1 … 64, log", "say how many values"),
        ("lr", "0,001", "decimals with a point"),
        ("k", "5, 5", "given twice"),
        ("k", "five", "'five'; it must be a whole number"),
        ("k", "0, 3", "--k is 0; it must be"),
        ("lr", "0 … 1, 3 steps", "above 0"),
        ("arch", "pi", "choose among topk"),
        ("unit_norm", "maybe", "on or off"),
        ("decay", "0..1, 5 steps, log", "both ends are above 0"),
        ("k", "1..5, twice", "not 'twice'"),
        ("seed", "0..99999", "100,000 values"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(name: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_values(name, text)


def test_a_file_may_hold_a_range_too() -> None:
    found = {"dataset": "digits", "vary": {"lr": "1e-4 … 1e-2, 3 steps, log", "unit-norm": "on, off"}}
    assert [each.varied["lr"] for each in trainings(found)] == [1e-4, 1e-4, 1e-3, 1e-3, 1e-2, 1e-2]
    with pytest.raises(ConfigError, match=r"s\.toml: --lr is '0.1 … 1'; say how many"):
        trainings({"dataset": "digits", "vary": {"lr": "0.1 … 1"}}, "s.toml")
