"""The file that describes a sweep, in TOML: options of a training, and a table ``[vary]`` of lists of them.

Every combination of the lists is trained. The grid is made here, not drawn by an optimiser: it has no holes.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saegui.core.config.kinds import with_kind
from saegui.core.config.presets import preset as preset_named
from saegui.core.config.schema import RunConfig, make, parameters
from saegui.core.config.variants import variants
from saegui.core.data import DEFAULT, adding, remembered
from saegui.core.errors import ConfigError, DataError, reason
from saegui.core.progress import UNWATCHED, Progress
from saegui.core.sweeps.values import read_values

MOST = 10_000
"""Trainings of one sweep."""
LARGEST = 1 << 20
"""Bytes of a file that is read."""
_HASH = 8


@dataclass(frozen=True)
class Training:
    """One training of a sweep, in plain values: it travels to other processes and machines."""

    folder: str
    """Of its run, named by the whole configuration: equal ones have equal names."""
    name: str
    values: Mapping[str, Any]
    """Of all parameters."""
    varied: Mapping[str, Any]
    preset: str | None
    data: str
    """The data set as the file names it."""
    data_dir: str | None = None

    @property
    def key(self) -> str:
        """What :func:`key_of` says of the configuration: the end of the folder's name."""
        return self.folder.rpartition("-")[2]

    @property
    def config(self) -> RunConfig:
        """The configuration; the data set must be known."""
        return make(self.values)


def read(path: Path, data_dir: Path | None = None, progress: Progress = UNWATCHED) -> list[Training]:
    """The trainings that a file describes; ``data_dir``: a folder of the user's with the data set's files.

    Raises:
        ConfigError: the file cannot be read, or names the option, its value and the allowed values.
        DataError: the data set does not exist.
    """
    return trainings(load(path), str(path), data_dir, progress)


def load(path: Path) -> dict[str, Any]:
    """What a file holds, unchecked; raises :class:`ConfigError` where it cannot be read or is no TOML."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {reason(error)}; choose a TOML file that describes a sweep."
        ) from error
    if len(raw) > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST:,} bytes: no sweep is described by so much.")
    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is no TOML file: {error}.") from error


def trainings(
    found: Mapping[str, Any],
    source: str = "The sweep",
    data_dir: Path | None = None,
    progress: Progress = UNWATCHED,
) -> list[Training]:
    """As :func:`read`, of what such a file holds; ``source`` names it in messages."""
    given = dict(found)
    preset = given.pop("preset", None)
    vary = given.pop("vary", None)
    if preset is not None and not isinstance(preset, str):
        raise ConfigError(f"{source} has preset = {preset!r}; it is the name of a preset.")
    if not isinstance(vary, dict) or not vary:
        raise ConfigError(
            f"{source} varies nothing; give it a table [vary] with lists, such as k = [5, 10, 20]."
        )
    fixed = {_parameter(name, source): value for name, value in given.items()}
    lists = {_parameter(name, source): _list(name, value, source) for name, value in vary.items()}
    if twice := [name for name in lists if name in fixed]:
        raise ConfigError(f"{source} gives {twice[0]} both alone and in [vary]; give it once.")
    if "dataset" in lists:
        raise ConfigError(f"{source} varies the data set; make a sweep of each.")
    data = fixed.pop("dataset", DEFAULT)
    if not isinstance(data, str):
        raise ConfigError(
            f"{source} has dataset = {data!r}; it is the name of a data set, or a file or folder."
        )
    remembered.know_all()
    try:
        known = adding.name_of(data, {}, progress)
    except DataError as error:
        raise DataError(f"{source}: {error}") from error
    base = preset_named(preset).config.model_dump() if preset else None
    if adding.is_path(data):
        data = str(Path(data).absolute())
    place = None if data_dir is None else str(data_dir.absolute())

    def configured(values: dict[str, object]) -> RunConfig:
        return make(with_kind({**fixed, **values, "dataset": known}, base))

    return [
        Training(
            f"{each.folder}-{key_of(each.config)}",
            each.name,
            each.config.model_dump(),
            each.varied,
            each.preset,
            data,
            place,
        )
        for each in variants(lists, configured, preset, most=MOST)
    ]


def _parameter(name: str, source: str) -> str:
    """The parameter that is meant by its option, such as ``latents`` or ``unit-norm``, or by its own name."""
    options = {each.option.removeprefix("--"): each.name for each in parameters()}
    plain = name.replace("_", "-")
    found = options.get(plain) or (name if name in options.values() else None)
    if found is None:
        raise ConfigError(
            f"{source} has '{name}', which is no option of a training; choose from {', '.join(options)}."
        )
    return found


def _list(name: str, values: object, source: str) -> list[object]:
    """What a list says, or a text such as ``1e-4 … 1e-2, 5 steps, log``."""
    if isinstance(values, str):
        try:
            return read_values(_parameter(name, source), values)
        except ConfigError as error:
            raise ConfigError(f"{source}: {error}") from error
    if not isinstance(values, list) or not values:
        raise ConfigError(
            f"{source} varies {name} = {values!r}; write a list of values, such as {name} = [1, 2]."
        )
    return values


def key_of(config: RunConfig) -> str:
    """A few letters that tell the configuration from others."""
    text = json.dumps(config.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]
