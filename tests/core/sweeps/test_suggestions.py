"""What *Vary…* begins with can be trained."""

from __future__ import annotations

import pytest

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, parameter, relevant
from saegui.core.sweeps.suggestions import can_vary, suggested
from saegui.core.sweeps.values import read_values


@pytest.mark.parametrize("kind", parameter("arch").choices)
def test_every_parameter_of_a_kind_has_values_that_are_allowed(kind: str) -> None:
    values = with_kind({"arch": kind}, PRESETS["modern"].config.model_dump())
    names = [found.name for found in can_vary(values)]
    assert names == [name for name in relevant(values) if name != "dataset"]
    for name in names:
        for value in (values[name], parameter(name).low, parameter(name).high):
            if value is None or (parameter(name).above and value == parameter(name).low):
                continue
            found = read_values(name, suggested(name, value))
            assert len(found) >= 2 or name == "precision", (name, value)
            assert value in found


def test_seeds_follow_the_one_that_is_there() -> None:
    assert suggested("seed", 4) == "4 … 6"
    assert suggested("unit_norm", True) == "on, off"
    assert suggested("k", RunConfig().k) == "5, 10, 20"
