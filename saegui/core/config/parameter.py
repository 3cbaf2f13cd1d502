"""A parameter of a training: how a configuration declares it, and what forms, options and tables show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo

from saegui.core.errors import ConfigError
from saegui.core.numbers import AmbiguousNumberError, NumberError, read_number


@dataclass(frozen=True)
class Parameter:
    """What a form, an option or a table shows of one field of :class:`~saegui.core.config.schema.RunConfig`."""

    name: str
    title: str
    help: str
    group: str
    kind: Literal["int", "float", "bool", "choice"]
    default: Any
    low: float | None
    high: float | None
    above: bool
    """True when ``low`` itself is not allowed."""
    unit: str
    live: bool
    """True when the value can change while a training runs; a change of the others starts a new training."""
    option: str
    """Name on the command line, with its dashes."""
    choices: tuple[str, ...]
    choice_titles: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    """The choices of other parameters that give this one an effect, such as {"arch": ("topk", …)}; empty: always."""

    def title_of(self, choice: str) -> str:
        """A choice's title; the choice itself where it is none of :attr:`choices`, as in somebody else's run."""
        return dict(zip(self.choices, self.choice_titles, strict=True)).get(choice, choice)


def declared(
    default: Any,
    title: str,
    help: str,
    group: str,
    *,
    unit: str = "",
    live: bool = False,
    option: str | None = None,
    choices: tuple[str, ...] = (),
    titles: tuple[str, ...] = (),
    registered: bool = False,
    when: Mapping[str, tuple[str, ...]] | None = None,
    **bounds: Any,
) -> Any:
    """A field of a model, with all that :class:`Parameter` says of it; ``bounds`` are pydantic's: ge, gt, le, lt.

    ``choices`` are those of a ``str`` field that a registry knows; a ``Literal`` names its own. With ``registered`` they
    may change while the program runs, and :func:`described` is given them.
    """
    extra: dict[str, Any] = {
        "group": group,
        "unit": unit,
        "live": live,
        "option": option,
        "choices": list(choices),
        "registered": registered,
        "titles": list(titles),
        "when": {name: list(choices) for name, choices in (when or {}).items()},
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


def described(name: str, field: FieldInfo, registered: Mapping[str, str]) -> Parameter:
    """What :func:`declared` put into a model's ``field`` of this name.

    ``registered`` are the choices, with their titles, of a field that was declared so.
    """
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else extra["choices"]
    titles = extra["titles"]
    if extra["registered"]:
        choices, titles = tuple(registered), tuple(registered.values())  # type: ignore[assignment]
    kinds: dict[Any, Literal["int", "float", "bool"]] = {bool: "bool", int: "int", float: "float"}
    low = high = None
    for rule in field.metadata:
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        high = getattr(rule, "le", getattr(rule, "lt", high))
    return Parameter(
        name=name,
        title=field.title or name,
        help=field.description or "",
        group=str(extra["group"]),
        kind="choice" if choices else kinds[field.annotation],
        default=field.default,
        low=low,
        high=high,
        above=any(hasattr(rule, "gt") for rule in field.metadata),
        unit=str(extra["unit"]),
        live=bool(extra["live"]),
        option=str(extra["option"] or "--" + name.replace("_", "-")),
        choices=tuple(choices),  # type: ignore[arg-type]
        choice_titles=tuple(titles or choices),  # type: ignore[arg-type]
        when={name: tuple(ok) for name, ok in extra["when"].items()},  # type: ignore[union-attr, arg-type]
    )


def number_from(found: Parameter, text: str) -> int | float:
    """The number that ``text`` writes, whole where the parameter is.

    Raises:
        ConfigError: names the option, the text and the allowed range.
    """
    try:
        number = read_number(text, whole=found.kind == "int")
    except AmbiguousNumberError as error:
        raise ConfigError(f"{found.option}: {error}") from error
    except NumberError as error:
        raise ConfigError(out_of_range(found, text)) from error
    return int(number) if found.kind == "int" else number


def out_of_range(found: Parameter, value: Any) -> str:
    """The sentence that says which numbers a parameter may have, and that ``value`` is none of them."""
    kind = "a whole number" if found.kind == "int" else "a number"
    return (
        f"{found.option} is {value!r}; it must be {kind} "
        f"{'above' if found.above else 'from'} {found.low:,} {'and at most' if found.above else 'to'} {found.high:,}."
    )
