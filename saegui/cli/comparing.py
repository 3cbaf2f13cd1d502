"""``saegui compare``: which latents of two runs belong together."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from saegui.cli import arguments, output
from saegui.cli.command import Command
from saegui.core.analysis.matching import (
    EITHER_SIGN,
    Matching,
    Side,
    best_method,
    check_comparable,
    match_models,
)
from saegui.core.api import load_run
from saegui.core.errors import RunError
from saegui.core.model.snapshot import Snapshot
from saegui.core.numbers import latent_name

_MOST = 10
"""Pairs that are printed; ``--json`` has all."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument("other", metavar="RUN", help="the run to compare with, by the same rules")
    parser.add_argument(
        "--step", metavar="N", type=arguments.whole_number, help="step of the first run (default: the last)"
    )
    parser.add_argument(
        "--other-step",
        metavar="N",
        type=arguments.whole_number,
        help="step of the second run (default: the last)",
    )
    parser.add_argument(
        "--method",
        choices=("exact", "greedy"),
        help="exact: the pairs with the largest sum of cosines; greedy: the most alike first "
        "(default: exact, unless it would take more than a minute)",
    )
    arguments.add_found(parser)
    arguments.add_json(parser)


def _at(name: str, step: int | None) -> tuple[str, Snapshot]:
    run = load_run(name)
    if step is None:
        return run.name, run.latest()
    steps = run.steps()
    if step not in steps:
        kept = ", ".join(f"{kept:,}" for kept in steps)
        raise RunError(f"{run.path} keeps no snapshot of step {step:,}; choose one of {kept}.")
    return run.name, run.at(step)


def _compare(options: argparse.Namespace) -> int:
    title_a, a = _at(options.run, options.step)
    title_b, b = _at(options.other, options.other_step)
    check_comparable(a, b)
    method = options.method or best_method(a, b)
    with output.count_progress() as progress:
        found = match_models(a, b, method, progress.named("Matching latents"))
    if options.method is None and method == "greedy":
        output.say(
            "Matched greedily: the exact way would take more than a minute; ask for it with --method exact."
        )
    if found.either_sign:
        output.say(EITHER_SIGN)
    if options.json:
        output.print_json(_as_dict(found, options.found))
        return 0
    rows = [
        ("run", title_a, title_b),
        ("step", f"{a.step:,}", f"{b.step:,}"),
        *((words, *cells) for words, *cells in _sides(found, options.found)),
    ]
    output.print_table(("", "A", "B"), rows, numbers=frozenset({1, 2}))
    mean = "" if found.mean is None else f", mean {found.measure} {found.mean:.4f}"
    print(
        f"\n{output.counted(len(found.pairs), 'pair')}, {found.found(options.found):,} from {options.found:g}{mean}"
    )
    lines = [
        (latent_name(x), latent_name(y), f"{cosine:.4f}")
        for (x, y), cosine in zip(found.pairs[:_MOST].tolist(), found.cosines[:_MOST].tolist(), strict=True)
    ]
    if lines:
        output.print_table(("A", "B", found.measure), lines, numbers=frozenset({0, 1, 2}))
    return 0


def _sides(found: Matching, least: float) -> list[tuple[str, str, str]]:
    def both(words: str, of: Callable[[Side], str]) -> tuple[str, str, str]:
        return words, of(found.a), of(found.b)

    return [
        both("latents that take part", lambda side: f"{len(side.latents):,}"),
        both("dead, left out", lambda side: f"{side.left_out.dead:,}"),
        both("of zeros, left out", lambda side: f"{side.left_out.zero:,}"),
        both(
            f"mean max {found.measure}",
            lambda side: "–" if side.mean_best is None else f"{side.mean_best:.4f}",
        ),
        both(f"without a counterpart from {least:g}", lambda side: f"{len(side.only(least)):,}"),
    ]


def _as_dict(found: Matching, least: float) -> dict[str, object]:
    def one(side: Side) -> dict[str, object]:
        return {
            "latents": len(side.latents),
            "dead": side.left_out.dead,
            "zero": side.left_out.zero,
            "mean_max_cosine": side.mean_best,
            "only": side.only(least).tolist(),
        }

    pairs = [
        [*pair, cosine] for pair, cosine in zip(found.pairs.tolist(), found.cosines.tolist(), strict=True)
    ]
    return {
        "method": found.method,
        "either_sign": found.either_sign,
        "found_from": least,
        "found": found.found(least),
        "mean_cosine": found.mean,
        "a": one(found.a),
        "b": one(found.b),
        "pairs": pairs,
    }


COMPARE = Command(
    "compare",
    "Match the latents of two runs, or of two moments of one, by their decoder rows.",
    "Each latent has at most one partner; latents that were dead in the last epoch of training, and those\n"
    "whose decoder rows are zero, are left out. The panel Compare shows the same.",
    (
        "saegui compare 1 2",
        "saegui compare 1 1 --other-step 470",
        "saegui compare first second --found 0.8 --json",
        "saegui figure 1 2 --kind matches --out matches.png",
    ),
    _arguments,
    _compare,
)
