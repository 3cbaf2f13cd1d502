"""The description of a sweep as text: what :mod:`saegui.core.sweeps.spec` reads, made of settings and of what is varied."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import PRESETS
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.data import adding
from saegui.core.errors import RunError, reason
from saegui.core.files import paths
from saegui.core.runs import listing

NAME = listing.SWEEP
HEAD = "# A sweep of saegui: options of a training, and in [vary] lists of those of which every combination is trained.\n"


def described(
    values: Mapping[str, Any], preset: str | None, lists: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """What a file would hold for trainings with ``values`` of all parameters, but for those that ``lists`` varies.

    ``preset`` is what the values began with; None for none. Only what differs from it is named.
    """
    base = PRESETS[preset].config.model_dump() if preset in PRESETS else None
    before = base or RunConfig().model_dump()
    kind = {"arch": values["arch"]} if values["arch"] != before["arch"] else {}
    usual = with_kind(kind, base)
    fixed = {
        name: value
        for name, value in values.items()
        if name not in lists and name != "dataset" and (name in kind or value != usual[name])
    }
    return {
        **({"preset": preset} if base is not None else {}),
        "dataset": values["dataset"],
        **{_option(name): value for name, value in fixed.items()},
        "vary": {_option(name): list(chosen) for name, chosen in lists.items()},
    }


def as_toml(found: Mapping[str, Any]) -> str:
    """What :func:`described` gives, as a file."""
    lines = [f"{name} = {_value(value)}" for name, value in found.items() if name != "vary"]
    vary = [f"{name} = {_value(value)}" for name, value in found.get("vary", {}).items()]
    return "\n".join([HEAD, *lines, "", "[vary]", *vary, ""])


def save(found: Mapping[str, Any], path: Path) -> None:
    """Write it to ``path`` in one step; raises :class:`RunError` where that cannot be done."""
    try:
        paths.write_text(path, as_toml(found))
    except OSError as error:
        raise RunError(f"{path} cannot be written: {reason(error)}; choose another folder.") from error


def keep(found: Mapping[str, Any], out: Path) -> None:
    """Keep it in the folder of the runs, for whoever looks at them or resumes them there; raises :class:`RunError`."""
    data = found.get("dataset")
    if isinstance(data, str) and adding.is_path(data):
        found = {**found, "dataset": str(Path(data).absolute())}
    save(found, out / NAME)


def _option(name: str) -> str:
    return parameter(name).option.removeprefix("--")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        # A text of JSON is one of TOML, but for this character.
        return json.dumps(value).replace("\x7f", "\\u007f")
    return json.dumps(value)
