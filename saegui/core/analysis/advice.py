"""Advice for a training that left most of its latents dead."""

from __future__ import annotations

from collections.abc import Callable

from saegui.core.analysis.metrics import Metrics
from saegui.core.config.parameter import Parameter
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.families.registry import PENALTIES, WITH_K

START = ("pre_bias", "tied_init", "unit_norm")
"""When all of these are on, few latents die: they are part of the preset ``modern``."""


def advice(found: Metrics, config: RunConfig, name_of: Callable[[Parameter], str]) -> str:
    """One sentence, or an empty string when at least half of the latents are alive; ``name_of`` names a parameter."""
    if 2 * found.dead <= found.n_latents:
        return ""
    count = "All" if found.dead == found.n_latents else f"{found.dead:,} of"
    tries = []
    name = PENALTIES.get(config.arch)
    if name is not None and getattr(config, name) > 0:
        tries.append(f"lower {name_of(parameter(name))} (now {getattr(config, name):g})")
    if off := [name_of(parameter(name)) for name in START if not getattr(config, name)]:
        tries.append(f"switch on {', '.join(off)}")
    if config.revival != "resample":
        tries.append("revive them by resampling")
    if not tries:
        tries.append("take fewer latents" + (" or a higher k" if config.arch in WITH_K else ""))
    return f"{count} {found.n_latents:,} latents are dead: {', or '.join(tries)}."
