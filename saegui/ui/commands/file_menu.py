"""The menu *File*: figures that are saved, runs and data that are opened."""

from __future__ import annotations

from saegui.core import data
from saegui.ui.commands.spec import ActionSpec

_DATA = data.source(data.DEFAULT)

RUNS = (
    ActionSpec(
        "export-runs",
        "File",
        "Export table of runs…",
        "Save the runs that are listed, sorted and filtered as they are, as CSV, Markdown or LaTeX",
        icon="export",
    ),
    ActionSpec(
        "copy-runs",
        "File",
        "Copy table of runs",
        "Copy the runs that are listed: as a table for office programs, as Markdown for texts",
        icon="copy",
    ),
)
WINDOW = (
    ActionSpec(
        "export",
        "File",
        "Export figure…",
        "Save the figure of the current panel as PNG, SVG or PDF, with its numbers as CSV",
        "Ctrl+E",
        "export",
    ),
    ActionSpec(
        "figure-for-page",
        "File",
        "Figure for a page…",
        "Look at the figure of the current panel as it will be on paper or on a slide, and save or copy it",
        icon="picture",
    ),
    ActionSpec(
        "export-all",
        "File",
        "Export all…",
        "Choose figures of this run, their format and their page, and save them all in one folder",
        "Ctrl+Shift+E",
        "export",
    ),
    ActionSpec(
        "export-report",
        "File",
        "Export report…",
        "Save this run as one web page: figures, the whole dictionary to look through, parameters and metrics",
        icon="export",
    ),
    ActionSpec(
        "export-animation",
        "File",
        "Export animation…",
        "Save what the latents draw at every kept step of the training, as GIF, APNG, WebP or MP4",
        icon="play",
    ),
    ActionSpec(
        "copy-figure",
        "File",
        "Copy figure",
        "Copy the figure of the current panel to the clipboard",
        "Ctrl+Shift+C",
        "copy",
    ),
    *RUNS,
    ActionSpec(
        "screenshot",
        "File",
        "Save screenshot…",
        "Save a picture of the whole window",
        "Ctrl+Shift+S",
        "picture",
    ),
    ActionSpec(
        "export-model",
        "File",
        "Export model…",
        "Save the weights that are shown, with their configuration, as one file for other programs",
        icon="export",
        separated=True,
    ),
    ActionSpec(
        "import-model",
        "File",
        "Import model…",
        "Make a run of a file that holds a model",
        icon="open",
    ),
    ActionSpec(
        "open-run",
        "File",
        "Open run folder…",
        "Open a run that was trained elsewhere, for example on a server",
        "Ctrl+O",
        "folder",
        separated=True,
    ),
    ActionSpec("show-runs", "File", "Show runs folder", "Open the folder that holds the runs", icon="open"),
    ActionSpec(
        "data-sets",
        "File",
        "Data sets…",
        "See what each data set is, choose one, or add your own files",
        "Ctrl+D",
        separated=True,
    ),
    ActionSpec(
        "add-data",
        "File",
        "Add data…",
        "Use a file of yours: an array, a table, a text or a network; a folder can be dropped on the window",
        "Ctrl+Shift+D",
    ),
    ActionSpec(
        "data-folder",
        "File",
        f"Choose {_DATA.info.title} folder…",
        f"Use {_DATA.info.title} from a folder that holds {_DATA.folder}",
        icon="folder",
    ),
    ActionSpec(
        "download",
        "File",
        f"Load {_DATA.info.title}",
        f"Load {_DATA.info.title}; it is downloaded ({_DATA.info.download_text}) if it is not on this computer",
        icon="download",
    ),
    ActionSpec(
        "quit",
        "File",
        "Quit",
        "Save the training and close the window",
        "Ctrl+Q",
        "close",
        separated=True,
    ),
)
