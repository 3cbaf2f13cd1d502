"""The options of ``saegui figure`` that say where a figure will be seen."""

from __future__ import annotations

import argparse

from saegui.cli import arguments
from saegui.core.errors import ExportError
from saegui.core.figures.made_for import INKS, WIDTHS, MadeFor, for_width
from saegui.core.numbers import no_latent


def add(parser: argparse.ArgumentParser) -> None:
    """``--width`` and what belongs to it."""
    known = ", ".join(f"{name} ({millimetres:g}mm)" for name, millimetres in WIDTHS.items())
    parser.add_argument(
        "--width",
        metavar="WIDTH",
        help=f"width on the page, such as 85mm, 17cm or 3.35in, or one of {known}: the figure is laid out for it with type of at "
        "least 7 points, and its caption is beside it as .txt and .tex (default: as on the screen)",
    )
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="the run's name above the figure (default: only without --width)",
    )
    parser.add_argument(
        "--ink",
        choices=INKS,
        default=INKS[0],
        help="white is for dark slides, and leaves out the paper (default: %(default)s)",
    )
    parser.add_argument(
        "--tiles",
        metavar="N",
        type=arguments.whole_number,
        help="in figures of many latents: N of them on a page (default: as many as have room)",
    )
    parser.add_argument(
        "--latents",
        metavar="I,J,…",
        help="in figures of many latents: only these, in this order (default: all, the most often active first)",
    )
    parser.add_argument(
        "--pages",
        action="store_true",
        help="in the grids: further pages until all latents are shown, in one PDF or in numbered files",
    )


def made_for(options: argparse.Namespace, n_latents: int) -> MadeFor:
    """What the options ask for, of a model with so many latents.

    Raises:
        ExportError: one of them cannot be; it names the value and what can be.
    """
    width = None if options.width is None else for_width(options.width)
    if options.tiles == 0:
        raise ExportError("--tiles is 0; give the number of latents on a page, 1 or more.")
    return MadeFor(
        width=width,
        header=options.header if options.header is not None else width is None,
        ink=options.ink,
        tiles=options.tiles,
        latents=_latents(options.latents, n_latents),
        pages=options.pages,
    )


def _latents(text: str | None, n_latents: int) -> tuple[int, ...]:
    found = []
    for word in (text or "").replace(",", " ").split():
        if not word.isdecimal():
            raise ExportError(f"--latents is '{text}'; give the numbers of latents, such as 3,17,40.")
        if int(word) >= n_latents:
            raise ExportError(no_latent(int(word), n_latents))
        found.append(int(word))
    return tuple(found)
