"""``saegui train``: train a new run, or resume one."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from saegui.cli import arguments, lessons, output, varying
from saegui.cli.boards import add_log_dir, boards
from saegui.cli.command import Command
from saegui.cli.last_save import add_wait, save_at_last
from saegui.cli.loading import load_data, load_new
from saegui.cli.watching import Signals, Within, watching
from saegui.core.analysis.advice import advice
from saegui.core.api import load_run
from saegui.core.errors import Cancelled, ConfigError, RunError
from saegui.core.runs import folders

if TYPE_CHECKING:
    from saegui.core.analysis.metrics import Metrics
    from saegui.core.api.tensorboard import TensorBoard
    from saegui.core.training.session import Session


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    places = parser.add_mutually_exclusive_group(required=True)
    places.add_argument("--out", metavar="RUN", type=Path, help="new folder for the run")
    places.add_argument(
        "--resume",
        metavar="RUN",
        help="resume a training that was stopped or killed, with its own parameters: folder of a run, or name of a run that "
        "'saegui runs' lists",
    )
    varying.add_vary(parser)
    lessons.add_lesson(parser)
    arguments.add_data_dir(parser)
    arguments.add_threads(parser)
    arguments.add_device(parser)
    add_wait(parser)
    add_log_dir(parser)
    arguments.add_json(parser, "print the metrics as JSON, the last line of stdout")
    arguments.add_config(parser)


def _run(options: argparse.Namespace) -> int:
    if options.vary or options.lesson:
        return varying.run(options)
    begin = _resumed(options) if options.resume is not None else _new(options)
    with Signals() as signals, boards(options.log_dir, [""]) as logs:
        session, found, other = _train(begin, options, signals, logs)
    path, epochs = session.run.path, session.trainer.config.epochs
    folder = arguments.same_data_dir(options)
    if session.done:
        ending, hint = (
            f"Trained for {session.trainer.seconds:.1f} s",
            f"saegui {shlex.quote(str(path))}{folder} shows it",
        )
    else:
        ending, hint = (
            f"Stopped at epoch {session.trainer.epoch:.2f} of {epochs}",
            f"saegui train --resume {shlex.quote(str(path))}{folder} resumes it"
            if session.run.can_resume
            else "a fit by scikit-learn cannot be resumed",
        )
    output.say(f"{ending}. The run is kept in {path}; {hint}")
    if todo := advice(
        found, session.trainer.config, lambda parameter: parameter.option, session.checkpoints.history
    ):
        output.say(todo)
    if options.json:
        output.print_json(found.to_dict())
    else:
        output.print_metrics(found.to_dict())
    if signals.received is not None:
        return 128 + signals.received
    # Who asked for one folder does not find the run in it.
    return 0 if other is None else 2


def _new(options: argparse.Namespace) -> Callable[[], Session]:
    """Checks and loads everything; the function that it returns begins the training, and imports torch."""
    config = arguments.config(options)
    folders.check_new(options.out)
    dataset = load_new(config.dataset, options.data_dir)
    # After all checks: a refusal is one sentence on stderr.
    arguments.report_brought(options, [config])
    arguments.report_unused(options, [config])
    arguments.report_out_of_reach(dataset, [config])

    def begin() -> Session:
        from saegui.core.training import ways
        from saegui.core.training.session import Session

        if ways.compiles_first(config, len(dataset.train_images)):
            output.say(f"{ways.COMPILING.capitalize()}.")
        return Session(config, dataset, options.out, preset=options.preset, device=options.device)

    return begin


def _resumed(options: argparse.Namespace) -> Callable[[], Session]:
    """Like :func:`_new`, for a run that exists."""
    if given := arguments.given_config(options):
        raise ConfigError(
            f"--resume uses the run's own parameters; leave out {', '.join(given)}, or train a new run."
        )
    run = load_run(options.resume)
    run.check_can_resume()
    dataset = load_data(run.config.dataset, options.data_dir, run.origin)

    def begin() -> Session:
        from saegui.core.training.session import Session

        session = Session.resume(run, dataset, device=options.device)
        # After it: other images are refused there, so only labels can differ.
        if changed := dataset.changed_since(run.origin):
            output.say(changed)
        return session

    return begin


def _train(
    begin: Callable[[], Session], options: argparse.Namespace, signals: Signals, logs: Sequence[TensorBoard]
) -> tuple[Session, Metrics, Path | None]:
    """The session, the run's metrics, and the folder in which it had to be saved if that is not its own."""
    from saegui.core.training.checkpoints import TRAINING_CONTINUES
    from saegui.core.training.devices import use_threads
    from saegui.core.training.ways import threads_of

    use_threads(options.threads, windowless=True)
    session = begin()
    trainer = session.trainer
    where = trainer.device if trainer.device != "cpu" else output.counted(threads_of(trainer.way), "thread")
    verb = f"Resuming at epoch {trainer.epoch:.2f}:" if trainer.steps else "Training"
    output.say(
        f"{verb} {trainer.config.describe()} on {session.checkpoints.dataset.title} into {session.run.path}: "
        f"{output.counted(trainer.config.epochs, 'epoch')}, {output.counted(trainer.total_steps, 'step')}, {where}."
    )
    try:
        with watching(trainer) as watcher:
            session.watch(Within(signals, watcher))
            while not session.done and signals.received is None:
                try:
                    last = session.advance()
                    watcher.step(sum(result.images for result in session.recent), [last])
                    for log in logs:
                        log.record(session.recent, session.checkpoints)
                except Cancelled:
                    break
                except RunError as error:
                    watcher.warn(f"{error} {TRAINING_CONTINUES}")
                for note in session.checkpoints.take_notes():
                    watcher.warn(note)
    except BrokenPipeError:
        # Nobody reads the progress any more; the run is kept all the same.
        session.close()
        raise
    if signals.received is not None:
        output.say(
            "Stopping: the run is measured and saved. Press Ctrl+C again to stop at once; the last save is kept."
        )
    found: list[Metrics] = []

    def tried(save: Callable[[], Metrics]) -> list[str]:
        try:
            found.append(save())
        except RunError as error:
            return [str(error)]
        return []

    path = session.run.path
    other = save_at_last(
        lambda: tried(session.close),
        lambda folder: tried(lambda: session.checkpoints.close_in(folder)),
        name=path.name,
        seconds=options.wait,
        signals=signals,
    )
    for note in session.checkpoints.take_notes():
        output.say(note)
    if other is not None:
        output.say(f"{path} keeps what was saved before. The end of the training is in {other}.")
    return session, found[-1], other


TRAIN = Command(
    "train",
    "Train a sparse autoencoder, or resume a training that was interrupted.",
    "The result is a run: a folder with weights and curves. Ctrl+C saves it and exits with status 130;\n"
    "--resume continues it. --vary trains several configurations on the same batches, which is faster\n"
    "than one after the other.",
    (
        "saegui train --preset modern --out runs/modern",
        "saegui train --preset seed-k10 --k 5 --epochs 10 --data-dir ~/data --out runs/k5 --json",
        "saegui train --dataset digits --latents 32 --k 4 --lr 1e-3 --out runs/digits",
        "saegui train --preset modern --vary k=5,10,20 --vary seed=0,1 --out runs/by-k",
        "saegui train --resume runs/modern",
    ),
    _add_arguments,
    _run,
    usage="(--out RUN [--preset P | --lesson L] [--vary N=V ...] | --resume RUN) [options]",
)
