"""What can be chosen about how a data set is read, such as the side of patches or the column with the labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saegui.core.errors import DataError
from saegui.core.numbers import NumberError, read_number

Value = bool | int | float | str
Options = Mapping[str, Value]
"""Complete: every option of a source has a value."""

AUTO = "auto"
"""The value of an option that nobody chose: what is likely is taken, if it is sure."""

_SWITCH = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}


@dataclass(frozen=True)
class Option:
    """One choice, with the value that it has while nobody chooses."""

    name: str
    """On the command line, after ``--data-option``."""
    title: str
    """In a form."""
    help: str
    """One sentence."""
    default: Value
    """Its type is the option's: a whole number, a number, a text, or true and false."""
    choices: tuple[str, ...] = ()
    """All that a text can be; empty for any."""
    titles: tuple[str, ...] = ()
    """Of the :attr:`choices`, in their order; the choices themselves where there are none."""
    low: float | None = None
    high: float | None = None

    def read(self, value: Any) -> Value:
        """``value``, or what its text stands for.

        Raises:
            DataError: names the option, the value and what it can be.
        """
        found = self._read(value)
        if found is None:
            raise DataError(f"The option {self.name} is '{value}'; it is {self.allowed}.")
        return found

    def title_of(self, value: Value) -> str:
        """How a form calls a value."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return f"{value}" if isinstance(value, int) else f"{value:g}"
        titles = dict(zip(self.choices, self.titles or self.choices, strict=True))
        return titles.get(str(value), str(value))

    @property
    def allowed(self) -> str:
        """What the value can be, in words that complete *it is …*."""
        if isinstance(self.default, bool):
            return "either true or false"
        if isinstance(self.default, str):
            return f"one of {', '.join(self.choices)}" if self.choices else "a text"
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        if self.low is not None and self.high is not None:
            return f"{kind} from {_plain(self.low)} to {_plain(self.high)}"
        return kind if self.low is None else f"{kind}, at least {_plain(self.low)}"

    def _read(self, value: Any) -> Value | None:
        if isinstance(self.default, bool):
            return value if isinstance(value, bool) else _SWITCH.get(str(value).strip().lower())
        if isinstance(self.default, str):
            text = str(value)
            return text if not self.choices or text in self.choices else None
        try:
            number = read_number(str(value), whole=isinstance(self.default, int))
        except NumberError:
            return None
        inside = (self.low is None or number >= self.low) and (self.high is None or number <= self.high)
        return type(self.default)(number) if inside else None


def value_text(value: Value) -> str:
    """As it is written after ``NAME=``, such as ``0.1``, ``0`` or ``true``."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _plain(bound: float) -> str:
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:g}"


def in_words(sentence: str, options: Sequence[Option]) -> str:
    """A ``sentence`` of an error, which calls options as the command line does, for who sees their titles in a form."""
    for option in options:
        name = re.escape(option.name)
        if option.choices and option.titles:
            sentence = sentence.replace(
                f"one of {', '.join(option.choices)}", f"one of {', '.join(option.titles)}"
            )
        sentence = re.sub(rf"([Tt]he )?option {name}\b(?!=)", f"“{option.title}”", sentence)
        for value in option.choices:
            told = f"“{option.title}”: {option.title_of(value)}".replace("\\", r"\\")
            sentence = re.sub(rf"(?<![\w-]){name}={re.escape(value)}(?![\w-])", told, sentence)
        told = f"“{option.title}”: \\1"
        sentence = re.sub(rf"(?<![\w-]){name}=(\S*[^\s.,;])", told, sentence)
    return sentence.replace("--data-option ", "").replace("Choose the options “", "Choose “")


def checked(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Value]:
    """All ``options``, with the values that were ``given`` in place of the defaults.

    Raises:
        DataError: names the option, the value and what it can be.
    """
    known = {option.name: option for option in options}
    if unknown := [name for name in given if name not in known]:
        there = f"there are {', '.join(known)}" if known else "this data set has none"
        raise DataError(f"There is no option '{unknown[0]}'; {there}.")
    return {
        name: option.read(given[name]) if name in given else option.default for name, option in known.items()
    }
