"""``saegui data``: what a file or folder is, and how it can be trained on."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core.data import adding
from saegui.core.data.adding import Inspected
from saegui.core.data.facts import merged
from saegui.core.data.options import Option, Options, checked, value_text
from saegui.core.errors import DataError


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="a file or a folder")
    arguments.add_data_option(
        parser, "how it would be read, such as height=32: what it says is then of the data as read so"
    )
    arguments.add_json(parser)


def _run(options: argparse.Namespace) -> int:
    given = arguments.data_options(options.data_option)
    with output.data_progress() as progress:
        found = adding.inspect(options.path, progress)
        values = checked(found.description.options, given)
        seen = found.preview(given, progress) if given else None
    about = found.description
    facts = about.facts if seen is None else merged(about.facts, seen.facts)
    asked = [option for option in about.options if option.name in about.ask and option.name not in given]
    if options.json:
        output.print_json({**_as_dict(found, dict(facts), values, asked), "problem": found.why_not(given)})
        return 0
    output.print_table(("what", "value"), [("kind", about.kind), *facts])
    if about.options:
        print()
        rows = [
            (
                option.name,
                f"must be given; {option.default} would suit"
                if option in asked
                else value_text(values[option.name]),
                option.allowed,
                option.help,
            )
            for option in about.options
        ]
        output.print_table(("option", "value", "allowed", "about"), rows)
    for note in about.notes:
        output.say(note)
    if problem := found.why_not(given):
        raise DataError(problem)
    words = given | {option.name: value_text(option.default) for option in asked}
    chosen = "".join(f" --data-option {name}={shlex.quote(value)}" for name, value in words.items())
    output.say(
        f"Train on it with 'saegui train --dataset {shlex.quote(str(options.path))}{chosen} --out RUN'."
    )
    return 0


def _as_dict(
    found: Inspected, facts: Mapping[str, str], values: Options, asked: Sequence[Option]
) -> dict[str, object]:
    about = found.description
    return {
        "path": str(found.path),
        "reader": found.reader.info.name,
        "kind": about.kind,
        "facts": facts,
        "options": [
            {
                "name": option.name,
                "default": option.default,
                "value": values[option.name],
                "choices": list(option.choices),
                "must_be_given": option in asked,
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
    (
        "saegui data pictures/",
        "saegui data pictures/ --data-option height=32 --data-option colour=colour",
        "saegui data activations.npy",
        "saegui data --json table.csv",
    ),
    _arguments,
    _run,
)
