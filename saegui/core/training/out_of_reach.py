"""What a configuration asks for and a training of its length never comes to, such as the end of a long warm-up."""

from __future__ import annotations

import math
from collections.abc import Callable

from saegui.core.analysis.advice import FEW_STEPS, epoch_text, smaller_batch
from saegui.core.config.parameter import Parameter
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.data.registry import noun_of
from saegui.core.families.registry import WITH_K
from saegui.core.training import resampling
from saegui.core.training.schedules import ANNEAL_FROM


def out_of_reach(config: RunConfig, n_images: int, name_of: Callable[[Parameter], str]) -> list[str]:
    """One sentence for each, with what to change; ``name_of`` names a parameter. ``n_images``: training images."""
    per_epoch = math.ceil(n_images / config.batch_size)
    if config.is_fitted:
        return []
    total = per_epoch * config.epochs
    names = {name: name_of(parameter(name)) for name in type(config).model_fields}
    found = [
        _warmup(config, total, names),
        _decay(config, total, names),
        _annealing(config, names),
        _revival(config, per_epoch, total, names),
        _batch(config, n_images, total, names),
    ]
    return [sentence for sentence in found if sentence]


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _batch(config: RunConfig, n_images: int, total: int, names: dict[str, str]) -> str:
    smaller = smaller_batch(config, n_images)
    if total >= FEW_STEPS or not smaller:
        return ""
    return (
        f"{names['batch_size']} is {config.batch_size:,}, so that an epoch of {n_images:,} {noun_of(config.dataset).of(n_images)} is "
        f"{epoch_text(config, n_images)}, and the training has only {_steps(total)}: too few to learn much. "
        f"Set {names['batch_size']} to {smaller}, or train longer."
    )


def _warmup(config: RunConfig, total: int, names: dict[str, str]) -> str:
    warmup, plateau = config.warmup_steps, math.ceil((1 - config.decay) * total)
    if warmup > total:
        why = f"{names['warmup_steps']} takes {_steps(warmup)}, but the training has only {_steps(total)}"
    elif warmup > 1 and warmup > plateau:
        why = f"{names['warmup_steps']} takes {_steps(warmup)}, but {names['decay']} begins after {_steps(plateau)}"
    else:
        return ""
    return f"{why}: the learning rate never reaches {config.lr:g}. Take fewer warm-up steps, or train longer."


def _decay(config: RunConfig, total: int, names: dict[str, str]) -> str:
    if not 0 < config.decay * total <= 1:
        return ""
    return (
        f"{names['decay']} is {config.decay:g} of only {_steps(total)}: the learning rate never falls. "
        f"Set {names['decay']} to 0, or train longer."
    )


def _annealing(config: RunConfig, names: dict[str, str]) -> str:
    if (
        config.arch not in WITH_K
        or not config.k_anneal
        or min(ANNEAL_FROM * config.k, config.n_latents) > config.k
    ):
        return ""
    return (
        f"{names['k_anneal']} has no effect: k is {config.k:,} and there are no more latents to begin with. "
        f"Set {names['k_anneal']} to 0, or lower k."
    )


def _revival(config: RunConfig, per_epoch: int, total: int, names: dict[str, str]) -> str:
    if config.revival == "none":
        return ""
    dead = math.floor(config.dead_after * per_epoch) + 1
    if config.revival == "auxk":
        if dead < total:
            return ""
        return (
            f"AuxK revives no latent: it begins after {_steps(dead)}, but the training has only {_steps(total)}. "
            f"Lower {names['dead_after']}, or train longer."
        )
    every = max(config.resample_every * per_epoch, resampling.LEAST_STEPS)
    first = math.ceil(every * math.ceil(dead / every))
    if first < resampling.LAST * total:
        return ""
    lower = (
        f"Lower {names['dead_after']} and {names['resample_every']}, or train"
        if first > resampling.LEAST_STEPS
        else "Train"
    )
    return (
        f"Resampling revives no latent: it begins after {_steps(first)}, but there is none in the last tenth of the "
        f"training's {_steps(total)}. {lower} longer."
    )
