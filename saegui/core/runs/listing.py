"""Lists the runs of a folder one after the other, and reads again only those that have changed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from saegui.core.errors import RunError, reason
from saegui.core.files import leftovers, locks, refusals
from saegui.core.files.paths import read_text
from saegui.core.model import snapshot_file
from saegui.core.runs import journal
from saegui.core.runs.run import RUN, WEIGHTS, BrokenRun, Run, is_run, open_run, printable

SWEEP = "sweep.toml"
"""The file in the folder of a sweep that describes it."""
Stamp = tuple[int, ...]
"""Numbers that differ when a run was saved again."""


class Listed(NamedTuple):
    """A run as it was when it was listed."""

    run: Run | BrokenRun
    stamp: Stamp


Known = Mapping[Path, Listed]


class Look:
    """Every run in a folder, those whose folders' names come last first: names begin with the time of the training.

    Runs that were trained together, in a folder inside it, are listed too, and broken ones with the reason; a sweep of which
    nothing is trained yet is no broken run. A run that has not changed since it was ``known`` is not read again.
    """

    def __init__(self, folder: Path, known: Known | None = None, *, others: bool = True) -> None:
        """Without ``others`` what has no ``run.json`` is left out: it may be anything.

        Raises:
            RunError: the folder cannot be listed. One that does not exist holds no runs.
        """
        self._known, self._others = known or {}, others
        self._children = _children(folder)

    def __len__(self) -> int:
        """Folders to look into: about as many as there are runs."""
        return len(self._children)

    def __iter__(self) -> Iterator[Listed]:
        for child in self._children:
            if _was_begun(child):
                paths = [child]
            elif self._others:
                paths = sorted(_inside(child), reverse=True) or [child] * (not _is_sweep(child))
            else:
                continue
            for path in paths:
                if (found := look_at(path, self._known)) is not None:
                    yield found


def look_at(path: Path, known: Known | None = None) -> Listed | None:
    """The run in ``path``; None where there is no folder any more, because somebody removed it meanwhile.

    What a process left in it that was killed while it saved is put into its place where it was whole, and removed where not.
    """
    journal.recover(path)
    stamp = _stamp(path)
    if known is not None and (before := known.get(path)) is not None and before.stamp == stamp:
        return before
    leftovers.sweep(path)
    run: Run | BrokenRun
    try:
        run = open_run(path)
        snapshot_file.check_header(journal.newest(path, WEIGHTS), run.config)
    except RunError as error:
        if not path.exists():
            return None
        run = BrokenRun(path, str(error))
    return Listed(run, stamp)


def names(folder: Path) -> set[str]:
    """The names of the runs in ``folder``, of which nothing else is read; raises :class:`RunError` as :class:`Look` does."""
    found = set()
    for child in _children(folder):
        for path in [child] if _was_begun(child) else _inside(child):
            # What cannot be read has no name that another run could have too.
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                found.add(printable(json.loads(read_text(journal.newest(path, RUN)))["name"]))
    return found


def newest_first(found: Iterable[Run | BrokenRun]) -> list[Run | BrokenRun]:
    """Sorted by when their trainings began, and by folder where they began together; broken runs last."""
    by_date = groupby(sorted(found, key=_created, reverse=True), _created)
    return [run for _, together in by_date for run in _by_folder(list(together))]


def _created(run: Run | BrokenRun) -> str:
    return run.created if isinstance(run, Run) else ""


def _by_folder(runs: list[Run | BrokenRun]) -> list[Run | BrokenRun]:
    return sorted(runs, key=lambda run: _natural(run.path.name)) if runs[1:] else runs


def _natural(name: str) -> list[tuple[float, str]]:
    """A key by which ``k-5`` comes before ``k-10``, and ``lr-0.001`` before ``lr-1``."""
    pieces = re.split(r"(\d+(?:\.\d+)?)", name)
    return [(float(piece), "") if place % 2 else (-1.0, piece) for place, piece in enumerate(pieces)]


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name[0] != "." and entry.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        advice = refusals.remedy(error) or "check its permissions"
        raise RunError(f"{folder} cannot be listed ({reason(error)}); {advice}.") from error
    return [folder / name for name in sorted(names, reverse=True)]


def _inside(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.name[0] != "." and _was_begun(child)]
    except OSError:
        # The folder itself is listed, with what is wrong with it.
        return []


def _is_sweep(path: Path) -> bool:
    try:
        return (path / SWEEP).is_file()
    except OSError:
        return False


def _was_begun(path: Path) -> bool:
    """Whether ``path`` is a run, or would be one if its training had not been killed before the first save."""
    try:
        return is_run(path) or (path / locks.NAME).is_file()
    except OSError:
        return False


def _stamp(path: Path) -> Stamp:
    stamp: list[int] = []
    for name in (RUN, WEIGHTS):
        try:
            found = os.stat(os.path.join(path, name))  # noqa: PTH116, PTH118 - for thousands of runs, twice as quick
        except OSError:
            stamp.append(0)
        else:
            stamp += (found.st_mtime_ns, found.st_size, found.st_ino)
    return tuple(stamp)
