"""Advice for a training that went wrong: most latents died, hardly anything was learnt, or a penalty left the code dense."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from saegui.core.analysis.after_changes import Curves, blamed, dead_before, longest, start
from saegui.core.analysis.latent_order import on_inputs
from saegui.core.analysis.metrics import Metrics
from saegui.core.config.changes import Change
from saegui.core.config.parameter import Parameter
from saegui.core.config.run_names import value_text
from saegui.core.config.schema import RunConfig, parameter
from saegui.core.data import registry
from saegui.core.families.registry import FAMILIES, PENALTIES, WITH_K
from saegui.core.numbers import counted_latents

START = ("pre_bias", "tied_init", "unit_norm")
"""When all of these are on, few latents die: they are part of the preset ``modern``."""
UNEXPLAINED = 0.75
"""A training that leaves more than this share of the variance unexplained has learnt hardly anything."""
HIGH_RATE, HIGHEST_RATE = 10, 20
"""Times the learning rate that suits a kind. From the first on latents die that would else live; from the second on nearly all
do, whatever else is chosen (measured with every kind on the built-in digits)."""
LEAST_WAY = 0.05
"""The sum of all learning rates: Adam moves no weight by more. Weights that are worth something are that far from their start."""
FEW_STEPS = 100
SHORT_EPOCH, STEPS_OF_EPOCH = 4, 8
"""Where an epoch has fewer steps than the first, a training of few steps is advised to take so small batches that it has the second."""
STRONG, WEAK = 2, 1 / 5
"""A penalty or a bandwidth that is so many times its default decides alone what becomes of the training."""


def advice(
    found: Metrics, config: RunConfig, name_of: Callable[[Parameter], str], history: Curves | None = None
) -> str:
    """One sentence: what went wrong, and what to change; ``name_of`` names a parameter.

    Where most of the dead latents died after a value was changed during the training, as ``history`` says, that change is
    named and nothing else; where they died before, the values from before all changes. Empty where nothing went wrong, or
    nothing is known to have been the cause.
    """
    if config.is_fitted:
        return ""
    changes = history.changes if history is not None else ()
    if 2 * found.dead > found.n_latents:
        count = "All" if found.dead == found.n_latents else f"{found.dead:,} of"
        problem = f"{count} {found.n_latents:,} latents are dead {on_inputs(found.n_train_images, registry.noun_of(config.dataset))}"
        if history is not None and (guilty := blamed(found, history)):
            return f"{problem}, {_since(found, history, guilty, name_of)}"
        cause = _Causes(found, start(config, changes), name_of)
        short = cause.too_short() if found.fvu > UNEXPLAINED and not cause.high_rate() else []
        other = short or cause.too_sparse() or cause.deaths()
        tries = cause.high_rate() + other * (not cause.rate_is_extreme)
        return f"{problem}: {', or '.join(tries)}." if tries else ""
    config = longest(config, changes, found.step)
    cause = _Causes(found, config, name_of)
    if found.fvu > UNEXPLAINED:
        problem = f"Hardly anything was learnt (FVU {found.fvu:.2f})"
        tries = cause.high_rate() or cause.too_short() or cause.too_sparse()
    elif config.arch in PENALTIES and 2 * found.l0 > found.n_latents:
        problem = f"The code is not sparse (L0 {found.l0:.1f} of {counted_latents(found.n_latents)})"
        tries = cause.too_dense()
    else:
        return ""
    return f"{problem}: {', or '.join(tries)}." if tries else ""


def smaller_batch(config: RunConfig, n_images: int) -> int:
    """A batch, a power of two, that gives an epoch :data:`STEPS_OF_EPOCH` steps or more; 0 where it has enough."""
    if math.ceil(n_images / config.batch_size) >= SHORT_EPOCH:
        return 0
    smaller = 2 ** int(math.log2(max(1, n_images / STEPS_OF_EPOCH)))
    return smaller if smaller < config.batch_size else 0


def epoch_text(config: RunConfig, n_images: int) -> str:
    """How many steps an epoch has, such as *only 1 step*."""
    steps = math.ceil(n_images / config.batch_size)
    return f"only {steps:,} step{'s' * (steps != 1)}"


def _since(
    found: Metrics, history: Curves, guilty: Sequence[Change], name_of: Callable[[Parameter], str]
) -> str:
    died = found.dead - dead_before(history, guilty[0])
    named = " and ".join(
        f"{name_of(parameter(c.name))} was changed from {value_text(c.before)} to {value_text(c.after)}"
        for c in guilty
    )
    which = "all" if died == found.dead else f"{died:,}"
    return f"{which} of them since {named} at epoch {guilty[0].epoch:.2f}: train again without this change."


class _Causes:
    """What may have been the cause; every method returns what to try, and nothing where it was another."""

    def __init__(self, found: Metrics, config: RunConfig, name_of: Callable[[Parameter], str]) -> None:
        self._found, self._config = found, config
        self._name_of = name_of
        self._rates: float = config.lr / FAMILIES[config.arch].suited["lr"]

    @property
    def rate_is_extreme(self) -> bool:
        """Whether the learning rate alone explains everything."""
        return self._rates >= HIGHEST_RATE

    def high_rate(self) -> list[str]:
        return [self._change("lower", "lr")] if self._rates >= HIGH_RATE else []

    def too_short(self) -> list[str]:
        """The weights could not get far from where they started."""
        config, steps = self._config, self._found.step
        if config.lr * self._full_steps() >= LEAST_WAY:
            return []
        tries = []
        if steps < FEW_STEPS and (smaller := smaller_batch(config, self._found.n_train_images)):
            tries.append(
                f"lower {self._named('batch_size')} to {smaller} (now {config.batch_size:,}, so that an epoch of "
                f"{self._found.n_train_images:,} {registry.noun_of(config.dataset).of(self._found.n_train_images)} is {epoch_text(config, self._found.n_train_images)})"
            )
        if steps < FEW_STEPS:
            tries.append(f"train longer (now {steps:,} step{'s' * (steps != 1)})")
        if config.warmup_steps >= steps:
            tries.append(self._change("lower", "warmup_steps"))
        if self._rates <= WEAK:
            tries.append(self._change("raise", "lr"))
        return tries

    def too_sparse(self) -> list[str]:
        """Nearly nothing may be active, so nothing is learnt, and latents die."""
        config = self._config
        tries = []
        name = PENALTIES.get(config.arch)
        if name is not None and self._times(name) > STRONG:
            tries.append(self._change("lower", name))
        if config.arch == "jumprelu" and self._times("bandwidth") > STRONG:
            # Every threshold starts there.
            tries.append(self._change("lower", "bandwidth"))
        if config.arch == "kl":
            if self._times("rho") < WEAK:
                tries.append(self._change("raise", "rho"))
            if on := [self._named(name) for name in ("pre_bias", "unit_norm") if getattr(config, name)]:
                tries.append(f"switch off {', '.join(on)}")
            if config.code == "sigmoid":
                tries.append(f"choose ReLU as {self._named('code')}")
        if config.non_negative and config.arch not in WITH_K:
            tries.append(f"switch off {self._named('non_negative')}")
        return tries

    def too_dense(self) -> list[str]:
        """The penalty did not act."""
        config = self._config
        name = PENALTIES[config.arch]
        if config.arch == "jumprelu" and self._times("bandwidth") <= WEAK:
            few = "hardly any activation is within it, so thresholds cannot move"
            return [f"{self._change('raise', 'bandwidth')}; {few}"]
        return self.too_short() * (self._times(name) > WEAK) or [self._change("raise", name)]

    def deaths(self) -> list[str]:
        """Nothing that is extreme: what else latents die of."""
        config = self._config
        tries = []
        off = [self._named(name) for name in START if not getattr(config, name)]
        if off and config.arch != "kl":
            tries.append(f"switch on {', '.join(off)}")
        if config.revival != "resample":
            tries.append("revive them by resampling")
        if not tries:
            tries.append("take fewer latents" + (" or a higher k" if config.arch in WITH_K else ""))
        return tries

    def _full_steps(self) -> float:
        """Steps at the full learning rate that would have moved the weights as far."""
        steps, warmup = self._found.step, self._config.warmup_steps
        return steps - warmup / 2 if steps > warmup else steps * (steps + 1) / (2 * max(warmup, 1))

    def _times(self, name: str) -> float:
        """A parameter, as a multiple of the value that suits the kind."""
        config = self._config
        usual = FAMILIES[config.arch].suited.get(name, parameter(name).default)
        return float(getattr(config, name) / usual)

    def _named(self, name: str) -> str:
        return self._name_of(parameter(name))

    def _change(self, verb: str, name: str) -> str:
        return f"{verb} {self._named(name)} (now {getattr(self._config, name):g})"
