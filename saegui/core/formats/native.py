"""The program's own file: the safetensors in which a run keeps its weights, configuration included."""

from __future__ import annotations

from pathlib import Path

from saegui.core.errors import FormatError, RunError
from saegui.core.formats.base import Format
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot


def _sniff(path: Path) -> bool:
    return snapshot_file.step_of(path) is not None


def _read(path: Path) -> Snapshot:
    try:
        return snapshot_file.load(path)
    except RunError as error:
        # The file lies outside a run: the sentence about it is the same, its remedy is not.
        reason = str(error).split("; ")[0].rstrip(".")
        raise FormatError(f"{reason}; export the model again, or choose another file.") from error


FORMAT = Format(
    name="saegui",
    title="saegui weights",
    about="The file that a run keeps its weights in: safetensors, with the configuration in its header.",
    suffix=".safetensors",
    sniff=_sniff,
    read=_read,
    write=snapshot_file.save,
)
