"""The configuration schema: bounds, sentences, and everything that forms and options are made from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core.config.conflicts import conflicts
from saegui.core.config.schema import RunConfig, make, parameter, parameters
from saegui.core.errors import ConfigError

PARAMETERS = parameters()
NUMBERS = [found for found in PARAMETERS if found.kind in ("int", "float")]


def values_of(name: str) -> st.SearchStrategy[Any]:
    """Everything that a parameter may be."""
    found = parameter(name)
    if found.kind == "choice":
        return st.sampled_from(found.choices)
    if found.kind == "bool":
        return st.booleans()
    if found.kind == "int":
        assert found.low is not None
        assert found.high is not None
        return st.integers(int(found.low), int(found.high))
    return st.floats(found.low, found.high, exclude_min=found.above)


CONFIGS = st.fixed_dictionaries({found.name: values_of(found.name) for found in PARAMETERS}).map(
    lambda values: {**values, "k": min(values["k"], values["n_latents"])}
)
CONFIGS = CONFIGS.filter(lambda values: not conflicts(values))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "TopK · 64 latents · k 10"),
        (
            {"arch": "relu_l1", "n_latents": 1000, "refit": True, "refinements": 2},
            "ReLU + L1 · 1,000 latents · λ 0.0015",
        ),
        (
            {"refinements": 1, "refit": True, "revival": "auxk"},
            "TopK · 64 latents · k 10 · 1 refinement · refit · AuxK",
        ),
        (
            {"refinements": 3, "revival": "resample", "non_negative": True, "input": "unit"},
            "TopK · 64 latents · k 10 · 3 refinements · resampling · non-negative · unit input",
        ),
    ],
)
def test_a_description_says_what_runs_most_often_differ_in(values: dict[str, Any], words: str) -> None:
    assert make(values).describe() == words


class TestSchema:
    def test_describes_every_field(self) -> None:
        assert [found.name for found in PARAMETERS] == list(RunConfig.model_fields)
        defaults = RunConfig().model_dump()
        for found in PARAMETERS:
            assert found.default == defaults[found.name]
            assert found.title
            assert found.help.endswith(".")
            assert found.group in ("Data", "Model", "Training")
            assert found.option.startswith("--")
            assert parameter(found.name) == found

    def test_options_and_titles_are_unique(self) -> None:
        assert len({found.option for found in PARAMETERS}) == len(PARAMETERS)
        assert len({found.title for found in PARAMETERS}) == len(PARAMETERS)

    def test_every_number_has_bounds_and_every_choice_a_title(self) -> None:
        for found in NUMBERS:
            assert found.low is not None
            assert found.high is not None
        for found in PARAMETERS:
            if found.kind == "choice":
                assert len(found.choices) == len(found.choice_titles) > 0

    def test_live_parameters_are_those_that_no_weight_depends_on(self) -> None:
        live = {found.name for found in PARAMETERS if found.live}
        assert live == {"lr", "k", "l1", "l0_weight", "kl_weight", "rho"}


class TestMaking:
    @given(CONFIGS)
    def test_comes_back_from_json(self, values: dict[str, Any]) -> None:
        config = make(values)
        assert config.model_dump() == values
        assert make(json.loads(json.dumps(config.model_dump()))) == config

    @given(CONFIGS, CONFIGS)
    def test_values_win_over_the_base(self, base: dict[str, Any], values: dict[str, Any]) -> None:
        some = {"lr": values["lr"], "seed": values["seed"]}
        assert make(some, make(base)).model_dump() == {**base, **some}

    @given(CONFIGS)
    def test_text_as_from_a_command_line_means_the_same(self, values: dict[str, Any]) -> None:
        assert make({name: str(value) for name, value in values.items()}) == make(values)

    def test_is_frozen(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            RunConfig().k = 3  # type: ignore[misc]


class TestRefusing:
    @pytest.mark.parametrize("found", NUMBERS, ids=lambda found: found.name)
    def test_numbers_out_of_bounds(self, found: Any) -> None:
        beyond = [found.low - 1, found.high + 1]
        if found.above:
            beyond.append(found.low)
        if found.kind == "float":
            beyond += [float("nan"), float("inf")]
        for value in beyond:
            with pytest.raises(ConfigError) as caught:
                make({found.name: value})
            sentence = str(caught.value)
            assert found.option in sentence
            assert str(value) in sentence
            assert f"{found.low:,}" in sentence
            assert f"{found.high:,}" in sentence

    @pytest.mark.parametrize("found", NUMBERS, ids=lambda found: found.name)
    def test_the_bounds_themselves_are_allowed(self, found: Any) -> None:
        everything_fits = {"n_latents": 65536, "k": 1}
        assert make({**everything_fits, found.name: found.high})
        if not found.above:
            assert make({"k": 1, found.name: found.low})

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"k": 65}, ["k is 65", "64 latents", "lower k or add latents"]),
            ({"n_latents": 5}, ["k is 10", "5 latents"]),
            ({"k": "many"}, ["--k", "'many'", "a whole number"]),
            ({"k": 2.5}, ["--k", "2.5", "a whole number"]),
            ({"lr": "fast"}, ["--lr", "'fast'", "a number above 0 and at most 1"]),
            ({"pre_bias": "perhaps"}, ["--pre-bias", "'perhaps'", "true or false"]),
            ({"init": "zeros"}, ["--init", "'zeros'", "linear, normal, data"]),
            ({"arch": None}, ["--arch", "None", "topk"]),
            ({"latents": 5}, ["'latents'", "n_latents"]),
        ],
    )
    def test_names_the_option_the_value_and_what_it_may_be(
        self, values: dict[str, Any], words: list[str]
    ) -> None:
        with pytest.raises(ConfigError) as caught:
            make(values)
        for word in words:
            assert word in str(caught.value)

    def test_conflicts_are_reported_by_field(self) -> None:
        values = RunConfig().model_dump()
        assert conflicts(values) == {}
        assert conflicts({**values, "k": 64}) == {}
        assert list(conflicts({**values, "k": 65})) == ["k"]

    def test_a_bfloat16_search_and_refinements_are_not_both_to_be_had(self) -> None:
        values = {**RunConfig().model_dump(), "precision": "bfloat16", "refinements": 1}
        assert list(conflicts(values)) == ["precision"]
        assert conflicts({**values, "refinements": 0}) == {}
        # Where nothing is searched for, the parameter takes no part.
        assert conflicts({**values, "arch": "matryoshka"}) == {}
