"""The families there are, by the name that :attr:`RunConfig.arch` gives them, and the baselines that a library fits.

A new family is a file of its own here, its name in the import below, and its ``FAMILY`` in the tuple; a new baseline is a file in
``baselines``, likewise, and one in :mod:`saegui.core.training.fits`, which fits it.
"""

from __future__ import annotations

from saegui.core.families import batch_topk, gated, jumprelu, kl, matryoshka, multi_topk, relu_l1, topk
from saegui.core.families.baselines import (
    dictionary,
    ica,
    kmeans,
    minibatch_kmeans,
    minibatch_nmf,
    nmf,
    pca,
)
from saegui.core.families.baselines.baseline import CODES, Baseline
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
"""Sparse autoencoders, in the order of the form and of the tables."""
BASELINES: dict[str, Baseline] = {
    family.name: family
    for family in (
        pca.FAMILY,
        ica.FAMILY,
        nmf.FAMILY,
        minibatch_nmf.FAMILY,
        kmeans.FAMILY,
        minibatch_kmeans.FAMILY,
        dictionary.FAMILY,
    )
}
"""What scikit-learn fits, in the same order."""
KINDS: dict[str, Family] = {**FAMILIES, **BASELINES}
"""All choices of :attr:`RunConfig.arch`."""
TRAINED = tuple(FAMILIES)
"""The kinds that are trained by gradients."""
IN_BATCHES = ("minibatch_nmf", "minibatch_kmeans", "dictionary")
"""The baselines that read a few inputs at a time."""


def using(parameter: str) -> tuple[str, ...]:
    """The names of the families that the training parameter ``parameter`` belongs to."""
    return tuple(name for name, family in KINDS.items() if parameter in family.parameters)


WITH_K = using("k")
"""Families with a parameter k."""
WITH_SEARCH = using("precision")
"""Families that search for the largest activations, and then train with the active latents only."""
SYMBOLS = {"k": "k", "rho": "ρ", CODES: "OMP"}
"""Symbols of the parameters that make codes sparse; all others are weights of a penalty, λ."""
PENALTIES = {
    name: family.parameters[0] for name, family in FAMILIES.items() if family.parameters[0] not in SYMBOLS
}
"""Of families with a penalty: the parameter that is its weight."""
