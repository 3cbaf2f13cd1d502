"""Which latents are shown: those that pass a filter of several parts, and which of its parts hides the most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saegui.core.analysis.latent_order import Mask
from saegui.core.arrays import Array
from saegui.core.numbers import latent_name

Kind = Literal["alive", "rare", "dense", "dead"]
"""What a latent is by its density."""
RARE = 0.01
"""A latent that is active on fewer images than this share, and not dead, is rare."""
DENSE = 0.5
"""A latent that is active on more images than this share is dense."""


@dataclass(frozen=True)
class Family:
    """Latents that are often active together; see :func:`saegui.core.analysis.coactivation.families`."""

    latent: int
    """The one whose family it is."""
    members: frozenset[int]

    @property
    def name(self) -> str:
        """Such as ``family of #12``."""
        return f"family of {latent_name(self.latent)}"


@dataclass(frozen=True)
class LatentFilter:
    """What latents must be to be shown. Parts that say nothing let every latent pass."""

    kinds: frozenset[Kind] = frozenset()
    """One of these, if there are any."""
    starred: bool = False
    on: bool = False
    """Active on the drawing."""
    least: float = 0.0
    """Density, included; 0 for no lower limit, which the dead pass too."""
    most: float = 1.0
    """Density, included."""
    label: int | None = None
    """The class to which the latent responds most."""
    text: str = ""
    """Part of its label, in small or capital letters."""
    latents: frozenset[int] | None = None
    """Those that were encircled on the map."""
    family: Family | None = None
    """Its members; they stay the same while other weights of the run are shown."""

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = LatentFilter()


@dataclass(frozen=True, eq=False)
class LatentFacts:
    """What a filter asks of F latents; None where it is not known, which then hides nothing."""

    density: NDArray[np.float32]
    """(F,)"""
    dead: Mask
    """(F,)"""
    z: Array | None = None
    """(F,): activations on the drawing; where there is no drawing no latent is active."""
    class_shares: NDArray[np.float32] | None = None
    """(F, C): each class's share in the mean activations."""
    starred: frozenset[int] = frozenset()
    labels: Mapping[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """F."""
        return len(self.density)


def of_kind(kind: Kind, facts: LatentFacts) -> Mask:
    """``(F,)``: latents that are alive, rare, dense or dead."""
    found: dict[Kind, Mask] = {
        "alive": ~facts.dead,
        "rare": ~facts.dead & (facts.density < RARE),
        "dense": facts.density > DENSE,
        "dead": facts.dead,
    }
    return found[kind]


def parts(wanted: LatentFilter, facts: LatentFacts) -> dict[str, Mask]:
    """For each part that hides anything in principle, in the words of the window: ``(F,)``, the latents that pass it."""
    found: dict[str, Mask] = {}
    if wanted.kinds:
        found[" / ".join(kind for kind in _KINDS if kind in wanted.kinds)] = np.logical_or.reduce(
            [of_kind(kind, facts) for kind in wanted.kinds]
        )
    if wanted.starred:
        found["starred"] = _those(facts.starred, facts.count)
    if wanted.on:
        found["on now"] = facts.z != 0 if facts.z is not None else np.zeros(facts.count, np.bool_)
    if (wanted.least, wanted.most) != (0.0, 1.0):
        found["density"] = (facts.density >= wanted.least) & (facts.density <= wanted.most)
    shares = facts.class_shares
    if wanted.label is not None and shares is not None and wanted.label < shares.shape[1]:
        found["class"] = (shares.argmax(axis=1) == wanted.label) & (shares.max(axis=1) > 0)
    if sought := wanted.text.strip().casefold():
        found["label"] = _those(
            {latent for latent, label in facts.labels.items() if sought in label.casefold()}, facts.count
        )
    if wanted.latents is not None:
        found["on the map"] = _those(wanted.latents, facts.count)
    if wanted.family is not None:
        found["family"] = _those(wanted.family.members, facts.count)
    return found


def passing(wanted: LatentFilter, facts: LatentFacts) -> Mask:
    """``(F,)``: the latents that pass every part."""
    return _all(parts(wanted, facts).values(), facts.count)


def in_the_way(wanted: LatentFilter, facts: LatentFacts) -> tuple[str, int] | None:
    """Where nothing passes: the one part without which the most latents would, and how many; None where no single one helps."""
    found = parts(wanted, facts)
    without = {
        name: int(_all((mask for other, mask in found.items() if other != name), facts.count).sum())
        for name in found
    }
    best = max(without, key=lambda name: without[name], default=None)
    return (best, without[best]) if best is not None and without[best] else None


def loosened(wanted: LatentFilter, part: str) -> LatentFilter:
    """The filter without one part, by its name in :func:`parts`."""
    changes: dict[str, dict[str, object]] = {
        "starred": {"starred": False},
        "on now": {"on": False},
        "density": {"least": 0.0, "most": 1.0},
        "class": {"label": None},
        "label": {"text": ""},
        "on the map": {"latents": None},
        "family": {"family": None},
    }
    return replace(wanted, **changes.get(part, {"kinds": frozenset()}))  # type: ignore[arg-type]


_KINDS: tuple[Kind, ...] = ("alive", "rare", "dense", "dead")


def _all(masks: Iterable[Mask], count: int) -> Mask:
    passed = np.ones(count, np.bool_)
    for mask in masks:
        passed &= mask
    return passed


def _those(latents: frozenset[int] | set[int], count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    mask[[latent for latent in latents if latent < count]] = True
    return mask
