"""``saegui active``: the latents that are active on one input, ranked as in the panel *Active latents*."""

from __future__ import annotations

import argparse

import numpy as np

from saegui.cli import arguments, inspecting, output
from saegui.cli.command import Command
from saegui.cli.loading import load_images_of, load_local_images_of
from saegui.core.analysis import kept_codes, metrics
from saegui.core.analysis.input_codes import InputCodes
from saegui.core.analysis.ranking import HELP, RANKS, numbers, order
from saegui.core.api import load_run
from saegui.core.arrays import Images
from saegui.core.data import Dataset
from saegui.core.errors import DataError
from saegui.core.model.snapshot import to_input
from saegui.core.runs import latent_notes
from saegui.core.runs.latent_notes import NOTHING
from saegui.core.runs.run import Run


def _arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    inspecting.add_inputs(parser, "a test input of the run's data set")
    parser.add_argument(
        "--index",
        metavar="I",
        type=arguments.whole_number,
        default=0,
        help="which of the inputs (default: 0, the first)",
    )
    parser.add_argument(
        "--rank",
        choices=RANKS,
        default=RANKS[0],
        help="what comes first (default: %(default)s). "
        + " ".join(f"{rank}: {text[0].lower()}{text[1:]}." for rank, text in HELP.items()),
    )
    arguments.add_data_dir(parser)
    arguments.add_json(parser)


def _run(options: argparse.Namespace) -> int:
    run = load_run(options.run)
    snapshot = run.latest()
    tests = inspecting.takes_test_inputs(options)
    load = load_images_of if tests or options.rank == "quantile" else load_local_images_of
    dataset = load(run, options.data_dir)
    given = _one(run, dataset, tests, options)
    z = snapshot.encode(to_input(given[np.newaxis]))[0]
    latents = np.flatnonzero(z)
    codes = _codes(run, dataset)
    ranked = order(numbers(options.rank, snapshot, given, z, latents, codes), z, latents, options.rank)
    latents = latents[ranked]
    columns = {
        rank: numbers(rank, snapshot, given, z, latents, codes).tolist()
        for rank in RANKS
        if rank != "quantile" or codes is not None
    }
    notes = latent_notes.read(run.path, snapshot.n_latents)
    labels = [notes.get(latent, NOTHING).label for latent in latents.tolist()]
    if options.json:
        _, _, mse = metrics.image_errors(snapshot, given[np.newaxis])
        rows = [
            {"latent": latent, **{name: column[place] for name, column in columns.items()}, "label": label}
            for place, (latent, label) in enumerate(zip(latents.tolist(), labels, strict=True))
        ]
        output.print_json({"l0": len(rows), "mse": float(mse[0]), "active": rows})
        return 0
    if not len(latents):
        print("No latent is active on this input.")
        return 0
    lines = [
        (str(latent), *(f"{column[place]:.4g}" for column in columns.values()), label)
        for place, (latent, label) in enumerate(zip(latents.tolist(), labels, strict=True))
    ]
    output.print_table(("latent", *columns, "label"), lines, numbers=frozenset(range(len(columns) + 1)))
    return 0


def _one(run: Run, dataset: Dataset | None, tests: bool, options: argparse.Namespace) -> Images:
    """The input ``(*shape)`` that is meant."""
    if tests:
        assert dataset is not None
        run.latest().check_reads(dataset.shape, dataset.title)
        inputs, what = dataset.test_images, f"test {dataset.noun.many}"
    else:
        inputs, made_of, _ = inspecting.made_of(run, options)
        what = f"{made_of}s"
    if not 0 <= options.index < len(inputs):
        raise DataError(
            f"There is no input {options.index}; choose one from 0 to {len(inputs) - 1:,}, the last of the {what}."
        )
    found: Images = inputs[options.index]
    return found


def _codes(run: Run, dataset: Dataset | None) -> InputCodes | None:
    """Of the training inputs, for quantiles; None where the data are not on this machine, or the model reads others."""
    snapshot = run.latest()
    if dataset is None or dataset.shape != snapshot.shape:
        return None
    with output.count_progress() as progress:
        named = progress.named(f"Encoding the training {dataset.noun.many}")
        return kept_codes.measured(snapshot, dataset, progress=named)


ACTIVE = Command(
    "active",
    "List the latents that are active on one input.",
    "It shows activation, quantile among the latent's own activations, and ΔMSE without it.",
    (
        "saegui active starter --strokes digits.npz --index 3",
        "saegui active runs/modern --index 12 --rank effect --json",
        "saegui active runs/words --text king --rank quantile",
    ),
    _arguments,
    _run,
)
