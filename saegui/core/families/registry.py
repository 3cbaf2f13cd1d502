"""The families there are, by the name that :attr:`RunConfig.arch` gives them.

A new family is a file of its own here, its name in the import below, and its ``FAMILY`` in the tuple.
"""

from __future__ import annotations

from saegui.core.families import batch_topk, gated, jumprelu, kl, matryoshka, multi_topk, relu_l1, topk
from saegui.core.families.family import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        topk.FAMILY,
        batch_topk.FAMILY,
        multi_topk.FAMILY,
        matryoshka.FAMILY,
        relu_l1.FAMILY,
        kl.FAMILY,
        jumprelu.FAMILY,
        gated.FAMILY,
    )
}
"""In the order of the form and of the tables."""


def using(parameter: str) -> tuple[str, ...]:
    """The names of the families that the training parameter ``parameter`` belongs to."""
    return tuple(name for name, family in FAMILIES.items() if parameter in family.parameters)


WITH_K = using("k")
"""Families with a parameter k."""
WITH_SEARCH = using("precision")
"""Families that search for the largest activations, and then train with the active latents only."""
SYMBOLS = {"k": "k", "rho": "ρ"}
"""Symbols of the parameters that make codes sparse; all others are weights of a penalty, λ."""
PENALTIES = {
    name: family.parameters[0] for name, family in FAMILIES.items() if family.parameters[0] not in SYMBOLS
}
"""Of families with a penalty: the parameter that is its weight."""
