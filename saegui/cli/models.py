"""``saegui export`` and ``saegui import``: one trained model as a file, and back as a run; both without torch."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core.formats import registry


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    known = "; ".join(f"{format.name}: {format.title}" for format in registry.FORMATS.values())
    parser.add_argument("--format", metavar="NAME", choices=list(registry.FORMATS), required=True, help=known)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to write")


def _export(options: argparse.Namespace) -> int:
    run = arguments.find_run(options.run)
    model = run.latest()
    registry.export_model(model, options.format, options.out)
    print(options.out)
    output.say(f"Exported {run.name}, step {model.step:,}.")
    return 0


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(f"{format.name} ({format.suffix})" for format in registry.FORMATS.values())
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help=f"model in one of the formats {known}; its content decides which",
    )
    parser.add_argument("--out", metavar="RUN", type=Path, required=True, help="new folder for the run")


def _import(options: argparse.Namespace) -> int:
    found = registry.format_of(options.file)
    run = registry.import_model(options.file, options.out)
    print(run.path)
    output.say(
        f"Imported {run.config.describe()} from {found.title} ({found.name}). "
        f"saegui {shlex.quote(str(run.path))} shows it"
    )
    return 0


EXPORT = Command(
    "export",
    "Write the model of a run to one file.",
    "The file holds the newest weights and their configuration. 'saegui formats' lists the formats.",
    (
        "saegui export starter --format npz --out starter.npz",
        "saegui export runs/modern --format saegui --out modern.safetensors",
    ),
    _export_arguments,
    _export,
)
IMPORT = Command(
    "import",
    "Make a run of a file that holds a model.",
    "The run opens like any other, but it has no training curves and its training cannot be resumed.",
    ("saegui import modern.npz --out runs/imported",),
    _import_arguments,
    _import,
)
