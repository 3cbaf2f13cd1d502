"""``saegui presets``, ``datasets``, ``formats`` and ``runs``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core import data
from saegui.core.config.kinds import DEFAULTS, with_kind
from saegui.core.config.presets import PRESETS, Preset
from saegui.core.config.run_names import differences
from saegui.core.config.schema import parameters
from saegui.core.data import Source, remembered
from saegui.core.data.facts import facts
from saegui.core.data.options import value_text
from saegui.core.errors import DataError, RunError
from saegui.core.files import paths
from saegui.core.formats.registry import FORMATS
from saegui.core.glossary import TERMS, term
from saegui.core.runs import folders, table, table_text
from saegui.core.runs.run import BrokenRun, Run, as_dict, is_run, starter_run


def _presets_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_json(parser)


def _presets(options: argparse.Namespace) -> int:
    if options.json:
        output.print_json(
            [
                {"name": preset.name, "about": preset.about, "config": preset.config.model_dump()}
                for preset in PRESETS.values()
            ]
        )
        return 0
    rows = [
        (preset.name, preset.config.describe(), _differences(preset), preset.about)
        for preset in PRESETS.values()
    ]
    output.print_table(("preset", "model", "options", "about"), rows)
    return 0


def _differences(preset: Preset) -> str:
    """The options that make this preset: what differs from the defaults, or from what its kind brings."""
    config = preset.config
    without = with_kind({"arch": config.arch} if config.arch != DEFAULTS.arch else {})
    words = []
    for parameter in parameters():
        value = getattr(config, parameter.name)
        if value == (parameter.default if parameter.name == "arch" else without[parameter.name]):
            continue
        if parameter.kind == "bool":
            words.append(parameter.option if value else parameter.option.replace("--", "--no-", 1))
        else:
            words.append(f"{parameter.option} {value}")
    return " ".join(words) or "(the defaults)"


def _datasets_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="describe this data set alone, with all that is known"
    )
    arguments.add_data_dir(parser)
    arguments.add_json(parser)


def _datasets(options: argparse.Namespace) -> int:
    remembered.know_all()
    chosen = [data.source(options.name)] if options.name is not None else list(data.SOURCES.values())
    here = {source.info.name: _found(source.info.name, options.data_dir) for source in chosen}
    if options.json:
        output.print_json(
            [
                {
                    "name": info.name,
                    "title": info.title,
                    "about": info.about,
                    "shape": info.shape,
                    "classes": info.classes,
                    "download_bytes": info.download_bytes,
                    "train_images": info.n_train,
                    "test_images": info.n_test,
                    "available": bool(here[info.name]),
                    "found": here[info.name] or None,
                    "credit": info.credit,
                    "licence": info.licence,
                    "home": info.home,
                }
                for info in (source.info for source in chosen)
            ]
        )
        return 0
    if options.name is not None:
        _describe(chosen[0], here[options.name])
        return 0
    rows = [
        (
            source.info.name,
            source.info.shape_text,
            # Of one that was added, how many there are is known once it was loaded.
            f"{source.info.n_train:,}" if source.info.n_train else "",
            f"{source.info.n_test:,}" if source.info.n_test else "",
            _here(source, here[source.info.name]),
            source.info.about,
        )
        for source in chosen
    ]
    header = ("data set", "input", "train", "test", "here", "about")
    output.print_table(header, rows, numbers=frozenset({2, 3}))
    return 0


def _describe(source: Source, found: str) -> None:
    """Everything that is known of one data set, and what can be chosen about it."""
    info = source.info
    rows = [("title", info.title), ("about", info.about), *facts(info), ("here", _here(source, found))]
    if source.takes_folder and source.added is None:
        rows.append(("--data-dir", source.folder))
    if source.added is not None:
        rows += [
            (f"option {name}", value_text(value))
            for name, value in source.added.options.items()
            if value != ""
        ]
    output.print_table(("what", "value"), rows)
    if source.options:
        print()
        choices = [
            (f"{each.name}={value_text(each.default)}", each.allowed, each.help) for each in source.options
        ]
        output.print_table(("--data-option", "it can be", "about"), choices)


def _found(name: str, folder: Path | None) -> str:
    """What is on this machine in the place of the data set ``name``: its title, or another's; empty where it is not here.

    Only a folder that was named is looked into: what lies elsewhere was checked when it was kept.
    """
    if not data.available(name, folder):
        return ""
    source = data.source(name)
    # What is made of another data set's pictures is made when it is trained on: a list trains no network.
    if folder is None or not source.takes_folder or source.made_of:
        return data.title_of(name)
    try:
        return data.load(name, folder).title
    except DataError as error:
        output.say(str(error))
        return ""


def _here(source: Source, found: str) -> str:
    """Whether a data set is on this machine, and if not, how to get it."""
    if found:
        return "yes" if found == source.info.title else f"yes: {found}"
    if source.added is not None and source.added.path is not None:
        return f"no: {source.added.path} is not there, or does not hold it"
    return "no: give --data-dir" if source.needs_folder else "no: downloaded when needed"


def _formats_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_json(parser)


def _formats(options: argparse.Namespace) -> int:
    if options.json:
        output.print_json(
            [
                {
                    "name": f.name,
                    "title": f.title,
                    "about": f.about,
                    "suffix": f.suffix,
                    "folder": f.folder,
                    "exported": f.is_exported,
                    "imported": f.is_imported,
                    "holds": dict(f.holds),
                }
                for f in FORMATS.values()
            ]
        )
        return 0
    rows = [(f.name, f.ending, f.title, f.about) for f in FORMATS.values()]
    output.print_table(("format", "file", "title", "about"), rows)
    return 0


def _runs_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        type=Path,
        help="folder that holds runs (default: the window's runs and the starter run)",
    )
    names = ", ".join(table.COLUMNS)
    parser.add_argument(
        "--columns",
        metavar="C",
        nargs="+",
        choices=("all", *table.COLUMNS),
        help=f"columns of the table, or all: {names}",
    )
    parser.add_argument(
        "--sort",
        metavar="C",
        choices=list(table.COLUMNS),
        help="sort by a column (default: the newest first)",
    )
    parser.add_argument("--reverse", action="store_true", help="turn the order round")
    parser.add_argument(
        "--filter",
        metavar="WORD",
        nargs="+",
        action="extend",
        default=[],
        help="list only runs whose texts contain these words and of which comparisons such as 'k<=10' or 'mse<0.02' hold",
    )
    arguments.add_json(parser)
    parser.add_argument(
        "--format",
        choices=table_text.FORMATS,
        help="print the table for other programs; LaTeX needs the package booktabs",
    )


def _print_runs(
    options: argparse.Namespace,
    header: Sequence[str],
    rows: list[list[str]],
    numbers: frozenset[int],
) -> None:
    if options.format is None:
        output.print_table(header, rows, numbers=numbers)
    else:
        print(table_text.written(header, rows, options.format, numbers), end="")


def _runs(options: argparse.Namespace) -> int:
    if options.json and options.format is not None:
        raise RunError(f"--json and --format {options.format} are two formats; leave one of them out.")
    if options.folder is not None and not options.folder.is_dir():
        raise RunError(f"{options.folder} is not a folder; give a folder that holds runs.")
    found: list[Run | BrokenRun]
    if options.folder is None:
        found = [*folders.list_runs(), starter_run()]
    elif is_run(options.folder):
        raise RunError(f"{options.folder} is a run; give the folder that contains it.")
    else:
        found = list(folders.list_inside(options.folder))
    wanted = table.read_filter(" ".join(options.filter))
    every, found = len(found), [run for run in found if wanted.passes(run)]
    if options.sort is not None or options.reverse:
        sound = [run for run in found if isinstance(run, Run)]
        broken = [run for run in found if isinstance(run, BrokenRun)]
        found = [*table.ordered(sound, options.sort or "date", reverse=options.reverse), *broken]
    if options.json:
        output.print_json([_as_dict(run) for run in found])
        return 0
    if every and not found:
        output.say(f"None of {output.counted(every, 'run')} passes the filter.")
        return 0
    if not found:
        output.say(f"There are no runs in {options.folder}; 'saegui train --out' makes one.")
        return 0
    if options.columns:
        names = list(table.COLUMNS) if "all" in options.columns else options.columns
        _print_runs(options, table.header(names), table.rows(found, names), table.numbers(names))
        return 0
    header = ("run", "name", "preset", "status", "data", "epoch", "mse", "l0", "dead")
    _print_runs(options, header, [list(_row(run)) for run in found], frozenset({5, 6, 7, 8}))
    if options.format is not None:
        return 0
    for run in found:
        if isinstance(run, BrokenRun):
            print(f"{table.word(run)} cannot be opened: {run.reason}")
    if options.folder is None:
        output.say(f"Runs are kept in {paths.runs_dir()}.")
    return 0


def _row(run: Run | BrokenRun) -> tuple[str, ...]:
    if isinstance(run, BrokenRun):
        return (table.word(run), "", "", "broken", "", "", "", "", "")
    numbers = (_number(run, "mse", ".5f"), _number(run, "l0", ".2f"), _number(run, "dead", "g"))
    return (
        table.word(run),
        run.name,
        run.preset_title,
        run.status_text,
        _data(run),
        f"{run.epoch:.4g} of {run.config.epochs}",
        *numbers,
    )


def _data(run: Run) -> str:
    """The word after ``--dataset``, or what was found in a folder of the user's in its place."""
    name = run.config.dataset
    return name if run.data_title == data.title_of(name) else run.data_title


def _number(run: Run, name: str, form: str) -> str:
    value = run.metrics.get(name)
    return format(value, form) if isinstance(value, int | float) else ""


def _as_dict(run: Run | BrokenRun) -> dict[str, object]:
    common = {"run": table.word(run), "path": str(run.path), "name": run.name}
    if isinstance(run, BrokenRun):
        return {**common, "status": "broken", "reason": run.reason}
    return {
        **common,
        "status": run.status_text,
        "created": run.created,
        "step": run.step,
        "epoch": run.epoch,
        "shape": run.shape,
        "data": None if run.origin is None else as_dict(run.origin),
        "preset": run.preset,
        "changed": differences(run.config.model_dump(), run.preset) if run.preset else [],
        "config": run.config.model_dump(),
        "metrics": run.metrics,
        "seconds": run.seconds,
        "note": run.note,
    }


def _glossary_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("term", metavar="TERM", nargs="?", help="explain this term alone")
    arguments.add_json(parser)


def _glossary(options: argparse.Namespace) -> int:
    chosen = list(TERMS.values()) if options.term is None else [term(options.term)]
    if options.json:
        output.print_json([asdict(each) for each in chosen])
        return 0
    for place, each in enumerate(chosen):
        lines = (each.name, each.text, each.formula, f"Source: {each.cited}.")
        print("\n" * bool(place) + "\n".join(lines))
    return 0


PRESETS_COMMAND = Command(
    "presets",
    "List the named configurations.",
    "'saegui train --preset' takes their names.",
    ("saegui presets", "saegui presets --json"),
    _presets_arguments,
    _presets,
)
DATASETS = Command(
    "datasets",
    "List or describe the data sets, and whether they are on this machine.",
    "",
    ("saegui datasets", "saegui datasets qmnist", "saegui datasets --data-dir ~/data"),
    _datasets_arguments,
    _datasets,
)
FORMATS_COMMAND = Command(
    "formats",
    "List the formats that models are exported to and imported from.",
    "'saegui export --format' takes their names.",
    ("saegui formats", "saegui formats --json"),
    _formats_arguments,
    _formats,
)
RUNS = Command(
    "runs",
    "List the runs.",
    "The newest run comes first. A run that cannot be opened is listed with the reason.\n"
    "MSE and L0 come from the test inputs; dead counts the latents that are dead on all training\n"
    "inputs.",
    (
        "saegui runs",
        "saegui runs experiments/",
        "saegui runs --columns all --sort mse --filter modern 'k<=10'",
        "saegui runs --json",
        "saegui runs experiments/ --columns k mse l0 --format latex",
    ),
    _runs_arguments,
    _runs,
)
GLOSSARY = Command(
    "glossary",
    "Explain the terms of the field.",
    "The window shows the same in Help › Glossary, with a figure of the current run.",
    ("saegui glossary", "saegui glossary FVU", "saegui glossary --json"),
    _glossary_arguments,
    _glossary,
)
