"""What the panel lists, and what it says of it."""

from __future__ import annotations

from saegui.app.compare import ComparisonControl, MethodChoice
from saegui.app.services import Services
from saegui.core.analysis.matching import Matching, Method
from saegui.core.numbers import counted_latents
from saegui.ui.panels.compare.pair_view import Pair

NO_RUN = "The latents of two runs, or of two moments of one, stand side by side here. Open or train a run."
NO_OTHER = "Choose what to compare with: latents that belong together stand side by side here."
NEWEST = "Compare with the newest other run"
NO_SECOND = (
    "There is no second run yet. Train one, or choose this run as B and another step: latents that belong together stand side "
    "by side here."
)
NONE_ALIKE = (
    "No other run reads inputs of this size. Train one, or choose this run as B and another step: latents that belong together "
    "stand side by side here."
)
VIEWS = {
    "pairs": ("Pairs", "Latents that belong together, the most alike first"),
    "a": ("Only in A", "Latents of A that have no counterpart in B, the loneliest first"),
    "b": ("Only in B", "Latents of B that have no counterpart in A, the loneliest first"),
}
METHODS: dict[MethodChoice, str] = {
    "auto": "Match: automatic",
    "exact": "Match: exact",
    "greedy": "Match: greedy",
}
"""What can be chosen."""
WAYS: dict[Method, str] = {"exact": "exactly", "greedy": "greedily"}


def none_to_choose(services: Services) -> str:
    """What to do where no other run can be compared with the one that is shown."""
    others = any(not services.state.is_current(run.path) for run in services.library.runs)
    return NONE_ALIKE if others else NO_SECOND


def listed(matching: Matching, view: str, least: float) -> list[Pair]:
    """What a view of :data:`VIEWS` lists."""
    if view == "pairs":
        return [
            Pair(a, b, cosine)
            for (a, b), cosine in zip(matching.pairs.tolist(), matching.cosines.tolist(), strict=True)
        ]
    side = matching.a if view == "a" else matching.b
    best = dict(zip(side.latents.tolist(), side.best.tolist(), strict=True))
    alone = side.only(least).tolist()
    return [Pair(x, None, best[x]) if view == "a" else Pair(None, x, best[x]) for x in alone]


def means_in_words(matching: Matching) -> str:
    """The mean max cosine both ways."""
    parts = [
        f"{way} {mean:.3f}"
        for way, mean in (("A in B", matching.a.mean_best), ("B in A", matching.b.mean_best))
        if mean is not None
    ]
    return f"Mean max {matching.measure}: {', '.join(parts)}" if parts else "No latent takes part."


def left_out_in_words(left_out: tuple[int, int]) -> str:
    """``3 dead, 1 of zeros``."""
    dead, zero = left_out
    return ", ".join([f"{dead:,} dead"] * bool(dead) + [f"{zero:,} of zeros"] * bool(zero))


def summary(control: ComparisonControl, matching: Matching, done: float = 0.0) -> tuple[str, ...]:
    """How many pairs were found, how alike they are, what was left out, how they were matched, and why; then the same in fewer words.

    While they are matched again, the share of that which is ``done``.
    """
    if control.reading is not None:
        return (f"Reading {control.reading.name}…",)
    if control.running:
        return (f"Matching again: {done:.0%}" if done else "Matching again…",)
    least = control.least
    found, left_out, how, why = matching.found_in_words(least), "", "", ""
    if matching.mean is not None:
        found += f", mean of all {matching.mean:.3f}"
    for letter, side in (("A", matching.a), ("B", matching.b)):
        if any(side.left_out):
            left_out += f" · {letter}: {left_out_in_words(side.left_out)} left out"
    if matching.method == "greedy" and control.method == "auto":
        how = " · matched greedily"
        why = f", as the exact way takes about {duration(control.estimate)}"
    elif control.given_up:
        how, why = f" · matched {WAYS[matching.method]}", ": matching again was cancelled"
    return f"{found}{left_out}{how}{why}", f"{found}{left_out}{how}", f"{found}{how}"


def matching(a: int, b: int) -> str:
    """What is being done to so many latents of each model."""
    return f"Matching {counted_latents(a)} with {b:,}"


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
