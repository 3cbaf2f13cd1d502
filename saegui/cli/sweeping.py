"""``saegui sweep``: many trainings, here, on local processes, or on a cluster."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.cli.varying import COLUMNS
from saegui.core.errors import RunError
from saegui.core.files import paths
from saegui.core.runs import folders
from saegui.core.runs.run import unwritable

if TYPE_CHECKING:
    from saegui.core.sweeps.places import Ended
    from saegui.core.sweeps.spec import Training


_USUAL = {"threads": 1, "device": "auto"}
"""Values of options that need not be given."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec",
        metavar="SPEC.toml",
        type=Path,
        help="file with options of a training, such as epochs = 5, with preset and dataset, and a table [vary] with lists of values, "
        "such as k = [5, 10]; every combination is trained",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the runs")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on the workers of this Dask scheduler, such as tcp://node1:8786; DIR must be a folder that all of them share",
    )
    where.add_argument(
        "--local",
        metavar="N",
        type=arguments.whole_number,
        help="train on N processes of this machine (default: one after the other, without Dask)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="continue in a DIR that exists; what is trained there already is kept",
    )
    arguments.add_data_dir(parser)
    parser.add_argument(
        "--threads",
        metavar="N",
        type=arguments.whole_number,
        default=_USUAL["threads"],
        help="processor threads of each training (default: 1)",
    )
    arguments.add_device(parser)
    arguments.add_json(parser, "print the runs and their metrics as JSON")


def _run(options: argparse.Namespace) -> int:
    from saegui.core.sweeps import spec, spec_text, task, unfinished

    with output.data_progress() as progress:
        given = spec.load(options.spec)
        found = spec.trainings(given, str(options.spec), options.data_dir, progress)
    out: Path = options.out
    if not options.resume:
        if any(task.is_done(each, out) or unfinished.is_kept(each, out) for each in found):
            raise RunError(
                f"{out} holds trainings of this sweep already; add --resume to train what is left, or choose another folder."
            )
        folders.check_new(out)
    try:
        paths.make_folders(out)
    except OSError as error:
        raise unwritable(out, error) from error
    task.tidy(out)
    spec_text.keep(given, out)
    left = [each for each in found if not task.is_done(each, out)]
    again = _again(options)
    kept = [f"{len(found) - len(left)} trained already"] if len(left) < len(found) else []
    if begun := sum(unfinished.is_kept(each, out) for each in left):
        kept.append(f"{begun} begun already")
    output.say(
        ": ".join([f"{output.counted(len(found), 'training')} into {out}", *filter(None, [", ".join(kept)])])
        + "."
    )
    problems: dict[str, str] = {}
    try:
        for done, ended in enumerate(_ends(left, options), len(found) - len(left) + 1):
            if ended.problem is not None:
                problems[ended.training.folder] = ended.problem
                output.say(f"{done} of {len(found)}: {ended.training.name}: {ended.problem}")
            else:
                output.say(
                    ": ".join(filter(None, (f"{done} of {len(found)}", ended.training.name, ended.note)))
                )
    except KeyboardInterrupt:
        task.tidy(out)
        output.say(f"Stopped. Nothing that was saved is lost; continue with: {again}")
        return 130
    except RunError as error:
        raise RunError(f"{error} ({again})") from error
    _report(found, out, as_json=options.json)
    output.say(f"saegui {shlex.quote(str(out))} shows the runs")
    return 2 if problems else 0


def _again(options: argparse.Namespace) -> str:
    """The command that trains what is left, in the same way."""
    words = ["saegui", "sweep", str(options.spec), "--out", str(options.out)]
    for name in ("data_dir", "scheduler", "local", "threads", "device"):
        value = getattr(options, name)
        if value is not None and value != _USUAL.get(name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join([*words, *(["--json"] if options.json else []), "--resume"])


def _ends(left: Sequence[Training], options: argparse.Namespace) -> Iterator[Ended]:
    from saegui.core.sweeps import places

    out: Path = options.out
    if options.scheduler is None and options.local is None:
        return places.here(
            left,
            out,
            threads=options.threads,
            device=options.device,
            say=lambda training, sentence: output.say(f"{training.name}: {sentence}"),
        )
    return places.on_dask(
        left,
        out.absolute(),
        scheduler=options.scheduler,
        local=options.local or 1,
        threads=options.threads,
        device=options.device,
    )


def _report(found: Sequence[Training], out: Path, *, as_json: bool) -> None:
    runs = {run.path.name: run for run in folders.list_inside(out)}
    rows, listed = [], []
    for each in found:
        run = runs.get(each.folder)
        metrics = getattr(run, "metrics", {})
        status = getattr(run, "status_text", "missing")
        cells = [format(metrics[name], form) if name in metrics else "" for name, form in COLUMNS.items()]
        rows.append([each.folder, *cells, status])
        listed.append(
            {
                "run": str(out / each.folder),
                "status": status,
                "varied": each.varied,
                "metrics": metrics or None,
            }
        )
    if as_json:
        output.print_json(listed)
    else:
        header = ("run", *(name.upper() if name != "dead" else name for name in COLUMNS), "status")
        output.print_table(header, rows, numbers=frozenset(range(1, 1 + len(COLUMNS))))


SWEEP = Command(
    "sweep",
    "Train every combination of values that a file describes, here or on many machines.",
    "Each training is alone, so that any option can be varied; --vary of 'saegui train' is faster on one\n"
    "machine. On a cluster, 'dask scheduler' runs on one machine and 'dask worker ADDRESS' on the others.",
    (
        "saegui sweep sizes.toml --out runs/sizes",
        "saegui sweep sizes.toml --out runs/sizes --local 4 --resume",
        "saegui sweep sizes.toml --out /shared/sizes --scheduler tcp://node1:8786",
    ),
    _add_arguments,
    _run,
)
