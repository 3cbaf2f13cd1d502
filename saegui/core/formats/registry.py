"""The formats there are; exporting a model to a file, and importing one as a run.

A new format is a file of its own here, its name in the import below, and its ``FORMAT`` in the tuple.
"""

from __future__ import annotations

from pathlib import Path

from saegui.core.errors import FormatError
from saegui.core.files import paths, refusals
from saegui.core.formats import native, npz
from saegui.core.formats.base import Format
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs.folders import new_path
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, printable
from saegui.core.runs.writer import RunWriter

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        native.FORMAT,
        npz.FORMAT,
    )
}
"""By name, in the order of lists and dialogs; a file is asked about in this order too."""


def export_model(model: Snapshot, name: str, path: Path) -> None:
    """Write ``model`` to ``path`` in the format ``name``, in one step.

    Raises:
        FormatError: there is no such format, ``path`` does not end as its files do, or it cannot be written; what was there
            before stays.
    """
    if name not in FORMATS:
        raise FormatError(f"There is no format '{name}'; choose one of {', '.join(FORMATS)}.")
    if wrong := refusals.wrong_ending(path, (FORMATS[name].suffix,), f"in the format {name}"):
        raise FormatError(wrong)
    try:
        FORMATS[name].write(model, path)
    except OSError as error:
        raise FormatError(refusals.unwritable(path, error)) from error


def format_of(path: Path) -> Format:
    """The format of the file ``path``, found by looking into it.

    Raises:
        FormatError: there is no such file, or no format knows it.
    """
    try:
        paths.check_file(path)
    except FileNotFoundError as error:
        raise FormatError(f"{path} does not exist; choose a file that holds a model.") from error
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror or error}); choose a file that holds a model."
        ) from error
    for format in FORMATS.values():
        if format.sniff(path):
            return format
    known = ", ".join(f"{format.name} ({format.suffix})" for format in FORMATS.values())
    raise FormatError(
        f"{path} holds no model that saegui can read; choose a file of one of these formats: {known}."
    )


def import_model(path: Path, out: Path | None = None) -> Run:
    """Write the model in the file ``path`` as a new run to the folder ``out``, or to a new one among the window's runs.

    The run has the file's name. It opens like any other, but has no curves and cannot be resumed: a file keeps the model alone.

    Raises:
        FormatError: the file is missing, foreign or damaged.
        RunError: ``out`` exists or cannot be written; nothing is left of it then.
    """
    model = format_of(path).read(path)
    writer = RunWriter(out or new_path(model.config), model.config, name=printable(path.stem) or None)
    try:
        writer.save(model, History(), status="finished")
    except BaseException:
        writer.abandon()
        raise
    return writer.run
