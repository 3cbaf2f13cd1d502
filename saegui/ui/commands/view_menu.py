"""How tiles, curves and the window look: the menu *View*."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec, has_snapshot


def _theme(name: str, title: str) -> ActionSpec:
    return ActionSpec(
        f"theme-{name}",
        "View",
        f"{title} theme",
        "Follow the system's light or dark setting" if name == "system" else f"Use {name} colours",
        lambda window: window.theme.choose(name),
        checked=lambda window: window.theme.name == name,
        group="theme",
        separated=name == "system",
    )


def _choice(group: str, name: str, title: str, help: str, *, first: bool = False) -> ActionSpec:
    return ActionSpec(
        f"{group}-{name}",
        "View",
        title,
        help,
        lambda window: window.set_view(group, name),
        checked=lambda window: window.view(group) == name,
        group=group,
        separated=first,
    )


ACTIONS = (
    _choice("sort", "density", "Sort by density", "Most often active first", first=True),
    _choice("sort", "index", "Sort by index", "In the model's own order"),
    _choice("sort", "activation", "Sort by activation", "Strongest on the current drawing first"),
    _choice("show", "decoder", "Show decoders", "What each latent draws", first=True),
    _choice("show", "encoder", "Show encoders", "What each latent looks for"),
    _choice("show", "both", "Show both", "Decoder beside encoder"),
    _choice("scale", "shared", "One shared scale", "Colours mean the same in every tile", first=True),
    _choice("scale", "tile", "Scale per tile", "Every tile uses the whole colour map"),
    ActionSpec(
        "zoom-in",
        "View",
        "Larger tiles",
        "Make the feature tiles larger",
        lambda w: w.features.zoom_in(),
        "Ctrl+=",
        enabled=has_snapshot,
        separated=True,
    ),
    ActionSpec(
        "zoom-out",
        "View",
        "Smaller tiles",
        "Make the feature tiles smaller",
        lambda w: w.features.zoom_out(),
        "Ctrl+-",
        enabled=has_snapshot,
    ),
    ActionSpec(
        "curves-log",
        "View",
        "Logarithmic curves",
        "Show loss and FVU on a logarithmic axis",
        lambda w: w.curves.toggle_log(),
        "L",
        separated=True,
        checked=lambda w: w.curves.log,
    ),
    ActionSpec(
        "curves-reset",
        "View",
        "Whole curves",
        "Show every curve from its first point to its last, or only as far as this run goes",
        lambda w: w.curves.reset_view(),
    ),
    ActionSpec(
        "curves-clear",
        "View",
        "Hide other runs",
        "Remove the faint curves of other runs",
        lambda w: w.curves.clear_overlays(),
        enabled=lambda w: bool(w.state.overlays),
    ),
    _theme("system", "System"),
    _theme("light", "Light"),
    _theme("dark", "Dark"),
    ActionSpec(
        "reset-layout",
        "View",
        "Reset layout",
        "Put every panel back where it was at first",
        lambda w: w.docking.reset(),
        icon="reset",
        separated=True,
    ),
)
