"""The menu *Analyse*: latents, and snapshots of the training."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

FEATURES = (
    ActionSpec("go-to", "Analyse", "Go to latent…", "Type the number of a latent", "Ctrl+G", "search"),
    ActionSpec("next-latent", "Analyse", "Next latent", "Select the next tile", "Ctrl+Right", "next"),
    ActionSpec(
        "previous-latent", "Analyse", "Previous latent", "Select the previous tile", "Ctrl+Left", "previous"
    ),
    ActionSpec("deselect", "Analyse", "Clear selection", "Select no latent", "Esc"),
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
