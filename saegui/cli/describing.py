"""``saegui data``: what a file or folder is, and how it can be trained on."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core.data import adding
from saegui.core.data.adding import Inspected


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="a file or a folder")
    arguments.add_json(parser)


def _run(options: argparse.Namespace) -> int:
    with output.data_progress() as progress:
        found = adding.inspect(options.path, progress)
    if options.json:
        output.print_json(_as_dict(found))
        return 0
    about = found.description
    output.print_table(("what", "value"), [("kind", about.kind), *about.facts])
    if about.options:
        print()
        rows = [
            (
                option.name,
                f"must be given; {option.default} would suit"
                if option.name in about.ask
                else str(option.default),
                option.allowed,
                option.help,
            )
            for option in about.options
        ]
        output.print_table(("option", "value", "allowed", "about"), rows)
    for note in about.notes:
        output.say(note)
    asked = "".join(
        f" --data-option {option.name}={shlex.quote(str(option.default))}"
        for option in about.options
        if option.name in about.ask
    )
    output.say(
        f"Train on it with 'saegui train --dataset {shlex.quote(str(options.path))}{asked} --out RUN'."
    )
    return 0


def _as_dict(found: Inspected) -> dict[str, object]:
    about = found.description
    return {
        "path": str(found.path),
        "reader": found.reader.info.name,
        "kind": about.kind,
        "facts": dict(about.facts),
        "options": [
            {
                "name": option.name,
                "default": option.default,
                "choices": list(option.choices),
                "must_be_given": option.name in about.ask,
                "about": option.help,
            }
            for option in about.options
        ],
        "notes": list(about.notes),
    }


DATA = Command(
    "data",
    "Say what a file or folder is, and how to train on it.",
    "Nothing is changed or copied. 'saegui train --dataset' takes the same path.",
    ("saegui data pictures/", "saegui data activations.npy", "saegui data --json table.csv"),
    _arguments,
    _run,
)
