"""Combinations of values, their folders and names."""

from __future__ import annotations

import pytest

from saegui.core.config.schema import RunConfig, make
from saegui.core.config.variants import MOST, variants
from saegui.core.errors import ConfigError


def of(values: dict[str, list[object]], **base: object) -> list[tuple[str, str]]:
    return [(v.folder, v.name) for v in variants(values, lambda chosen: make({**base, **chosen}))]


def test_every_combination_the_last_first() -> None:
    found = variants({"k": ["5", "10"], "seed": [1, 2]}, lambda values: make(values))
    assert [variant.varied for variant in found] == [
        {"k": 5, "seed": 1},
        {"k": 5, "seed": 2},
        {"k": 10, "seed": 1},
        {"k": 10, "seed": 2},
    ]
    assert [variant.folder for variant in found] == ["k-5-seed-1", "k-5-seed-2", "k-10-seed-1", "k-10-seed-2"]
    assert found[2].config == RunConfig(k=10, seed=1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"k": [5, 10]}, ("k-5", "seed-k10, changed: k 5")),
        ({"lr": ["1e-3", "0.01"]}, ("lr-0.001", "TopK · 64 latents · k 10, lr 0.001")),
        (
            {"unit_norm": ["on", "off"], "n_latents": [64, 32]},
            ("unit-norm-on-latents-64", "seed-k10, changed: unit-norm on"),
        ),
        ({"arch": ["topk", "batch_topk"]}, ("arch-topk", "seed-k10")),
    ],
)
def test_names_say_what_they_would_not_say_by_themselves(
    values: dict[str, list[object]], expected: tuple[str, str]
) -> None:
    found = of(values)
    assert found[0] == expected
    assert len({name for _, name in found}) == len({folder for folder, _ in found}) == len(found)


def test_a_combination_may_be_possible_only_as_a_whole() -> None:
    """The usual k would be too much for so few latents."""
    assert len(of({"k": [2, 4]}, n_latents=8)) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"k": [5, 200]}, "k is 200 but there are only 64 latents"),
        ({"lr": ["1e-3", "0.001"]}, "Of lr a value is given twice"),
        ({"l1": [0.1, 0.2]}, "--l1 has no effect"),
        ({"seed": list(range(MOST + 1))}, f"{MOST + 1} trainings .* at most {MOST}"),
        ({"lr": ["1e-3", "fast"]}, "--lr is 'fast'"),
    ],
)
def test_what_cannot_be_varied(values: dict[str, list[object]], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        of(values)


def test_what_takes_part_in_one_of_them_may_be_varied() -> None:
    assert len(of({"arch": ["topk", "relu_l1"], "l1": [0.1, 0.2]})) == 4
