"""Exporting figures: which kind, of what, where to. Files are written by background jobs; this service has no widgets."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from saegui.app.compare import ComparisonControl
from saegui.app.jobs import Job, Jobs, Work
from saegui.app.latent_notes import NotesControl
from saegui.app.library import Library
from saegui.app.overlays import Overlays
from saegui.app.settings import Settings, choice
from saegui.app.state import NO_MODEL, AppState
from saegui.core import figures
from saegui.core.analysis.code_map import CodeMap
from saegui.core.analysis.embedding import Method
from saegui.core.analysis.latent_map import Mapped
from saegui.core.analysis.latent_order import Indices
from saegui.core.figures import Subject, animation, export_all, subject_of_run
from saegui.core.figures.base import Other, Span
from saegui.core.figures.export import FILE_TYPES
from saegui.core.figures.made_for import SCREEN, MadeFor
from saegui.core.files import paths
from saegui.core.progress import InOne, Progress
from saegui.core.report import page
from saegui.core.runs.run import STARTER_PATH, Run
from saegui.core.runs.seeds import other_seeds
from saegui.core.runs.together import beside

FORMAT = choice("figure/format", "png", FILE_TYPES)
DEFAULT = "decoder-grid"
"""The kind that is exported where the current panel's kind cannot be drawn: every model has a dictionary."""


def _all_epochs() -> Span | None:
    return None


def _all_latents() -> Indices | None:
    return None


def _no_codes() -> CodeMap | None:
    return None


def _no_map() -> Mapped | None:
    return None


class Preview(NamedTuple):
    """A figure to look at."""

    png: bytes
    """Of its first page."""
    pages: int


class CopiedFigure(NamedTuple):
    """A figure for the clipboard."""

    kind: str
    png: bytes
    svg: bytes


class Exporter(QObject):
    """Draws figures of what the window shows and saves them. What cannot be done is reported as a notice of the state."""

    saved = Signal(object)
    """The files that were written: a list of paths in one folder."""
    copied = Signal(object)
    """A :class:`CopiedFigure` was drawn."""

    def __init__(
        self,
        state: AppState,
        overlays: Overlays,
        jobs: Jobs,
        settings: Settings,
        notes: NotesControl,
        comparison: ComparisonControl,
        library: Library,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state, self._overlays, self._jobs, self._settings = state, overlays, jobs, settings
        self._notes, self._comparison, self._library = notes, comparison, library
        self._current = DEFAULT
        self.shown_epochs: Callable[[], Span | None] = _all_epochs
        """Which part of the curves is on the screen, or None for all; the panel that shows them sets this."""
        self.mapped: Callable[[], Mapped | None] = _no_map
        """The map of decoder vectors that is on the screen, or None; the panel that shows it sets this."""
        self.coded: Callable[[], CodeMap | None] = _no_codes
        """The map of test inputs that is on the screen, or None, likewise."""
        self.together: Callable[[], Sequence[Run]] = tuple
        """The runs of the sweep that is on the screen, none where there is none; the panel that shows it sets this."""
        self.listed: Callable[[], Indices | None] = _all_latents
        """The latents that the raster of densities shows, in its order, or None for all; the panel that shows it sets this."""

    # -- what and where to --------------------------------------------------------------------------------------------

    @property
    def current(self) -> str:
        """The kind of figure of the panel that was used last."""
        return self._current

    def focus(self, kind: str) -> None:
        """A panel with this kind of figure was used: *Export figure…* and *Copy figure* now mean it."""
        self._current = kind

    @property
    def offered(self) -> str:
        """The current kind, or the dictionary where the current kind cannot be drawn yet."""
        subject = self.subject()
        if subject is not None and subject_of_run.obstacle(self._current, subject) is not None:
            return DEFAULT
        return self._current

    @property
    def folder(self) -> Path:
        """Where the last figure was saved."""
        return self._settings.export_dir

    @property
    def format(self) -> str:
        """The format of the last figure, such as ``png``."""
        return self._settings.get(FORMAT)

    @property
    def file_name(self) -> str:
        """How files of the current run begin: the name of its folder."""
        return export_all.file_stem(self._state.run)

    def folder_for_all(self, chosen: Path) -> Path:
        """The folder inside ``chosen`` for all figures of the current run, which becomes :attr:`folder`.

        The files of every run have the same names; those of another run must not be replaced.
        """
        self._settings.export_dir = chosen
        run = self._state.run
        return chosen / _own_folder(run) if run is not None else chosen

    # -- doing --------------------------------------------------------------------------------------------------------

    def subject(self) -> Subject | None:
        """What is on the screen now, safe to draw from another thread; None without a model."""
        state, run = self._state, self._state.run
        if state.snapshot is None:
            return None
        subject = subject_of_run.build(
            run.name if run is not None else state.snapshot.config.describe(),
            state.snapshot,
            path=run.path if run is not None else Path(),
            # The training continues while the figure is drawn.
            history=copy.deepcopy(state.history),
            overlays=self._overlays.all,
            dataset=state.dataset,
            stats=state.stats,
            # What the model cannot read is given too: it is what the refusal names.
            drawing=state.image if state.has_image and not state.readable else state.model_input,
            latent=state.selected,
            epochs=self.shown_epochs(),
            config=run.config if run is not None else None,
            preset=run.preset if run is not None else None,
            notes=self._notes.all,
            run=run,
        )
        found, other = self._comparison.found, self._comparison.other
        subject = replace(subject, found_from=self._comparison.least)
        if run is not None:
            subject = replace(
                subject,
                seeds=tuple(other_seeds(run, self._library.runs)),
                runs=tuple(self.together())
                or beside(run, self._library.runs, [other.path for other in self._overlays.all]),
            )
        if other is not None:
            own = found is not None and found.a is subject.snapshot and found.b is other.snapshot
            subject = replace(
                subject,
                other=Other(other.run.name, other.snapshot),
                matching=found.matching if own and found is not None else None,
            )
        return replace(subject, listed=self.listed(), mapped=self.mapped(), coded=self.coded())

    def ready(self, kind: str) -> Subject | None:
        """What ``kind`` would be drawn of; None when it cannot be drawn, after a notice of what is missing."""
        subject = self._need_subject()
        if subject is None:
            return None
        if reason := subject_of_run.obstacle(kind, subject):
            self._state.notify("warn", reason, "figure")
            return None
        return subject

    def save(self, kind: str, path: Path, made_for: MadeFor = SCREEN) -> Job | None:
        """Write one figure, and its numbers as CSV, in the background; None when it cannot be drawn.

        The format is remembered.
        """
        subject = self.ready(kind)
        if subject is None:
            return None
        self._settings.export_dir = path.parent
        if (fmt := path.suffix.lower().removeprefix(".")) in FILE_TYPES:
            self._settings.set(FORMAT, fmt)
        made = replace(subject, made_for=made_for)

        def work(progress: Progress) -> list[Path]:
            return list(figures.save(_drawn(kind, made, progress), path))

        return self._start(f"Exporting {path.name}", work, self.saved)

    def obstacles(self) -> dict[str, str]:
        """Why each kind cannot be drawn now, though a drawing and a latent that were not chosen are chosen; empty where it can."""
        subject = self.subject()
        if subject is None:
            return dict.fromkeys(figures.KINDS, NO_MODEL)
        whole = figures.completed(subject)
        return {kind: subject_of_run.obstacle(kind, whole) or "" for kind in figures.KINDS}

    def large_tables(self, kinds: Collection[str]) -> dict[str, int]:
        """Those of ``kinds`` whose tables are written only when that is asked for: about how many bytes each has."""
        subject = self.subject()
        return {} if subject is None else export_all.large_tables(kinds, subject)

    def save_all(
        self,
        folder: Path,
        fmt: str = "png",
        *,
        kinds: Collection[str] | None = None,
        made_for: MadeFor = SCREEN,
        large: bool = False,
    ) -> Job | None:
        """Write every figure that can be drawn, or those of ``kinds``, into ``folder`` in the background; None without a model.

        A drawing and a latent that were not chosen are chosen, so that no kind is left out for want of them. Tables that are
        large are written only with ``large``. Nothing is left of what was cancelled.
        """
        subject = self._need_subject()
        if subject is None:
            return None
        if kinds is not None:
            self._settings.set(FORMAT, fmt)
        wanted, made = tuple(figures.KINDS if kinds is None else kinds), replace(subject, made_for=made_for)

        def work(progress: Progress) -> export_all.Exported:
            in_one = InOne(progress)
            whole = subject_of_run.prepared(made, wanted, progress=in_one.named("Measuring"))
            return figures.save_all(whole, folder, fmt, kinds=wanted, large=large, progress=in_one.last())

        job = self._jobs.start("Exporting all figures", work)
        job.done.connect(self._all_saved)
        job.failed.connect(self._failed)
        return job

    def report(self, path: Path) -> Job | None:
        """Write the current run as a web page in the background; None without a model.

        A drawing that was not chosen is chosen, so that no figure is left out for want of it.
        """
        subject = self._need_subject()
        if subject is None:
            return None
        self._settings.export_dir = path.parent

        def work(progress: Progress) -> list[Path]:
            in_one = InOne(progress)
            whole = subject_of_run.prepared(subject, page.wanted(), progress=in_one)
            return [page.save(whole, path, progress=in_one.last())]

        return self._start(f"Exporting {path.name}", work, self.saved)

    def picture(self, kind: str, made_for: MadeFor = SCREEN, method: Method | None = None) -> Job | None:
        """Draw a figure in the background: the job is done with a :class:`Preview`; None without a model.

        ``method``: how a map of latents places them, where it is not the one in sight or PCA.

        A drawing and a latent that were not chosen are chosen. Why it cannot be drawn is what the job fails with.
        """
        subject = self.subject()
        if subject is None:
            return None

        def work(progress: Progress) -> Preview:
            made = replace(subject, made_for=made_for)
            if method is not None:
                made = subject_of_run.mapped_by(made, kind, method, progress)
            whole = subject_of_run.prepared(made, [kind], progress=progress)
            drawn = figures.draw(kind, whole)
            return Preview(figures.render(drawn, "png"), 1 + len(drawn.more))

        return self._jobs.start("Drawing figure", work)

    def animate(self, path: Path) -> Job | None:
        """Write the training of the current run as an animation in the background; None without a run."""
        run = self._state.run
        if run is None:
            self._state.notify("warn", "There is no run to animate: open one or train one.", "figure")
            return None
        self._settings.export_dir = path.parent

        def work(progress: Progress) -> list[Path]:
            animation.animate(run, path, progress=progress)
            return [path]

        return self._start(f"Exporting {path.name}", work, self.saved)

    def copy(self, kind: str | None = None, made_for: MadeFor = SCREEN) -> Job | None:
        """Draw a figure (the current kind unless another is given) and announce it by :attr:`copied`."""
        kind = kind or self._current
        subject = self.ready(kind)
        if subject is None:
            return None

        made = replace(subject, made_for=made_for)

        def work(progress: Progress) -> CopiedFigure:
            drawn = _drawn(kind, made, progress)
            return CopiedFigure(kind, figures.render(drawn, "png"), figures.render(drawn, "svg"))

        return self._start("Copying figure", work, self.copied)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _need_subject(self) -> Subject | None:
        subject = self.subject()
        if subject is None:
            self._state.notify("warn", NO_MODEL, "figure")
        return subject

    def _start(self, title: str, work: Work, done: SignalInstance) -> Job:
        job = self._jobs.start(title, work)
        job.done.connect(done)
        job.failed.connect(self._failed)
        return job

    @Slot(object)
    def _all_saved(self, written: export_all.Exported) -> None:
        self.saved.emit(written.files)
        for sentence in written.notes():
            self._state.notify("info", sentence)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._state.fail(error, "figure")


def _drawn(kind: str, subject: Subject, progress: Progress) -> figures.Drawn:
    return figures.draw(kind, subject_of_run.measured(subject, [kind], progress=progress))


def _own_folder(run: Run) -> str:
    """Name of the folder for all figures of ``run``; runs in other places may have the same name, so theirs is longer."""
    here = run.path.parent in (paths.runs_dir(), STARTER_PATH.parent)
    return run.path.name if here else f"{run.path.parent.name}-{run.path.name}"
