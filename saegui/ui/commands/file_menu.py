"""Pictures that leave the program, and data that come in: the menu *File*."""

from __future__ import annotations

from saegui.ui.commands.spec import ActionSpec, has_snapshot, idle

ACTIONS = (
    ActionSpec(
        "export",
        "File",
        "Export figure…",
        "Save the current panel as PNG, SVG or PDF, with its numbers as CSV",
        lambda w: w.exports.ask_current(),
        "Ctrl+E",
        "export",
        has_snapshot,
    ),
    ActionSpec(
        "export-all",
        "File",
        "Export all…",
        "Save every figure of this run, in a folder of its own inside the one you choose",
        lambda w: w.exports.ask_all(),
        "Ctrl+Shift+E",
        "export",
        has_snapshot,
    ),
    ActionSpec(
        "copy-figure",
        "File",
        "Copy figure",
        "Copy the current panel's figure to the clipboard",
        lambda w: w.exports.copy_current(),
        "Ctrl+Shift+C",
        "copy",
        has_snapshot,
    ),
    ActionSpec(
        "screenshot",
        "File",
        "Save screenshot…",
        "Save a picture of the whole window",
        lambda w: w.exports.ask_screenshot(),
        "Ctrl+Shift+S",
        "picture",
    ),
    ActionSpec(
        "open-run",
        "File",
        "Open run folder…",
        "Open a run that was trained elsewhere, such as on a server",
        lambda w: w.dialogs.ask_run_folder(),
        "Ctrl+O",
        "folder",
        idle,
        separated=True,
    ),
    ActionSpec(
        "show-runs",
        "File",
        "Show runs folder",
        "Open the folder in which runs are kept",
        lambda w: w.dialogs.show_runs_folder(),
        icon="open",
    ),
    ActionSpec(
        "data-folder",
        "File",
        "Choose MNIST folder…",
        "Take MNIST from a folder with its four IDX files",
        lambda w: w.banner.choose_folder(),
        icon="folder",
        enabled=idle,
        separated=True,
    ),
    ActionSpec(
        "download",
        "File",
        "Load MNIST",
        "Fetch MNIST's four files (11 MB) unless they are on this machine",
        lambda w: w.services.data.require("mnist"),
        icon="download",
        enabled=idle,
    ),
    ActionSpec(
        "quit", "File", "Quit", "Save and close", lambda w: w.close(), "Ctrl+Q", "close", separated=True
    ),
)
