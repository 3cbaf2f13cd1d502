"""SweepFolder: the runs in the folder of a sweep, those too that come while it is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from saegui.app.jobs import Jobs, Latest
from saegui.core.data import Dataset
from saegui.core.errors import RunError, SaeguiError
from saegui.core.model.snapshot import Snapshot
from saegui.core.progress import Progress
from saegui.core.runs.history import History
from saegui.core.runs.listing import Listed, Look, newest_first
from saegui.core.runs.mean_curves import Grouped, mean_curves
from saegui.core.runs.results import Result, Results, measured_monosemanticity, results
from saegui.core.runs.run import BrokenRun, Run
from saegui.core.sweeps import spec, spec_text, task, unfinished
from saegui.core.sweeps.spec import Training

if TYPE_CHECKING:
    from saegui.app.services import Services

POLL_MS = 3000
"""Shared disks do not say that something changed: the folder is looked at this often."""
SOON_MS = 200
"""After a change: a run's files come one after the other."""


class _Described(NamedTuple):
    """What the description in a folder says will be there."""

    stamp: int = 0
    trainings: tuple[Training, ...] = ()
    problem: str = ""
    """Why it cannot be read; empty where it can, and where there is none."""


class _Read(NamedTuple):
    """What a look at a folder found."""

    path: Path
    listed: dict[Path, Listed]
    described: _Described
    under_way: bool
    begun: int


class BestRun(NamedTuple):
    """The run with the smallest MSE, and its weights."""

    run: Run
    snapshot: Snapshot
    mse: float
    l0: float


class SweepFolder(QObject):
    """Reads in the background; of runs that were read before only those that were saved since."""

    changed = Signal()
    """Other runs are there, or another folder is shown."""
    measured = Signal()
    """:attr:`results` know :mod:`~saegui.core.analysis.monosemanticity`, or :attr:`means` are there."""
    best_changed = Signal()
    """:attr:`best` is another run."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.path: Path | None = None
        self.runs: tuple[Run, ...] = ()
        self.left_out: tuple[BrokenRun, ...] = ()
        """Folders of runs that cannot be read, with the reason."""
        self._described = _Described()
        self.problem = ""
        """Why the folder, or its description, cannot be read; empty where it can."""
        self.under_way = False
        """Whether some process trains into it."""
        self.begun = 0
        """Runs that were stopped before their last step, and can be continued."""
        self.results = Results(())
        self.means: Grouped | None = None
        """Curves as means over seeds; None until :meth:`ask_means` was answered for these runs."""
        self.best: BestRun | None = None
        """The best of :attr:`results`; None until :meth:`ask_best` was answered."""
        self._known: dict[Path, Listed] = {}
        self._alike: dict[Path, float | None] = {}
        self._alike_of: dict[Path, Run] = {}
        self._unseen = Jobs(self)
        """Looks at a folder: too short to be shown in the status bar."""
        self._reading = Latest(self._unseen, self)
        self._reading.done.connect(self._read)
        self._reading.failed.connect(self._failed)
        self._measuring = Latest(services.jobs, self)
        self._measuring.done.connect(self._measured)
        self._measuring.failed.connect(services.state.fail)
        self._histories = Latest(self._unseen, self)
        self._histories.done.connect(self._averaged)
        self._histories.failed.connect(services.state.fail)
        self._loading = Latest(self._unseen, self)
        self._loading.done.connect(self._loaded)
        self._loading.failed.connect(services.state.fail)
        self._asked_best: Run | None = None
        self._again = False
        """Whether something may have changed since the look that is under way began."""
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._soon)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.look)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SOON_MS)
        self._wait.timeout.connect(self.look)

    @property
    def trainings(self) -> tuple[Training, ...]:
        """What will be there, as far as its description says."""
        return self._described.trainings

    @property
    def expected(self) -> int:
        """Runs that will be there in the end, as far as is known."""
        return max(len(self.trainings), len(self.runs))

    @property
    def lacking(self) -> int:
        """Runs of its description that are not there."""
        there = {run.path.name for run in self.runs}
        return sum(each.folder not in there for each in self.trainings)

    @property
    def measuring(self) -> bool:
        """Whether monosemanticity is being measured."""
        return self._measuring.running

    def open(self, path: Path) -> None:
        """Look at another folder from now on."""
        path = path.absolute()
        if path != self.path:
            self._let_go()
            self.path = path
            self.runs = self.left_out = ()
            self._described = _Described()
            self.problem, self.under_way, self.begun, self._known = "", False, 0, {}
            self.results, self.means, self.best, self._asked_best = Results(()), None, None, None
            if path.is_dir():
                self._watcher.addPath(str(path))
            self._poll.start()
            self.changed.emit()
        self.look()

    @Slot()
    def look(self) -> None:
        """Read what is there now, in the background."""
        path, known, before = self.path, dict(self._known), self._described
        self._again = self._reading.running
        if path is None or self._again:
            return
        self._reading.start("Reading the runs of a sweep", lambda progress: _look(path, known, before))

    def ask_alike(self, dataset: Dataset) -> None:
        """Measure the monosemanticity of runs of which it is not known yet."""
        asked = [each for each in self.results.found if self._alike_of.get(each.run.path) != each.run]
        if not asked or self._measuring.running:
            return

        def work(progress: Progress) -> tuple[list[Result], dict[Path, float | None]]:
            return asked, measured_monosemanticity(asked, dataset, progress)

        self._measuring.start("Measuring monosemanticity", work)

    def ask_means(self) -> None:
        """Read the curves of all runs, and take their means over seeds."""
        runs = self.runs
        if self.means is None and not self._histories.running:
            self._histories.start("Reading curves", lambda progress: (runs, _means(runs)))

    def ask_best(self) -> None:
        """Read the weights of the best run."""
        found = min(self.results.found, key=lambda result: result.mse, default=None)
        if found is None or self._loading.running or self._asked_best == found.run:
            return
        # Asked once: one that cannot be read is reported once.
        self._asked_best = found.run

        def work(progress: Progress) -> BestRun:
            return BestRun(found.run, found.run.latest(), found.mse, found.l0)

        self._loading.start("Reading the best run", work)

    def shut_down(self) -> None:
        """Read nothing more."""
        self._let_go()
        self._unseen.shut_down()

    def _let_go(self) -> None:
        self._poll.stop()
        self._wait.stop()
        for job in (self._reading, self._measuring, self._histories, self._loading):
            job.cancel()
        if watched := self._watcher.directories():
            self._watcher.removePaths(watched)

    @Slot()
    def _soon(self) -> None:
        self._wait.start()

    @Slot(object)
    def _read(self, found: _Read) -> None:
        if self._again:
            self._wait.start()
        if found.path != self.path:
            return
        if str(found.path) not in self._watcher.directories() and found.path.is_dir():
            # It was made meanwhile.
            self._watcher.addPath(str(found.path))
        same = found.listed.keys() == self._known.keys() and all(
            self._known[path] is listed for path, listed in found.listed.items()
        )
        about = found.described
        now = (about.problem, found.under_way, found.begun)
        if same and about is self._described and now == (self.problem, self.under_way, self.begun):
            return
        self._known, self._described = found.listed, about
        self.problem, self.under_way, self.begun = now
        every = newest_first(listed.run for listed in found.listed.values())
        if not same:
            self.runs = tuple(run for run in every if isinstance(run, Run))
            self.left_out = tuple(run for run in every if isinstance(run, BrokenRun))
            self._histories.cancel()
            self.means = None
            self._make_results()
        self.changed.emit()

    def _make_results(self) -> None:
        self.results = results((*self.runs, *self.left_out), self._alike)

    @Slot(object)
    def _measured(self, found: tuple[list[Result], dict[Path, float | None]]) -> None:
        asked, alike = found
        self._alike.update(alike)
        self._alike_of.update({each.run.path: each.run for each in asked})
        self._make_results()
        self.measured.emit()

    @Slot(object)
    def _loaded(self, found: BestRun) -> None:
        if any(run == found.run for run in self.runs):
            self.best = found
            self.best_changed.emit()

    @Slot(object)
    def _averaged(self, found: tuple[tuple[Run, ...], Grouped]) -> None:
        runs, means = found
        if runs == self.runs:
            self.means = means
            self.measured.emit()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        # It is said once, and tried again: a shared disk may be away for a moment.
        if isinstance(error, SaeguiError) and self.problem != str(error):
            self.problem = str(error)
            self.changed.emit()
        elif not isinstance(error, SaeguiError):
            self._services.state.fail(error)


def _look(path: Path, known: dict[Path, Listed], before: _Described) -> _Read:
    listed = {found.run.path: found for found in Look(path, known, others=False)}
    described = _describe(path / spec_text.NAME, before)
    return _Read(path, listed, described, task.is_under_way(path), unfinished.count(path))


def _describe(file: Path, before: _Described) -> _Described:
    """What ``file`` says; ``before`` where it has not changed."""
    try:
        stamp = file.stat().st_mtime_ns
    except OSError:
        return before if not before.stamp else _Described()
    if stamp == before.stamp:
        return before
    try:
        return _Described(stamp, tuple(spec.read(file)))
    except SaeguiError as error:
        return _Described(stamp, problem=str(error))


def _means(runs: tuple[Run, ...]) -> Grouped:
    pairs: list[tuple[Run, History]] = []
    for run in runs:
        try:
            pairs.append((run, run.history()))
        except RunError:
            # Its curves are lost; it is counted among those without.
            pairs.append((run, History()))
    return mean_curves(pairs)
