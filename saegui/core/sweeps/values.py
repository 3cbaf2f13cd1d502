"""Several values of a parameter as people write them: ``5, 10, 20``, ``1e-4 … 1e-2, 5 steps, log``, ``0 … 4``, ``on, off``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from saegui.core.config.parameter import Parameter, number_from, out_of_range
from saegui.core.config.schema import parameter
from saegui.core.errors import ConfigError

MOST = 1000
"""Values of one parameter."""
DIGITS = 4
"""Digits that values between two ends keep: they stand in names of runs."""
SHORT = "write values such as 5, 10, 20, or a range such as 1 … 16, 5 steps"
_BETWEEN = re.compile(r"(.+?)\s*(?:…|\.{2,3}|\bto\b)\s*(.+)")
_STEPS = re.compile(r"(\d+)\s*(?:steps?|values?)")
_THOUSANDTHS = re.compile(r"0\d+")
"""What follows a comma that was meant within a number, as in 0,001."""
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def read_values(name: str, text: str) -> list[Any]:
    """The values of the parameter ``name`` that ``text`` lists, or the ends of a range and how many values it has.

    Values are separated by commas, or by semicolons where numbers have decimal commas. A range of whole numbers without a number
    of steps has all of them; with ``log`` each value is the one before it times the same factor.

    Raises:
        ConfigError: names the option, the text and how to write it.
    """
    found = parameter(name)
    pieces = [piece.strip() for piece in text.split(";" if ";" in text else ",")]
    pieces = [piece for piece in pieces if piece]
    if not pieces:
        raise ConfigError(f"{found.option} has no value; {_example(found)}.")
    between = _BETWEEN.fullmatch(pieces[0]) if found.kind in ("int", "float") else None
    values = _range(found, between, pieces[1:], text) if between else _listed(found, pieces, text)
    if len(set(values)) < len(values):
        raise ConfigError(f"{found.option} is '{text}', in which a value is given twice; give each once.")
    return values


def text_of(name: str, values: Iterable[Any]) -> str:
    """``values`` as :func:`read_values` reads them."""
    found = parameter(name)
    return ", ".join(_word(found, value) for value in values)


def _word(found: Parameter, value: Any) -> str:
    if found.kind == "bool":
        return "on" if value else "off"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _listed(found: Parameter, pieces: list[str], text: str) -> list[Any]:
    if found.kind == "bool":
        return [_switched(found, piece) for piece in pieces]
    if found.kind == "choice":
        return [_chosen(found, piece) for piece in pieces]
    if "," in text and any(_THOUSANDTHS.fullmatch(piece) for piece in pieces):
        raise ConfigError(
            f"{found.option} is '{text}'; a comma separates values here: write decimals with a point, or separate values by semicolons."
        )
    return [_within(found, number_from(found, piece)) for piece in pieces]


def _range(found: Parameter, between: re.Match[str], more: list[str], text: str) -> list[Any]:
    low, high = (_within(found, number_from(found, end)) for end in between.groups())
    steps, logarithmic = 0, False
    for word in more:
        if word.casefold() in ("log", "logarithmic"):
            logarithmic = True
        elif count := _STEPS.fullmatch(word.casefold()):
            steps = int(count[1])
        else:
            raise ConfigError(
                f"{found.option} is '{text}'; after a range comes its number of values, such as '5 steps', or 'log', not '{word}'."
            )
    whole = found.kind == "int"
    if not steps:
        if not whole or logarithmic:
            raise ConfigError(
                f"{found.option} is '{text}'; say how many values it has, such as '{text}, 5 steps'."
            )
        steps = int(abs(high - low)) + 1
    if steps > MOST:
        raise ConfigError(f"{found.option} is '{text}', which are {steps:,} values; give at most {MOST:,}.")
    if steps < 2 or low == high:
        raise ConfigError(
            f"{found.option} is '{text}'; a range has two ends that differ, and at least 2 steps."
        )
    if logarithmic and min(low, high) <= 0:
        raise ConfigError(f"{found.option} is '{text}'; with log both ends are above 0.")
    places = np.geomspace(low, high, steps) if logarithmic else np.linspace(low, high, steps)
    if whole:
        # Rounded, neighbours of a fine range may be equal: each is trained once.
        return list(dict.fromkeys(round(place) for place in places.tolist()))
    inner = [float(f"{place:.{DIGITS}g}") for place in places.tolist()[1:-1]]
    return [float(low), *inner, float(high)]


def _within(found: Parameter, value: float) -> float:
    low, high = found.low, found.high
    if (low is not None and (value < low or (found.above and value == low))) or (
        high is not None and value > high
    ):
        raise ConfigError(out_of_range(found, value))
    return value


def _switched(found: Parameter, piece: str) -> bool:
    if piece.casefold() not in _SWITCH:
        raise ConfigError(f"{found.option} is '{piece}'; it is on or off.")
    return _SWITCH[piece.casefold()]


def _chosen(found: Parameter, piece: str) -> str:
    """A choice by its name or its title."""
    named = {each.casefold(): each for each in found.choices}
    titled = {title.casefold(): each for each, title in zip(found.choices, found.choice_titles, strict=True)}
    choice = named.get(piece.casefold()) or titled.get(piece.casefold())
    if choice is None:
        raise ConfigError(f"{found.option} is '{piece}'; choose among {', '.join(found.choices)}.")
    return choice


def _example(found: Parameter) -> str:
    if found.kind == "bool":
        return "write on, off"
    if found.kind == "choice":
        return f"choose among {', '.join(found.choices)}"
    return SHORT
