"""The menu *Analyse*: latents, and snapshots of the training."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

SELECTION = ("features", "map", "active", "latent")
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
    ActionSpec(
        "latent-back",
        "Analyse",
        "Back to latent before",
        "Select the latent that was selected before this one",
        "Alt+Left",
        seen_in=SELECTION,
    ),
    ActionSpec(
        "latent-forward",
        "Analyse",
        "Forward to latent after",
        "Select the latent that was selected after this one, before you went back",
        "Alt+Right",
        seen_in=SELECTION,
    ),
    ActionSpec(
        "filter",
        "Analyse",
        "Filter latents…",
        "Show only some latents: by density, star, class or label",
        "Ctrl+F",
        seen_in=("features",),
    ),
    ActionSpec("clear-filter", "Analyse", "Clear filter", "Show all latents", seen_in=("features",)),
    ActionSpec(
        "star-latent",
        "Analyse",
        "Star latent",
        "Mark the selected latent with a star, or take the star away; it is kept with the run",
        "S",
        "star",
        separated=True,
        seen_in=SELECTION,
    ),
    ActionSpec(
        "label-latent",
        "Analyse",
        "Label latent…",
        "Type what the selected latent stands for; the label is kept with the run",
        "N",
        "rename",
        seen_in=SELECTION,
    ),
    ActionSpec(
        "pin-latent",
        "Analyse",
        "Pin latent",
        "Compare the selected latent with others above the tiles, or take it away from there (Ctrl and a click)",
        seen_in=("features",),
    ),
    ActionSpec(
        "clear-pins",
        "Analyse",
        "Remove all pins",
        "Compare no latents above the tiles",
        seen_in=("features",),
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
        "Alt+PgUp",
        "previous",
    ),
    ActionSpec(
        "play-training",
        "Analyse",
        "Play training",
        "Show one kept step of the training after the other, or stop doing so",
        "Alt+P",
        "play",
        seen_in=("features",),
    ),
    ActionSpec("next-step", "Analyse", "Later in training", "Show the next snapshot", "Alt+PgDown", "next"),
    ActionSpec("last-step", "Analyse", "End of training", "Show the newest weights", "Alt+End", "last"),
)

LATENT = (
    ActionSpec(
        "show-latent",
        "Analyse",
        "Show examples",
        "Open the panel Latent, with the training inputs that activate the selected latent",
        icon="search",
        separated=True,
    ),
    ActionSpec(
        "copy-latent",
        "Analyse",
        "Copy picture of latent",
        "Copy what the selected latent draws to the clipboard, as a picture",
        icon="copy",
    ),
    ActionSpec(
        "export-latent",
        "Analyse",
        "Export figure of latent…",
        "Save the figure of the selected latent, with its numbers as CSV",
        icon="export",
    ),
    ActionSpec(
        "draw-example",
        "Analyse",
        "Use example as drawing",
        "Encode the example that was pointed at last",
        icon="picture",
        separated=True,
    ),
    ActionSpec(
        "copy-example",
        "Analyse",
        "Copy example",
        "Copy the example that was pointed at last to the clipboard, as a picture",
        icon="copy",
    ),
)

ACTIVE = (
    ActionSpec(
        "steer-latent",
        "Analyse",
        "Steer latent",
        "Give the selected latent a bar in Active latents that can be dragged",
        separated=True,
        seen_in=SELECTION,
    ),
    ActionSpec(
        "ablate-latent",
        "Analyse",
        "Switch latent off",
        "Set the selected latent to 0 on this input, or let the input decide again",
        seen_in=SELECTION,
    ),
    ActionSpec(
        "reset-steering",
        "Analyse",
        "Reset steering",
        "Let the input decide about all latents that are set by hand",
        seen_in=("active", "draw"),
    ),
    ActionSpec(
        "steer-all",
        "Analyse",
        "Steer all test inputs",
        "Set the same latents in every input of the test part, and see what changes",
        seen_in=("active", "draw"),
    ),
)

COMPARE = (
    ActionSpec(
        "keep-input",
        "Analyse",
        "Keep input for comparison",
        "Keep this input: the next ones are shown beside it in Active latents, with how their codes differ",
        "K",
        separated=True,
        seen_in=("active", "draw"),
    ),
    ActionSpec(
        "keep-near",
        "Analyse",
        "Compare with nearest",
        "Keep the nearest training input that was pointed at last, and compare this input with it",
        seen_in=("active",),
    ),
    ActionSpec(
        "end-comparison",
        "Analyse",
        "End comparison of inputs",
        "Forget the input that was kept",
        seen_in=("active",),
    ),
)

OF_LATENT = (
    "star-latent",
    "label-latent",
    "pin-latent",
    "",
    "show-latent",
    "copy-latent",
    "export-latent",
    "",
    "steer-latent",
    "ablate-latent",
    "",
    "export",
    "copy-figure",
    "",
    "deselect",
)
"""What the right button offers on a latent, wherever it is shown."""

OF_EXAMPLE = ("draw-example", "copy-example", "", "export-latent")
"""And on an example of one."""
