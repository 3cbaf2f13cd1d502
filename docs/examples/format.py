"""JSON: the whole model as one text that any language reads; about ten times as large as the weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from saegui.core.files import paths
from saegui.core.formats.base import Format, damaged, described, snapshot
from saegui.core.model.snapshot import Snapshot

MARK = '{"format": "saegui json"'


def _write(model: Snapshot, path: Path) -> None:
    content = {
        "format": "saegui json",
        "config": model.config.model_dump(),
        "step": model.step,
        "epoch": model.epoch,
        "shape": list(model.shape),
        "tensors": {name: tensor.tolist() for name, tensor in model.tensors().items()},
    }
    paths.write_text(path, json.dumps(content) + "\n")


def _sniff(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK.encode()
    except OSError:
        return False


def _read(path: Path) -> Snapshot:
    try:
        content = json.loads(path.read_text("utf-8"))
        tensors = {name: np.array(values, np.float32) for name, values in content["tensors"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    return snapshot(path, described(path, content), tensors)


FORMAT = Format(
    name="json",
    title="JSON text",
    about="The whole model as one text that any language reads.",
    suffix=".json",
    sniff=_sniff,
    read=_read,
    write=_write,
)
