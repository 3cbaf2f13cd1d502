"""Words about the tiles: what the numbers on them are, and whether they stand in the order that is chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from saegui.app.nouns import Naming, first_step, noun_of
from saegui.app.services import Services
from saegui.app.state import AppState
from saegui.core.analysis import latent_order
from saegui.core.analysis.latent_filter import EVERYTHING, LatentFacts, LatentFilter, in_the_way, loosened
from saegui.core.data.noun import INPUT, Noun
from saegui.ui.panels.features.grid_order import GridOrder
from saegui.ui.panels.features.scale_bar import Words
from saegui.ui.panels.features.tile_rows import SIDES, GridShow, TileLook
from saegui.ui.widgets.fitted_line import FittedLine
from saegui.ui.widgets.styled import set_styled
from saegui.ui.widgets.text import SMALL_PX, small_font

NUMBERS = "Numbers on tiles: activation on the drawing"


class NumbersCaption(FittedLine):
    """One small line that names the numbers on the tiles of active latents, and which half of a tile is what."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self.setFont(small_font(self.font(), SMALL_PX))
        self._show: GridShow = "decoder"
        self._noun = INPUT
        Naming(state, self._name_inputs, self)

    def set_show(self, show: GridShow) -> None:
        """``show`` is what the tiles show: with *both* their halves are named, too."""
        self._show = show
        halves = "Left half: decoder, right half: encoder" if show == "both" else ""
        words = [part for part in (halves, self._noun.instead_of_input(NUMBERS)) if part]
        self.say(". ".join(words), "", *((halves,) if halves else ("Numbers: activation",)))

    def _name_inputs(self, noun: Noun) -> None:
        self._noun = noun
        self.set_show(self._show)


STALE, STALE_SHORT = "no longer in this order", "old order"
"""Of tiles whose weights or densities have changed since; beside it stands *Sort again*."""


def mark_order(sorts: QComboBox, *, outdated: bool, missing: str = "") -> None:
    """Mute the chosen order where the tiles do not stand in it, and say so; ``missing``: what it waits for."""
    said = "Order of the tiles; dead latents are last in each"
    if missing:
        said = f"The tiles are not in this order yet. {missing}"
    elif outdated:
        said = "The tiles are not in this order: their weights have changed since they were sorted. Press Sort again"
    sorts.setToolTip(said)
    sorts.setAccessibleDescription(said)
    set_styled(sorts, outdated=outdated or bool(missing))


DETAILS = (
    "A dead latent is active on no training {0.one} (density 0); during training: on no {0.one} of the last epoch. "
    "Density: share of the {0.many} on which a latent is active (z ≠ 0)."
)


def count_of_latents(services: Services, order: GridOrder) -> tuple[str, ...]:
    """How many latents are alive, and what that was measured on: a line, what its tooltip adds, and shorter lines."""
    state = services.state
    snapshot, stats, dataset = state.snapshot, state.stats, state.dataset
    if snapshot is None or snapshot.is_blank:
        return "", ""
    count, dead = snapshot.n_latents, int(order.dead.sum())
    shown = f"{len(order.latents):,} of {count:,} shown"
    if not latent_order.knows_dead(snapshot, stats):
        known = f"{shown} · dead ones are known after an epoch"
        shorter: tuple[str, ...] = (shown,)
    else:
        known = f"{shown} · {count - dead:,} alive · {dead:,} dead {latent_order.dead_where(stats, noun_of(state))}"
        short = f"{dead:,} dead {_dead_in_short(state)}"
        shorter = (f"{shown} · {short}", f"{shown} · {dead:,} dead", shown)
    if order.missing:
        # Why the tiles are not in the order that is chosen comes before how many they are.
        return f"{shown} · {order.missing}", known, order.missing
    note = ""
    if stats is not None:
        if dataset is not None and not state.own_images:
            note = f" · measured on {dataset.title}, not on the run's own {noun_of(state).many}"
    elif services.stats.running:
        note = " · measuring density…"
    if order.stale:
        shorter = (*(f"{words} · {STALE}" for words in shorter), STALE, STALE_SHORT)
        note = f" · {STALE}{note}"
    return known + note, DETAILS.format(noun_of(state)), *shorter


def _dead_in_short(state: AppState) -> str:
    """Where latents count as dead, in few words: on which images where they are not the run's own."""
    stats, dataset = state.stats, state.dataset
    if stats is None:
        return "in the last epoch"
    if dataset is not None and not state.own_images:
        return f"on {dataset.title}"
    return f"on {noun_of(state).counted(stats.n_images)}"


def words_of_scale(look: TileLook, each: bool) -> list[Words]:
    """What is written before and after the colour scale, in fewer and fewer letters; ``each``: every tile has its own."""
    if (means := words_of_meaning(look)) and look.show == "decoder":
        return [("", means), ("", "averages" if look.meaning and look.meaning.texts is None else "nearest")]
    if each:
        return [("", "± each tile's largest"), ("−max", "+max")]
    limits = {side: f"{look.scales.shared(side):.2g}" for side in SIDES[look.show]}
    plots = len(look.snapshot.shape) == 1
    short = ("", " · ".join(f"±{limit}" for limit in limits.values()))
    if len(limits) == 1 and not plots:
        limit = next(iter(limits.values()))
        return [(f"−{limit}", f"+{limit}"), short]
    return [("", " · ".join(f"{side} ±{limit}" for side, limit in limits.items())), short]


def words_of_meaning(look: TileLook | None) -> str:
    """What tiles show in place of decoders that are no pictures; empty where they show the weights."""
    if look is None or look.meaning is None or "decoder" not in SIDES[look.show]:
        return ""
    return (
        "average picture that activates it" if look.meaning.texts is None else "texts nearest to the decoder"
    )


def nothing_shown(wanted: LatentFilter, facts: LatentFacts, state: AppState) -> tuple[str, str, LatentFilter]:
    """Why the filter hides every latent: a sentence, what a button offers, and the filter that it sets."""
    found = in_the_way(wanted, facts)
    if wanted.on and facts.z is None:
        return (
            f"Nothing is encoded yet, so no latent is active. {first_step(state)}.",
            "Show without “on now”",
            loosened(wanted, "on now"),
        )
    if wanted.starred and not facts.starred:
        return (
            "No latent has a star yet: select one and press S.",
            "Show without “starred”",
            loosened(wanted, "starred"),
        )
    if found is None:
        return "No latent passes this filter.", "Clear filter", EVERYTHING
    part, count = found
    latents = "1 latent passes" if count == 1 else f"{count:,} latents pass"
    return (
        f"No latent passes this filter. Without “{part}” {latents}.",
        f"Show without “{part}”",
        loosened(wanted, part),
    )
