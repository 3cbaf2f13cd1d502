"""Numbers are read as they were meant, and refused where they can be meant in two ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saegui.core.config.schema import make
from saegui.core.errors import ConfigError
from saegui.core.numbers import AmbiguousNumberError, NumberError, counted_latents, read_latent, read_number

DECIMAL = {
    "0,001": 0.001,
    "0,500": 0.5,
    "-0,250": -0.25,
    "\u22120.25": -0.25,
    "00,125": 0.125,
    "0.001": 0.001,
    "1,5": 1.5,
    "1,2345": 1.2345,
    "1,5e-3": 0.0015,
    ".25": 0.25,
    ",25": 0.25,
    "1.234": 1.234,
    "1,234.5": 1234.5,
    "1.234,5": 1234.5,
    "1,234,567": 1234567,
    "1.234.567": 1234567,
    "60 000": 60000,
    "60\u202f000,5": 60000.5,
    "60'000": 60000,
    "5e-4": 5e-4,
}
WHOLE = {"60,000": 60000, "2 000": 2000, "1e3": 1000, "128": 128, "5.0": 5, "1.234.567": 1234567, "0": 0}
NOTHING = [
    "",
    "k",
    "1_000",
    "inf",
    "nan",
    "1,2,3",
    "--5",
    "1e",
    "0,001,000",
    "0 500",
    "1,23.4",
    "60 00",
    "1.2.3,4",
    "\u0661",
]


@pytest.mark.parametrize("text", DECIMAL)
def test_a_decimal_is_read_as_it_was_meant(text: str) -> None:
    assert read_number(text) == DECIMAL[text]


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_number_is_read_as_it_was_meant(text: str) -> None:
    assert read_number(text, whole=True) == WHOLE[text]


@pytest.mark.parametrize("text", NOTHING)
@pytest.mark.parametrize("whole", [False, True])
def test_what_is_no_number_is_refused(text: str, whole: bool) -> None:
    with pytest.raises(NumberError, match=r"not a number|needed"):
        read_number(text, whole=whole)


@pytest.mark.parametrize("text", ["1,234", "-12,500", "999,000", "1,234e-3"])
def test_a_comma_that_is_either_mark_is_refused_with_both_readings(text: str) -> None:
    with pytest.raises(AmbiguousNumberError) as error:
        read_number(text)
    assert text.replace(",", "") in str(error.value)
    assert text.replace(",", ".") in str(error.value)


@pytest.mark.parametrize("text", ["60.000", "1.234"])
def test_a_point_before_three_digits_is_refused_where_the_number_is_whole(text: str) -> None:
    with pytest.raises(AmbiguousNumberError, match=text.replace(".", "")):
        read_number(text, whole=True)


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from([",", "."]))
def test_no_decimal_mark_ever_multiplies_by_a_thousand(head: int, tail: int, mark: str) -> None:
    text = f"{head}{mark}{tail:03}"
    try:
        assert read_number(text) == float(f"{head}.{tail:03}")
    except AmbiguousNumberError:
        assert head > 0
        assert mark == ","


def test_options_read_numbers_as_the_fields_of_the_window_do() -> None:
    config = make({"lr": "0,001", "n_latents": "1,024", "k": "1e1"})
    assert (config.lr, config.n_latents, config.k) == (0.001, 1024, 10)
    with pytest.raises(ConfigError, match=r"--lr: 1,234 can be read in two ways; write 1234 or 1\.234"):
        make({"lr": "1,234"})
    for values in ({"k": "1_0"}, {"lr": "nan"}, {"epochs": "0"}, {"epochs": "0,5"}):
        [(name, text)] = values.items()
        with pytest.raises(ConfigError, match=f"--{name} is '{text}'; it must be"):
            make(values)


def test_a_latent_is_found_by_its_number_as_it_is_shown() -> None:
    for text in ("1427", "#1427", "#1,427", "# 1 427"):
        assert read_latent(text) == 1427
    assert read_latent("#") is None


def test_one_latent_is_spoken_of_in_the_singular_wherever_latents_are_counted() -> None:
    assert [counted_latents(count) for count in (0, 1, 2, 1024)] == [
        "0 latents",
        "1 latent",
        "2 latents",
        "1,024 latents",
    ]
    assert make({"n_latents": 1, "k": 1}).describe().startswith("TopK · 1 latent · ")
