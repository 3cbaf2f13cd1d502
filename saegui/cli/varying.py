"""``saegui train --vary``: several trainings on the same batches."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from saegui.cli import arguments, output
from saegui.cli.loading import load_data
from saegui.cli.watching import Signals, watching
from saegui.core import runs
from saegui.core.config import parameters
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError
from saegui.core.variants import Variant, short, variants

if TYPE_CHECKING:
    from saegui.core.series import Series

_COLUMNS = {"mse": ".5f", "fvu": ".4f", "l0": ".2f", "dead": ",d"}
"""The metrics of the table, and how they are written."""


def add_vary(parser: argparse.ArgumentParser) -> None:
    """``--vary``."""
    parser.add_argument(
        "--vary",
        metavar="NAME=VALUES",
        action="append",
        default=[],
        help="train with each of these values of an option, such as k=5,10,20; given several times, with every combination. "
        "RUN is then a folder with a run of each",
    )


def run(options: argparse.Namespace) -> int:
    """Train all variants; returns the exit status."""
    if options.resume is not None:
        raise ConfigError("--resume goes on with one run as it is; leave --vary away, or train new runs.")
    from saegui.core.training import check_shared

    found = variants(_values(options), lambda values: arguments.config_with(options, values))
    check_shared([variant.config for variant in found])
    runs.check_free(options.out)
    dataset = load_data(found[0].config.dataset, options.data_dir)
    arguments.say_what_is_idle(options, [variant.config for variant in found])
    with Signals() as signals:
        series = _train(found, dataset, options, signals)
    sound = [keeper for keeper in series.keepers if keeper.run.status in ("finished", "stopped")]
    folder = f" --data-dir {shlex.quote(str(options.data_dir))}" if options.data_dir is not None else ""
    ending, what = "Trained for", "look at one with: saegui"
    if signals.received is not None:
        ending, what = "Stopped after", "go on with one by: saegui train --resume"
    hint = f": {what} {sound[0].run.path}{folder}" if sound else ""
    output.say(f"{ending} {series.longest.seconds:.1f} s; the runs are kept in {options.out}{hint}")
    _report(series, as_json=options.json)
    if signals.received is not None:
        return 128 + signals.received
    return 0 if len(sound) == len(found) else 2


def _values(options: argparse.Namespace) -> dict[str, list[str]]:
    names = {short(parameter.name): parameter for parameter in parameters()}
    given = arguments.given_parameters(options)
    values: dict[str, list[str]] = {}
    for text in options.vary:
        name, _, listed = text.partition("=")
        parameter = names.get(name.strip().lstrip("-"))
        if parameter is None:
            raise ConfigError(f"--vary is '{text}'; it must begin with one of {', '.join(names)}, and '='.")
        if parameter.option in given or parameter.name in values:
            raise ConfigError(f"{parameter.option} is given twice; name all its values in one --vary.")
        choices = [choice.strip() for choice in listed.split(",") if choice.strip()]
        if len(choices) < 2:
            raise ConfigError(f"--vary is '{text}'; give at least two values, such as {name}=A,B.")
        values[parameter.name] = choices
    return values


def _train(found: list[Variant], dataset: Dataset, options: argparse.Namespace, signals: Signals) -> Series:
    from saegui.core.processors import use_threads
    from saegui.core.series import Series

    count = use_threads(options.threads)
    series = Series(found, dataset, options.out, device=options.device)
    longest = series.longest
    where = longest.device if longest.device != "cpu" else output.counted(count, "thread")
    output.say(
        f"Training {len(found)} variants on {dataset.title} into {options.out}: "
        f"{output.counted(longest.config.epochs, 'epoch')}, {output.counted(longest.total_steps, 'step')}, {where}."
    )
    try:
        with watching(longest) as watcher:
            while not series.done and signals.received is None:
                done = [results for results in series.advance() if results]
                if done:
                    watcher.step(
                        sum(result.images for result in max(done, key=len)),
                        sorted((results[-1] for results in done), key=lambda result: -result.step),
                    )
                for problem in series.problems:
                    watcher.warn(problem)
    except BrokenPipeError:
        # Nobody reads the progress any more: what was trained is kept all the same.
        series.close()
        raise
    if signals.received is not None:
        output.say("Stopping: the runs are measured and saved. Once more ends at once, at the last save.")
    series.close()
    for problem in series.problems:
        output.say(problem)
    return series


def _report(series: Series, *, as_json: bool) -> None:
    rows, listed = [], []
    for variant, keeper, found in zip(series.variants, series.keepers, series.measured, strict=True):
        measured = found.to_dict() if found is not None else {}
        run = keeper.run
        cells = [format(measured[name], form) if name in measured else "" for name, form in _COLUMNS.items()]
        rows.append([variant.folder, *cells, runs.STATUS_TEXT[run.status]])
        listed.append(
            {
                "run": str(run.path),
                "status": run.status,
                "varied": variant.varied,
                "metrics": measured or None,
            }
        )
    if as_json:
        output.print_json(listed)
    else:
        header = ("run", *(name.upper() if name != "dead" else name for name in _COLUMNS), "status")
        output.print_table(header, rows, numbers=frozenset(range(1, 1 + len(_COLUMNS))))
