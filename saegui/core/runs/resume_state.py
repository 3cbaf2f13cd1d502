"""Everything that is needed to resume a training: one file beside the run's weights.

It holds weights, moments, counters and random state of one moment (:meth:`saegui.core.training.trainer.Trainer.state`), all in
one file, because two would not be of the same moment after a power cut. A finished run has none.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saegui.core.config.schema import RunConfig, from_file
from saegui.core.errors import ConfigError, RunError, reason
from saegui.core.files import paths
from saegui.core.files.tensors import save_tensors

State = dict[str, NDArray[np.generic]]
"""Everything that is needed to resume a training, as plain arrays by name."""
NAME = "resume.safetensors"
_FORMAT = "saegui training"


def save(run: Path, config: RunConfig, state: State, *, staged: bool = False) -> None:
    """Replace the file in the folder ``run`` in one step; raises ``OSError`` when it cannot be written. ``staged`` as in
    :func:`paths.replacing`."""
    metadata = {"format": _FORMAT, "config": json.dumps(config.model_dump(), sort_keys=True)}
    save_tensors(run / NAME, state, metadata, staged=staged)


def exists(run: Path) -> bool:
    """Whether the training in the folder ``run`` can be resumed."""
    return (run / NAME).is_file()


def save_none(folder: Path) -> None:
    """An empty file, which in a save stands for none; raises ``OSError`` when it cannot be written."""
    (folder / NAME).touch()


def load(run: Path) -> tuple[RunConfig, State]:
    """The configuration, live changes included, and the state.

    Raises:
        RunError: names the file and what is wrong with it: missing, truncated or foreign.
    """
    from safetensors import SafetensorError, safe_open

    path = run / NAME
    try:
        paths.check_file(path)
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise ValueError("it is no training of saegui")
            config = from_file(json.loads(metadata["config"]))
            return config, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, RecursionError, ConfigError) as error:
        raise RunError(
            f"{path} cannot be read ({reason(error)}); the run still opens, but cannot be resumed."
        ) from error
