"""The kinds of figures: each is one file of this folder, named here. Importing this module imports no matplotlib."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

import numpy as np

from saegui.core.errors import ExportError
from saegui.core.figures import (
    activation_histogram,
    activation_pattern,
    atoms_by_k,
    code_map,
    curves,
    dead_by_size,
    decoder_beside_encoder,
    decoder_grid,
    dendrogram,
    density_histogram,
    density_raster,
    density_scatter,
    encoder_grid,
    explained_variance_by_k,
    latent,
    latent_map,
    matches,
    mean_activation,
    mean_curves,
    monosemanticity_by_k,
    mse_by_l0,
    paper,
    percent_active,
    reconstruction,
    stability,
    summary,
    top_inputs,
)
from saegui.core.figures.base import Drawn, Kind, Subject
from saegui.core.figures.captions import caption
from saegui.core.figures.ink import whiten
from saegui.core.figures.made_for import in_mm
from saegui.core.figures.needs import NEEDS

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        decoder_grid,
        encoder_grid,
        decoder_beside_encoder,
        dendrogram,
        curves,
        reconstruction,
        activation_pattern,
        percent_active,
        density_histogram,
        activation_histogram,
        mean_activation,
        density_raster,
        density_scatter,
        latent_map,
        code_map,
        matches,
        stability,
        mse_by_l0,
        explained_variance_by_k,
        monosemanticity_by_k,
        dead_by_size,
        mean_curves,
        atoms_by_k,
        summary,
        top_inputs,
        latent,
    )
}
"""By name, in the order of menus and lists. Whoever lists the kinds reads this when the list is shown."""
OF_MANY_RUNS = tuple(name for name, kind in KINDS.items() if "runs" in kind.needs)
"""Kinds that show several runs, such as those of a sweep."""


def missing(kind: str, subject: Subject, *, given: Container[str] = ()) -> str | None:
    """Why ``kind`` cannot be drawn of ``subject`` now, and what to do: one sentence. None when it can be.

    The needs in ``given`` are not looked at: they will be there when it is drawn.

    Raises:
        ExportError: there is no such kind; the message lists those there are.
    """
    found = _kind(kind)
    for need in found.needs:
        if need not in given and (sentence := NEEDS[need](subject)):
            return f"{found.title}: {sentence}"
    sentence = found.ready(subject)
    return f"{found.title}: {sentence}" if sentence else None


def draw(kind: str, subject: Subject) -> Drawn:
    """The figure of that kind and the numbers in it. Any thread may call it.

    Raises:
        ExportError: there is no such kind, or ``subject`` lacks what it needs; the message names what that is and
            what to do.
    """
    if sentence := missing(kind, subject):
        raise ExportError(sentence)
    with paper.style(subject.made_for):
        drawn = KINDS[kind].draw(subject)
    wide, asked = drawn.figure.get_size_inches()[0] * 72, subject.made_for.width
    if asked is not None and wide > np.ceil(asked):
        raise ExportError(
            f"{KINDS[kind].title}: its words can be read from a width of {in_mm(wide)} on; choose that or a wider one."
        )
    if subject.made_for.ink == "white":
        for figure in (drawn.figure, *drawn.more):
            whiten(figure)
    return replace(drawn, caption=caption(KINDS[kind], subject))


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise ExportError(f"There is no figure '{name}'; choose one of {', '.join(KINDS)}.")
    return KINDS[name]
