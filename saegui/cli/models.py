"""``saegui export`` and ``saegui import``: one trained model as a file or folder, and back as a run."""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import replace
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_data
from saegui.core import data
from saegui.core.analysis.metrics import Metrics
from saegui.core.api import load_run
from saegui.core.arrays import Shape, checked_shape
from saegui.core.data import Dataset, remembered
from saegui.core.errors import DataError
from saegui.core.formats import measured, registry
from saegui.core.formats.base import Found
from saegui.core.model.snapshot import Snapshot


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    formats = registry.exported()
    known = "; ".join(f"{format.name}: {format.title}" for format in formats.values())
    parser.add_argument("--format", metavar="NAME", choices=list(formats), required=True, help=known)
    parser.add_argument(
        "--out",
        metavar="PATH",
        type=Path,
        required=True,
        help="file to write, or new folder for a format of folders",
    )


def _export(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    model = run.latest()
    registry.export_model(model, options.format, options.out)
    print(options.out)
    output.say(f"Exported {run.name}, step {model.step:,}.")
    if told := registry.told(model, options.format):
        output.say(told)
    return 0


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(f"{format.name} ({format.ending})" for format in registry.imported().values())
    parser.add_argument(
        "file",
        metavar="PATH",
        type=Path,
        help=f"model in one of the formats {known}; its content decides which",
    )
    parser.add_argument("--out", metavar="RUN", type=Path, required=True, help="new folder for the run")
    parser.add_argument(
        "--shape",
        metavar="HxW",
        type=_shape,
        help="shape of one input where the file does not say it, such as 28x28 or 6x8x3 (default: that of the data set, or a line)",
    )
    parser.add_argument(
        "--dataset",
        metavar="DATA",
        help="data set that the model reads: its L0 is measured there (default: what the file says)",
    )
    arguments.add_data_dir(parser)
    parser.add_argument(
        "--k",
        metavar="N",
        type=arguments.whole_number,
        help="keep the N largest activations of each input, for files that do not say how many, or whose threshold is unset",
    )
    parser.add_argument(
        "--input",
        choices=registry.INPUTS,
        help="whether every input is normalised by itself, for files that do not say it, as those of OpenAI",
    )


def _import(options: argparse.Namespace) -> int:
    path: Path = options.file
    found = registry.look(path)
    dataset = _dataset(options, found)
    model = registry.adapted(
        found, path, shape=options.shape, dataset=options.dataset, k=options.k, input=options.input
    )
    for note in found.told(k=options.k, input=options.input):
        output.say(note)
    k = found.k if options.k is None else options.k
    model, metrics = _measured(model, dataset, options, found)
    run = registry.write_run(model, path, options.out, metrics)
    print(run.path)
    format = registry.format_of(path)
    output.say(
        f"Imported {run.config.describe()} from {format.title} ({format.name}). "
        f"saegui {shlex.quote(str(run.path))} shows it"
    )
    if metrics is not None and dataset is not None and (k is not None or options.dataset):
        output.say(measured.beside_k(metrics.l0, k, dataset.title))
        if doubt := measured.warning(metrics.l0, k, model.config.arch):
            output.say(doubt)
    return 0


def _dataset(options: argparse.Namespace, found: Found) -> Dataset | None:
    """The data set that the user names, or that the file names if it is on this machine; None where there is none."""
    remembered.know_all()
    if options.dataset is not None:
        if options.dataset not in data.DATASETS:
            known = ", ".join(data.DATASETS)
            raise DataError(f"There is no data set '{options.dataset}'; choose one of {known}.")
        return load_data(options.dataset, options.data_dir)
    name = found.model.config.dataset
    if found.k is None or not found.knows_data or name not in data.DATASETS:
        return None
    return load_data(name, options.data_dir) if data.available(name, options.data_dir) else None


def _measured(
    model: Snapshot, dataset: Dataset | None, options: argparse.Namespace, found: Found
) -> tuple[Snapshot, Metrics | None]:
    if dataset is None:
        return model, None
    flat = (model.d_in,)
    fits = dataset.train_images[:1].size == model.d_in
    if options.shape is None and model.shape == flat and fits:
        model = replace(model, shape=dataset.shape)
    if model.shape != dataset.shape and options.dataset is None:
        # What the file says of its data is only a hint.
        return model, None
    with output.count_progress() as progress:
        result = measured.measured(model, dataset, progress.named("Measuring the model"))
    return result


def _shape(text: str) -> Shape:
    parts = re.split(r"[x×,]", text.lower())
    try:
        return checked_shape([int(part) for part in parts])
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"it is '{text}'; write a height and a width such as 28x28, with x3 after them for colours, or one number"
        ) from error


EXPORT = Command(
    "export",
    "Write the model of a run to a file, or to a folder for another library.",
    "The newest weights and their configuration are written. 'saegui formats' lists the formats;\nwhat a format cannot hold is refused.",
    (
        "saegui export starter --format npz --out starter.npz",
        "saegui export starter --format saelens --out starter-saelens",
        "saegui export runs/modern --format saegui --out modern.safetensors",
    ),
    _export_arguments,
    _export,
)
IMPORT = Command(
    "import",
    "Make a run of a file or folder that holds a model.",
    "The run opens like any other, but it has no training curves and its training cannot be resumed.",
    (
        "saegui import modern.npz --out runs/imported",
        "saegui import saelens-folder --out runs/imported --dataset digits",
    ),
    _import_arguments,
    _import,
)
