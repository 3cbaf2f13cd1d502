"""Which latents pass a filter, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saegui.core.analysis.latent_filter import (
    EVERYTHING,
    Family,
    LatentFacts,
    LatentFilter,
    in_the_way,
    loosened,
    parts,
    passing,
)


def floats(*values: object) -> NDArray[np.float32]:
    return np.array(values, np.float32)


FACTS = LatentFacts(
    density=floats(0, 0.005, 0.01, 0.5, 0.6),
    dead=np.array([True, False, False, False, False]),
    z=floats(0, 0, 2, 0, 1),
    class_shares=floats([0, 0], [0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0, 1]),
    starred=frozenset({0, 2, 99}),
    labels={1: "Lower loop", 4: "loop, top", 3: "bar"},
)
"""Latent 0 is dead, 1 rare, 4 dense; 2 and 4 are active; the second class is that of 2 and 4."""


@pytest.mark.parametrize(
    ("wanted", "latents"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"kinds": {"alive"}}, [1, 2, 3, 4]),
        ({"kinds": {"rare"}}, [1]),
        ({"kinds": {"dense"}}, [4]),
        ({"kinds": {"dead"}}, [0]),
        ({"kinds": {"dead", "dense"}}, [0, 4]),
        ({"starred": True}, [0, 2]),
        ({"on": True}, [2, 4]),
        ({"least": 0.01}, [2, 3, 4]),
        ({"most": 0.5}, [0, 1, 2, 3]),
        ({"least": 0.005, "most": 0.01}, [1, 2]),
        ({"label": 0}, [1, 3]),
        ({"label": 1}, [2, 4]),
        ({"label": 7}, [0, 1, 2, 3, 4]),
        ({"text": " LOOP "}, [1, 4]),
        ({"text": "  "}, [0, 1, 2, 3, 4]),
        ({"text": "loop", "on": True}, [4]),
    ],
)
def test_those_that_pass_are_those_counted_by_hand(wanted: dict[str, Any], latents: list[int]) -> None:
    made = replace(EVERYTHING, **{name: frozenset(v) if name == "kinds" else v for name, v in wanted.items()})
    assert np.flatnonzero(passing(made, FACTS)).tolist() == latents
    assert bool(made) == bool(wanted)


def test_what_is_not_known_hides_nothing_and_without_a_drawing_nothing_is_active() -> None:
    unknown = LatentFacts(FACTS.density, FACTS.dead)
    assert passing(LatentFilter(label=1), unknown).all()
    assert not passing(LatentFilter(on=True), unknown).any()


def test_an_empty_result_names_the_part_that_hides_most() -> None:
    wanted = LatentFilter(kinds=frozenset({"rare"}), on=True, least=0.001)
    assert not passing(wanted, FACTS).any()
    assert set(parts(wanted, FACTS)) == {"rare", "on now", "density"}
    # Without "rare" two latents pass, without "on now" one, without "density" none.
    assert in_the_way(wanted, FACTS) == ("rare", 2)
    assert np.flatnonzero(passing(loosened(wanted, "rare"), FACTS)).tolist() == [2, 4]
    assert in_the_way(replace(wanted, text="no such"), FACTS) is None


@pytest.mark.parametrize(
    "wanted",
    [
        LatentFilter(kinds=frozenset({"rare", "dead"})),
        LatentFilter(starred=True),
        LatentFilter(on=True),
        LatentFilter(least=0.1),
        LatentFilter(label=1),
        LatentFilter(text="loop"),
    ],
)
def test_every_part_can_be_taken_out_by_its_name(wanted: LatentFilter) -> None:
    (name,) = parts(wanted, FACTS)
    assert loosened(wanted, name) == EVERYTHING


def test_latents_that_were_encircled_are_a_part_like_any_other() -> None:
    wanted = LatentFilter(latents=frozenset({0, 2, 99}))
    assert wanted
    assert np.flatnonzero(passing(wanted, FACTS)).tolist() == [0, 2]
    assert set(parts(wanted, FACTS)) == {"on the map"}
    assert loosened(wanted, "on the map") == EVERYTHING
    assert not passing(LatentFilter(latents=frozenset()), FACTS).any()


def test_a_family_is_a_part_like_any_other() -> None:
    family = Family(2, frozenset({2, 3}))
    wanted = LatentFilter(family=family, latents=frozenset({0, 2}))
    assert family.name == "family of #2"
    assert np.flatnonzero(passing(wanted, FACTS)).tolist() == [2]
    assert set(parts(wanted, FACTS)) == {"on the map", "family"}
    assert loosened(wanted, "family") == LatentFilter(latents=frozenset({0, 2}))
