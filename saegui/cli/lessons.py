"""``saegui lessons``, and ``saegui train --lesson``: the experiments of the window's *Experiments*."""

from __future__ import annotations

import argparse
import copy

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.loading import load_new
from saegui.core.config.lessons import LESSONS, lesson
from saegui.core.config.run_names import run_name
from saegui.core.config.variants import Variant
from saegui.core.data import Dataset
from saegui.core.data.noun import Noun
from saegui.core.errors import ConfigError


def add_lesson(parser: argparse.ArgumentParser) -> None:
    """``--lesson``."""
    parser.add_argument(
        "--lesson",
        metavar="NAME",
        help="train the runs of a lesson, which 'saegui lessons' lists, and say what to look at in them. RUN is then a folder of runs",
    )


def variants_of(options: argparse.Namespace) -> tuple[list[Variant], Dataset]:
    """The configurations of the lesson, with the options that were given, and the data set.

    Raises:
        ConfigError: there is no such lesson, or an option that does not go with it was given.
    """
    chosen = lesson(options.lesson)
    if options.preset or options.vary:
        given = "--preset" if options.preset else "--vary"
        raise ConfigError(f"--lesson chooses what is trained; leave out {given}, or --lesson.")
    name = arguments.config_with(options, {}).dataset
    dataset = load_new(name, options.data_dir)
    own_batch = "--batch-size" in arguments.given_parameters(options)
    found = []
    for variant in chosen.variants(name, len(dataset.train_images)):
        each = copy.copy(options)
        each.preset = variant.preset
        batch = {} if own_batch else {"batch_size": variant.config.batch_size}
        config = arguments.config_with(each, batch)
        found.append(variant._replace(config=config, name=run_name(config, variant.preset)))
    return found, dataset


def say_what_to_look_at(name: str, noun: Noun) -> None:
    """The paragraph of the lesson, on stderr."""
    output.say(noun.instead_of_input(lesson(name).look))


def _lessons(options: argparse.Namespace) -> int:
    if options.json:
        output.print_json(
            [
                {
                    "name": each.name,
                    "title": each.title,
                    "about": each.about,
                    "look": each.look,
                    "presets": dict(each.parts),
                }
                for each in LESSONS.values()
            ]
        )
        return 0
    rows = [(each.name, each.title, each.about) for each in LESSONS.values()]
    output.print_table(("lesson", "title", "about"), rows)
    return 0


LESSONS_COMMAND = Command(
    "lessons",
    "List the experiments that train two or three runs to compare.",
    "'saegui train --lesson' takes their names; the window has them in Help › Experiments.",
    ("saegui lessons", "saegui train --lesson dead --dataset digits --out runs/dead"),
    arguments.add_json,
    _lessons,
)
