"""What can be chosen in the features panel, in words, and how it is remembered."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from saegui.app.settings import Setting, choice
from saegui.core.analysis.latent_order import Sort
from saegui.core.data.noun import Noun
from saegui.ui.panels.features.tile_rows import GridShow
from saegui.ui.widgets.weight_scales import GridScale

SORTS: dict[Sort, tuple[str, str]] = {
    "density": ("Density", "Latents that are active most often come first"),
    "index": ("Index", "Latents in the order of the model"),
    "activation": ("Activation", "Latents most active on the drawing come first"),
    "maximum": ("Maximum", "Latents with the largest activation on any training input come first"),
    "norm": ("Norm", "Latents with the longest decoder vector come first"),
    "effect": (
        "ΔMSE",
        "Latents that the reconstruction needs most come first: how much MSE on the test inputs grows when their activation is set to 0",
    ),
    "purity": (
        "Purity",
        "Latents that respond most to a single class come first: the largest share of one class in their mean activations",
    ),
    "class": (
        "Class",
        "Latents that respond most to the chosen class come first: its share in their mean activations",
    ),
    "cosine": (
        "Cosine",
        "Latents that draw what the selected one draws come first: the cosine of their decoders",
    ),
    "cluster": (
        "Cluster",
        "Latents that draw alike stand together: average linkage on 1 − cosine of their decoders",
    ),
    "stability": (
        "Stability",
        "Latents that most runs with other seeds have too come first: runs that differ in the seed alone, and the cosine of the "
        "decoders from which a latent counts as found again in Compare",
    ),
}
SHOWS: dict[str, tuple[str, str]] = {
    "decoder": ("Decoder", "What each latent draws"),
    "encoder": ("Encoder", "What each latent looks for"),
    "both": ("Both", "The decoder of each latent and, to its right, its encoder"),
}
SCALES: dict[str, tuple[str, str]] = {
    "shared": ("Shared", "A colour means the same weight in every tile"),
    "tile": ("Per tile", "Every tile uses the whole colour map: its largest weight has the strongest colour"),
}


def explain_sorts(box: QComboBox, noun: Noun) -> None:
    """Make ``box`` offer :data:`SORTS`, explained in the words of the data."""
    for place, (value, (word, tip)) in enumerate(SORTS.items()):
        if place == box.count():
            box.addItem(word, value)
        box.setItemData(place, noun.instead_of_input(tip), Qt.ItemDataRole.ToolTipRole)


def _side(text: str) -> int | None:
    if text and not (text.isdecimal() and int(text) > 0):
        raise ValueError(f"a tile's side is {text!r}; it is a whole number above 0, or nothing")
    return int(text) if text else None


SORT: Setting[Sort] = choice("grid/sort", "density", get_args(Sort))
SHOW: Setting[GridShow] = choice("grid/show", "decoder", get_args(GridShow))
SCALE: Setting[GridScale] = choice("grid/scale", "shared", get_args(GridScale))
SIDE: Setting[int | None] = Setting("grid/side", None, _side, lambda side: "" if side is None else str(side))
"""px of a tile; None where tiles fill the room there is."""
