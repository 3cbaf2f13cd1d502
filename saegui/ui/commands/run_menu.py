"""The menu *Run*: trainings, and the runs that they leave."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec

TRAIN = (
    ActionSpec(
        "train",
        "Run",
        "Train",
        "Train with the settings in the train panel, or resume after a pause",
        "Ctrl+Return",
        "play",
    ),
    ActionSpec("pause", "Run", "Pause", "Pause after the current step", "Ctrl+.", "pause"),
    ActionSpec("step", "Run", "Train one step", "Train on one batch of inputs, then pause", "F10", "step"),
    ActionSpec(
        "step-epoch",
        "Run",
        "Train to end of epoch",
        "Train to the end of the current epoch, then pause",
        "F11",
        "step-epoch",
    ),
    ActionSpec("stop", "Run", "Stop", "End the training and save the run as it is", "Shift+F5", "stop"),
    ActionSpec(
        "resume",
        "Run",
        "Resume training",
        "Continue the training of the current run, if it was stopped or interrupted, until it is complete",
        icon="play",
        separated=True,
    ),
    ActionSpec(
        "train-new-run",
        "Run",
        "Train as a new run",
        "Start a new training with the settings in the train panel, whichever run is open",
    ),
)

VARY = ActionSpec(
    "vary",
    "Run",
    "Vary…",
    "Train a run for each of several values of any parameter, and compare them in Sweep",
    "Ctrl+Shift+Return",
    "curves",
)

WINDOW = (
    VARY,
    ActionSpec(
        "pause-sweep", "Run", "Pause sweep", "Pause the sweep that is trained, or continue it", icon="pause"
    ),
    ActionSpec(
        "stop-sweep",
        "Run",
        "Stop sweep",
        "End the sweep that is trained; its complete runs are kept, and Resume in Sweep trains the others",
        icon="stop",
    ),
    ActionSpec(
        "starter",
        "Run",
        "Open the starter run",
        "Open the trained run that comes with the program",
        icon="star",
        separated=True,
    ),
    ActionSpec(
        "use-settings",
        "Run",
        "Use this run's settings",
        "Copy the settings of the current run into the train panel",
        icon="settings",
    ),
    ActionSpec("rename-run", "Run", "Rename run…", "Change the name of the current run", icon="rename"),
    ActionSpec(
        "delete-run",
        "Run",
        "Delete run",
        "Delete the current run; you can undo this until the window closes",
        icon="delete",
    ),
)
