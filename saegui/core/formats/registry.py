"""The formats there are; exporting a model to a file or folder, and importing one as a run.

A new format is a file of its own here, its name in the import below, and its ``FORMAT`` in the tuple.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from saegui.core.analysis.metrics import Metrics
from saegui.core.arrays import Shape, shape_text
from saegui.core.errors import FormatError
from saegui.core.families.registry import WITH_K
from saegui.core.files import paths, refusals
from saegui.core.formats import (
    dictionary_learning,
    native,
    npz,
    onnx,
    openai,
    overcomplete,
    saelens,
    saev,
    sparsify,
)
from saegui.core.formats.base import Format, Found
from saegui.core.formats.tensor_files import Safetensors
from saegui.core.model.normalisation import LAYER_NORM
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import counted_latents
from saegui.core.runs.folders import new_path
from saegui.core.runs.history import History
from saegui.core.runs.run import Run, is_run, printable
from saegui.core.runs.writer import RunWriter

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        native.FORMAT,
        npz.FORMAT,
        saelens.FORMAT,
        dictionary_learning.FORMAT,
        sparsify.FORMAT,
        overcomplete.FORMAT,
        onnx.FORMAT,
        openai.FORMAT,
        saev.FORMAT,
    )
}
"""By name, in the order of lists and dialogs; a file is asked about in this order too."""
INPUTS = ("raw", LAYER_NORM)
"""What may be done to every input of a model whose file does not say it."""
_WITHOUT_K = ("relu_l1", "topk", "batch_topk", "matryoshka")
"""Families of which the k largest activations can be kept instead."""


def exported() -> dict[str, Format]:
    """The formats that models are written in."""
    return {format.name: format for format in FORMATS.values() if format.is_exported}


def imported() -> dict[str, Format]:
    """The formats that models are read from."""
    return {format.name: format for format in FORMATS.values() if format.is_imported}


def refusal(model: Snapshot, name: str) -> str:
    """Why the format ``name`` cannot hold ``model``, and what would help, in a sentence; empty where it can."""
    reason = FORMATS[name].refuses(model)
    return f"This model cannot be exported for {FORMATS[name].title}, because {reason}." if reason else ""


def told(model: Snapshot, name: str) -> str:
    """What is otherwise in a file of the format ``name`` than in ``model``, in a sentence; empty where nothing is."""
    return FORMATS[name].tells(model)


def export_model(model: Snapshot, name: str, path: Path) -> None:
    """Write ``model`` to ``path`` in the format ``name``, in one step.

    Raises:
        FormatError: there is no such format, it cannot hold the model, ``path`` does not end as its files do, or it cannot be
            written; what was there before stays.
    """
    known = exported()
    if name not in known:
        raise FormatError(f"There is no format '{name}' to export to; choose one of {', '.join(known)}.")
    format = known[name]
    if no := refusal(model, name):
        raise FormatError(no)
    if not format.folder and (
        wrong := refusals.wrong_ending(path, (format.suffix,), f"in the format {name}")
    ):
        raise FormatError(wrong)
    assert format.write is not None
    try:
        if not format.folder:
            format.write(model, path)
            return
        with paths.new_folder(path) as folder:
            format.write(model, folder)
    except OSError as error:
        raise FormatError(refusals.unwritable(path, error)) from error


def format_of(path: Path) -> Format:
    """The format of the file or folder ``path``, found by looking into it.

    Raises:
        FormatError: there is no such file, or no format knows it.
    """
    known = imported()
    is_folder = path.is_dir()
    try:
        if not is_folder:
            paths.check_file(path)
    except FileNotFoundError as error:
        raise FormatError(f"{path} does not exist; choose a file that holds a model.") from error
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror or error}); choose a file that holds a model."
        ) from error
    for format in known.values():
        if format.sniff(path):
            return format
    if is_folder and is_run(path):
        raise FormatError(f"{path} is a run of saegui already; open it, or export its model.")
    if path.suffix == ".safetensors":
        # Says so where it is damaged: then no format could know it.
        Safetensors(path)
    listed = ", ".join(f"{format.title} ({format.ending})" for format in known.values())
    raise FormatError(
        f"{path} holds no model that saegui can read; choose a file or folder of one of these formats: {listed}."
    )


def holds_model(path: Path) -> bool:
    """Whether a file or folder looks like a model of one of the formats; never raises."""
    try:
        format_of(path)
    except FormatError:
        return False
    return True


def look(path: Path) -> Found:
    """The model in a file or folder, with what has to be said of it.

    Raises:
        FormatError: it is missing, foreign or damaged.
    """
    format = format_of(path)
    if format.look is not None:
        return format.look(path)
    assert format.read is not None
    return Found(format.read(path), knows_shape=True, knows_data=True)


def adapted(
    found: Found,
    path: Path,
    *,
    shape: Shape | None = None,
    dataset: str | None = None,
    k: int | None = None,
    input: str | None = None,
) -> Snapshot:
    """The model of ``found``, which comes from ``path``, with what the user says of it.

    ``shape``: of one input. ``dataset``: that it was trained on. ``k``: how many activations of each input are kept, for files
    that do not say it. ``input``: one of :data:`INPUTS`, for files that do not say whether every input is normalised by itself.

    Raises:
        FormatError: one of them does not fit the model.
    """
    model = found.model
    if shape is not None and math.prod(shape) != model.d_in:
        raise FormatError(
            f"{path} holds a model of {model.d_in:,} inputs, which cannot have the shape {shape_text(shape)}; give a shape of "
            f"{model.d_in:,} values, or none."
        )
    if dataset is not None:
        model = replace(model, config=model.config.model_copy(update={"dataset": dataset}))
    if k is not None:
        model = _with_k(model, path, k)
    if input is not None:
        if not found.without_input:
            raise FormatError(f"{path} says what is done to every input; import it without --input.")
        if input not in INPUTS:
            raise FormatError(f"--input is '{input}'; choose one of {', '.join(INPUTS)}.")
        model = replace(model, config=model.config.model_copy(update={"input": input}))
    return model if shape is None else replace(model, shape=shape)


def _with_k(model: Snapshot, path: Path, k: int) -> Snapshot:
    arch = model.config.arch
    if arch not in _WITHOUT_K and arch not in WITH_K:
        raise FormatError(
            f"{path} holds a model whose thresholds decide what is active, not a k; import it without --k."
        )
    if not 1 <= k <= model.n_latents:
        raise FormatError(
            f"k is {k:,}, but {path} holds a model of {counted_latents(model.n_latents)}; give a k from 1 to that."
        )
    config = model.config.model_copy(update={"arch": "topk", "k": k, "refit": False, "refinements": 0})
    extras = {name: values for name, values in model.extras.items() if name != "threshold"}
    return replace(model, config=config, extras=extras)


def import_model(
    path: Path,
    out: Path | None = None,
    *,
    shape: Shape | None = None,
    dataset: str | None = None,
    k: int | None = None,
    input: str | None = None,
) -> Run:
    """Write the model in ``path`` as a new run to the folder ``out``, or to a new one among the window's runs.

    The run has the file's name. It opens like any other, but has no curves and cannot be resumed: a file keeps the model
    alone. The others: :func:`adapted`.

    Raises:
        FormatError: the file is missing, foreign or damaged, or something does not fit it.
        RunError: ``out`` exists or cannot be written; nothing is left of it then.
    """
    model = adapted(look(path), path, shape=shape, dataset=dataset, k=k, input=input)
    return write_run(model, path, out)


def write_run(model: Snapshot, path: Path, out: Path | None = None, metrics: Metrics | None = None) -> Run:
    """Write ``model``, which comes from ``path``, as a new run; raises :class:`RunError` as :func:`import_model` does.

    ``metrics``: of :func:`saegui.core.formats.measured.measured`.
    """
    name = printable(path.absolute().name if path.is_dir() else path.stem)
    writer = RunWriter(out or new_path(model.config), model.config, name=name or None)
    try:
        writer.save(
            model, History(), status="finished", metrics=metrics.to_dict() if metrics is not None else None
        )
    except BaseException:
        writer.abandon()
        raise
    return writer.run
