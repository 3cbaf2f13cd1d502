"""The menu *Analyse*: latents, and snapshots of the training."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

SELECTION = ("features", "active", "latent")
"""The panels that show which latent is selected."""

FEATURES = (
    ActionSpec(
        "go-to",
        "Analyse",
        "Go to latent…",
        "Type the number of a latent",
        "Ctrl+G",
        "search",
        seen_in=("features",),
    ),
    ActionSpec(
        "next-latent",
        "Analyse",
        "Next latent",
        "Select the next tile",
        "Ctrl+Right",
        "next",
        seen_in=SELECTION,
    ),
    ActionSpec(
        "previous-latent",
        "Analyse",
        "Previous latent",
        "Select the previous tile",
        "Ctrl+Left",
        "previous",
        seen_in=SELECTION,
    ),
    ActionSpec("deselect", "Analyse", "Clear selection", "Select no latent", seen_in=SELECTION),
    ActionSpec(
        "first-step",
        "Analyse",
        "Start of training",
        "Show the weights before the first step",
        "Alt+Home",
        "first",
        separated=True,
    ),
    ActionSpec(
        "previous-step",
        "Analyse",
        "Earlier in training",
        "Show the previous snapshot",
        "Alt+Left",
        "previous",
    ),
    ActionSpec("next-step", "Analyse", "Later in training", "Show the next snapshot", "Alt+Right", "next"),
    ActionSpec("last-step", "Analyse", "End of training", "Show the newest weights", "Alt+End", "last"),
)
