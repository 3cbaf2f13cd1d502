"""The menu *View*: how tiles, curves and the window look."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

_GRID, _CURVES = ("features",), ("curves",)


def _choice(group: str, name: str, title: str, help: str, *, first: bool = False) -> ActionSpec:
    seen_in = () if group == "theme" else _GRID
    return ActionSpec(f"{group}-{name}", "View", title, help, group=group, separated=first, seen_in=seen_in)


FEATURES = (
    _choice(
        "sort", "density", "Sort by density", "Latents that are active most often come first", first=True
    ),
    _choice("sort", "index", "Sort by index", "Latents in the order of the model"),
    _choice("sort", "activation", "Sort by activation", "Latents most active on the drawing come first"),
    _choice(
        "sort", "maximum", "Sort by maximum", "Latents with the largest activation on any input come first"
    ),
    _choice("sort", "norm", "Sort by decoder norm", "Latents with the longest decoder vector come first"),
    _choice(
        "sort", "effect", "Sort by ΔMSE when ablated", "Latents without which the error grows most come first"
    ),
    _choice("sort", "purity", "Sort by class purity", "Latents that respond most to one class come first"),
    _choice("sort", "class", "Sort by one class", "Latents that respond most to the chosen class come first"),
    _choice(
        "sort", "cosine", "Sort by cosine to selected", "Latents that draw as the selected one come first"
    ),
    _choice("sort", "cluster", "Sort in clusters", "Latents that draw alike stand together"),
    _choice(
        "sort",
        "stability",
        "Sort by stability over seeds",
        "Latents that most runs with other seeds have too come first",
    ),
    _choice("show", "decoder", "Show decoders", "What each latent draws", first=True),
    _choice("show", "encoder", "Show encoders", "What each latent looks for"),
    _choice("show", "both", "Show both", "Decoder and encoder of each latent side by side"),
    _choice(
        "scale", "shared", "One shared scale", "A colour means the same weight in every tile", first=True
    ),
    _choice("scale", "tile", "Scale per tile", "Every tile uses the whole colour map"),
    ActionSpec(
        "zoom-in",
        "View",
        "Larger tiles",
        "Make the tiles of the latents larger",
        "Ctrl+=",
        separated=True,
        seen_in=_GRID,
    ),
    ActionSpec(
        "zoom-out", "View", "Smaller tiles", "Make the tiles of the latents smaller", "Ctrl+-", seen_in=_GRID
    ),
)

CURVES = (
    ActionSpec(
        "curves-log",
        "View",
        "Logarithmic curves",
        "Show loss and FVU on a logarithmic axis",
        "L",
        checkable=True,
        separated=True,
        seen_in=_CURVES,
    ),
    ActionSpec(
        "curves-reset",
        "View",
        "Whole curves",
        "Show all curves from first to last point; use it again to show only the range of this run",
        seen_in=_CURVES,
    ),
    ActionSpec(
        "curves-clear",
        "View",
        "Hide compared runs",
        "Remove the curves of the runs that this run is compared with",
        seen_in=_CURVES,
    ),
)

WINDOW = (
    _choice("theme", "system", "System theme", "Use light or dark colours as the system does", first=True),
    _choice("theme", "light", "Light theme", "Use light colours"),
    _choice("theme", "dark", "Dark theme", "Use dark colours"),
    ActionSpec(
        "reset-layout",
        "View",
        "Reset layout",
        "Move every panel back to its first place",
        icon="reset",
        separated=True,
    ),
    ActionSpec(
        "back",
        "View",
        "Back",
        "Show all panels after one was maximised, else close the newest message, else clear the selection, else the filter",
        "Esc",
    ),
)
