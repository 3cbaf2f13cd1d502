"""``saegui train --vary``: train several runs on the same batches."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from saegui.cli import arguments, lessons, output
from saegui.cli.boards import boards
from saegui.cli.last_save import save_at_last
from saegui.cli.loading import load_new
from saegui.cli.watching import Signals, Within, watching
from saegui.core.config.run_names import short
from saegui.core.config.schema import SHARED, parameters
from saegui.core.config.variants import Variant, variants
from saegui.core.data import Dataset
from saegui.core.errors import ConfigError, RunError
from saegui.core.runs import folders

if TYPE_CHECKING:
    from saegui.core.api.tensorboard import TensorBoard
    from saegui.core.training.sweep import Sweep

COLUMNS = {"mse": ".5f", "fvu": ".4f", "l0": ".2f", "dead": ",d"}
"""The metrics in the table, and their number formats."""
_THOUSANDTHS = re.compile(r"0\d+")
"""What follows a comma that was meant within a number, as in 0,001 and 1,000."""


def add_vary(parser: argparse.ArgumentParser) -> None:
    """``--vary``."""
    parser.add_argument(
        "--vary",
        metavar="NAME=VALUES",
        action="append",
        default=[],
        help="train one run with each of these values of an option, such as k=5,10,20; when given several times, one run with every "
        "combination. All runs see the inputs in the order of the first seed. RUN is then a folder of runs",
    )


def run(options: argparse.Namespace) -> int:
    """Train all variants; returns the exit status."""
    if options.resume is not None:
        given = "--vary" if options.vary else "--lesson"
        raise ConfigError(f"--resume continues one run as it is; leave out {given}, or train new runs.")
    if options.lesson:
        folders.check_new(options.out)
        found, dataset = lessons.variants_of(options)
    else:
        found = variants(
            _values(options), lambda values: arguments.config_with(options, values), options.preset
        )
        folders.check_new(options.out)
        dataset = load_new(found[0].config.dataset, options.data_dir)
    arguments.report_brought(options, [variant.config for variant in found])
    arguments.report_unused(options, [variant.config for variant in found])
    arguments.report_out_of_reach(dataset, [variant.config for variant in found])
    with Signals() as signals:
        sweep = _train(found, dataset, options, signals)
    sound = [
        checkpointer
        for checkpointer in sweep.checkpointers
        if checkpointer.run.status in ("finished", "stopped")
    ]
    folder = arguments.same_data_dir(options)
    ending = "Trained for" if signals.received is None else "Stopped after"
    hint = ""
    if stopped := [checkpointer for checkpointer in sound if checkpointer.run.can_resume]:
        hint = f": resume one with: saegui train --resume {shlex.quote(str(stopped[0].run.path))}{folder}"
    elif sound:
        hint = f": look at them with: saegui {shlex.quote(str(options.out))}{folder}"
    output.say(f"{ending} {sweep.longest.seconds:.1f} s; the runs are kept in {options.out}{hint}")
    moved = [checkpointer.run.path for checkpointer in sound if checkpointer.run.path.parent != options.out]
    if moved:
        names = ", ".join(path.name for path in moved)
        output.say(
            f"The end of {names} is in {moved[0].parent}; {options.out} keeps what was saved of it before."
        )
    unsaved = [checkpointer for checkpointer in sweep.checkpointers if checkpointer.run.status == "training"]
    if unsaved:
        names = ", ".join(checkpointer.run.path.name for checkpointer in unsaved)
        output.say(
            f"The end of {names} could not be saved: free some space, then resume from the last save with: "
            f"saegui train --resume {shlex.quote(str(unsaved[0].run.path))}{folder}"
        )
    if options.lesson and signals.received is None:
        lessons.say_what_to_look_at(options.lesson, dataset.noun)
    _report(sweep, as_json=options.json)
    if signals.received is not None:
        return 128 + signals.received
    return 0 if len(sound) == len(found) and not moved else 2


def _values(options: argparse.Namespace) -> dict[str, list[str]]:
    names = {short(parameter.name): parameter for parameter in parameters() if parameter.name not in SHARED}
    shared = {short(name) for name in SHARED}
    given = arguments.given_parameters(options)
    values: dict[str, list[str]] = {}
    for text in options.vary:
        name, _, listed = text.partition("=")
        name = name.strip().lstrip("-").replace("_", "-")
        if name in shared:
            raise ConfigError(
                f"--vary is '{text}', but all runs share one {name}, because they train on the same batches; vary another option."
            )
        parameter = names.get(name)
        if parameter is None:
            raise ConfigError(f"--vary is '{text}'; it must begin with one of {', '.join(names)}, and '='.")
        if parameter.option in given or parameter.name in values:
            raise ConfigError(f"{parameter.option} is given twice; give all its values in one --vary.")
        choices = [choice.strip() for choice in listed.split(",") if choice.strip()]
        if split := [choice for choice in choices if _THOUSANDTHS.fullmatch(choice)]:
            raise ConfigError(
                f"--vary is '{text}'; a comma separates values here, and no value begins with 0 as {split[0]} does: "
                f"write decimals with a point, and thousands without a comma."
            )
        if len(choices) < 2:
            raise ConfigError(f"--vary is '{text}'; give at least two values, such as {name}=A,B.")
        values[parameter.name] = choices
    return values


def _train(found: list[Variant], dataset: Dataset, options: argparse.Namespace, signals: Signals) -> Sweep:
    from saegui.core.training.devices import use_threads
    from saegui.core.training.sweep import Sweep

    use_threads(options.threads, windowless=True)
    sweep = Sweep(found, dataset, options.out, device=options.device)
    with boards(options.log_dir, [variant.folder for variant in found]) as logs:
        return _advance(sweep, options, signals, logs)


def _advance(
    sweep: Sweep, options: argparse.Namespace, signals: Signals, logs: Sequence[TensorBoard]
) -> Sweep:
    from saegui.core.training.ways import threads_of

    longest, dataset = sweep.longest, sweep.checkpointers[0].dataset
    where = longest.device if longest.device != "cpu" else output.counted(threads_of(longest.way), "thread")
    output.say(
        f"Training {len(sweep.variants)} variants on {dataset.title} into {options.out}: "
        f"{output.counted(longest.config.epochs, 'epoch')}, {output.counted(longest.total_steps, 'step')}, {where}."
    )
    # A disk that stays full is reported once.
    reported: set[str] = set()
    try:
        with watching(longest) as watcher:
            sweep.watch(Within(signals, watcher))
            while not sweep.done and signals.received is None:
                results_of_each = sweep.advance()
                for log, results, checkpointer in zip(
                    logs, results_of_each, sweep.checkpointers, strict=False
                ):
                    log.record(results, checkpointer)
                done = [results for results in results_of_each if results]
                if done:
                    watcher.step(
                        sum(result.images for result in max(done, key=len)),
                        sorted((results[-1] for results in done), key=lambda result: -result.step),
                    )
                for problem in sweep.problems:
                    if problem not in reported:
                        watcher.warn(problem)
                reported.update(sweep.problems)
    except BrokenPipeError:
        # Nobody reads the progress any more; the runs are kept all the same.
        sweep.close()
        raise
    if signals.received is not None:
        output.say(
            "Stopping: the runs are measured and saved. Press Ctrl+C again to stop at once; the last save is kept."
        )

    def tried(save: Callable[[], None]) -> list[str]:
        save()
        for problem in sweep.problems:
            if problem not in reported:
                output.say(problem)
        reported.update(sweep.problems)
        return [f"{checkpointer.run.name} could not be saved." for checkpointer in sweep.unsaved]

    try:
        save_at_last(
            lambda: tried(sweep.close),
            lambda folder: tried(lambda: sweep.close_in(folder)),
            name=options.out.name,
            seconds=options.wait,
            signals=signals,
        )
    except RunError as error:
        output.say(str(error))
    return sweep


def _report(sweep: Sweep, *, as_json: bool) -> None:
    rows, listed = [], []
    for variant, checkpointer, found in zip(sweep.variants, sweep.checkpointers, sweep.measured, strict=True):
        measured = found.to_dict() if found is not None else {}
        run = checkpointer.run
        cells = [format(measured[name], form) if name in measured else "" for name, form in COLUMNS.items()]
        rows.append([variant.folder, *cells, run.status_text])
        listed.append(
            {
                "run": str(run.path),
                "status": run.status_text,
                "varied": variant.varied,
                "metrics": measured or None,
            }
        )
    if as_json:
        output.print_json(listed)
    else:
        header = ("run", *(name.upper() if name != "dead" else name for name in COLUMNS), "status")
        output.print_table(header, rows, numbers=frozenset(range(1, 1 + len(COLUMNS))))
