"""Runs on disk: a folder each, written so that a training killed at any moment leaves one that opens.

``run.json``            name, configuration, status, position, final metrics
``history.npz``         the curves
``weights.safetensors`` the latest snapshot
``resume.safetensors``  what is needed to resume the training; none when it is finished
``training.lock``       held by whoever trains it
``snapshots/``          earlier snapshots, ``step-000000470.safetensors``
``.saving.….tmp/``      files of the next save, until all of them are whole
``.saved/``             those of a whole save, until all of them are moved: :mod:`saegui.core.runs.journal`
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import saegui
from saegui.core import data, strokes
from saegui.core.arrays import Shape, checked_shape
from saegui.core.config.run_names import differences, preset_title
from saegui.core.config.schema import RunConfig, from_file
from saegui.core.data import Origin, added
from saegui.core.errors import ConfigError, RunError, reason
from saegui.core.files import locks, paths, refusals
from saegui.core.model import snapshot_file
from saegui.core.model.snapshot import Snapshot
from saegui.core.runs import journal, resume_state
from saegui.core.runs.history import History

if TYPE_CHECKING:
    from saegui.core.analysis.metrics import Metrics

_FORMAT = "saegui run"
VERSION = 1
FORMER_SHAPE: Shape = strokes.IMAGE_SHAPE
"""Of one input in runs that do not say theirs: before shapes were saved every data set had the shape of a drawing."""
STARTER_NAME = "starter"
"""The name of the run that comes with saegui, wherever the command line asks for a run."""
LONGEST_NAME = 120
"""Characters of a name that a user gives a run: more fit into no list, legend or title."""
LONGEST_NOTE = 2000
"""Characters."""
STARTER_PATH = paths.resource(STARTER_NAME)
"""Its folder."""
RUN, HISTORY, WEIGHTS = journal.DESCRIPTION, "history.npz", "weights.safetensors"
_LISTED = 8
"""Runs that a message names."""

Status = Literal["training", "finished", "stopped", "diverged"]
STATUS_TEXT: dict[Status, str] = {
    "training": "unfinished",
    "finished": "finished",
    "stopped": "stopped",
    "diverged": "diverged",
}


@dataclass(frozen=True)
class Run:
    """What ``run.json`` says; weights and curves are read when asked for."""

    path: Path
    name: str
    config: RunConfig
    created: str
    status: Status
    step: int
    epoch: float
    metrics: dict[str, float | int | str | None] = field(default_factory=dict)
    """The measurement at the end (:class:`saegui.core.analysis.metrics.Metrics`); empty before."""
    shape: Shape = FORMER_SHAPE
    """Shape of one input."""
    origin: Origin | None = None
    """Where its images came from last; None where the file does not say."""
    preset: str | None = None
    """The preset that its configuration began with; None for none, and in runs from before presets were recorded."""
    seconds: float | None = None
    """How long it was trained; None where the file does not say."""
    way: str | None = None
    """How its steps were computed, as :mod:`saegui.core.training.ways` names it; None where the file does not say."""
    note: str = ""
    """What the user wrote about it, one line."""

    @property
    def preset_title(self) -> str:
        """``modern``, or ``modern, changed``: see :func:`saegui.core.config.run_names.preset_title`."""
        return preset_title(self.config.model_dump(), self.preset)

    def latest(self) -> Snapshot:
        """The newest snapshot; raises :class:`RunError` when it cannot be read."""
        return snapshot_file.load(journal.newest(self.path, WEIGHTS))

    def history(self) -> History:
        """The curves; raises :class:`RunError` when they cannot be read."""
        return History.load(journal.newest(self.path, HISTORY))

    def steps(self) -> list[int]:
        """Steps of which a snapshot is kept, ascending, the latest included."""
        kept = set(kept_steps(self.path))
        # Read from the file: a training that continues, or was killed while it saved, is ahead of this object.
        latest = self._latest_step()
        return sorted(kept if latest is None else kept | {latest})

    def _latest_step(self) -> int | None:
        return snapshot_file.step_of(journal.newest(self.path, WEIGHTS))

    def at(self, step: int) -> Snapshot:
        """The snapshot of ``step``, one of :meth:`steps`; raises :class:`RunError` when it cannot be read."""
        path = snapshot_path(self.path, step)
        # The newest is kept in half precision, too.
        if path.exists() and self._latest_step() != step:
            return snapshot_file.load(path)
        found = self.latest()
        if found.step != step:
            raise RunError(
                f"{self.path} has no snapshot of step {step:,}; the latest is of step {found.step:,}: "
                "choose another step."
            )
        return found

    def densities_at(self, step: int) -> snapshot_file.DensityAt:
        """How often each latent was active at ``step``, one of :meth:`steps`; raises :class:`RunError` when it cannot be read."""
        path = snapshot_path(self.path, step)
        if not path.exists() or self._latest_step() == step:
            path = journal.newest(self.path, WEIGHTS)
        return snapshot_file.density_of(path, self.config)

    @property
    def data_title(self) -> str:
        """What the images are called on which it was trained."""
        return self.origin.title if self.origin is not None else data.title_of(self.config.dataset)

    @property
    def can_resume(self) -> bool:
        """Whether its training was interrupted and can be resumed, or is under way: see :attr:`is_being_trained`."""
        return self.status in ("training", "stopped") and resume_state.exists(self.path)

    @property
    def is_being_trained(self) -> bool:
        """Whether it is being trained now, by this program or another."""
        try:
            locks.check_free(self.path)
        except RunError:
            return True
        except OSError:
            # The error is reported when somebody tries to resume its training.
            return False
        return False

    @property
    def status_text(self) -> str:
        """Its status in a word; ``training`` only while it is really being trained."""
        return "training" if self.status == "training" and self.is_being_trained else STATUS_TEXT[self.status]

    def check_can_resume(self) -> None:
        """Raises :class:`RunError`, which says why, where :attr:`can_resume` is false."""
        if self.status not in ("training", "stopped"):
            ended = "has diverged" if self.status == "diverged" else "is finished"
            raise RunError(f"{self.path} {ended}, so its training cannot be resumed; train a new run.")
        if self.config.is_fitted:
            raise RunError(
                f"{self.path} is a fit by scikit-learn, which cannot be resumed; train a new run. This one still opens."
            )
        if not resume_state.exists(self.path):
            raise RunError(
                f"{self.path} has no {resume_state.NAME}, so its training cannot be resumed; train a new run. This one still opens."
            )


@dataclass(frozen=True)
class BrokenRun:
    """A folder that should hold a run and cannot be opened."""

    path: Path
    reason: str

    @property
    def name(self) -> str:
        """The folder's name: all that is known."""
        return self.path.name


def open_run(path: Path) -> Run:
    """Read ``path/run.json``. What a killed process had saved and not put into its place yet is put there first.

    Raises:
        RunError: names the folder and what is wrong: missing, not a run, damaged, or of a newer saegui.
    """
    journal.recover(path)
    file = journal.newest(path, RUN)
    try:
        if not path.is_dir():
            raise RunError(f"There is no run at {path}; choose another, or one that 'saegui runs' lists.")
        found = json.loads(paths.read_text(file))
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise RunError(f"{path} is not a run of saegui; choose the folder of a run that saegui trained.")
        if found["version"] > VERSION:
            raise RunError(
                f"{path} was written by a newer saegui ({found.get('saegui')}); update saegui to open it."
            )
        if found["status"] not in get_args(Status):
            raise ValueError(f"status is {found['status']!r}")
        step, epoch = snapshot_file.position(found["step"], found["epoch"])
        return Run(
            path=path,
            name=printable(str(found["name"])),
            config=from_file(found["config"]),
            created=str(found["created"]),
            status=found["status"],
            step=step,
            epoch=epoch,
            metrics=dict(found["metrics"]),
            shape=checked_shape(found.get("shape", FORMER_SHAPE)),
            origin=_origin(found.get("data")),
            preset=_preset(found.get("preset")),
            seconds=_seconds(found.get("seconds")),
            way=_way(found.get("way")),
            note=printable(str(found.get("note") or "")),
        )
    except FileNotFoundError as error:
        raise _no_run(path) from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, ConfigError) as error:
        raise RunError(
            f"{file} cannot be read ({reason(error)}); put the file back from a copy, or delete the run."
        ) from error


def as_dict(origin: Origin) -> dict[str, Any]:
    """``origin`` as ``run.json`` keeps it."""
    folder = None if origin.folder is None else str(origin.folder)
    known: dict[str, Any] = {"title": origin.title, "folder": folder, "checksum": origin.checksum}
    return known if origin.added is None else {**known, "added": added.as_dict(origin.added)}


def _way(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _seconds(found: object) -> float | None:
    known = isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < math.inf
    return float(found) if known and isinstance(found, int | float) else None


def _origin(found: object) -> Origin | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise ValueError(f"data is {found!r}")
    title, folder, checksum = (found[name] for name in ("title", "folder", "checksum"))
    if not isinstance(title, str) or not isinstance(checksum, str):
        raise ValueError(f"data is {found!r}")
    if folder is not None and (not isinstance(folder, str) or not folder or "\0" in folder):
        raise ValueError(f"the folder of its data is {folder!r}")
    kept = found.get("added")
    return Origin(
        printable(title),
        None if folder is None else Path(folder),
        checksum,
        None if kept is None else added.from_dict(kept),
    )


def _preset(found: object) -> str | None:
    if found is None:
        return None
    if not isinstance(found, str) or not printable(found):
        raise ValueError(f"preset is {found!r}")
    return printable(found)


def printable(name: str) -> str:
    """``name`` on one line, without control characters of a terminal and of the direction of writing."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())


def _no_run(path: Path) -> RunError:
    try:
        names = [child.name for child in inside(path)]
    except OSError:
        # A folder that cannot be listed: there are no names to show.
        names = []
    if not names and (path / locks.NAME).exists():
        return RunError(
            f"{path} holds no run.json, because its training ended before its first save; delete it."
        )
    if not names:
        return RunError(f"{path} holds no run.json; choose the folder of a run that saegui trained.")
    listed = ", ".join(names[:_LISTED]) + (", …" if names[_LISTED:] else "")
    return RunError(f"{path} is a folder of runs; choose one of them: {listed}.")


def is_run(path: Path) -> bool:
    """Whether ``path`` looks like a run, even a broken one; False for a folder that may not be read."""
    try:
        return (path / RUN).is_file() or (path / journal.SAVED / RUN).is_file()
    except OSError:
        return False


def inside(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are runs, by their name; raises :class:`OSError` where it cannot be listed."""
    return [child for child in sorted(folder.iterdir()) if child.name[0] != "." and is_run(child)]


def starter_run() -> Run:
    """The trained run that comes with the program."""
    return open_run(STARTER_PATH)


def rename_run(run: Run, name: str) -> Run:
    """Give the run another name; the folder stays where it is.

    Raises:
        RunError: for an empty name, one that is too long, or the starter run's, or when ``run.json`` cannot be read or written.
    """
    name = printable(name)
    if not name:
        raise RunError("A run's name cannot be empty; type at least one letter.")
    if len(name) > LONGEST_NAME:
        raise RunError(
            f"A run's name can have at most {LONGEST_NAME} characters, and '{name[:20]}…' has {len(name):,}; type a shorter one."
        )
    if name == STARTER_NAME:
        raise RunError(f"'{name}' is the run that comes with saegui; choose another name.")
    with locks.changing(run.path):
        # The file may be newer than ``run``: its training may have continued, or been measured.
        renamed = replace(open_run(run.path), name=name)
        write(renamed)
    return renamed


def note_run(run: Run, note: str) -> Run:
    """Keep a line of text with the run; an empty one takes the note away.

    Raises:
        RunError: the note is too long, the run is the starter run, or ``run.json`` cannot be read or written.
    """
    note = printable(note)
    if len(note) > LONGEST_NOTE:
        raise RunError(
            f"A note can have at most {LONGEST_NOTE:,} characters, and this one has {len(note):,}; shorten it."
        )
    if run.path == STARTER_PATH:
        raise RunError(
            "The starter run belongs to the program and cannot have a note; train a run of your own."
        )
    with locks.changing(run.path):
        noted = replace(open_run(run.path), note=note)
        write(noted)
    return noted


def save_metrics(path: Path, found: Metrics) -> Run:
    """Write the measurement of the run in ``path``, which ended without one; returns it as it is then.

    Raises:
        RunError: when ``run.json`` cannot be read or written, or the run is at another step by now.
    """
    with locks.changing(path):
        run = open_run(path)
        if run.status == "training" or run.step != found.step:
            raise RunError(
                f"{path} was trained further while it was measured; measure it again when the training has ended."
            )
        measured = replace(run, metrics=found.to_dict())
        write(measured)
    return measured


_SNAPSHOT = re.compile(r"step-(\d{9})\.safetensors")


def snapshot_path(run: Path, step: int) -> Path:
    """Where the folder ``run`` keeps its snapshot of ``step``."""
    return run / "snapshots" / f"step-{step:09d}.safetensors"


def kept_steps(run: Path) -> list[int]:
    """Steps of which a file lies in the folder's ``snapshots/``, ascending."""
    folder = run / "snapshots"
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(int(match[1]) for file in files if (match := _SNAPSHOT.fullmatch(file.name)))


def write(run: Run) -> None:
    """Write ``run.json``; raises :class:`RunError` where that cannot be done."""
    try:
        write_into(run.path, run)
    except OSError as error:
        raise unwritable(run.path, error) from error


def write_into(folder: Path, run: Run, *, staged: bool = False) -> None:
    """Write the ``run.json`` of ``run`` into ``folder``, ``staged`` as in :func:`paths.replacing`; raises ``OSError``."""
    content = {
        "format": _FORMAT,
        "version": VERSION,
        "saegui": saegui.__version__,
        "name": run.name,
        "created": run.created,
        "status": run.status,
        "step": run.step,
        "epoch": run.epoch,
        "shape": run.shape,
        "data": None if run.origin is None else as_dict(run.origin),
        "preset": run.preset,
        "changed": differences(run.config.model_dump(), run.preset) if run.preset else [],
        "config": run.config.model_dump(),
        "metrics": run.metrics,
        "seconds": run.seconds,
        "way": run.way,
        **({"note": run.note} if run.note else {}),
    }
    paths.write_text(folder / RUN, json.dumps(content, indent=2) + "\n", staged=staged)


def unwritable(path: Path, error: OSError) -> RunError:
    """The error to raise when ``path`` cannot be written."""
    return RunError(refusals.unwritable(path, error))
