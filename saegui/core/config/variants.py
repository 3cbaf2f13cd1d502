"""Configurations that differ in a few parameters: one for every combination of the given values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from saegui.core.config.run_names import base_preset, run_name, short, words
from saegui.core.config.schema import RunConfig, parameter, relevant
from saegui.core.errors import ConfigError

MOST = 64
"""The most trainings at once: all of them keep weights, moments and gradients in memory."""


class Variant(NamedTuple):
    """One of several configurations."""

    config: RunConfig
    varied: dict[str, Any]
    """The parameters that are varied, and their values here."""
    folder: str
    """A name for its run's folder, such as ``k-5-seed-1``."""
    name: str
    """A name for its run, different from the others."""
    preset: str | None
    """The preset that all began with, or that one of them is; None for none."""


def variants(
    values: Mapping[str, Sequence[object]],
    make: Callable[[dict[str, object]], RunConfig],
    preset: str | None = None,
    most: int = MOST,
) -> list[Variant]:
    """Every combination of ``values``, the last parameter's changing first; ``make`` turns one into a configuration.

    ``preset`` is what their names begin with: see :func:`saegui.core.config.run_names.run_name`.

    Raises:
        ConfigError: there are too many, two are equal, a parameter has no effect in any of them, or ``make`` raises it.
    """
    count = 1
    for choices in values.values():
        count *= len(choices)
    if count > most:
        raise ConfigError(
            f"{count:,} trainings at once are too many; vary fewer values, at most {most:,} combinations."
        )
    configs = [make(dict(zip(values, chosen, strict=True))) for chosen in product(*values.values())]
    if len(set(configs)) < len(configs):
        raise ConfigError(f"Of {_listed(values)} a value is given twice; give each once.")
    for name in values:
        if not any(name in relevant(config.model_dump()) for config in configs):
            raise ConfigError(
                f"{parameter(name).option} has no effect on a training of this kind; vary another option, or choose another kind."
            )
    bases = (base_preset(config.model_dump(), preset) for config in configs)
    preset = preset or next((base for base in bases if base is not None), None)
    unnamed = [name for name in values if not _is_named(name, configs, preset)]
    return [
        Variant(
            config,
            {name: getattr(config, name) for name in values},
            "-".join(_folder(name, config) for name in values),
            ", ".join([run_name(config, preset), *(words(name, getattr(config, name)) for name in unnamed)]),
            preset,
        )
        for config in configs
    ]


def _is_named(name: str, configs: Sequence[RunConfig], preset: str | None) -> bool:
    """Whether the names of the runs already show the value of this parameter."""
    values: dict[str, set[object]] = {}
    for config in configs:
        values.setdefault(run_name(config, preset), set()).add(getattr(config, name))
    return all(len(found) == 1 for found in values.values())


def _folder(name: str, config: RunConfig) -> str:
    """Such as ``lr-0.001`` or ``unit-norm-on``."""
    value = getattr(config, name)
    text = ("off", "on")[value] if isinstance(value, bool) else str(value)
    return f"{short(name)}-{text}"


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(short(name) for name in names)
