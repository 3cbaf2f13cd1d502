"""What settings are called: by the preset that they began with, and by what was changed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, parameter, relevant
from saegui.core.data import registry
from saegui.core.families.registry import KINDS, SYMBOLS

OWN = "own settings"
"""What settings are called that began with no preset."""
_LENGTH = ("epochs", "seed")
"""How long and from which start: a name says them, but they do not change a preset."""


def base_preset(values: Mapping[str, Any], chosen: str | None = None) -> str | None:
    """The preset that ``values`` are called by: ``chosen``, unless they are those of another one; None for none."""
    # Once for all presets: lists of runs ask for hundreds of names at a time.
    taking_part = relevant(values)
    if chosen in PRESETS and not _changed(values, chosen, taking_part):
        return chosen
    return next((name for name in PRESETS if not _changed(values, name, taking_part)), chosen)


def differences(values: Mapping[str, Any], preset: str) -> list[str]:
    """Parameters, but the data set, that have other values than in ``preset``; what another kind brings is not counted.

    A preset that this program does not know differs in nothing.
    """
    return _differences(values, preset, relevant(values)) if preset in PRESETS else []


def _differences(values: Mapping[str, Any], preset: str, taking_part: Sequence[str]) -> list[str]:
    before = _values(preset)
    if values["arch"] != before["arch"]:
        before = with_kind({"arch": values["arch"]}, before) | {"arch": before["arch"]}
    return [name for name in taking_part if name != "dataset" and values[name] != before[name]]


@cache
def _values(preset: str) -> dict[str, Any]:
    return PRESETS[preset].config.model_dump()


def _changed(values: Mapping[str, Any], preset: str, taking_part: Sequence[str]) -> list[str]:
    return [name for name in _differences(values, preset, taking_part) if name not in _LENGTH]


def preset_title(values: Mapping[str, Any], chosen: str | None) -> str:
    """``modern``, ``modern, changed`` where any field but the data set differs, or :data:`OWN` without a preset."""
    base = base_preset(values, chosen)
    if base is None:
        return OWN
    return f"{base}, changed" if differences(values, base) else base


def run_name(config: RunConfig, preset: str | None = None, trails: Mapping[str, str] | None = None) -> str:
    """What a run is called: ``modern``, ``modern, 3 epochs`` or ``modern, changed: k 5, 3 epochs``; with its data set where
    that is not the default.

    ``trails`` are the values that live parameters had one after the other, such as ``{"k": "30 → 10"}``. Where there is no
    preset, the name describes the model.
    """
    values, trails = config.model_dump(), trails or {}
    base = base_preset(values, preset)
    data = [] if config.dataset == registry.DEFAULT else [registry.short_name(config.dataset)]
    if base is None:
        named = [words(name, trail) for name, trail in trails.items()]
        return " · ".join([config.describe(), *named, *data])
    different = differences(values, base)
    names = [name for name in values if name in different or name in trails]
    listed = [words(name, trails.get(name, values[name])) for name in names]
    if any(name not in _LENGTH for name in names):
        return ", ".join([f"{base}, changed: {listed[0]}", *listed[1:], *data])
    return ", ".join([base, *listed, *data])


def words(name: str, value: object) -> str:
    """A parameter and its value as names of runs and marks on curves say it: ``k 5``, ``64 latents``, ``lr 0.001``."""
    if name == "arch":
        return KINDS[str(value)].title if value in KINDS else str(value)
    if isinstance(value, bool):
        return f"{short(name)} {'on' if value else 'off'}"
    text = value_text(value)
    if name in ("n_latents", "epochs"):
        unit = {"n_latents": "latent", "epochs": "epoch"}[name]
        return f"{text} {unit}{'s' if value != 1 else ''}"
    title = parameter(name).title
    if name in SYMBOLS or title.startswith("λ"):
        return f"{SYMBOLS.get(name, title)} {text}"
    return f"{short(name)} {text}"


def value_text(value: object) -> str:
    """``30``, ``1,024``, ``0.001``, or the text that it is."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def short(name: str) -> str:
    """A parameter's option without its dashes, such as ``batch-size``."""
    return parameter(name).option.lstrip("-")
